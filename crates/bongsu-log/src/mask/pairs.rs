//! Names and values with neither `=` nor `:` between them: pairs, tags, options of commands, statements of SQL.

use std::ops::Range;

use super::names::{self, Kind, Names};
use super::values::{closing_quote, quote_at};

/// The longest name that counts.
const LONGEST: usize = 64;

/// What is done with the value behind the `,` or the `>` at `at`: `('password', 'x')`, `<password>x</password>`.
#[inline]
pub(super) fn before(text: &[u8], at: usize, names: &Names) -> Option<Kind> {
    let last = text.get(at.checked_sub(1)?)?;
    match text.get(at)? {
        b',' if matches!(last, b'"' | b'\'') && names.may_end(text, at - 1) => {
            names.before(text, at).filter(|_| begins_pair(text, at))
        }
        b'>' if !last.is_ascii_punctuation() => names.before(text, at).filter(|_| begins_tag(text, at)),
        _ => None,
    }
}

/// Whether what ends with a quote before `at` is the first in its brackets, or an option in a list: `['curl', '--password', 'x']`.
fn begins_pair(text: &[u8], at: usize) -> bool {
    let is_quoting = |byte: u8| matches!(byte, b'"' | b'\'' | b'\\');
    let end = back(text, at, is_quoting);
    let name = back(text, end, is_part);
    if is_option(text.get(name..end).unwrap_or_default()) {
        return true;
    }
    let quote = back(text, name, is_quoting);
    // `(b'cookie', b'…')`
    let prefix = back(text, quote, |byte| matches!(byte, b'b' | b'u'));
    quote < name && quote - prefix <= 1 && text[..prefix].last().is_some_and(|byte| matches!(byte, b'(' | b'['))
}

fn begins_tag(text: &[u8], at: usize) -> bool {
    let start = back(text, at, |byte| is_part(byte) || matches!(byte, b':' | b'.'));
    text[..start].last() == Some(&b'<')
}

fn is_option(name: &[u8]) -> bool {
    name.starts_with(b"--") && name.get(2).is_some_and(u8::is_ascii_alphanumeric)
}

/// Whether a byte may stand in a name; those of other alphabets may.
fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || !byte.is_ascii()
}

/// Where the bytes begin that end at `end` and are all so.
fn back(text: &[u8], end: usize, is: impl Fn(u8) -> bool) -> usize {
    let near = end.saturating_sub(LONGEST);
    let bytes = text.get(near..end).unwrap_or_default();
    bytes.iter().rposition(|byte| !is(*byte)).map_or(near, |other| near + other + 1)
}

/// The option at `at` and what is done with its value: `--password x`; where its name ends.
pub(super) fn option(text: &[u8], at: usize, names: &Names) -> Option<(Kind, usize)> {
    let word = text.get(at..text.len().min(at + LONGEST))?;
    let stands_alone = at.checked_sub(1).and_then(|before| text.get(before)).is_none_or(|byte| !is_part(*byte));
    if !stands_alone || !is_option(word) {
        return None;
    }
    let end = at + word.iter().position(|byte| !is_part(*byte))?;
    if !matches!(text.get(end), Some(b' ' | b'\t')) {
        return None;
    }
    names.before(text, end).map(|kind| (kind, end))
}

/// Whether the word at `at` is the last before the password in `IDENTIFIED BY '…'`, `IDENTIFIED WITH plugin BY '…'`.
#[inline]
pub(super) fn is_identified_by(text: &[u8], at: usize) -> bool {
    matches!(text.get(at + 1..at + 4), Some([b'y' | b'Y', b' ', b'\'' | b'"'])) && is_identified(text, at)
}

#[cold]
fn is_identified(text: &[u8], by: usize) -> bool {
    let before = text.get(by.saturating_sub(LONGEST)..by).unwrap_or_default();
    let with = b"identified with ";
    before.len() >= 11 && before[before.len() - 11..].eq_ignore_ascii_case(b"identified ")
        || before.windows(with.len()).any(|words| words.eq_ignore_ascii_case(with))
}

/// Adds where the values stand in `text`.
pub(super) fn find(text: &str, names: &Names, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let pairs = memchr::memchr2_iter(b',', b'>', bytes)
        .filter_map(|at| before(bytes, at, names).map(|kind| (kind, at)))
        .filter_map(|(kind, at)| {
            Some((kind, if bytes.get(at) == Some(&b',') { in_pair(text, at + 1)? } else { in_tag(text, at + 1)? }))
        });
    let options = memchr::memmem::find_iter(bytes, b"--")
        .filter_map(|at| option(bytes, at, names))
        .filter_map(|(kind, end)| Some((kind, of_option(text, end)?)));
    let statements = memchr::memchr2_iter(b'b', b'B', bytes)
        .filter(|at| is_identified_by(bytes, *at))
        .map(|at| (Kind::Always, in_sql(text, at + 3)));
    let mut left = names::may_read(text.len());
    for (kind, value) in pairs.chain(options).chain(statements) {
        let Some(rest) = left.checked_sub(value.len()) else {
            found.push(value.start..text.len());
            return;
        };
        left = rest;
        if text.get(value.clone()).is_some_and(|shown| names::hides(kind, shown)) {
            found.push(value);
        }
    }
}

