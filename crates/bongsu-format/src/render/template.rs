//! A user's own line: `{time} {level:<8} {logger}: {message}`.

use std::fmt::Write as _;
use std::str::FromStr;

use bongsu_model::{Explain, Record, Value};
use jiff::tz::TimeZone;

/// A line with places for the parts of a record.
///
/// Places stand in braces: `time`, `level`, `logger` (or `name`), `function`, `file`, `line`, `message`, `service`,
/// `host`, `operation`, `duration`, `trace_id`, `span_id`, and the name of any field. Behind a colon a width, `{level:<8}`
/// or `{line:>4}`, and for `time` a pattern as `strftime` has it, `{time:%H:%M:%S}`. `{{` and `}}` are braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Time(String),
    Place { name: String, width: usize, right: bool },
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A brace without its partner.
    #[error("the brace at character {at} of the line template has no partner")]
    Unbalanced {
        /// Counted from 1.
        at: usize,
    },
    /// What stands behind the colon is neither a width nor a time pattern.
    #[error("`{place}` in the line template is not understood")]
    Place {
        /// The inside of the braces.
        place: String,
    },
}

impl Explain for TemplateError {
    fn id(&self) -> &'static str {
        match self {
            Self::Unbalanced { .. } => "template-unbalanced",
            Self::Place { .. } => "template-place",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Unbalanced { at } => vec![("at", at.to_string())],
            Self::Place { place } => vec![("place", place.clone())],
        }
    }

    fn hint(&self) -> Option<String> {
        Some("write places as {message}, {level:<8} or {time:%H:%M:%S}, and a brace itself as {{ or }}".to_owned())
    }
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(found) = rest.find(['{', '}']) {
            let (before, brace) = rest.split_at(found);
            literal.push_str(before);
            if let Some(after) = ["{{", "}}"].iter().find_map(|pair| brace.strip_prefix(pair)) {
                literal.push_str(brace.get(..1).unwrap_or_default());
                rest = after;
                continue;
            }
            let inside = brace.strip_prefix('{').and_then(|inside| inside.split_once('}'));
            let at = || text.get(..text.len() - brace.len()).unwrap_or_default().chars().count() + 1;
            let (place, after) = inside.ok_or_else(|| TemplateError::Unbalanced { at: at() })?;
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            parts.push(Part::read(place).ok_or_else(|| TemplateError::Place { place: place.to_owned() })?);
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Self { text: text.to_owned(), parts })
    }
}

impl std::fmt::Display for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl Part {
    fn read(place: &str) -> Option<Self> {
        let (name, how) = place.split_once(':').unwrap_or((place, ""));
        if name.is_empty() {
            return None;
        }
        if name == "time" {
            let pattern = if how.is_empty() { "%Y-%m-%d %H:%M:%S" } else { how };
            jiff::fmt::strtime::format(pattern, &jiff::Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC)).ok()?;
            return Some(Self::Time(pattern.to_owned()));
        }
        let how = how.trim_start();
        let right = how.starts_with('>');
        let width = how.trim_start_matches(['<', '>']);
        let width = if width.is_empty() { 0 } else { width.parse().ok().filter(|width| *width <= 1_000)? };
        Some(Self::Place { name: name.to_owned(), width, right })
    }
}

impl Template {
    pub(super) fn write(&self, record: &Record<'_>, zone: &TimeZone, out: &mut String) {
        for part in &self.parts {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Time(pattern) => {
                    let time = super::local(record, zone);
                    let _ = write!(out, "{}", time.strftime(pattern.as_str()));
                }
                Part::Place { name, width, right } => {
                    let value = value(record, name);
                    let _ = if *right { write!(out, "{value:>width$}") } else { write!(out, "{value:<width$}") };
                }
            }
        }
    }
}

fn value(record: &Record<'_>, name: &str) -> String {
    let text = match name {
        "level" => return super::level(record).to_owned(),
        "message" => return record.message.to_string(),
        "line" => return record.line.map(|line| line.to_string()).unwrap_or_default(),
        "duration" => return record.duration.map(|seconds| seconds.to_string()).unwrap_or_default(),
        "logger" | "name" => &record.logger,
        "function" => &record.function,
        "file" => &record.file,
        "service" => &record.service,
        "host" => &record.host,
        "operation" => &record.operation,
        "trace_id" => &record.trace_id,
        "span_id" => &record.span_id,
        _ => {
            let field = record.fields.iter().find(|(key, _)| key == name);
            return field.map(|(_, value)| shown(value)).unwrap_or_default();
        }
    };
    text.as_deref().unwrap_or_default().to_owned()
}

fn shown(value: &Value<'_>) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Str(text) | Value::Json(text) => text.to_string(),
    }
}
