//! How logging is set up; every field has its default.

use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bongsu_format::render::Layout;
use bongsu_model::{Clock, Level, SystemClock};
use jiff::tz::TimeZone;

use crate::file::{Compression, FileOptions, Mode, Retention, Rotation, Schedule, Sync};
use crate::home::default_home;
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
pub enum Console {
    /// Standard output, coloured when it is a terminal and `NO_COLOR` is not set.
    Stdout,
    /// Nowhere.
    Off,
    /// Any writer, without colours.
    Writer(Box<dyn Write + Send>),
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stdout => "Stdout",
            Self::Off => "Off",
            Self::Writer(_) => "Writer",
        })
    }
}

/// The layout of each handler's lines.
///
/// ```
/// use bongsu_log::{Config, Layout, Layouts};
///
/// let layouts = Layouts { component: Layout::Json, console: Layout::Template("{level:<8} {message}".parse()?), ..Layouts::default() };
/// let config = Config { layouts, ..Config::default() };
/// # Ok::<(), bongsu_format::render::TemplateError>(())
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

/// The set-up of [`crate::Logging`].
#[derive(Debug)]
pub struct Config {
    /// The log home; `BONGSU_LOG_DIR`, else `logs`.
    pub home: PathBuf,
    /// The console.
    pub console: Console,
    /// The least level shown on the console: INFO.
    pub console_level: Level,
    /// Limit of `app/application.log`: 10 MiB and 5 older ones.
    pub application: FileLimit,
    /// Limit of `error/error.log`: 10 MiB and 10 older ones.
    pub error: FileLimit,
    /// Limit of each component's file: 10 MiB and 5 older ones.
    pub component: FileLimit,
    /// Limit of each performance file: 10 MiB and 3 older ones.
    pub performance: FileLimit,
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
    /// How lines read.
    pub layouts: Layouts,
    /// The secrets that are hidden in every record: all that [`Rules::default`] knows; none with [`Rules::none`].
    pub mask: Rules,
    /// The time zone that lines are written in: the machine's.
    pub zone: TimeZone,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
}

impl Default for Config {
    fn default() -> Self {
        let ten_mib = |older| FileLimit { bytes: 10 * MIB, older };
        Self {
            home: default_home(),
            console: Console::Stdout,
            console_level: Level::Info,
            application: ten_mib(5),
            error: ten_mib(10),
            component: ten_mib(5),
            performance: ten_mib(3),
            times: None,
            keep_for: None,
            keep_bytes: None,
            compression: Compression::Off,
            archive: false,
            sync: Sync::Never,
            mode: Mode::Auto,
            on_sigterm: true,
            layouts: Layouts::default(),
            mask: Rules::default(),
            zone: TimeZone::system(),
            clock: Arc::new(SystemClock),
        }
    }
}

impl Config {
    /// What holds for each file, whatever its limit.
    pub(crate) fn file_options(&self) -> FileOptions {
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
}
