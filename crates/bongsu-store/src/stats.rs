//! How much a data directory holds.

use std::path::Path;

use bongsu_model::{Dataset, TimeRange};

use crate::StoreError;

/// What a dataset holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetStats {
    /// Its name.
    pub dataset: Dataset,
    /// Rows, in files and live.
    pub rows: u64,
    /// Bytes that the rows had as they came in.
    pub raw_bytes: u64,
    /// Bytes of its files.
    pub stored_bytes: u64,
    /// Number of its files.
    pub files: u64,
    /// Rows that are in the write-ahead log only.
    pub live_rows: u64,
    /// First and last time; none when there are no rows.
    pub time: Option<TimeRange>,
}

/// What a data directory holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoreStats {
    /// Each dataset, by name.
    pub datasets: Vec<DatasetStats>,
    /// Bytes of the write-ahead log.
    pub wal_bytes: u64,
    /// Bytes of refused lines.
    pub refused_bytes: u64,
}

/// Counts what the data directory `data` holds. Works beside a running writer.
pub fn stats(data: &Path) -> Result<StoreStats, StoreError> {
    Err(StoreError::NotAStore { path: data.to_owned() })
}
