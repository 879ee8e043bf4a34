//! What became of the records that were handed over.

use std::sync::atomic::{AtomicU64, Ordering};

/// The counts of one process since it began to ship.
///
/// Each record that was handed over is in one of `sent`, `refused`, `damaged`, `dropped_oldest`, `dropped_newest` and `failed`,
/// or in the spool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShipStats {
    /// Records that were handed over.
    pub handed: u64,
    /// Records that the server has, those that this process took over from dead ones too.
    pub sent: u64,
    /// Requests that were sent again.
    pub retried: u64,
    /// Records that the server refused for good; they stand in the spool's `refused.jsonl` with the reason.
    pub refused: u64,
    /// Lines of the spool that could not be read back; they stand in `refused.jsonl` too.
    pub damaged: u64,
    /// Old records that went to make room.
    pub dropped_oldest: u64,
    /// Records for which there was no room.
    pub dropped_newest: u64,
    /// Records that could not be written to the spool, or came after the end.
    pub failed: u64,
    /// Times that the program waited for room.
    pub blocked: u64,
    /// Bytes in the spool that are still to be sent.
    pub spooled_bytes: u64,
}

/// Counts that grow.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) handed: AtomicU64,
    pub(super) sent: AtomicU64,
    pub(super) retried: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) damaged: AtomicU64,
    pub(super) dropped_oldest: AtomicU64,
    pub(super) dropped_newest: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) blocked: AtomicU64,
}

/// Adds to a count.
pub(super) fn add(counter: &AtomicU64, more: u64) {
    counter.fetch_add(more, Ordering::Relaxed);
}

impl Counters {
    pub(super) fn read(&self, spooled_bytes: u64) -> ShipStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ShipStats {
            handed: read(&self.handed),
            sent: read(&self.sent),
            retried: read(&self.retried),
            refused: read(&self.refused),
            damaged: read(&self.damaged),
            dropped_oldest: read(&self.dropped_oldest),
            dropped_newest: read(&self.dropped_newest),
            failed: read(&self.failed),
            blocked: read(&self.blocked),
            spooled_bytes,
        }
    }
}
