//! How each kind of value is read from a configuration.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use bongsu_format::render::Layout;
use bongsu_model::Level;
use jiff::tz::TimeZone;

use super::accepts::Accepts;
use super::node::{Entry, Node, What};
use crate::config::{Colour, Component, Console};
use crate::file::{Compression, Mode, Schedule, Sync, age, bytes};
use crate::home;
#[cfg(feature = "ship")]
use crate::mask::HIDDEN;
use crate::mask::{Rule, Rules};

/// What is wrong with the value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) line: usize,
    /// What stands behind the key's name where it is inside a table: `.shop`.
    pub(super) below: String,
    pub(super) what: Mistake,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mistake {
    /// No such value; what may stand there, where that is not what the key accepts.
    Value { found: String, accepts: Option<Accepts> },
    /// No such key in the table; these may stand there.
    Key(&'static [&'static str]),
}

impl Wrong {
    /// `node` is no value of its key.
    pub(super) fn value(node: &Node) -> Self {
        Self { line: node.line, below: String::new(), what: Mistake::Value { found: node.shown(), accepts: None } }
    }

    fn inside(node: &Node, below: &str, accepts: Accepts) -> Self {
        let what = Mistake::Value { found: node.shown(), accepts: Some(accepts) };
        Self { line: node.line, below: format!(".{below}"), what }
    }
}

/// `value`, or the error that `node` is none.
pub(super) fn need<T>(node: &Node, value: Option<T>) -> Result<T, Wrong> {
    value.ok_or_else(|| Wrong::value(node))
}

pub(super) fn text(node: &Node) -> Option<&str> {
    match &node.what {
        What::Text(text) => Some(text.trim()).filter(|text| !text.is_empty()),
        _ => None,
    }
}

fn is(node: &Node, word: &str) -> bool {
    text(node).is_some_and(|text| text.eq_ignore_ascii_case(word))
}

/// One of `words`, in any case.
fn one_of<T: Copy>(node: &Node, words: &[(&str, T)]) -> Option<T> {
    words.iter().find(|(word, _)| is(node, word)).map(|(_, value)| *value)
}

/// Nothing for `word`, else what `read` reads.
#[allow(clippy::option_option, reason = "the outer one is whether it can be read, the inner one what it says")]
pub(super) fn or<T>(node: &Node, word: &str, read: impl Fn(&Node) -> Option<T>) -> Option<Option<T>> {
    if is(node, word) { Some(None) } else { read(node).map(Some) }
}

