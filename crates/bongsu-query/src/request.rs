//! What a search is asked with, and what it finds.

use bongsu_model::{Clock, Dataset, SystemClock, TimeRange, Timestamp};
use datafusion::execution::SendableRecordBatchStream;
use jiff::tz::TimeZone;

/// A search in one dataset.
///
/// ```
/// use bongsu_query::SearchRequest;
///
/// let request = SearchRequest { limit: Some(10), ..SearchRequest::new("level:error timeout") };
/// assert_eq!(request.dataset.as_str(), "logs");
/// ```
#[derive(Debug, Clone)]
pub struct SearchRequest {
    /// What to find, in the language of [`crate::parse`]; empty or `*` finds everything.
    pub query: String,
    /// Times to look in, both ends in.
    pub range: TimeRange,
    /// Rows to return at most; all of them when none.
    pub limit: Option<usize>,
    /// Where to look.
    pub dataset: Dataset,
    /// Rows before and behind each hit to return with it, at most 1,000, around at most 1,000 hits: the lines next to it
    /// in the file it was gathered from, else those of the same host, logger and service. The column `_context` is true
    /// in those rows and false in hits; without context there is no such column.
    pub context: usize,
    /// The zone of times in the query that name none.
    pub zone: TimeZone,
    /// What `now` in the query means.
    pub now: Timestamp,
}

impl SearchRequest {
    /// A search for `query` in all times of the default dataset, without a limit, in the machine's time zone.
    pub fn new(query: impl Into<String>) -> Self {
        Self {
            query: query.into(),
            range: TimeRange::ALL,
            limit: None,
            dataset: Dataset::default(),
            context: 0,
            zone: TimeZone::system(),
            now: SystemClock.now(),
        }
    }
}

/// Something about a search that its author should know although it ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchNote {
    /// No record of the dataset has this field, so the condition matches nothing.
    UnknownField {
        /// The field as it was written.
        field: String,
        /// Fields that were perhaps meant.
        similar: Vec<String>,
    },
    /// The field holds numbers only, so the condition matches nothing.
    NoNumber {
        /// The field as it was written.
        field: String,
        /// What it was to be equal to.
        value: String,
    },
}

impl std::fmt::Display for SearchNote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (field, similar) = match self {
            Self::UnknownField { field, similar } => (field, similar),
            Self::NoNumber { field, value } => return write!(f, "`{field}` holds numbers, and `{value}` is none"),
        };
        write!(f, "no record has the field `{field}`")?;
        match similar.split_first() {
            None => Ok(()),
            Some((first, rest)) => {
                write!(f, "; did you mean `{first}`")?;
                for name in rest {
                    write!(f, " or `{name}`")?;
                }
                f.write_str("?")
            }
        }
    }
}

/// What a search found.
pub struct Found {
    /// The rows, newest first.
    pub rows: SendableRecordBatchStream,
    /// What its author should know.
    pub notes: Vec<SearchNote>,
}
