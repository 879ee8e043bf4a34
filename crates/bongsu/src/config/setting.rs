//! Kinds of values that a setting can have: how each is read, shown and described.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use bongsu_model::Dataset;
use jiff::tz::TimeZone;
use toml::Value;
use toml::de::DeValue;

use super::accepts::Accepts;
use super::units::{bytes, read_bytes, read_span, span};

/// What is wrong with something in a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// Bytes of the file that it stands at; none in an environment variable.
    pub(crate) span: Option<Range<usize>>,
    /// What it is.
    pub(crate) what: Mistake,
}

/// Kinds of mistakes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// There is no such key.
    Key {
        /// As it was written, with the tables around it.
        key: String,
        /// The keys that stand there.
        known: Vec<String>,
    },
    /// The key has no such value.
    Value {
        /// The value as it was written.
        shown: String,
        /// The values it may have.
        accepts: Accepts,
    },
}

/// A value's text in the file and where it stands.
pub(crate) type Spanned<'i> = toml::Spanned<DeValue<'i>>;

/// A value of a setting.
pub(crate) trait Setting: std::fmt::Debug {
    /// The values it may have, in words, for the reference page and for errors.
    fn accepts(&self) -> Accepts;
    /// Takes the value that stands in a file.
    fn read(&mut self, value: &Spanned<'_>) -> Result<(), Wrong>;
    /// Takes the value of an environment variable; false when it is none.
    fn read_text(&mut self, text: &str) -> bool;
    /// The value as it would stand in a file; none when the file need not have the key.
    fn show(&self) -> Option<Value>;
    /// Whether an environment variable can hold it.
    fn in_environment(&self) -> bool {
        true
    }
}

/// The error of `value` not being one that `accepts` names.
fn not_one(value: &Spanned<'_>, accepts: Accepts) -> Wrong {
    let shown = match value.get_ref() {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(yes) => yes.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(_) => "[…]".to_owned(),
        DeValue::Table(_) => "{…}".to_owned(),
    };
    Wrong { span: Some(value.span()), what: Mistake::Value { shown, accepts } }
}

/// The text of a string or of a whole number.
fn scalar(value: &Spanned<'_>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().replace('_', "")),
        DeValue::Boolean(yes) => Some(yes.to_string()),
        _ => None,
    }
}

fn read_scalar<S: Setting>(setting: &mut S, value: &Spanned<'_>) -> Result<(), Wrong> {
    let taken = scalar(value).is_some_and(|text| setting.read_text(&text));
    if taken { Ok(()) } else { Err(not_one(value, setting.accepts())) }
}

/// A whole number, 1 or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count(pub(crate) usize);

impl Setting for Count {
    fn accepts(&self) -> Accepts {
        Accepts::Count
    }

    fn read(&mut self, value: &Spanned<'_>) -> Result<(), Wrong> {
        read_scalar(self, value)
    }

    fn read_text(&mut self, text: &str) -> bool {
        text.parse().ok().filter(|number| *number > 0).map(|number| self.0 = number).is_some()
    }

    fn show(&self) -> Option<Value> {
        Some(Value::Integer(i64::try_from(self.0).unwrap_or(i64::MAX)))
    }
}

/// An amount of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bytes(pub(crate) u64);

impl Setting for Bytes {
    fn accepts(&self) -> Accepts {
        Accepts::Bytes
    }

    fn read(&mut self, value: &Spanned<'_>) -> Result<(), Wrong> {
        read_scalar(self, value)
    }

    fn read_text(&mut self, text: &str) -> bool {
        read_bytes(text).filter(|size| *size > 0).map(|size| self.0 = size).is_some()
    }

    fn show(&self) -> Option<Value> {
        Some(Value::String(bytes(self.0)))
    }
}

/// A length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

impl Setting for Span {
    fn accepts(&self) -> Accepts {
        Accepts::Span
    }

    fn read(&mut self, value: &Spanned<'_>) -> Result<(), Wrong> {
        read_scalar(self, value)
    }

