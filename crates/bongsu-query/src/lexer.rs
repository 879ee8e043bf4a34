//! From the characters of a search to its tokens.
//!
//! What a character means depends on where it stands: a colon ends a field's name but is a part of a value. The parser
//! therefore says what it can use next.

use crate::filter::{Pattern, Piece, Side};
use crate::syntax::{Advice, Expected, Met, Mistake, Span, SyntaxError};

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Open,
    Close,
    And,
    Or,
    Not,
    Plus,
    /// A field's name, with the colon behind it.
    Field(String),
    /// `*:`
    EveryField,
    /// A sign of comparison.
    Side(Side),
    /// `=` behind a colon.
    Equal,
    /// `!=` between a name and a value.
    Unequal,
    /// A word without wildcards.
    Word(String),
    /// Text in quotes.
    Phrase(String),
    /// A word with wildcards.
    Like(Pattern),
    Regex(String),
    /// `[` or `{`: whether the end itself is in.
    RangeOpen(bool),
    /// `]` or `}`: whether the end itself is in.
    RangeClose(bool),
    End,
}

/// Where the next token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Where a condition may begin.
    Term,
    /// Behind a field's name.
    Value,
    /// Inside a range.
    Bound,
}

/// Reads one token after the other.
#[derive(Debug, Clone)]
pub(crate) struct Lexer<'a> {
    query: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(query: &'a str) -> Self {
        Self { query, at: 0 }
    }

    fn rest(&self) -> &'a str {
        self.query.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    fn bump(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.bump();
        }
    }

    /// The number of characters before `span`, plus one.
    pub(crate) fn column(&self, span: Span) -> usize {
        span.column(self.query)
    }

    pub(crate) fn error(
        &self,
        mistake: Mistake,
        span: Span,
        found: Met,
        expected: Expected,
        advice: Advice,
    ) -> SyntaxError {
        SyntaxError { mistake, query: self.query.to_owned(), span, found, expected, advice }
    }

    /// The next token, which stands at `place`.
    pub(crate) fn next(&mut self, place: Place) -> Result<Token, SyntaxError> {
        self.skip_space();
        let start = self.at;
        let kind = self.kind(place)?;
        Ok(Token { kind, span: Span { start, end: self.at } })
    }

    fn kind(&mut self, place: Place) -> Result<Kind, SyntaxError> {
        let Some(first) = self.peek() else { return Ok(Kind::End) };
        if let Some(kind) = self.sign(place, first) {
            return Ok(kind);
        }
        match first {
            '"' => self.phrase(),
            '/' if place != Place::Bound => match self.regex() {
                Some(kind) => Ok(kind),
                None => self.word(place),
            },
            _ => self.word(place),
        }
    }

    /// A token made of signs, if one stands here.
    fn sign(&mut self, place: Place, first: char) -> Option<Kind> {
        let single = match first {
            '(' if place != Place::Bound => Some(Kind::Open),
            ')' if place != Place::Bound => Some(Kind::Close),
            '[' => Some(Kind::RangeOpen(true)),
            '{' => Some(Kind::RangeOpen(false)),
            ']' => Some(Kind::RangeClose(true)),
            '}' => Some(Kind::RangeClose(false)),
            _ => None,
        };
        if single.is_some() {
            self.bump();
            return single;
        }
        if place == Place::Bound {
            return None;
        }
        for (text, side) in [("<=", Side::UpTo), (">=", Side::From), ("<", Side::Below), (">", Side::Above)] {
            if self.eat(text) {
                return Some(Kind::Side(side));
            }
        }
        if place == Place::Value {
            return if self.eat("!=") { Some(Kind::Unequal) } else { self.eat("=").then_some(Kind::Equal) };
        }
        if self.eat("&&") {
            return Some(Kind::And);
        }
        if self.eat("||") {
            return Some(Kind::Or);
        }
        let touches = self.second().is_some_and(|c| !c.is_whitespace());
        let kind = match first {
            '!' => Kind::Not,
            '-' if touches => Kind::Not,
            '+' if touches => Kind::Plus,
            _ => return None,
        };
        self.bump();
        Some(kind)
    }

    fn phrase(&mut self) -> Result<Kind, SyntaxError> {
        let start = self.at;
        self.bump();
        let mut text = String::new();
        loop {
            let Some(c) = self.peek() else {
                let span = Span { start, end: start + 1 };
                let met = Met::written('"');
                return Err(self.error(Mistake::Unclosed, span, met, Expected::Quote, Advice::CloseQuote));
            };
            self.bump();
            match c {
                '"' => return Ok(Kind::Phrase(text)),
                '\\' => {
                    text.push(self.peek().unwrap_or('\\'));
                    self.bump();
                }
                other => text.push(other),
            }
        }
    }

    /// A regular expression between slashes; none where the slash begins a path.
    fn regex(&mut self) -> Option<Kind> {
        let inner = &self.rest()[1..];
        let mut regex = String::new();
        let mut chars = inner.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '/' => {
                    let behind = inner[at + 1..].chars().next();
                    if regex.is_empty() || behind.is_some_and(|c| !c.is_whitespace() && c != ')') {
                        return None;
                    }
                    self.at += at + 2;
                    return Some(Kind::Regex(regex));
                }
                '\\' => match chars.next() {
                    Some((_, '/')) => regex.push('/'),
                    Some((_, other)) => regex.extend(['\\', other]),
                    None => return None,
                },
                other => regex.push(other),
            }
        }
        None
    }

    fn word(&mut self, place: Place) -> Result<Kind, SyntaxError> {
        let start = self.at;
        let mut pieces: Vec<Piece> = Vec::new();
        let mut escaped = false;
        while let Some(c) = self.peek() {
            if ends_word(place, c) {
                break;
            }
            if place == Place::Term && !pieces.is_empty() {
                if let Some(kind) = self.field(&pieces, escaped) {
                    return Ok(kind);
                }
                if self.compared(&pieces, escaped) {
                    break;
                }
            }
            self.bump();
            match c {
                '*' if pieces.last() == Some(&Piece::Any) => {}
                '*' => pieces.push(Piece::Any),
                '?' => pieces.push(Piece::One),
                '\\' => {
                    escaped = true;
                    push(&mut pieces, self.peek().unwrap_or('\\'));
                    self.bump();
                }
                other => push(&mut pieces, other),
            }
        }
        if self.at == start {
            let found = self.peek().unwrap_or(' ');
            let span = Span { start, end: start + found.len_utf8() };
            let met = Met::written(found);
            return Err(self.error(Mistake::Unexpected, span, met, Expected::Condition, Advice::Quote));
        }
        Ok(finished(place, pieces, escaped))
    }

    /// A field's name, when the word so far is one and a colon follows that is no part of a path or an address.
    fn field(&mut self, pieces: &[Piece], escaped: bool) -> Option<Kind> {
        if !self.rest().starts_with(':') || self.rest().starts_with("::") || self.rest().starts_with("://") {
            return None;
        }
        let kind = match pieces {
            [Piece::Literal(name)] if escaped || (names_field(name) && !name.ends_with(':')) => {
                Kind::Field(name.clone())
            }
            [Piece::Any] => Kind::EveryField,
            _ => return None,
        };
        self.bump();
        Some(kind)
    }

    /// Whether the word so far is a field's name before a sign of comparison.
    fn compared(&self, pieces: &[Piece], escaped: bool) -> bool {
        let sign = self.rest().starts_with(['<', '>']) || self.rest().starts_with("!=");
        sign && matches!(pieces, [Piece::Literal(name)] if escaped || (names_field(name) && !name.ends_with('-')))
    }
}

