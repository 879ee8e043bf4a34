//! A log home: one directory with `app/` and at least one of `error/ performance/ system/ audit/`, in which one record can
//! lie in several files.

use std::path::{Path, PathBuf};

use bongsu_model::Clock;

use crate::{Gather, Report, SourceError};

/// Which records of a log home are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Records under `error/`, rotated and archived ones included.
    Errors,
    /// Records under `performance/`, rotated and archived ones included.
    Performance,
    /// Every record, copies once.
    All,
}

/// Reads the log home `dir` directly, without a store, and hands its rows to `rows` in batches. Copies of a record in
/// several files come once. A folder that is no log home is read whole.
pub fn read_home(
    dir: &Path,
    part: Part,
    options: &Gather,
    clock: &dyn Clock,
    rows: &mut dyn FnMut(arrow::record_batch::RecordBatch),
) -> Result<Report, SourceError> {
    let _ = (part, options, clock, rows);
    Err(SourceError::BadFolder { path: PathBuf::from(dir), reason: "not read".into() })
}
