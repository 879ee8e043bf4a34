//! A JSON object becomes a record, and its spelling a shape.

mod alias;
mod block;
mod scanner;

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;

use bongsu_model::{Level, Record, Value};

pub(crate) use alias::{Role, role_of};
pub(crate) use block::block;
use scanner::{Number, Scanner};

use crate::shape::{self, SOURCE_FIELD};
use crate::time::{Calendar, epoch_float, epoch_int, text_value};

/// Objects deeper than this stay JSON text instead of becoming columns of their own.
const MAX_SPLIT: usize = 32;
/// Shapes longer than this are not worth keeping: the record carries its JSON text instead.
const MAX_SHAPE: usize = 8 << 10;
const ANY_RANK: u8 = u8::MAX;

/// Whose conventions a JSON object follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Plain,
    OpenTelemetry,
    Journald,
}

/// The core field that a key may stand for, and its rank among the keys that do.
type Meaning = Option<(Role, u8)>;

/// Reads JSON objects; remembers the keys of the object before, which most objects repeat.
#[derive(Debug)]
pub(crate) struct JsonReader {
    /// The keys of the object before.
    known: Vec<Known>,
    /// The lowest rank that was found for each role in the object before.
    ranks: [u8; Role::COUNT],
    /// The shape of the object before, known to have no key twice.
    proven: String,
    shape: String,
    path: String,
}

/// A key of the object before.
#[derive(Debug)]
struct Known {
    /// The key, dotted.
    path: Box<str>,
    meaning: Meaning,
    /// How it is written, with the colon behind it; empty for a key of a nested object, and for one that needs escapes.
    quoted: Box<str>,
}

impl Known {
    fn new(path: &str, nested: bool) -> Self {
        let plain = !nested && shape::is_plain(path);
        let quoted = if plain { format!("\"{path}\":") } else { String::new() };
        Self { path: path.into(), meaning: role_of(path), quoted: quoted.into() }
    }
}

/// One object on its way to a record.
struct Reading<'a, 'r> {
    scanner: Scanner<'a>,
    calendar: &'r Calendar,
    reader: &'r mut JsonReader,
    record: &'r mut Record<'a>,
    severity: Option<Level>,
    dialect: Dialect,
    nth: usize,
    /// The rank that holds each role so far.
    held: [u8; Role::COUNT],
    /// A better rank was found than the one that holds a role: what must be read once more.
    outdone: bool,
    /// The columns cannot give the object back.
    lossy: bool,
}

impl JsonReader {
    pub(crate) fn new() -> Self {
        let (proven, shape, path) = (String::new(), String::new(), String::new());
        Self { known: Vec::new(), ranks: [ANY_RANK; Role::COUNT], proven, shape, path }
    }

    /// The record that an object is; none when `text` is anything but one JSON object.
    pub(crate) fn read<'a>(&mut self, text: &'a str, calendar: &Calendar) -> Option<(Record<'a>, Dialect)> {
        let mut record = Record::default();
        let dialect = self.read_into(&mut record, text, calendar)?;
        Some((record, dialect))
    }

    /// As [`JsonReader::read`]; what `record` was is gone in any case.
    pub(crate) fn read_into<'a>(
        &mut self,
        record: &mut Record<'a>,
        text: &'a str,
        calendar: &Calendar,
    ) -> Option<Dialect> {
        let fields = self.known.len();
        for _ in 0..Role::COUNT + 2 {
            self.shape.clear();
            self.shape.push_str(shape::JSON);
            self.path.clear();
            *record = Record { fields: Vec::with_capacity(fields.min(8)), ..Record::default() };
            let mut reading = Reading {
                scanner: Scanner::new(text),
                calendar,
                reader: self,
                record: &mut *record,
                severity: None,
                dialect: Dialect::Plain,
                nth: 0,
                held: [ANY_RANK; Role::COUNT],
                outdone: false,
                lossy: false,
            };
            if reading.scanner.peek() != b'{' {
                return None;
            }
            reading.object(0)?;
            if !reading.scanner.at_end() {
                return None;
            }
            let Reading { held, outdone, severity, dialect, lossy, .. } = reading;
            // A role that stayed empty under last object's rank may have a key of a higher rank in this one.
            let missed = held.iter().zip(&self.ranks).any(|(held, rank)| *held == ANY_RANK && *rank != ANY_RANK);
            if outdone || missed {
                for (rank, held) in self.ranks.iter_mut().zip(held) {
                    *rank = held;
                }
                continue;
            }
            self.finish(text, record, severity, lossy);
            return Some(dialect);
        }
        None
    }

    fn finish<'a>(&mut self, text: &'a str, record: &mut Record<'a>, severity: Option<Level>, lossy: bool) {
        if record.level.is_none() {
            record.level = severity;
        }
        if self.shape != self.proven && !lossy && self.shape.len() <= MAX_SHAPE && has_no_name_twice(record) {
            self.proven.clone_from(&self.shape);
        }
        if lossy || self.shape != self.proven {
            record.fields.retain(|(name, _)| name != SOURCE_FIELD);
            record.fields.push((SOURCE_FIELD.into(), Value::Json(text.trim_ascii().into())));
            record.shape = Some(shape::JSON_AS_SENT.into());
        } else {
            record.shape = Some(Cow::Owned(self.shape.clone()));
        }
    }
}

