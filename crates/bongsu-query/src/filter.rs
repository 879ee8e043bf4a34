//! What a search looks for: the tree that every query language becomes.

use std::fmt;

use crate::syntax::Span;

/// What a search looks for.
///
/// Build it with [`Filter::and`], [`Filter::or`] and [`Filter::not`], which keep it flat. Its `Display` writes a query
/// that parses to an equal filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Every record.
    All,
    /// Records that match every part; at least two.
    And(Vec<Self>),
    /// Records that match any part; at least two.
    Or(Vec<Self>),
    /// Records that do not match.
    Not(Box<Self>),
    /// Records with a field that passes a test.
    Test(Leaf),
}

/// One condition on one field.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// The field; `message` when none.
    pub field: Option<String>,
    /// What its value must be.
    pub test: Test,
    /// Where it stands in the query.
    pub span: Span,
}

/// Where a condition stands does not matter to what it means.
impl PartialEq for Leaf {
    fn eq(&self, other: &Self) -> bool {
        self.field == other.field && self.test == other.test
    }
}

impl Eq for Leaf {}

/// What a value must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// Has this word or phrase; a number or an identifier is equal to it.
    Text(String),
    /// Has a word like this; an identifier is like this as a whole.
    Like(Pattern),
    /// Is exactly this.
    Exact(String),
    /// Has a part that this regular expression matches.
    Regex(String),
    /// Is there.
    Exists,
    /// Lies on one side of a value.
    Compare(Side, String),
    /// Lies between two values.
    Between(Bound, Bound),
}

/// A side of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// `<`
    Below,
    /// `<=`
    UpTo,
    /// `>`
    Above,
    /// `>=`
    From,
}

/// An end of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// No end: `*`.
    Open,
    /// The value itself is in: `[` and `]`.
    Included(String),
    /// The value itself is out: `{` and `}`.
    Excluded(String),
}

/// Text with wildcards; at least one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern(pub Vec<Piece>);

/// A piece of a [`Pattern`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Piece {
    /// This text.
    Literal(String),
    /// `*`: any characters, or none.
    Any,
    /// `?`: one character.
    One,
}

impl Filter {
    /// Records that match every one of `parts`.
    #[must_use]
    pub fn and(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        Self::one_or(flat, Self::And).unwrap_or(Self::All)
    }

    /// Records that match any one of `parts`; no record when there are none.
    #[must_use]
    pub fn or(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        Self::one_or(flat, Self::Or).unwrap_or_else(|| Self::not(Self::All))
    }

    fn one_or(mut parts: Vec<Self>, many: impl FnOnce(Vec<Self>) -> Self) -> Option<Self> {
        if parts.len() < 2 { parts.pop() } else { Some(many(parts)) }
    }

    /// Records that do not match `part`.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "it stands beside `and` and `or`")]
    pub fn not(part: Self) -> Self {
        Self::Not(Box::new(part))
    }

    /// Records whose `field` (`message` when none) passes `test`.
    #[must_use]
    pub fn test(field: Option<&str>, test: Test) -> Self {
        Self::Test(Leaf { field: field.map(str::to_owned), test, span: Span::default() })
    }
}

impl Test {
    /// Whether any value passes.
    pub(crate) fn takes_any(&self) -> bool {
        matches!(self, Self::Exists | Self::Between(Bound::Open, Bound::Open))
    }
}

impl Side {
    fn sign(self) -> &'static str {
        match self {
            Self::Below => "<",
            Self::UpTo => "<=",
            Self::Above => ">",
            Self::From => ">=",
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::And(parts) => join(f, parts, " AND "),
            Self::Or(parts) => join(f, parts, " OR "),
            Self::Not(part) => write!(f, "NOT {}", Grouped(part)),
            Self::Test(leaf) => leaf.fmt(f),
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, parts: &[Filter], word: &str) -> fmt::Result {
    for (nth, part) in parts.iter().enumerate() {
        if nth > 0 {
            f.write_str(word)?;
        }
        fmt::Display::fmt(&Grouped(part), f)?;
    }
    Ok(())
}

/// A filter as a part of another one.
struct Grouped<'a>(&'a Filter);

impl fmt::Display for Grouped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Filter::And(_) | Filter::Or(_) => write!(f, "({})", self.0),
            other => other.fmt(f),
        }
    }
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = &self.field {
            if field.starts_with(|c: char| c.is_ascii_digit()) {
                f.write_str("\\")?;
            }
            write!(f, "{}:", Escaped(field))?;
        } else if matches!(self.test, Test::Exists | Test::Exact(_) | Test::Compare(..) | Test::Between(..)) {
            f.write_str("message:")?;
        }
        match &self.test {
            Test::Text(text) => Quoted(text).fmt(f),
            Test::Like(pattern) => pattern.fmt(f),
            Test::Exact(text) => write!(f, "={}", Quoted(text)),
            Test::Regex(regex) => write!(f, "/{}/", regex.replace('/', "\\/")),
            Test::Exists => f.write_str("*"),
            Test::Compare(side, value) => write!(f, "{}{}", side.sign(), Quoted(value)),
            Test::Between(from, to) => {
                f.write_str(if matches!(from, Bound::Excluded(_)) { "{" } else { "[" })?;
                from.fmt(f)?;
                f.write_str(" TO ")?;
                to.fmt(f)?;
                f.write_str(if matches!(to, Bound::Excluded(_)) { "}" } else { "]" })
            }
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("*"),
            Self::Included(value) | Self::Excluded(value) => Quoted(value).fmt(f),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => Escaped(text).fmt(f)?,
                Piece::Any => f.write_str("*")?,
                Piece::One => f.write_str("?")?,
            }
        }
        Ok(())
    }
}

fn plain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.')
}

/// Text as a bare word where it can be one, else in quotes.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = !self.0.is_empty() && self.0.chars().all(plain) && !matches!(self.0, "AND" | "OR" | "NOT" | "TO");
        if word { f.write_str(self.0) } else { write!(f, "\"{}\"", self.0.replace('\\', "\\\\").replace('"', "\\\"")) }
    }
}

/// Text as a bare word, with a backslash before everything that could mean something.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if !plain(c) {
                f.write_str("\\")?;
            }
            write!(f, "{c}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_flat() {
        let word = |w: &str| Filter::test(None, Test::Text(w.into()));
        let nested = Filter::and(vec![Filter::and(vec![word("a"), word("b")]), word("c")]);
        assert_eq!(nested, Filter::And(vec![word("a"), word("b"), word("c")]));
        assert_eq!(Filter::or(vec![word("a")]), word("a"));
        assert_eq!(Filter::or(vec![]).to_string(), "NOT *");
        assert_eq!(Filter::and(vec![]), Filter::All);
    }

    #[test]
    fn quotes_what_would_read_otherwise() {
        for (text, shown) in [("a", "a"), ("AND", "\"AND\""), ("a b", "\"a b\""), ("\"", "\"\\\"\""), ("", "\"\"")] {
            assert_eq!(Filter::test(None, Test::Text(text.into())).to_string(), shown);
        }
    }
}
