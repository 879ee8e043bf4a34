//! One JSON object with the field names of the OpenTelemetry log data model.

use bongsu_model::Value;

use super::ids::Ids;
use super::line::{Fields, Key};
use super::text::integer;
use super::{Line, Stamp};

pub(super) fn write(line: &Line<'_>, stamp: &mut Stamp, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"Timestamp\":\"");
    out.extend_from_slice(&stamp.rfc3339(line.time));
    out.push(b'"');
    if let Some(level) = line.level {
        member(out, b",\"SeverityText\":", level);
        if let Some(severity) = line.severity {
            out.extend_from_slice(b",\"SeverityNumber\":");
            integer(out, severity.into());
        }
    }
    member(out, b",\"Body\":", line.message);
    let ids = Ids::of(line);
    if let Some(id) = ids.trace(line) {
        member(out, b",\"TraceId\":", id);
    }
    if let Some(id) = ids.span(line) {
        member(out, b",\"SpanId\":", id);
    }
    if let Some(logger) = line.logger {
        member(out, b",\"InstrumentationScope\":{\"name\":", logger);
        out.push(b'}');
    }
    if line.service.is_some() || line.host.is_some() {
        out.extend_from_slice(b",\"Resource\":");
        let mut resource = Members::open(out);
        resource.text(b"\"service.name\":", line.service);
        resource.text(b"\"host.name\":", line.host);
        resource.close();
    }
    let start = out.len();
    out.extend_from_slice(b",\"Attributes\":");
    let mut attributes = Members::open(out);
    attributes.text(b"\"code.function.name\":", line.function);
    attributes.text(b"\"code.file.path\":", line.file);
    if let Some(number) = line.line {
        attributes.begin(b"\"code.line.number\":");
        integer(attributes.out, number);
    }
    attributes.text(b"\"operation\":", line.operation);
    if let Some(duration) = line.duration.filter(|duration| duration.is_finite()) {
        attributes.begin(b"\"duration\":");
        float(attributes.out, duration);
    }
    line.fields.each_member(&mut |key, value| {
        if !ids.holds(key) {
            attributes.value(key, value);
        }
    });
    if attributes.close() {
        out.truncate(start);
    }
    out.push(b'}');
}

/// The fields as an object of their own.
pub(super) fn object(fields: &dyn Fields, out: &mut Vec<u8>) {
    let mut members = Members::open(out);
    fields.each_member(&mut |key, value| members.value(key, value));
    members.close();
}

/// A member whose beginning needs no escapes.
#[inline]
fn member(out: &mut Vec<u8>, begin: &[u8], text: &str) {
    out.extend_from_slice(begin);
    quote(out, text);
}

/// Writes an object member by member.
struct Members<'o> {
    out: &'o mut Vec<u8>,
    begun: usize,
}

impl<'o> Members<'o> {
    fn open(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { begun: out.len(), out }
    }

    /// Begins a member whose key needs no escapes and stands in its quotes, with the colon.
    #[inline]
    fn begin(&mut self, key: &[u8]) {
        self.comma();
        self.out.extend_from_slice(key);
    }

    #[inline]
    fn comma(&mut self) {
        if self.out.len() != self.begun {
            self.out.push(b',');
        }
    }

    #[inline]
    fn text(&mut self, key: &[u8], value: Option<&str>) {
        if let Some(value) = value {
            self.begin(key);
            quote(self.out, value);
        }
    }

    fn value(&mut self, key: Key<'_>, value: &Value<'_>) {
        self.comma();
        key.write(self.out);
        match value {
            Value::Bool(value) => self.out.extend_from_slice(if *value { b"true" } else { b"false" }),
            Value::Int(value) => integer(self.out, *value),
            Value::Float(value) => float(self.out, *value),
            Value::Str(text) => quote(self.out, text),
            Value::Json(text) => self.out.extend_from_slice(text.as_bytes()),
        }
    }

    /// Whether nothing is in it.
    fn close(self) -> bool {
        let empty = self.out.len() == self.begun;
        self.out.push(b'}');
        empty
    }
}

/// The shortest text that is read back as this number; `null` for what JSON has no number for.
fn float(out: &mut Vec<u8>, number: f64) {
    if serde_json::to_writer(&mut *out, &number).is_err() {
        debug_assert!(false, "writing to a vector cannot fail");
        out.extend_from_slice(b"null");
    }
}

/// `text` in quotes, with the escapes that JSON asks for and no others.
#[inline]
pub(super) fn quote(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    if is_plain(bytes) {
        out.extend_from_slice(bytes);
    } else {
        escaped(out, bytes);
    }
    out.push(b'"');
}

#[cold]
fn escaped(out: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        if *byte < b' ' || matches!(byte, b'"' | b'\\') {
            escape(out, *byte);
        } else {
            out.push(*byte);
        }
    }
}

fn escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' => b'"',
        b'\\' => b'\\',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            let hex = |digit: u8| if digit < 10 { b'0' + digit } else { b'a' + digit - 10 };
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', hex(byte >> 4), hex(byte & 15)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Whether nothing needs an escape. Eight bytes are looked at together, the last ones as a word that may overlap the one
/// before.
#[inline]
fn is_plain(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk::<8>() else {
        let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) else {
            return !bytes.iter().any(|byte| matches!(byte, 0..0x20 | b'"' | b'\\'));
        };
        let [first, last] = [first, last].map(|half| u64::from(u32::from_le_bytes(*half)));
        return special((first | last << 32).to_le_bytes()) == 0;
    };
    let (words, _) = bytes.as_chunks::<8>();
    words.iter().fold(special(*last), |found, word| found | special(*word)) == 0
}

/// Not zero when a byte of the eight is a control character, a quote or a backslash.
#[inline]
const fn special(bytes: [u8; 8]) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let word = u64::from_le_bytes(bytes);
    let control = word.wrapping_sub(ONES * 0x20);
    let quote = (word ^ (ONES * b'"' as u64)).wrapping_sub(ONES);
    let backslash = (word ^ (ONES * b'\\' as u64)).wrapping_sub(ONES);
    // A byte with its high bit set is none of them: neither is it below 0x20, nor zero after the exclusive or.
    (control | quote | backslash) & !word & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_that_needs_an_escape_is_found_wherever_it_stands() {
        for length in 0..=20 {
            let plain = "é~ a봉".bytes().cycle().take(length).collect::<Vec<_>>();
            assert!(is_plain(&plain), "{length}");
            for at in 0..length {
                for sign in [0, 0x1f, b'\n', b'"', b'\\'] {
                    let mut text = plain.clone();
                    text[at] = sign;
                    assert!(!is_plain(&text), "{sign:#x} at {at} of {length}");
                }
            }
        }
    }
}
