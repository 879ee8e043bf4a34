//! Names whose values are secrets.

use std::ops::Range;

/// The longest name that counts where it has to be seen whole.
pub(super) const LONGEST: usize = 64;

/// What is done with the value that stands behind a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Hidden, whatever it is.
    Always,
    /// Hidden if it looks like a secret: the name stands before other things too.
    IfSecret,
    /// Hidden unless it is a path: `PWD` is the working folder.
    UnlessPath,
    /// `Cookie: a=b; c=d` is hidden to the end of its line.
    Cookie,
    /// Left: the name only ends like a sensitive one.
    Never,
}

/// A set of names. One counts in any case and with or without `_` and `-`.
#[derive(Debug, Clone)]
pub(super) struct Names {
    entries: Vec<Entry>,
    /// A bit for each last three bytes that a name may have.
    endings: [u64; 16],
    /// Some name is too short for that.
    short: bool,
}

#[derive(Debug, Clone)]
struct Entry {
    /// In lower case, without `_` and `-`.
    name: Box<str>,
    /// Its last three bytes as [`ending`] has them; none of a shorter one.
    ending: Option<u32>,
    /// No letter may stand before it: `user_pin`, not `spin`.
    whole: bool,
    kind: Kind,
}

const BUILT_IN: [(Kind, bool, &[&str]); 7] = [
    (
        Kind::Always,
        false,
        &[
            "password",
            "passwordold",
            "passwordnew",
            "passwd",
            "passphrase",
            "apikey",
            "secretkey",
            "secretaccesskey",
            "privatekey",
        ],
    ),
    (
        Kind::Always,
        false,
        &["clientsecret", "비밀번호", "비번", "패스워드", "주민등록번호", "주민번호", "authorization"],
    ),
    (
        Kind::Always,
        true,
        &["dbpass", "userpass", "mysqlpass", "smtppass", "redispass", "passcode", "otp", "cvc", "cvv"],
    ),
    (Kind::UnlessPath, false, &["pwd"]),
    (
        Kind::IfSecret,
        false,
        &[
            "token",
            "secret",
            "accesskey",
            "authkey",
            "signingkey",
            "encryptionkey",
            "sessionkey",
            "sessionid",
            "signature",
            "credential",
            "credentials",
            "auth",
            "토큰",
            "암호",
            "인증키",
            "비밀키",
        ],
    ),
    (Kind::Cookie, true, &["cookie", "setcookie"]),
    (Kind::Never, false, &["pagetoken", "nexttoken", "continuationtoken", "cancellationtoken", "canceltoken"]),
];

impl Default for Names {
    fn default() -> Self {
        let mut names = Self::none();
        for (kind, whole, built_in) in BUILT_IN {
            for name in built_in {
                names.add(name, kind, whole);
            }
        }
        names
    }
}

/// Quotes and blanks may stand between a name and its sign: `"token" : …`.
fn trimmed(text: &[u8], mut end: usize) -> usize {
    while end > 0 && text.get(end - 1).is_some_and(|byte| matches!(byte, b'"' | b'\'' | b'\\' | b' ')) {
        end -= 1;
    }
    end
}

/// Where the digits begin that a name ends with, if it does: `password2`.
fn before_digits(text: &[u8], end: usize) -> Option<usize> {
    let name = text.get(..end)?;
    let bare = name.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |at| at + 1);
    (bare < end).then_some(bare)
}

/// The last three bytes of a name, alike in any case.
fn ending(bytes: [u8; 3]) -> u32 {
    let [a, b, c] = bytes.map(|byte| u32::from(byte | 0x20));
    a | b << 8 | c << 16
}

/// The bit that stands for an ending.
fn bit(ending: u32) -> (usize, u64) {
    let place = ending.wrapping_mul(0x9e37_79b1) >> 22;
    (place as usize / 64, 1 << (place % 64))
}

impl Names {
    pub(super) const fn none() -> Self {
        Self { entries: Vec::new(), endings: [0; 16], short: false }
    }

    /// Adds a name; of two that fit, the longer counts, of two that are alike, the newer.
    pub(super) fn add(&mut self, name: &str, kind: Kind, whole: bool) {
        let name: String = name.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect();
        if name.is_empty() {
            return;
        }
        let ending = name.as_bytes().last_chunk().map(|last| ending(*last));
        match ending.map(bit) {
            Some((word, bit)) => self.endings[word] |= bit,
            None => self.short = true,
        }
        let place = self.entries.partition_point(|entry| entry.name.len() > name.len());
        self.entries.insert(place, Entry { name: name.into(), ending, whole, kind });
    }

