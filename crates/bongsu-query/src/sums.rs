//! The checksums of files, kept between questions: a block that one question has read and found sound is not summed again.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bongsu_store::{DataFile, StoreError, Sums};

use crate::error::QueryError;

/// Files whose checksums are kept; past that all are read anew.
const MAX_FILES: usize = 4_096;

/// The checksums of the files that were read.
#[derive(Debug, Default)]
pub(crate) struct KnownSums(Mutex<HashMap<PathBuf, Arc<Sums>>>);

impl KnownSums {
    /// The checksums of `file`; none when it has none.
    pub(crate) fn of(&self, file: &DataFile) -> Option<Arc<Sums>> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = files.get(&file.path) {
            return Some(Arc::clone(known));
        }
        let sums = Arc::new(Sums::of(file)?);
        if files.len() >= MAX_FILES {
            files.clear();
        }
        files.insert(file.path.clone(), Arc::clone(&sums));
        Some(sums)
    }
}

/// What the store says of a file, in the words of this crate.
pub(crate) fn damaged(error: StoreError) -> QueryError {
    match error {
        StoreError::Damaged { path, what } => QueryError::DamagedFile { path, reason: what.to_string() },
        StoreError::Io { path, source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            QueryError::DamagedFile { path, reason: "it is missing".to_owned() }
        }
        StoreError::Io { path, source, .. } => QueryError::DamagedFile { path, reason: source.to_string() },
        other => QueryError::Store(other),
    }
}