    fn read_text(&mut self, text: &str) -> bool {
        read_span(text).filter(|time| !time.is_zero()).map(|time| self.0 = time).is_some()
    }

    fn show(&self) -> Option<Value> {
        Some(Value::String(span(self.0)))
    }
}

/// A setting that may be absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Maybe<S> {
    /// The value, if there is one.
    pub(crate) value: Option<S>,
    blank: S,
}

impl<S> Maybe<S> {
    /// Absent; `blank` is overwritten by the first value that is read.
    pub(crate) fn none(blank: S) -> Self {
        Self { value: None, blank }
    }
}

impl<S: Setting + Copy> Setting for Maybe<S> {
    fn accepts(&self) -> Accepts {
        Accepts::OrNone(Box::new(self.blank.accepts()))
    }

    fn read(&mut self, value: &Spanned<'_>) -> Result<(), Wrong> {
        read_scalar(self, value)
    }

    fn read_text(&mut self, text: &str) -> bool {
        let mut value = self.blank;
        let none = text == "none";
        let taken = none || value.read_text(text);
        if taken {
            self.value = (!none).then_some(value);
        }
        taken
    }

    fn show(&self) -> Option<Value> {
        self.value.map_or_else(|| Some(Value::String("none".to_owned())), |value| value.show())
    }
}

/// A time zone; the machine's when none is named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Zone(Option<String>);

impl Zone {
    /// The zone itself.
    pub(crate) fn get(&self) -> TimeZone {
        self.0.as_deref().and_then(|name| TimeZone::get(name).ok()).unwrap_or_else(TimeZone::system)
    }
}

impl Setting for Zone {
    fn accepts(&self) -> Accepts {
        Accepts::Zone
    }

    fn read(&mut self, value: &Spanned<'_>) -> Result<(), Wrong> {
        read_scalar(self, value)
    }

    fn read_text(&mut self, text: &str) -> bool {
        if text == "system" {
            self.0 = None;
            return true;
        }
        TimeZone::get(text).map(|_| self.0 = Some(text.to_owned())).is_ok()
    }

    fn show(&self) -> Option<Value> {
        Some(Value::String(self.0.clone().unwrap_or_else(|| "system".to_owned())))
    }
}

/// Addresses to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Addresses(pub(crate) Vec<String>);

impl Setting for Addresses {
    fn accepts(&self) -> Accepts {
        Accepts::Addresses
    }

    fn read(&mut self, value: &Spanned<'_>) -> Result<(), Wrong> {
        let DeValue::Array(items) = value.get_ref() else { return read_scalar(self, value) };
        let mut addresses = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::String(text) if is_address(text) => addresses.push(text.to_string()),
                _ => return Err(not_one(item, self.accepts())),
            }
        }
        if addresses.is_empty() {
            return Err(not_one(value, self.accepts()));
        }
        self.0 = addresses;
        Ok(())
    }

    fn read_text(&mut self, text: &str) -> bool {
        let addresses: Vec<_> = text.split(',').map(|address| address.trim().to_owned()).collect();
        let sound = addresses.iter().all(|address| is_address(address));
        if sound {
            self.0 = addresses;
        }
        sound
    }

    fn show(&self) -> Option<Value> {
        Some(Value::Array(self.0.iter().cloned().map(Value::String).collect()))
    }
}

fn is_address(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}

/// How long rows of a dataset are kept. Without an entry everything is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Keep {
    /// Rows older than this go.
    pub(crate) age: Option<Duration>,
    /// The oldest rows go while the dataset's files take more bytes than this.
    pub(crate) size: Option<u64>,
}

/// What is kept of each dataset.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Retention(pub(crate) BTreeMap<Dataset, Keep>);

impl Setting for Retention {
    fn accepts(&self) -> Accepts {
        Accepts::Retention
    }

