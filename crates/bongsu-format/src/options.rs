//! What a parser must be told, because a line does not say it.

use bongsu_model::Timestamp;
use jiff::tz::TimeZone;

use crate::Format;

/// What a parser must be told, because a line does not say it.
#[derive(Debug, Clone)]
pub struct ParseOptions {
    /// The time zone of times that are written without one.
    pub zone: TimeZone,
    /// Now: fills a missing year or date.
    pub now: Timestamp,
    /// The year of times that are written without one; when none, the year that brings the time closest to
    /// [`ParseOptions::now`] but not more than a day after it.
    pub year: Option<i16>,
    /// The one format to read; when none it is recognised. Lines that it does not fit are kept as text.
    pub format: Option<Format>,
    /// Bytes that one line may have; longer lines are refused.
    pub max_line: usize,
}

impl ParseOptions {
    /// 16 MiB.
    pub const MAX_LINE: usize = 16 << 20;

    /// Recognise formats, read zoneless times in the system's time zone.
    pub fn new(now: Timestamp) -> Self {
        Self { zone: TimeZone::system(), now, year: None, format: None, max_line: Self::MAX_LINE }
    }
}
