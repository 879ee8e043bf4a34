//! Reads JSON text piece by piece, borrowing from it.

use std::borrow::Cow;

/// How deep lists and objects may lie in each other.
const MAX_DEPTH: usize = 128;

/// Bytes of a string that are searched eight at a time.
const SHORT: usize = 40;

/// A place in a JSON text. Every reader returns none when the text is not JSON there.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// Control characters occur, so strings must be searched for them.
    careful: bool,
}

/// A number as it was written.
pub(super) enum Number<'a> {
    Int(i64),
    /// The value and its text; not exact when it is a whole number beyond 64 bits.
    Float(f64, &'a str, bool),
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let control = text.as_bytes().iter().fold(0, |found, byte| found | u8::from(*byte < 0x20));
        Self { text, at: 0, careful: control != 0 }
    }

    /// The text from `start` to here.
    pub(super) fn since(&self, start: usize) -> Option<&'a str> {
        self.text.get(start..self.at)
    }

    /// The next byte that is not blank; 0 at the end.
    pub(super) fn peek(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(byte) => return *byte,
                None => return 0,
            }
        }
    }

    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == byte;
        if found {
            self.at += 1;
        }
        found
    }

    pub(super) fn at_end(&mut self) -> bool {
        self.peek();
        self.at == self.text.len()
    }

    /// The inside of a string and whether it has escapes.
    fn raw_string(&mut self) -> Option<(&'a str, bool)> {
        if !self.eat(b'"') {
            return None;
        }
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at += quote_or_escape(bytes.get(self.at..)?)? + 1;
            if bytes.get(self.at - 1) == Some(&b'"') {
                break;
            }
            escaped = true;
            self.at += 1;
        }
        let inside = self.text.get(start..self.at - 1)?;
        (!self.careful || inside.bytes().all(|byte| byte >= 0x20)).then_some((inside, escaped))
    }

    pub(super) fn string(&mut self) -> Option<Cow<'a, str>> {
        let (inside, escaped) = self.raw_string()?;
        if !escaped {
            return Some(Cow::Borrowed(inside));
        }
        let quoted = self.text.get(self.at - inside.len() - 2..self.at)?;
        unescaped(inside).or_else(|| serde_json::from_str(quoted).ok()).map(Cow::Owned)
    }

    /// Passes over `key`, which is written as `quoted` with a colon, when it stands here; the key itself.
    pub(super) fn key(&mut self, quoted: &str) -> Option<&'a str> {
        if !self.text.as_bytes().get(self.at..)?.starts_with(quoted.as_bytes()) {
            return None;
        }
        let start = self.at + 1;
        self.at += quoted.len();
        self.text.get(start..self.at - 2)
    }

    pub(super) fn word(&mut self, word: &str) -> Option<()> {
        let found = self.text.as_bytes().get(self.at..)?.starts_with(word.as_bytes());
        found.then(|| self.at += word.len())
    }

    pub(super) fn number(&mut self) -> Option<Number<'a>> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
        let mut at = start + usize::from(byte(start) == b'-');
        let first = at;
        let mut value = 0i64;
        while byte(at).is_ascii_digit() {
            value = value.wrapping_mul(10).wrapping_add(i64::from(byte(at) - b'0'));
            at += 1;
        }
        let whole = at - first;
        if whole == 0 || whole > 1 && byte(first) == b'0' {
            return None;
        }
        let mut float = false;
        if byte(at) == b'.' {
            float = true;
            at = digits_from(bytes, at + 1)?;
        }
        if matches!(byte(at), b'e' | b'E') {
            float = true;
            at += 1 + usize::from(matches!(byte(at + 1), b'+' | b'-'));
            at = digits_from(bytes, at)?;
        }
        self.at = at;
        let text = self.text.get(start..at)?;
        if !float && whole <= 18 && text != "-0" {
            return Some(Number::Int(if first > start { -value } else { value }));
        }
        if !float && let (true, Ok(value)) = (text != "-0", text.parse()) {
            return Some(Number::Int(value));
        }
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite())?;
        Some(Number::Float(number, text, float || text == "-0"))
    }

    /// Passes over a value of any kind, checking that it is JSON; its text.
    pub(super) fn skip(&mut self, depth: usize) -> Option<&'a str> {
        let first = self.peek();
        let start = self.at;
        match first {
            b'"' => _ = self.string()?,
            b't' => self.word("true")?,
            b'f' => self.word("false")?,
            b'n' => self.word("null")?,
            b'[' => self.skip_list(depth)?,
            b'{' => self.skip_object(depth)?,
            _ => _ = self.number()?,
        }
        self.since(start)
    }

    fn skip_list(&mut self, depth: usize) -> Option<()> {
        if depth >= MAX_DEPTH || !self.eat(b'[') {
            return None;
        }
        if self.eat(b']') {
            return Some(());
        }
        loop {
            self.skip(depth + 1)?;
            if self.eat(b']') {
                return Some(());
            }
            if !self.eat(b',') {
                return None;
            }
        }
    }

    fn skip_object(&mut self, depth: usize) -> Option<()> {
        if depth >= MAX_DEPTH || !self.eat(b'{') {
            return None;
        }
        if self.eat(b'}') {
            return Some(());
        }
        loop {
            self.peek();
            self.string()?;
            if !self.eat(b':') {
                return None;
            }
            self.skip(depth + 1)?;
            if self.eat(b'}') {
                return Some(());
            }
            if !self.eat(b',') {
                return None;
            }
        }
    }
}

