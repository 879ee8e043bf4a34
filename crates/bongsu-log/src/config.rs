//! How logging is set up; every field has its default.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bongsu_format::render::Layout;
use bongsu_model::{Clock, Level, SystemClock};
use jiff::tz::TimeZone;

use crate::file::{Compression, FileOptions, Mode, Retention, Rotation, Schedule, Sync};
use crate::home::{APPLICATION, default_home, file_stem};
use crate::levels::Handler;
use crate::mask::Rules;

const MIB: u64 = 1 << 20;

/// How large a log file grows and how many older ones are kept beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileLimit {
    /// Bytes after which the file is moved to `.1`; one line longer than this is kept whole all the same.
    pub bytes: u64,
    /// Number of older files (`.1`, `.2` …); with 0 a full file begins anew.
    pub older: u32,
}

/// Where the lines for a person at a terminal go.
///
/// ```
/// use bongsu_log::{Config, Console};
///
/// let config = Config { console: Console::Writer(Box::new(std::io::sink())), ..Config::default() };
/// assert!(format!("{config:?}").contains("console: Writer"));
/// ```
pub enum Console {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// Nowhere.
    Off,
    /// Any writer, without colours unless they are asked for.
    Writer(Box<dyn Write + Send>),
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stdout => "Stdout",
            Self::Stderr => "Stderr",
            Self::Off => "Off",
            Self::Writer(_) => "Writer",
        })
    }
}

/// Whether lines on the console have the colour of their level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The least level of each handler but the console; none is all that a logger lets through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandlerLevels {
    /// Of `app/application.log`: all.
    pub application: Option<Level>,
    /// Of `error/error.log`: ERROR.
    pub error: Option<Level>,
    /// Of components' files: all.
    pub component: Option<Level>,
    /// Of performance files: all.
    pub performance: Option<Level>,
}

impl Default for HandlerLevels {
    fn default() -> Self {
        Self { application: None, error: Some(Level::Error), component: None, performance: None }
    }
}

/// Levels of loggers, in place of those that the program asks for.
///
/// ```
/// use bongsu_log::{Level, LoggerLevels};
///
/// let mut levels = LoggerLevels::default();
/// levels.named.insert("shop".into(), Level::Debug);
/// levels.named.insert("shop.db".into(), Level::Warning);
/// assert_eq!(levels.of("shop.orders"), Some(&Level::Debug));
/// assert_eq!(levels.of("shop.db.pool"), Some(&Level::Warning));
/// assert_eq!(levels.of("shopping"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoggerLevels {
    /// Of every logger that has no other.
    pub all: Option<Level>,
    /// Of the logger of this name and of those below it, which have it and `.` or `::` before their own.
    pub named: BTreeMap<String, Level>,
}

impl LoggerLevels {
    /// The level of the logger `name`: that of the longest name that counts for it; none when the program decides.
    pub fn of(&self, name: &str) -> Option<&Level> {
        let counts = |parent: &str| match name.strip_prefix(parent) {
            Some(rest) => rest.is_empty() || rest.starts_with('.') || rest.starts_with("::"),
            None => false,
        };
        let nearest = self.named.iter().filter(|(parent, _)| counts(parent)).max_by_key(|(parent, _)| parent.len());
        nearest.map(|(_, level)| level).or(self.all.as_ref())
    }
}

/// The file of one component, where it is not as those of the others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Component {
    /// Its name below `app/`: that of the component.
    pub file: Option<String>,
    /// Bytes after which it is moved to `.1`.
    pub bytes: Option<u64>,
    /// Number of older files.
    pub older: Option<u32>,
}

/// The layout of each handler's lines.
///
/// ```
/// use bongsu_log::{Config, Layout, Layouts};
///
/// let layouts = Layouts { component: Layout::Json, console: Layout::Template("{level:<8} {message}".parse()?), ..Layouts::default() };
/// let config = Config { layouts, ..Config::default() };
/// # Ok::<(), bongsu_log::TemplateError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layouts {
    /// Of the console: simple.
    pub console: Layout,
    /// Of `app/application.log`: detailed.
    pub application: Layout,
    /// Of `error/error.log`: detailed.
    pub error: Layout,
    /// Of components' files: component.
    pub component: Layout,
    /// Of performance files: performance.
    pub performance: Layout,
}

impl Default for Layouts {
    fn default() -> Self {
        Self {
            console: Layout::Simple,
            application: Layout::Detailed,
            error: Layout::Detailed,
            component: Layout::Component,
            performance: Layout::Performance,
        }
    }
}

