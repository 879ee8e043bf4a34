//! What stands in tags of sensitive names: `<password>x</password>`, `<ns:password type="text"><![CDATA[x]]></ns:password>`.

use std::ops::Range;

use super::names::{Kind, LONGEST, Names, Read};

const CDATA: &str = "<![CDATA[";

/// What is done with what stands in the tag that opens with the `<` at `at`, and where its name ends.
#[inline]
pub(super) fn opens(text: &[u8], at: usize, names: &Names) -> Option<(Kind, usize)> {
    if text.get(at + 1).is_none_or(|byte| !byte.is_ascii_alphabetic() && *byte != b'_' && byte.is_ascii()) {
        return None;
    }
    named(text, at, names)
}

fn named(text: &[u8], at: usize, names: &Names) -> Option<(Kind, usize)> {
    let name = text.get(at + 1..text.len().min(at + 1 + LONGEST))?;
    let length = name.iter().position(|byte| !is_part(*byte))?;
    let end = at + 1 + length;
    let ends = text.get(end).is_some_and(|byte| *byte == b'>' || byte.is_ascii_whitespace());
    names.before(text, end).filter(|_| ends).map(|kind| (kind, end))
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b':' | b'.') || !byte.is_ascii()
}

/// What stands in the sensitive tags of `text`.
pub(super) fn values<'t>(text: &'t str, names: &'t Names) -> impl Iterator<Item = Read> + 't {
    memchr::memchr_iter(b'<', text.as_bytes()).filter_map(|at| {
        let (kind, name_end) = opens(text.as_bytes(), at, names)?;
        let (tag_end, is_empty) = tag_end(text.as_bytes(), name_end);
        if is_empty {
            return Some(Read { kind, value: tag_end..tag_end, bytes: tag_end - at });
        }
        let has_attributes = tag_end > name_end + 1;
        let (value, read_to) = content(text, text.get(at + 1..name_end)?, tag_end, has_attributes);
        Some(Read { kind, value, bytes: read_to - at })
    })
}

/// Where the opening tag ends whose name ends at `at`, and whether there is nothing in it: `<password old="a>b"/>`.
fn tag_end(text: &[u8], at: usize) -> (usize, bool) {
    let mut quote = None;
    for (nth, byte) in text.get(at..).unwrap_or_default().iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => return (at + nth + 1, text.get(at + nth - 1) == Some(&b'/')),
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(open), byte) if *byte == open => quote = None,
            _ => {}
        }
    }
    (text.len(), true)
}

/// What stands between the opening tag that ends at `start` and its closing one, and how far it was looked for.
///
/// Where none closes it, the text may be cut short; without attributes it may also be a word that the reader is to replace, as in
/// `login <user> <password>`.
fn content(text: &str, name: &str, start: usize, has_attributes: bool) -> (Range<usize>, usize) {
    let inside = text.get(start..).unwrap_or_default();
    let start = start + inside.len() - inside.trim_start().len();
    let rest = text.get(start..).unwrap_or_default();
    if let Some(data) = rest.strip_prefix(CDATA) {
        let start = start + CDATA.len();
        let end = data.find("]]>").map_or(text.len(), |length| start + length);
        let close = close(text, name, end);
        let last = close.and_then(|close| text.get(start..close)?.rfind("]]>")).map_or(end, |length| start + length);
        return (start..last.max(end), close.unwrap_or(text.len()));
    }
    let next = rest.find('<').map(|length| start + length);
    let close = close(text, name, start);
    let other = next.filter(|next| text.get(*next..).is_some_and(|tag| tag.starts_with("</")));
    let cut = || if has_attributes { next.unwrap_or(text.len()) } else { start };
    let end = close.or(other).unwrap_or_else(cut);
    let value = text.get(start..end).unwrap_or_default().trim_end();
    (start..start + value.len(), close.unwrap_or(text.len()))
}

/// Where the closing tag of this name begins.
fn close(text: &str, name: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    memchr::memmem::find_iter(rest.as_bytes(), "</").map(|at| from + at).find(|at| {
        let tag = text.get(at + 2..).and_then(|tag| tag.strip_prefix(name));
        tag.is_some_and(|behind| behind.is_empty() || behind.starts_with(['>', ' ', '\t', '\r', '\n']))
    })
}

#[cfg(test)]
mod tests {
    use super::super::names;
    use super::super::tests::hidden;
    use super::*;

    fn masked(text: &str) -> String {
        hidden(text, |text, found| names::judge(text, values(text, &Names::default()), found))
    }

    #[test]
    fn what_stands_in_sensitive_tags_is_hidden() {
        for (text, expected) in [
            ("<password>x y</password>", "<password>#</password>"),
            ("<password>x</PASSWORD>", "<password>#</PASSWORD>"),
            ("<ns:apiKey>k</ns:apiKey>", "<ns:apiKey>#</ns:apiKey>"),
            ("<wsse:Password Type=\"a#Text\">x</wsse:Password>", "<wsse:Password Type=\"a#Text\">#</wsse:Password>"),
            ("<password a='x>y' b=\"it's\">x</password>", "<password a='x>y' b=\"it's\">#</password>"),
            ("<password\n  id=\"1\"\n>\n  x\n</password>", "<password\n  id=\"1\"\n>\n  #\n</password>"),
            ("<password >x</password >", "<password >#</password >"),
            ("<password><![CDATA[a</b>]]></password>", "<password><![CDATA[#]]></password>"),
            ("<password> <![CDATA[a</password>b]]> </password>", "<password> <![CDATA[#]]> </password>"),
            ("<password><![CDATA[a]]]]><![CDATA[>b]]></password>", "<password><![CDATA[#]]></password>"),
            ("<password><![CDATA[cut sho", "<password><![CDATA[#"),
            ("<password type=\"text\">cut sho", "<password type=\"text\">#"),
            ("<password><old>x</old><new>y</new></password> z", "<password>#</password> z"),
            ("<token><![CDATA[a1b2c3d4e5]]></token>", "<token><![CDATA[#]]></token>"),
            ("<token>\n a1b2c3d4e5\n</token>", "<token>\n #\n</token>"),
            ("<비밀번호>봉수</비밀번호>", "<비밀번호>#</비밀번호>"),
            (
                "<a.password>x</a.password><_password>y</_password>",
                "<a.password>#</a.password><_password>#</_password>",
            ),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    #[test]
    fn what_is_no_value_is_left() {
        for text in [
            "<password></password>",
            "<password/>x</a>",
            "<password old=\"a\"/>x</a>",
            "<password old=\"never closed>x</a>",
            "<token>identifier</token>",
            "<token type=\"if\"><line>3</line></token>",
            "<passwords>x</passwords>",
            "password>x</b>",
            "login <user> <password> [<host>]",
            "postgres://<user>:<password>@<host>",
            "a < password > b </password>",
            "<password>***HIDDEN***</password>",
            "<password",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn a_contrived_text_is_not_read_again_and_again() {
        for part in [
            "<password>",
            "<password a=\"",
            "<password a='b'>",
            "<password><![CDATA[",
            "<password></",
            "<password></passwor",
            "<token></a>",
        ] {
            let text = part.repeat(20_000);
            let mut left = names::may_read(text.len());
            let mut found = Vec::new();
            let names = Names::default();
            let read = values(&text, &names).inspect(|read| left = left.saturating_sub(read.bytes));
            names::judge(&text, read, &mut found);
            assert!(
                found.len() < 20_001 && (left > 0 || found.last().is_some_and(|last| last.end == text.len())),
                "{part}"
            );
        }
    }
}
