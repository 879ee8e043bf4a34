//! Values as lines show them: as Python writes them, cut, or as JSON; secrets hidden in both.

use std::borrow::Cow;
use std::rc::Rc;

use bongsu_log::mask::{HIDDEN, Rules, Secrets};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use pyo3::{ffi, intern};

use crate::entries::entries;
use crate::masking;
use crate::secret::{Names, fields_of, hidden, is_list, is_secret};
use crate::text::{bytes, push_int, string};

/// What is made of a value before it is cut: room for secrets that become shorter.
const ROOM: usize = 4096;
/// Lists inside lists are written up to here; what is deeper is `…`.
const DEEPEST: usize = 64;
/// Values written as JSON at most, `…` behind them.
pub(crate) const MOST: usize = 10_000;

/// How a value is written.
pub(crate) struct Writer<'w> {
    pub(crate) names: &'w Names,
    pub(crate) secrets: &'w Secrets,
    pub(crate) rules: Rc<Rules>,
}

impl Writer<'_> {
    /// Appends `repr(value)`, its first `limit` characters.
    pub(crate) fn repr(&self, value: &Bound<'_, PyAny>, limit: usize, out: &mut Vec<u8>) {
        if value.is_exact_instance_of::<PyInt>() && self.secrets.is_empty() {
            let begin = out.len();
            if push_small(value, out) {
                return;
            }
            out.truncate(begin);
        }
        let mut made = Vec::new();
        self.nested(value, &mut made, 0);
        let mut text = String::from_utf8_lossy(&made).into_owned();
        if !self.secrets.is_empty() {
            text = self.secrets.scrub(&text);
        }
        out.extend_from_slice(self.cut(&text, limit).as_bytes());
    }

    /// The first `limit` characters. Secrets are hidden first: the rules would not know a part of one.
    pub(crate) fn cut<'t>(&self, text: &'t str, limit: usize) -> Cow<'t, str> {
        if text.char_indices().nth(limit).is_none() {
            return Cow::Borrowed(text);
        }
        let masked = self.rules.mask(text);
        let end = masked.char_indices().nth(limit).map_or(masked.len(), |(at, _)| at);
        Cow::Owned(masked[..end].to_owned())
    }

    fn nested(&self, value: &Bound<'_, PyAny>, out: &mut Vec<u8>, depth: usize) {
        let (open, close) = if value.is_exact_instance_of::<PyList>() { (b'[', b']') } else { (b'(', b')') };
        if depth > DEEPEST {
            out.extend_from_slice("…".as_bytes());
        } else if let Ok(items) = value.cast_exact::<PyDict>() {
            out.push(b'{');
            for (nth, (name, value)) in entries(items).enumerate() {
                if out.len() > ROOM {
                    return;
                }
                if nth > 0 {
                    out.extend_from_slice(b", ");
                }
                self.nested(&name, out, depth + 1);
                out.extend_from_slice(b": ");
                self.named(hidden(self.names, &name), &value, out, depth + 1);
            }
            out.push(b'}');
        } else if value.is_exact_instance_of::<PyList>() || value.is_exact_instance_of::<PyTuple>() {
            out.push(open);
            let mut count = 0;
            for value in value.try_iter().into_iter().flatten().flatten() {
                if out.len() > ROOM {
                    return;
                }
                if count > 0 {
                    out.extend_from_slice(b", ");
                }
                self.nested(&value, out, depth + 1);
                count += 1;
            }
            if count == 1 && open == b'(' {
                out.push(b',');
            }
            out.push(close);
        } else if let Ok(text) = value.cast_exact::<PyString>()
            && text.len().unwrap_or(0) > ROOM
            && let Ok(begin) = text.get_item(pyo3::types::PySlice::new(value.py(), 0, ROOM as isize, 1))
        {
            push_repr(&begin, out);
        } else {
            push_repr(value, out);
        }
    }

    /// A value whose name is known.
    pub(crate) fn named(&self, hidden: bool, value: &Bound<'_, PyAny>, out: &mut Vec<u8>, depth: usize) {
        if hidden {
            let _ = std::io::Write::write_fmt(out, format_args!("'{HIDDEN}'"));
        } else {
            self.nested(value, out, depth);
        }
    }

    /// Appends a value as JSON, no more than `left` values of it.
    pub(crate) fn json(&self, value: &Bound<'_, PyAny>, out: &mut Vec<u8>, left: &mut usize, depth: usize) {
        if depth > DEEPEST || *left == 0 {
            return push_json(out, "…");
        }
        *left -= 1;
        if value.is_none() {
            out.extend_from_slice(b"null");
        } else if value.is_exact_instance_of::<PyBool>() {
            out.extend_from_slice(if value.is_truthy().unwrap_or(false) { b"true" } else { b"false" });
        } else if value.is_exact_instance_of::<PyInt>() || value.is_exact_instance_of::<PyFloat>() {
            self.number(value, out);
        } else if let Ok(text) = value.cast::<PyString>() {
            self.string(&string(text), out);
        } else if let Ok(raw) = value.cast::<PyBytes>() {
            self.string(&String::from_utf8_lossy(raw.as_bytes()), out);
        } else if let Ok(items) = value.cast::<PyDict>() {
            out.push(b'{');
            for (nth, (name, value)) in entries(items).enumerate() {
                if nth > 0 {
                    out.push(b',');
                }
                let text = name.str().map(|name| string(&name)).unwrap_or_default();
                push_json(out, &self.rules.mask(&self.secrets.scrub(&text)));
                out.push(b':');
                if is_secret(self.names, &name, &value) {
                    push_json(out, HIDDEN);
                } else {
                    self.json(&value, out, left, depth + 1);
                }
                if *left == 0 {
                    break;
                }
            }
            out.push(b'}');
        } else if is_list(value) {
            let fields = fields_of(value);
            out.push(b'[');
            for (nth, value) in value.try_iter().into_iter().flatten().flatten().enumerate() {
                if nth > 0 {
                    out.push(b',');
                }
                if fields
                    .as_ref()
                    .and_then(|fields| fields.get(nth))
                    .is_some_and(|(name, _)| is_secret(self.names, name, &value))
                {
                    push_json(out, HIDDEN);
                } else {
                    self.json(&value, out, left, depth + 1);
                }
                if *left == 0 {
                    break;
                }
            }
            out.push(b']');
        } else {
            self.string(&if is_nameless(value) { type_of(value) } else { text_of(value) }, out);
        }
    }

    fn number(&self, value: &Bound<'_, PyAny>, out: &mut Vec<u8>) {
        let begin = out.len();
        if value.is_exact_instance_of::<PyInt>() {
            if !push_small(value, out) {
                out.truncate(begin);
                push_repr(value, out);
            }
        } else {
            let number: f64 = value.extract().unwrap_or(f64::NAN);
            if !number.is_finite() {
                return push_json(out, &number.to_string());
            }
            let _ = serde_json::to_writer(&mut *out, &number);
        }
        // A card's number has thirteen digits at least.
        if !self.secrets.is_empty() || out.len() - begin >= 13 {
            let text = String::from_utf8_lossy(&out[begin..]).into_owned();
            let scrubbed = self.secrets.scrub(&text);
            let clean = self.rules.mask(&scrubbed);
            if *clean != *text {
                out.truncate(begin);
                push_json(out, &clean);
            }
        }
    }

    fn string(&self, text: &str, out: &mut Vec<u8>) {
        let text = if self.secrets.is_empty() { Cow::Borrowed(text) } else { self.secrets.scrub(text).into() };
        let text = if text.contains([':', '=']) { self.names.text(&text).into() } else { text };
        push_json(out, &self.rules.mask(&text));
    }

    /// A text of the program's own, such as an error's, its secrets hidden.
    pub(crate) fn text(&self, text: &str) -> String {
        self.names.text(&self.secrets.scrub(text))
    }
}

