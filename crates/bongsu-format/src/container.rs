//! What container runtimes put around a line: Docker's json-file and the Kubernetes runtime interface (CRI).

use std::borrow::Cow;

use bongsu_model::{Record, Timestamp, Value};

use crate::Format;
use crate::json::JsonReader;
use crate::time::{Calendar, scan};

/// The line inside a wrapper.
#[derive(Debug)]
pub(crate) struct Wrapped<'a> {
    pub(crate) text: Cow<'a, str>,
    /// The line goes on in the next wrapper.
    pub(crate) partial: bool,
    pub(crate) around: Around<'a>,
}

/// What the wrapper says about the line.
#[derive(Debug)]
pub(crate) struct Around<'a> {
    pub(crate) format: Format,
    time: Timestamp,
    fields: Vec<(Cow<'a, str>, Value<'a>)>,
}

/// Looks for a wrapper around a line.
pub(crate) fn unwrap<'a>(text: &'a str, json: &mut JsonReader, calendar: &Calendar) -> Option<Wrapped<'a>> {
    match text.as_bytes().first()? {
        b'{' => docker(text, json, calendar),
        b'0'..=b'9' => cri(text, calendar),
        _ => None,
    }
}

fn docker<'a>(text: &'a str, json: &mut JsonReader, calendar: &Calendar) -> Option<Wrapped<'a>> {
    if !text.starts_with("{\"log\":") || !text.contains("\"stream\":\"") {
        return None;
    }
    let (record, _) = json.read(text, calendar)?;
    let Record { time, message, fields, shape, .. } = record;
    if !shape?.starts_with("json log=m,stream:s") {
        return None;
    }
    let text = message.strip_suffix('\n').map(str::to_owned);
    let around = Around { format: Format::Docker, time: time?, fields };
    Some(Wrapped { partial: text.is_none(), text: text.map_or(message, Cow::Owned), around })
}

fn cri<'a>(text: &'a str, calendar: &Calendar) -> Option<Wrapped<'a>> {
    if text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    let (time, rest) = text.split_once(' ')?;
    let (stream, rest) = rest.split_once(' ').filter(|(stream, _)| matches!(*stream, "stdout" | "stderr"))?;
    let (tags, line) = rest.split_once(' ').unwrap_or((rest, ""));
    let partial = match tags.split(':').next()? {
        "P" => true,
        "F" => false,
        _ => return None,
    };
    let found = scan(time.as_bytes(), calendar).filter(|found| found.len == time.len())?;
    let fields = vec![("stream".into(), Value::Str(stream.into()))];
    Some(Wrapped { text: line.into(), partial, around: Around { format: Format::Cri, time: found.time, fields } })
}

impl<'a> Around<'a> {
    /// Whether two lines came out of the same stream.
    pub(crate) fn same_stream(&self, other: &Self) -> bool {
        self.fields.first() == other.fields.first()
    }

    /// Adds to a record what the wrapper knows. The line's own time stands when it was complete.
    pub(crate) fn put_on(self, record: &mut Record<'a>, guessed: bool) {
        if record.time.is_none() || guessed {
            record.time = Some(self.time);
        }
        record.fields.extend(self.fields);
        let inner = record.shape.take().unwrap_or(Cow::Borrowed(Format::Text.name()));
        record.shape = Some(if inner.starts_with("json") { inner } else { format!("{}/{inner}", self.format).into() });
    }
}
