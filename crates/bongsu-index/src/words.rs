//! What of a text is put into filters: its words and its three-byte pieces, both in lower case.
//!
//! A word is a run of ASCII letters, digits and `_`; a piece ("gram") is any three bytes in a row, so that parts of words
//! and letters of other scripts are found too.

use xxhash_rust::xxh3::xxh3_64;

/// Bits of a gram's number.
pub(crate) const GRAM_BITS: u32 = 18;
/// Longer words are not told apart by their ends.
const LONGEST: usize = 256;

/// Whether `byte` is a part of a word.
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether a word is in no filter: one that is so short or common that it would be found nearly everywhere.
pub(crate) fn is_everywhere(word: &[u8]) -> bool {
    word.len() <= 2 || (word.len() <= 4 && word.iter().all(u8::is_ascii_digit))
}

/// The number of a word in a filter.
pub(crate) fn word_key(word: &[u8]) -> u64 {
    let word = word.get(..LONGEST).unwrap_or(word);
    let mut lower = [0; LONGEST];
    let lower = &mut lower[..word.len()];
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    xxh3_64(lower)
}

/// The number of three bytes, folded into [`GRAM_BITS`].
pub(crate) fn gram_key(a: u8, b: u8, c: u8) -> u32 {
    let bytes = u32::from(a) << 16 | u32::from(b) << 8 | u32::from(c);
    bytes.wrapping_mul(0x9e37_79b1) >> (32 - GRAM_BITS)
}

/// The grams of `text`, which is looked at in lower case.
pub(crate) fn grams(text: &[u8]) -> impl Iterator<Item = u32> + '_ {
    text.windows(3).map(|w| gram_key(w[0].to_ascii_lowercase(), w[1].to_ascii_lowercase(), w[2].to_ascii_lowercase()))
}

/// The words of `text` with the places where they begin.
pub(crate) fn words(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
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
    use super::*;

    #[test]
    fn words_are_runs_of_letters_digits_and_underscores() {
        let found: Vec<_> = words("a_1=오류 x-10.0".as_bytes()).map(|(at, word)| (at, word.to_vec())).collect();
        assert_eq!(found, [(0, b"a_1".to_vec()), (11, b"x".to_vec()), (13, b"10".to_vec()), (16, b"0".to_vec())]);
        assert_eq!(word_key(b"Error"), word_key(b"error"));
    }
}