/// The second of a pair, which ends before a bracket, or the next in a list behind an option.
fn in_pair(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = text.get(from..)?.trim_start();
    let bare = rest.strip_prefix(['b', 'u', 'r']).filter(|bare| quote_at(bare).is_some()).unwrap_or(rest);
    let start = text.len() - bare.len();
    if let Some((escapes, quote)) = quote_at(bare) {
        let start = start + escapes + quote.len_utf8();
        return Some(start..closing_quote(text, start, escapes, quote));
    }
    let length = bare.find([')', ']', ',', '\n', '(', '[', '{', '"', '\'']).unwrap_or(bare.len());
    let is_whole = bare.get(length..).is_none_or(|behind| behind.is_empty() || behind.starts_with([')', ']']));
    (is_whole && length > 0).then(|| start..start + length)
}

/// What stands before the closing tag.
fn in_tag(text: &str, start: usize) -> Option<Range<usize>> {
    let rest = text.get(start..)?;
    let end = rest.find('<').filter(|end| rest.get(*end..).is_some_and(|tag| tag.starts_with("</")))?;
    (end > 0).then(|| start..start + end)
}

/// The next word, or what stands in quotes; none when that is another option or goes on a sentence.
fn of_option(text: &str, end: usize) -> Option<Range<usize>> {
    // `--password is required`
    const PROSE: [&str; 24] = [
        "is",
        "are",
        "was",
        "requires",
        "needs",
        "must",
        "to",
        "or",
        "and",
        "for",
        "in",
        "with",
        "has",
        "not",
        "cannot",
        "option",
        "flag",
        "argument",
        "takes",
        "from",
        "instead",
        "given",
        "parameter",
        "by",
    ];
    let rest = text.get(end..)?.trim_start_matches([' ', '\t']);
    let start = text.len() - rest.len();
    if let Some((escapes, quote)) = quote_at(rest) {
        let start = start + escapes + quote.len_utf8();
        return Some(start..closing_quote(text, start, escapes, quote));
    }
    let word = rest.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')).next().unwrap_or_default();
    let is_value = !word.is_empty() && !word.starts_with('-') && !PROSE.contains(&word);
    is_value.then(|| start..start + word.len())
}

/// A text of SQL, in which two quotes are one: `'it''s'`.
fn in_sql(text: &str, quote_at: usize) -> Range<usize> {
    let quote = text.as_bytes().get(quote_at).copied().unwrap_or_default();
    let start = quote_at + 1;
    let mut quotes = memchr::memchr_iter(quote, text.as_bytes().get(start..).unwrap_or_default()).map(|at| start + at);
    let mut end = quotes.next();
    while let Some(at) = end {
        if text.as_bytes().get(at + 1) != Some(&quote) {
            return start..at;
        }
        end = quotes.nth(1);
    }
    start..text.len()
}

#[cfg(test)]
mod tests {
    use super::super::tests::hidden;
    use super::*;

    fn masked(text: &str) -> String {
        hidden(text, |text, found| find(text, &Names::default(), found))
    }

    #[test]
    fn values_are_hidden_without_a_sign_behind_their_names() {
        for (text, expected) in [
            ("[('user', 'kim'), ('password', 'x y')]", "[('user', 'kim'), ('password', '#')]"),
            ("OrderedDict([('db_password', \"it's\")])", "OrderedDict([('db_password', \"#\")])"),
            ("[\"password\",\"x\"]", "[\"password\",\"#\"]"),
            (r#"[\"password\", \"a\\\"b\"]"#, "[\\\"password\\\", \\\"#\\\"]"),
            ("(b'authorization', b'Bearer abc')", "(b'authorization', b'#')"),
            ("('Cookie', 'sid=1; b=2')", "('Cookie', '#')"),
            ("('access_token', 'a1b2c3d4e5')", "('access_token', '#')"),
            ("('password', 1234)", "('password', #)"),
            ("('비밀번호', '봉수')", "('비밀번호', '#')"),
            ("('password', 'cut sho", "('password', '#"),
            ("<password>x y</password>", "<password>#</password>"),
            ("<ns:apiKey>k</ns:apiKey>", "<ns:apiKey>#</ns:apiKey>"),
            ("mysql --user kim --password x -h db", "mysql --user kim --password # -h db"),
            ("--db-password 'x y' run", "--db-password '#' run"),
            ("['curl', '--password', 'x', 'y']", "['curl', '--password', '#', 'y']"),
            ("CREATE USER kim IDENTIFIED BY 'it''s' x", "CREATE USER kim IDENTIFIED BY '#' x"),
            ("identified with sha256_password by \"x\"", "identified with sha256_password by \"#\""),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    #[test]
    fn lists_tags_and_sentences_are_left() {
        for text in [
            "['user', 'password', 'email']",
            "[\"token\", \"identifier\"]",
            "('password', None)",
            "('next_page_token', 'a1b2c3d4e5')",
            "fields 'password', 'email'",
            "('password', ['a', 'b'])",
            "<password></password>",
            "<password><old/></password>",
            "password>x</b>",
            "the option --password is required",
            "give --password or --token to it",
            "--token identifier",
            "--password --user kim",
            "a--password x",
            "--pwd /home/kim",
            "created by 'kim'",
            "identified by number",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn a_contrived_text_is_not_read_again_and_again() {
        for part in
            ["('password', '", "(\"password\", \\\"", "<password>", "--password '", "identified by '", "('password', ("]
        {
            let text = part.repeat(20_000);
            let mut found = Vec::new();
            find(&text, &Names::default(), &mut found);
            let read: usize = found.iter().map(Range::len).sum();
            assert!(read <= text.len() * 9 + (64 << 10), "{part}: {read}");
        }
    }
}