impl Layouts {
    pub(crate) fn all(&self) -> [&Layout; 5] {
        let Self { console, application, error, component, performance } = self;
        [console, application, error, component, performance]
    }

    pub(crate) fn of(&self, handler: Handler) -> &Layout {
        match handler {
            Handler::Console => &self.console,
            Handler::Application => &self.application,
            Handler::Error => &self.error,
            Handler::Component => &self.component,
            Handler::Performance => &self.performance,
        }
    }
}

/// The set-up of [`crate::Logging`]. `Debug` shows no secret of it.
///
/// ```
/// use bongsu_log::{Config, Console, FileLimit, Level};
///
/// let config = Config {
///     home: "logs".into(),
///     console: Console::Stderr,
///     console_level: Level::Warning,
///     application: FileLimit { bytes: 100 << 20, older: 9 },
///     zone: bongsu_log::TimeZone::UTC,
///     ..Config::default()
/// };
/// # drop(config);
/// ```
pub struct Config {
    /// The log home; `BONGSU_LOG_DIR`, else `logs`.
    pub home: PathBuf,
    /// The console.
    pub console: Console,
    /// The least level shown on the console: INFO.
    pub console_level: Level,
    /// The colours of the console: on a terminal.
    pub console_colour: Colour,
    /// The least levels of the other handlers.
    pub levels: HandlerLevels,
    /// Levels of loggers that count in place of what the program asks for: none.
    pub loggers: LoggerLevels,
    /// Files of components that are not as those of the others, by the logger's name: none.
    pub components: BTreeMap<String, Component>,
    /// Limit of `app/application.log`: 10 MiB and 5 older ones.
    pub application: FileLimit,
    /// Limit of `error/error.log`: 10 MiB and 10 older ones.
    pub error: FileLimit,
    /// Limit of each component's file: 10 MiB and 5 older ones.
    pub component: FileLimit,
    /// Limit of each performance file: 10 MiB and 3 older ones.
    pub performance: FileLimit,
    /// Whether each record also goes to the file of its level, `app/level_info.log` and so on, kept as a component's: no.
    pub level_files: bool,
    /// The times at which every file rotates beside its limit: none.
    pub times: Option<Schedule>,
    /// How long older files are kept: as long as their number allows.
    pub keep_for: Option<Duration>,
    /// The most bytes in the older files of one log: as many as their number allows.
    pub keep_bytes: Option<u64>,
    /// How older files are compressed: not at all.
    pub compression: Compression,
    /// Whether older files beyond the number go to `archive/YYYY/` of the home, in place of being deleted: they do not.
    pub archive: bool,
    /// What a loss of power leaves: [`Sync::Never`].
    pub sync: Sync,
    /// How lines get into the files: as the file system allows.
    pub mode: Mode,
    /// Whether `SIGTERM` waits for the lines when the program does nothing of its own at it: yes.
    pub on_sigterm: bool,
    /// Loggers of Python's `logging`, and those below them, that keep their records to themselves where they do not propagate:
    /// none. Of no meaning in Rust, where every record comes to the log home.
    pub private: Vec<String>,
    /// How lines read.
    pub layouts: Layouts,
    /// The secrets that are hidden in every record: all that [`Rules::default`] knows; none with [`Rules::none`].
    pub mask: Rules,
    /// The time zone that lines are written in: the machine's.
    pub zone: TimeZone,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// The server that records are sent to; none.
    #[cfg(feature = "ship")]
    pub ship: Option<crate::ship::Ship>,
    /// The table `ship` of a configuration, as it was written.
    #[cfg(feature = "config")]
    pub ship_settings: crate::Metadata,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Config");
        shown.field("home", &self.home).field("console", &self.console).field("console_level", &self.console_level);
        shown.field("console_colour", &self.console_colour).field("levels", &self.levels);
        shown.field("loggers", &self.loggers).field("components", &self.components);
        shown.field("application", &self.application).field("error", &self.error).field("component", &self.component);
        shown.field("performance", &self.performance).field("level_files", &self.level_files);
        shown.field("times", &self.times).field("keep_for", &self.keep_for).field("keep_bytes", &self.keep_bytes);
        shown.field("compression", &self.compression).field("archive", &self.archive).field("sync", &self.sync);
        shown.field("mode", &self.mode).field("on_sigterm", &self.on_sigterm).field("private", &self.private);
        shown.field("layouts", &self.layouts);
        shown.field("mask", &self.mask).field("zone", &self.zone).field("clock", &self.clock);
        #[cfg(feature = "ship")]
        shown.field("ship", &self.ship);
        #[cfg(feature = "config")]
        shown.field("ship_settings", &self.ship_settings.keys().collect::<Vec<_>>());
        shown.finish()
    }
}

