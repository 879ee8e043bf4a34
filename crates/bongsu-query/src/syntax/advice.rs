//! What to write instead of a mistake in a search.

use bongsu_model::Phrase;

/// What to write instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Advice {
    /// Close a bracket.
    #[error("close the bracket that opens at character {column}")]
    CloseBracket {
        /// The number of characters before the bracket, plus one.
        column: usize,
    },
    /// Close a quote.
    #[error("close the quote, or write \\\" to search for a quote itself")]
    CloseQuote,
    /// Close a range.
    #[error("close the range behind its second value")]
    CloseRange,
    /// Remove what is too much.
    #[error("remove it, or put it into quotes")]
    Remove,
    /// Put quotes around it.
    #[error("put text with signs in it into quotes")]
    Quote,
    /// Complete or cut what ends too early.
    #[error("write what to find there, or remove what stands before")]
    Complete,
    /// Remove a bracket around nothing.
    #[error("remove the bracket, or write a condition before it")]
    FillBracket,
    /// Give an operator both its sides.
    #[error("write a condition on each side; put the word into quotes to search for it")]
    BothSides,
    /// Give a comparison its field.
    #[error("write a field before it, such as duration>2s or status:[500 TO 599]")]
    NameField,
    /// Take a comparison out of a field's brackets.
    #[error("write the comparison outside the field's brackets")]
    Outside,
    /// What `*:` can do.
    #[error("name the field, or write the value alone")]
    NoEveryField,
    /// Write a value.
    #[error("write a value, in quotes if it has signs in it")]
    Value,
    /// How ranges are written.
    #[error("write a range as [1 TO 5], or [1 TO *] if it has no end")]
    Range,
    /// Ask for less at once.
    #[error("ask several smaller questions")]
    Split,
    /// Which levels have an order.
    #[error("compare with one of the known levels; others have no order")]
    Levels,
    /// How times are written.
    #[error("write for example 2025-06-01, 2025-06-01T12:00:00Z, yesterday or now-15m")]
    Time,
    /// How numbers are written.
    #[error("write for example 5, 1.5 or 2e3, with a unit of time as 250ms and 2s, or of size as 10MB")]
    Number,
    /// Which units there are.
    #[error("units of time: ns, us, ms, s, m, h, d, w; of size: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB")]
    Units,
    /// How signs of regular expressions are written as themselves.
    #[error("put a backslash before signs that mean themselves")]
    Backslash,
}

impl Phrase for Advice {
    fn id(&self) -> &'static str {
        match self {
            Self::CloseBracket { .. } => "search-advice-close-bracket",
            Self::CloseQuote => "search-advice-close-quote",
            Self::CloseRange => "search-advice-close-range",
            Self::Remove => "search-advice-remove",
            Self::Quote => "search-advice-quote",
            Self::Complete => "search-advice-complete",
            Self::FillBracket => "search-advice-fill-bracket",
            Self::BothSides => "search-advice-both-sides",
            Self::NameField => "search-advice-name-field",
            Self::Outside => "search-advice-outside",
            Self::NoEveryField => "search-advice-no-every-field",
            Self::Value => "search-advice-value",
            Self::Range => "search-advice-range",
            Self::Split => "search-advice-split",
            Self::Levels => "search-advice-levels",
            Self::Time => "search-advice-time",
            Self::Number => "search-advice-number",
            Self::Units => "search-advice-units",
            Self::Backslash => "search-advice-backslash",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::CloseBracket { column } => vec![("column", column.to_string())],
            _ => vec![],
        }
    }
}