/// A value as JSON on one line, what stands behind the names of secrets hidden at any depth. What JSON cannot say is said by `str`.
pub(crate) fn json_of(value: &Bound<'_, PyAny>) -> String {
    let (names, secrets, rules) = (Names::of_rules(), Secrets::default(), masking::rules(value.py()));
    let mut out = Vec::new();
    Writer { names, secrets: &secrets, rules }.json(value, &mut out, &mut { MOST }, 0);
    String::from_utf8_lossy(&out).into_owned()
}

#[pyfunction]
fn json_text(value: &Bound<'_, PyAny>) -> String {
    json_of(value)
}

/// Adds the function.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(json_text, module)?)
}

/// Whether nothing but its type can be told of an object.
fn is_nameless(value: &Bound<'_, PyAny>) -> bool {
    let py = value.py();
    let object = py.get_type::<PyAny>();
    let (kind, str, repr) = (value.get_type(), intern!(py, "__str__"), intern!(py, "__repr__"));
    let same = |name| matches!((kind.getattr(name), object.getattr(name)), (Ok(own), Ok(plain)) if own.is(&plain));
    same(str) && same(repr)
}

/// An object as text: what `str` makes of it, else the name of its type.
pub(crate) fn text_of(value: &Bound<'_, PyAny>) -> String {
    value.str().map_or_else(|_| type_of(value), |text| string(&text))
}

fn type_of(value: &Bound<'_, PyAny>) -> String {
    let kind = value.get_type();
    format!("<{}>", kind.fully_qualified_name().map_or_else(|_| "object".to_owned(), |name| name.to_string()))
}

/// Appends a number that fits in 64 bits.
fn push_small(value: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> bool {
    let mut overflow = 0;
    // SAFETY: an exact `int`.
    let number = unsafe { ffi::PyLong_AsLongLongAndOverflow(value.as_ptr(), &raw mut overflow) };
    if overflow == 0 {
        push_int(number, out);
    }
    overflow == 0
}

fn push_repr(value: &Bound<'_, PyAny>, out: &mut Vec<u8>) {
    match value.repr() {
        Ok(text) => out.extend_from_slice(&bytes(&text)),
        Err(_) => out.extend_from_slice(format!("<{} without repr>", kind_of(value)).as_bytes()),
    }
}

fn kind_of(value: &Bound<'_, PyAny>) -> String {
    value.get_type().name().map_or_else(|_| "object".to_owned(), |name| name.to_string())
}

/// Appends a text as a JSON string.
pub(crate) fn push_json(out: &mut Vec<u8>, text: &str) {
    // A vector takes all that is written to it.
    let _ = serde_json::to_writer(out, text);
}

/// Appends `0.123s`.
pub(crate) fn push_seconds(out: &mut Vec<u8>, took: std::time::Duration) {
    let millis = (took.as_nanos() + 500_000) / 1_000_000;
    push_int((millis / 1000) as i64, out);
    let [hundreds, tens, ones] = [millis / 100, millis / 10, millis].map(|digit| b'0' + (digit % 10) as u8);
    out.extend_from_slice(&[b'.', hundreds, tens, ones, b's']);
}
