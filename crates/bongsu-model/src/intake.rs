//! How sources hand batches to a store, and what "acknowledged" means.

use crate::{Batch, Explain};

/// A small fact that becomes durable together with the rows it goes with: how far a file has been read, which
/// idempotency key was answered how. Keys are unique inside a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Which kind of fact, such as `files`.
    pub table: &'static str,
    /// The fact's key.
    pub key: Vec<u8>,
    /// The fact; an empty value removes the key.
    pub value: Vec<u8>,
}

/// Proof that a batch is on disk: only a store makes one, after fsync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "an acknowledgement is the only proof that the rows are on disk"]
pub struct Acked {
    /// Rows that were kept.
    pub rows: u64,
    /// The number of the write-ahead log's frame that holds them.
    pub frame: u64,
}

/// Why a store did not take a batch. None of its rows is kept then.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The store is full for now; the same batch may be sent again after `retry_after_ms` milliseconds.
    #[error("the store cannot keep up with what comes in; try again in {retry_after_ms} ms")]
    Busy {
        /// Milliseconds to wait.
        retry_after_ms: u64,
    },
    /// The store will not take this batch however often it is sent, until the cause is mended.
    #[error("{0}")]
    Refused(Box<dyn Explain + Send + Sync>),
}

/// A key and its value, as [`Intake::notes`] lists them.
pub type NotedPair = (Vec<u8>, Vec<u8>);

/// Something that keeps batches: the store, or a stand-in for it in a test.
pub trait Intake: Send + Sync {
    /// Keeps the rows, the refused lines and the notes of `batch`, all or none, and returns once they are on disk.
    fn submit(&self, batch: Batch) -> Result<Acked, IntakeError>;

    /// The value that was last noted under `key`.
    fn note(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, IntakeError>;

    /// Every key of `table` that begins with `prefix`, with its value, in the order of the keys.
    fn notes(&self, table: &str, prefix: &[u8]) -> Result<Vec<NotedPair>, IntakeError>;
}
