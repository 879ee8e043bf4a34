//! Keeps rows: a write-ahead log, live rows in memory, a Delta table of Parquet files for each dataset.
//!
//! In: [`bongsu_model::Batch`]es over [`bongsu_model::Intake`]. Out: [`Snapshot`]s, which are files and live rows that a
//! query engine reads.
//!
//! Must never know: a line format, a protocol, a query language, DataFusion.

mod check;
mod config;
mod conform;
mod error;
mod memory;
mod names;
mod reader;
mod refused;
mod snapshot;
mod stats;
mod store;

pub use check::{CheckOptions, CheckReport, Problem, check};
pub use config::{CompactionConfig, Retention, StoreConfig};
pub use error::StoreError;
pub use memory::MemoryTables;
pub use reader::Reader;
pub use refused::{RefusedFilter, RefusedLine, RefusedLines, refused};
pub use snapshot::{DataFile, Snapshot, Tables};
pub use stats::{DatasetStats, StoreStats, stats};
pub use store::{Maintenance, Store};
