//! Addresses of e-mail.

use std::ops::Range;

/// Adds where they stand in `text`.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-');
    let in_host = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let mut done = 0;
    for at in memchr::memchr_iter(b'@', bytes) {
        let (Some(before), Some(behind)) = (bytes.get(done..at), bytes.get(at + 1..)) else { continue };
        let name = before.iter().rev().take_while(|byte| in_name(byte)).count();
        let host = behind.iter().take_while(|byte| in_host(byte)).count();
        let host = behind.get(..host).unwrap_or_default().trim_ascii_end();
        let host = host.strip_suffix(b".").unwrap_or(host);
        let last = host.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
        let dotted = last.len() < host.len() && last.len() >= 2 && last.iter().all(u8::is_ascii_alphabetic);
        if name > 0 && dotted {
            done = at + 1 + host.len();
            found.push(at - name..done);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_hidden_and_other_at_signs_are_not() {
        let mut found = Vec::new();
        let text = "to kim.s+a@mail.example.kr. <a@b.io> a@b x@1.2.3 @ user@host: a@@b.io";
        find(text, &mut found);
        let found: Vec<_> = found.into_iter().map(|place| &text[place]).collect();
        assert_eq!(found, ["kim.s+a@mail.example.kr", "a@b.io"]);
    }
}
