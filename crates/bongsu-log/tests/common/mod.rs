//! A log home at a fixed time, and values that misbehave while they are formatted.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may stop a test")]

use std::fmt;
use std::sync::Arc;

use bongsu_log::{Clock, Config, Console, Logging, Timestamp};
use jiff::tz::TimeZone;

/// Noon of 6 June 2025 in UTC, always.
#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(1_749_211_200_000_000_000)
    }
}

/// A new log home in a folder of its own.
pub struct Home {
    folder: tempfile::TempDir,
    pub logging: Logging,
}

impl Home {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            home: folder.path().to_owned(),
            console: Console::Off,
            zone: TimeZone::UTC,
            clock: Arc::new(Noon),
            ..Config::default()
        };
        Self { logging: Logging::start(config).unwrap(), folder }
    }

    pub fn lines(&self, file: &str) -> Vec<String> {
        self.logging.flush().unwrap();
        let text = std::fs::read_to_string(self.folder.path().join(file)).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'), "{file} ends with half a line");
        text.lines().map(str::to_owned).collect()
    }

    /// What stands behind the bar of each line.
    pub fn messages(&self, file: &str) -> Vec<String> {
        self.lines(file).iter().map(|line| line.split_once(" | ").unwrap().1.to_owned()).collect()
    }
}

/// Panics while it is formatted.
pub struct Panics;

impl fmt::Debug for Panics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("a value that cannot be shown")
    }
}

impl fmt::Display for Panics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
