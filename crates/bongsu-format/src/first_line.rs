//! A record's first line as it was written.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::str::FromStr;

use bongsu_model::Value;

use crate::Format;
use crate::shape::{self, Columns, SOURCE_FIELD};

/// A text shape, taken apart.
struct Written<'a> {
    format: Format,
    order: &'a str,
    level: Option<&'a str>,
}

impl<'a> Written<'a> {
    fn read(shape: &'a str) -> Self {
        let shape = shape.rsplit('/').next().unwrap_or(shape);
        let mut words = shape.split(' ');
        let format = words.next().and_then(|name| Format::from_str(name).ok()).unwrap_or(Format::Text);
        let (mut order, mut level) = ("", None);
        for word in words {
            order = word.strip_prefix("order=").unwrap_or(order);
            level = word.strip_prefix("level=").or(level);
        }
        Self { format, order, level }
    }

    /// The letters of the parts in front of the message.
    fn parts(&self) -> &'a str {
        if !self.order.is_empty() {
            return self.order;
        }
        match self.format {
            Format::Syslog3164 | Format::Syslog5424 => "hs",
            Format::Loguru | Format::Log4j => "lnf",
            Format::Klog => "lF",
            Format::NginxError => "l",
            Format::ApacheError => "nl",
            Format::Access => "c",
            Format::Logfmt | Format::Csv | Format::Tracing | Format::JournaldExport => "ln",
            _ => "",
        }
    }
}

/// A record's level as it was spelled, which the shape tells when it differs from the stored name.
///
/// ```
/// assert_eq!(bongsu_format::level_as_written(Some("log4j order=tln level=FATAL"), "CRITICAL"), "FATAL");
/// assert_eq!(bongsu_format::level_as_written(Some(r#"json lvl=l"warn",msg=m"#), "WARNING"), "warn");
/// assert_eq!(bongsu_format::level_as_written(Some("bongsu-detailed"), "ERROR"), "ERROR");
/// ```
pub fn level_as_written<'a>(shape: Option<&'a str>, level: &'a str) -> Cow<'a, str> {
    let Some(shape) = shape else { return level.into() };
    if !shape.starts_with(shape::JSON) {
        return Written::read(shape).level.unwrap_or(level).into();
    }
    let spelled = shape.split_once("=l\"").and_then(|(_, rest)| {
        let end = rest.find('"')?;
        serde_json::from_str::<String>(&format!("\"{}\"", rest.get(..end)?)).ok()
    });
    spelled.map_or(level.into(), Cow::Owned)
}

/// A record's first line as it was written, as near as the stored columns and the shape can tell.
///
/// Order and spelling are those of the line: what the rules of error analysis look for (`ERROR.*?TimeoutError`) stands
/// where it stood; a text line's time is left out. Reads the columns `level`, `logger`, `function`, `line`, `message`
/// and, where the format has them, `service`, `host`, `file`; of a JSON record every column that it had.
pub fn first_line(shape: Option<&str>, columns: &dyn Columns) -> String {
    let shape = shape.unwrap_or_default();
    if shape == shape::JSON_AS_SENT
        && let Some(Value::Str(source) | Value::Json(source)) = columns.field(SOURCE_FIELD)
    {
        return source.lines().next().unwrap_or_default().to_owned();
    }
    if let Some(object) = shape::restore(shape, columns) {
        return object.to_string();
    }
    let text = |name| match columns.core(name) {
        Some(Value::Str(text)) => text.into_owned(),
        Some(Value::Int(number)) => number.to_string(),
        _ => String::new(),
    };
    let stored = text("level");
    let written = Written::read(shape);
    let level = written.level.unwrap_or(&stored);
    let message = text("message");
    let message = message.lines().next().unwrap_or_default();
    match written.format {
        Format::BongsuDetailed => {
            let (logger, function, line) = (text("logger"), text("function"), text("line"));
            format!("{level:<8} {logger:<15} {function:<20} L{line:>3} | {message}")
        }
        Format::BongsuComponent => format!("{level:<8} {:<15} | {message}", text("logger")),
        Format::BongsuPerformance => format!("PERF {:<15} | {message}", text("logger")),
        Format::BongsuSimple => format!("{level:<8} | {message}"),
        Format::Text => message.to_owned(),
        Format::PythonLogging if written.order == "ln" => format!("{level}:{}:{message}", text("logger")),
        _ => parted(&written, level, columns, message),
    }
}

/// Parts and message with blanks between.
fn parted(written: &Written<'_>, level: &str, columns: &dyn Columns, message: &str) -> String {
    let mut out = String::new();
    for part in written.parts().chars() {
        let value = match part {
            'l' => Some(level.to_owned()).filter(|level| !level.is_empty()),
            'p' => shown(columns.field("pid").or_else(|| columns.field("process"))),
            'x' => shown(columns.field("thread").or_else(|| columns.core("logger"))),
            'c' => shown(columns.field("client")),
            'n' => shown(columns.core("logger")),
            'h' => shown(columns.core("host")),
            's' => shown(columns.core("service")),
            'f' => shown(columns.core("function")),
            'F' => shown(columns.core("file")).map(|file| match columns.core("line") {
                Some(Value::Int(line)) => format!("{file}:{line}"),
                _ => file,
            }),
            _ => None,
        };
        if let Some(value) = value {
            let _ = write!(out, "{value} ");
        }
    }
    out.push_str(message);
    if written.format == Format::Access
        && let Some(status) = shown(columns.field("status"))
    {
        let _ = write!(out, " {status}");
    }
    out
}

fn shown(value: Option<Value<'_>>) -> Option<String> {
    match value? {
        Value::Str(text) | Value::Json(text) => Some(text.into_owned()),
        Value::Int(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use bongsu_model::Timestamp;

    use super::*;
    use crate::{ParseOptions, Parsed, Parser};

    fn first_line_of(line: &str) -> String {
        let mut lines = Vec::new();
        let mut parser = Parser::new(ParseOptions::new(Timestamp::from_nanos(1_749_178_800_000_000_000)));
        parser.parse(line.as_bytes(), 0, true, &mut |parsed| {
            if let Parsed::Record { record, .. } = parsed {
                lines.push(first_line(record.shape.as_deref(), &record));
            }
        });
        lines.concat()
    }

    #[test]
    fn level_logger_and_message_stand_as_they_were_written() {
        for (line, expected) in [
            (
                "[2025-06-06 12:00:00] ERROR    api             call                 L 12 | TimeoutError: slow\n  more",
                "ERROR    api             call                 L 12 | TimeoutError: slow",
            ),
            ("[2025-06-06 12:00:00] FATAL    api             | down", "FATAL    api             | down"),
            (
                "[2025-06-06 12:00:00] PERF api             | x completed in 1.0s",
                "PERF api             | x completed in 1.0s",
            ),
            ("WARN:root:careful", "WARN:root:careful"),
            ("2025-06-06 12:00:00,123 - app - FATAL - down", "app FATAL down"),
            ("2025-06-06 12:00:00,123 FATAL [main] a.B: down", "FATAL main a.B down"),
            ("{\"message\":\"m\",\"level\":\"fatal\",\"n\":1}", "{\"message\":\"m\",\"level\":\"fatal\",\"n\":1}"),
            ("{\"a\":1, \"a\":2}", "{\"a\":1, \"a\":2}"),
            ("only text", "only text"),
        ] {
            assert_eq!(first_line_of(line), expected);
        }
    }
}
