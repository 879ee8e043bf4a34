//! `key=value key="other value"`, and pairs of that kind inside other formats.

use std::borrow::Cow;

use bongsu_model::{Level, Value};

use crate::Format;
use crate::json::{Role, role_of};
use crate::line::{Line, untyped};
use crate::time::{Calendar, text_value};

/// One pair: key, value, whether the value was quoted.
pub(crate) struct Pair<'a> {
    pub(crate) key: &'a str,
    pub(crate) value: Cow<'a, str>,
    quoted: bool,
}

impl<'a> Pair<'a> {
    pub(crate) fn into_value(self) -> Value<'a> {
        match self.value {
            Cow::Borrowed(text) if !self.quoted => untyped(text),
            text => Value::Str(text),
        }
    }
}

fn is_key(key: &str) -> bool {
    let begins = key.as_bytes().first().is_some_and(|byte| byte.is_ascii_alphabetic() || b"_@".contains(byte));
    begins && key.len() <= 128 && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-@/".contains(&byte))
}

/// The pair that the text begins with and what is behind it.
pub(crate) fn pair(text: &str) -> Option<(Pair<'_>, &str)> {
    let at = text.bytes().position(|byte| matches!(byte, b'=' | b' ' | b'"'))?;
    let (key, rest) = text.split_at(at);
    let rest = rest.strip_prefix('=').filter(|_| is_key(key))?;
    if let Some(inside) = rest.strip_prefix('"') {
        let mut at = 0;
        let end = loop {
            at += memchr::memchr2(b'"', b'\\', inside.as_bytes().get(at..)?)?;
            if inside.as_bytes().get(at) == Some(&b'"') {
                break at;
            }
            at += 2;
        };
        let (value, rest) = (inside.get(..end)?, inside.get(end + 1..)?);
        let value = if value.contains('\\') { Cow::Owned(unescape(value)) } else { value.into() };
        let apart = rest.is_empty() || rest.starts_with([' ', ',', '}']);
        return apart.then_some((Pair { key, value, quoted: true }, rest));
    }
    let end = rest.find([' ', '\t']).unwrap_or(rest.len());
    let (value, rest) = rest.split_at(end);
    (!value.contains('"')).then_some((Pair { key, value: value.into(), quoted: false }, rest))
}

fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut signs = value.chars();
    while let Some(sign) = signs.next() {
        match if sign == '\\' { signs.next() } else { None } {
            None => out.push(sign),
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some(quoted @ ('"' | '\\')) => out.push(quoted),
            Some(other) => out.extend(['\\', other]),
        }
    }
    out
}

/// Reads a line that is nothing but pairs, at least two, one of them a time, a level or a message.
pub(crate) fn read<'a>(text: &'a str, calendar: &Calendar) -> Option<Line<'a>> {
    let mut line = Line::new(Format::Logfmt);
    let (mut rest, mut pairs) = (text.trim_end(), 0);
    let mut message = None;
    let mut known = false;
    while !rest.is_empty() {
        let (pair, after) = pair(rest)?;
        rest = after.trim_start_matches([' ', '\t']);
        pairs += 1;
        let role = role_of(pair.key).map(|(role, _)| role);
        known |= matches!(role, Some(Role::Time | Role::Level | Role::Message));
        if role == Some(Role::Message) && message.is_none() {
            message = Some(pair.value);
        } else if !place(&mut line, role, &pair, calendar) {
            line.record.fields.push((pair.key.into(), pair.into_value()));
        }
    }
    if pairs < 2 || !known && pairs < 3 {
        return None;
    }
    line.record.message = message.unwrap_or_else(|| text.into());
    Some(line)
}

/// Puts a pair into its core field; says whether it fitted.
fn place<'a>(line: &mut Line<'a>, role: Option<Role>, pair: &Pair<'a>, calendar: &Calendar) -> bool {
    let record = &mut line.record;
    let slot = match role {
        Some(Role::Time) => {
            let time = text_value(&pair.value, calendar).map(|(time, _)| time);
            let fits = time.is_some() && record.time.is_none();
            record.time = record.time.or(time);
            return fits;
        }
        Some(Role::Level) => {
            let fits = record.level.is_none() && Level::known(&pair.value).is_some();
            match &pair.value {
                Cow::Borrowed(text) if fits => line.set_level(text),
                _ if fits => record.level = Level::known(&pair.value),
                _ => {}
            }
            return fits;
        }
        Some(Role::Line) => {
            let number = pair.value.parse().ok();
            let fits = number.is_some() && record.line.is_none();
            record.line = record.line.or(number);
            return fits;
        }
        Some(Role::Duration) => {
            let number = if pair.quoted { None } else { pair.value.parse::<f64>().ok() };
            let number = number.filter(|number| number.is_finite());
            let fits = number.is_some() && record.duration.is_none();
            record.duration = record.duration.or(number);
            return fits;
        }
        other => other.and_then(|role| role.slot(record)),
    };
    let Some(free) = slot.filter(|slot| slot.is_none()) else { return false };
    *free = Some(pair.value.clone());
    true
}
