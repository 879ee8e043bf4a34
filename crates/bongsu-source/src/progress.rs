//! How a caller watches a gathering.

use std::path::Path;

/// Told now and then how far a gathering is. Called from the reading thread: return quickly.
pub trait Progress: Sync {
    /// The state after another piece was read.
    fn update(&self, state: &ProgressState<'_>);
}

/// How far a gathering is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgressState<'a> {
    /// Bytes of the inputs that are behind, as they lie on disk (compressed files count compressed).
    pub bytes_done: u64,
    /// Bytes of all inputs on disk; none when an input is a stream or files are followed.
    pub bytes_total: Option<u64>,
    /// The input being read.
    pub current: &'a Path,
    /// Records read so far.
    pub rows: u64,
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn update(&self, _state: &ProgressState<'_>) {}
}
