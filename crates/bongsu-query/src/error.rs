//! Why a question got no answer, and what to change.

use std::path::PathBuf;
use std::time::Duration;

use bongsu_model::{Explain, Phrase};
use bongsu_store::StoreError;
use datafusion::error::DataFusionError;

use crate::sql_error::{SqlError, quoted};
use crate::syntax::SyntaxError;

/// Why a question got no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum QueryError {
    /// The search is not written as the language wants it. The text holds a caret line.
    #[error("{0}")]
    Syntax(#[from] SyntaxError),
    /// The SQL is wrong.
    #[error("{0}")]
    Sql(SqlError),
    /// The SQL would change something.
    #[error("`{statement}` would change something, and a question may only read")]
    ReadOnly {
        /// The statement's first words.
        statement: String,
    },
    /// No dataset has this name.
    #[error("there is no dataset `{name}`")]
    NoDataset {
        /// The name that was asked for.
        name: String,
        /// Datasets that were perhaps meant.
        similar: Vec<String>,
    },
    /// The answer took longer than a request may.
    #[error("the query was stopped after {} s", limit.as_secs_f64())]
    TimedOut {
        /// How long a request may take.
        limit: Duration,
    },
    /// The answer needed more memory than a request may have.
    #[error("the query needs more than its {} MiB of memory", limit >> 20)]
    Memory {
        /// Bytes that a request may have.
        limit: usize,
    },
    /// The process holds so much memory that no question may go on.
    #[error("the query was stopped because the process holds more than {} MiB of memory", limit >> 20)]
    Ceiling {
        /// Bytes past which questions are stopped.
        limit: usize,
    },
    /// The SQL strings so much together that its plan would be too deep.
    #[error("the SQL strings more than {limit} operations together")]
    TooDeep {
        /// How many may be strung together.
        limit: usize,
    },
    /// The intermediate results do not fit on the disk.
    #[error("the query's intermediate results could not be written to disk: {reason}")]
    Spill {
        /// What the system said.
        reason: String,
    },
    /// A file of the table is missing, or its contents are not what was written.
    #[error("`{}` cannot be read: {reason}", path.display())]
    DamagedFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The store could not say what there is.
    #[error("{0}")]
    Store(StoreError),
    /// A column cannot be written in the wanted form.
    #[error("the answer cannot be written: {reason}")]
    Output {
        /// What is wrong.
        reason: String,
    },
    /// A defect in bongsu.
    #[error("the query failed inside: {reason}")]
    Internal {
        /// What happened.
        reason: String,
    },
}

impl QueryError {
    pub(crate) fn internal(reason: impl std::fmt::Display) -> Self {
        Self::Internal { reason: reason.to_string() }
    }

    /// Wraps the error so that it can travel through a stream of record batches.
    pub(crate) fn into_stream(self) -> DataFusionError {
        DataFusionError::External(Box::new(self))
    }
}

impl From<StoreError> for QueryError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What came out of a stream of record batches: the error that a [`crate::Engine`] put there, or what the engine below
/// said.
impl From<DataFusionError> for QueryError {
    fn from(error: DataFusionError) -> Self {
        match own(&error) {
            Some(own) => own.clone(),
            None => Self::internal(error.strip_backtrace()),
        }
    }
}

/// The [`QueryError`] somewhere inside `error`.
pub(crate) fn own<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a QueryError> {
    if let Some(own) = error.downcast_ref::<QueryError>() {
        return Some(own);
    }
    if let Some(DataFusionError::External(inner)) = error.downcast_ref::<DataFusionError>() {
        return own(inner.as_ref());
    }
    error.source().and_then(own)
}

impl Explain for QueryError {
    fn id(&self) -> &'static str {
        match self {
            Self::Syntax(error) => error.id(),
            Self::Sql(error) => error.id(),
            Self::ReadOnly { .. } => "query-read-only",
            Self::NoDataset { .. } => "query-no-dataset",
            Self::TimedOut { .. } => "query-timed-out",
            Self::Memory { .. } => "query-memory",
            Self::Ceiling { .. } => "query-ceiling",
            Self::TooDeep { .. } => "query-too-deep",
            Self::Spill { .. } => "query-spill",
            Self::DamagedFile { .. } => "query-damaged-file",
            Self::Store(error) => error.id(),
            Self::Output { .. } => "query-output",
            Self::Internal { .. } => "query-internal",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Syntax(error) => error.args(),
            Self::Sql(error) => error.args(),
            Self::ReadOnly { statement } => vec![("statement", statement.clone())],
            Self::NoDataset { name, similar } => vec![("name", name.clone()), ("similar", quoted(similar, ", "))],
            Self::TimedOut { limit } => vec![("seconds", limit.as_secs_f64().to_string())],
            Self::Memory { limit } | Self::Ceiling { limit } => vec![("mebibytes", (limit >> 20).to_string())],
            Self::TooDeep { limit } => vec![("limit", limit.to_string())],
            Self::DamagedFile { path, reason } => {
                vec![("path", path.display().to_string()), ("reason", reason.clone())]
            }
            Self::Store(error) => error.args(),
            Self::Spill { reason } | Self::Output { reason } | Self::Internal { reason } => {
                vec![("reason", reason.clone())]
            }
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Syntax(error) => error.hint(),
            Self::Sql(error) => error.hint(),
            Self::ReadOnly { .. } => Some("use SELECT, EXPLAIN, SHOW or DESCRIBE".into()),
            Self::NoDataset { similar, .. } if similar.is_empty() => {
                Some("`SHOW TABLES` in SQL lists the datasets; one appears with its first record".into())
            }
            Self::NoDataset { similar, .. } => Some(format!("did you mean {}?", quoted(similar, " or "))),
            Self::TimedOut { .. } => Some("narrow the time range, or raise the time limit of a query".into()),
            Self::Memory { .. } => {
                Some("narrow the time range, ask for fewer columns or groups, or raise the memory limit".into())
            }
            Self::Ceiling { .. } => Some(
                "narrow the time range, ask again when fewer questions are at work, or raise the ceiling (`query.ceiling`)"
                    .into(),
            ),
            Self::TooDeep { .. } => Some(
                "write a list, as in `x IN (1, 2)`, for a chain of conditions, or ask in several statements".into(),
            ),
            Self::Spill { .. } => Some("narrow the time range, or make room in the folder for temporary files".into()),
            Self::DamagedFile { .. } => {
                Some("`bongsu check --repair` sets the file aside, so that everything else can be read".into())
            }
            Self::Store(error) => error.hint(),
            Self::Output { .. } => Some("choose another output format, or leave the column out".into()),
            Self::Internal { .. } => Some("this is a defect of bongsu: please report it with the query".into()),
        }
    }

    fn part(&self) -> Option<(&'static str, &dyn Phrase)> {
        match self {
            Self::Store(error) => error.part(),
            _ => None,
        }
    }

    fn parts(&self) -> Vec<(&'static str, &dyn Phrase)> {
        match self {
            Self::Syntax(error) => error.parts(),
            Self::Sql(error) => error.parts(),
            other => other.part().into_iter().collect(),
        }
    }
}
