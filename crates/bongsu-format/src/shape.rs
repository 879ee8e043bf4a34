//! How a JSON record was spelled, so that what was sent can be given back.
//!
//! A shape is short text that repeats from record to record, so that it costs next to nothing in a dictionary-encoded
//! column: `json ` and the object's keys in their order, each with where its value lies.
//!
//! | after a key | its value |
//! |---|---|
//! | `=m` | the core column with this letter; `=l"warn"`, `=l30`: the level as it was spelled; `=TT3Z`: the time's spelling |
//! | `:s` `:i` `:f` `:b` `:j` | the user's column, with the type it had |
//! | `!` | null |
//! | `{…}` | an object |
//!
//! When the columns cannot give the object back (a key that stands twice, a number beyond 64 bits, a time spelled in
//! an unusual way), the shape is [`JSON_AS_SENT`] and the record has its JSON text in the field [`SOURCE_FIELD`].

use std::str::FromStr;

use bongsu_model::{Record, Timestamp, Value};
use serde_json::{Map, Number};

use crate::json::Role;
use crate::time::Spelling;

/// The name of the field that carries the original JSON text when the columns alone cannot give it back.
pub const SOURCE_FIELD: &str = "_source";

/// The shape of a record whose JSON text lies in [`SOURCE_FIELD`].
pub const JSON_AS_SENT: &str = "json-as-sent";

/// How the shape of every other JSON record begins.
pub(crate) const JSON: &str = "json ";

/// The object whose keys are the user's fields without its own name in front.
pub(crate) const FLAT: &str = "Attributes.";

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
///
/// Keys stand in the order they were sent in. A column that is missing leaves its key out.
///
/// ```
/// use bongsu_format::{ParseOptions, Parsed, Parser, shape};
///
/// let sent = br#"{"ts":1749178800,"lvl":"warn","msg":"disk","free":{"gb":3,"of":null}}"#;
/// let mut parser = Parser::new(ParseOptions::new(bongsu_model::Timestamp::from_nanos(0)));
/// parser.parse(sent, 0, true, &mut |parsed| {
///     let Parsed::Record { record, .. } = parsed else { return };
///     let given = shape::restore(record.shape.as_deref().unwrap_or_default(), &record).unwrap();
///     assert_eq!(given.to_string().as_bytes(), sent);
/// });
/// ```
pub fn restore(shape: &str, columns: &dyn Columns) -> Option<serde_json::Value> {
    if shape == JSON_AS_SENT {
        let (Value::Str(source) | Value::Json(source)) = columns.field(SOURCE_FIELD)? else { return None };
        return serde_json::from_str(&source).ok();
    }
    let mut reader = ShapeReader { rest: shape.strip_prefix(JSON)?, path: String::new(), depth: 0, columns };
    let object = reader.entries()?;
    reader.rest.is_empty().then_some(serde_json::Value::Object(object))
}

/// Whether a key needs no quotes.
pub(crate) fn is_plain(key: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.@#$/-".contains(&byte);
    !key.is_empty() && key.bytes().all(plain)
}

/// Appends a key, quoted only where it must be.
pub(crate) fn push_key(out: &mut String, key: &str) {
    if is_plain(key) {
        out.push_str(key);
    } else {
        push_quoted(out, key);
    }
}

