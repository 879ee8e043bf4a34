//! The ids that link a line to a trace: those of the line, or of fields that are named for them.

use bongsu_model::Value;

use super::line::{Key, Line};

/// An id of `N` digits in lower-case hex.
type Id<const N: usize> = Option<[u8; N]>;

/// Names of the fields that hold the ids: ours, and those that OpenTelemetry's instrumentation of Python's `logging` gives records.
const TRACE: [&str; 2] = ["trace_id", "otelTraceID"];
const SPAN: [&str; 2] = ["span_id", "otelSpanID"];

/// The ids of one line that stand in its fields.
#[derive(Debug, Default)]
pub(super) struct Ids {
    trace: Id<32>,
    span: Id<16>,
}

impl Ids {
    /// Looks at the fields of `line`.
    pub(super) fn of(line: &Line<'_>) -> Self {
        let mut ids = Self::default();
        line.fields.each(&mut |name, value| {
            if let Value::Str(text) = value {
                if TRACE.contains(&name) {
                    ids.trace = ids.trace.or(id(text));
                } else if SPAN.contains(&name) {
                    ids.span = ids.span.or(id(text));
                }
            }
        });
        ids
    }

    /// The id of the trace. One in a field counts more than the line's: it is what the program says.
    pub(super) fn trace<'a>(&'a self, line: &Line<'a>) -> Option<&'a str> {
        text(&self.trace).or(line.trace_id)
    }

    /// The id of the span, likewise.
    pub(super) fn span<'a>(&'a self, line: &Line<'a>) -> Option<&'a str> {
        text(&self.span).or(line.span_id)
    }

    /// Whether a field is one of those that the ids were read from.
    #[inline]
    pub(super) fn holds(&self, key: Key<'_>) -> bool {
        let is_one = |names: [&str; 2]| names.iter().any(|name| key.is(name));
        self.trace.is_some() && is_one(TRACE) || self.span.is_some() && is_one(SPAN)
    }
}

/// An id, if the text is one; all zeros stand for none.
fn id<const N: usize>(text: &str) -> Id<N> {
    let id = <[u8; N]>::try_from(text.as_bytes()).ok()?;
    let is_id = id.iter().all(u8::is_ascii_hexdigit) && id.iter().any(|digit| *digit != b'0');
    is_id.then(|| id.map(|digit| digit.to_ascii_lowercase()))
}

fn text<const N: usize>(id: &Id<N>) -> Option<&str> {
    id.as_ref().and_then(|id| std::str::from_utf8(id).ok())
}

#[cfg(test)]
mod tests {
    use crate::render::{Fields, Layout, Line, Stamp};

    use super::*;

    const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN_ID: &str = "00f067aa0ba902b7";

    fn json(fields: &dyn Fields) -> serde_json::Value {
        let line = Line { trace_id: Some("of the line"), fields, ..Line::default() };
        let mut out = Vec::new();
        Layout::Json.write(&line, &mut Stamp::new(jiff::tz::TimeZone::UTC), &mut out);
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn fields_that_hold_ids_stand_where_ids_stand() {
        let names = TRACE.into_iter().zip(SPAN);
        for (trace, span) in names {
            let upper = TRACE_ID.to_uppercase();
            let found = json(&[
                (trace, Value::Str((&*upper).into())),
                ("a", Value::Int(1)),
                (span, Value::Str(SPAN_ID.into())),
            ]);
            assert_eq!((&found["TraceId"], &found["SpanId"]), (&TRACE_ID.into(), &SPAN_ID.into()));
            assert_eq!(found["Attributes"], serde_json::json!({"a": 1}));
        }
    }

    #[test]
    fn what_is_no_id_stays_a_field() {
        for text in ["0", "00000000000000000000000000000000", "4bf92f3577b34da6a3ce929d0e0e473g", "4bf9", ""] {
            let found = json(&[("trace_id", Value::Str(text.into()))]);
            assert_eq!((&found["TraceId"], &found["Attributes"]["trace_id"]), (&"of the line".into(), &text.into()));
        }
        assert_eq!(json(&[("span_id", Value::Int(7))])["Attributes"]["span_id"], 7);
    }

    #[test]
    fn a_template_has_them_too() {
        let fields = [("trace_id", Value::Str(TRACE_ID.into()))];
        let line = Line { fields: &fields, ..Line::default() };
        let mut out = Vec::new();
        let layout = Layout::Template("{trace_id}|{span_id}".parse().unwrap());
        layout.write(&line, &mut Stamp::new(jiff::tz::TimeZone::UTC), &mut out);
        assert_eq!(out, format!("{TRACE_ID}|").as_bytes());
    }
}
