//! When a log file moves out of the way.

use std::fmt;
use std::str::FromStr;

use super::{Schedule, size};
use crate::LogError;

/// When a log file moves to `.1`: at a size, at times, at whichever comes first, or never.
///
/// ```
/// use bongsu_log::file::Rotation;
///
/// for text in ["500 MB", "00:00", "1 week", "monday at 06:30", "10 MiB or hourly", "never"] {
///     assert!(text.parse::<Rotation>().is_ok(), "{text}");
/// }
/// let wrong = "10 potatoes".parse::<Rotation>().unwrap_err();
/// assert!(wrong.to_string().contains("`10 potatoes`"), "{wrong}");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The most bytes in one file; one line longer than this is kept whole all the same.
    pub bytes: Option<u64>,
    /// The times at which a file that is not empty moves.
    pub times: Option<Schedule>,
}

impl Rotation {
    /// Never.
    pub const NEVER: Self = Self { bytes: None, times: None };

    /// At this size.
    pub const fn at(bytes: u64) -> Self {
        Self { bytes: Some(bytes), times: None }
    }
}

impl Default for Rotation {
    /// At 10 MiB.
    fn default() -> Self {
        Self::at(10 << 20)
    }
}

impl FromStr for Rotation {
    type Err = LogError;

    fn from_str(text: &str) -> Result<Self, LogError> {
        let mut rotation = Self::NEVER;
        if matches!(text.trim().to_ascii_lowercase().as_str(), "never" | "off" | "none") {
            return Ok(rotation);
        }
        let wrong = || LogError::Rotation(text.to_owned());
        for part in text.split(" or ").flat_map(|part| part.split(',')) {
            if let Some(bytes) = size::bytes(part) {
                if rotation.bytes.replace(bytes).is_some() {
                    return Err(wrong());
                }
            } else {
                let times = Schedule::parse(part).ok_or_else(wrong)?;
                if rotation.times.replace(times).is_some() {
                    return Err(wrong());
                }
            }
        }
        Ok(rotation)
    }
}

impl fmt::Display for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.bytes, &self.times) {
            (None, None) => f.write_str("never"),
            (Some(bytes), None) => write!(f, "{bytes} B"),
            (None, Some(times)) => times.fmt(f),
            (Some(bytes), Some(times)) => write!(f, "{bytes} B or {times}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_reads_back_as_what_it_was() {
        for text in ["never", "10 MiB", "00:00", "1 week", "5 GB or sunday at 23:59:59", "3 hours", "monthly, 7 B"] {
            let rotation: Rotation = text.parse().unwrap();
            assert_eq!(rotation.to_string().parse::<Rotation>().unwrap(), rotation, "{text} → {rotation}");
        }
    }

    #[test]
    fn what_is_neither_a_size_nor_a_time_is_an_error() {
        for text in
            ["", "x", "24:00", "12:60", "10 MB or 20 MB", "00:00 or 12:00", "0 days", "-1 day", "at 12:00", "or"]
        {
            assert!(text.parse::<Rotation>().is_err(), "{text}");
        }
    }
}
