//! Two tokens side by side: does one cover the other, what do they share, how do they differ.

use xxhash_rust::xxh3::xxh3_64;

use crate::bytes::{DELIMITER, DIGIT, LETTER, VARIABLE, is};

/// How two tokens at one position differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Difference {
    /// One holds a number or a variable where the other holds something else, or both name a day or a month: surely data.
    Number,
    /// Words: data or two kinds of event, which only more messages tell.
    Word,
    /// Words in capitals, which name states far more often than they are data.
    Capitals,
}

/// Names in dates, as `strftime` writes them.
const CALENDAR: [&[&[u8]]; 2] = [
    &[b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"],
    &[b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"],
];

/// Whether what `pattern` stands for includes all that `token` stands for.
pub(crate) fn covers(pattern: &[u8], token: &[u8]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut retry = None;
    while read < token.len() {
        if pattern.get(at) == Some(&VARIABLE) {
            at += 1;
            retry = Some((at, read));
        } else if pattern.get(at) == Some(&token[read]) {
            at += 1;
            read += 1;
        } else if let Some((after, taken)) = retry {
            (at, read) = (after, taken + 1);
            retry = Some((after, taken + 1));
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|&byte| byte == VARIABLE)
}

/// A token that covers both, with as much fixed text as reads well.
///
/// Parts between delimiters are compared one by one where both have the same delimiters; otherwise what both begin and
/// end with is kept, up to a delimiter.
pub(crate) fn generalise(one: &[u8], two: &[u8]) -> Vec<u8> {
    if delimiters(one).eq(delimiters(two)) {
        let mut token = Vec::with_capacity(one.len());
        let mut delimiters = delimiters(one);
        for (one, two) in parts(one).zip(parts(two)) {
            if one == two {
                token.extend_from_slice(one);
            } else {
                token.push(VARIABLE);
            }
            token.extend(delimiters.next());
        }
        return token;
    }
    let (before, after) = shared(one, two, |byte| is(byte, DELIMITER) && byte.is_ascii());
    let mut token = one[..before].to_vec();
    if token.last() != Some(&VARIABLE) && one.get(one.len() - after) != Some(&VARIABLE) {
        token.push(VARIABLE);
    }
    token.extend_from_slice(&one[one.len() - after..]);
    token
}

/// How two different tokens differ.
pub(crate) fn difference(one: &[u8], two: &[u8]) -> Difference {
    let (before, after) = shared(one, two, |byte| !is(byte, LETTER | DIGIT) && byte < 0x80);
    let varying = [&one[before..one.len() - after], &two[before..two.len() - after]];
    if CALENDAR.iter().any(|names| varying.iter().all(|text| names.contains(text))) {
        return Difference::Number;
    }
    if varying.iter().any(|text| text.iter().any(|&byte| byte == VARIABLE || is(byte, DIGIT))) {
        return Difference::Number;
    }
    let capitals = |text: &&[u8]| text.len() > 1 && text.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_');
    if varying.iter().all(capitals) { Difference::Capitals } else { Difference::Word }
}

/// A hash of the delimiters of a token, if it has so many that [`alike`] may hold.
pub(crate) fn built(token: &[u8]) -> Option<u64> {
    let delimiters: Vec<u8> = delimiters(token).collect();
    (delimiters.len() >= 3).then(|| xxh3_64(&delimiters))
}

/// Whether two tokens are long, built alike, and agree in most of their parts.
pub(crate) fn alike(one: &[u8], two: &[u8]) -> bool {
    if !delimiters(one).eq(delimiters(two)) {
        return false;
    }
    let named = |text: &[u8]| text.len() > 1 && text.iter().any(|&byte| is(byte, LETTER));
    let (mut same, mut different) = (0, 0);
    for (one, two) in parts(one).zip(parts(two)) {
        same += usize::from(one == two && named(one));
        different += usize::from(one != two);
    }
    same >= 3 && same > different
}

/// How many bytes at the beginning and at the end both share, ending and beginning at a byte that `bounds`.
fn shared(one: &[u8], two: &[u8], bounds: impl Fn(u8) -> bool) -> (usize, usize) {
    let shorter = one.len().min(two.len());
    let same = one.iter().zip(two).take_while(|(one, two)| one == two).count();
    let before = (0..same).rev().find(|&at| bounds(one[at])).map_or(0, |at| at + 1);
    let most = shorter - before;
    let same = one.iter().rev().zip(two.iter().rev()).take(most).take_while(|(one, two)| one == two).count();
    let after = (one.len() - same..one.len()).find(|&at| bounds(one[at])).map_or(0, |at| one.len() - at);
    (before, after)
}

fn delimiters(token: &[u8]) -> impl Iterator<Item = u8> {
    token.iter().copied().filter(|&byte| parts_at(byte))
}

fn parts(token: &[u8]) -> impl Iterator<Item = &[u8]> {
    token.split(|&byte| parts_at(byte))
}

fn parts_at(byte: u8) -> bool {
    byte < 0x80 && is(byte, DELIMITER)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token(text: &str) -> Vec<u8> {
        text.replace("<*>", "\u{1}").bytes().map(|byte| if byte == 1 { VARIABLE } else { byte }).collect()
    }

    #[test]
    fn covering() {
        for (pattern, text, expected) in [
            ("<*>", "a", true),
            ("<*>", "<*>", true),
            ("a", "<*>", false),
            ("a<*>c", "abcbc", true),
            ("a<*>b<*>c", "a<*>b.c", true),
            ("a<*>", "b", false),
            ("<*>a", "a", true),
        ] {
            assert_eq!(covers(&token(pattern), &token(text)), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_shared_stays() {
        for (one, two, expected) in [
            ("alice", "bob", "<*>"),
            ("user=alice,", "user=bob,", "user=<*>,"),
            ("rhost=<*>", "rhost=a.example", "rhost=<*>"),
            ("user=", "user=bob", "user=<*>"),
            ("(a:b)", "(c)", "(<*>)"),
            ("{\"a\":\"x\",\"b\":1}", "{\"a\":\"y\",\"b\":1}", "{\"a\":\"<*>\",\"b\":1}"),
            ("<*>:a", "<*>", "<*>"),
            ("a:<*>", "a:b:<*>", "a:<*>"),
        ] {
            assert_eq!(generalise(&token(one), &token(two)), token(expected), "{one} {two}");
        }
    }

    #[test]
    fn kinds_of_difference() {
        use Difference::{Capitals, Number, Word};
        for (one, two, expected) in [
            ("opened", "closed", Word),
            ("NEW", "RUNNING", Capitals),
            ("action.SCREEN_ON", "action.SCREEN_OFF", Capitals),
            ("node<*>", "node", Number),
            ("sda1", "sda2", Number),
            ("[Fri", "[Sat", Number),
            ("May", "Can", Word),
        ] {
            assert_eq!(difference(&token(one), &token(two)), expected, "{one} {two}");
        }
    }

    fn tokens() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop::sample::select(vec![b'a', b'b', b':', b'=', b'.', 0xC3, VARIABLE]), 0..12)
    }

    proptest! {
        #[test]
        fn the_general_covers_both(one in tokens(), two in tokens()) {
            let general = generalise(&one, &two);
            prop_assert!(covers(&general, &one), "{general:?}");
            prop_assert!(covers(&general, &two), "{general:?}");
        }
    }
}
