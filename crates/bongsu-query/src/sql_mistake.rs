//! A mistake in SQL: where it is, what stands there, and what was expected.

use std::fmt;

use bongsu_model::Phrase;

use crate::syntax::{Met, Span, point};

/// A statement that is not written as SQL wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlMistake {
    /// The whole statement.
    pub sql: String,
    /// Where in it the mistake lies.
    pub span: Span,
    /// What stands there.
    pub found: Met,
    /// What was expected there.
    pub expected: SqlExpected,
}

/// What was expected where the mistake lies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SqlExpected {
    /// A statement's first word.
    #[error("a statement")]
    Statement,
    /// Nothing more.
    #[error("the end of the statement")]
    End,
    /// A column, a value, a call …
    #[error("an expression")]
    Expression,
    /// The name of a column or a table.
    #[error("a name")]
    Name,
    /// The end of a text.
    #[error("a second `'` behind the text")]
    Quote,
    /// The end of a name.
    #[error("a second `\"` behind the name")]
    DoubleQuote,
    /// Words or signs of the language.
    #[error("{0}")]
    Words(Box<str>),
}

impl SqlMistake {
    /// The mistake that the parser below tells of `sql` in these words; none when it tells no place.
    pub(crate) fn told(sql: &str, message: &str) -> Option<Self> {
        if let Some(mistake) = Self::unclosed(sql, message) {
            return Some(mistake);
        }
        let (expected, found) = message.strip_prefix("Expected: ")?.split_once(", found: ")?;
        let (found, place) = match found.rsplit_once(" at Line: ") {
            Some((found, place)) => (found, Some(place)),
            None => (found, None),
        };
        let at_end = Span { start: sql.len(), end: sql.len() };
        let (found, span) = match place.and_then(|place| start(sql, place)) {
            Some(start) if found != "EOF" => {
                let whole = sql[start..].starts_with(found);
                (Met::written(found), Span { start, end: start + if whole { found.len() } else { 1 } })
            }
            _ => (Met::End, at_end),
        };
        let expected = match expected {
            "an SQL statement" | "a SQL statement" | "a statement" => SqlExpected::Statement,
            "end of statement" => SqlExpected::End,
            "an expression" | "an expression:" => SqlExpected::Expression,
            "identifier" => SqlExpected::Name,
            // What is written as it stands is in capitals or signs.
            words if !words.contains(|c: char| c.is_lowercase()) => SqlExpected::Words(format!("`{words}`").into()),
            words => SqlExpected::Words(words.into()),
        };
        Some(Self { sql: sql.to_owned(), span, found, expected })
    }

    /// A quote without its second one.
    fn unclosed(sql: &str, message: &str) -> Option<Self> {
        let told = [
            ("Unterminated string literal at Line: ", '\'', SqlExpected::Quote),
            ("Expected close delimiter '\"' before EOF. at Line: ", '"', SqlExpected::DoubleQuote),
        ];
        let (place, quote, expected) = told
            .into_iter()
            .find_map(|(words, quote, expected)| Some((message.strip_prefix(words)?, quote, expected)))?;
        let start = start(sql, place)?;
        Some(Self { sql: sql.to_owned(), span: Span { start, end: start + 1 }, found: Met::written(quote), expected })
    }

    /// The number of characters before the mistake, plus one.
    pub fn column(&self) -> usize {
        self.span.column(&self.sql)
    }
}

/// The byte that `1, Column: 8` means.
fn start(sql: &str, place: &str) -> Option<usize> {
    let (line, column) = place.split_once(", Column: ")?;
    let (line, column): (usize, usize) = (line.parse().ok()?, column.parse().ok()?);
    let before: usize = sql.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let (at, _) = sql.get(before..)?.char_indices().nth(column.checked_sub(1)?)?;
    Some(before + at)
}

/// The error in one sentence, the line of the statement, and a line that points into it.
impl fmt::Display for SqlMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "at character {} of the SQL: found {}, expected {}", self.column(), self.found, self.expected)?;
        point(f, &self.sql, self.span)
    }
}

impl Phrase for SqlExpected {
    fn id(&self) -> &'static str {
        match self {
            Self::Statement => "sql-expected-statement",
            Self::End => "sql-expected-end",
            Self::Expression => "sql-expected-expression",
            Self::Name => "sql-expected-name",
            Self::Quote => "sql-expected-quote",
            Self::DoubleQuote => "sql-expected-double-quote",
            Self::Words(_) => "sql-expected-words",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Words(words) => vec![("words", words.to_string())],
            _ => vec![],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_at_the_place_that_the_parser_names() {
        let told = |sql: &str, message: &str| SqlMistake::told(sql, message).unwrap().to_string();
        assert_eq!(
            told("SELECT 오류\nFORM logs", "Expected: end of statement, found: FORM at Line: 2, Column: 1"),
            "at character 11 of the SQL: found `FORM`, expected the end of the statement\n  FORM logs\n  ^^^^"
        );
        assert_eq!(
            told("SELECT (1", "Expected: ), found: EOF"),
            "at character 10 of the SQL: found the end, expected `)`\n  SELECT (1\n           ^"
        );
        assert_eq!(
            told("SELECT 'a", "Unterminated string literal at Line: 1, Column: 8"),
            "at character 8 of the SQL: found `'`, expected a second `'` behind the text\n  SELECT 'a\n         ^"
        );
        assert_eq!(
            told("SELECT \"a", "Expected close delimiter '\"' before EOF. at Line: 1, Column: 8"),
            "at character 8 of the SQL: found `\"`, expected a second `\"` behind the name\n  SELECT \"a\n         ^"
        );
        assert_eq!(SqlMistake::told("SELECT 1/0", "Divide by zero error"), None);
    }
}
