//! Bytes in pieces of any size become records.

use std::borrow::Cow;

use bongsu_model::Record;

use crate::{Format, ParseOptions};

/// What a piece of the input turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Parsed<'a> {
    /// One record.
    Record {
        /// What was read. Its `source`, `offset` and `id` are the caller's to fill.
        record: Record<'a>,
        /// Where its first byte lies: `base_offset` plus its place in the bytes given.
        offset: u64,
        /// The bytes it was made from: its lines, the last line end left out.
        bytes: &'a [u8],
        /// How it was written.
        format: Format,
    },
    /// Bytes that cannot become a record.
    Refused {
        /// Where the first of them lies.
        offset: u64,
        /// The bytes.
        bytes: &'a [u8],
        /// Why, in English: one short sentence.
        reason: Cow<'static, str>,
        /// These bytes go on with the refused line of the call before: not another refused line, only more of it.
        continues: bool,
    },
}

/// Reads one input: recognises its format, joins what belongs together, remembers what later lines need.
#[derive(Debug)]
pub struct Parser {
    options: ParseOptions,
}

impl Parser {
    /// A parser at the beginning of an input.
    pub fn new(options: ParseOptions) -> Self {
        Self { options }
    }

    /// A parser that goes on in the middle of an input, with the [`Parser::memory`] of the one that read what is before.
    pub fn resume(options: ParseOptions, memory: &str) -> Self {
        let _ = memory;
        Self { options }
    }

    /// What a parser must know to go on from here in another run: short text, such as the header of a CSV file.
    pub fn memory(&self) -> String {
        String::new()
    }

    /// Reads records from `bytes`, which begins where the last call stopped consuming.
    ///
    /// `last`: no more bytes will come. Returns how many bytes were consumed; the rest (an unfinished line, or a record
    /// that may go on on the next line) must be presented again with more bytes behind it. When nothing is consumed the
    /// caller must give more. Never panics; every byte consumed is in exactly one [`Parsed`], or is a line end or blank.
    /// A line longer than `max_line` is refused in pieces, each consumed at once, so memory stays bounded.
    pub fn parse<'a>(
        &mut self,
        bytes: &'a [u8],
        base_offset: u64,
        last: bool,
        sink: &mut dyn FnMut(Parsed<'a>),
    ) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            let rest = bytes.get(at..).unwrap_or_default();
            let end = match memchr::memchr(b'\n', rest) {
                Some(end) => end,
                None if last => rest.len(),
                None => break,
            };
            let line = rest.get(..end).unwrap_or_default();
            let offset = base_offset + at as u64;
            at = (at + end + 1).min(bytes.len());
            if line.trim_ascii().is_empty() {
                continue;
            }
            if line.len() > self.options.max_line {
                sink(Parsed::Refused { offset, bytes: line, reason: "line too long".into(), continues: false });
                continue;
            }
            let record = Record { message: String::from_utf8_lossy(line), ..Record::default() };
            sink(Parsed::Record { record, offset, bytes: line, format: Format::Text });
        }
        at
    }
}
