//! Records on their way to a server: a spool on disk, and a thread that sends what is in it.
//!
//! **The guarantee.** When a call that logs comes back, the record is in a file of the spool: the death of the process, however it
//! comes, does not take it. It stays there until the server has answered that it has it, across restarts of both. A bongsu
//! server keeps it once. The program is never held up longer than [`WhenFull`] says, and never by the network. The spool
//! has a limit; what is lost to it is counted.
//!
//! **What survives a loss of power** is what the file system had written by itself, as with log files, and all of a request
//! that was begun.
//!
//! ```text
//! <spool>/                              default: .bongsu/ship in the log home
//!   <time>-<process>-<chance>/          a lane: written by one process, sent by it or by one after it
//!     lock                              held by its owner for life
//!     cursor                            how far it was sent, and what is being sent
//!     00000000.seg …                    records: JSON, a blank, a checksum; one a line
//!   refused.jsonl                       records that the server will not have, with its reasons
//! ```

mod backoff;
mod batch;
mod body;
mod counters;
mod cursor;
mod lane;
mod line;
mod options;
mod otlp;
mod post;
mod process;
mod refused;
mod segment;
mod sender;
#[cfg(feature = "config")]
mod settings;
mod shipper;
mod spool;
mod verdict;

#[cfg(test)]
mod tests;

pub use counters::ShipStats;
pub use options::{Packing, Protocol, Ship, Token, UnknownWord, WhenFull};
#[cfg(feature = "config")]
pub(crate) use settings::{OPTIONS, takes};
pub use shipper::Shipper;
