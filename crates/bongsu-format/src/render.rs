//! A record as a line of the logging SDK.

use bongsu_model::Record;
use jiff::tz::TimeZone;

/// How a record is written as a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// `[2025-06-06 12:00:00] INFO     name            func                 L 12 | message`.
    Detailed,
    /// `[12:00:00] INFO     | message`.
    Simple,
    /// `[2025-06-06 12:00:00] INFO     name            | message`.
    Component,
    /// `[2025-06-06 12:00:00] PERF name            | message`.
    Performance,
    /// One object with the field names of the OpenTelemetry log data model.
    Json,
}

impl Layout {
    /// Appends the record to `out`, times in `zone`, without a line end.
    pub fn render(&self, record: &Record<'_>, zone: &TimeZone, out: &mut String) {
        let _ = zone;
        out.push_str(&record.message);
    }
}
