//! The pieces that lines are put together from.

/// As wide as the widest column.
const SPACES: &[u8; 32] = b"                                ";

/// `text`, and spaces behind it up to `width` characters, at most 32.
#[inline]
pub(super) fn padded(out: &mut Vec<u8>, text: &str, width: usize) {
    out.extend_from_slice(text.as_bytes());
    let missing = missing(text, width);
    if missing > 0 {
        let end = out.len() + missing;
        out.extend_from_slice(SPACES);
        out.truncate(end);
    }
}

/// How many characters `text` is short of `width`.
#[inline]
fn missing(text: &str, width: usize) -> usize {
    let columns = if is_ascii(text.as_bytes()) { text.len() } else { text.chars().take(width).count() };
    width.saturating_sub(columns)
}

/// A level's name in its eight columns, and a space.
#[inline]
pub(super) fn level_column(out: &mut Vec<u8>, level: &str) {
    let known = match level {
        "DEBUG" => b"DEBUG    ",
        "INFO" => b"INFO     ",
        "WARNING" => b"WARNING  ",
        "ERROR" => b"ERROR    ",
        "CRITICAL" => b"CRITICAL ",
        _ => {
            padded(out, level, 8);
            return out.push(b' ');
        }
    };
    out.extend_from_slice(known);
}

/// As the standard library's, for names: whole words that overlap, in place of the last bytes one by one.
#[inline]
fn is_ascii(bytes: &[u8]) -> bool {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    if let Some(last) = bytes.last_chunk::<8>() {
        let (words, _) = bytes.as_chunks::<8>();
        let all = words.iter().fold(u64::from_le_bytes(*last), |all, word| all | u64::from_le_bytes(*word));
        return all & HIGH == 0;
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return u64::from(u32::from_le_bytes(*first) | u32::from_le_bytes(*last)) & HIGH == 0;
    }
    bytes.iter().all(u8::is_ascii)
}

/// `L 12`: the number of a line, three columns wide, all of them empty where there is none.
#[inline]
pub(super) fn line_number(out: &mut Vec<u8>, line: Option<i64>) {
    out.extend_from_slice(b"L   ");
    let end = out.len();
    if let Some(line) = line {
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(line).as_bytes();
        out.truncate(end - digits.len().min(3));
        out.extend_from_slice(digits);
    }
}

/// A whole number.
pub(super) fn integer(out: &mut Vec<u8>, number: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Widens what stands from `start` on to `width` characters.
pub(super) fn widen(out: &mut Vec<u8>, start: usize, width: usize, right: bool) {
    let written = out.get(start..).unwrap_or_default();
    let is_first = |byte: &&u8| (**byte & 0xc0) != 0x80;
    let missing = width.saturating_sub(written.iter().filter(is_first).count());
    if missing > 0 {
        out.resize(out.len() + missing, b' ');
        if right && let Some(written) = out.get_mut(start..) {
            written.rotate_right(missing);
        }
    }
}
