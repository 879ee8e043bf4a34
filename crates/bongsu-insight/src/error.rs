//! Why an analysis could not be made.

use std::path::PathBuf;

use bongsu_model::{Explain, Phrase};
use bongsu_query::QueryError;

/// Why an analysis could not be made or kept.
#[derive(Debug, thiserror::Error)]
pub enum InsightError {
    /// The question got no answer.
    #[error("{0}")]
    Query(#[from] QueryError),
    /// A column of the table has another type than bongsu gives it.
    #[error("a column of the table cannot be read: {0}")]
    Column(#[from] arrow::error::ArrowError),
    /// A user's rule for errors is no regular expression.
    #[error("the pattern of the error rule `{name}` cannot be read: {cause}")]
    Rule {
        /// The rule's name.
        name: String,
        /// Where the pattern is wrong.
        cause: Box<regex::Error>,
    },
    /// A folder of a log home cannot be listed.
    #[error("cannot list {path}: {cause}")]
    List {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A report cannot be written.
    #[error("cannot write the report {path}: {cause}")]
    Write {
        /// The report's file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
}

impl Explain for InsightError {
    fn id(&self) -> &'static str {
        match self {
            Self::Query(cause) => cause.id(),
            Self::Column(_) => "insight-column",
            Self::Rule { .. } => "insight-rule",
            Self::List { .. } => "insight-list",
            Self::Write { .. } => "insight-write",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Query(cause) => cause.args(),
            Self::Column(cause) => vec![("cause", cause.to_string())],
            Self::Rule { name, cause } => vec![("name", name.clone()), ("cause", cause.to_string())],
            Self::List { path, cause } | Self::Write { path, cause } => {
                vec![("path", path.display().to_string()), ("cause", cause.to_string())]
            }
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Query(cause) => return cause.hint(),
            Self::Column(_) => "`bongsu check` tells which file was written by something else".into(),
            Self::Rule { .. } => "correct the pattern in the configuration, or remove the rule".into(),
            Self::List { .. } => "name a log home that exists and that you may read".into(),
            Self::Write { .. } => "name a folder that you may write to and that has room".into(),
        })
    }

    fn part(&self) -> Option<(&'static str, &dyn Phrase)> {
        match self {
            Self::Query(cause) => cause.part(),
            _ => None,
        }
    }
}
