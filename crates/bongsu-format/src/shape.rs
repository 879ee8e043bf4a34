//! How a JSON record was spelled, so that what was sent can be given back.

use bongsu_model::{Record, Timestamp, Value};

/// The name of the field that carries the original JSON text when the columns alone cannot give it back.
pub const SOURCE_FIELD: &str = "_source";

/// A stored record's columns, as [`restore`] and [`crate::first_line`] ask for them.
pub trait Columns {
    /// The column `time` with its nanoseconds.
    fn time(&self) -> Option<Timestamp>;

    /// A core column other than `time`: `level`, `service`, `message`, `line` …, by its name.
    fn core(&self, name: &str) -> Option<Value<'_>>;

    /// A user's field by its dotted name. Of a key with several types, the column that has a value in this row.
    fn field(&self, name: &str) -> Option<Value<'_>>;
}

impl Columns for Record<'_> {
    fn time(&self) -> Option<Timestamp> {
        self.time
    }

    fn core(&self, name: &str) -> Option<Value<'_>> {
        let text = match name {
            "level" => return self.level.as_ref().map(|level| Value::Str(level.name().into())),
            "message" => return Some(Value::Str(self.message.as_ref().into())),
            "line" => return self.line.map(Value::Int),
            "duration" => return self.duration.map(Value::Float),
            "service" => &self.service,
            "logger" => &self.logger,
            "host" => &self.host,
            "trace_id" => &self.trace_id,
            "span_id" => &self.span_id,
            "function" => &self.function,
            "file" => &self.file,
            "operation" => &self.operation,
            "_id" => &self.id,
            _ => return None,
        };
        text.as_deref().map(|text| Value::Str(text.into()))
    }

    fn field(&self, name: &str) -> Option<Value<'_>> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }
}

/// The JSON object that was sent, from its shape and its columns; none when the record was not sent as JSON.
pub fn restore(shape: &str, columns: &dyn Columns) -> Option<serde_json::Value> {
    let Some(Value::Str(source) | Value::Json(source)) = columns.field(SOURCE_FIELD) else { return None };
    shape.starts_with("json").then(|| serde_json::from_str(&source).ok())?
}
