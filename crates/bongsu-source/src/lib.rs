//! Inbound: files, folders, standard input and bodies of requests become batches; what has been read is remembered.
//!
//! In: paths ([`gather`], or [`read`] without a store), bodies of requests ([`BodyReader`]), a log home ([`log_home::read_home`]).
//! Out: [`bongsu_model::Batch`]es over [`bongsu_model::Intake`], and a [`Report`] of what was accepted and refused.
//!
//! The guarantee: every line of every file becomes exactly one record or one refused entry, however often and in how many
//! runs a file is read, across growth, rotation, compression and `kill -9`. It holds because how far a file has been read
//! is noted in the same batch as the rows it covers, and because files are known by their content, not by their name.
//!
//! Must never know: how a store keeps batches, a query, a line format's inside.

mod binary;
mod body;
mod checkpoint;
mod collector;
mod copies;
mod decompress;
mod error;
mod families;
mod fingerprint;
mod follow;
mod gathering;
mod identity;
mod inputs;
mod json_array;
pub mod log_home;
mod memory;
mod options;
mod probe;
mod progress;
mod reading;
mod report;
mod stream;
mod window;

pub use body::{BodyKind, BodyPlace, BodyReader, LineError, Piece};
pub use error::SourceError;
pub use gathering::{gather, read};
pub use options::Gather;
pub use progress::{NoProgress, Progress, ProgressState};
pub use report::{InputRefused, Report};

#[cfg(test)]
mod tests;
