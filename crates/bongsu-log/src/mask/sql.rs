//! Passwords in statements of SQL: `ALTER USER kim WITH PASSWORD 'x'`, `SET PASSWORD FOR kim = 'x'`, `IDENTIFIED BY 'x'`.
//!
//! `password 'x'` in a sentence reads the same and is hidden, too: a program that logs a password with its `repr` writes just this,
//! and a sentence loses one word.

use std::ops::Range;

use super::names::{Kind, Names, Read, back};

/// How far before a value its statement is looked for.
const NEAR: usize = 128;
const IDENTIFIED: &str = "identified ";

/// What is done with the text behind the quote at `at`: `PASSWORD 'x'`, `PASSWORD('x')`, `SET PASSWORD FOR kim = 'x'`,
/// `IDENTIFIED WITH plugin AS 'x'`.
#[inline]
pub(super) fn before(text: &[u8], at: usize, names: &Names) -> Option<Kind> {
    match *text.get(at.checked_sub(2)?..at)? {
        [last, b' '] if is_part(last) => behind_word(text, at - 1, names),
        [_, b' ' | b'\t' | b'\n' | b'\r' | b'(' | b'=' | b'\\'] => behind_sign(text, at, names),
        _ => None,
    }
}

fn behind_word(text: &[u8], end: usize, names: &Names) -> Option<Kind> {
    let ends = |word: &str| end.checked_sub(word.len()).is_some_and(|at| has(text, at, word));
    match text.get(end.checked_sub(1)?)? {
        b's' | b'S' if ends(" as") => is_identified_with(text, end),
        b'g' | b'G' if ends(" using") => is_identified_with(text, end),
        _ => names.before(text, end),
    }
}

fn behind_sign(text: &[u8], at: usize, names: &Names) -> Option<Kind> {
    let at = back(text, at, |byte| byte == b'\\');
    let end = back(text, at, |byte| byte.is_ascii_whitespace());
    match text.get(end.checked_sub(1)?)? {
        b'(' => {
            let end = back(text, end - 1, |byte| byte == b' ');
            let word = text.get(back(text, end, is_part)..end)?;
            is_any(word, &["password", "old_password"]).then_some(Kind::Always)
        }
        b'=' => follows(text, end - 1, "set password for ", &[""]).then_some(Kind::Always),
        last if end < at && is_part(*last) => behind_word(text, end, names),
        _ => None,
    }
}

fn is_identified_with(text: &[u8], at: usize) -> Option<Kind> {
    follows(text, at, IDENTIFIED, &["with ", "via "]).then_some(Kind::Always)
}

/// Whether the word at `at` is the last before the password in `IDENTIFIED BY '…'`, `IDENTIFIED WITH plugin BY '…'`,
/// `ALTER USER kim IDENTIFIED BY …`.
#[inline]
pub(super) fn is_identified_by(text: &[u8], at: usize) -> bool {
    matches!(text.get(at + 1..at + 3), Some([b'y' | b'Y', b' '])) && is_identified(text, at)
}

#[cold]
fn is_identified(text: &[u8], by: usize) -> bool {
    let directly = by.checked_sub(IDENTIFIED.len()).is_some_and(|at| has(text, at, IDENTIFIED));
    match text.get(by + 3) {
        Some(b'\'' | b'"') => directly || is_identified_with(text, by).is_some(),
        // Oracle takes a password without quotes, and so would a sentence.
        _ if directly => {
            let kinds = ["user ", "role "];
            follows(text, by, "create ", &kinds)
                || follows(text, by, "alter ", &kinds)
                || follows(text, by, "grant ", &[""])
        }
        _ => false,
    }
}

/// Whether `text` has `part` at `at`, in any case.
fn has(text: &[u8], at: usize, part: &str) -> bool {
    text.get(at..at + part.len()).is_some_and(|found| found.eq_ignore_ascii_case(part.as_bytes()))
}

/// Whether `begin` and one of `then` stand shortly before `at`.
fn follows(text: &[u8], at: usize, begin: &str, then: &[&str]) -> bool {
    let near = text.get(at.saturating_sub(NEAR)..at).unwrap_or_default();
    let first = begin.bytes().next().unwrap_or_default();
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), near)
        .any(|at| has(near, at, begin) && then.iter().any(|then| has(near, at + begin.len(), then)))
}

