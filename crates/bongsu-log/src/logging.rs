//! The logging of a program: its handlers, its loggers, its beginning and its end.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use bongsu_model::Level;
use jiff::tz::TimeZone;

use crate::clock::RecordClock;
use crate::config::{Component, Config, FileLimit, Layouts, LoggerLevels};
use crate::console::ConsoleHandler;
use crate::emit::next_id;
use crate::file::{self, FileOptions, LogFile};
use crate::level_files::LevelFiles;
use crate::levels::{Handler, Levels};
use crate::lock::lock;
use crate::mask::Rules;
use crate::{LogContext, LogError, Logger, Site, home};

/// What is told beside a duration: names and JSON values, in the order they were added.
///
/// ```
/// let metadata = bongsu_log::Metadata::from_iter([("rows".to_owned(), 20.into()), ("from_cache".to_owned(), true.into())]);
/// assert_eq!(serde_json::to_string(&metadata)?, r#"{"rows":20,"from_cache":true}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub type Metadata = serde_json::Map<String, serde_json::Value>;

/// A running log home. Clones are the same one; it need not be kept for loggers to go on.
#[derive(Debug, Clone)]
pub struct Logging(pub(crate) Arc<Shared>);

/// A file of one component or of one performance logger.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) file: LogFile,
    pub(crate) handler: Handler,
}

#[derive(Debug)]
pub(crate) struct Shared {
    /// No other logging of the process has it; another one when the mask changes.
    pub(crate) id: AtomicU64,
    pub(crate) home: PathBuf,
    pub(crate) zone: TimeZone,
    pub(crate) clock: RecordClock,
    pub(crate) levels: Levels,
    pub(crate) layouts: Layouts,
    pub(crate) mask: Mutex<Arc<Rules>>,
    pub(crate) console: Option<ConsoleHandler>,
    pub(crate) application: LogFile,
    pub(crate) error: LogFile,
    file: FileOptions,
    pub(crate) component: FileLimit,
    pub(crate) level_files: Option<LevelFiles>,
    performance: FileLimit,
    components: BTreeMap<String, Component>,
    logger_levels: Mutex<LoggerLevels>,
    /// The configuration it was started with.
    #[cfg(feature = "config")]
    pub(crate) started_with: Metadata,
    files: Mutex<HashMap<PathBuf, LogFile>>,
    loggers: Mutex<HashMap<LoggerKey, Logger>>,
    #[cfg(feature = "ship")]
    pub(crate) ship: Option<crate::ship::Shipper>,
    pub(crate) lost: AtomicU64,
    pub(crate) ended: AtomicBool,
}

/// What makes two calls the same logger.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct LoggerKey {
    name: String,
    log_file: Option<String>,
    level: Level,
    /// A component may be called `performance.x` and have the name of the performance logger of `x`, but not its file.
    is_performance: bool,
}

impl Shared {
    pub(crate) fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }

    #[inline]
    pub(crate) fn count(&self, written: &std::io::Result<()>) {
        if written.is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The one writer of `path` in this logging, opened at its first use.
    pub(crate) fn file(&self, path: PathBuf, limit: FileLimit) -> Result<LogFile, LogError> {
        let mut files = lock(&self.files);
        if let Some(file) = files.get(&path) {
            return Ok(file.clone());
        }
        let file = open(&path, limit, &self.file)?;
        files.insert(path, file.clone());
        Ok(file)
    }

    /// Waits until all that was logged is in its files.
    fn flush(&self) -> std::io::Result<()> {
        let mut files: Vec<_> = lock(&self.files).values().cloned().collect();
        files.extend([self.application.clone(), self.error.clone()]);
        // One that cannot be written does not keep the others; its error is told.
        files.iter().map(LogFile::flush).fold(Ok(()), Result::and)
    }
}

fn open(path: &Path, limit: FileLimit, options: &FileOptions) -> Result<LogFile, LogError> {
    LogFile::open(path, limit.within(options))
}

/// The logger that tells of the beginning and the end.
const SYSTEM: &str = "system";