fn finished(place: Place, mut pieces: Vec<Piece>, escaped: bool) -> Kind {
    if pieces.iter().any(|piece| !matches!(piece, Piece::Literal(_))) {
        return Kind::Like(Pattern(pieces));
    }
    let Some(Piece::Literal(word)) = pieces.pop() else { return Kind::End };
    match word.as_str() {
        "AND" if place == Place::Term && !escaped => Kind::And,
        "OR" if place == Place::Term && !escaped => Kind::Or,
        "NOT" if place == Place::Term && !escaped => Kind::Not,
        _ => Kind::Word(word),
    }
}

fn ends_word(place: Place, c: char) -> bool {
    match c {
        '"' | '(' | ')' => place != Place::Bound || c == '"',
        ']' | '}' => place == Place::Bound,
        other => other.is_whitespace(),
    }
}

fn push(pieces: &mut Vec<Piece>, c: char) {
    if let Some(Piece::Literal(text)) = pieces.last_mut() {
        text.push(c);
    } else {
        pieces.push(Piece::Literal(c.into()));
    }
}

/// Whether text before a colon reads as a field's name; `12` of `12:30` does not.
fn names_field(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(query: &str) -> Vec<Kind> {
        let mut lexer = Lexer::new(query);
        let mut kinds = Vec::new();
        loop {
            match lexer.next(Place::Term).unwrap().kind {
                Kind::End => return kinds,
                kind => kinds.push(kind),
            }
        }
    }

    fn word(text: &str) -> Kind {
        Kind::Word(text.into())
    }

    #[test]
    fn a_colon_ends_a_name_only_where_a_name_can_stand() {
        assert_eq!(terms("12:30:45"), [word("12:30:45")]);
        assert_eq!(terms("http://host/x"), [word("http://host/x")]);
        assert_eq!(terms("std::io"), [word("std::io")]);
        assert_eq!(terms("level:x"), [Kind::Field("level".into()), word("x")]);
    }

    #[test]
    fn a_slash_is_a_path_unless_a_regex_is_closed() {
        assert_eq!(terms("/var/log/x"), [word("/var/log/x")]);
        assert_eq!(terms("/a b\\/c/"), [Kind::Regex("a b/c".into())]);
        assert_eq!(terms("/health"), [word("/health")]);
    }

    #[test]
    fn operators_and_words_that_look_like_them() {
        assert_eq!(terms("a && !b"), [word("a"), Kind::And, Kind::Not, word("b")]);
        assert_eq!(terms("a - b"), [word("a"), word("-"), word("b")]);
        assert_eq!(terms("\\AND and"), [word("AND"), word("and")]);
        assert_eq!(terms("x>=5"), [word("x"), Kind::Side(Side::From), word("5")]);
    }

    #[test]
    fn wildcards_and_escapes() {
        let pattern = Pattern(vec![Piece::Literal("a".into()), Piece::Any, Piece::One]);
        assert_eq!(terms("a**?"), [Kind::Like(pattern)]);
        assert_eq!(terms("a\\*"), [word("a*")]);
    }
}
