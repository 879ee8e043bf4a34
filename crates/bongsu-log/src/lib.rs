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
//! Programs that log with `tracing` or `log` turn bongsu on in one line, with the cargo feature of that name:
//! `bongsu_log::init_tracing(None, Level::Debug)?`, `bongsu_log::init_log(None, Level::Debug)?`.
//!
//! With the feature `ship` records also go to a server, by way of a spool on disk: the module `ship`, `Config::ship`.
//!
//! [`macro@log_execution`] and [`macro@log_api_call`] log a function's runs without a line inside it; [`mask`] hides secrets.

mod attributes;
mod bound;
#[doc(hidden)]
pub mod calls;
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
#[cfg(feature = "config")]
pub mod settings;
#[cfg(feature = "ship")]
pub mod ship;
mod site;

pub use attributes::{log_api_call, log_execution};
pub use bongsu_format::render::{Layout, Template};
pub use bongsu_model::{Clock, Level, SystemClock, Timestamp};
pub use bound::{Bound, Inside, contextualize};
pub use config::{Colour, Component, Config, Console, FileLimit, HandlerLevels, Layouts, LoggerLevels};
pub use context::LogContext;
pub use error::LogError;
pub use file::{Recovered, recover};
pub use home::{FOLDERS, component_file, create_home, default_home, file_stem};
#[cfg(feature = "tracing")]
pub use layer::{TracingLayer, init_tracing, tracing_layer};
pub use level_files::LevelFiles;
pub use levels::{Handler, level, level_number, register_level};
#[cfg(feature = "log")]
pub use log_backend::{LogBackend, init_log};
pub use logger::Logger;
pub use logging::{Logging, Metadata, flush, get_logger, get_performance_logger, log_performance, shutdown, start};
#[cfg(feature = "config")]
pub use settings::{Settings, SettingsError, start_from};
pub use site::Site;
