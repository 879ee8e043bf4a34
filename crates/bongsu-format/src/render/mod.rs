//! A record as a line of the logging SDK.

mod ids;
mod json;
mod line;
mod pattern;
mod stamp;
mod template;
mod terminal;
mod text;

use bongsu_model::Record;
use jiff::tz::TimeZone;

pub use line::{Fields, Key, Line};
pub use stamp::Stamp;
pub use template::{Template, TemplateError};
pub use terminal::for_terminal;
use text::{level_column, line_number, padded};

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
        let mut bytes = std::mem::take(out).into_bytes();
        self.write(&record.into(), &mut Stamp::new(zone.clone()), &mut bytes);
        *out = String::from_utf8(bytes).unwrap_or_else(|not| String::from_utf8_lossy(not.as_bytes()).into_owned());
    }

    /// Appends the line to `out` without a line end, as [`Layout::render`] does: for those who write many lines and keep
    /// the [`Stamp`] and the buffer. What is appended is UTF-8.
    pub fn write(&self, line: &Line<'_>, stamp: &mut Stamp, out: &mut Vec<u8>) {
        out.reserve(96 + line.message.len());
        match self {
            Self::Json => return json::write(line, stamp, out),
            Self::Template(template) => return template.write(line, stamp, out),
            Self::Simple => {
                out.push(b'[');
                out.extend_from_slice(stamp.clock(line.time));
            }
            Self::Component | Self::Performance | Self::Detailed => out.extend_from_slice(stamp.full(line.time)),
        }
        self.write_head(line, out);
        out.extend_from_slice(line.message.as_bytes());
    }

    /// Whether a line shows its time to the second and no more.
    pub fn shows_seconds(&self) -> bool {
        !matches!(self, Self::Json | Self::Template(_))
    }

    /// What stands between [`Stamp::full`] and the message. It hangs on level, logger, function and line number alone, so that a
    /// writer of many lines keeps it for each place that logs. None where a line does not consist of these three.
    ///
    /// ```
    /// use bongsu_format::render::{Layout, Line};
    ///
    /// let line = Line { level: Some("INFO"), logger: Some("films"), ..Line::default() };
    /// assert_eq!(Layout::Component.head(&line).as_deref(), Some(&b"INFO     films           | "[..]));
    /// assert_eq!(Layout::Json.head(&line), None);
    /// ```
    pub fn head(&self, line: &Line<'_>) -> Option<Vec<u8>> {
        if !matches!(self, Self::Component | Self::Performance | Self::Detailed) {
            return None;
        }
        let mut head = Vec::new();
        self.write_head(line, &mut head);
        Some(head)
    }

    fn write_head(&self, line: &Line<'_>, out: &mut Vec<u8>) {
        match self {
            Self::Json | Self::Template(_) => return,
            Self::Simple => {
                level_column(out, level(line));
                out.pop();
            }
            Self::Component => {
                level_column(out, level(line));
                padded(out, line.logger.unwrap_or_default(), 15);
            }
            Self::Performance => {
                out.extend_from_slice(b"PERF ");
                padded(out, line.logger.unwrap_or_default(), 15);
            }
            Self::Detailed => {
                level_column(out, level(line));
                padded(out, line.logger.unwrap_or_default(), 15);
                out.push(b' ');
                padded(out, line.function.unwrap_or_default(), 20);
                out.push(b' ');
                line_number(out, line.line);
            }
        }
        out.extend_from_slice(BEFORE_MESSAGE);
    }
}

const BEFORE_MESSAGE: &[u8] = b" | ";

fn level<'l>(line: &Line<'l>) -> &'l str {
    line.level.unwrap_or("NOTSET")
}

#[cfg(test)]
mod plainly;
#[cfg(test)]
mod tests;
