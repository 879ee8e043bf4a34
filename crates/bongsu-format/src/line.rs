//! One line that was read, and small steps through text that the readers share.

use std::borrow::Cow;

use bongsu_model::{Level, Record, Timestamp, Value};

use crate::Format;

/// Where something of several lines ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The first byte behind it, and where what follows it begins.
    Ends { end: usize, next: usize },
    /// More bytes are needed to tell.
    Unfinished,
    /// It is no such thing.
    Broken,
}

/// What a reader made of one line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line<'a> {
    pub(crate) record: Record<'a>,
    pub(crate) format: Format,
    /// The level as it was spelled; empty when there was none.
    level: &'a str,
    /// Letters of what stood before the message, in its order; empty when the format says it.
    order: String,
}

impl<'a> Line<'a> {
    pub(crate) fn new(format: Format) -> Self {
        Self { record: Record::default(), format, level: "", order: String::new() }
    }

    pub(crate) fn timed(format: Format, time: Timestamp) -> Self {
        let mut line = Self::new(format);
        line.record.time = Some(time);
        line
    }

    pub(crate) fn set_level(&mut self, written: &'a str) {
        self.level = written;
        self.record.level = Some(Level::gathered(written));
    }

    /// The level that a sign other than its name stands for.
    pub(crate) fn set_level_as(&mut self, level: Option<Level>) {
        self.record.level = level;
    }

    pub(crate) fn has_level(&self) -> bool {
        self.record.level.is_some()
    }

    pub(crate) fn note(&mut self, letter: char) {
        self.order.push(letter);
    }

    pub(crate) fn field(&mut self, name: &'static str, value: impl Into<Cow<'a, str>>) {
        self.record.fields.push((name.into(), Value::Str(value.into())));
    }

    /// A field that is a number if it reads like one.
    pub(crate) fn number_field(&mut self, name: &'static str, text: &'a str) {
        self.record.fields.push((name.into(), untyped(text)));
    }

    pub(crate) fn message(mut self, message: &'a str) -> Self {
        self.record.message = message.into();
        self
    }

    /// The record, with its shape: the format's name, the order of its parts and the level where it was spelled unlike
    /// the stored name.
    pub(crate) fn finish(self) -> (Record<'a>, Format) {
        let Self { mut record, format, level, order } = self;
        if record.shape.is_none() {
            let spelled = !level.is_empty() && record.level.as_ref().is_some_and(|stored| stored.name() != level);
            record.shape = Some(match (order.is_empty(), spelled) {
                (true, false) => Cow::Borrowed(format.name()),
                (true, true) => format!("{format} level={level}").into(),
                (false, false) => format!("{format} order={order}").into(),
                (false, true) => format!("{format} order={order} level={level}").into(),
            });
        }
        (record, format)
    }
}

/// A whole line as a record's message.
pub(crate) fn text(line: &str) -> Line<'_> {
    Line::new(Format::Text).message(line)
}

