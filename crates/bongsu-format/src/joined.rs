//! The lines that go on with a record, and how they come behind its message.

use std::borrow::Cow;

use bongsu_model::Record;

/// The lines that go on with a record.
#[derive(Default)]
pub(crate) struct Joined<'a> {
    /// How many, and their bytes.
    pub(crate) lines: usize,
    pub(crate) bytes: usize,
    /// The first byte behind the last of them, and where the next line begins.
    pub(crate) end: usize,
    pub(crate) next: usize,
    pub(crate) escaped: bool,
    /// The record reached its bound.
    pub(crate) full: bool,
    /// The lines' texts; the same bytes as lie in the input unless they are scattered.
    texts: Vec<Cow<'a, str>>,
    /// One of the lines was wrapped, escaped or shortened.
    scattered: bool,
}

impl<'a> Joined<'a> {
    /// A record's first line ends at `end`, and nothing goes on with it so far.
    pub(crate) fn behind(end: usize, next: usize, escaped: bool) -> Self {
        Self { end, next, escaped, ..Self::default() }
    }

    /// Takes a line; `scattered` says that its text is not all of its bytes.
    pub(crate) fn take(&mut self, text: Cow<'a, str>, scattered: bool, after_blank: bool) {
        if after_blank {
            self.texts.push(Cow::Borrowed(""));
        }
        self.scattered |= scattered || matches!(text, Cow::Owned(_));
        self.texts.push(text);
    }

    /// Puts the lines behind a record's message; without a copy where message and lines lie in one piece. The record's
    /// first line is `head`, which lies at `at` in `bytes`.
    pub(crate) fn extend(&self, record: &mut Record<'a>, bytes: &'a [u8], at: usize, head: &str) {
        if let (Cow::Borrowed(message), false) = (&record.message, self.scattered)
            && head.ends_with(*message)
            && std::ptr::eq(message.as_bytes().as_ptr_range().end, head.as_bytes().as_ptr_range().end)
        {
            let from = at + head.len() - message.len();
            if let Ok(whole) = std::str::from_utf8(bytes.get(from..self.end).unwrap_or_default()) {
                record.message = if whole.contains('\r') { whole.replace("\r\n", "\n").into() } else { whole.into() };
                return;
            }
        }
        let message = record.message.to_mut();
        for text in &self.texts {
            message.push('\n');
            message.push_str(text);
        }
    }
}