impl Logging {
    /// Makes the log home if it is not there, writes what killed programs left to write in it, opens its common files and records
    /// the start in `app/system.log`.
    pub fn start(config: Config) -> Result<Self, LogError> {
        home::create_home(&config.home)?;
        // What could not be recovered stays and is tried again; it is told when it concerns a file of this program.
        file::recover(&config.home)?;
        let ends_at_sigterm = config.on_sigterm && file::drain_on_sigterm(false);
        #[cfg(feature = "config")]
        let started_with = crate::settings::effective(&config);
        #[cfg(feature = "config")]
        crate::settings::write_effective(&config.home, &started_with)?;
        let file = config.file_options();
        #[cfg(feature = "ship")]
        let ship = config.ship.clone();
        #[cfg(all(feature = "ship", feature = "config"))]
        let ship = match ship {
            None if !config.ship_settings.is_empty() => Some(crate::ship::Ship::from_settings(&config.ship_settings)?),
            ship => ship,
        };
        #[cfg(feature = "ship")]
        let is_shipped = ship.is_some();
        #[cfg(not(feature = "ship"))]
        let is_shipped = false;
        let logging = Self(Arc::new(Shared {
            clock: RecordClock::new(Arc::clone(&config.clock), &config.layouts, is_shipped),
            application: open(&config.home.join("app").join(home::APPLICATION), config.application, &file)?,
            error: open(&config.home.join("error").join("error.log"), config.error, &file)?,
            file,
            id: AtomicU64::new(next_id()),
            levels: Levels::new(&config),
            console: ConsoleHandler::new(config.console, config.console_colour),
            layouts: config.layouts,
            mask: Mutex::new(Arc::new(config.mask)),
            component: config.component,
            level_files: config.level_files.then(LevelFiles::default),
            performance: config.performance,
            #[cfg(feature = "ship")]
            ship: match ship {
                Some(ship) => Some(crate::ship::Shipper::start(ship, &config.home, Arc::clone(&config.clock))?),
                None => None,
            },
            components: config.components,
            logger_levels: Mutex::new(config.loggers),
            #[cfg(feature = "config")]
            started_with,
            home: config.home,
            zone: config.zone,
            files: Mutex::default(),
            loggers: Mutex::default(),
            lost: AtomicU64::new(0),
            ended: AtomicBool::new(false),
        }));
        let system = logging.get_logger(SYSTEM, None, Level::Info)?;
        crate::info!(system, "Logging started");
        if ends_at_sigterm {
            let running = Arc::downgrade(&logging.0);
            let words = move || running.upgrade().map(Self).iter().for_each(Self::tell_the_end);
            // Without a thread for it the end is as it was: all lines are kept, and this one is missing.
            let _ = file::last_words(Some(Box::new(words)));
        }
        Ok(logging)
    }

    /// The log home.
    pub fn home(&self) -> &Path {
        &self.0.home
    }

    /// What ships the records, if they are shipped.
    #[cfg(feature = "ship")]
    pub fn shipper(&self) -> Option<&crate::ship::Shipper> {
        self.0.ship.as_ref()
    }

    /// Lines that could not be written (a full disk, a closed console) or came after [`Logging::shutdown`].
    pub fn lost(&self) -> u64 {
        self.0.lost.load(Ordering::Relaxed)
    }

