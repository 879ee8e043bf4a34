//! What a query sees: files and live rows of a dataset at one moment.

use std::fmt::Debug;
use std::ops::Range;
use std::path::PathBuf;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bongsu_model::{Dataset, TimeRange};

use crate::{StoreError, SumsPlace};

/// Something that has datasets to query: a [`crate::Store`], a [`crate::Reader`] or [`crate::MemoryTables`].
pub trait Tables: Send + Sync + Debug {
    /// The datasets there are, in the order of their names.
    fn datasets(&self) -> Result<Vec<Dataset>, StoreError>;

    /// What `dataset` holds now. Every row is in it once, in a file or live.
    fn snapshot(&self, dataset: &Dataset) -> Result<Snapshot, StoreError>;
}

/// A dataset at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// All core columns, then the users' columns. A file may lack some of them: they are null there.
    pub schema: SchemaRef,
    /// Parquet files.
    pub files: Vec<DataFile>,
    /// Rows that are not in a file yet, each batch in `schema`, in the order they came.
    pub live: Vec<RecordBatch>,
}

/// One Parquet file of a dataset. Its row groups follow each other in time; rows of a group lie as its index says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// Rows.
    pub rows: u64,
    /// Bytes that the rows had as they came in; 0 when that is not known.
    pub raw_bytes: u64,
    /// The first and the last `time` in it, when known; whole microseconds, the last one with all its nanoseconds.
    pub time: Option<TimeRange>,
    /// Where in the file the directory of its index lies ([`bongsu_index::decode_directory`]); none when it has none.
    pub index: Option<Range<u64>>,
    /// Where in the file its checksums lie ([`crate::Sums`]); none when it has none.
    pub sums: Option<SumsPlace>,
}

impl Snapshot {
    /// Rows in files and live rows together.
    pub fn rows(&self) -> u64 {
        let live: usize = self.live.iter().map(RecordBatch::num_rows).sum();
        self.files.iter().map(|file| file.rows).sum::<u64>() + live as u64
    }
}