pub(super) fn whole(node: &Node) -> Option<i64> {
    match &node.what {
        What::Whole(number) => Some(*number),
        What::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

pub(super) fn count(node: &Node) -> Option<u32> {
    u32::try_from(whole(node)?).ok()
}

pub(super) fn size(node: &Node) -> Option<u64> {
    match &node.what {
        What::Whole(number) => u64::try_from(*number).ok().filter(|number| *number > 0),
        What::Text(text) => bytes(text),
        _ => None,
    }
}

pub(super) fn span(node: &Node) -> Option<Duration> {
    text(node).and_then(age)
}

pub(super) fn times(node: &Node) -> Option<Schedule> {
    text(node).and_then(Schedule::parse)
}

pub(super) fn flag(node: &Node) -> Option<bool> {
    match node.what {
        What::Flag(flag) => Some(flag),
        _ => one_of(
            node,
            &[
                ("true", true),
                ("yes", true),
                ("on", true),
                ("1", true),
                ("false", false),
                ("no", false),
                ("off", false),
                ("0", false),
            ],
        ),
    }
}

pub(super) fn level(node: &Node) -> Option<Level> {
    text(node).and_then(|text| crate::levels::level(text).ok())
}

pub(super) fn zone(node: &Node) -> Option<TimeZone> {
    if is(node, "system") { Some(TimeZone::system()) } else { TimeZone::get(text(node)?).ok() }
}

pub(super) fn layout(node: &Node) -> Option<Layout> {
    let built_in = [
        ("detailed", Layout::Detailed),
        ("simple", Layout::Simple),
        ("component", Layout::Component),
        ("performance", Layout::Performance),
        ("json", Layout::Json),
    ];
    if let Some((_, layout)) = built_in.into_iter().find(|(name, _)| is(node, name)) {
        return Some(layout);
    }
    match &node.what {
        // Blanks at its ends are part of a template; a line end is not part of a line.
        What::Text(text) if text.contains('{') && !text.contains(['\n', '\r']) => {
            text.parse().ok().map(Layout::Template)
        }
        _ => None,
    }
}

pub(super) fn output(node: &Node) -> Option<Console> {
    let words = [("stdout", Console::Stdout), ("stderr", Console::Stderr), ("off", Console::Off)];
    words.into_iter().find(|(word, _)| is(node, word)).map(|(_, console)| console)
}

pub(super) fn colour(node: &Node) -> Option<Colour> {
    one_of(node, &[("auto", Colour::Auto), ("always", Colour::Always), ("never", Colour::Never)])
}

pub(super) fn mode(node: &Node) -> Option<Mode> {
    one_of(node, &[("auto", Mode::Auto), ("journal", Mode::Journal), ("plain", Mode::Plain)])
}

pub(super) fn compression(node: &Node) -> Option<Compression> {
    one_of(node, &[("off", Compression::Off), ("gzip", Compression::Gzip), ("zstd", Compression::Zstd)])
}

pub(super) fn sync(node: &Node) -> Option<Sync> {
    if let Some(sync) = one_of(node, &[("never", Sync::Never), ("each", Sync::Each)]) {
        return Some(sync);
    }
    span(node).map(Sync::Interval)
}

/// The items of a list, or of a text with commas between them.
fn items(node: &Node) -> Option<Vec<Node>> {
    match &node.what {
        What::List(items) => Some(items.clone()),
        What::Text(text) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Some(items.map(|item| Node { what: What::Text(item.to_owned()), line: node.line }).collect())
        }
        _ => None,
    }
}

/// The entries of a table, or of a text such as `a=1,b=2`.
fn entries(node: &Node) -> Option<Vec<Entry>> {
    let line = node.line;
    match &node.what {
        What::Table(entries) => Some(entries.clone()),
        What::Text(_) => items(node)?
            .iter()
            .map(|item| {
                let (key, value) = text(item)?.split_once('=')?;
                let value = Node { what: What::Text(value.trim().to_owned()), line };
                Some(Entry { key: key.trim().to_owned(), line, value })
            })
            .collect(),
        _ => None,
    }
}

pub(super) fn names(node: &Node) -> Result<Vec<String>, Wrong> {
    let items = need(node, items(node))?;
    items.iter().map(|item| need(item, text(item).map(str::to_owned))).collect()
}

/// The rules that are on.
pub(super) fn rules(node: &Node) -> Result<Vec<Rule>, Wrong> {
    if is(node, "none") {
        return Ok(Vec::new());
    }
    if is(node, "all") {
        return Ok(Rule::ALL.into());
    }
    let items = need(node, items(node))?;
    items.iter().map(|item| need(item, text(item).and_then(Rule::named))).collect()
}

/// Beginnings of tokens, each with the least number of signs behind it.
pub(super) fn prefixes(node: &Node) -> Result<Vec<(String, usize)>, Wrong> {
    let items = need(node, items(node))?;
    let sound = |begin: &str| (begin.chars().count() >= 4).then(|| begin.to_owned());
    items
        .iter()
        .map(|item| {
            let What::Table(entries) = &item.what else {
                return need(item, text(item).and_then(sound)).map(|begin| (begin, LEAST));
            };
            let mut prefix = (None, LEAST);
            for Entry { key, line, value } in entries {
                match key.as_str() {
                    "begin" => prefix.0 = Some(need(value, text(value).and_then(sound))?),
                    "least" => prefix.1 = need(value, count(value))? as usize,
                    _ => return Err(unknown(key, *line, &["begin", "least"])),
                }
            }
            let (begin, least) = prefix;
            need(item, begin).map(|begin| (begin, least))
        })
        .collect()
}

/// Signs behind the beginning of a token that says no other number.
pub(super) const LEAST: usize = 16;

fn unknown(key: &str, line: usize, known: &'static [&'static str]) -> Wrong {
    Wrong { line, below: format!(".{key}"), what: Mistake::Key(known) }
}

