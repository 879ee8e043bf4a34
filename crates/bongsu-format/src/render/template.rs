//! A user's own line: `{time} {level:<8} {logger}: {message}`.

use std::io::Write as _;
use std::str::FromStr;

use bongsu_model::{Explain, Value};

use super::ids::Ids;
use super::pattern::Pattern;
use super::text::{integer, widen};
use super::{Line, Stamp, json};

/// A line with places for the parts of a record.
///
/// Places stand in braces: `time`, `level`, `logger` (or `name`), `function`, `file`, `line`, `message`, `service`,
/// `host`, `operation`, `duration`, `trace_id`, `span_id`, the name of any field, and `extra` for all fields as one JSON
/// object. A field's name is letters, digits, `_`, `-` and dots; a record without it has nothing there, and a field that is
/// null reads `None`. What could only be empty is refused: `{message!r}`, `{extra[user]}`, `{level.name}`, names of
/// `logging` such as `{levelname}`, and a name above that is misspelt by one letter. Behind a colon a width, `{level:<8}` or `{line:>4}`, and for `time` a pattern as `strftime` has it,
/// `{time:%H:%M:%S}`. `{{` and `}}` are braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Time(Pattern),
    Place { what: Place, width: usize, right: bool },
}

/// What stands in a place.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Level,
    Logger,
    Function,
    File,
    Line,
    Message,
    Service,
    Host,
    Operation,
    Duration,
    TraceId,
    SpanId,
    Extra,
    Field(String),
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
            Self::Place { place } => {
                vec![("place", place.clone()), ("meant", meant(place).unwrap_or("none").to_owned())]
            }
        }
    }

    fn hint(&self) -> Option<String> {
        if let Self::Place { place } = self
            && let Some(meant) = meant(place)
        {
            return Some(format!(
                "did you mean {{{meant}}}? Places are the parts of a record and fields by their names, without conversions, indexes and attributes: {}",
                NAMES.join(", ")
            ));
        }
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
        if name == "time" {
            return Pattern::read(if how.is_empty() { "%Y-%m-%d %H:%M:%S" } else { how }).map(Self::Time);
        }
        if !is_name(name) || meant(name).is_some() {
            return None;
        }
        let how = how.trim_start();
        let right = how.starts_with('>');
        let width = how.trim_start_matches(['<', '>']);
        let width = if width.is_empty() { 0 } else { width.parse().ok().filter(|width| *width <= 1_000)? };
        Some(Self::Place { what: Place::named(name), width, right })
    }
}

/// Places that are parts of every record.
const NAMES: [&str; 15] = [
    "time",
    "level",
    "logger",
    "name",
    "function",
    "file",
    "line",
    "message",
    "service",
    "host",
    "operation",
    "duration",
    "trace_id",
    "span_id",
    "extra",
];

/// What parts of a record are called in Python's `logging`, where no field can have these names.
const OF_LOGGING: [(&str, &str); 5] =
    [("asctime", "time"), ("levelname", "level"), ("funcName", "function"), ("lineno", "line"), ("pathname", "file")];

/// Whether a field can be called so.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.'))
}

/// The place that is most likely meant by one that would stay empty; none for the name of a field.
fn meant(place: &str) -> Option<&str> {
    let place = place.split(':').next()?;
    if NAMES.contains(&place) {
        return None;
    }
    let (first, behind) = place.split_at(place.find(['!', '[', '.']).unwrap_or(place.len()));
    // Fields of OpenTelemetry have dots in their names: `host.name`.
    let may_be_a_field = behind.starts_with('.') && matches!(first, "service" | "host" | "file" | "operation");
    if !behind.is_empty() && NAMES.contains(&first) && !may_be_a_field {
        let part = behind.trim_matches(['[', ']', '.', '\'', '"']);
        return Some(if first == "extra" && is_name(part) { part } else { first });
    }
    let known = OF_LOGGING.iter().find(|(name, _)| *name == first).map(|(_, meant)| *meant);
    known.or_else(|| NAMES.into_iter().find(|name| is_misspelt(first, name)))
}

