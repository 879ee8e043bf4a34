//! A record as a line of the logging SDK.

mod json;
mod template;

use std::fmt::Write as _;

use bongsu_model::Record;
use jiff::tz::TimeZone;

pub use template::{Template, TemplateError};

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
    /// The user's own.
    Template(Template),
}

impl Layout {
    /// Appends the record to `out`, times in `zone`, without a line end.
    ///
    /// The level is padded to 8 columns, the logger to 15, the function to 20, the line number to 3; longer values are
    /// not cut. A record without a level reads `NOTSET`.
    ///
    /// ```
    /// use bongsu_format::render::Layout;
    /// use bongsu_model::{Level, Record, Timestamp};
    ///
    /// let record = Record {
    ///     time: Some(Timestamp::from_nanos(1_749_211_200_000_000_000)),
    ///     level: Some(Level::Info),
    ///     logger: Some("name".into()),
    ///     function: Some("func".into()),
    ///     line: Some(12),
    ///     message: "message".into(),
    ///     ..Record::default()
    /// };
    /// let mut line = String::new();
    /// Layout::Detailed.render(&record, &jiff::tz::TimeZone::UTC, &mut line);
    /// assert_eq!(line, "[2025-06-06 12:00:00] INFO     name            func                 L 12 | message");
    /// ```
    pub fn render(&self, record: &Record<'_>, zone: &TimeZone, out: &mut String) {
        let level = level(record);
        let logger = record.logger.as_deref().unwrap_or_default();
        let message = &record.message;
        let written = match self {
            Self::Json => {
                json::write(record, out);
                Ok(())
            }
            Self::Template(template) => {
                template.write(record, zone, out);
                Ok(())
            }
            Self::Simple => {
                let time = local(record, zone).strftime("%H:%M:%S");
                write!(out, "[{time}] {level:<8} | {message}")
            }
            Self::Component => write!(out, "[{}] {level:<8} {logger:<15} | {message}", full(record, zone)),
            Self::Performance => write!(out, "[{}] PERF {logger:<15} | {message}", full(record, zone)),
            Self::Detailed => {
                let (time, function) = (full(record, zone), record.function.as_deref().unwrap_or_default());
                let line = record.line.map(|line| line.to_string()).unwrap_or_default();
                write!(out, "[{time}] {level:<8} {logger:<15} {function:<20} L{line:>3} | {message}")
            }
        };
        debug_assert!(written.is_ok(), "writing to a string cannot fail");
    }
}

fn level<'r>(record: &'r Record<'_>) -> &'r str {
    record.level.as_ref().map_or("NOTSET", bongsu_model::Level::name)
}

fn local(record: &Record<'_>, zone: &TimeZone) -> jiff::Zoned {
    record.time.unwrap_or_default().to_jiff().to_zoned(zone.clone())
}

fn full(record: &Record<'_>, zone: &TimeZone) -> String {
    local(record, zone).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests;
