//! One JSON object with the field names of the OpenTelemetry log data model.

use bongsu_model::{Record, Value};

/// Writes an object key by key.
struct Object<'o> {
    out: &'o mut String,
    empty: bool,
}

impl<'o> Object<'o> {
    fn open(out: &'o mut String) -> Self {
        out.push('{');
        Self { out, empty: true }
    }

    fn key(&mut self, key: &str) -> &mut String {
        if !self.empty {
            self.out.push(',');
        }
        self.empty = false;
        quote(self.out, key);
        self.out.push(':');
        self.out
    }

    fn text(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            quote(self.key(key), value);
        }
    }

    fn raw(&mut self, key: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.key(key).push_str(&value.to_string());
        }
    }

    fn close(self) {
        self.out.push('}');
    }
}

fn quote(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

pub(super) fn write(record: &Record<'_>, out: &mut String) {
    let mut object = Object::open(out);
    object.text("Timestamp", Some(&record.time.unwrap_or_default().to_string()));
    if let Some(level) = &record.level {
        object.text("SeverityText", Some(level.name()));
        object.raw("SeverityNumber", level.severity());
    }
    object.text("Body", Some(&record.message));
    object.text("TraceId", record.trace_id.as_deref());
    object.text("SpanId", record.span_id.as_deref());
    if record.logger.is_some() {
        let mut scope = Object::open(object.key("InstrumentationScope"));
        scope.text("name", record.logger.as_deref());
        scope.close();
    }
    if record.service.is_some() || record.host.is_some() {
        let mut resource = Object::open(object.key("Resource"));
        resource.text("service.name", record.service.as_deref());
        resource.text("host.name", record.host.as_deref());
        resource.close();
    }
    let placed = record.function.is_some() || record.file.is_some() || record.line.is_some();
    let measured = record.operation.is_some() || record.duration.is_some();
    if placed || measured || !record.fields.is_empty() {
        let mut attributes = Object::open(object.key("Attributes"));
        attributes.text("code.function.name", record.function.as_deref());
        attributes.text("code.file.path", record.file.as_deref());
        attributes.raw("code.line.number", record.line);
        attributes.text("operation", record.operation.as_deref());
        attributes.raw("duration", record.duration.and_then(serde_json::Number::from_f64));
        for (name, value) in &record.fields {
            match value {
                Value::Bool(value) => attributes.raw(name, Some(value)),
                Value::Int(value) => attributes.raw(name, Some(value)),
                Value::Float(value) => attributes.raw(name, Some(serde_json::Value::from(*value))),
                Value::Str(text) => attributes.text(name, Some(text)),
                Value::Json(text) => attributes.raw(name, Some(text)),
            }
        }
        attributes.close();
    }
    object.close();
}
