//! The one writer of a data directory.

use std::path::Path;
use std::sync::Arc;

use bongsu_model::{Acked, Batch, Clock, Dataset, Intake, IntakeError};

use crate::{Snapshot, StoreConfig, StoreError, Tables};

/// The one writer of a data directory.
#[derive(Debug)]
pub struct Store {}

/// What one round of [`Store::maintain`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Maintenance {
    /// Files that were merged into fewer.
    pub merged_files: u64,
    /// Files that merging made.
    pub made_files: u64,
    /// Files that retention took out.
    pub expired_files: u64,
    /// Rows in them.
    pub expired_rows: u64,
    /// Files deleted from the disk.
    pub deleted_files: u64,
}

impl Store {
    /// Opens the store.
    pub fn open(data: &Path, _config: StoreConfig, _clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        Err(StoreError::NotAStore { path: data.to_owned() })
    }

    /// Flushes.
    pub fn flush(&self) -> Result<(), StoreError> {
        Err(StoreError::Closed)
    }

    /// One round of maintenance.
    pub fn maintain(&self) -> Result<Maintenance, StoreError> {
        Err(StoreError::Closed)
    }

    /// Closes.
    pub fn close(self) -> Result<(), StoreError> {
        Err(StoreError::Closed)
    }

    /// Forgets notes.
    pub fn forget_notes(&self, _table: &'static str, _keys: &[Vec<u8>]) -> Result<(), StoreError> {
        Err(StoreError::Closed)
    }
}

impl Intake for Store {
    fn submit(&self, _batch: Batch) -> Result<Acked, IntakeError> {
        Err(IntakeError::Refused(Box::new(StoreError::Closed)))
    }

    fn note(&self, _table: &str, _key: &[u8]) -> Result<Option<Vec<u8>>, IntakeError> {
        Ok(None)
    }

    fn notes(&self, _table: &str, _prefix: &[u8]) -> Result<Vec<bongsu_model::NotedPair>, IntakeError> {
        Ok(vec![])
    }
}

impl Tables for Store {
    fn datasets(&self) -> Result<Vec<Dataset>, StoreError> {
        Ok(vec![])
    }

    fn snapshot(&self, dataset: &Dataset) -> Result<Snapshot, StoreError> {
        Err(StoreError::UnknownDataset { dataset: dataset.clone() })
    }
}
