//! What can be set about a store. Every field has a default.

use std::collections::BTreeMap;
use std::time::Duration;

use bongsu_model::Dataset;

/// Settings of a [`crate::Store`].
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// Bytes of a write-ahead log segment before the next one is begun. Default 64 MiB.
    pub segment_bytes: u64,
    /// Bytes in memory of a dataset's live rows before they are written out. Default 72 MiB.
    pub seal_bytes: usize,
    /// Live rows of a dataset before they are written out: those of a row group. Default 131,072.
    pub seal_rows: usize,
    /// How long a row may stay in memory before it is written out. Default 30 s.
    pub seal_age: Duration,
    /// Bytes in memory of all live rows, those being written out included. Default 88 MiB.
    pub memory_bytes: usize,
    /// How long a submitter waits for memory before it is told to come again. Default 2 s.
    pub busy_after: Duration,
    /// How often a background thread runs [`crate::Store::maintain`]; none runs it only when asked. Default none.
    pub maintain_every: Option<Duration>,
    /// Files that compaction or retention removed from the table stay on disk this long. Default 10 min.
    pub grace: Duration,
    /// Delta commits of a dataset between two checkpoints. Default 50.
    pub checkpoint_every: u64,
    /// Compaction's limits.
    pub compaction: CompactionConfig,
    /// How long rows are kept, for datasets not named in `retention_of`. Default: for ever.
    pub retention: Retention,
    /// How long rows are kept, dataset by dataset.
    pub retention_of: BTreeMap<Dataset, Retention>,
    /// How long a clock that jumped ahead by more than a day is watched before retention by age believes it. Default 1 h.
    pub clock_hold: Duration,
    /// Bytes of refused lines that are kept; the oldest days go first. Default 1 GiB.
    pub refused_bytes: u64,
    /// Address of the server that this process runs, told to those who find the store locked.
    pub server: Option<String>,
}

/// Limits of compaction.
#[derive(Debug, Clone)]
pub struct CompactionConfig {
    /// Rows of a file past which it is left alone. Default 1,048,576.
    pub target_rows: u64,
    /// Bytes of a file past which it is left alone. Default 128 MiB.
    pub target_bytes: u64,
    /// Small files of one day that make merging worth while. Default 4.
    pub min_files: usize,
    /// Bytes of memory that merging, and writing files again without deleted rows, may take: four times what a row group may
    /// have. Default 384 MiB.
    pub memory: usize,
    /// zstd level of files. Default 1: on sorted rows level 3 gives larger files, and takes longer.
    pub zstd_level: i32,
}

/// What is removed when it gets old or too much. Only whole files go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// Rows older than this are removed; none keeps them for ever.
    pub age: Option<Duration>,
    /// Stored bytes past which the oldest files are removed; none sets no limit.
    pub bytes: Option<u64>,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            segment_bytes: 64 << 20,
            seal_bytes: 72 << 20,
            seal_rows: 131_072,
            seal_age: Duration::from_secs(30),
            memory_bytes: 88 << 20,
            busy_after: Duration::from_secs(2),
            maintain_every: None,
            grace: Duration::from_mins(10),
            checkpoint_every: 50,
            compaction: CompactionConfig::default(),
            retention: Retention::default(),
            retention_of: BTreeMap::new(),
            clock_hold: Duration::from_hours(1),
            refused_bytes: 1 << 30,
            server: None,
        }
    }
}

impl Default for CompactionConfig {
    fn default() -> Self {
        Self { target_rows: 1 << 20, target_bytes: 128 << 20, min_files: 4, memory: 384 << 20, zstd_level: 1 }
    }
}

impl StoreConfig {
    /// How long `dataset` keeps its rows.
    pub fn retention_of(&self, dataset: &Dataset) -> Retention {
        self.retention_of.get(dataset).copied().unwrap_or(self.retention)
    }
}
