//! Values of a TOML text.

use ::toml::de::{DeTable, DeValue};

use super::node::{Entry, Lines, Node, Unread, What};

/// The table that `text` is.
pub(super) fn read(text: &str) -> Result<Node, Unread> {
    let lines = Lines::of(text);
    let root = DeTable::parse(text).map_err(|error| Unread::Syntax {
        line: lines.line(error.span().map_or(0, |span| span.start)),
        reason: error.message().to_owned(),
    })?;
    Ok(Node { what: table(root.get_ref(), &lines), line: 1 })
}

fn table(table: &DeTable<'_>, lines: &Lines) -> What {
    let mut entries: Vec<_> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            line: lines.line(key.span().start),
            value: Node { what: what(value.get_ref(), lines), line: lines.line(value.span().start) },
        })
        .collect();
    // The parser gives them by name; errors should come from the top.
    entries.sort_by_key(|entry| entry.line);
    What::Table(entries)
}

fn what(value: &DeValue<'_>, lines: &Lines) -> What {
    match value {
        DeValue::String(text) => What::Text(text.to_string()),
        DeValue::Boolean(flag) => What::Flag(*flag),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => What::Whole(number),
            Err(_) => What::Text(number.as_str().to_owned()),
        },
        DeValue::Float(number) => match number.as_str().parse() {
            Ok(number) => What::Real(number),
            Err(_) => What::Text(number.as_str().to_owned()),
        },
        // A time without quotes, such as `times = 00:00:00`.
        DeValue::Datetime(time) => What::Text(time.to_string()),
        DeValue::Array(items) => What::List(
            items
                .iter()
                .map(|item| Node { what: what(item.get_ref(), lines), line: lines.line(item.span().start) })
                .collect(),
        ),
        DeValue::Table(entries) => table(entries, lines),
    }
}