/// A record that borrows from nothing.
pub(crate) fn owned(record: Record<'_>) -> Record<'static> {
    fn own(text: Cow<'_, str>) -> Cow<'static, str> {
        Cow::Owned(text.into_owned())
    }
    let fields = record.fields.into_iter().map(|(name, value)| {
        let value = match value {
            Value::Bool(value) => Value::Bool(value),
            Value::Int(value) => Value::Int(value),
            Value::Float(value) => Value::Float(value),
            Value::Str(text) => Value::Str(own(text)),
            Value::Json(text) => Value::Json(own(text)),
        };
        (own(name), value)
    });
    Record {
        fields: fields.collect(),
        id: record.id.map(own),
        time: record.time,
        level: record.level,
        service: record.service.map(own),
        logger: record.logger.map(own),
        host: record.host.map(own),
        message: own(record.message),
        trace_id: record.trace_id.map(own),
        span_id: record.span_id.map(own),
        function: record.function.map(own),
        file: record.file.map(own),
        line: record.line,
        operation: record.operation.map(own),
        duration: record.duration,
        source: record.source.map(own),
        offset: record.offset,
        shape: record.shape.map(own),
    }
}

/// The first word and what follows it, blanks between them left out.
pub(crate) fn word(text: &str) -> (&str, &str) {
    let end = memchr::memchr2(b' ', b'\t', text.as_bytes()).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (word, blanks(rest))
}

/// The text without the blanks in front.
pub(crate) fn blanks(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

/// A number or a truth value where the text is exactly how one is written, else text.
pub(crate) fn untyped(text: &str) -> Value<'_> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leads = digits.as_bytes().first().is_some_and(u8::is_ascii_digit);
    if !leads {
        return match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Value::Str(text.into()),
        };
    }
    let padded = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    let plain = !padded && text.len() <= 20 && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if !plain {
        return Value::Str(text.into());
    }
    if let Ok(number) = text.parse() {
        return Value::Int(number);
    }
    match text.parse() {
        Ok(number) if digits.contains('.') && !digits.ends_with('.') => Value::Float(number),
        _ => Value::Str(text.into()),
    }
}

/// Whether a word is a level's name as headers spell it: in capitals.
pub(crate) fn is_level(word: &str) -> bool {
    word.len() >= 3 && word.bytes().all(|byte| byte.is_ascii_uppercase()) && Level::known(word).is_some()
}

/// Whether a word is a level's name in any case, leaving out those that are common words as well.
pub(crate) fn is_level_in_any_case(word: &str) -> bool {
    const LOOSE: [&str; 16] = [
        "trace", "debug", "info", "notice", "warn", "warning", "error", "err", "severe", "fatal", "critical", "crit",
        "alert", "emerg", "dbg", "wrn",
    ];
    is_level(word) || LOOSE.iter().any(|level| level.eq_ignore_ascii_case(word))
}

/// Whether a word may be the name of a logger or a program: no blanks, no quotes, begins like a name.
pub(crate) fn is_name(word: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"._-$:/@#<>*+~[]()".contains(&byte) || byte >= 0x80;
    let begins = |byte: &u8| byte.is_ascii_alphabetic() || b"_<*/~(".contains(byte) || *byte >= 0x80;
    word.len() <= 200 && word.as_bytes().first().is_some_and(begins) && word.bytes().all(inside)
}

/// `main.py:12` as file and line.
pub(crate) fn file_and_line(word: &str) -> Option<(&str, i64)> {
    let (file, line) = word.rsplit_once(':')?;
    let (stem, extension) = file.rsplit_once('.')?;
    let known = (1..=5).contains(&extension.len()) && extension.bytes().all(|byte| byte.is_ascii_alphabetic());
    let digits = !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
    if !known || stem.is_empty() || !digits { None } else { Some((file, line.parse().ok()?)) }
}

/// The inside of a bracket that opens the text, brackets within counted, and what is behind it.
pub(crate) fn bracketed(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate().take(400) {
        match byte {
            b'[' => depth += 1,
            b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some((text.get(1..at)?, text.get(at + 1..)?));
                }
            }
            _ if at == 0 => return None,
            _ => {}
        }
    }
    None
}

/// The text without terminal colours; none when it has none.
pub(crate) fn without_colours(text: &str) -> Option<String> {
    memchr::memchr(0x1b, text.as_bytes())?;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(0x1b, rest.as_bytes()) {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let parameters = escape
            .strip_prefix("\u{1b}[")
            .map(|inside| inside.trim_start_matches(|sign: char| sign.is_ascii_digit() || sign == ';' || sign == ':'));
        if let Some(after) = parameters.and_then(|end| end.strip_prefix(['m', 'K'])) {
            rest = after;
        } else {
            out.push('\u{1b}');
            rest = escape.get(1..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_as_they_are_written_become_numbers() {
        assert_eq!(untyped("200"), Value::Int(200));
        assert_eq!(untyped("-0.5"), Value::Float(-0.5));
        for text in ["007", "1.", "1.2.3", "12ms", "", "-", "123456789012345678901", "1e5", "0x1f"] {
            assert_eq!(untyped(text), Value::Str(text.into()));
        }
    }

    #[test]
    fn colours_go_and_other_escapes_stay() {
        assert_eq!(without_colours("plain"), None);
        assert_eq!(without_colours("\u{1b}[2ma\u{1b}[0m \u{1b}[38;5;1mb\u{1b}]x").unwrap(), "a b\u{1b}]x");
    }

    #[test]
    fn brackets_within_brackets_are_counted() {
        assert_eq!(bracketed("[a[1]/b@2] - c"), Some(("a[1]/b@2", " - c")));
        assert_eq!(bracketed("[a"), None);
        assert_eq!(bracketed("a]"), None);
    }

    #[test]
    fn a_position_in_a_file() {
        assert_eq!(file_and_line("src/main.rs:12"), Some(("src/main.rs", 12)));
        assert_eq!(file_and_line("10.0.0.1:80"), None);
        assert_eq!(file_and_line("main.rs:"), None);
    }
}
