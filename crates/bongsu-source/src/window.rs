//! The piece of an input that is in memory: what was consumed last, and what waits to be parsed.

use std::io::{self, Read};

use crate::fingerprint::{HEAD, Head, TAIL, tail};

/// Bytes of one input around the place where it is being read.
#[derive(Debug, Default)]
pub(crate) struct Window {
    /// Consumed bytes (the last of them, for [`Window::tail`]), then pending ones, then room that was read into before and is
    /// not cleared again.
    bytes: Vec<u8>,
    /// Where the pending ones begin.
    at: usize,
    /// Where they end.
    end: usize,
    /// Where the first of `bytes` lies in the input.
    base: u64,
    head: Vec<u8>,
}

impl Window {
    /// A window at the beginning of an input.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A window at `offset` of an input that begins with `head`; `before` are the bytes in front of it.
    pub(crate) fn resume(offset: u64, before: Vec<u8>, head: &[u8]) -> Self {
        let at = before.len();
        let head = head.get(..HEAD).unwrap_or(head).to_vec();
        Self { bytes: before, at, end: at, base: offset.saturating_sub(at as u64), head }
    }

    /// Where the first pending byte lies in the input.
    pub(crate) fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    /// Bytes that wait to be parsed.
    pub(crate) fn pending(&self) -> &[u8] {
        self.bytes.get(self.at..self.end).unwrap_or_default()
    }

    /// Marks `count` pending bytes as done.
    pub(crate) fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.end);
    }

    /// Reads up to `want` bytes more; fewer only at the end. Returns how many.
    pub(crate) fn fill(&mut self, input: &mut dyn Read, want: usize) -> io::Result<usize> {
        self.forget();
        let before = self.end;
        let most = before + want;
        if self.bytes.len() < most {
            self.bytes.reserve_exact(most - self.bytes.len());
            self.bytes.resize(most, 0);
        }
        let mut read = Ok(());
        while read.is_ok() && self.end < most {
            match input.read(&mut self.bytes[self.end..most]) {
                Ok(0) => break,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => read = Err(error),
            }
        }
        // What came before an error is kept: a torn archive gives the lines it can.
        self.remember_head(before);
        read.map(|()| self.end - before)
    }

    /// Adds `more` bytes of the input.
    pub(crate) fn push(&mut self, more: &[u8]) {
        self.forget();
        let before = self.end;
        self.bytes.truncate(before);
        self.bytes.extend_from_slice(more);
        self.end = self.bytes.len();
        self.remember_head(before);
    }

    fn remember_head(&mut self, before: usize) {
        if self.head.len() as u64 == self.base + before as u64 {
            let missing = HEAD.saturating_sub(self.head.len());
            let new = self.bytes.get(before..self.end).unwrap_or_default();
            self.head.extend_from_slice(new.get(..missing).unwrap_or(new));
        }
    }

    fn forget(&mut self) {
        let old = self.at.saturating_sub(TAIL);
        if old > 0 {
            self.bytes.copy_within(old..self.end, 0);
            self.at -= old;
            self.end -= old;
            self.base += old as u64;
        }
        // A line of many MiB must not hold its memory for ever.
        if self.bytes.len() > self.end.saturating_mul(2).max(8 << 20) {
            self.bytes.truncate(self.end.max(4 << 20));
            self.bytes.shrink_to_fit();
        }
    }

    /// What the input is known by, as far as it has been consumed; none while nothing has.
    pub(crate) fn head(&self) -> Option<Head> {
        let len = usize::try_from(self.offset()).unwrap_or(usize::MAX).min(HEAD);
        Head::of(&self.head, len)
    }

    /// The hash of what was consumed last.
    pub(crate) fn tail(&self) -> u64 {
        tail(self.bytes.get(..self.at).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn head_and_tail_follow_what_was_consumed() {
        let input: Vec<u8> = (0..20_000u32).map(|n| (n % 251) as u8).collect();
        let mut window = Window::new();
        assert_eq!(window.head(), None);
        let mut reader = input.as_slice();
        let mut consumed = 0;
        for (want, eaten) in [(100, 60), (5_000, 5_000), (8_000, 7_999), (10_000, 6_000)] {
            window.fill(&mut reader, want).unwrap();
            window.consume(eaten);
            consumed += eaten;
            assert_eq!(window.offset(), consumed as u64);
            assert_eq!(window.head(), Head::of(&input, consumed.min(HEAD)));
            assert_eq!(window.tail(), tail(&input[..consumed]));
            assert_eq!(window.pending().first(), input.get(consumed));
        }
    }

    #[test]
    fn a_resumed_window_knows_the_same_as_one_that_read_everything() {
        let input: Vec<u8> = (0..9_000u32).map(|n| (n % 241) as u8).collect();
        let mut window = Window::resume(6_000, input[6_000 - TAIL..6_000].to_vec(), &input[..2_000]);
        window.push(&input[6_000..]);
        window.consume(1_000);
        assert_eq!(window.offset(), 7_000);
        assert_eq!(window.head(), Head::of(&input, HEAD));
        assert_eq!(window.tail(), tail(&input[..7_000]));
    }
}
