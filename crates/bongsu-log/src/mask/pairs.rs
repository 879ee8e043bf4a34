//! Names and values with neither `=` nor `:` between them: pairs and options of commands.

use std::ops::Range;

use super::names::{Kind, LONGEST, Names, Read, back};
use super::values::{closing_quote, quote_at};

/// What is done with the value behind the `,` at `at`: `('password', 'x')`.
#[inline]
pub(super) fn before(text: &[u8], at: usize, names: &Names) -> Option<Kind> {
    let last = text.get(at.checked_sub(1)?)?;
    if !matches!(last, b'"' | b'\'') || !names.may_end(text, at - 1) {
        return None;
    }
    names.before(text, at).filter(|_| begins_pair(text, at))
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

/// Whether a list is one of names, not a name and its value: `['password', 'email']`, alone and not in a list of such.
fn are_names(text: &str, comma: usize, second: &Range<usize>) -> bool {
    /// Names of fields that nobody has for a password.
    const FIELDS: [&str; 22] = [
        "email",
        "username",
        "userid",
        "firstname",
        "lastname",
        "fullname",
        "nickname",
        "phone",
        "phonenumber",
        "role",
        "host",
        "port",
        "newpassword",
        "oldpassword",
        "currentpassword",
        "confirmpassword",
        "passwordconfirm",
        "passwordconfirmation",
        "apikey",
        "accesstoken",
        "refreshtoken",
        "clientid",
    ];
    let spelled = text.get(second.clone()).filter(|second| second.len() <= LONGEST).map(super::spelled);
    if !spelled.is_some_and(|second| FIELDS.contains(&second.as_str())) {
        return false;
    }
    let is_quoting = |byte: u8| matches!(byte, b'"' | b'\'' | b'\\');
    let bytes = text.as_bytes();
    let behind = text.get(second.end..).unwrap_or_default().trim_start_matches(['"', '\'', '\\', ' ']);
    let name = back(bytes, back(bytes, comma, is_quoting), is_part);
    let opening = back(bytes, name, |byte| is_quoting(byte) || matches!(byte, b'b' | b'u'));
    let around = text.get(..opening.saturating_sub(1)).unwrap_or_default().trim_end();
    behind.starts_with([']', ')', ',']) && !around.ends_with(['(', '[', '{', ','])
}

fn is_option(name: &[u8]) -> bool {
    name.starts_with(b"--") && name.get(2).is_some_and(u8::is_ascii_alphanumeric)
}

/// Whether a byte may stand in a name; those of other alphabets may.
fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || !byte.is_ascii()
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

/// The values of the pairs and options in `text`.
pub(super) fn values<'t>(text: &'t str, names: &'t Names) -> impl Iterator<Item = Read> + 't {
    let bytes = text.as_bytes();
    let pairs = memchr::memchr_iter(b',', bytes)
        .filter_map(|at| before(bytes, at, names).and_then(|kind| Some((at, kind, in_pair(text, at + 1)?))))
        .filter(|(at, _, value)| !are_names(text, *at, value))
        .map(|(_, kind, value)| (kind, value));
    let options = memchr::memmem::find_iter(bytes, b"--")
        .filter_map(|at| option(bytes, at, names))
        .filter_map(|(kind, end)| Some((kind, of_option(text, end)?)));
    pairs.chain(options).map(|(kind, value)| Read { kind, bytes: value.len(), value })
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

#[cfg(test)]
mod tests {
    use super::super::names;
    use super::super::tests::hidden;
    use super::*;

    fn masked(text: &str) -> String {
        hidden(text, |text, found| names::judge(text, values(text, &Names::default()), found))
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
            ("[('password', 'email')]", "[('password', '#')]"),
            ("[(\"user\", \"kim\"), (\"password\", \"email\")]", "[(\"user\", \"kim\"), (\"password\", \"#\")]"),
            ("['password', 'password']", "['password', '#']"),
            ("('password', 'x', 'email')", "('password', '#', 'email')"),
            ("mysql --user kim --password x -h db", "mysql --user kim --password # -h db"),
            ("--db-password 'x y' run", "--db-password '#' run"),
            ("['curl', '--password', 'x', 'y']", "['curl', '--password', '#', 'y']"),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    #[test]
    fn lists_and_sentences_are_left() {
        for text in [
            "['user', 'password', 'email']",
            "[\"token\", \"identifier\"]",
            "['password', 'email']",
            "['password', 'email', 'age']",
            "missing fields: [\"password\", \"e-mail\"], given: 3",
            "(\"password\", \"Confirm_Password\")",
            r#"{\"missing\": [\"password\",\"username\"]}"#,
            "('password', None)",
            "('next_page_token', 'a1b2c3d4e5')",
            "fields 'password', 'email'",
            "('password', ['a', 'b'])",
            "the option --password is required",
            "give --password or --token to it",
            "--token identifier",
            "--password --user kim",
            "a--password x",
            "--pwd /home/kim",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn a_contrived_text_is_not_read_again_and_again() {
        for part in ["('password', '", "(\"password\", \\\"", "--password '", "('password', ("] {
            let text = part.repeat(20_000);
            let names = Names::default();
            let read: usize = values(&text, &names).map(|read| read.bytes).sum();
            assert!(read <= 2 * text.len(), "{part}: {read}");
        }
    }
}
