//! What a configuration says, whatever language it is written in: values, each with its line.

/// A value and the line it begins in, counted from 1; 0 outside a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) what: What,
    pub(super) line: usize,
}

/// Kinds of values.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    /// Nothing: the key keeps its default.
    Null,
    Flag(bool),
    Whole(i64),
    Real(f64),
    Text(String),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

/// A key of a table and its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) line: usize,
    pub(super) value: Node,
}

/// A text that cannot be read as what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unread {
    /// It breaks the language's rules.
    Syntax { line: usize, reason: String },
    /// A key that stands in one table twice.
    Twice { line: usize, key: String, first: usize },
}

/// Signs of a value that an error shows.
const MOST_SHOWN: usize = 60;

impl Node {
    /// A value that was given outside a file.
    pub(super) fn text(text: &str) -> Self {
        Self { what: What::Text(text.to_owned()), line: 0 }
    }

    /// The entries of a table that was given outside a file.
    pub(super) fn table(table: &crate::Metadata) -> Vec<Entry> {
        table.iter().map(|(key, value)| Entry { key: key.clone(), line: 0, value: Self::of(value) }).collect()
    }

    fn of(value: &serde_json::Value) -> Self {
        use serde_json::Value;
        let what = match value {
            Value::Null => What::Null,
            Value::Bool(flag) => What::Flag(*flag),
            Value::Number(number) => {
                number.as_i64().map_or_else(|| What::Real(number.as_f64().unwrap_or(f64::NAN)), What::Whole)
            }
            Value::String(text) => What::Text(text.clone()),
            Value::Array(items) => What::List(items.iter().map(Self::of).collect()),
            Value::Object(table) => What::Table(Self::table(table)),
        };
        Self { what, line: 0 }
    }

    /// The value as an error shows it.
    pub(super) fn shown(&self) -> String {
        match &self.what {
            What::Null => "empty".into(),
            What::Flag(flag) => flag.to_string(),
            What::Whole(number) => number.to_string(),
            What::Real(number) => number.to_string(),
            What::List(_) => "a list".into(),
            What::Table(_) => "a table".into(),
            What::Text(text) if text.chars().count() > MOST_SHOWN => {
                let begin: String = text.chars().take(MOST_SHOWN).collect();
                format!("{begin:?} …")
            }
            What::Text(text) => format!("{text:?}"),
        }
    }

    /// The value as JSON.
    pub(super) fn json(&self) -> serde_json::Value {
        match &self.what {
            What::Null => serde_json::Value::Null,
            What::Flag(flag) => (*flag).into(),
            What::Whole(number) => (*number).into(),
            What::Real(number) => (*number).into(),
            What::Text(text) => text.as_str().into(),
            What::List(items) => items.iter().map(Self::json).collect(),
            What::Table(entries) => {
                entries.iter().map(|entry| (entry.key.clone(), entry.value.json())).collect::<crate::Metadata>().into()
            }
        }
    }
}

/// Adds an entry to a table, where its key must be new.
pub(super) fn add(entries: &mut Vec<Entry>, entry: Entry) -> Result<(), Unread> {
    if let Some(known) = entries.iter().find(|known| known.key == entry.key) {
        return Err(Unread::Twice { line: entry.line, key: entry.key, first: known.line });
    }
    entries.push(entry);
    Ok(())
}

/// Gives the line of a place in a text, asked for in any order.
#[derive(Debug)]
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    /// The line of the byte at `at`, counted from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.0.partition_point(|end| *end < at) + 1
    }
}
