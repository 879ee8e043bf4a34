//! Inbound: files, folders, standard input and bodies of requests become batches; what has been read is remembered.
//!
//! In: paths ([`gather`]), bytes ([`batch_from_bytes`]), a log home ([`log_home::read_home`]). Out: [`bongsu_model::Batch`]es
//! over [`bongsu_model::Intake`], and a [`Report`] of what was accepted and refused.
//!
//! The guarantee: every line of every file becomes exactly one record or one refused entry, however often and in how many
//! runs a file is read, across growth, rotation, compression and `kill -9`. It holds because how far a file has been read
//! is noted in the same batch as the rows it covers, and because files are known by their content, not by their name.
//!
//! Must never know: how a store keeps batches, a query, a line format's inside.

mod body;
mod error;
pub mod log_home;
mod options;
mod progress;
mod report;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use bongsu_model::{Clock, Intake};

pub use body::{Body, BodyKind, LineError, batch_from_bytes};
pub use error::SourceError;
pub use options::Gather;
pub use progress::{NoProgress, Progress, ProgressState};
pub use report::{InputRefused, Report};

/// Gathers files, folders, patterns and standard input (`-`) into `intake`.
///
/// Every path must exist, else nothing is read. What cannot be read is counted in the report and the rest goes on.
/// Raising `stop` ends the gathering at the next record; what was read until then is kept and reported.
pub fn gather(
    paths: &[PathBuf],
    options: &Gather,
    intake: &dyn Intake,
    clock: &dyn Clock,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<Report, SourceError> {
    let _ = (paths, options, intake, clock, progress, stop);
    Err(SourceError::NoInput)
}