    /// Adds all names of `others`, which are the newer ones.
    pub(super) fn extend(&mut self, others: Self) {
        for Entry { name, whole, kind, .. } in others.entries.into_iter().rev() {
            self.add(&name, kind, whole);
        }
    }

    /// What is done with the value behind the sign (`=`, `:`) at `at`; none when no sensitive name stands before it.
    #[inline]
    pub(super) fn before(&self, text: &[u8], at: usize) -> Option<Kind> {
        let end = match text.get(at.checked_sub(1)?)? {
            b'"' | b'\'' | b'\\' | b' ' => trimmed(text, at),
            _ => at,
        };
        let kind = self.fits(text, end).or_else(|| self.fits(text, before_digits(text, end)?));
        kind.filter(|kind| *kind != Kind::Never)
    }

    /// Whether a sensitive name may end at `end`, told by its last three bytes.
    #[inline]
    pub(super) fn may_end(&self, text: &[u8], end: usize) -> bool {
        let Some(last) = text.get(..end).and_then(|text| text.last_chunk::<3>()) else { return self.short };
        let (word, bit) = bit(ending(*last));
        self.short
            || self.endings.get(word).is_some_and(|bits| bits & bit != 0)
            || last.iter().any(|byte| matches!(byte, b'_' | b'-' | b'\\' | b'0'..=b'9'))
    }

    #[inline]
    fn fits(&self, text: &[u8], end: usize) -> Option<Kind> {
        let mut wanted = None;
        if !self.short {
            let mut last: [u8; 3] = *text.get(..end)?.last_chunk()?;
            // `session_id`, `card-no`: the set has the letters of a name only.
            if last.iter().any(|byte| matches!(byte, b'_' | b'-')) {
                let mut letters = text.get(..end)?.iter().rev().filter(|byte| !matches!(byte, b'_' | b'-'));
                for place in last.iter_mut().rev() {
                    *place = *letters.next()?;
                }
            }
            let ending = ending(last);
            let (word, bit) = bit(ending);
            if self.endings.get(word)? & bit == 0 {
                return None;
            }
            wanted = Some(ending);
        }
        self.ending_at(text, end, wanted)
    }

    /// What is done with the value of a field of this name.
    pub(super) fn of(&self, name: &str) -> Option<Kind> {
        let name = name.as_bytes();
        let kind = self.fits(name, name.len()).or_else(|| self.fits(name, before_digits(name, name.len())?));
        kind.filter(|kind| *kind != Kind::Never)
    }

    /// The first name that ends at `end`, of those with the ending that is `wanted` where that is known.
    #[inline(never)]
    fn ending_at(&self, text: &[u8], end: usize, wanted: Option<u32>) -> Option<Kind> {
        let may = |entry: &&Entry| wanted.is_none() || entry.ending == wanted;
        self.entries.iter().filter(may).find(|entry| entry.ends(text, end)).map(|entry| entry.kind)
    }
}

impl Entry {
    fn ends(&self, text: &[u8], mut end: usize) -> bool {
        for wanted in self.name.bytes().rev() {
            loop {
                match end.checked_sub(1).and_then(|at| text.get(at)) {
                    Some(b'_' | b'-') => end -= 1,
                    Some(byte) if byte.to_ascii_lowercase() == wanted => break,
                    _ => return false,
                }
            }
            end -= 1;
        }
        !self.whole
            || end
                .checked_sub(1)
                .and_then(|at| text.get(at))
                .is_none_or(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric())
    }
}

/// What is read again of a text of any length, before it counts as contrived.
const READ_AGAIN: usize = 64 << 10;

/// Adds where the values of sensitive names stand in `text`.
///
/// A name inside a value has the text read again from there. One that consists of such names would keep its program busy for
/// minutes: when a text was read eight times over, all that is left of it is hidden.
pub(super) fn find(text: &str, names: &Names, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut left = may_read(text.len());
    for sign in memchr::memchr2_iter(b':', b'=', bytes) {
        let Some(kind) = names.before(bytes, sign) else { continue };
        let Some(whole) = behind(text, trimmed(bytes, sign), sign) else { continue };
        let start = whole.start;
        let (read, secret) = match judged(text, sign, kind, whole.clone()) {
            Some(secret) => (secret.end.max(whole.end) - sign, Some(secret)),
            None => (whole.end - sign, None),
        };
        let Some(rest) = left.checked_sub(read) else {
            found.push(start..text.len());
            return;
        };
        left = rest;
        found.extend(secret);
    }
}

/// How much may be read of a text of this length.
pub(super) fn may_read(length: usize) -> usize {
    length.saturating_mul(8).saturating_add(READ_AGAIN)
}

/// A value and what was read to find it.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) kind: Kind,
    pub(super) value: Range<usize>,
    pub(super) bytes: usize,
}

