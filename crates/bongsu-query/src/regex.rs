//! Regular expressions and wildcards, made ready once for a query.

use ::regex::{Regex, RegexBuilder};

use crate::filter::{Pattern, Piece};
use crate::syntax::RegexMistake;
use crate::words::{is_wide, is_word};

/// Bytes that a compiled expression may take.
const MAX_COMPILED: usize = 4 << 20;

/// The expression `text`; fails with the reason when it is wrong or too large.
pub(crate) fn compile(text: &str) -> Result<Regex, RegexMistake> {
    RegexBuilder::new(text).size_limit(MAX_COMPILED).dfa_size_limit(MAX_COMPILED).build().map_err(|error| match error {
        ::regex::Error::CompiledTooBig(_) => RegexMistake::TooLarge,
        // The last line says what is wrong, those before show where.
        other => {
            let text = other.to_string();
            let last = text.lines().last().unwrap_or_default();
            RegexMistake::told(last.trim_start_matches("error: "))
        }
    })
}

/// An expression that finds `text` as a whole word in any case, for what [`crate::words::Needle`] does not do.
pub(crate) fn word(text: &str) -> Result<Regex, RegexMistake> {
    let (before, after) = crate::words::whole(text);
    let edge = |edge: bool| if edge { r"(?-u:\b)" } else { "" };
    compile(&format!("(?i){}{}{}", edge(before), ::regex::escape(text), edge(after)))
}

/// An expression that finds a word like `pattern` in a text, in any case; its wildcards do not stand for white space.
pub(crate) fn word_like(pattern: &Pattern) -> Result<Regex, RegexMistake> {
    let wide = literals(pattern).any(|text| text.chars().any(is_wide));
    let edge = |piece: Option<&Piece>, last: bool| match piece {
        Some(Piece::Literal(text)) if !wide => {
            let byte = if last { text.bytes().next_back() } else { text.bytes().next() };
            byte.is_some_and(is_word)
        }
        _ => false,
    };
    let mut text = String::from("(?i)");
    if edge(pattern.0.first(), false) {
        text.push_str(r"(?-u:\b)");
    }
    push(&mut text, pattern, r"\S");
    if edge(pattern.0.last(), true) {
        text.push_str(r"(?-u:\b)");
    }
    compile(&text)
}

/// An expression that matches a whole value like `pattern`.
pub(crate) fn whole_like(pattern: &Pattern, any_case: bool) -> Result<Regex, RegexMistake> {
    let mut text = String::from(if any_case { "(?si)^" } else { "(?s)^" });
    push(&mut text, pattern, ".");
    text.push('$');
    compile(&text)
}

fn literals(pattern: &Pattern) -> impl Iterator<Item = &str> {
    pattern.0.iter().filter_map(|piece| match piece {
        Piece::Literal(text) => Some(text.as_str()),
        Piece::Any | Piece::One => None,
    })
}

fn push(text: &mut String, pattern: &Pattern, any: &str) {
    for piece in &pattern.0 {
        match piece {
            Piece::Literal(literal) => text.push_str(&::regex::escape(literal)),
            Piece::Any => {
                text.push_str(any);
                text.push('*');
            }
            Piece::One => text.push_str(any),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        let piece = |c: char| match c {
            '*' => Piece::Any,
            '?' => Piece::One,
            other => Piece::Literal(other.into()),
        };
        Pattern(text.chars().map(piece).collect())
    }

    #[test]
    fn a_pattern_finds_words_like_it() {
        let table = [
            ("conn*", "lost CONNECTION", true),
            ("conn*", "reconnect", false),
            ("*nect", "reconnect", true),
            ("*nect", "reconnected", false),
            ("192.168.*", "from 192.168.0.7:22", true),
            ("err?r", "eror", false),
            ("a*b", "a b", false),
            ("연결*오류", "DB연결중오류입니다", true),
        ];
        for (like, text, found) in table {
            assert_eq!(word_like(&pattern(like)).unwrap().is_match(text), found, "{like} in {text}");
        }
    }

    #[test]
    fn a_pattern_matches_whole_values() {
        assert!(whole_like(&pattern("web-*"), false).unwrap().is_match("web-1\n"));
        assert!(!whole_like(&pattern("web-?"), false).unwrap().is_match("web-12"));
        assert!(!whole_like(&pattern("web*"), false).unwrap().is_match("Web"));
    }

    #[test]
    fn says_what_is_wrong_with_an_expression() {
        let table = [
            ("a(b", RegexMistake::UnclosedGroup),
            ("a)b", RegexMistake::UnopenedGroup),
            ("a[b", RegexMistake::UnclosedClass),
            ("*a", RegexMistake::NothingRepeated),
            ("(?=a)", RegexMistake::LookAround),
            (r"(a)\1", RegexMistake::Backreference),
            (r"\y", RegexMistake::Escape),
            (r"(\w{1000}){1000}", RegexMistake::TooLarge),
        ];
        for (text, mistake) in table {
            assert_eq!(compile(text).unwrap_err(), mistake, "{text}");
        }
        assert!(matches!(compile("a{2,1}").unwrap_err(), RegexMistake::Other(_)));
        assert!(word("Ärger").unwrap().is_match("großer ärger!"));
    }
}
