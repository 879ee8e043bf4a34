//! Line formats: bytes become records, records become lines.
//!
//! In: the bytes of a log file or of a request, in pieces of any size ([`Parser`]). Out: [`bongsu_model::Record`]s that
//! borrow from those bytes, each with the bytes it was made from, and lines the parser had to refuse ([`Parsed`]). The
//! other way, [`render`] writes a record in the line formats of the logging SDK, [`shape`] remembers how a JSON object
//! was spelled and gives it back, [`first_line`] tells how a stored record's first line read.
//!
//! Must never know: files, sockets, the machine's clock, Arrow, which program wrote a line unless the line says so.

mod access;
mod bongsu_lines;
mod container;
mod csv;
mod detect;
mod first_line;
mod format;
mod headed;
mod join;
mod joined;
mod journald;
mod json;
mod klog;
mod line;
mod logfmt;
mod options;
mod parser;
mod postgres;
mod python;
pub mod render;
pub mod shape;
mod syslog;
mod time;
mod tracing;
mod utf8;
mod web_error;

pub use first_line::{first_line, level_as_written};
pub use format::{Format, UnknownFormat};
pub use options::ParseOptions;
pub use parser::{Parsed, Parser};
