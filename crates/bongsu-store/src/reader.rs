//! Reading a data directory without writing to it.

use std::path::Path;

use bongsu_model::Dataset;

use crate::{Snapshot, StoreError, Tables};

/// Reads a data directory, also while a [`crate::Store`] writes to it.
#[derive(Debug)]
pub struct Reader {}

impl Reader {
    /// Opens the data directory at `data`.
    pub fn open(data: &Path) -> Result<Self, StoreError> {
        Err(StoreError::NotAStore { path: data.to_owned() })
    }
}

impl Tables for Reader {
    fn datasets(&self) -> Result<Vec<Dataset>, StoreError> {
        Ok(vec![])
    }

    fn snapshot(&self, dataset: &Dataset) -> Result<Snapshot, StoreError> {
        Err(StoreError::UnknownDataset { dataset: dataset.clone() })
    }
}
