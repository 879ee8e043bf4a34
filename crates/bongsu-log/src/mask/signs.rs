//! A quick look at a text: whether anything in it could be a secret, and what kind of it.
//!
//! Nearly every line that a program writes has none, so this is what masking costs: a few nanoseconds for a short message.
//! Sixteen bytes are looked at together; what they are is told by one bit a byte.

use super::names::Names;
use super::{pairs, sql, tag};

/// What a text may hold; the rules that find it look again, and closely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Signs(u8);

impl Signs {
    /// A sensitive name with `=` or `:` behind it.
    pub(super) const NAMED: Self = Self(1);
    /// Sixteen letters and digits in a row.
    pub(super) const TOKEN: Self = Self(2);
    /// The word `Bearer` or `Basic`.
    pub(super) const SCHEME: Self = Self(4);
    /// Thirteen digits close together.
    pub(super) const NUMBER: Self = Self(8);
    /// Five hyphens in a row.
    pub(super) const BLOCK: Self = Self(16);
    /// `://` and an `@` behind it.
    pub(super) const URL: Self = Self(32);
    /// No `@` behind the first `://`: no sign of anything, but it need not be looked for again.
    const NO_AT: Self = Self(64);
    /// A sensitive name in a pair, a tag, an option or a statement of SQL.
    pub(super) const PAIRED: Self = Self(128);

    pub(super) const fn none(self) -> bool {
        self.0 & !Self::NO_AT.0 == 0
    }

    pub(super) const fn has(self, sign: Self) -> bool {
        self.0 & sign.0 != 0
    }

    fn add(&mut self, sign: Self) {
        self.0 |= sign.0;
    }
}

/// Bytes that are looked at together.
const STEP: usize = 16;
/// The shortest run of letters and digits that any rule for tokens takes.
pub(super) const SHORTEST_TOKEN: usize = 16;
/// `basic` with a blank and a secret behind it; `IDENTIFIED BY` is longer.
const SHORTEST_SCHEME: usize = 7;
/// Digits of the shortest number that is a secret.
const FEWEST_DIGITS: u64 = 13;

/// What is in `text`.
#[inline]
pub(super) fn of(text: &[u8], names: &Names) -> Signs {
    let mut signs = Signs::default();
    let mut digits = [0; 2];
    let (steps, tail) = text.as_chunks::<STEP>();
    let mut at = 0;
    for step in steps {
        look(text, at, u128::from_le_bytes(*step), &mut digits, names, &mut signs);
        at += STEP;
    }
    if !tail.is_empty() {
        look(text, at, last_bytes(text, tail), &mut digits, names, &mut signs);
    }
    signs
}

/// Looks at the step that begins at `at`; `digits` are how many the two steps before it had.
#[inline]
fn look(text: &[u8], at: usize, step: u128, digits: &mut [u64; 2], names: &Names, signs: &mut Signs) {
    let [first, second] = classes(step);
    // Sixteen in a row fill one of the words of eight whole.
    if first.token == HIGH && is_long(text, at) || second.token == HIGH && is_long(text, at + 8) {
        signs.add(Signs::TOKEN);
    }
    let here = ((first.digit >> 7) + (second.digit >> 7)).wrapping_mul(EACH) >> 56;
    if digits[0] + digits[1] + here >= FEWEST_DIGITS {
        signs.add(Signs::NUMBER);
    }
    *digits = [digits[1], here];
    if first.hyphen | first.some != 0 {
        look_closely(text, at, first, names, signs);
    }
    if second.hyphen | second.some != 0 {
        look_closely(text, at + 8, second, names, signs);
    }
}

/// Whether the word to which the eight bytes at `at` belong is as long as a token.
#[cold]
fn is_long(text: &[u8], at: usize) -> bool {
    let is_token = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(|byte| TOKENS[usize::from(*byte)]);
    let mut length = 8;
    let mut start = at;
    while length < SHORTEST_TOKEN && is_token(start.checked_sub(1)) {
        start -= 1;
        length += 1;
    }
    let mut end = at + 8;
    while length < SHORTEST_TOKEN && is_token(Some(end)) {
        end += 1;
        length += 1;
    }
    length >= SHORTEST_TOKEN
}

