//! What of a text is put into filters: its words and its grams, both in lower case.
//!
//! A word is a run of ASCII letters, digits and `_`. A gram is three bytes in a row, so that parts of words and letters of
//! other scripts are found too, or five: nearly every three letters occur in the variables of many rows, few five do.
//! Five signs of numbers and addresses occur everywhere and are left out.

use xxhash_rust::xxh3::xxh3_64;

/// Bits of the number of a gram of three bytes, and of one of five.
const GRAM_BITS: u32 = 18;
/// Numbers of grams: those of three bytes, then those of five.
pub(crate) const GRAMS: usize = 2 << GRAM_BITS;
/// Longer words are not told apart by their ends.
const LONGEST: usize = 256;

/// What each byte is to words and grams.
static CLASS: [u8; 256] = classes();
/// A part of a word.
const WORD: u8 = 1;
/// What numbers and addresses are made of.
const PLAIN: u8 = 2;

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        let word = byte.is_ascii_alphanumeric() || byte == b'_';
        let plain = matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'.' | b':' | b'-' | b'_' | b'/' | b',');
        table[at] = if word { WORD } else { 0 } | if plain { PLAIN } else { 0 };
        at += 1;
    }
    table
}

/// Whether `byte` is a part of a word.
pub(crate) fn is_word(byte: u8) -> bool {
    CLASS[byte as usize] & WORD != 0
}

/// Whether a word is so short or common that it would be found nearly everywhere.
fn is_everywhere(word: &[u8]) -> bool {
    word.len() <= 2 || (word.len() <= 4 && word.iter().all(u8::is_ascii_digit))
}

/// The number of a term in a filter.
pub(crate) fn term_key(word: &[u8]) -> u64 {
    let word = word.get(..LONGEST).unwrap_or(word);
    let mut lower = [0; LONGEST];
    let lower = &mut lower[..word.len()];
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    lower_term_key(lower)
}

/// As [`term_key`], of a term that is in lower case.
pub(crate) fn lower_term_key(word: &[u8]) -> u64 {
    xxh3_64(word.get(..LONGEST).unwrap_or(word))
}

/// Bytes at the edge of a token that are told apart in a pair of tokens.
const EDGE: usize = 4;

/// The number of two tokens next to each other, made from the end of the one and the beginning of the other; none when these are not
/// letters alone, which most pairs are not.
pub(crate) fn pair_key(one: &[u8], two: &[u8]) -> Option<u64> {
    let (end, beginning) = (&one[one.len().saturating_sub(EDGE)..], &two[..two.len().min(EDGE)]);
    if end.is_empty() || beginning.is_empty() || end.iter().chain(beginning).any(|byte| !byte.is_ascii_alphabetic()) {
        return None;
    }
    let mut edges = [b' '; 2 * EDGE + 1];
    edges[EDGE - end.len()..EDGE].copy_from_slice(end);
    edges[EDGE + 1..=EDGE + beginning.len()].copy_from_slice(beginning);
    edges.make_ascii_lowercase();
    Some(xxh3_64(&edges))
}

/// As [`pair_key`], for parts of tokens: none when they are too short to tell.
pub(crate) fn part_pair_key(one: (&[u8], bool), two: (&[u8], bool)) -> Option<u64> {
    let known = |(token, whole): (&[u8], bool)| whole || token.len() >= EDGE;
    if known(one) && known(two) { pair_key(one.0, two.0) } else { None }
}

/// The grams of a text as its bytes are read one after the other.
#[derive(Default)]
struct Grams {
    bytes: u64,
    read: usize,
    /// How many of the last bytes are signs that occur everywhere.
    plain: usize,
}

impl Grams {
    /// Calls `each` with the numbers of the grams that end with `byte`, which is in lower case and has `class`.
    fn read(&mut self, byte: u8, class: u8, each: &mut impl FnMut(u32)) {
        self.bytes = self.bytes << 8 | u64::from(byte);
        self.read += 1;
        self.plain = if class & PLAIN != 0 { self.plain + 1 } else { 0 };
        if self.read > 2 {
            each(((self.bytes & 0xff_ffff) as u32).wrapping_mul(0x9e37_79b1) >> (32 - GRAM_BITS));
        }
        if self.read > 4 && self.plain < 5 {
            let five = (self.bytes & 0xff_ffff_ffff).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            each((five >> (64 - GRAM_BITS)) as u32 | 1 << GRAM_BITS);
        }
    }
}

