//! The libraries: one file each, set up as its documentation says, with the line format it comes with.

mod bongsu;
mod fast_log;
mod flexi;
mod log4rs;
mod logforth;
mod spdlog;
mod tracing;

use std::hint::black_box;
use std::ops::Range;

use crate::{Place, Result};

/// Older files that are kept.
const OLDER: usize = 5;

/// A library that is set up and writes.
pub(crate) trait Library: Sync {
    /// Logs a record for each of the numbers.
    fn write(&self, numbers: Range<u64>);
    /// Everything is in the file when this is back, as far as the library can say.
    fn close(self: Box<Self>);
}

type Open = fn(&Place) -> Result<Box<dyn Library>>;

/// Name; the log file in the folder, whose older ones have names that begin alike; how it is opened.
pub(crate) const ALL: &[(&str, (&str, Open))] = &[
    ("bongsu", ("app/application.log", bongsu::one_file)),
    ("bongsu tracing layer", ("app/application.log", bongsu::tracing_layer)),
    ("bongsu log backend", ("app/application.log", bongsu::log_backend)),
    ("bongsu home", ("app/application.log", bongsu::home)),
    ("bongsu LogFile", ("log.log", bongsu::log_file)),
    ("spdlog-rs", ("log.log", spdlog::sync)),
    ("spdlog-rs async", ("log.log", spdlog::queued)),
    ("fast_log", ("log.log", fast_log::open)),
    ("logforth", ("log.log", logforth::sync)),
    ("logforth async", ("log.log", logforth::queued)),
    ("tracing-appender", ("log.log", tracing::blocking)),
    ("tracing-appender non-blocking", ("log.log", tracing::non_blocking)),
    ("tracing-appender lossless", ("log.log", tracing::lossless)),
    ("flexi_logger", ("log_rCURRENT.log", flexi::direct)),
    ("flexi_logger async", ("log_rCURRENT.log", flexi::queued)),
    ("log4rs", ("log.log", log4rs::open)),
];

/// The loop of all libraries that stand behind the facade `log`.
fn write_by_log(numbers: Range<u64>) {
    for number in numbers {
        log::info!(target: "bench", "req {number} user={}", black_box("bob"));
    }
}

/// The loop of all libraries that stand behind `tracing`.
fn write_by_tracing(numbers: Range<u64>) {
    for number in numbers {
        ::tracing::info!(target: "bench", "req {number} user={}", black_box("bob"));
    }
}