fn has_no_name_twice(record: &Record<'_>) -> bool {
    let fields = &record.fields;
    if fields.len() > 16 {
        let mut seen = HashSet::with_capacity(fields.len());
        return fields.iter().all(|(name, _)| name != SOURCE_FIELD && seen.insert(name.as_ref()));
    }
    let earlier = |nth: usize, name: &str| fields.iter().take(nth).any(|(other, _)| other == name);
    fields.iter().enumerate().all(|(nth, (name, _))| name != SOURCE_FIELD && !earlier(nth, name))
}

impl<'a> Reading<'a, '_> {
    /// Reads an object whose fields are named below the path so far.
    fn object(&mut self, depth: usize) -> Option<()> {
        if !self.scanner.eat(b'{') {
            return None;
        }
        if self.scanner.eat(b'}') {
            return Some(());
        }
        let base = self.reader.path.len();
        loop {
            self.scanner.peek();
            if !self.reader.shape.ends_with(['{', ' ']) {
                self.reader.shape.push(',');
            }
            if depth == 0
                && let Some((key, meaning)) = self.expected()
            {
                if self.scanner.peek() == b'{' {
                    self.nested(key, depth)?;
                } else {
                    self.nth += 1;
                    self.leaf(Cow::Borrowed(key), meaning, false, depth)?;
                }
            } else {
                let key = self.scanner.string()?;
                if !self.scanner.eat(b':') {
                    return None;
                }
                shape::push_key(&mut self.reader.shape, &key);
                self.value(key, depth)?;
            }
            self.reader.path.truncate(base);
            if self.scanner.eat(b'}') {
                return Some(());
            }
            if !self.scanner.eat(b',') {
                return None;
            }
        }
    }

    /// Passes over the key if it is the one that stood here in the object before, and puts it into the shape; what it meant
    /// there, where its value was no object.
    fn expected(&mut self) -> Option<(&'a str, Meaning)> {
        let known = self.reader.known.get(self.nth).filter(|known| !known.quoted.is_empty())?;
        let key = self.scanner.key(&known.quoted)?;
        self.reader.shape.push_str(key);
        Some((key, known.meaning))
    }

    fn value(&mut self, key: Cow<'a, str>, depth: usize) -> Option<()> {
        if self.scanner.peek() == b'{' && depth < MAX_SPLIT {
            return self.nested(&key, depth);
        }
        let nested = depth > 0;
        if nested {
            self.reader.path.push_str(&key);
        }
        let meaning = self.meaning(&key, nested);
        self.leaf(key, meaning, nested, depth)
    }

    /// Reads a value that does not become columns of its own.
    fn leaf(&mut self, key: Cow<'a, str>, role: Meaning, nested: bool, depth: usize) -> Option<()> {
        let key = if nested { None } else { Some(key) };
        match self.scanner.peek() {
            b'"' => {
                let text = self.scanner.string()?;
                self.text(key, role, text);
            }
            b'n' => {
                self.scanner.word("null")?;
                self.reader.shape.push('!');
            }
            b't' => {
                self.scanner.word("true")?;
                self.user(key, 'b', Value::Bool(true));
            }
            b'f' => {
                self.scanner.word("false")?;
                self.user(key, 'b', Value::Bool(false));
            }
            b'[' | b'{' => {
                let text = self.scanner.skip(depth + 1)?;
                self.user(key, 'j', Value::Json(text.into()));
            }
            _ => match self.scanner.number()? {
                Number::Int(number) => self.int(key, role, number),
                Number::Float(number, text, exact) => {
                    self.lossy |= !exact;
                    self.float(key, role, number, text);
                }
            },
        }
        Some(())
    }

    fn nested(&mut self, key: &str, depth: usize) -> Option<()> {
        self.reader.path.push_str(key);
        self.reader.path.push('.');
        self.reader.shape.push('{');
        self.object(depth + 1)?;
        self.reader.shape.push('}');
        Some(())
    }

    /// What the key at hand means. Most objects repeat the keys of the one before, so that is asked first.
    fn meaning(&mut self, key: &str, nested: bool) -> Meaning {
        let reader = &mut *self.reader;
        let path = if nested { reader.path.as_str() } else { key };
        let nth = self.nth;
        self.nth += 1;
        match reader.known.get(nth) {
            Some(known) if *known.path == *path => known.meaning,
            _ => {
                let known = Known::new(path, nested);
                let meaning = known.meaning;
                if nth < 256 {
                    reader.known.truncate(nth);
                    reader.known.push(known);
                }
                meaning
            }
        }
    }

    /// Whether a key of this rank may hold its role.
    fn takes(&mut self, role: Role, rank: u8) -> bool {
        let nth = role as usize;
        let (Some(held), Some(limit)) = (self.held.get_mut(nth), self.reader.ranks.get(nth)) else { return false };
        if rank > *limit || rank == *held {
            return false;
        }
        if *held != ANY_RANK {
            self.outdone |= rank < *held;
            *held = rank.min(*held);
            return false;
        }
        *held = rank;
        true
    }

    fn mark(&mut self, role: Role) {
        self.reader.shape.push('=');
        self.reader.shape.push(role.letter());
        if matches!(role, Role::Severity) {
            self.dialect = Dialect::OpenTelemetry;
        }
    }

    /// Keeps a value under the user's own name; `kind` is its letter in the shape.
    fn user(&mut self, key: Option<Cow<'a, str>>, kind: char, value: Value<'a>) {
        let name = key.unwrap_or_else(|| {
            let path = self.reader.path.as_str();
            Cow::Owned(path.strip_prefix(shape::FLAT).unwrap_or(path).to_owned())
        });
        self.reader.shape.push(':');
        self.reader.shape.push(kind);
        self.record.fields.push((name, value));
    }

    fn text(&mut self, key: Option<Cow<'a, str>>, role: Meaning, text: Cow<'a, str>) {
        match role {
            Some((Role::Time, rank)) => return self.time_text(key, rank, text),
            Some((Role::Level, rank)) => return self.level_text(key, rank, text),
            Some((Role::Line | Role::Duration | Role::Severity, _)) | None => {}
            Some((role, rank)) => {
                if self.takes(role, rank) {
                    self.mark(role);
                    if role == Role::Message && key.as_deref() == Some("Body") {
                        self.dialect = Dialect::OpenTelemetry;
                    }
                    return self.core_text(role, text);
                }
            }
        }
        self.user(key, 's', Value::Str(text));
    }

    fn core_text(&mut self, role: Role, text: Cow<'a, str>) {
        let record = &mut *self.record;
        if role == Role::Message {
            record.message = text;
            return;
        }
        let upper = matches!(role, Role::Trace | Role::Span) && text.bytes().any(|byte| byte.is_ascii_uppercase());
        let hex = upper && text.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte));
        if hex {
            self.reader.shape.push('u');
        }
        let text = if hex { Cow::Owned(text.to_ascii_lowercase()) } else { text };
        match role.slot(record) {
            Some(slot) => *slot = Some(text),
            None => record.id = Some(text),
        }
    }

    fn time_text(&mut self, key: Option<Cow<'a, str>>, rank: u8, text: Cow<'a, str>) {
        let Some((time, spelling)) = text_value(&text, self.calendar).filter(|_| self.takes(Role::Time, rank)) else {
            return self.user(key, 's', Value::Str(text));
        };
        self.record.time = Some(time);
        self.mark(Role::Time);
        if key.as_deref() == Some("__REALTIME_TIMESTAMP") {
            self.dialect = Dialect::Journald;
        }
        match spelling {
            Ok(spelling) if spelling.exact => spelling.encode(&mut self.reader.shape),
            Ok(_) => self.lossy = true,
            Err(unit) => {
                self.reader.shape.push('"');
                self.reader.shape.push(unit);
            }
        }
    }

    fn level_text(&mut self, key: Option<Cow<'a, str>>, rank: u8, text: Cow<'a, str>) {
        let journald = key.as_deref() == Some("PRIORITY");
        let level = match text.as_bytes() {
            [digit @ b'0'..=b'7'] if journald => Level::from_syslog(digit - b'0'),
            bytes if bytes.is_empty() || bytes.len() > 32 || bytes.iter().any(u8::is_ascii_whitespace) => None,
            [b'0'..=b'9', ..] => None,
            _ => Some(Level::gathered(&text)),
        };
        let Some(level) = level.filter(|_| self.takes(Role::Level, rank)) else {
            return self.user(key, 's', Value::Str(text));
        };
        self.mark(Role::Level);
        if level.name() != text {
            shape::push_quoted(&mut self.reader.shape, &text);
        }
        if key.as_deref() == Some("SeverityText") {
            self.dialect = Dialect::OpenTelemetry;
        }
        self.record.level = Some(level);
    }

    fn int(&mut self, key: Option<Cow<'a, str>>, role: Meaning, number: i64) {
        match role {
            Some((Role::Time, rank)) => {
                if let Some((time, unit)) = epoch_int(number)
                    && self.takes(Role::Time, rank)
                {
                    self.record.time = Some(time);
                    self.mark(Role::Time);
                    self.reader.shape.push(unit);
                    return;
                }
            }
            Some((Role::Level, rank)) => {
                let level = Some(number).filter(|number| *number >= 10).and_then(Level::from_number);
                if level.is_some() && self.takes(Role::Level, rank) {
                    self.record.level = level;
                    self.mark(Role::Level);
                    let _ = write!(self.reader.shape, "{number}");
                    return;
                }
            }
            Some((Role::Severity, rank)) => {
                let level = u8::try_from(number).ok().and_then(Level::from_severity);
                if level.is_some() && self.takes(Role::Severity, rank) {
                    self.severity = level;
                    self.mark(Role::Severity);
                    let _ = write!(self.reader.shape, "{number}");
                    return;
                }
            }
            Some((Role::Line, rank)) if self.takes(Role::Line, rank) => {
                self.record.line = Some(number);
                return self.mark(Role::Line);
            }
            Some((Role::Duration, rank)) if number.unsigned_abs() <= 1 << 53 && self.takes(Role::Duration, rank) => {
                self.record.duration = Some(number as f64);
                self.mark(Role::Duration);
                self.reader.shape.push('i');
                return;
            }
            _ => {}
        }
        self.user(key, 'i', Value::Int(number));
    }

    fn float(&mut self, key: Option<Cow<'a, str>>, role: Meaning, number: f64, text: &str) {
        match role {
            Some((Role::Time, rank)) => {
                if let Some((time, unit)) = epoch_float(text)
                    && self.takes(Role::Time, rank)
                {
                    self.record.time = Some(time);
                    self.mark(Role::Time);
                    self.reader.shape.push('.');
                    self.reader.shape.push(unit);
                    return;
                }
            }
            Some((Role::Duration, rank)) if self.takes(Role::Duration, rank) => {
                self.record.duration = Some(number);
                return self.mark(Role::Duration);
            }
            _ => {}
        }
        self.user(key, 'f', Value::Float(number));
    }
}

#[cfg(test)]
mod tests;