fn is_any(word: &[u8], words: &[&str]) -> bool {
    words.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// The passwords in the statements in `text`.
pub(super) fn values<'t>(text: &'t str, names: &'t Names) -> impl Iterator<Item = Read> + 't {
    let bytes = text.as_bytes();
    memchr::memchr3_iter(b'\'', b'b', b'B', bytes).flat_map(move |at| {
        let first = if bytes.get(at) == Some(&b'\'') {
            before(bytes, at, names).map(|kind| (kind, quoted(bytes, at)))
        } else {
            is_identified_by(bytes, at).then(|| (Kind::Always, password(text, at + 3)))
        };
        let second = first.as_ref().and_then(|(kind, value)| Some((*kind, replaced(text, value.end)?)));
        [first, second].into_iter().flatten().map(|(kind, value)| Read { kind, bytes: value.len(), value })
    })
}

/// A text, in which two quotes are one (`'it''s'`), as is one behind a backslash (`'it\'s'`).
fn quoted(text: &[u8], quote_at: usize) -> Range<usize> {
    let quote = text.get(quote_at).copied().unwrap_or_default();
    let escapes = quote_at - back(text, quote_at, |byte| byte == b'\\');
    let start = quote_at + 1;
    let mut quotes = memchr::memchr_iter(quote, text.get(start..).unwrap_or_default()).map(|at| start + at);
    while let Some(at) = quotes.next() {
        let backslashes = at - back(text, at, |byte| byte == b'\\').max(start);
        if backslashes > escapes && backslashes % 2 == 1 {
            continue;
        }
        if backslashes > 0 || text.get(at + 1) != Some(&quote) {
            return start..at - backslashes.min(escapes);
        }
        quotes.next();
    }
    start..text.len()
}

/// What stands behind `IDENTIFIED BY`: a text, a word, or the hash behind `VALUES`.
fn password(text: &str, at: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    if matches!(bytes.get(at), Some(b'\'' | b'"')) {
        return quoted(bytes, at);
    }
    let rest = text.get(at..).unwrap_or_default();
    let length = rest.find(|c: char| c.is_whitespace() || matches!(c, ';' | ',' | ')')).unwrap_or(rest.len());
    let word = bytes.get(at..at + length).unwrap_or_default();
    if is_any(word, &["values"]) && bytes.get(at + length + 1) == Some(&b'\'') {
        return quoted(bytes, at + length + 1);
    }
    // `IDENTIFIED BY RANDOM PASSWORD`, `IDENTIFIED BY PASSWORD '…'`
    if is_any(word, &["random", "password"]) { at..at } else { at..at + length }
}

/// The old password behind the new one, which ends at `end`: `IDENTIFIED BY new REPLACE old`.
fn replaced(text: &str, end: usize) -> Option<Range<usize>> {
    const REPLACE: &str = " replace ";
    let end = if matches!(text.as_bytes().get(end), Some(b'\'' | b'"')) { end + 1 } else { end };
    has(text.as_bytes(), end, REPLACE).then(|| password(text, end + REPLACE.len()))
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
    fn passwords_in_statements_are_hidden() {
        for (text, expected) in [
            ("ALTER USER kim WITH PASSWORD 'x y'", "ALTER USER kim WITH PASSWORD '#'"),
            ("create role kim encrypted password 'it''s' valid", "create role kim encrypted password '#' valid"),
            ("OPTIONS (user 'kim', password 'x')", "OPTIONS (user 'kim', password '#')"),
            ("PASSWORD\n\t'x'", "PASSWORD\n\t'#'"),
            (r"{'sql': 'PASSWORD \'x\' y'}", r"{'sql': 'PASSWORD \'#\' y'}"),
            ("SET PASSWORD FOR 'kim'@'%' = 'x'", "SET PASSWORD FOR 'kim'@'%' = '#'"),
            ("set password for kim='x'", "set password for kim='#'"),
            ("SET PASSWORD FOR kim = PASSWORD('x')", "SET PASSWORD FOR kim = PASSWORD('#')"),
            ("SELECT OLD_PASSWORD( 'x' )", "SELECT OLD_PASSWORD( '#' )"),
            ("CREATE USER kim IDENTIFIED BY 'it''s' x", "CREATE USER kim IDENTIFIED BY '#' x"),
            (r"identified by 'it\'s' x", "identified by '#' x"),
            (r"identified by 'x\\' y", "identified by '#' y"),
            ("identified with sha256_password by \"x\"", "identified with sha256_password by \"#\""),
            ("IDENTIFIED WITH mysql_native_password BY 'x'", "IDENTIFIED WITH mysql_native_password BY '#'"),
            ("IDENTIFIED WITH mysql_native_password AS '*94B'", "IDENTIFIED WITH mysql_native_password AS '#'"),
            ("IDENTIFIED VIA ed25519 USING 'x'", "IDENTIFIED VIA ed25519 USING '#'"),
            ("IDENTIFIED BY PASSWORD '*94B'", "IDENTIFIED BY PASSWORD '#'"),
            ("ALTER USER kim IDENTIFIED BY tiger;", "ALTER USER kim IDENTIFIED BY #;"),
            ("alter user kim identified by new replace old", "alter user kim identified by # replace #"),
            ("ALTER USER kim IDENTIFIED BY \"n\" REPLACE \"o\"", "ALTER USER kim IDENTIFIED BY \"#\" REPLACE \"#\""),
            ("ALTER USER kim IDENTIFIED BY VALUES 'S:1'", "ALTER USER kim IDENTIFIED BY VALUES '#'"),
            ("GRANT CONNECT TO kim IDENTIFIED BY tiger", "GRANT CONNECT TO kim IDENTIFIED BY #"),
            ("wrong password 'x'", "wrong password '#'"),
            ("token 'a1b2c3d4e5'", "token '#'"),
            ("password 'cut sho", "password '#"),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    #[test]
    fn sentences_and_other_statements_are_left() {
        for text in [
            "created by 'kim'",
            "identified by number",
            "users are identified by email",
            "CREATE USER kim IDENTIFIED BY RANDOM PASSWORD",
            "the 'password' field, a password for 'kim'",
            "['user' 'password' 'email']",
            "SET PASSWORD FOR kim",
            "SET names = 'utf8'",
            "user 'kim' (age 3)",
            "Unexpected token '}'",
            "pwd '/home/kim'",
            "next_page_token 'a1b2c3d4e5'",
            "reset_password('kim')",
            "WITH x AS 'y'",
            "password ''",
            "password '***HIDDEN***'",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn a_contrived_text_is_not_read_again_and_again() {
        for part in [
            "password '",
            r"password \'",
            r"password '\\\",
            "identified by '",
            "identified by \"",
            "identified with by \"",
            "grant identified by ",
            "grant identified by x replace ",
            "set password for = '",
        ] {
            let text = part.repeat(20_000);
            let names = Names::default();
            let read: usize = values(&text, &names).map(|read| read.bytes).sum();
            assert!(read <= 2 * text.len(), "{part}: {read}");
        }
    }
}
