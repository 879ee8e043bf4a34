//! Verifying a data directory, and repairing what can be repaired.

use std::path::{Path, PathBuf};

use crate::StoreError;

/// What [`check`] is to do.
#[derive(Debug, Clone, Copy, Default)]
pub struct CheckOptions {
    /// Decode every row of every file, not only checksums and footers.
    pub deep: bool,
    /// Set damage aside, so that everything else can be read. Needs the writer's lock.
    pub repair: bool,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub what: String,
    /// What to do, or what was done.
    pub way_out: String,
    /// Whether `repair` mended it.
    pub repaired: bool,
}

/// What [`check`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// Data files that were looked at.
    pub files: u64,
    /// Frames of the write-ahead log that were looked at.
    pub frames: u64,
    /// Rows, in files and in the write-ahead log.
    pub rows: u64,
    /// Bytes that were read.
    pub bytes: u64,
}

impl CheckReport {
    /// Whether nothing is wrong, or all of it was repaired.
    pub fn is_sound(&self) -> bool {
        self.problems.iter().all(|problem| problem.repaired)
    }
}

/// Verifies every file of the data directory `data`.
pub fn check(data: &Path, options: CheckOptions) -> Result<CheckReport, StoreError> {
    let _ = options;
    Err(StoreError::NotAStore { path: data.to_owned() })
}
