//! Keeps rows: a write-ahead log, live rows in memory, a Delta table of Parquet files for each dataset.
//!
//! In: [`bongsu_model::Batch`]es over [`bongsu_model::Intake`]. Out: [`Snapshot`]s, which are files and live rows that a
//! query engine reads.
//!
//! A batch's way: [`Store`] gives its columns their final names (`names`, `conform`), its frame is made (`frame`) and
//! written with those of others (`commit`, `wal`), its rows are then live (`live`, `shared`), come to files (`flush`,
//! `partition`, `parquet`) and into the table (`delta`, `action`, `checkpoint`), and are merged and expire there
//! (`compact`, `merge`, `maintain`) or are deleted (`delete`). `recover` takes it back from the log after a crash.
//!
//! Must never know: a line format, a protocol, a query language, `DataFusion`.

mod action;
mod check;
mod checkpoint;
mod commit;
mod compact;
mod config;
mod conform;
mod counters;
mod damage;
mod day;
mod delete;
mod delta;
mod disk;
mod error;
mod flush;
mod format;
mod frame;
mod index;
mod layout;
mod live;
mod lock;
mod maintain;
mod memory;
mod merge;
mod meta;
mod names;
mod parquet;
mod partition;
mod reader;
mod rebuild;
mod recover;
mod refused;
mod repair;
mod segment;
mod shared;
mod snapshot;
mod stats;
mod store;
mod sums;
mod wal;
mod watch;
mod weight;

#[cfg(test)]
mod tests;

pub use check::{CheckOptions, CheckReport, Problem, check};
pub use config::{CompactionConfig, Retention, StoreConfig};
pub use counters::{StoreCounts, WrittenCounts};
pub use damage::{Damage, WayOut};
pub use delete::{DeleteError, Deleted, Deletion};
pub use error::StoreError;
pub use index::IndexFile;
pub use memory::MemoryTables;
pub use reader::Reader;
pub use recover::LogDamage;
pub use refused::{RefusedFilter, RefusedLine, RefusedLines, refused, refused_dropped};
pub use snapshot::{DataFile, Snapshot, Tables};
pub use stats::{DatasetStats, StoreStats, stats};
pub use store::{Maintenance, Store};
pub use sums::{Sums, SumsPlace};
