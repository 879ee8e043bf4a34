//! A message's shape: its bytes with [`VARIABLE`] for what varies as far as the message alone tells.
//!
//! The shape of most messages has been seen before, so making it is what learning costs: one pass, no allocation.

use std::ops::Range;

use crate::bytes::{CLASS, DIGIT, LESS, REST, SPACE, VARIABLE, skip};
use crate::mask::{LONG_PART, mask};

/// Tokens of a message that are told apart; what follows is the rest.
pub const MAX_TOKENS: usize = 64;
/// A token that begins further in belongs to the rest.
const MAX_BYTES: usize = 1_024;
/// A longer token belongs to the rest, and so does all that follows it.
const MAX_TOKEN: usize = 1_024;
/// White space longer than that begins the rest, so that a template's length has a bound.
const MAX_SPACE: usize = 32;

/// The shape of the message that was read last; its memory is used again.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// The message with markers for variables and the rest.
    pub(crate) bytes: Vec<u8>,
    /// Where each token lies in the message.
    pub(crate) tokens: Vec<Range<usize>>,
    /// The rest of the message; empty when there is none.
    pub(crate) rest: Range<usize>,
}

impl Shape {
    /// Reads `message`.
    pub(crate) fn read(&mut self, message: &str) {
        let message = message.as_bytes();
        self.bytes.clear();
        self.tokens.clear();
        self.rest = message.len()..message.len();
        // What is before `copied` is in `bytes`.
        let (mut copied, mut position) = (0, 0);
        loop {
            let start = skip(message, position, SPACE);
            let space = &message[position..start];
            if space.len() > MAX_SPACE || (!self.tokens.is_empty() && start < message.len() && breaks(space)) {
                self.rest.start = position;
                break;
            }
            if start == message.len() {
                break;
            }
            let (end, classes) = token(message, start);
            if self.tokens.len() == MAX_TOKENS || start > MAX_BYTES || end - start > MAX_TOKEN {
                self.rest.start = start;
                break;
            }
            if classes & (DIGIT | LESS) != 0 || end - start > LONG_PART {
                let bytes = &mut self.bytes;
                mask(&message[start..end], classes, |variable| {
                    // Two variables without fixed text between them are one.
                    if copied < start + variable.start || bytes.last() != Some(&VARIABLE) {
                        bytes.extend_from_slice(&message[copied..start + variable.start]);
                        bytes.push(VARIABLE);
                    }
                    copied = start + variable.end;
                });
            }
            self.tokens.push(start..end);
            position = end;
        }
        self.bytes.extend_from_slice(&message[copied..self.rest.start]);
        if !self.rest.is_empty() {
            self.bytes.push(REST);
        }
    }
}

/// Where the token that begins at `start` ends, and those classes of its bytes together that digits, signs and white space have;
/// one past [`MAX_TOKEN`] if it is longer.
#[inline]
fn token(message: &[u8], start: usize) -> (usize, u8) {
    let message = &message[..message.len().min(start + MAX_TOKEN + 1)];
    let mut end = start + letters(&message[start..]);
    let mut classes = 0;
    for &byte in &message[end..] {
        let class = CLASS[byte as usize];
        if class & SPACE != 0 {
            break;
        }
        classes |= class;
        end += 1;
    }
    (end, classes)
}

/// How many bytes at the beginning of `text` are certainly letters or signs of the upper half of the alphabet: they are looked at
/// eight at a time.
#[inline]
fn letters(text: &[u8]) -> usize {
    const TOP: u64 = 0x8080_8080_8080_8080;
    let mut len = 0;
    for eight in text.as_chunks::<8>().0 {
        let eight = u64::from_le_bytes(*eight);
        // One of the two upper bits of each such byte is set.
        let other = !(eight | eight << 1) & TOP;
        if other != 0 {
            return len + other.trailing_zeros() as usize / 8;
        }
        len += 8;
    }
    len
}

fn breaks(space: &[u8]) -> bool {
    space.iter().any(|&byte| byte == b'\n' || byte == b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(message: &str) -> (String, Vec<&str>, &str) {
        let mut shape = Shape::default();
        shape.read(message);
        let text = shape.bytes.iter().map(|&byte| match byte {
            VARIABLE => "<*>".to_owned(),
            REST => "<...>".to_owned(),
            byte => char::from(byte).to_string(),
        });
        (text.collect(), shape.tokens.iter().map(|range| &message[range.clone()]).collect(), &message[shape.rest])
    }

    #[test]
    fn first_line_and_the_rest() {
        assert_eq!(shape(""), (String::new(), vec![], ""));
        assert_eq!(shape("  a  5\t"), ("  a  <*>\t".into(), vec!["a", "5"], ""));
        assert_eq!(shape("a b\n  at c"), ("a b<...>".into(), vec!["a", "b"], "\n  at c"));
        assert_eq!(shape("a 1\n"), ("a <*>\n".into(), vec!["a", "1"], ""));
        assert_eq!(shape("\na"), ("\na".into(), vec!["a"], ""));
    }

    #[test]
    fn long_messages_have_a_rest() {
        let words = "w ".repeat(MAX_TOKENS);
        assert_eq!(shape(&words).0, words);
        assert_eq!(shape(&format!("{words}x")).0, format!("{words}<...>"));
        let token = "x".repeat(MAX_TOKEN + 1);
        assert_eq!(shape(&format!("a {token} b")).0, "a <...>");
        assert_eq!(shape(&format!("a{}b", " ".repeat(MAX_SPACE + 1))).0, "a<...>");
    }
}
