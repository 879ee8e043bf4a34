//! The logging SDK's own text lines: detailed, component, performance, simple.

use bongsu_model::{Record, Value};

use crate::Format;
use crate::json::JsonReader;
use crate::line::{Line, bracketed, word};
use crate::time::{Calendar, Written, scan};

/// Reads `[time] LEVEL …| message`.
pub(crate) fn read<'a>(text: &'a str, calendar: &Calendar) -> Option<Line<'a>> {
    let (inside, rest) = bracketed(text)?;
    let found = scan(inside.as_bytes(), calendar).filter(|found| found.len == inside.len())?;
    let (level, rest) = word(rest.strip_prefix(' ')?);
    let padding = level.len().max(8);
    let (header, message) = split(rest)?;
    let capital = level.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"_-".contains(&byte));
    if level.is_empty() || !capital {
        return None;
    }
    if found.written == Written::OfDay {
        let mut line = Line::timed(Format::BongsuSimple, found.time);
        line.set_level(level);
        return header.is_empty().then(|| line.message(message));
    }
    let mut line = Line::timed(Format::BongsuComponent, found.time);
    if level == "PERF" && padding == 8 {
        line.format = Format::BongsuPerformance;
    } else {
        line.set_level(level);
    }
    let logger = match position(header) {
        Some((logger, function, number)) if level != "PERF" => {
            line.format = Format::BongsuDetailed;
            line.record.function = (!function.is_empty()).then(|| function.into());
            line.record.line = number;
            logger
        }
        _ if header.is_empty() => return None,
        _ => header,
    };
    line.record.logger = (!logger.is_empty()).then(|| logger.into());
    line.record.message = message.into();
    Some(line)
}

/// What is before and behind the bar that opens the message.
fn split(text: &str) -> Option<(&str, &str)> {
    if let Some(message) = text.strip_prefix("| ") {
        return Some(("", message));
    }
    if let Some((header, message)) = text.split_once(" | ") {
        return Some((header.trim_end(), message));
    }
    text.strip_suffix('|').map(|header| (header.trim_end(), ""))
}

/// Logger, function and line of `name   func   L 12`.
fn position(header: &str) -> Option<(&str, &str, Option<i64>)> {
    let before = header.trim_end_matches(|sign: char| sign.is_ascii_digit());
    let number = header.get(before.len()..)?;
    let before = before.trim_end_matches(' ').strip_suffix('L')?.strip_suffix(' ')?;
    let before = before.trim_end();
    let (logger, function) = before.rsplit_once(' ').unwrap_or((before, ""));
    Some((logger.trim(), function, number.parse().ok()))
}

/// The measurement in a performance record's message: `{operation} completed in 0.123s | {json metadata}`.
///
/// The message stays whole; operation, duration and metadata become fields beside it.
pub(crate) fn measure(record: &mut Record<'_>, calendar: &Calendar) {
    let (message, json) = match record.message.split_once(" | {") {
        Some((message, _)) => (message, record.message.get(message.len() + 3..)),
        None => (record.message.as_ref(), None),
    };
    let Some((operation, seconds)) = message.rsplit_once(" completed in ") else { return };
    let Some(duration) = seconds.strip_suffix('s').filter(|number| is_seconds(number)).and_then(|n| n.parse().ok())
    else {
        return;
    };
    let fields = json.and_then(|json| metadata(json, calendar));
    record.operation = Some(operation.to_owned().into());
    record.duration = Some(duration);
    for (name, value) in fields.unwrap_or_default() {
        if record.fields.iter().all(|(known, _)| *known != name) {
            record.fields.push((name.into(), value));
        }
    }
}

fn is_seconds(number: &str) -> bool {
    number.starts_with(|sign: char| sign.is_ascii_digit())
        && number.bytes().all(|byte| byte.is_ascii_digit() || b".e-+".contains(&byte))
}

/// The metadata's keys and values. Every key stays the user's: a `message` in the metadata is not the record's.
fn metadata(json: &str, calendar: &Calendar) -> Option<Vec<(String, Value<'static>)>> {
    let wrapped = format!("{{\"Attributes\":{{\"metadata\":{json}}}}}");
    let (record, _) = JsonReader::new().read(&wrapped, calendar)?;
    let fields = crate::line::owned(record).fields.into_iter();
    let named = fields.filter_map(|(name, value)| Some((name.strip_prefix("metadata.")?.to_owned(), value)));
    Some(named.collect())
}
