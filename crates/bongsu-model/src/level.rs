//! Five beacons, five levels: DEBUG, INFO, WARNING, ERROR, CRITICAL, and what other systems call them.

use std::fmt;
use std::str::FromStr;

/// How much a record matters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Level {
    /// Finer than DEBUG.
    Trace,
    /// 10 in Python's numbers.
    Debug,
    /// 20.
    Info,
    /// 30.
    Warning,
    /// 40.
    Error,
    /// 50.
    Critical,
    /// A name of the user's own, kept as it was written.
    Custom(Box<str>),
}

/// Loguru's level between INFO and WARNING, 25 in Python's numbers: the one custom level that programs share.
const SUCCESS: &str = "SUCCESS";

/// A level's name that is not one of the five, nor a known spelling of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown level `{0}`: expected DEBUG, INFO, WARNING, ERROR or CRITICAL")]
pub struct UnknownLevel(pub String);

impl Level {
    /// The name as it is stored and shown: upper case, `WARNING` for any spelling of it.
    pub fn name(&self) -> &str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Critical => "CRITICAL",
            Self::Custom(name) => name,
        }
    }

    /// OpenTelemetry severity number, 1 to 24; none for a custom name but Loguru's SUCCESS, which is the third of INFO's four.
    ///
    /// Source: OpenTelemetry log data model, "Severity Fields".
    pub fn severity(&self) -> Option<u8> {
        match self {
            Self::Trace => Some(1),
            Self::Debug => Some(5),
            Self::Info => Some(9),
            Self::Warning => Some(13),
            Self::Error => Some(17),
            Self::Critical => Some(21),
            Self::Custom(name) => (**name == *SUCCESS).then_some(11),
        }
    }

    /// The level that an OpenTelemetry severity number stands for; none outside 1 to 24.
    pub fn from_severity(number: u8) -> Option<Self> {
        match number {
            1..=4 => Some(Self::Trace),
            5..=8 => Some(Self::Debug),
            9..=12 => Some(Self::Info),
            13..=16 => Some(Self::Warning),
            17..=20 => Some(Self::Error),
            21..=24 => Some(Self::Critical),
            _ => None,
        }
    }

    /// The level of a syslog severity code (RFC 5424, 6.2.1), 0 (emergency) to 7 (debug).
    pub fn from_syslog(code: u8) -> Option<Self> {
        match code {
            0..=2 => Some(Self::Critical),
            3 => Some(Self::Error),
            4 => Some(Self::Warning),
            5 | 6 => Some(Self::Info),
            7 => Some(Self::Debug),
            _ => None,
        }
    }

    /// The level of a number as Python's `logging` (10 to 50), pino and bunyan (10 to 60) count them.
    pub fn from_number(number: i64) -> Option<Self> {
        match number {
            1..=9 => Some(Self::Trace),
            10..=19 => Some(Self::Debug),
            20..=29 => Some(Self::Info),
            30..=39 => Some(Self::Warning),
            40..=49 => Some(Self::Error),
            50..=60 => Some(Self::Critical),
            _ => None,
        }
    }

    /// A spelling that other systems use, in any case: `warn`, `NOTICE`, `fatal`, `Severe`, `err` …; none when the
    /// word is not a level's name. Loguru's SUCCESS is a custom level.
    pub fn known(word: &str) -> Option<Self> {
        const LONGEST: usize = "informational".len();
        if word.is_empty() || word.len() > LONGEST {
            return None;
        }
        let mut lower = [0u8; LONGEST];
        let lower = &mut lower[..word.len()];
        lower.copy_from_slice(word.as_bytes());
        lower.make_ascii_lowercase();
        Some(match &*lower {
            b"info" | b"inf" | b"information" | b"informational" | b"notice" | b"log" => Self::Info,
            b"success" => Self::Custom(SUCCESS.into()),
            b"error" | b"err" | b"eror" | b"severe" => Self::Error,
            b"warning" | b"warn" | b"wrn" => Self::Warning,
            b"debug" | b"dbg" | b"fine" | b"config" | b"verbose" => Self::Debug,
            b"trace" | b"trc" | b"finer" | b"finest" => Self::Trace,
            b"critical" | b"crit" | b"crt" | b"fatal" | b"ftl" | b"failure" | b"alert" | b"emerg" | b"emergency"
            | b"panic" => Self::Critical,
            _ => return None,
        })
    }

    /// The level of a gathered word: a known spelling, else a custom level named by the word.
    pub fn gathered(word: &str) -> Self {
        Self::known(word).unwrap_or_else(|| Self::Custom(word.into()))
    }
}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(word: &str) -> Result<Self, UnknownLevel> {
        Self::known(word).ok_or_else(|| UnknownLevel(word.to_owned()))
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_systems_spellings_fall_into_the_five() {
        let table = [
            ("notice", Level::Info),
            ("WARN", Level::Warning),
            ("Severe", Level::Error),
            ("fatal", Level::Critical),
            ("FAILURE", Level::Critical),
            ("err", Level::Error),
        ];
        for (word, level) in table {
            assert_eq!(Level::known(word), Some(level), "{word}");
        }
        let success = Level::known("success").unwrap();
        assert_eq!((success.name(), success.severity()), ("SUCCESS", Some(11)));
        assert_eq!(Level::Custom("AUDIT".into()).severity(), None);
        assert_eq!(Level::known("audit"), None);
        assert_eq!(Level::known(&"x".repeat(99)), None);
        assert_eq!(Level::gathered("AUDIT").name(), "AUDIT");
    }

    #[test]
    fn severity_numbers_round_trip() {
        for level in [Level::Trace, Level::Debug, Level::Info, Level::Warning, Level::Error, Level::Critical] {
            assert_eq!(level.severity().and_then(Level::from_severity), Some(level));
        }
        assert_eq!(Level::from_severity(0), None);
        assert_eq!(Level::from_severity(25), None);
    }
}
