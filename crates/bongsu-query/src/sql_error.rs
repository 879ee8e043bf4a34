//! What is wrong with a SQL statement, and what to write instead.

use bongsu_model::{Explain, Phrase};

use crate::error::QueryError;
use crate::sql_mistake::SqlMistake;

/// What is wrong with a SQL statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
    /// It is not written as the language wants it. The text holds a caret line.
    #[error("{0}")]
    Syntax(SqlMistake),
    /// No table of it has this column.
    #[error("there is no column `{name}`")]
    NoColumn {
        /// The name that was asked for.
        name: String,
        /// What was perhaps meant, as it must be written.
        similar: Vec<String>,
    },
    /// There is no such function.
    #[error("there is no function `{name}`")]
    NoFunction {
        /// The name that was called.
        name: String,
        /// Functions that were perhaps meant.
        similar: Vec<String>,
    },
    /// A function does not take such arguments.
    #[error("the function cannot be called like this: `{called}`")]
    Arguments {
        /// The function with the types of its arguments.
        called: String,
        /// How it can be called.
        known: Vec<String>,
    },
    /// A text that is compared with a time is none.
    #[error("`{text}` is not a time in SQL")]
    NoTime {
        /// As it was written.
        text: String,
    },
    /// Several statements at once.
    #[error("only one statement can be asked at a time")]
    ManyStatements,
    /// Nothing but space.
    #[error("there is no statement")]
    NoStatement,
    /// Anything else, in the words of the engine below.
    #[error("the SQL cannot be run: {message}")]
    Other {
        /// What is wrong.
        message: String,
    },
}

impl SqlError {
    /// What the engine below tells in these words.
    pub(crate) fn told(message: &str) -> Self {
        Self::arguments(message)
            .or_else(|| Self::no_time(message))
            .unwrap_or_else(|| Self::Other { message: message.to_owned() })
    }

    fn arguments(message: &str) -> Option<Self> {
        let (_, rest) = message.split_once("No function matches the given name and argument types '")?;
        let (called, rest) = rest.split_once('\'')?;
        let (_, known) = rest.split_once("Candidate functions:")?;
        let known = known.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
        Some(Self::Arguments { called: called.to_owned(), known })
    }

    fn no_time(message: &str) -> Option<Self> {
        let (_, rest) = message.split_once("Error parsing timestamp from '")?;
        let (text, _) = rest.split_once("':")?;
        Some(Self::NoTime { text: text.to_owned() })
    }
}

impl From<SqlError> for QueryError {
    fn from(error: SqlError) -> Self {
        Self::Sql(error)
    }
}

/// Names in backticks, `between` them.
pub(crate) fn quoted(names: &[String], between: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(between)
}

impl Explain for SqlError {
    fn id(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "query-sql-syntax",
            Self::NoColumn { .. } => "query-no-column",
            Self::NoFunction { .. } => "query-no-function",
            Self::Arguments { .. } => "query-arguments",
            Self::NoTime { .. } => "query-no-time",
            Self::ManyStatements => "query-many-statements",
            Self::NoStatement => "query-no-statement",
            Self::Other { .. } => "query-sql",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Syntax(mistake) => vec![("position", mistake.column().to_string())],
            Self::NoColumn { name, similar } | Self::NoFunction { name, similar } => {
                vec![("name", name.clone()), ("similar", quoted(similar, ", "))]
            }
            Self::Arguments { called, known } => {
                vec![("called", called.clone()), ("known", quoted(known, ", "))]
            }
            Self::NoTime { text } => vec![("text", text.clone())],
            Self::Other { message } => vec![("message", message.clone())],
            Self::ManyStatements | Self::NoStatement => vec![],
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Syntax(_) => "names with signs or capitals stand in double quotes, texts in single quotes".into(),
            Self::NoColumn { similar, .. } if similar.is_empty() => {
                "`DESCRIBE logs` lists the columns of a table; texts stand in single quotes".into()
            }
            Self::NoFunction { similar, .. } if similar.is_empty() => "`SHOW FUNCTIONS` lists them".into(),
            Self::NoColumn { similar, .. } | Self::NoFunction { similar, .. } => {
                format!("did you mean {}?", quoted(similar, " or "))
            }
            Self::Arguments { known, .. } => {
                format!("it takes {}; `CAST(x AS DOUBLE)` makes a number of a text", quoted(known, ", "))
            }
            Self::NoTime { .. } => "write '2025-06-01', '2025-06-01T12:00:00Z' or now() - INTERVAL '1 hour'".into(),
            Self::ManyStatements => "ask them one after the other, each without `;`".into(),
            Self::NoStatement => "write one, such as SELECT count(*) FROM logs".into(),
            Self::Other { .. } => "`SHOW TABLES` lists the tables, `DESCRIBE logs` the columns of one".into(),
        })
    }

    fn parts(&self) -> Vec<(&'static str, &dyn Phrase)> {
        match self {
            Self::Syntax(mistake) => vec![("found", &mistake.found), ("expected", &mistake.expected)],
            _ => vec![],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_in_few_words_what_the_engine_says_in_many() {
        let message = "Internal error: Function 'sum' failed to match any signature. This issue was likely caused by a \
                       bug. No function matches the given name and argument types 'sum(Utf8View)'. You might need to add \
                       explicit type casts.\n\tCandidate functions:\n\tsum(Int64)\n\tsum(Float64)";
        let error = SqlError::told(message);
        assert_eq!(error.to_string(), "the function cannot be called like this: `sum(Utf8View)`");
        assert!(error.hint().is_some_and(|hint| hint.starts_with("it takes `sum(Int64)`, `sum(Float64)`;")));
        let message =
            "Parser error: Error parsing timestamp from 'yesterday': timestamp must contain at least 10 characters";
        assert_eq!(SqlError::told(message), SqlError::NoTime { text: "yesterday".into() });
        assert_eq!(SqlError::told("Divide by zero error").to_string(), "the SQL cannot be run: Divide by zero error");
    }
}