/// Looks at the hyphens, quotes, commas, colons, equals signs, brackets of tags and letters `b` of eight bytes.
#[inline(never)]
fn look_closely(text: &[u8], at: usize, classes: Classes, names: &Names, signs: &mut Signs) {
    // Of five in a row, three are in one word.
    let hyphens = classes.hyphen;
    if hyphens & hyphens >> 8 & hyphens >> 16 != 0 {
        signs.add(Signs::BLOCK);
    }
    // Two in a row, or one at the end with another behind it.
    let two = hyphens & hyphens >> 8 != 0 || hyphens >> 63 != 0 && text.get(at + 8) == Some(&b'-');
    if two && is_option(text, at, names) {
        signs.add(Signs::PAIRED);
    }
    let mut some = classes.some;
    while some != 0 {
        let at = at + some.trailing_zeros() as usize / 8;
        some &= some - 1;
        match text.get(at) {
            Some(b'b' | b'B') if text.len() >= SHORTEST_SCHEME => {
                if scheme(text, at) {
                    signs.add(Signs::SCHEME);
                } else if sql::is_identified_by(text, at) {
                    signs.add(Signs::PAIRED);
                }
            }
            Some(b':') if text.get(at + 1..at + 3) == Some(b"//".as_slice()) => look_at_address(text, at, signs),
            Some(b',') if pairs::before(text, at, names).is_some() => signs.add(Signs::PAIRED),
            Some(b'<') if tag::opens(text, at, names).is_some() => signs.add(Signs::PAIRED),
            Some(b'\'') if sql::before(text, at, names).is_some() => signs.add(Signs::PAIRED),
            Some(b':' | b'=') if names.before(text, at).is_some() => signs.add(Signs::NAMED),
            _ => {}
        }
    }
}

/// Looks for an `@` behind the `://` at `at`, once: behind the first address there is one or there is none.
fn look_at_address(text: &[u8], at: usize, signs: &mut Signs) {
    if !signs.has(Signs::URL) && !signs.has(Signs::NO_AT) {
        let any = text.get(at + 2..).is_some_and(|behind| memchr::memchr(b'@', behind).is_some());
        signs.add(if any { Signs::URL } else { Signs::NO_AT });
    }
}

/// Whether one of the eight bytes at `at` begins `--password x`.
#[cold]
fn is_option(text: &[u8], at: usize, names: &Names) -> bool {
    (at..at + 8).any(|at| text.get(at) == Some(&b'-') && pairs::option(text, at, names).is_some())
}

/// The fewer than sixteen bytes of `tail`, with which `text` ends, and zeros. Read as whole words that overlap: a copy of
/// just these bytes would cost more than all that is done with them.
#[inline]
fn last_bytes(text: &[u8], tail: &[u8]) -> u128 {
    let bits = 8 * tail.len() as u32;
    if let Some(last) = text.last_chunk::<STEP>() {
        return u128::from_le_bytes(*last) >> (128 - bits);
    }
    if let (Some(first), Some(last)) = (tail.first_chunk::<8>(), tail.last_chunk::<8>()) {
        let last = u128::from(u64::from_le_bytes(*last)) << 64;
        return u128::from(u64::from_le_bytes(*first)) | last >> (128 - bits) & !u128::from(u64::MAX);
    }
    tail.iter().rev().fold(0, |bytes, byte| bytes << 8 | u128::from(*byte))
}

/// Whether a word that begins with the letter at `at` is `bearer` or `basic`, with a blank behind it.
fn scheme(text: &[u8], at: usize) -> bool {
    let word = match text.get(at + 1) {
        Some(b'e' | b'E') => b"bearer".as_slice(),
        Some(b'a' | b'A') => b"basic",
        _ => return false,
    };
    let begins = at.checked_sub(1).and_then(|before| text.get(before)).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let end = at + word.len();
    begins
        && text.get(at..end).is_some_and(|found| found.eq_ignore_ascii_case(word))
        && text.get(end).is_some_and(|byte| matches!(byte, b' ' | b'\t'))
}

/// Whether a byte is a letter, a digit, `_` or `-`, by its number.
pub(super) const TOKENS: [bool; 256] = {
    let mut tokens = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        tokens[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_' || byte as u8 == b'-';
        byte += 1;
    }
    tokens
};

/// One in each byte of a word.
const EACH: u64 = 0x0101_0101_0101_0101;
/// The highest bit of each byte.
const HIGH: u64 = EACH << 7;

/// What eight bytes are: in each word, the highest bit of a byte's place is set when it is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Classes {
    /// A letter, a digit, `_` or `-`.
    token: u64,
    digit: u64,
    hyphen: u64,
    /// One of `:` to `>`, or one of `'` to `,`, `b` or `B` with no letter or digit before it.
    some: u64,
}

