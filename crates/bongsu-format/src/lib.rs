//! Line formats: bytes become records, records become lines.
//!
//! In: the bytes of a log file or of a request, in pieces of any size ([`Parser`]). Out: [`bongsu_model::Record`]s that
//! borrow from those bytes, each with the bytes it was made from, and lines the parser had to refuse ([`Parsed`]). The
//! other way, [`render`] writes a record in the line formats of the logging SDK, [`shape`] remembers how a JSON object
//! was spelled and gives it back, [`first_line`] tells how a stored record's first line read.
//!
//! The cargo feature `parse`, on by default, has everything but [`render`].
//!
//! Must never know: files, sockets, the machine's clock, Arrow, which program wrote a line unless the line says so.

#[cfg(feature = "parse")]
mod access;
#[cfg(feature = "parse")]
mod bongsu_lines;
#[cfg(feature = "parse")]
mod container;
#[cfg(feature = "parse")]
mod csv;
#[cfg(feature = "parse")]
mod detect;
#[cfg(feature = "parse")]
mod first_line;
#[cfg(feature = "parse")]
mod format;
#[cfg(feature = "parse")]
mod headed;
#[cfg(feature = "parse")]
mod join;
#[cfg(feature = "parse")]
mod joined;
#[cfg(feature = "parse")]
mod journald;
#[cfg(feature = "parse")]
mod json;
#[cfg(feature = "parse")]
mod klog;
#[cfg(feature = "parse")]
mod line;
#[cfg(feature = "parse")]
mod logfmt;
#[cfg(feature = "parse")]
mod options;
#[cfg(feature = "parse")]
mod parser;
#[cfg(feature = "parse")]
mod postgres;
#[cfg(feature = "parse")]
mod python;
pub mod render;
#[cfg(feature = "parse")]
pub mod shape;
#[cfg(feature = "parse")]
mod syslog;
#[cfg(feature = "parse")]
mod time;
#[cfg(feature = "parse")]
mod tracing;
#[cfg(feature = "parse")]
mod utf8;
#[cfg(feature = "parse")]
mod web_error;

#[cfg(feature = "parse")]
pub use first_line::{first_line, level_as_written};
#[cfg(feature = "parse")]
pub use format::{Format, UnknownFormat};
#[cfg(feature = "parse")]
pub use options::ParseOptions;
#[cfg(feature = "parse")]
pub use parser::{Parsed, Parser};