    fn read(&mut self, value: &Spanned<'_>) -> Result<(), Wrong> {
        let DeValue::Table(datasets) = value.get_ref() else { return Err(not_one(value, self.accepts())) };
        for (name, rule) in datasets {
            let (Ok(dataset), DeValue::Table(rule)) = (name.get_ref().parse::<Dataset>(), rule.get_ref()) else {
                return Err(not_one(rule, self.accepts()));
            };
            let mut keep = Keep::default();
            for (key, value) in rule {
                match key.get_ref().as_ref() {
                    "age" => {
                        let mut age = Span(Duration::ZERO);
                        age.read(value)?;
                        keep.age = Some(age.0);
                    }
                    "size" => {
                        let mut size = Bytes(0);
                        size.read(value)?;
                        keep.size = Some(size.0);
                    }
                    other => return Err(unknown(key.span(), other, &["age", "size"])),
                }
            }
            self.0.insert(dataset, keep);
        }
        Ok(())
    }

    fn read_text(&mut self, _text: &str) -> bool {
        false
    }

    fn show(&self) -> Option<Value> {
        let table = |keep: &Keep| {
            let age = keep.age.map(|age| ("age".to_owned(), Value::String(span(age))));
            let size = keep.size.map(|size| ("size".to_owned(), Value::String(bytes(size))));
            Value::Table(age.into_iter().chain(size).collect())
        };
        let tables: toml::Table = self.0.iter().map(|(name, keep)| (name.to_string(), table(keep))).collect();
        (!tables.is_empty()).then_some(Value::Table(tables))
    }

    fn in_environment(&self) -> bool {
        false
    }
}

/// One rule of the error analysis: lines that match `pattern` are of the type `name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ErrorRule {
    /// The type's name.
    pub(crate) name: String,
    /// A regular expression, matched in any case.
    pub(crate) pattern: String,
}

/// The user's rules of the error analysis, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ErrorRules(pub(crate) Vec<ErrorRule>);

impl ErrorRules {
    fn rule(&self, value: &Spanned<'_>) -> Result<ErrorRule, Wrong> {
        let DeValue::Table(table) = value.get_ref() else { return Err(not_one(value, self.accepts())) };
        let (mut name, mut pattern) = (None, None);
        for (key, value) in table {
            let DeValue::String(text) = value.get_ref() else { return Err(not_one(value, self.accepts())) };
            match key.get_ref().as_ref() {
                "type" => name = Some(text.to_string()),
                "pattern" if regex::Regex::new(text).is_err() => {
                    return Err(not_one(value, Accepts::Regex));
                }
                "pattern" => pattern = Some(text.to_string()),
                other => return Err(unknown(key.span(), other, &["type", "pattern"])),
            }
        }
        match (name, pattern) {
            (Some(name), Some(pattern)) => Ok(ErrorRule { name, pattern }),
            _ => Err(not_one(value, self.accepts())),
        }
    }
}

impl Setting for ErrorRules {
    fn accepts(&self) -> Accepts {
        Accepts::ErrorRules
    }

    fn read(&mut self, value: &Spanned<'_>) -> Result<(), Wrong> {
        let DeValue::Array(items) = value.get_ref() else { return Err(not_one(value, self.accepts())) };
        self.0 = items.iter().map(|item| self.rule(item)).collect::<Result<_, _>>()?;
        Ok(())
    }

    fn read_text(&mut self, _text: &str) -> bool {
        false
    }

    fn show(&self) -> Option<Value> {
        let rule = |rule: &ErrorRule| {
            let pairs = [("type", &rule.name), ("pattern", &rule.pattern)];
            Value::Table(pairs.into_iter().map(|(key, text)| (key.to_owned(), Value::String(text.clone()))).collect())
        };
        Some(Value::Array(self.0.iter().map(rule).collect()))
    }

    fn in_environment(&self) -> bool {
        false
    }
}

/// The error of a key that is not one of `known`.
pub(crate) fn unknown(span: Range<usize>, key: &str, known: &[&str]) -> Wrong {
    let known = known.iter().map(|name| (*name).to_owned()).collect();
    Wrong { span: Some(span), what: Mistake::Key { key: key.to_owned(), known } }
}