/// Whether `word` is `name` with one letter left out or doubled, or two that changed places. Short names with a letter left out
/// are words of their own.
fn is_misspelt(word: &str, name: &str) -> bool {
    let without = |text: &str, at: usize| [text.get(..at), text.get(at + 1..)].map(Option::unwrap_or_default).concat();
    let (letters, given) = (name.as_bytes(), word.as_bytes());
    let left_out = |at: usize| name.len() >= 5 && letters.get(at) != Some(&b'_') && without(name, at) == word;
    let doubled = |at: usize| at > 0 && given.get(at) == given.get(at - 1) && without(word, at) == name;
    let swapped = |at: usize| {
        let mut changed = letters.to_vec();
        if at > 0 && at < changed.len() {
            changed.swap(at - 1, at);
        }
        changed == given
    };
    word != name && word.is_ascii() && (0..=name.len()).any(|at| left_out(at) || doubled(at) || swapped(at))
}

impl Place {
    fn named(name: &str) -> Self {
        match name {
            "level" => Self::Level,
            "logger" | "name" => Self::Logger,
            "function" => Self::Function,
            "file" => Self::File,
            "line" => Self::Line,
            "message" => Self::Message,
            "service" => Self::Service,
            "host" => Self::Host,
            "operation" => Self::Operation,
            "duration" => Self::Duration,
            "trace_id" => Self::TraceId,
            "span_id" => Self::SpanId,
            "extra" => Self::Extra,
            _ => Self::Field(name.to_owned()),
        }
    }

    fn write(&self, line: &Line<'_>, out: &mut Vec<u8>) {
        let ids;
        let text = match self {
            Self::Level => Some(super::level(line)),
            Self::Logger => line.logger,
            Self::Message => Some(line.message),
            Self::Function => line.function,
            Self::File => line.file,
            Self::Service => line.service,
            Self::Host => line.host,
            Self::Operation => line.operation,
            Self::TraceId => {
                ids = Ids::of(line);
                ids.trace(line)
            }
            Self::SpanId => {
                ids = Ids::of(line);
                ids.span(line)
            }
            Self::Line => return line.line.into_iter().for_each(|number| integer(out, number)),
            Self::Duration => return line.duration.into_iter().for_each(|seconds| float(out, seconds)),
            Self::Extra => return json::object(line.fields, out),
            Self::Field(wanted) => return field(line, wanted, out),
        };
        out.extend_from_slice(text.unwrap_or_default().as_bytes());
    }
}

impl Template {
    pub(super) fn write(&self, line: &Line<'_>, stamp: &mut Stamp, out: &mut Vec<u8>) {
        for part in &self.parts {
            match part {
                Part::Literal(text) => out.extend_from_slice(text.as_bytes()),
                Part::Time(pattern) => pattern.write(line.time, stamp, out),
                Part::Place { what, width, right } => {
                    let start = out.len();
                    what.write(line, out);
                    if *width > 0 {
                        widen(out, start, *width, *right);
                    }
                }
            }
        }
    }
}

/// The first field of this name.
fn field(line: &Line<'_>, wanted: &str, out: &mut Vec<u8>) {
    let mut found = false;
    line.fields.each(&mut |name, value| {
        if found || name != wanted {
            return;
        }
        found = true;
        match value {
            Value::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
            Value::Int(value) => integer(out, *value),
            Value::Float(value) => float(out, *value),
            Value::Json(text) if text == "null" => out.extend_from_slice(b"None"),
            Value::Str(text) | Value::Json(text) => out.extend_from_slice(text.as_bytes()),
        }
    });
}

fn float(out: &mut Vec<u8>, number: f64) {
    let written = write!(out, "{number}");
    debug_assert!(written.is_ok(), "writing to a vector cannot fail");
}
