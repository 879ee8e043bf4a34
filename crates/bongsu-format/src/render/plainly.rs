//! The lines written by the standard library's formatting, slow and plain: what the fast form is tested against.

use std::fmt::Write as _;

use bongsu_model::{Level, Record, Value};
use jiff::tz::TimeZone;
use serde_json::{Map, Number, json};

use super::Layout;

pub(super) fn render(layout: &Layout, record: &Record<'_>, zone: &TimeZone) -> String {
    let mut out = String::new();
    let level = record.level.as_ref().map_or("NOTSET", Level::name);
    let logger = record.logger.as_deref().unwrap_or_default();
    let message = &record.message;
    let local = record.time.unwrap_or_default().to_jiff().to_zoned(zone.clone());
    let (full, clock) = (local.strftime("%Y-%m-%d %H:%M:%S"), local.strftime("%H:%M:%S"));
    match layout {
        Layout::Simple => write!(out, "[{clock}] {level:<8} | {message}"),
        Layout::Component => write!(out, "[{full}] {level:<8} {logger:<15} | {message}"),
        Layout::Performance => write!(out, "[{full}] PERF {logger:<15} | {message}"),
        Layout::Detailed => {
            let function = record.function.as_deref().unwrap_or_default();
            let line = record.line.map(|line| line.to_string()).unwrap_or_default();
            write!(out, "[{full}] {level:<8} {logger:<15} {function:<20} L{line:>3} | {message}")
        }
        Layout::Json => write!(out, "{}", object(record)),
        Layout::Template(_) => panic!("templates have examples of their own"),
    }
    .unwrap();
    out
}

fn object(record: &Record<'_>) -> serde_json::Value {
    let mut object = Map::new();
    let mut put = |key: &str, value: Option<serde_json::Value>| {
        object.extend(value.map(|value| (key.to_owned(), value)));
    };
    put("Timestamp", Some(record.time.unwrap_or_default().to_string().into()));
    put("SeverityText", record.level.as_ref().map(|level| level.name().into()));
    put("SeverityNumber", record.level.as_ref().and_then(Level::severity).map(Into::into));
    put("Body", Some(record.message.as_ref().into()));
    put("TraceId", record.trace_id.as_deref().map(Into::into));
    put("SpanId", record.span_id.as_deref().map(Into::into));
    put("InstrumentationScope", record.logger.as_deref().map(|name| json!({"name": name})));
    let mut resource = Map::new();
    resource.extend(record.service.as_deref().map(|name| ("service.name".into(), name.into())));
    resource.extend(record.host.as_deref().map(|name| ("host.name".into(), name.into())));
    put("Resource", (!resource.is_empty()).then_some(resource.into()));
    let mut attributes = Map::new();
    attributes.extend(record.function.as_deref().map(|name| ("code.function.name".into(), name.into())));
    attributes.extend(record.file.as_deref().map(|name| ("code.file.path".into(), name.into())));
    attributes.extend(record.line.map(|line| ("code.line.number".into(), line.into())));
    attributes.extend(record.operation.as_deref().map(|name| ("operation".into(), name.into())));
    let seconds = record.duration.and_then(Number::from_f64);
    attributes.extend(seconds.map(|seconds| ("duration".into(), seconds.into())));
    for (name, value) in &record.fields {
        let value = match value {
            Value::Bool(value) => (*value).into(),
            Value::Int(value) => (*value).into(),
            Value::Float(value) => (*value).into(),
            Value::Str(text) => text.as_ref().into(),
            Value::Json(text) => serde_json::from_str(text).unwrap(),
        };
        attributes.insert(name.clone().into_owned(), value);
    }
    put("Attributes", (!attributes.is_empty()).then_some(attributes.into()));
    object.into()
}
