//! A quick look at a text: whether anything in it could be a secret, and what kind of it.
//!
//! Nearly every line that a program writes has none, so this is what masking costs: a few nanoseconds for a short message.
//! Sixteen bytes are looked at together; what they are is told by one bit a byte.

use super::names::Names;

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

    pub(super) const fn none(self) -> bool {
        self.0 == 0
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
pub(super) const SHORTEST_TOKEN: u32 = 16;
/// Digits of the shortest number that is a secret.
const FEWEST_DIGITS: u32 = 13;

/// What is in `text`.
pub(super) fn of(text: &[u8], names: &Names) -> Signs {
    let mut signs = Signs::default();
    let mut near = Near { run: 0, digits: [0; 2] };
    let (steps, tail) = text.as_chunks::<STEP>();
    for (nth, step) in steps.iter().enumerate() {
        let classes = classes(u128::from_le_bytes(*step));
        near.step(classes, &mut signs);
        if classes & (HYPHEN | SOME) != 0 {
            look(text, nth * STEP, classes, names, &mut signs);
        }
    }
    if !tail.is_empty() {
        let classes = classes(last_bytes(text, tail));
        near.step(classes, &mut signs);
        if classes & (HYPHEN | SOME) != 0 {
            look(text, steps.len() * STEP, classes, names, &mut signs);
        }
    }
    signs
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

/// What the last steps ended with.
struct Near {
    /// Length of the run of token bytes that reaches the end of the last step.
    run: u32,
    /// Digits in the last two steps.
    digits: [u32; 2],
}

impl Near {
    #[inline]
    fn step(&mut self, classes: u128, signs: &mut Signs) {
        let others = !classes & TOKEN;
        if self.run + others.trailing_zeros() / 8 >= SHORTEST_TOKEN {
            signs.add(Signs::TOKEN);
        }
        self.run = if others == 0 { self.run + STEP as u32 } else { others.leading_zeros() / 8 };
        let digits = (classes & DIGIT).count_ones();
        if digits + self.digits[0] + self.digits[1] >= FEWEST_DIGITS {
            signs.add(Signs::NUMBER);
        }
        self.digits = [self.digits[1], digits];
    }
}

/// Looks at the hyphens, colons, equals signs and letters `b` of the step that begins at `at`.
fn look(text: &[u8], at: usize, classes: u128, names: &Names, signs: &mut Signs) {
    if classes & HYPHEN != 0 && !signs.has(Signs::BLOCK) {
        let around = text.get(at.saturating_sub(4)..(at + STEP + 4).min(text.len()));
        if around.is_some_and(|around| around.windows(5).any(|five| five == b"-----")) {
            signs.add(Signs::BLOCK);
        }
    }
    let mut some = classes & SOME;
    while some != 0 {
        let at = at + some.trailing_zeros() as usize / 8;
        some &= some - 1;
        match text.get(at..) {
            Some([b'b' | b'B', behind @ ..]) => {
                if !signs.has(Signs::SCHEME) && scheme(text, at, behind) {
                    signs.add(Signs::SCHEME);
                }
            }
            Some([b':', b'/', b'/', behind @ ..]) => {
                if memchr::memchr(b'@', behind).is_some() {
                    signs.add(Signs::URL);
                }
            }
            _ => {
                if names.before(text, at).is_some() {
                    signs.add(Signs::NAMED);
                }
            }
        }
    }
}

/// Whether a word that begins with the letter at `at` is `bearer` or `basic`, with a blank behind it.
fn scheme(text: &[u8], at: usize, behind: &[u8]) -> bool {
    let word = match behind {
        [b'e' | b'E', ..] => b"earer".as_slice(),
        [b'a' | b'A', ..] => b"asic",
        _ => return false,
    };
    let begins = at.checked_sub(1).and_then(|before| text.get(before)).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let Some((found, rest)) = behind.split_at_checked(word.len()) else { return false };
    begins && found.eq_ignore_ascii_case(word) && rest.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'))
}

/// One in each byte of a step.
const EACH: u128 = u128::from_le_bytes([1; STEP]);
/// A letter, a digit, `_` or `-`.
const TOKEN: u128 = EACH << 7;
const DIGIT: u128 = EACH << 6;
const HYPHEN: u128 = EACH << 5;
/// `:`, `=`, `b` or `B`.
const SOME: u128 = EACH << 4;

/// What each byte is, the first in the lowest byte. Written so that the compiler makes it one computation for all sixteen.
#[inline]
fn classes(step: u128) -> u128 {
    let mut classes = [0; STEP];
    for (class, byte) in classes.iter_mut().zip(&step.to_le_bytes()) {
        let lower = byte | 0x20;
        let digit = byte.wrapping_sub(b'0') < 10;
        let hyphen = *byte == b'-';
        let token = (lower.wrapping_sub(b'a') < 26) | digit | hyphen | (*byte == b'_');
        let some = (*byte == b':') | (*byte == b'=') | (lower == b'b');
        *class = u8::from(token) << 7 | u8::from(digit) << 6 | u8::from(hyphen) << 5 | u8::from(some) << 4;
    }
    u128::from_le_bytes(classes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
