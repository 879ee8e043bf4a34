//! `--limit N|all`: how many rows to show.

use std::str::FromStr;

use bongsu_model::Explain;

/// How many rows to show at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// This many.
    Rows(usize),
    /// All of them.
    All,
}

/// A text that is neither a number nor `all`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither a number nor `all`")]
pub(crate) struct NoLimit;

impl Explain for NoLimit {
    fn id(&self) -> &'static str {
        "cli-limit"
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn hint(&self) -> Option<String> {
        Some("give a number of rows, or `all`".into())
    }
}

impl Limit {
    /// Rows at most; none when all are to be shown.
    pub(crate) fn rows(self) -> Option<usize> {
        match self {
            Self::Rows(rows) => Some(rows),
            Self::All => None,
        }
    }
}

impl FromStr for Limit {
    type Err = NoLimit;

    fn from_str(text: &str) -> Result<Self, NoLimit> {
        match text {
            "all" => Ok(Self::All),
            _ => text.parse().map(Self::Rows).map_err(|_| NoLimit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_or_all() {
        assert_eq!("all".parse::<Limit>().unwrap().rows(), None);
        assert_eq!("7".parse::<Limit>().unwrap().rows(), Some(7));
        assert_eq!("many".parse::<Limit>(), Err(NoLimit));
    }
}