/// Adds those of the values that are secrets, and all that is left of a contrived text.
pub(super) fn judge(text: &str, values: impl Iterator<Item = Read>, found: &mut Vec<Range<usize>>) {
    let mut left = may_read(text.len());
    for Read { kind, value, bytes } in values {
        let Some(rest) = left.checked_sub(bytes) else {
            found.push(value.start..text.len());
            return;
        };
        left = rest;
        if text.get(value.clone()).is_some_and(|shown| hides(kind, shown)) {
            found.push(value);
        }
    }
}

/// Where the bytes begin that end at `end` and are all so; no more of them than the longest name has.
pub(super) fn back(text: &[u8], end: usize, is: impl Fn(u8) -> bool) -> usize {
    let near = end.saturating_sub(LONGEST);
    let bytes = text.get(near..end).unwrap_or_default();
    bytes.iter().rposition(|byte| !is(*byte)).map_or(near, |other| near + other + 1)
}

/// Whether a value that stands behind a name of this kind is hidden.
fn hides(kind: Kind, shown: &str) -> bool {
    match kind {
        Kind::Never => false,
        Kind::Cookie => shown.contains('='),
        Kind::Always => !is_placeholder(shown),
        Kind::UnlessPath => !is_placeholder(shown) && !is_path(shown),
        Kind::IfSecret => is_scheme(shown) || shown_secret(shown),
    }
}

/// What stands behind a name that ends at `end`, and its sign.
fn behind(text: &str, end: usize, sign: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    // `token::Token`, `password == x`, `password != x`.
    if matches!(bytes.get(sign + 1), Some(b':' | b'=')) || matches!(bytes.get(sign + 1..sign + 3), Some(b"//")) {
        return None;
    }
    super::values::behind(text, end, false)
}

