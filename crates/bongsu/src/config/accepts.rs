//! What the values of a setting may be, in words.

use std::fmt;

use bongsu_model::Phrase;

/// What the values of a setting may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Accepts {
    Count,
    Bytes,
    Span,
    Zone,
    Addresses,
    Retention,
    ErrorRules,
    Regex,
    /// Nothing, or what the other says.
    OrNone(Box<Accepts>),
}

impl fmt::Display for Accepts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Count => "a whole number, 1 or more",
            Self::Bytes => r#"bytes, such as 500000, "64 MiB" or "2 GB""#,
            Self::Span => r#"a length of time, such as "500ms", "30s", "15m", "12h", "30d" or "8w""#,
            Self::Zone => r#""system" or a name such as "Asia/Seoul" or "UTC""#,
            Self::Addresses => r#"addresses, such as ["127.0.0.1:5105"]; in the environment with commas between them"#,
            Self::Retention => r#"a table a dataset, such as { logs = { age = "30d", size = "10 GiB" } }"#,
            Self::ErrorRules => {
                r#"tables with a type and a pattern, such as [{ type = "disk_error", pattern = "ENOSPC" }]"#
            }
            Self::Regex => "a regular expression of Rust's regex crate",
            Self::OrNone(other) => return write!(f, r#""none", or {other}"#),
        })
    }
}

impl Phrase for Accepts {
    fn id(&self) -> &'static str {
        match self {
            Self::Count => "accepts-count",
            Self::Bytes => "accepts-bytes",
            Self::Span => "accepts-span",
            Self::Zone => "accepts-zone",
            Self::Addresses => "accepts-addresses",
            Self::Retention => "accepts-retention",
            Self::ErrorRules => "accepts-error-rules",
            Self::Regex => "accepts-regex",
            Self::OrNone(_) => "accepts-or-none",
        }
    }

    fn part(&self) -> Option<(&'static str, &dyn Phrase)> {
        match self {
            Self::OrNone(other) => Some(("other", &**other)),
            _ => None,
        }
    }
}
