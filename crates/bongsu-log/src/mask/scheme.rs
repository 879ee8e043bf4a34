//! What stands behind the words `Bearer` and `Basic`.

use std::ops::Range;

use super::names::looks_secret;

/// Adds where the credentials stand in `text`.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    for at in memchr::memchr2_iter(b'b', b'B', bytes) {
        let begins =
            at.checked_sub(1).and_then(|before| bytes.get(before)).is_none_or(|byte| !byte.is_ascii_alphanumeric());
        let word = |word: &str| text.get(at..at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word));
        let basic = word("basic");
        let end = if basic { at + 5 } else { at + 6 };
        if !begins || !(basic || word("bearer")) {
            continue;
        }
        let Some(rest) = text.get(end..) else { continue };
        let credentials = rest.trim_start_matches([' ', '\t']);
        let start = text.len() - credentials.len();
        let stops = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | ')' | ']' | '}' | '>' | '\\');
        let credentials = credentials.split(stops).next().unwrap_or_default();
        if start > end && if basic { is_basic(credentials) } else { looks_secret(credentials) } {
            found.push(start..start + credentials.len());
        }
    }
}

/// Whether this is base 64 of a text with a colon in it: a name and a password.
fn is_basic(text: &str) -> bool {
    let bare = text.trim_end_matches('=');
    if text.len() < 4 || text.len() - bare.len() > 2 || bare.len() % 4 == 1 {
        return false;
    }
    let (mut bits, mut held, mut colon) = (0_u32, 0, false);
    for byte in bare.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return false,
        };
        bits = bits << 6 | u32::from(digit);
        held += 6;
        if held >= 8 {
            held -= 8;
            let decoded = (bits >> held) as u8;
            if decoded < b' ' {
                return false;
            }
            colon |= decoded == b':';
        }
    }
    colon
}

#[cfg(test)]
mod tests {
    use super::super::tests::hidden;
    use super::*;

    #[test]
    fn credentials_are_hidden_and_words_are_not() {
        for (text, expected) in [
            ("sent Bearer a1b2c3d4e5 to x", "sent Bearer # to x"),
            ("'bearer abc.d3f-x_y~z+/='", "'bearer #'"),
            ("Basic dXNlcjpwYXNz", "Basic #"),
            ("BASIC YTpi,", "BASIC #,"),
            ("basic authentication failed", "basic authentication failed"),
            ("Basic information", "Basic information"),
            ("bearer of news, Bearer token expired", "bearer of news, Bearer token expired"),
            ("basic dXNlcg==", "basic dXNlcg=="),
            ("Basic", "Basic"),
            ("bearer ", "bearer "),
            ("b봉수", "b봉수"),
        ] {
            assert_eq!(hidden(text, find), expected);
        }
    }
}
