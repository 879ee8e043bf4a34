//! A mistake in a search: where it is, what stands there, and what was meant.

mod advice;
mod expected;

use std::fmt;

use bongsu_model::{Explain, Phrase};

pub use advice::Advice;
pub use expected::{Expected, RegexMistake};

/// Bytes of a query, from `start` up to but not including `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Span {
    /// The bytes of both, and what lies between.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The number of characters of `query` before it, plus one.
    pub(crate) fn column(self, query: &str) -> usize {
        query.get(..self.start).map_or(1, |before| before.chars().count() + 1)
    }
}

/// Which mistake it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// Something else had to stand here.
    Unexpected,
    /// A quote, bracket or regular expression is never closed.
    Unclosed,
    /// A value that its field cannot have.
    Value,
    /// The regular expression is wrong or too large.
    Regex,
    /// Longer or nested deeper than a query may be.
    TooLarge,
}

/// What stands where something else was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Met {
    /// Nothing more.
    End,
    /// `>`, `<=` …
    Comparison,
    /// More than a query may hold.
    TooMuch,
    /// A field's name with its colon.
    Field(Box<str>),
    /// Anything else, as it is to be shown.
    Written(Box<str>),
}

impl Met {
    /// Something as it was written.
    pub(crate) fn written(text: impl fmt::Display) -> Self {
        Self::Written(format!("`{text}`").into())
    }
}

impl fmt::Display for Met {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => f.write_str("the end"),
            Self::Comparison => f.write_str("a comparison"),
            Self::TooMuch => f.write_str("more than that"),
            Self::Field(name) => write!(f, "the field `{name}`"),
            Self::Written(text) => f.write_str(text),
        }
    }
}

impl Phrase for Met {
    fn id(&self) -> &'static str {
        match self {
            Self::End => "found-end",
            Self::Comparison => "found-comparison",
            Self::TooMuch => "found-too-much",
            Self::Field(_) => "found-field",
            Self::Written(_) => "found-written",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Field(name) => vec![("name", name.to_string())],
            Self::Written(text) => vec![("text", text.to_string())],
            Self::End | Self::Comparison | Self::TooMuch => vec![],
        }
    }
}

/// A mistake in a search.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct SyntaxError {
    /// Which mistake it is.
    pub mistake: Mistake,
    /// The whole query.
    pub query: String,
    /// Where in it the mistake lies.
    pub span: Span,
    /// What stands there.
    pub found: Met,
    /// What was expected there.
    pub expected: Expected,
    /// What to write instead.
    pub advice: Advice,
}

impl SyntaxError {
    /// The number of characters before the mistake, plus one.
    pub fn column(&self) -> usize {
        self.span.column(&self.query)
    }
}

/// The error in one sentence, the query, and a line that points into it.
impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "at character {}: found {}, expected {}", self.column(), self.found, self.expected)?;
        point(f, &self.query, self.span)
    }
}

/// Writes the line of `query` that `span` begins in, and below it a line that points at the span.
pub(crate) fn point(f: &mut fmt::Formatter<'_>, query: &str, span: Span) -> fmt::Result {
    let start = span.start.min(query.len());
    let line_start = query[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = query[start..].find('\n').map_or(query.len(), |at| start + at);
    writeln!(f, "  {}", &query[line_start..line_end])?;
    let end = span.end.clamp(start, line_end.max(start));
    let carets = columns(&query[start..end]).max(1);
    write!(f, "  {}{}", " ".repeat(columns(&query[line_start..start])), "^".repeat(carets))
}

/// Columns of a terminal that `text` takes: Hangul, kana and CJK take two.
fn columns(text: &str) -> usize {
    text.chars().map(|c| if crate::words::is_wide(c) { 2 } else { 1 }).sum()
}

impl Explain for SyntaxError {
    fn id(&self) -> &'static str {
        match self.mistake {
            Mistake::Unexpected => "search-unexpected",
            Mistake::Unclosed => "search-unclosed",
            Mistake::Value => "search-value",
            Mistake::Regex => "search-regex",
            Mistake::TooLarge => "search-too-large",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        vec![
            ("position", self.column().to_string()),
            ("found", self.found.to_string()),
            ("expected", self.expected.to_string()),
            ("advice", self.advice.to_string()),
        ]
    }

    fn hint(&self) -> Option<String> {
        Some(self.advice.to_string())
    }

    fn parts(&self) -> Vec<(&'static str, &dyn Phrase)> {
        vec![("found", &self.found), ("expected", &self.expected), ("advice", &self.advice)]
    }
}
