//! What every part of bongsu agrees on: the record, its levels, times and values, and the columns it is stored in.
//!
//! In: nothing. Out: plain types. With the feature `arrow` also [`BatchBuilder`], which turns records into Arrow
//! batches, and [`Intake`], the trait over which sources hand batches to a store.
//!
//! Must never know: files, sockets, the clock of the machine (other than through [`Clock`]), a line format, a query.

mod clock;
mod dataset;
mod explain;
mod level;
mod record;
mod refusal;
mod time;

#[cfg(feature = "arrow")]
mod batch;
#[cfg(feature = "arrow")]
pub mod column;
#[cfg(feature = "arrow")]
mod intake;
#[cfg(feature = "arrow")]
mod repeated;

/// The folder beside log files in which the logging SDK keeps lines that are not in them yet. Nothing in it is a log.
pub const JOURNALS: &str = ".bongsu";

pub use clock::{Clock, FixedClock, SystemClock};
pub use dataset::{Dataset, DatasetError};
pub use explain::{Explain, Phrase};
pub use level::{Level, UnknownLevel};
pub use record::{Record, Value};
pub use refusal::Refusal;
pub use time::{TimeRange, Timestamp};

#[cfg(feature = "arrow")]
pub use batch::{Batch, BatchBuilder, Refused};
#[cfg(feature = "arrow")]
pub use intake::{Acked, Intake, IntakeError, Note, NotedPair};
