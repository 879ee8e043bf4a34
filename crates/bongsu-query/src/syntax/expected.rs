//! What a search's reader expected where it met something else.

use bongsu_model::Phrase;

use crate::timerange::TimeMistake;

/// What was expected where the mistake lies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Expected {
    /// The beginning of a condition.
    #[error("a word, a phrase or a field")]
    Condition,
    /// Another condition, or nothing more.
    #[error("a condition, or the query's end")]
    ConditionOrEnd,
    /// The end of a phrase.
    #[error("a second `\"` behind the phrase")]
    Quote,
    /// The end of a bracket.
    #[error("`)`")]
    Bracket,
    /// What stands between the two ends of a range.
    #[error("`TO`")]
    To,
    /// The end of a range.
    #[error("`]` or `}}`")]
    RangeClose,
    /// One of the two values of a range.
    #[error("a range's end")]
    RangeEnd,
    /// A value of a field.
    #[error("a value of `{0}`")]
    ValueOf(Box<str>),
    /// A value behind `>`, `<=` …
    #[error("a value to compare with")]
    Compared,
    /// What stands behind `*:`.
    #[error("`*`")]
    Star,
    /// A level that has an order.
    #[error("TRACE, DEBUG, INFO, WARNING, ERROR or CRITICAL")]
    Level,
    /// A time, and why the text is none.
    #[error("a time ({0})")]
    Time(Box<TimeMistake>),
    /// A number.
    #[error("a number")]
    Number,
    /// A unit behind a number.
    #[error("a unit that is known behind `{0}`")]
    Unit(Box<str>),
    /// A regular expression, and why the text is none.
    #[error("a regular expression ({0})")]
    Regex(RegexMistake),
    /// A shorter query.
    #[error("a query of at most 64 KiB")]
    Shorter,
    /// Fewer brackets inside each other.
    #[error("brackets and negations at most 64 deep")]
    Shallower,
    /// Fewer conditions.
    #[error("at most 1,024 conditions")]
    Fewer,
}

impl Phrase for Expected {
    fn id(&self) -> &'static str {
        match self {
            Self::Condition => "expected-condition",
            Self::ConditionOrEnd => "expected-condition-or-end",
            Self::Quote => "expected-quote",
            Self::Bracket => "expected-bracket",
            Self::To => "expected-to",
            Self::RangeClose => "expected-range-close",
            Self::RangeEnd => "expected-range-end",
            Self::ValueOf(_) => "expected-value-of",
            Self::Compared => "expected-compared",
            Self::Star => "expected-star",
            Self::Level => "expected-level",
            Self::Time(_) => "expected-time",
            Self::Number => "expected-number",
            Self::Unit(_) => "expected-unit",
            Self::Regex(_) => "expected-regex",
            Self::Shorter => "expected-shorter",
            Self::Shallower => "expected-shallower",
            Self::Fewer => "expected-fewer",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::ValueOf(field) => vec![("field", field.to_string())],
            Self::Unit(number) => vec![("number", number.to_string())],
            _ => vec![],
        }
    }

    fn part(&self) -> Option<(&'static str, &dyn Phrase)> {
        match self {
            Self::Time(reason) => Some(("reason", &**reason)),
            Self::Regex(reason) => Some(("reason", reason)),
            _ => None,
        }
    }
}

/// Why a text is no regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegexMistake {
    /// It would take too much memory.
    #[error("it is too large")]
    TooLarge,
    /// `(` without its `)`.
    #[error("unclosed group")]
    UnclosedGroup,
    /// `)` without its `(`.
    #[error("unopened group")]
    UnopenedGroup,
    /// `[` without its `]`.
    #[error("unclosed character class")]
    UnclosedClass,
    /// `*`, `+` or `?` behind nothing.
    #[error("repetition operator missing expression")]
    NothingRepeated,
    /// `(?=`, `(?<!` …
    #[error("look-around, including look-ahead and look-behind, is not supported")]
    LookAround,
    /// `\1`
    #[error("backreferences are not supported")]
    Backreference,
    /// A backslash before a letter that has no meaning then.
    #[error("unrecognized escape sequence")]
    Escape,
    /// Anything else, in the words of the library that reads the expression.
    #[error("{0}")]
    Other(Box<str>),
}

impl RegexMistake {
    /// The mistakes that have words of their own.
    const KNOWN: [Self; 8] = [
        Self::TooLarge,
        Self::UnclosedGroup,
        Self::UnopenedGroup,
        Self::UnclosedClass,
        Self::NothingRepeated,
        Self::LookAround,
        Self::Backreference,
        Self::Escape,
    ];

    /// The mistake that the library tells in these words.
    pub(crate) fn told(text: &str) -> Self {
        let known = Self::KNOWN.into_iter().find(|known| known.to_string() == text);
        known.unwrap_or_else(|| Self::Other(text.into()))
    }
}

impl Phrase for RegexMistake {
    fn id(&self) -> &'static str {
        match self {
            Self::TooLarge => "regex-too-large",
            Self::UnclosedGroup => "regex-unclosed-group",
            Self::UnopenedGroup => "regex-unopened-group",
            Self::UnclosedClass => "regex-unclosed-class",
            Self::NothingRepeated => "regex-nothing-repeated",
            Self::LookAround => "regex-look-around",
            Self::Backreference => "regex-backreference",
            Self::Escape => "regex-escape",
            Self::Other(_) => "regex-other",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Other(text) => vec![("text", text.to_string())],
            _ => vec![],
        }
    }
}