pub(super) fn logger_levels(node: &Node) -> Result<Vec<(String, Level)>, Wrong> {
    let read = |Entry { key, value, .. }: Entry| {
        let level = level(&value).ok_or_else(|| Wrong::inside(&value, &key, Accepts::Level))?;
        Ok((key, level))
    };
    need(node, entries(node))?.into_iter().map(read).collect()
}

/// Adds the levels of a table to those of the program.
pub(super) fn own_levels(node: &Node) -> Result<(), Wrong> {
    for Entry { key, value, .. } in need(node, entries(node))? {
        let number = whole(&value).and_then(|number| u8::try_from(number).ok());
        let added = number.and_then(|number| crate::register_level(&key, number).ok());
        added.ok_or_else(|| Wrong::inside(&value, &key, Accepts::LevelNumber))?;
    }
    Ok(())
}

pub(super) fn components(node: &Node, into: &mut BTreeMap<String, Component>) -> Result<(), Wrong> {
    let What::Table(tables) = &node.what else { return Err(Wrong::value(node)) };
    for Entry { key: name, value: table, .. } in tables {
        let What::Table(entries) = &table.what else {
            return Err(Wrong::inside(table, name, Accepts::Keys("`file`, `size` and `count`".into())));
        };
        let component = into.entry(name.clone()).or_default();
        for Entry { key, line, value } in entries {
            let below = format!("{name}.{key}");
            let wrong = |accepts| Wrong::inside(value, &below, accepts);
            match key.as_str() {
                "file" => component.file = Some(file(value).ok_or_else(|| wrong(Accepts::FileName))?),
                "size" => component.bytes = Some(size(value).ok_or_else(|| wrong(Accepts::Size))?),
                "count" => component.older = Some(count(value).ok_or_else(|| wrong(Accepts::Count))?),
                _ => return Err(unknown(&below, *line, &["file", "size", "count"])),
            }
        }
    }
    Ok(())
}

fn file(node: &Node) -> Option<String> {
    let name = text(node)?;
    home::component_file(Path::new(""), name).ok()?;
    Some(name.to_owned())
}

pub(super) fn ship(node: &Node, into: &mut crate::Metadata) -> Result<(), Wrong> {
    let What::Table(entries) = &node.what else { return Err(Wrong::value(node)) };
    for entry in entries {
        #[cfg(feature = "ship")]
        ship_option(entry)?;
        into.insert(entry.key.clone(), entry.value.json());
    }
    Ok(())
}

/// Fails where the part that ships would not have this option or its value.
#[cfg(feature = "ship")]
fn ship_option(Entry { key, line, value }: &Entry) -> Result<(), Wrong> {
    if !crate::ship::OPTIONS.contains(&key.as_str()) {
        return Err(unknown(key, *line, &crate::ship::OPTIONS));
    }
    if value.what == What::Null || crate::ship::takes(key, &value.json()) {
        return Ok(());
    }
    let accepts = match key.as_str() {
        "protocol" => Accepts::Protocol,
        "compression" => Accepts::Packing,
        "when_full" => Accepts::WhenFull,
        "level" => Accepts::Level,
        "headers" => Accepts::Headers,
        "batch_records" => Accepts::Count,
        "spool_size" | "batch_bytes" => Accepts::Size,
        "batch_age" | "block_for" | "timeout" | "connect_timeout" | "retry_from" | "retry_to" | "flush_for" => {
            Accepts::Time
        }
        _ => Accepts::Text,
    };
    let mut wrong = Wrong::inside(value, key, accepts);
    if let ("url" | "token" | "headers", Mistake::Value { found, .. }) = (key.as_str(), &mut wrong.what) {
        HIDDEN.clone_into(found);
    }
    Err(wrong)
}

/// `rules` with what `change` does to the names, and the rule of names on or off as it was.
pub(super) fn with_names(rules: &mut Rules, change: impl FnOnce(Rules) -> Rules) {
    let on = rules.has(Rule::Names);
    let changed = change(std::mem::replace(rules, Rules::none()));
    *rules = if on { changed } else { changed.without(Rule::Names) };
}
