//! The commands: one file each, with its arguments, what it does, and its tests.

pub(crate) mod analyze;
pub(crate) mod check;
pub(crate) mod completion;
pub(crate) mod config;
pub(crate) mod delete;
pub(crate) mod help;
pub(crate) mod ingest;
pub(crate) mod limit;
pub(crate) mod patterns;
mod records;
pub(crate) mod refused;
pub(crate) mod report;
pub(crate) mod search;
pub(crate) mod serve;
pub(crate) mod sql;
pub(crate) mod stats;
pub(crate) mod tail;
mod window;
