//! Lines for a terminal, which obeys what others only show.

use std::borrow::Cow;

/// Lines as a terminal may be given them: control characters are written as escapes (`\x1b`, `\x00`), so that no message moves
/// the cursor, clears the screen or renames the window. Line ends and tabs stay, and so do the codes of colours.
///
/// ```
/// use bongsu_format::render::for_terminal;
///
/// assert_eq!(&*for_terminal(b"a\x1b[2Jb\0c\n"), b"a\\x1b[2Jb\\x00c\n");
/// assert_eq!(&*for_terminal(b"\x1b[1;31mred\x1b[0m\r\n"), b"\x1b[1;31mred\x1b[0m\r\n");
/// ```
pub fn for_terminal(lines: &[u8]) -> Cow<'_, [u8]> {
    if !lines.iter().any(|byte| matches!(byte, 0..=8 | 11..=31 | 0x7f | 0xc2)) {
        return Cow::Borrowed(lines);
    }
    let mut shown = Vec::with_capacity(lines.len() + 16);
    let mut rest = lines;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        match (byte, behind) {
            (b'\x1b', _) if let Some(length) = colour(behind) => {
                shown.push(byte);
                shown.extend_from_slice(&behind[..length]);
                rest = &behind[length..];
            }
            // A control character that terminals know beside ASCII's.
            (0xc2, [second @ 0x80..=0x9f, behind @ ..]) => {
                escape(*second, &mut shown);
                rest = behind;
            }
            (b'\r', [b'\n', ..]) | (b'\n' | b'\t' | b' '..=0x7e | 0x80.., _) => shown.push(byte),
            _ => escape(byte, &mut shown),
        }
    }
    Cow::Owned(shown)
}

/// The length of the code of a colour behind its escape character, such as `[1;31m`.
fn colour(behind: &[u8]) -> Option<usize> {
    let codes = behind.strip_prefix(b"[")?;
    let length = codes.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b';' | b':'))?;
    (codes.get(length) == Some(&b'm')).then_some(length + 2)
}

fn escape(byte: u8, shown: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| DIGITS.get(usize::from(half)).copied().unwrap_or(b'?');
    shown.extend_from_slice(&[b'\\', b'x', digit(byte >> 4), digit(byte & 15)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        String::from_utf8(for_terminal(text.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn what_moves_the_cursor_is_shown_and_not_obeyed() {
        for (given, expected) in [
            ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
            ("\x1b[31", "\\x1b[31"),
            ("\x1b[?25l", "\\x1b[?25l"),
            ("done\rforged", "done\\x0dforged"),
            ("\x08\x0b\x0c\x7f\0", "\\x08\\x0b\\x0c\\x7f\\x00"),
            ("\u{9b}2J", "\\x9b2J"),
        ] {
            assert_eq!(shown(given), expected);
        }
    }

    #[test]
    fn texts_line_ends_and_colours_stay_as_they_are() {
        for text in ["", "plain\n", "tab\there\r\n", "봉수 é £ 😀\n", "\x1b[38;5;208mx\x1b[m", "\u{a0}©"] {
            assert_eq!(shown(text), text);
        }
    }
}
