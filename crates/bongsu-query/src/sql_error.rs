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
    /// A column stands beside an aggregate, but its rows are not grouped by it.
    #[error("`{column}` stands neither in GROUP BY nor in an aggregate function")]
    NotGrouped {
        /// The column, perhaps with its table.
        column: String,
    },
    /// Several tables have this column.
    #[error("several tables have the column `{column}`")]
    Ambiguous {
        /// The column.
        column: String,
    },
    /// Rows are to be left out by what is only known of groups.
    #[error("WHERE cannot use aggregate functions")]
    AggregateInWhere,
    /// A text that is to be a number, a time or a truth value is none.
    #[error("`{text}` cannot be made a value of type {kind}")]
    Cast {
        /// The text.
        text: String,
        /// The type's name.
        kind: String,
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
        let known = [Self::arguments, Self::not_grouped, Self::ambiguous, Self::cast, Self::no_time];
        known
            .iter()
            .find_map(|known| known(message))
            .or_else(|| message.starts_with("Aggregate functions are not allowed in").then_some(Self::AggregateInWhere))
            .unwrap_or_else(|| Self::Other { message: message.to_owned() })
    }

    fn not_grouped(message: &str) -> Option<Self> {
        let (before, _) = message.split_once("\" must appear in the GROUP BY clause")?;
        let (_, column) = before.rsplit_once("column \"")?;
        Some(Self::NotGrouped { column: column.to_owned() })
    }

    fn ambiguous(message: &str) -> Option<Self> {
        let column = message.strip_prefix("Ambiguous reference to unqualified field ")?;
        Some(Self::Ambiguous { column: column.trim_matches('"').to_owned() })
    }

    fn cast(message: &str) -> Option<Self> {
        let (_, rest) = message.split_once("Cannot cast string '")?;
        let (text, kind) = rest.rsplit_once("' to value of ")?;
        Some(Self::Cast { text: text.to_owned(), kind: kind.trim_end_matches(" type").to_owned() })
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
            Self::NotGrouped { .. } => "query-not-grouped",
            Self::Ambiguous { .. } => "query-ambiguous",
            Self::AggregateInWhere => "query-aggregate-in-where",
            Self::Cast { .. } => "query-cast",
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
            Self::NotGrouped { column } | Self::Ambiguous { column } => vec![("column", column.clone())],
            Self::Cast { text, kind } => vec![("text", text.clone()), ("kind", kind.clone())],
            Self::AggregateInWhere | Self::ManyStatements | Self::NoStatement => vec![],
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
            Self::NotGrouped { column } => format!("write GROUP BY {column}, or for example max({column})"),
            Self::Ambiguous { column } => format!("write the table or its alias before it, as in a.{column}"),
            Self::AggregateInWhere => "write the condition behind HAVING, after GROUP BY".into(),
            Self::Cast { .. } => {
                "compare a text with a text; TRY_CAST(x AS DOUBLE) gives null for what is no number".into()
            }
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
        let message = "Column in SELECT must be in GROUP BY or an aggregate function: While expanding wildcard, column \
                       \"logs.message\" must appear in the GROUP BY clause or must be part of an aggregate function, \
                       currently only \"count(Int64(1))\" appears in the SELECT clause satisfies this requirement";
        assert_eq!(SqlError::told(message), SqlError::NotGrouped { column: "logs.message".into() });
        let message = "Ambiguous reference to unqualified field level";
        assert_eq!(SqlError::told(message), SqlError::Ambiguous { column: "level".into() });
        let message = "Cast error: Cannot cast string 'a' to b' to value of Int64 type";
        assert_eq!(SqlError::told(message), SqlError::Cast { text: "a' to b".into(), kind: "Int64".into() });
        let message = "Aggregate functions are not allowed in the WHERE clause. Consider using HAVING instead";
        assert_eq!(SqlError::told(message), SqlError::AggregateInWhere);
        assert_eq!(SqlError::told("Divide by zero error").to_string(), "the SQL cannot be run: Divide by zero error");
    }
}