/// What each byte is, the first in the lowest byte. A loop over sixteen bytes without a branch, which compilers make a few
/// instructions for all of them at once.
#[inline]
#[allow(
    clippy::needless_bitwise_bool,
    reason = "lazy operators are branches, which keep bytes from being looked at together"
)]
fn classes(step: u128) -> [Classes; 2] {
    const TOKEN: u64 = EACH << 7;
    const DIGIT: u64 = EACH << 6;
    const HYPHEN: u64 = EACH << 5;
    const SOME: u64 = EACH << 4;
    const BEGINS: u64 = EACH << 3;
    const WORD: u64 = EACH << 2;
    let mut all = step.to_le_bytes();
    for byte in &mut all {
        let lower = *byte | 0x20;
        let is = |is: bool, class: u64| u8::from(is).wrapping_neg() & class as u8;
        let within = |byte: u8, first: u8, last: u8| byte.wrapping_sub(first) <= last - first;
        let digit = within(*byte, b'0', b'9');
        let hyphen = *byte == b'-';
        let word = within(lower, b'a', b'z') | digit;
        let some = within(*byte, b':', b'>');
        let begins = within(*byte, b'\'', b',') | (lower == b'b');
        *byte = is(word | hyphen | (*byte == b'_'), TOKEN)
            | is(digit, DIGIT)
            | is(hyphen, HYPHEN)
            | is(some, SOME)
            | is(begins, BEGINS)
            | is(word, WORD);
    }
    let all = u128::from_le_bytes(all);
    [all as u64, (all >> 64) as u64].map(|bits| {
        let begins = bits & BEGINS & !((bits & WORD) << 9);
        Classes {
            token: bits & TOKEN,
            digit: (bits & DIGIT) << 1,
            hyphen: (bits & HYPHEN) << 2,
            some: (bits & SOME) << 3 | begins << 4,
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_byte_is_what_it_is_wherever_it_stands() {
        for byte in 0..=255u8 {
            let is = [
                byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
                byte.is_ascii_digit(),
                byte == b'-',
                matches!(byte, b'\''..=b',' | b':'..=b'>' | b'b' | b'B'),
            ];
            for (at, around) in (0..STEP).flat_map(|at| [0, b' ', 0x7f, 0xff].map(|around| (at, around))) {
                let mut step = [around; STEP];
                step[at] = byte;
                let [first, second] = classes(u128::from_le_bytes(step));
                let found = if at < 8 { first } else { second };
                let found = [found.token, found.digit, found.hyphen, found.some];
                let found = found.map(|class| class >> (at % 8 * 8) & 0xff);
                assert_eq!(found, is.map(|is| u64::from(is) << 7), "{byte} at {at} in {around}");
            }
            let [inside, _] = classes(u128::from_le_bytes([b'a', byte].repeat(8).try_into().unwrap()));
            let anywhere = is[3] && matches!(byte, b':'..=b'>');
            assert_eq!(inside.some, if anywhere { 0x8000_8000_8000_8000 } else { 0 }, "{byte} behind a letter");
        }
    }

    fn signs(text: &str) -> Signs {
        of(text.as_bytes(), &Names::default())
    }

    #[test]
    fn each_sign_is_seen_wherever_it_stands() {
        let table = [
            ("password=x", Signs::NAMED),
            ("a Bearer x", Signs::SCHEME),
            ("4111 1111 1111 1111", Signs::NUMBER),
            ("-----BEGIN", Signs::BLOCK),
            ("db://a:b@c", Signs::URL),
            ("abcdefghijklmnop", Signs::TOKEN),
            ("('password', 'x')", Signs::PAIRED),
            ("<password>x</password>", Signs::PAIRED),
            ("<password type='x'>x</password>", Signs::PAIRED),
            ("PASSWORD 'x'", Signs::PAIRED),
            (" --password x", Signs::PAIRED),
            ("IDENTIFIED BY 'x'", Signs::PAIRED),
        ];
        for (text, sign) in table {
            for before in 0..40 {
                let text = format!("{}{text}", ".".repeat(before));
                assert!(signs(&text).has(sign), "{text}");
                assert!(signs(&format!("{text} {}", "é".repeat(20))).has(sign), "{text}");
            }
        }
    }

    #[test]
    fn ordinary_lines_have_none() {
        for text in [
            "",
            "req 12345 user=alice",
            "20 films loaded",
            "load completed in 0.123s | {\"rows\":20}",
            "봉수대: 영화 20편",
            "GET /films?page=2 200",
            "basic",
            "bearers of news",
            "https://x.org/a",
            "-- done --",
            "<b>bold</b> a -> b",
            "created by 'kim' (3 rows)",
            "abcdefghijklmno",
        ] {
            assert!(signs(text).none(), "{text}: {:?}", signs(text));
        }
    }

    proptest! {
        #[test]
        fn the_last_bytes_are_those_of_the_tail(text in proptest::collection::vec(any::<u8>(), 1..40)) {
            let tail = text.as_chunks::<STEP>().1;
            let mut step = [0; STEP];
            step[..tail.len()].copy_from_slice(tail);
            prop_assume!(!tail.is_empty());
            prop_assert_eq!(last_bytes(&text, tail), u128::from_le_bytes(step));
        }

        #[test]
        fn a_long_word_is_seen_wherever_the_steps_begin(before in 0usize..40, length in 1usize..60, after in 0usize..20) {
            let text = format!("{}{}{}", " ".repeat(before), "a_1-".repeat(15).get(..length).unwrap(), ".".repeat(after));
            prop_assert_eq!(signs(&text).has(Signs::TOKEN), length >= 16, "{}", text);
        }

        #[test]
        fn digits_close_together_are_seen(before in 0usize..40, groups in proptest::collection::vec("[0-9]{1,7}", 1..6)) {
            let number = groups.join("-");
            let text = format!("{}{number} x", "x ".repeat(before));
            let enough = number.bytes().filter(u8::is_ascii_digit).count() >= 13;
            prop_assert!(!enough || number.len() > 33 || signs(&text).has(Signs::NUMBER), "{}", text);
        }
    }
}
