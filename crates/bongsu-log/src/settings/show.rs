//! How each kind of value stands in the effective configuration.

use std::time::Duration;

use bongsu_format::render::Layout;
use bongsu_model::Level;
use serde_json::{Value, json};

use super::values::LEAST;
use crate::Metadata;
use crate::config::{Colour, Component, Config, Console};
use crate::file::{Compression, Mode, Sync};
use crate::mask::{HIDDEN, Mask, Rule, Rules};

/// `10 MiB`, or the bare number of bytes.
pub(super) fn size(bytes: u64) -> Value {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1_000_000_000, "GB"), (1_000_000, "MB")];
    match units.iter().find(|(unit, _)| bytes.is_multiple_of(*unit) && bytes > 0) {
        Some((unit, name)) => format!("{} {name}", bytes / unit).into(),
        None => bytes.into(),
    }
}

/// `30 days`, or seconds.
pub(super) fn span(span: Duration) -> Value {
    let units = [(604_800, "weeks"), (86_400, "days"), (3_600, "hours"), (60, "minutes")];
    let whole = (span.subsec_nanos() == 0).then_some(span.as_secs());
    match units.iter().find(|(unit, _)| whole.is_some_and(|seconds| seconds > 0 && seconds % unit == 0)) {
        Some((unit, name)) => format!("{} {name}", span.as_secs() / unit).into(),
        None => format!("{} s", span.as_secs_f64()).into(),
    }
}

pub(super) fn level(level: Option<&Level>, none: &str) -> Value {
    level.map_or(none, Level::name).into()
}

pub(super) fn layout(layout: &Layout) -> Value {
    match layout {
        Layout::Detailed => "detailed".into(),
        Layout::Simple => "simple".into(),
        Layout::Component => "component".into(),
        Layout::Performance => "performance".into(),
        Layout::Json => "json".into(),
        Layout::Template(template) => template.to_string().into(),
    }
}

/// None for a writer of the program's own, which no configuration can name.
pub(super) fn output(console: &Console) -> Option<Value> {
    match console {
        Console::Stdout => Some("stdout".into()),
        Console::Stderr => Some("stderr".into()),
        Console::Off => Some("off".into()),
        Console::Writer(_) => None,
    }
}

pub(super) fn colour(colour: Colour) -> Value {
    match colour {
        Colour::Auto => "auto",
        Colour::Always => "always",
        Colour::Never => "never",
    }
    .into()
}

pub(super) fn sync(sync: Sync) -> Value {
    match sync {
        Sync::Never => "never".into(),
        Sync::Each => "each".into(),
        Sync::Interval(every) => span(every),
    }
}

pub(super) fn mode(mode: Mode) -> Value {
    match mode {
        Mode::Auto => "auto",
        Mode::Journal => "journal",
        Mode::Plain => "plain",
    }
    .into()
}

pub(super) fn compression(compression: Compression) -> Value {
    match compression {
        Compression::Off => "off",
        Compression::Gzip => "gzip",
        Compression::Zstd => "zstd",
    }
    .into()
}

pub(super) fn rules(rules: &Rules) -> Value {
    Rule::ALL.into_iter().filter(|rule| rules.has(*rule)).map(Rule::name).collect()
}

pub(super) fn prefixes(rules: &Rules) -> Option<Value> {
    let one = |(begin, least): &(Box<str>, usize)| {
        if *least == LEAST { Value::from(&**begin) } else { json!({ "begin": begin, "least": least }) }
    };
    some(rules.prefixes().iter().map(one).collect())
}

pub(super) fn names(names: &[impl AsRef<str>]) -> Option<Value> {
    some(names.iter().map(|name| Value::from(name.as_ref())).collect())
}

fn some(list: Vec<Value>) -> Option<Value> {
    (!list.is_empty()).then(|| list.into())
}

/// Nothing for an empty table.
pub(super) fn table(entries: impl Iterator<Item = (String, Value)>) -> Option<Value> {
    let table: Metadata = entries.collect();
    (!table.is_empty()).then(|| table.into())
}

pub(super) fn component(component: &Component) -> Value {
    let file = component.file.as_deref().map(|file| ("file", Value::from(file)));
    let size = component.bytes.map(|bytes| ("size", size(bytes)));
    let count = component.older.map(|older| ("count", older.into()));
    let entries = [file, size, count].into_iter().flatten();
    entries.map(|(key, value)| (key.to_owned(), value)).collect::<Metadata>().into()
}

/// The table `ship` with its secrets hidden.
pub(super) fn ship(config: &Config) -> Option<Value> {
    let mut table = Value::from(config.ship_settings.clone());
    hide(&mut table);
    // A header may be a secret whatever its name is.
    match table.get_mut("headers") {
        Some(Value::Object(headers)) => headers.values_mut().for_each(|value| *value = HIDDEN.into()),
        Some(headers) => *headers = HIDDEN.into(),
        None => {}
    }
    Mask::default().json(&mut table);
    (!config.ship_settings.is_empty()).then_some(table)
}

fn hide(value: &mut Value) {
    let rules = Rules::default();
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if rules.hides_field(name) { *value = HIDDEN.into() } else { hide(value) }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::String(text) => *text = rules.mask(text).into_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
