//! What each byte of a message is to the miner.

/// Stands for a variable where a template is kept as bytes; no byte of UTF-8.
pub(crate) const VARIABLE: u8 = 0xFF;
/// Stands for the rest.
pub(crate) const REST: u8 = 0xFE;

/// ASCII white space, as [`u8::is_ascii_whitespace`] has it.
pub(crate) const SPACE: u8 = 1;
/// `0` to `9`.
pub(crate) const DIGIT: u8 = 2;
/// An ASCII letter.
pub(crate) const LETTER: u8 = 4;
/// `a` to `f`: alone no sign that something is a word.
pub(crate) const HEX_LETTER: u8 = 8;
/// A sign between the parts of a token: neither in a name nor in a number. All that is not ASCII counts as one, so that
/// a number is found between syllables too.
pub(crate) const DELIMITER: u8 = 16;
/// `<`, with which the two markers begin.
pub(crate) const LESS: u8 = 32;
/// Joins numbers to one variable: times, lists, addresses with a port.
pub(crate) const JOINT: u8 = 64;

/// The classes of each byte.
pub(crate) static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [DELIMITER; 256];
    let mut at = 0;
    while at < 128 {
        let byte = at as u8;
        table[at] = match byte {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'f' | b'A'..=b'F' => LETTER | HEX_LETTER,
            b'g'..=b'z' | b'G'..=b'Z' => LETTER,
            b' ' | b'\t' | b'\n' | b'\r' | 0x0C => SPACE,
            b'_' | b'-' | b'.' | b'/' | b'+' | b'$' => 0,
            b'<' => DELIMITER | LESS,
            b':' | b',' | b'#' | b';' | b'|' => DELIMITER | JOINT,
            _ => DELIMITER,
        };
        at += 1;
    }
    table[VARIABLE as usize] = 0;
    table[REST as usize] = 0;
    table
}

/// Whether `byte` has one of the classes.
#[inline]
pub(crate) fn is(byte: u8, classes: u8) -> bool {
    CLASS[byte as usize] & classes != 0
}

/// Whether the byte at `at` exists and has one of the classes.
#[inline]
pub(crate) fn at(bytes: &[u8], at: usize, classes: u8) -> bool {
    bytes.get(at).is_some_and(|&byte| is(byte, classes))
}

/// The first position from `from` on whose byte has none of the classes.
#[inline]
pub(crate) fn skip(bytes: &[u8], mut from: usize, classes: u8) -> usize {
    while at(bytes, from, classes) {
        from += 1;
    }
    from
}

/// The first position from `from` on whose byte has one of the classes.
#[inline]
pub(crate) fn find(bytes: &[u8], mut from: usize, classes: u8) -> usize {
    while from < bytes.len() && !is(bytes[from], classes) {
        from += 1;
    }
    from
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_what_the_standard_library_says() {
        for byte in 0..=255_u8 {
            assert_eq!(is(byte, SPACE), byte.is_ascii_whitespace(), "{byte}");
        }
    }
}