/// The part of a value that is to be hidden.
fn judged(text: &str, sign: usize, kind: Kind, mut value: Range<usize>) -> Option<Range<usize>> {
    let shown = text.get(value.clone())?;
    if !hides(kind, shown) {
        return None;
    }
    if kind == Kind::Cookie {
        if text.as_bytes().get(sign) != Some(&b':') {
            return None;
        }
        let rest = text.get(value.start..)?;
        value.end = value.start + rest.find(['\n', '"', '\'']).unwrap_or(rest.len());
    }
    if is_scheme(shown) {
        let rest = text.get(value.end..)?;
        let word = rest.trim_start_matches([' ', '\t']);
        let length =
            word.find(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"' | '\'')).unwrap_or(word.len());
        if kind == Kind::IfSecret && !looks_secret(word.get(..length)?) {
            return None;
        }
        value.end += rest.len() - word.len() + length;
    }
    Some(value)
}

/// `PWD` is the working folder.
pub(super) fn is_path(value: &str) -> bool {
    value.starts_with(['/', '~', '.'])
}

/// How the value of `Authorization` begins.
fn is_scheme(value: &str) -> bool {
    ["bearer", "basic", "digest", "token", "apikey", "negotiate"]
        .iter()
        .any(|scheme| value.eq_ignore_ascii_case(scheme))
}

/// What says that there is no value, or that it is hidden already.
fn is_placeholder(value: &str) -> bool {
    // The last four stand behind the names of programs in the lines of PAM: `pam_unix(chpasswd:session)`.
    const WORDS: [&str; 28] = [
        "null",
        "none",
        "nil",
        "undefined",
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "set",
        "unset",
        "empty",
        "missing",
        "required",
        "invalid",
        "incorrect",
        "wrong",
        "expired",
        "hidden",
        "masked",
        "redacted",
        "filtered",
        "ok",
        "session",
        "account",
        "auth",
        "chauthtok",
    ];
    let bare = value.trim_matches(['<', '>', '[', ']', '(', ')', '{', '}', '.', '!', '?', '*']);
    value.starts_with("${")
        || (value.starts_with('%') && (value.len() <= 2 || value.starts_with("%(") || value.starts_with("%{")))
        || bare.is_empty()
        || WORDS.iter().any(|word| bare.eq_ignore_ascii_case(word))
}

/// Whether the first word of a value, that in its quotes or in `Some(…)`, looks like a secret.
fn shown_secret(value: &str) -> bool {
    let inside = value.strip_prefix("Some(").unwrap_or(value).trim_start_matches('"');
    let ends = |c: char| {
        c.is_whitespace() || matches!(c, '(' | ')' | '{' | '}' | '[' | ']' | '"' | '\'' | '<' | '>' | '|' | ',')
    };
    looks_secret(inside.split(ends).next().unwrap_or_default())
}

/// Whether a word is too odd to be one: long, of letters and digits, or of both cases.
pub(super) fn looks_secret(word: &str) -> bool {
    let has = |is: fn(&u8) -> bool| word.bytes().any(|byte| is(&byte));
    let (digit, upper, lower) = (has(u8::is_ascii_digit), has(u8::is_ascii_uppercase), has(u8::is_ascii_lowercase));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./+=~%:!#$^".contains(&byte);
    let address = word.strip_prefix("0x").is_some_and(|digits| digits.len() <= 16);
    word.len() >= 8
        && !address
        && word.bytes().all(plain)
        && !word.starts_with(['/', '.', '%'])
        && ((digit && (upper || lower)) || (word.len() >= 20 && upper && lower && !word.contains(['.', '/', ':'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before(text: &str) -> Option<Kind> {
        Names::default().before(text.as_bytes(), text.find(['=', ':']).unwrap())
    }

    #[test]
    fn the_name_of_a_field_counts_like_one_in_a_text() {
        let mut short = Names::default();
        short.add("pw", Kind::Always, true);
        for names in [Names::default(), short, Names::none()] {
            for name in [
                "password",
                "Api-Key_",
                "to_k_en",
                "비밀번호",
                "pwd",
                "PASSWORD_2",
                "pw",
                "my_pw1",
                "page_token",
                "user",
                "",
                "_",
                "7",
            ] {
                assert_eq!(names.of(name), names.before(format!("{name}=").as_bytes(), name.len()), "{name}");
            }
        }
        assert_eq!(Names::default().of("db_PASSWORD_2"), Some(Kind::Always));
        assert_eq!(Names::default().of("Set-Cookie"), Some(Kind::Cookie));
        assert_eq!(Names::default().of("PWD"), Some(Kind::UnlessPath));
        assert_eq!(Names::default().of("page"), None);
    }

    #[test]
    fn a_name_counts_in_any_spelling_and_with_words_before_it() {
        for text in [
            "password=",
            "PASSWORD:",
            "db_password=",
            "\"userPassword\" : 1",
            "X-Api-Key: a",
            "\\\"api_key\\\":",
            "비밀번호: 1",
            "password1=",
            "'PASSWORD_2':",
        ] {
            assert_eq!(before(text), Some(Kind::Always), "{text}");
        }
        for text in ["token=", "accessToken:", "auth=", "AWS_SESSION_TOKEN="] {
            assert_eq!(before(text), Some(Kind::IfSecret), "{text}");
        }
        for text in [
            "user=",
            "tokens=",
            "=",
            ":",
            "nextPageToken=",
            "next_page_token=",
            "nocookie:",
            "passwords:",
            "ord=",
            "영화:",
        ] {
            assert_eq!(before(text), None, "{text}");
        }
    }

    #[test]
    fn a_text_that_consists_of_names_is_not_read_again_from_each_of_them() {
        let places = |text: &str| {
            let mut found = Vec::new();
            find(text, &Names::default(), &mut found);
            found
        };
        for name in ["token=", "password=", "{'token': ", "password=[", "pwd=/", "cookie: a=b;"] {
            let text = name.repeat(20_000);
            let found = places(&text);
            assert!(found.len() < 20 && found.last().is_some_and(|last| last.end == text.len()), "{name}");
        }
        let long = format!("{}password=hunter2 end", "{\"token\": \"word\", \"n\": 1} ".repeat(20_000));
        let hidden: Vec<&str> = places(&long).into_iter().map(|place| &long[place]).collect();
        assert_eq!(hidden, ["hunter2"], "a long one that is none is judged to its end");
    }

    #[test]
    fn a_short_name_of_the_users_own_is_found_too() {
        let mut names = Names::none();
        names.add("p_w", Kind::Always, true);
        assert_eq!(names.before(b"pw=1", 2), Some(Kind::Always));
        assert_eq!(names.before(b"xpw=1", 3), None);
        assert_eq!(names.of("P-W"), Some(Kind::Always));
        names.add("pin2", Kind::Never, false);
        names.add("pin", Kind::Always, true);
        assert_eq!([names.of("pin1"), names.of("pin2"), names.before(b"pin2=", 4)], [Some(Kind::Always), None, None]);
    }

    #[test]
    fn words_are_no_secrets() {
        for word in [
            "identifier",
            "9f4ef63",
            "Token",
            "android.os.BinderProxy",
            "0x14f05578bd80006",
            "com.x.ActivityRecordWithALongName",
            "12345678",
        ] {
            assert!(!looks_secret(word), "{word}");
        }
        for word in ["a1b2c3d4", "550e8400-e29b-41d4-a716-446655440000", "QWxhZGRpbjpvcGVuIHNl"] {
            assert!(looks_secret(word), "{word}");
        }
    }
}
