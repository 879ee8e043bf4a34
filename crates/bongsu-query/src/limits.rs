//! How much one question may cost.

use std::path::PathBuf;
use std::time::Duration;

use crate::memory::Heap;

/// How much one question may cost, and what the engine keeps between questions.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of memory that sorting, grouping and joining of all requests together may take before they go to disk. 256 MiB.
    pub memory: usize,
    /// What the process holds, and past how much of it a request is stopped; not looked at when none.
    pub heap: Option<Heap>,
    /// How long one request may take, the time in which its reader is slow not counted. 60 s.
    pub time: Duration,
    /// Where intermediate results go that do not fit in memory; the system's folder for temporary files when none.
    pub spill: Option<PathBuf>,
    /// Bytes that intermediate results may take on disk. 10 GiB.
    pub spill_bytes: u64,
    /// Bytes of Parquet footers kept for all requests. 128 MiB.
    pub footers: usize,
    /// Bytes of the files' indexes kept for all requests. 64 MiB.
    pub indexes: usize,
    /// Threads that one request may use; the machine's cores when none.
    pub threads: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 256 << 20,
            heap: None,
            time: Duration::from_mins(1),
            spill: None,
            spill_bytes: 10 << 30,
            footers: 128 << 20,
            indexes: 64 << 20,
            threads: None,
        }
    }
}
