//! How much of what is to be written goes into the file that there is.

use std::ops::Range;

/// Bytes that consist of whole lines, numbered from `from` on; the ranges in `whole` are lines that stay together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Batch<'b> {
    pub(super) bytes: &'b [u8],
    pub(super) from: u64,
    pub(super) whole: &'b [Range<u64>],
}

impl<'b> Batch<'b> {
    /// One call's lines.
    pub(super) fn of_one_call(bytes: &'b [u8], whole: &'b [Range<u64>]) -> Self {
        Self { bytes, from: 0, whole }
    }

    /// The batch without its first `taken` bytes.
    pub(super) fn behind(self, taken: usize) -> Self {
        Self { bytes: &self.bytes[taken..], from: self.from + taken as u64, whole: self.whole }
    }

    /// How many bytes go into a file of `size` bytes that is to have `limit` at most: 0 when not one line fits, and one line
    /// always goes into an empty file.
    pub(super) fn part(&self, size: u64, limit: Option<u64>) -> usize {
        let room = limit.map_or(u64::MAX, |limit| limit.saturating_sub(size));
        if room >= self.bytes.len() as u64 {
            return self.bytes.len();
        }
        match self.cut(room as usize) {
            0 if size == 0 => self.first(),
            fits => fits,
        }
    }

    /// The last place up to `room` where the batch may be cut.
    fn cut(&self, room: usize) -> usize {
        let end = self.bytes[..room].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let end_number = self.from + end as u64;
        match self.whole.iter().find(|whole| whole.start < end_number && end_number < whole.end) {
            Some(whole) => whole.start.saturating_sub(self.from) as usize,
            None => end,
        }
    }

    /// The length of the first line, or of the lines that it stays together with.
    fn first(&self) -> usize {
        let line = self.bytes.iter().position(|byte| *byte == b'\n').map_or(self.bytes.len(), |at| at + 1);
        let whole = self.whole.iter().find(|whole| (whole.start..whole.end).contains(&self.from));
        whole.map_or(line, |whole| ((whole.end - self.from) as usize).min(self.bytes.len()).max(line))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(text: &str, whole: &[Range<u64>], size: u64, limit: u64) -> usize {
        Batch { bytes: text.as_bytes(), from: 100, whole }.part(size, Some(limit))
    }

    #[test]
    fn a_batch_is_cut_between_lines_and_never_within_what_stays_together() {
        let text = "aa\nbb\ncc\n";
        assert_eq!(part(text, &[], 0, 100), 9);
        assert_eq!(part(text, &[], 0, 9), 9);
        assert_eq!(part(text, &[], 0, 8), 6);
        assert_eq!(part(text, &[], 2, 8), 6);
        assert_eq!(part(text, &[], 6, 8), 0, "nothing fits: the file rotates");
        assert_eq!(part(text, &[], 9, 8), 0);
        assert_eq!(part(text, &[], 0, 2), 3, "a long line goes into an empty file");
        assert_eq!(part(text, std::slice::from_ref(&(103..109)), 0, 8), 3);
        assert_eq!(part(text, std::slice::from_ref(&(100..106)), 0, 5), 6);
        assert_eq!(part(text, std::slice::from_ref(&(100..106)), 1, 5), 0);
        assert_eq!(part(text, std::slice::from_ref(&(97..106)), 0, 5), 6, "its beginning is in the file before");
    }

    proptest! {
        #[test]
        fn every_cut_is_at_a_line_end_and_all_is_written(
            lengths in prop::collection::vec(1usize..9, 1..30), limit in 1u64..40, size in 0u64..40
        ) {
            let text = lengths.iter().map(|length| "x".repeat(*length)).collect::<Vec<_>>().join("\n") + "\n";
            let mut batch = Batch { bytes: text.as_bytes(), from: 7, whole: &[] };
            let (mut size, mut rotated) = (size, 0);
            while !batch.bytes.is_empty() {
                let part = batch.part(size, Some(limit));
                prop_assert!(part > 0 || size > 0);
                if part == 0 {
                    size = 0;
                    rotated += 1;
                    continue;
                }
                prop_assert_eq!(batch.bytes[part - 1], b'\n');
                prop_assert!(size + part as u64 <= limit || size == 0);
                size += part as u64;
                batch = batch.behind(part);
            }
            prop_assert!(rotated <= lengths.len());
        }
    }
}