/// Appends `text` as a JSON string.
pub(crate) fn push_quoted(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

struct ShapeReader<'s, 'c> {
    rest: &'s str,
    path: String,
    depth: usize,
    columns: &'c dyn Columns,
}

impl<'s> ShapeReader<'s, '_> {
    fn eat(&mut self, sign: char) -> bool {
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn take_char(&mut self) -> Option<char> {
        let sign = self.rest.chars().next()?;
        self.rest = self.rest.get(sign.len_utf8()..)?;
        Some(sign)
    }

    fn take_while(&mut self, take: impl Fn(char) -> bool) -> &'s str {
        let end = self.rest.find(|sign| !take(sign)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn quoted(&mut self) -> Option<String> {
        let bytes = self.rest.as_bytes();
        let mut at = 1;
        while *bytes.get(at)? != b'"' {
            at += 1 + usize::from(bytes.get(at) == Some(&b'\\'));
        }
        let (taken, rest) = self.rest.split_at_checked(at + 1)?;
        self.rest = rest;
        serde_json::from_str(taken).ok()
    }

    fn entries(&mut self) -> Option<Map<String, serde_json::Value>> {
        let mut object = Map::new();
        let base = self.path.len();
        while !self.rest.is_empty() && !self.rest.starts_with('}') {
            let key = if self.rest.starts_with('"') {
                self.quoted()?
            } else {
                self.take_while(|sign| !matches!(sign, '=' | ':' | '!' | '{' | ',' | '}')).to_owned()
            };
            self.path.push_str(&key);
            let value = self.value()?;
            self.path.truncate(base);
            if let Some(value) = value {
                object.insert(key, value);
            }
            self.eat(',');
        }
        Some(object)
    }

    /// The value behind a key; the inner none when its column is missing.
    #[expect(clippy::option_option, reason = "outside: the shape is not one; inside: the column has no value")]
    fn value(&mut self) -> Option<Option<serde_json::Value>> {
        match self.take_char()? {
            '!' => Some(Some(serde_json::Value::Null)),
            '{' => {
                self.path.push('.');
                self.depth += 1;
                let object = self.entries()?;
                self.depth -= 1;
                self.eat('}').then_some(Some(serde_json::Value::Object(object)))
            }
            ':' => {
                let kind = self.take_char()?;
                let flat = self.path.strip_prefix(FLAT).filter(|_| self.depth > 0);
                let name = flat.unwrap_or(&self.path);
                Some(self.columns.field(name).and_then(|value| typed(&value, kind)))
            }
            '=' => {
                let role = Role::from_letter(self.take_char()?)?;
                self.core(role)
            }
            _ => None,
        }
    }

    #[expect(clippy::option_option, reason = "as in `value`")]
    fn core(&mut self, role: Role) -> Option<Option<serde_json::Value>> {
        let stored = || match self.columns.core(role.column()) {
            Some(Value::Str(text)) => Some(text.into_owned()),
            _ => None,
        };
        let value = match role {
            Role::Time => {
                let quoted = self.eat('"');
                let code = self.take_while(|sign| !matches!(sign, '}' | ','));
                self.columns.time().and_then(|time| time_value(time, code, quoted))
            }
            Role::Level if self.rest.starts_with('"') => Some(self.quoted()?.into()),
            Role::Level | Role::Severity if self.rest.starts_with(|sign: char| sign.is_ascii_digit()) => {
                let digits = self.take_while(|sign| sign.is_ascii_digit());
                Some(i64::from_str(digits).ok()?.into())
            }
            Role::Trace | Role::Span if self.eat('u') => stored().map(|text| text.to_ascii_uppercase().into()),
            Role::Line => self.columns.core("line").and_then(|value| typed(&value, 'i')),
            Role::Duration => {
                let kind = if self.eat('i') { 'i' } else { 'f' };
                self.columns.core("duration").and_then(|value| typed(&value, kind))
            }
            _ => stored().map(serde_json::Value::from),
        };
        Some(value)
    }
}

/// A column's value as the JSON type it was sent in.
fn typed(value: &Value<'_>, kind: char) -> Option<serde_json::Value> {
    match (value, kind) {
        (Value::Float(number), 'i') => Some((*number as i64).into()),
        (Value::Int(number), 'f') => Number::from_f64(*number as f64).map(serde_json::Value::Number),
        (Value::Json(text) | Value::Str(text), 'j') => serde_json::from_str(text).ok(),
        (Value::Bool(value), _) => Some((*value).into()),
        (Value::Int(number), _) => Some((*number).into()),
        (Value::Float(number), _) => Number::from_f64(*number).map(serde_json::Value::Number),
        (Value::Str(text) | Value::Json(text), _) => Some(text.as_ref().into()),
    }
}

fn time_value(time: Timestamp, code: &str, quoted: bool) -> Option<serde_json::Value> {
    let (unit, fraction) = code.strip_prefix('.').map_or((code, false), |unit| (unit, true));
    let nanos = match unit {
        "s" => 1_000_000_000,
        "m" => 1_000_000,
        "u" => 1_000,
        "n" => 1,
        _ => return Spelling::decode(code).map(|spelling| spelling.write(time).into()),
    };
    let (whole, rest) = (time.nanos().div_euclid(nanos), time.nanos().rem_euclid(nanos));
    if fraction {
        let digits = nanos.ilog10() as usize;
        return format!("{whole}.{rest:0digits$}")
            .parse()
            .ok()
            .and_then(Number::from_f64)
            .map(serde_json::Value::Number);
    }
    Some(if quoted { whole.to_string().into() } else { whole.into() })
}
