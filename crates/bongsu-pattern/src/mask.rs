//! Which parts of one token are variables as far as the token alone tells: numbers and what hangs together with them.

use std::ops::Range;

use crate::bytes::{DELIMITER, DIGIT, HEX_LETTER, JOINT, LESS, LETTER, at, find, is, skip};

/// A run without delimiters that is longer is data (Base64, keys), not a name.
pub(crate) const LONG_PART: usize = 96;
/// Letters after a number that are kept as its unit.
const UNIT: usize = 3;

/// Calls `variable` with each range of `token` that varies, in order; the ranges do not touch.
///
/// `blk_-123` is `blk_<*>`, `10.0.0.1:80` is `<*>`, `5ms` is `<*>ms`, `ssh2` stays. `classes` are those of all bytes.
#[inline]
pub(crate) fn mask(token: &[u8], classes: u8, mut variable: impl FnMut(Range<usize>)) {
    if classes & LESS != 0 && has_marker(token) {
        variable(0..token.len());
        return;
    }
    let (mut part, mut position) = (0, 0);
    loop {
        position = find(token, position, DIGIT | DELIMITER);
        if !at(token, position, DIGIT) {
            if position - part > LONG_PART {
                variable(part..position);
            }
            if position == token.len() {
                break;
            }
            position += 1;
            part = position;
        } else if let Some(range) = number(token, part, position) {
            position = range.end;
            part = position;
            variable(range);
        } else {
            position = skip(token, position, DIGIT);
        }
    }
}

/// Whether `token` holds a text that would read as a variable in a template.
fn has_marker(token: &[u8]) -> bool {
    token.windows(3).any(|window| window == b"<*>") || token.windows(5).any(|window| window == b"<...>")
}

/// The variable around the digit at `digit` in the part that begins at `part`; none where the digit belongs to a name.
fn number(token: &[u8], part: usize, digit: usize) -> Option<Range<usize>> {
    let mut start = digit;
    while start > part && is(token[start - 1], LETTER) {
        start -= 1;
    }
    let digits = skip(token, digit, DIGIT);
    if start == digit {
        start = signed(token, part, digit);
    } else if !at(token, digits, LETTER) && token[start..digit].iter().any(|&byte| !is(byte, HEX_LETTER)) {
        if digits - digit == 1 {
            return None;
        }
        start = digit;
    }
    let mut end = find(token, digits, DELIMITER);
    loop {
        let joint = if at(token, end, JOINT) && at(token, end + 1, JOINT) { end + 2 } else { end + 1 };
        let next = if matches!(token.get(joint), Some(b'-' | b'+')) { joint + 1 } else { joint };
        if !at(token, end, JOINT) || !at(token, next, DIGIT) {
            break;
        }
        end = find(token, next, DELIMITER);
    }
    end = without_unit(token, digit, end);
    while end > digits && token[end - 1] == b'.' {
        end -= 1;
    }
    Some(start..end)
}

/// `start`, or the sign before it when the sign does not join it to a name.
fn signed(token: &[u8], part: usize, start: usize) -> usize {
    let sign = start > part && matches!(token[start - 1], b'-' | b'+');
    let joined = start > part + 1 && is(token[start - 2], LETTER | DIGIT);
    start - usize::from(sign && !joined)
}

/// The end of a number that is written from `digit` to `end`, its unit left out.
fn without_unit(token: &[u8], digit: usize, end: usize) -> usize {
    let mut unit = end;
    while unit > digit && is(token[unit - 1], LETTER) {
        unit -= 1;
    }
    let letters = &token[unit..end];
    let plain = letters.len() <= UNIT
        && letters.iter().any(|&byte| !is(byte, HEX_LETTER))
        && token[digit..unit].iter().all(|&byte| is(byte, DIGIT) || byte == b'.')
        && at(token, unit - 1, DIGIT);
    if plain { unit } else { end }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::CLASS;

    fn masked(token: &str) -> String {
        let (mut text, mut done) = (String::new(), 0);
        let classes = token.bytes().fold(0, |classes, byte| classes | CLASS[byte as usize]);
        mask(token.as_bytes(), classes, |range| {
            text.push_str(&token[done..range.start]);
            text.push_str("<*>");
            done = range.end;
        });
        text + &token[done..]
    }

    #[test]
    fn numbers_and_what_belongs_to_them() {
        for (token, expected) in [
            ("plain", "plain"),
            ("42", "<*>"),
            ("-17,", "<*>,"),
            ("vCores:-17>", "vCores:<*>>"),
            ("blk_-1781953582842324563", "blk_<*>"),
            ("core.2275", "core.<*>"),
            ("10.251.73.220:50010", "<*>"),
            ("/10.251.30.6:33145.", "/<*>."),
            ("07:07:00", "<*>"),
            ("2024-05-07T11:59:38.416508012Z", "<*>"),
            ("rhost=24-54-76-216.bflony.adelphia.net", "rhost=<*>"),
            ("1514038440000##6993##548365", "<*>"),
            ("ISR:0,1,2,LeaderEpoch:49", "ISR:<*>,LeaderEpoch:<*>"),
            ("attempt_1445144423722_0020_m_000000_0", "attempt_<*>"),
            ("/mnt/data/current/subdir51/blk_17", "/mnt/data/current/subdir<*>"),
            ("5ms", "<*>ms"),
            ("519.199µs\"", "<*>µs\""),
            ("80%", "<*>%"),
            ("(125312k/129720k)", "(<*>)"),
            ("ssh2", "ssh2"),
            ("jk2_init()", "jk2_init()"),
            ("0xc0e98951", "<*>"),
            ("[3f5be500fb871325561c9beb3eaa397b]", "[<*>]"),
            ("KUBE-SEP-VQOBWT5QN7AMFSUO", "KUBE-SEP-<*>"),
            ("querier-burst-789a5c861d-5zvkm", "querier-burst-<*>"),
            ("사용자123님이", "사용자<*>님이"),
            ("exception......0", "exception......<*>"),
            ("HTTP/1.1\"", "HTTP/<*>\""),
            ("<*>", "<*>"),
            ("a<...>b", "<*>"),
            ("", ""),
        ] {
            assert_eq!(masked(token), expected, "{token}");
        }
    }

    #[test]
    fn long_parts_are_data() {
        assert_eq!(masked(&format!("key=\"{}\"", "x".repeat(LONG_PART + 1))), "key=\"<*>\"");
        assert_eq!(masked(&"x".repeat(LONG_PART)), "x".repeat(LONG_PART));
    }
}
