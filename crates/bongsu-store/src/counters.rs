//! What a store has done since it was opened: how often it waited for the disk, and how many bytes each step wrote.
//!
//! The bytes of the log, of flushes and of compactions, each divided by the bytes that came in, are the write
//! amplification.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::action::Add;

/// Counts that only grow, each independent of the others.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    wal_fsyncs: AtomicU64,
    wal_bytes: AtomicU64,
    flush: Written,
    compaction: Written,
    refused: AtomicU64,
}

/// What one kind of step wrote into tables.
#[derive(Debug, Default)]
struct Written {
    times: AtomicU64,
    files: AtomicU64,
    bytes: AtomicU64,
}

/// What a store has done since it was opened, and how it is now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreCounts {
    /// How often the write-ahead log was made durable.
    pub wal_fsyncs: u64,
    /// Bytes appended to the write-ahead log.
    pub wal_bytes: u64,
    /// What flushes wrote: live rows that came to files.
    pub flush: WrittenCounts,
    /// What compactions wrote: files merged into fewer.
    pub compaction: WrittenCounts,
    /// Refused lines that were kept.
    pub refused: u64,
    /// Bytes of rows in memory.
    pub live_bytes: u64,
    /// Whether a failed write stopped the store from taking data.
    pub poisoned: bool,
}

/// What one kind of step wrote into tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WrittenCounts {
    /// How often.
    pub times: u64,
    /// Files.
    pub files: u64,
    /// Bytes of those files.
    pub bytes: u64,
}

fn add(counter: &AtomicU64, more: u64) {
    counter.fetch_add(more, Ordering::Relaxed);
}

impl Written {
    fn add(&self, files: &[Add]) {
        add(&self.times, 1);
        add(&self.files, files.len() as u64);
        add(&self.bytes, files.iter().map(|file| file.size.unsigned_abs()).sum());
    }

    fn now(&self) -> WrittenCounts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        WrittenCounts { times: of(&self.times), files: of(&self.files), bytes: of(&self.bytes) }
    }
}

impl Counters {
    /// The write-ahead log was made durable.
    pub(crate) fn synced(&self) {
        add(&self.wal_fsyncs, 1);
    }

    /// Bytes were appended to the write-ahead log.
    pub(crate) fn logged(&self, bytes: u64) {
        add(&self.wal_bytes, bytes);
    }

    /// A flush wrote these files.
    pub(crate) fn flushed(&self, files: &[Add]) {
        self.flush.add(files);
    }

    /// A compaction wrote these files.
    pub(crate) fn compacted(&self, files: &[Add]) {
        self.compaction.add(files);
    }

    /// Refused lines became durable.
    pub(crate) fn refused(&self, lines: u64) {
        add(&self.refused, lines);
    }

    /// The counts so far; how the store is now is for the caller to add.
    pub(crate) fn now(&self) -> StoreCounts {
        StoreCounts {
            wal_fsyncs: self.wal_fsyncs.load(Ordering::Relaxed),
            wal_bytes: self.wal_bytes.load(Ordering::Relaxed),
            flush: self.flush.now(),
            compaction: self.compaction.now(),
            refused: self.refused.load(Ordering::Relaxed),
            ..StoreCounts::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_bytes_is_counted_for_itself() {
        let counters = Counters::default();
        let files = |sizes: &[i64]| sizes.iter().map(|size| Add { size: *size, ..Add::default() }).collect::<Vec<_>>();
        counters.flushed(&files(&[10, 20]));
        counters.flushed(&files(&[]));
        counters.compacted(&files(&[25]));
        counters.logged(7);
        counters.synced();
        counters.refused(3);
        let counts = counters.now();
        assert_eq!(counts.flush, WrittenCounts { times: 2, files: 2, bytes: 30 });
        assert_eq!(counts.compaction, WrittenCounts { times: 1, files: 1, bytes: 25 });
        assert_eq!((counts.wal_bytes, counts.wal_fsyncs, counts.refused), (7, 1, 3));
    }
}
