//! What a line is made of, borrowed from wherever it lies.

use std::borrow::Cow;
use std::fmt::Debug;

use bongsu_model::{Level, Record, Timestamp, Value};

use super::json::quote;

/// The parts of a line. Whoever has no [`Record`] fills in what there is and leaves the rest to `..Line::default()`.
///
/// ```
/// use bongsu_format::render::{Layout, Line, Stamp};
/// use bongsu_model::Timestamp;
///
/// let line = Line {
///     time: Timestamp::from_nanos(1_749_211_200_000_000_000),
///     level: Some("INFO"),
///     logger: Some("films"),
///     message: "20 films loaded",
///     ..Line::default()
/// };
/// let mut stamp = Stamp::new(jiff::tz::TimeZone::UTC);
/// let mut out = Vec::new();
/// Layout::Component.write(&line, &mut stamp, &mut out);
/// assert_eq!(out, b"[2025-06-06 12:00:00] INFO     films           | 20 films loaded");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// When it happened.
    pub time: Timestamp,
    /// The level's name as it is shown; none reads `NOTSET`, and is left out of JSON.
    pub level: Option<&'a str>,
    /// The OpenTelemetry severity number, for JSON.
    pub severity: Option<u8>,
    /// Logger, module or tag.
    pub logger: Option<&'a str>,
    /// Function that logged.
    pub function: Option<&'a str>,
    /// Source file that logged.
    pub file: Option<&'a str>,
    /// Line in [`Line::file`].
    pub line: Option<i64>,
    /// What is said.
    pub message: &'a str,
    /// The program or component.
    pub service: Option<&'a str>,
    /// Machine or container.
    pub host: Option<&'a str>,
    /// Lower-case hex, 32 digits.
    pub trace_id: Option<&'a str>,
    /// Lower-case hex, 16 digits.
    pub span_id: Option<&'a str>,
    /// Name of the operation a performance record measured.
    pub operation: Option<&'a str>,
    /// Seconds that [`Line::operation`] took.
    pub duration: Option<f64>,
    /// Everything else: attributes in JSON, `{name}` in a template.
    pub fields: &'a dyn Fields,
}

impl Default for Line<'_> {
    fn default() -> Self {
        Self {
            time: Timestamp::default(),
            level: None,
            severity: None,
            logger: None,
            function: None,
            file: None,
            line: None,
            message: "",
            service: None,
            host: None,
            trace_id: None,
            span_id: None,
            operation: None,
            duration: None,
            fields: &(),
        }
    }
}

impl<'a> From<&'a Record<'_>> for Line<'a> {
    fn from(record: &'a Record<'_>) -> Self {
        Self {
            time: record.time.unwrap_or_default(),
            level: record.level.as_ref().map(Level::name),
            severity: record.level.as_ref().and_then(Level::severity),
            logger: record.logger.as_deref(),
            function: record.function.as_deref(),
            file: record.file.as_deref(),
            line: record.line,
            message: &record.message,
            service: record.service.as_deref(),
            host: record.host.as_deref(),
            trace_id: record.trace_id.as_deref(),
            span_id: record.span_id.as_deref(),
            operation: record.operation.as_deref(),
            duration: record.duration,
            fields: &record.fields,
        }
    }
}

/// Named values that go with a line, given one by one in their order: no list of them need be made first.
pub trait Fields: Debug {
    /// Calls `give` with each name and its value.
    fn each(&self, give: &mut dyn FnMut(&str, &Value<'_>));

    /// The same for JSON: who keeps names as JSON has them need not have them quoted for each line.
    fn each_member(&self, give: &mut dyn FnMut(Key<'_>, &Value<'_>)) {
        self.each(&mut |name, value| give(Key::Name(name), value));
    }
}

/// The name of a field in JSON.
#[derive(Debug, Clone, Copy)]
pub enum Key<'a> {
    /// As it is.
    Name(&'a str),
    /// As [`Key::quoted`] has made it.
    Quoted(&'a [u8]),
}

impl Key<'_> {
    /// A name in its quotes, with a colon behind it.
    ///
    /// ```
    /// use bongsu_format::render::Key;
    ///
    /// assert_eq!(Key::quoted("a \"b\""), br#""a \"b\"":"#);
    /// ```
    pub fn quoted(name: &str) -> Vec<u8> {
        let mut quoted = Vec::with_capacity(name.len() + 3);
        Key::Name(name).write(&mut quoted);
        quoted
    }

    /// Whether it is this name, which needs no escapes.
    #[inline]
    pub(super) fn is(self, wanted: &str) -> bool {
        match self {
            Self::Name(name) => name == wanted,
            Self::Quoted(quoted) => {
                let inside = quoted.strip_prefix(b"\"").and_then(|quoted| quoted.strip_suffix(b"\":"));
                inside == Some(wanted.as_bytes())
            }
        }
    }

    /// Appends it in its quotes, with a colon behind it.
    #[inline]
    pub(super) fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Name(name) => {
                quote(out, name);
                out.push(b':');
            }
            Self::Quoted(quoted) => out.extend_from_slice(quoted),
        }
    }
}

impl Fields for () {
    fn each(&self, _: &mut dyn FnMut(&str, &Value<'_>)) {}
}

impl Fields for Vec<(Cow<'_, str>, Value<'_>)> {
    fn each(&self, give: &mut dyn FnMut(&str, &Value<'_>)) {
        for (name, value) in self {
            give(name, value);
        }
    }
}

impl Fields for [(&str, Value<'_>)] {
    fn each(&self, give: &mut dyn FnMut(&str, &Value<'_>)) {
        for (name, value) in self {
            give(name, value);
        }
    }
}

impl<const N: usize> Fields for [(&str, Value<'_>); N] {
    fn each(&self, give: &mut dyn FnMut(&str, &Value<'_>)) {
        self.as_slice().each(give);
    }
}
