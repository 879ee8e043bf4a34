//! Which older files are kept.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::size;
use crate::LogError;

/// Which older files are kept; what none of the limits asks to go stays.
///
/// ```
/// use bongsu_log::file::Retention;
///
/// let retention: Retention = "10 files, 30 days, 2 GB".parse()?;
/// assert_eq!((retention.count, retention.bytes), (Some(10), Some(2_000_000_000)));
/// # Ok::<(), bongsu_log::LogError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// The most numbered files (`.1`, `.2` …). With 0 and no archive a full file begins anew. Those beyond it go to the archive if
    /// there is one.
    pub count: Option<u32>,
    /// How long after its last line a file is kept, in the archive too.
    pub age: Option<Duration>,
    /// The most bytes in all older files of one log together, those in the archive included.
    pub bytes: Option<u64>,
}

impl Retention {
    /// Everything.
    pub const ALL: Self = Self { count: None, age: None, bytes: None };

    /// The last `count`.
    pub const fn last(count: u32) -> Self {
        Self { count: Some(count), age: None, bytes: None }
    }
}

impl Default for Retention {
    /// The last 5.
    fn default() -> Self {
        Self::last(5)
    }
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limits = [
            self.count.map(|count| format!("{count} files")),
            self.age.map(|age| format!("{} seconds", age.as_secs())),
            self.bytes.map(|bytes| format!("{bytes} B")),
        ];
        let limits = limits.into_iter().flatten().collect::<Vec<_>>().join(", ");
        f.write_str(if limits.is_empty() { "all" } else { &limits })
    }
}

impl FromStr for Retention {
    type Err = LogError;

    fn from_str(text: &str) -> Result<Self, LogError> {
        let mut retention = Self::ALL;
        if matches!(text.trim().to_ascii_lowercase().as_str(), "all" | "forever") {
            return Ok(retention);
        }
        for part in text.split(',').map(str::trim) {
            let count = part.strip_suffix("files").or_else(|| part.strip_suffix("file")).unwrap_or(part).trim();
            let twice = if let Ok(count) = count.parse() {
                retention.count.replace(count).is_some()
            } else if let Some(age) = size::age(part) {
                retention.age.replace(age).is_some()
            } else if let Some(bytes) = size::bytes(part) {
                retention.bytes.replace(bytes).is_some()
            } else {
                true
            };
            if twice {
                return Err(LogError::Retention(text.to_owned()));
            }
        }
        Ok(retention)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_each_kind_may_be_given_once() {
        let days = |days: u64| Some(Duration::from_secs(days * 86_400));
        let table = [
            ("5", Some(Retention { count: Some(5), age: None, bytes: None })),
            ("1 file", Some(Retention { count: Some(1), age: None, bytes: None })),
            ("10 days", Some(Retention { count: None, age: days(10), bytes: None })),
            ("2 GB,0 files", Some(Retention { count: Some(0), age: None, bytes: Some(2_000_000_000) })),
            ("all", Some(Retention::ALL)),
            ("", None),
            ("5, 6", None),
            ("some", None),
            ("-1", None),
        ];
        for (text, expected) in table {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
    }
}