/// Which words of a text are terms, as they are found one after the other.
#[derive(Default)]
struct Terms {
    /// The word before, if it is one that occurs everywhere.
    before: Option<(usize, usize)>,
}

impl Terms {
    /// The term that the word at `from..end` of `text` gives: itself, or when it occurs everywhere, it and the word before.
    fn read(&mut self, text: &[u8], from: usize, end: usize) -> Option<(usize, usize)> {
        if !is_everywhere(&text[from..end]) {
            self.before = None;
            return Some((from, end));
        }
        let before = self.before.replace((from, end));
        before.filter(|(_, before)| before + 1 == from).map(|(before, _)| (before, end))
    }
}

/// Calls `each` with the number of every gram of `text`, which is in lower case.
pub(crate) fn grams(text: &[u8], mut each: impl FnMut(u32)) {
    let mut grams = Grams::default();
    for &byte in text {
        grams.read(byte, CLASS[byte as usize], &mut each);
    }
}

/// What of `text` is put into filters, with the places where it begins: its words, but in place of those that occur
/// everywhere two neighbours of them together, such as `203.0` of an address.
pub(crate) fn terms(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut terms = Terms::default();
    words(text).filter_map(move |(at, word)| {
        let (from, end) = terms.read(text, at, at + word.len())?;
        Some((from, &text[from..end]))
    })
}

/// [`grams`] and [`terms`] of `text`, which is in lower case, in one pass.
pub(crate) fn grams_and_terms(text: &[u8], mut gram: impl FnMut(u32), mut term: impl FnMut(&[u8])) {
    let (mut grams, mut terms) = (Grams::default(), Terms::default());
    let mut word = None;
    let mut ended = |from, end| terms.read(text, from, end).into_iter().for_each(|(from, end)| term(&text[from..end]));
    for (at, &byte) in text.iter().enumerate() {
        let class = CLASS[byte as usize];
        grams.read(byte, class, &mut gram);
        match word {
            None if class & WORD != 0 => word = Some(at),
            Some(from) if class & WORD == 0 => {
                ended(from, at);
                word = None;
            }
            _ => {}
        }
    }
    if let Some(from) = word {
        ended(from, text.len());
    }
}

/// The words of `text` with the places where they begin.
fn words(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let from = at + text.get(at..)?.iter().position(|byte| is_word(*byte))?;
        let len = text[from..].iter().position(|byte| !is_word(*byte)).unwrap_or(text.len() - from);
        at = from + len;
        Some((from, &text[from..at]))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_runs_of_letters_digits_and_underscores() {
        let found: Vec<_> = words("a_1=오류 x-10.0".as_bytes()).map(|(at, word)| (at, word.to_vec())).collect();
        assert_eq!(found, [(0, b"a_1".to_vec()), (11, b"x".to_vec()), (13, b"10".to_vec()), (16, b"0".to_vec())]);
        assert_eq!(term_key(b"Error"), term_key(b"error"));
        let found: Vec<_> = terms(b"ip=203.0.113.7,x12345.1").map(|(_, term)| String::from_utf8_lossy(term)).collect();
        assert_eq!(found, ["ip=203", "203.0", "0.113", "113.7", "x12345"]);
    }

    proptest! {
        #[test]
        fn one_pass_finds_what_two_find(text in "[a-f0-9.:_ =한]{0,80}") {
            let text = text.as_bytes();
            let (mut once, mut twice) = ((vec![], vec![]), (vec![], vec![]));
            grams_and_terms(text, |gram| once.0.push(gram), |term| once.1.push(term.to_vec()));
            grams(text, |gram| twice.0.push(gram));
            twice.1.extend(terms(text).map(|(_, term)| term.to_vec()));
            prop_assert_eq!(once, twice);
        }
    }
}
