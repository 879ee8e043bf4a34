//! Words and phrases in text: the scan that most searches spend their time in.
//!
//! A word is found in any case, and whole: where it begins or ends with a letter, digit or `_` of ASCII, none may touch
//! it there. Words of scripts that glue particles to them (Hangul, kana, Han) are found inside other words too.

use arrow::array::{Array, StringViewArray};
use bongsu_index::TextAsk;
use memchr::memmem::Finder;

/// Rows are gathered in blocks of about this many bytes, which are then searched in one go: that costs less than to
/// start a search for each row, and a block stays in the first cache.
const BLOCK: usize = 24 << 10;
/// Stands between two rows in a block. No UTF-8 text holds this byte.
const BETWEEN: u8 = 0xff;

/// Whether `c` is a letter of a script that writes words without spaces, or glues particles to them: Hangul, kana, Han.
/// A terminal shows such a letter in two columns.
pub(crate) fn is_wide(c: char) -> bool {
    matches!(u32::from(c),
        0x1100..=0x115f | 0x2e80..=0x303e | 0x3041..=0x33ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xa960..=0xa97f
        | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe4f | 0xff00..=0xff60 | 0xffe0..=0xffe6
        | 0x20000..=0x2fffd | 0x30000..=0x3fffd)
}

/// Whether `byte` is a part of an ASCII word.
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Which ends of `text` must not touch another letter: its beginning, its end.
pub(crate) fn whole(text: &str) -> (bool, bool) {
    if text.chars().any(is_wide) {
        return (false, false);
    }
    let bytes = text.as_bytes();
    (bytes.first().copied().is_some_and(is_word), bytes.last().copied().is_some_and(is_word))
}

/// A word or phrase made ready to be found. Only for text whose letters have no case outside ASCII; see [`Needle::new`].
#[derive(Debug, Clone)]
pub(crate) struct Needle {
    finder: Finder<'static>,
    folded: bool,
    before: bool,
    after: bool,
}

impl Needle {
    /// Makes `text` ready; none when it is empty or has letters beyond ASCII that come in two cases.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let cased = |c: char| !c.is_ascii() && (c.is_lowercase() || c.is_uppercase());
        if text.is_empty() || text.chars().any(cased) {
            return None;
        }
        let (before, after) = whole(text);
        Some(Self {
            finder: Finder::new(&text.to_ascii_lowercase()).into_owned(),
            folded: text.bytes().any(|b| b.is_ascii_alphabetic()),
            before,
            after,
        })
    }

    /// What an index can say about messages that have the word.
    pub(crate) fn ask(&self) -> TextAsk {
        let text = String::from_utf8_lossy(self.finder.needle());
        TextAsk::new(&text, true, (self.before, self.after))
    }

    /// Whether `text` has the word.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        if self.folded {
            self.find(text.to_ascii_lowercase().as_bytes(), 0).is_some()
        } else {
            self.find(text.as_bytes(), 0).is_some()
        }
    }

    /// Where the word stands in lower-case `text` at or behind `from`.
    fn find(&self, text: &[u8], mut from: usize) -> Option<usize> {
        let length = self.finder.needle().len();
        loop {
            let at = from + self.finder.find(text.get(from..)?)?;
            let touched_before = self.before && at > 0 && is_word(text[at - 1]);
            let touched_after = self.after && text.get(at + length).copied().is_some_and(is_word);
            if !touched_before && !touched_after {
                return Some(at);
            }
            from = at + 1;
        }
    }

    /// Takes the mark from every row that does not have the word. Rows without a mark are not looked at.
    pub(crate) fn retain(&self, rows: &StringViewArray, marks: &mut [bool]) {
        let mut block = Vec::with_capacity(BLOCK + BLOCK / 2);
        let mut starts: Vec<(usize, usize)> = Vec::new();
        for row in 0..rows.len().min(marks.len()) {
            if !std::mem::take(&mut marks[row]) || rows.is_null(row) {
                continue;
            }
            starts.push((block.len(), row));
            block.extend_from_slice(rows.value(row).as_bytes());
            block.push(BETWEEN);
            if block.len() >= BLOCK {
                self.mark_found(&mut block, &mut starts, marks);
            }
        }
        self.mark_found(&mut block, &mut starts, marks);
    }

    /// Marks the rows of `block` that have the word, and empties it. `starts` says where which row begins.
    fn mark_found(&self, block: &mut Vec<u8>, starts: &mut Vec<(usize, usize)>, marks: &mut [bool]) {
        if self.folded {
            block.make_ascii_lowercase();
        }
        let (mut nth, mut from) = (0, 0);
        while let Some(at) = self.find(block, from) {
            while starts.get(nth + 1).is_some_and(|(start, _)| *start <= at) {
                nth += 1;
            }
            marks[starts[nth].1] = true;
            nth += 1;
            match starts.get(nth) {
                Some((start, _)) => from = *start,
                None => break,
            }
        }
        block.clear();
        starts.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_whole_and_in_any_case() {
        let table = [
            ("error", "An ERROR, again", true),
            ("error", "errors", false),
            ("error", "my_error", false),
            ("error", "error가 났습니다", true),
            ("error", "terror error", true),
            ("10.0", "at 10.0.0.1", true),
            ("10.0", "at 110.0.0.1", false),
            ("[x]", "a[X]b", true),
            ("오류", "데이터베이스 연결 오류가 발생했습니다", true),
            ("서버a", "웹서버A1", true),
        ];
        for (word, text, found) in table {
            assert_eq!(Needle::new(word).unwrap().is_in(text), found, "{word} in {text}");
        }
        assert!(Needle::new("").is_none());
        assert!(Needle::new("Ärger").is_none());
    }

    proptest! {
        #[test]
        fn many_rows_at_once_give_what_one_by_one_gives(
            word in "[aB_ 가]{1,3}",
            rows in prop::collection::vec(prop::option::of("[aAbB_ 가]{0,12}"), 0..60),
            repeat in 1_usize..600,
        ) {
            let needle = Needle::new(&word).unwrap();
            let rows: Vec<Option<String>> = rows.into_iter().map(|r| r.map(|r| r.repeat(repeat))).collect();
            let array: StringViewArray = rows.iter().map(Option::as_deref).collect();
            let mut marks: Vec<bool> = (0..rows.len()).map(|row| row % 7 != 3).collect();
            let expected: Vec<bool> = rows
                .iter()
                .zip(&marks)
                .map(|(text, marked)| *marked && text.as_deref().is_some_and(|text| needle.is_in(text)))
                .collect();
            needle.retain(&array, &mut marks);
            prop_assert_eq!(marks, expected);
        }
    }
}