impl Default for Config {
    fn default() -> Self {
        let ten_mib = |older| FileLimit { bytes: 10 * MIB, older };
        Self {
            home: default_home(),
            console: Console::Stdout,
            console_level: Level::Info,
            console_colour: Colour::Auto,
            levels: HandlerLevels::default(),
            loggers: LoggerLevels::default(),
            components: BTreeMap::new(),
            application: ten_mib(5),
            error: ten_mib(10),
            component: ten_mib(5),
            performance: ten_mib(3),
            level_files: false,
            times: None,
            keep_for: None,
            keep_bytes: None,
            compression: Compression::Off,
            archive: false,
            sync: Sync::Never,
            mode: Mode::Auto,
            on_sigterm: true,
            private: Vec::new(),
            layouts: Layouts::default(),
            mask: Rules::default(),
            zone: TimeZone::system(),
            clock: Arc::new(SystemClock),
            #[cfg(feature = "ship")]
            ship: None,
            #[cfg(feature = "config")]
            ship_settings: crate::Metadata::new(),
        }
    }
}

impl FileLimit {
    /// `options` with this limit in place of what they say of size and number.
    pub fn within(self, options: &FileOptions) -> FileOptions {
        let rotation = Rotation { bytes: Some(self.bytes), ..options.rotation.clone() };
        let retention = Retention { count: Some(self.older), ..options.retention.clone() };
        FileOptions { rotation, retention, ..options.clone() }
    }
}

impl Component {
    /// The name of the file below `app/` for the logger `name`, which `asked` names first, and its limit where it is not as `limit`;
    /// none when `app/application.log` has its records already.
    pub fn file(
        components: &BTreeMap<String, Self>,
        limit: FileLimit,
        name: &str,
        asked: Option<&str>,
    ) -> Option<(String, FileLimit)> {
        let own = components.get(name);
        let given = asked.or_else(|| own?.file.as_deref());
        let file = given.map_or_else(|| format!("{}.log", file_stem(name)), str::to_owned);
        if given.is_none() && file == APPLICATION {
            return None;
        }
        let bytes = own.and_then(|own| own.bytes).unwrap_or(limit.bytes);
        let older = own.and_then(|own| own.older).unwrap_or(limit.older);
        Some((file, FileLimit { bytes, older }))
    }
}

impl Config {
    /// What holds for each file, whatever its limit.
    pub fn file_options(&self) -> FileOptions {
        FileOptions {
            rotation: Rotation { bytes: None, times: self.times },
            retention: Retention { count: None, age: self.keep_for, bytes: self.keep_bytes },
            compression: self.compression,
            archive: self.archive.then(|| self.home.join("archive")),
            sync: self.sync,
            mode: self.mode,
            clock: Arc::clone(&self.clock),
            zone: self.zone.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_that_the_guide_names() {
        let config = Config::default();
        let limits = [config.application, config.error, config.component, config.performance];
        assert!(limits.iter().all(|limit| limit.bytes == 10_485_760));
        assert_eq!(limits.map(|limit| limit.older), [5, 10, 5, 3]);
        assert_eq!(config.console_level, Level::Info);
    }

    #[test]
    fn a_configuration_shows_no_secret_of_it() {
        #[allow(unused_mut, reason = "the features put something in it")]
        let mut config = Config { archive: true, ..Config::default() };
        #[cfg(feature = "ship")]
        {
            let token = Some(crate::ship::Token::new("s3cr3t-token"));
            let headers = vec![("X-Key".to_owned(), "s3cr3t-header".to_owned())];
            config.ship = Some(crate::ship::Ship { token, headers, ..crate::ship::Ship::to("http://kim:s3cr3t@host") });
        }
        #[cfg(feature = "config")]
        {
            config.ship_settings.insert("token".to_owned(), "s3cr3t-table".into());
        }
        let shown = format!("{config:?} {config:#?}");
        assert!(shown.contains("archive: true") && !shown.contains("s3cr3t"), "{shown}");
        assert!(cfg!(not(feature = "ship")) || shown.contains("X-Key"), "{shown}");
    }
}
