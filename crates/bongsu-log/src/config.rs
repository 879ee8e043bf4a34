//! How logging is set up; every field has its default.

use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use bongsu_model::{Clock, Level, SystemClock};
use jiff::tz::TimeZone;

use crate::home::default_home;

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
    /// The time zone that lines are written in: the machine's.
    pub zone: TimeZone,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// The server that records are sent to; none.
    #[cfg(feature = "ship")]
    pub ship: Option<crate::ship::Ship>,
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
            zone: TimeZone::system(),
            clock: Arc::new(SystemClock),
            #[cfg(feature = "ship")]
            ship: None,
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
