//! Time ranges as people write them, in English and Korean.

use bongsu_model::{Explain, TimeRange, Timestamp};
use jiff::tz::TimeZone;

/// A text that names no time or range of times.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a time or a range of times: {reason}")]
pub struct TimeRangeError {
    /// What was written.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Explain for TimeRangeError {
    fn id(&self) -> &'static str {
        "time-range"
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        vec![("text", self.text.clone()), ("reason", self.reason.clone())]
    }

    fn hint(&self) -> Option<String> {
        Some(
            "write for example 15m, 2h, 7d, today, yesterday, this week, last month, 2025-06-01, 2025-06-01..06-02, \
             2025-06-01T12:00..13:00, 2025-06-01T12:00:00Z, all; or 15분, 어제, 오늘, 지난주, 최근 3일"
                .into(),
        )
    }
}

/// The range that `text` names.
pub fn parse(text: &str, _now: Timestamp, _zone: &TimeZone) -> Result<TimeRange, TimeRangeError> {
    Err(TimeRangeError { text: text.to_owned(), reason: "not read yet".into() })
}

/// The range from `since` to `until`.
pub fn between(
    since: Option<&str>,
    until: Option<&str>,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<TimeRange, TimeRangeError> {
    match (since, until) {
        (None, None) => Ok(TimeRange::ALL),
        (Some(text), _) | (None, Some(text)) => parse(text, now, zone),
    }
}