    /// The logger `name`, whose records of `level` and up also go to `app/{log_file}`, without a file of its own name to
    /// `app/{name}.log`. A configuration may name another file and another level. The same arguments give the same logger; cheap
    /// enough to be asked where it is needed, cheaper when the logger is kept.
    ///
    /// ```
    /// # use bongsu_log::{Config, Console, Level, Logging};
    /// # let folder = tempfile::tempdir()?;
    /// # let home = folder.path().to_owned();
    /// # let logging = Logging::start(Config { home: home.clone(), console: Console::Off, ..Config::default() })?;
    /// let log = logging.get_logger("payments", Some("pay.log"), Level::Warning)?;
    /// bongsu_log::warning!(log, "slow");
    /// assert!(log.same(&logging.get_logger("payments", Some("pay.log"), Level::Warning)?));
    /// assert!(logging.get_logger("x", Some("../x.log"), Level::Info).is_err(), "no file outside the log home");
    /// # assert!(home.join("app/pay.log").exists());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get_logger(&self, name: &str, log_file: Option<&str>, level: Level) -> Result<Logger, LogError> {
        let own = match Component::file(&self.0.components, self.0.component, name, log_file) {
            Some((file, limit)) => Some((home::component_file(&self.0.home, &file)?, Handler::Component, limit)),
            None => None,
        };
        let (name, log_file) = (name.to_owned(), log_file.map(str::to_owned));
        self.logger(LoggerKey { name, log_file, level, is_performance: false }, own)
    }

    /// The logger `performance.{component}`, whose records also go to `performance/{component}_performance.log`.
    pub fn get_performance_logger(&self, component: &str) -> Result<Logger, LogError> {
        let file = format!("{}_performance.log", home::file_stem(component));
        let path = self.0.home.join("performance").join(file);
        let name = format!("performance.{component}");
        let key = LoggerKey { name, log_file: None, level: Level::Info, is_performance: true };
        self.logger(key, Some((path, Handler::Performance, self.0.performance)))
    }

    fn logger(&self, key: LoggerKey, own: Option<(PathBuf, Handler, FileLimit)>) -> Result<Logger, LogError> {
        if self.0.ended.load(Ordering::Acquire) {
            return Err(LogError::ShutDown);
        }
        let mut loggers = lock(&self.0.loggers);
        if let Some(logger) = loggers.get(&key) {
            return Ok(logger.clone());
        }
        let own = match own {
            Some((path, handler, limit)) => Some(Target { file: self.0.file(path, limit)?, handler }),
            None => None,
        };
        let level = lock(&self.0.logger_levels).of(&key.name).cloned();
        let logger = Logger::new(&key.name, level.as_ref().unwrap_or(&key.level), own, Arc::clone(&self.0));
        loggers.insert(key, logger.clone());
        Ok(logger)
    }

    /// From now on the loggers have these levels, those that are made later too. One that `levels` does not name any more has
    /// the level that the program asked for.
    ///
    /// ```
    /// # use bongsu_log::{Config, Console, Level, Logging, LoggerLevels};
    /// # let folder = tempfile::tempdir()?;
    /// # let home = folder.path().to_owned();
    /// # let logging = Logging::start(Config { home: home.clone(), console: Console::Off, ..Config::default() })?;
    /// let log = logging.get_logger("shop.db", None, Level::Info)?;
    /// logging.set_logger_levels(LoggerLevels { named: [("shop".to_owned(), Level::Error)].into(), ..LoggerLevels::default() });
    /// assert!(!log.is_on(&Level::Info));
    /// logging.set_logger_levels(LoggerLevels::default());
    /// assert!(log.is_on(&Level::Info));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_logger_levels(&self, levels: LoggerLevels) {
        // In the order in which `logger` takes them: no logger is made with the old levels behind the round.
        let loggers = lock(&self.0.loggers);
        let mut known = lock(&self.0.logger_levels);
        for (LoggerKey { name, level: asked, .. }, logger) in loggers.iter() {
            match levels.of(name) {
                Some(level) => logger.set_level(level),
                None if known.of(name).is_some() => logger.set_level(asked),
                None => {}
            }
        }
        *known = levels;
    }

    /// From now on these secrets are hidden, in records of every thread.
    ///
    /// ```
    /// # use bongsu_log::{Config, Console, Level, Logging, mask::Rules};
    /// # let folder = tempfile::tempdir()?;
    /// # let home = folder.path().to_owned();
    /// # let logging = Logging::start(Config { home: home.clone(), console: Console::Off, ..Config::default() })?;
    /// logging.set_mask(Rules::default().with_field("pin"));
    /// bongsu_log::info!(logging.get_logger("door", None, Level::Info)?, "opened with pin={}", 4711);
    /// logging.flush()?;
    /// assert!(std::fs::read_to_string(home.join("app/door.log"))?.ends_with("| opened with pin=***HIDDEN***\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_mask(&self, mask: Rules) {
        *lock(&self.0.mask) = Arc::new(mask);
        self.0.id.store(next_id(), Ordering::Release);
    }

    /// The rules that hold now.
    pub(crate) fn mask(&self) -> Arc<Rules> {
        Arc::clone(&lock(&self.0.mask))
    }

    /// Records that `operation` of `component` took `duration`: `load completed in 0.123s | {"rows":20}`.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use bongsu_log::{Config, Console, Logging, Metadata};
    /// # let folder = tempfile::tempdir()?;
    /// # let home = folder.path().to_owned();
    /// # let logging = Logging::start(Config { home: home.clone(), console: Console::Off, ..Config::default() })?;
    /// let metadata = Metadata::from_iter([("rows".to_owned(), 20.into())]);
    /// logging.log_performance("films", "load", Duration::from_millis(123), Some(&metadata))?;
    /// logging.flush()?;
    /// let written = std::fs::read_to_string(home.join("performance/films_performance.log"))?;
    /// assert!(written.ends_with("PERF performance.films | load completed in 0.123s | {\"rows\":20}\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn log_performance(
        &self,
        component: &str,
        operation: &str,
        duration: Duration,
        metadata: Option<&Metadata>,
    ) -> Result<(), LogError> {
        let seconds = duration.as_secs_f64();
        let logger = self.get_performance_logger(component)?;
        let site = Site { function: "log_performance", file: file!(), line: line!() };
        match metadata.filter(|metadata| !metadata.is_empty()).map(serde_json::to_string) {
            Some(Ok(json)) => {
                logger.log(&Level::Info, site, format_args!("{operation} completed in {seconds:.3}s | {json}"));
            }
            _ => logger.log(&Level::Info, site, format_args!("{operation} completed in {seconds:.3}s")),
        }
        Ok(())
    }

    /// Begins a context: `{operation} started` now, its end and its duration when it is completed or fails.
    ///
    /// ```
    /// # use bongsu_log::{Config, Console, Logging};
    /// # let folder = tempfile::tempdir()?;
    /// # let home = folder.path().to_owned();
    /// # let logging = Logging::start(Config { home: home.clone(), console: Console::Off, ..Config::default() })?;
    /// let mut context = logging.context("films", "load", None)?;
    /// context.log_info("two pages");
    /// context.add_metadata("pages", 2);
    /// context.complete();
    /// logging.flush()?;
    /// let written = std::fs::read_to_string(home.join("app/films.log"))?;
    /// assert!(written.contains("| load started\n") && written.contains("| load completed successfully in "));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn context(&self, component: &str, operation: &str, log_file: Option<&str>) -> Result<LogContext, LogError> {
        let logger = self.get_logger(component, log_file, Level::Debug)?;
        Ok(LogContext::begin(self.clone(), logger, component, operation))
    }

    pub(crate) fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }

    /// Counts a record for which there is no logger any more.
    pub(crate) fn count_lost(&self) {
        self.0.lost.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits until all that was logged is in its files; an error when one of them cannot be written now.
    pub fn flush(&self) -> std::io::Result<()> {
        self.0.flush()
    }

    fn tell_the_end(&self) {
        if let Ok(system) = self.get_logger(SYSTEM, None, Level::Info) {
            crate::info!(system, "Logging stopped");
        }
    }

    /// Records the end in `app/system.log` and waits until all is in its files; what is logged later is counted as lost. A second
    /// call does nothing.
    pub fn shutdown(&self) {
        self.tell_the_end();
        self.0.ended.store(true, Ordering::Release);
        // What cannot be written now is told by the file, and stays for the next start.
        let _ = self.0.flush();
        // Loggers hold the handlers and the handlers' owner holds the loggers: let go, so that files are closed.
        lock(&self.0.loggers).clear();
        lock(&self.0.files).clear();
        #[cfg(feature = "ship")]
        self.0.ship.iter().for_each(crate::ship::Shipper::shutdown);
    }
}

