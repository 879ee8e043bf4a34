//! The `log` facade into a log home.

use ::log::kv::{self, VisitSource};
use ::log::{LevelFilter, Log, Metadata, Record};
use bongsu_model::Level;

use crate::foreign::{Foreign, Origin, push, push_quoted};
use crate::levels::number;
use crate::{LogError, Logging, logging};

/// Writes each record of `log` to the handlers of a log home; made by [`Logging::log_backend`].
///
/// A record's logger is the target, its function the last part of the module. Keys and values stand behind the message as
/// ` key=value`. All are formatted before any lock is taken, so that their `Display` may log. One that panics is written as
/// `<panicked>`, and the program goes on.
#[derive(Debug)]
pub struct LogBackend {
    foreign: Foreign,
    level: LevelFilter,
}

impl Logging {
    /// A backend that writes the records of `level` and up here, for programs that set their global logger themselves.
    ///
    /// With `log_file`, every record also goes to `app/{log_file}`; without, to `app/{first segment of its target}.log`,
    /// at most a hundred such files.
    ///
    /// ```
    /// use bongsu_log::{Config, Console, Level, Logging};
    /// use log::Log;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let home = folder.path().to_owned();
    /// let logging = Logging::start(Config { home: home.clone(), console: Console::Off, ..Config::default() })?;
    /// let backend = logging.log_backend(Some("shop.log"), Level::Info)?;
    /// backend.log(&log::Record::builder().target("shop::orders").args(format_args!("paid")).build());
    /// logging.flush()?;
    /// assert!(std::fs::read_to_string(home.join("app/shop.log"))?.ends_with("shop::orders    | paid\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn log_backend(&self, log_file: Option<&str>, level: Level) -> Result<LogBackend, LogError> {
        let level = Some(level);
        Ok(LogBackend { foreign: Foreign::new(self, log_file)?, level: filter(level.as_ref()) })
    }

    /// Makes [`Logging::log_backend`] the program's global logger and `level` the level that `log`'s macros look at first;
    /// an error when the program has a logger.
    pub fn init_log(&self, log_file: Option<&str>, level: Level) -> Result<(), LogError> {
        let backend = self.log_backend(log_file, level)?;
        let most = backend.level;
        ::log::set_boxed_logger(Box::new(backend)).map_err(|_| LogError::AlreadySet("log"))?;
        ::log::set_max_level(most);
        Ok(())
    }
}

/// The one line that turns on bongsu in a program of `log`: [`Logging::init_log`] of the program's own logging, in the
/// default log home.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # std::env::set_current_dir(folder.path())?;
/// bongsu_log::init_log(None, bongsu_log::Level::Debug)?;
///
/// log::error!(host = "db1"; "connection lost");
/// bongsu_log::flush()?;
/// assert!(std::fs::read_to_string("logs/error/error.log")?.ends_with(" | connection lost host=\"db1\"\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn init_log(log_file: Option<&str>, level: Level) -> Result<(), LogError> {
    logging::program()?.init_log(log_file, level)
}

fn filter(level: Option<&Level>) -> LevelFilter {
    match number(level) {
        0..=9 => LevelFilter::Trace,
        10..=19 => LevelFilter::Debug,
        20..=29 => LevelFilter::Info,
        30..=39 => LevelFilter::Warn,
        40..=49 => LevelFilter::Error,
        _ => LevelFilter::Off,
    }
}

fn level(level: ::log::Level) -> Level {
    match level {
        ::log::Level::Error => Level::Error,
        ::log::Level::Warn => Level::Warning,
        ::log::Level::Info => Level::Info,
        ::log::Level::Debug => Level::Debug,
        ::log::Level::Trace => Level::Trace,
    }
}

impl Log for LogBackend {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= self.level
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let module = record.module_path();
        let origin = Origin {
            target: record.target(),
            module,
            lasting: if module.is_some() { record.module_path_static() } else { Some("") },
            file: record.file(),
            line: record.line(),
        };
        self.foreign.write(&level(record.level()), origin, |text, _| {
            push(text, *record.args());
            // `Pairs` takes every pair; a source that fails of itself has given what it could.
            let _ = record.key_values().visit(&mut Pairs(text));
        });
    }

    /// Waits until all is in the files. A line survives the program when [`Log::log`] returns, without this.
    fn flush(&self) {
        self.foreign.flush();
    }
}

/// A message and what is added to it.
struct Pairs<'t>(&'t mut String);

impl<'kvs> VisitSource<'kvs> for Pairs<'_> {
    fn visit_pair(&mut self, key: kv::Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
        let gap = if self.0.is_empty() { "" } else { " " };
        self.0.extend([gap, key.as_str(), "="]);
        match value.to_borrowed_str() {
            Some(value) => push_quoted(self.0, value),
            None => push(self.0, format_args!("{value}")),
        }
        Ok(())
    }
}
