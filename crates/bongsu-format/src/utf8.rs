//! Bytes as text: what is not UTF-8 is written as `\xNN`.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text, and whether bytes had to be escaped.
pub(crate) fn decode(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (Cow::Borrowed(text), false);
    }
    let mut out = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02X}");
        }
    }
    (Cow::Owned(out), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_bytes_are_escaped_and_good_ones_kept() {
        assert_eq!(decode(b"a\xff\xfeb\0"), ("a\\xFF\\xFEb\0".into(), true));
        assert_eq!(decode("봉수".as_bytes()), ("봉수".into(), false));
    }
}
