//! What an analysis needs to know of a record.

use bongsu_model::Timestamp;

/// A record that tells of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErrorRow<'a> {
    /// When it happened; none when the line had no time.
    pub time: Option<Timestamp>,
    /// Level's name, as it is stored.
    pub level: Option<&'a str>,
    /// OpenTelemetry severity number.
    pub severity: Option<i8>,
    /// Program or component.
    pub service: Option<&'a str>,
    /// Logger, module or tag.
    pub logger: Option<&'a str>,
    /// The line without what was parsed out of it.
    pub message: &'a str,
    /// The record's first line as it was written: what the rules look at.
    pub first_line: &'a str,
    /// Source file that logged.
    pub code_file: Option<&'a str>,
    /// Line in `code_file`.
    pub code_line: Option<i64>,
    /// Log file that the line was gathered from.
    pub source: Option<&'a str>,
    /// Byte offset in `source`.
    pub offset: Option<i64>,
}

/// A record that tells how long an operation took.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PerformanceRow<'a> {
    /// When it was logged; none when the line had no time.
    pub time: Option<Timestamp>,
    /// Program or component.
    pub service: Option<&'a str>,
    /// Logger, module or tag.
    pub logger: Option<&'a str>,
    /// Name of what was done.
    pub operation: &'a str,
    /// Seconds.
    pub duration: f64,
}
