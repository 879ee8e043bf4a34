//! Writing logs from a Rust program: a log home with its handlers, line formats and rotation by size.
//!
//! In: records of named loggers, durations of operations, contexts, functions with an attribute. Out: whole lines in the files of one log home and on
//! the console. Must never know: Arrow, a query, how a log is gathered again, a network protocol outside `ship`.
//!
//! ```
//! use bongsu_log::{Config, Level, Logging, info};
//!
//! # let folder = tempfile::tempdir()?;
//! let logging = Logging::start(Config { home: folder.path().join("logs"), ..Config::default() })?;
//! let log = logging.get_logger("movies", None, Level::Info)?;
//! info!(log, "{} films loaded", 20);
//! logging.log_performance("movies", "load", std::time::Duration::from_millis(123), None)?;
//! logging.shutdown();
//! assert!(folder.path().join("logs/app/movies.log").exists());
//! assert!(folder.path().join("logs/performance/movies_performance.log").exists());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Ways in
//!
//! | a program that | writes | feature |
//! |---|---|---|
//! | logs with `tracing` | `bongsu_log::init_tracing(None, Level::Debug)?`, or `Logging::layer` among its own layers | `tracing` |
//! | logs with `log` | `bongsu_log::init_log(None, Level::Debug)?` | `log` |
//! | has loggers of its own | [`get_logger`] and [`info!`], as above | |
//! | wants a function's runs told | [`macro@log_execution`], [`macro@log_api_call`] | |
//! | tells of a piece of work | [`Logging::context`], [`log_performance`] | |
//! | only wants files that lose nothing | [`file::LogFile`] | |
//!
//! `Level` is always [`bongsu_log::Level`](Level). The macros take the logger first and have the names that those of `log` and
//! `tracing` have: a program that uses both names ours by their path, `bongsu_log::info!(log, "…")`.
//!
//! The functions of this module ([`get_logger`], [`log_performance`] …) are those of the program's own logging, which begins at their
//! first use with the defaults; [`start`] begins it with a [`Config`]. A [`Logging`] is for whoever wants several, or none that is
//! global.
//!
//! # When a line is where
//!
//! When a call returns, the line survives the program, `kill -9` included; it is in its file within milliseconds. So nothing need be
//! called at the end: [`shutdown`] writes the last line of `app/system.log` and waits until all is in the files, [`flush`] waits only.
//! A line that could not be taken over is counted in [`Logging::lost`]. Nothing is ever dropped for want of time.
//!
//! # Features
//!
//! None is on by default.
//!
//! - `tracing`, `log`: see above.
//! - `config`: the set-up from a TOML, YAML or JSON file and from the environment: `Config::load`, `start_from`.
//! - `gzip`, `zstd`: older files are compressed ([`Config::compression`]).
//! - `ship`: records also go to a server, by way of a spool on disk: the module `ship`, `Config::ship`.
//!
//! Secrets are hidden in every line before it is written anywhere: [`mask`].

mod attributes;
mod bound;
#[doc(hidden)]
pub mod calls;
mod clock;
mod config;
mod console;
mod context;
mod emit;
mod error;
pub mod file;
#[cfg(any(feature = "tracing", feature = "log"))]
mod foreign;
mod home;
#[cfg(feature = "tracing")]
mod layer;
mod level_files;
mod levels;
mod lock;
#[cfg(feature = "log")]
mod log_backend;
mod logger;
mod logging;
pub mod mask;
mod place;
mod scratch;
#[cfg(any(feature = "tracing", feature = "log"))]
mod seen;
#[cfg(feature = "config")]
pub mod settings;
#[cfg(feature = "ship")]
pub mod ship;
mod site;
#[cfg(feature = "tracing")]
mod spans;

pub use attributes::{log_api_call, log_execution};
pub use bongsu_format::render::{Layout, Template, TemplateError};
pub use bongsu_model::{Clock, Explain, Level, SystemClock, Timestamp};
pub use bound::{Bound, Inside, contextualize};
pub use config::{Colour, Component, Config, Console, FileLimit, HandlerLevels, Layouts, LoggerLevels};
pub use console::colours_are_unwanted;
pub use context::LogContext;
pub use error::LogError;
pub use file::{Recovered, recover};
pub use home::{FOLDERS, component_file, create_home, default_home, file_stem};
pub use jiff::tz::TimeZone;
#[cfg(feature = "tracing")]
pub use layer::{TracingLayer, init_tracing, tracing_layer};
pub use level_files::LevelFiles;
pub use levels::{Handler, level, level_number, register_level, severity_of};
#[cfg(feature = "log")]
pub use log_backend::{LogBackend, init_log};
pub use logger::Logger;
pub use logging::{Logging, Metadata, flush, get_logger, get_performance_logger, log_performance, shutdown, start};
#[cfg(feature = "config")]
pub use settings::{Settings, SettingsError, start_from};
pub use site::Site;
