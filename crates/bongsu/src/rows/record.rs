//! A log record as a line for people: `time level service/logger message key=value`, more lines of the message below it.

use arrow::array::{AsArray, RecordBatch};
use bongsu_model::column;
use jiff::tz::TimeZone;

use super::Highlight;
use super::cell::Cells;
use crate::fault::Fault;
use crate::paint::{Ink, Paint};
use crate::text::{local, pad, tame};

/// True in rows that stand around a hit.
const CONTEXT: &str = "_context";

/// Columns that have a place of their own in the line, or none.
const PLACED: [&str; 14] = [
    column::TIME,
    column::TIME_NS,
    column::OBSERVED_TIME,
    column::LEVEL,
    column::SEVERITY,
    column::SERVICE,
    column::LOGGER,
    column::MESSAGE,
    column::SOURCE,
    column::OFFSET,
    column::ID,
    column::SHAPE,
    column::TEMPLATE_ID,
    CONTEXT,
];

/// How records look.
#[derive(Debug)]
pub(crate) struct RecordView<'a> {
    paint: Paint,
    zone: TimeZone,
    highlight: &'a Highlight,
}

impl<'a> RecordView<'a> {
    /// Records with times in `zone` and the words of `highlight` marked.
    pub(crate) fn new(paint: Paint, zone: TimeZone, highlight: &'a Highlight) -> Self {
        Self { paint, zone, highlight }
    }

    /// A text for each row; lines of the message after the first are indented.
    pub(crate) fn lines(&self, batch: &RecordBatch) -> Result<Vec<String>, Fault> {
        let cells = Cells::new(batch, &self.zone)?;
        let names: Vec<_> = batch.schema_ref().fields().iter().map(|field| field.name().clone()).collect();
        let extra: Vec<_> = (0..names.len()).filter(|nth| !PLACED.contains(&names[*nth].as_str())).collect();
        let context = batch.column_by_name(CONTEXT).and_then(|array| array.as_boolean_opt());
        let line = |row: usize| {
            let beside = context.map(|flags| flags.value(row));
            let fields = extra.iter().filter_map(|nth| Some((names[*nth].as_str(), cells.text(*nth, row)?)));
            self.line(&cells, row, beside, fields)
        };
        Ok((0..batch.num_rows()).map(line).collect())
    }

    /// `beside` tells whether the row only stands around a hit, where such rows are shown at all.
    fn line<'b>(
        &self,
        cells: &Cells<'_>,
        row: usize,
        beside: Option<bool>,
        fields: impl Iterator<Item = (&'b str, String)>,
    ) -> String {
        let time = cells.time(row).map(|time| local(time, &self.zone)).unwrap_or_default();
        let level = cells.named(column::LEVEL, row).unwrap_or_default();
        let origin = origin(cells, row);
        let message = cells.named(column::MESSAGE, row).unwrap_or_default();
        let message = tame(&message);
        let fields: Vec<_> = fields
            .filter(|(_, value)| !message.contains(value.as_str()))
            .map(|(name, value)| field(name, &tame(&value)))
            .collect();
        if beside == Some(true) {
            let parts = [format!("  {time}"), pad(&level, 8), origin, message.into_owned()];
            return self.paint.put(Ink::Dim, &joined(&parts));
        }
        let mark = if beside.is_some() { self.paint.put(Ink::Accent, "▶ ") } else { String::new() };
        let level = self.paint.put(Ink::of_level(&level), &pad(&level, 8));
        let (first, more) = message.split_once('\n').unwrap_or((&message, ""));
        let parts = [
            format!("{mark}{}", self.paint.put(Ink::Dim, &time)),
            level,
            self.paint.put(Ink::Accent, &origin),
            self.highlight.mark(first, self.paint),
            self.paint.put(Ink::Dim, &fields.join(" ")),
        ];
        let below = joined(&[self.highlight.mark(more, self.paint)]);
        if below.is_empty() { joined(&parts) } else { format!("{}\n    {below}", joined(&parts)) }
    }
}

fn joined(parts: &[String]) -> String {
    let parts: Vec<_> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    parts.join(" ").trim_end().replace('\n', "\n    ")
}

/// `service/logger`, or the one of them that there is.
fn origin(cells: &Cells<'_>, row: usize) -> String {
    let parts = [column::SERVICE, column::LOGGER].map(|name| cells.named(name, row));
    let mut parts: Vec<_> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    parts.dedup();
    tame(&parts.join("/")).into_owned()
}

fn field(name: &str, value: &str) -> String {
    let bare = !value.is_empty() && !value.contains([' ', '"', '=', '\n', '\t']);
    if bare { format!("{name}={value}") } else { format!("{name}={value:?}") }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use bongsu_model::{BatchBuilder, Level, Record, Timestamp, Value};

    use super::*;

    fn batch() -> RecordBatch {
        let mut builder = BatchBuilder::new();
        let time = Some(Timestamp::from_nanos(1_500_000_000));
        let fields = vec![
            (Cow::Borrowed("user"), Value::Str("kim lee".into())),
            (Cow::Borrowed("status"), Value::Int(500)),
            (Cow::Borrowed("said"), Value::Str("timeout".into())),
        ];
        let record = Record {
            time,
            level: Some(Level::Error),
            service: Some("web".into()),
            logger: Some("db".into()),
            message: "timeout\n  at x\u{1b}[2J".into(),
            fields,
            ..Record::default()
        };
        builder.push(&record, Timestamp::from_nanos(0));
        builder.push(&Record { message: "plain".into(), ..Record::default() }, Timestamp::from_nanos(0));
        builder.finish().unwrap()
    }

    #[test]
    fn a_record_is_one_line_with_what_matters_first() {
        let highlight = Highlight::default();
        let lines = RecordView::new(Paint(false), TimeZone::UTC, &highlight).lines(&batch()).unwrap();
        assert_eq!(
            lines[0],
            "1970-01-01 00:00:01.500 ERROR    web/db timeout user=\"kim lee\" status=500\n      at x\u{fffd}[2J"
        );
        assert_eq!(lines[1], "1970-01-01 00:00:00.000          plain");
    }
}