/// Where the first `"` or `\` is. Most strings are short: calling a search that is made for long ones costs more than it saves.
#[inline]
fn quote_or_escape(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    /// The high bit of the first byte that is 0, and perhaps of some behind it.
    fn zero(bytes: u64) -> u64 {
        bytes.wrapping_sub(ONES) & !bytes & HIGH
    }
    let (eights, rest) = bytes.as_chunks::<8>();
    for (nth, eight) in eights.iter().take(SHORT / 8).enumerate() {
        let eight = u64::from_le_bytes(*eight);
        let found = zero(eight ^ (ONES * u64::from(b'"'))) | zero(eight ^ (ONES * u64::from(b'\\')));
        if found != 0 {
            return Some(8 * nth + found.trailing_zeros() as usize / 8);
        }
    }
    let (skipped, rest) =
        if eights.len() >= SHORT / 8 { bytes.split_at(SHORT) } else { (&bytes[..8 * eights.len()], rest) };
    memchr::memchr2(b'"', b'\\', rest).map(|at| skipped.len() + at)
}

/// The text that is written as `inside`; none when there is an escape of more than one sign, or a wrong one.
fn unescaped(inside: &str) -> Option<String> {
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        text.push_str(rest.get(..at)?);
        text.push(match rest.as_bytes().get(at + 1)? {
            sign @ (b'"' | b'\\' | b'/') => char::from(*sign),
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            _ => return None,
        });
        rest = rest.get(at + 2..)?;
    }
    text.push_str(rest);
    Some(text)
}

fn digits_from(bytes: &[u8], at: usize) -> Option<usize> {
    let run = bytes.get(at..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (run > 0).then_some(at + run)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_json(text: &str) -> bool {
        let mut scanner = Scanner::new(text);
        scanner.skip(0).is_some() && scanner.at_end()
    }

    proptest! {
        #[test]
        fn accepts_what_serde_json_accepts(text in r#"[\[\]{}:,"\\eEntrufalsd0-9.+\- ]{0,24}"#) {
            prop_assert_eq!(is_json(&text), serde_json::from_str::<serde_json::Value>(&text).is_ok());
        }

        #[test]
        fn finds_the_end_of_a_string(text in r#"([^"\\]|é){0,60}["\\]?.{0,9}"#) {
            prop_assert_eq!(quote_or_escape(text.as_bytes()), text.find(['"', '\\']));
        }

        #[test]
        fn reads_strings_as_serde_json_does(text in r#""([^"\\\x00-\x1f]{0,9}(\\["\\/nrtbfux]|\\u00e9){0,3}){0,4}""#) {
            let expected = serde_json::from_str::<String>(&text).ok();
            prop_assert_eq!(Scanner::new(&text).string().map(Cow::into_owned), expected);
        }

        #[test]
        fn reads_numbers_as_rust_does(text in r"-?[0-9]{1,22}(\.[0-9]{1,5})?(e-?[0-9]{1,2})?") {
            let expected = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            prop_assert_eq!(is_json(&text), expected);
            if expected {
                match Scanner::new(&text).number().unwrap() {
                    Number::Int(value) => prop_assert_eq!(value, text.parse::<i64>().unwrap()),
                    Number::Float(value, ..) => prop_assert!(value.to_bits() == text.parse::<f64>().unwrap().to_bits()),
                }
            }
        }
    }

    #[test]
    fn depth_is_bounded() {
        assert!(is_json(&("[".repeat(127) + &"]".repeat(127))));
        assert!(!is_json(&("[".repeat(10_000) + &"]".repeat(10_000))));
    }

    #[test]
    fn a_raw_control_character_is_not_json() {
        assert!(!is_json("\"a\u{1}b\"") && !is_json("\"a\tb\"") && is_json("[\t1\t]"));
    }
}