static PROGRAM: OnceLock<Logging> = OnceLock::new();
static STARTING: Mutex<()> = Mutex::new(());

/// Starts the program's own logging with `config` in place of the defaults: [`get_logger`] and the attributes
/// [`crate::log_execution`] and [`crate::log_api_call`] write to it. To be called before any of them.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// let config = bongsu_log::Config { home: folder.path().join("logs"), ..Default::default() };
/// let logging = bongsu_log::start(config)?;
/// bongsu_log::info!(bongsu_log::get_logger("movies", None, bongsu_log::Level::Info)?, "ready");
/// assert!(logging.home().join("app/movies.log").exists());
/// assert!(bongsu_log::start(Default::default()).is_err(), "it has started already");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn start(config: Config) -> Result<Logging, LogError> {
    let _one_at_a_time = lock(&STARTING);
    if let Some(logging) = PROGRAM.get() {
        return Err(LogError::Started { home: logging.0.home.clone() });
    }
    let logging = Logging::start(config)?;
    Ok(PROGRAM.get_or_init(|| logging).clone())
}

/// The program's own logging, started at its first use with the defaults and what a configuration says.
pub(crate) fn program() -> Result<&'static Logging, LogError> {
    let _one_at_a_time = lock(&STARTING);
    if let Some(logging) = PROGRAM.get() {
        return Ok(logging);
    }
    #[cfg(feature = "config")]
    let config = Config::load()?;
    #[cfg(not(feature = "config"))]
    let config = Config::default();
    let logging = Logging::start(config)?;
    Ok(PROGRAM.get_or_init(|| logging))
}

/// [`Logging::get_logger`] of the program's own logging, in the default log home.
pub fn get_logger(name: &str, log_file: Option<&str>, level: Level) -> Result<Logger, LogError> {
    program()?.get_logger(name, log_file, level)
}

/// [`Logging::get_performance_logger`] of the program's own logging.
pub fn get_performance_logger(component: &str) -> Result<Logger, LogError> {
    program()?.get_performance_logger(component)
}

/// [`Logging::log_performance`] of the program's own logging.
pub fn log_performance(
    component: &str,
    operation: &str,
    duration: Duration,
    metadata: Option<&Metadata>,
) -> Result<(), LogError> {
    program()?.log_performance(component, operation, duration, metadata)
}

/// [`Logging::flush`] of the program's own logging; nothing when it never started.
pub fn flush() -> std::io::Result<()> {
    PROGRAM.get().map_or(Ok(()), Logging::flush)
}

/// [`Logging::shutdown`] of the program's own logging; nothing when it never started.
pub fn shutdown() {
    if let Some(logging) = PROGRAM.get() {
        logging.shutdown();
    }
}
