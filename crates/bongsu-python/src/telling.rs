//! The words for a run of a decorated function.

use std::rc::Rc;

use bongsu_log::mask::{HIDDEN, Rules, Secrets};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyByteArrayMethods, PyBytes, PyDict, PyFloat, PyInt, PyString, PyTuple};
use pyo3::{Python, ffi, intern};

use crate::given::Given;
use crate::masking;
use crate::secret::{self, Names};
use crate::shown::{MOST, Writer, push_json};
use crate::task::{Begun, Kind, Task};
use crate::text::{bytes, string};

impl Task {
    pub(crate) fn writer<'w>(&'w self, py: Python<'_>, secrets: &'w Secrets) -> Writer<'w> {
        Writer { names: &self.names, secrets, rules: masking::rules(py) }
    }

    /// `Starting f`, `API Call x started`, with what was given where that is wanted. False when nothing is to be said.
    pub(crate) fn beginning(&self, py: Python<'_>, given: Given<'_>, begun: &Begun, out: &mut Vec<u8>) -> bool {
        let writer = self.writer(py, &begun.secrets);
        match &self.kind {
            Kind::Execution { announce: false, .. } => return false,
            Kind::Execution { args, .. } => {
                out.extend_from_slice(b"Starting ");
                out.extend_from_slice(self.function.as_bytes());
                if *args {
                    self.arguments(py, given, &writer, out);
                }
            }
            Kind::Api { name, request, .. } => {
                out.extend_from_slice(b"API Call ");
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b" started");
                if *request {
                    out.extend_from_slice(b" with params: ");
                    self.parameters(py, given, &writer, out);
                }
            }
        }
        true
    }

    /// ` with args: (1, 'a') kwargs: {'k': 2}`, each value cut at 100 characters.
    pub(crate) fn arguments(&self, py: Python<'_>, given: Given<'_>, writer: &Writer<'_>, out: &mut Vec<u8>) {
        const LIMIT: usize = 100;
        let (secret, method) = (self.secret_parameters(py), usize::from(self.bound.get()));
        out.extend_from_slice(b" with args: (");
        let mut count = 0;
        for (nth, value) in given.positional(py).enumerate().skip(method) {
            if count > 0 {
                out.extend_from_slice(b", ");
            }
            if secret.get(nth) == Some(&true) {
                writer.named(true, &value, out, 0);
            } else {
                writer.repr(&value, LIMIT, out);
            }
            count += 1;
        }
        out.extend_from_slice(if count == 1 { b",) kwargs: {" } else { b") kwargs: {" });
        for (nth, (name, value)) in given.named(py).into_iter().enumerate() {
            if nth > 0 {
                out.extend_from_slice(b", ");
            }
            writer.repr(&name, usize::MAX, out);
            out.extend_from_slice(b": ");
            if secret::hidden(&self.names, &name) {
                writer.named(true, &value, out, 0);
            } else {
                writer.repr(&value, LIMIT, out);
            }
        }
        out.push(b'}');
    }

    /// The arguments as one JSON object, by their names.
    pub(crate) fn parameters(&self, py: Python<'_>, given: Given<'_>, writer: &Writer<'_>, out: &mut Vec<u8>) {
        let (secret, method) = (self.secret_parameters(py), usize::from(self.bound.get()));
        let mut left = MOST;
        let mut first = true;
        let mut begin = |out: &mut Vec<u8>, name: &str| {
            if !std::mem::take(&mut first) {
                out.push(b',');
            }
            push_json(out, name);
            out.push(b':');
        };
        out.push(b'{');
        let mut more = Vec::new();
        for (nth, value) in given.positional(py).enumerate().skip(method) {
            let Some(name) = self.parameters.get(nth) else {
                more.push((nth - method, value));
                continue;
            };
            begin(out, name);
            if secret.get(nth) == Some(&true) {
                push_json(out, HIDDEN);
            } else {
                writer.json(&value, out, &mut left, 0);
            }
        }
        if let (Some(rest), false) = (&self.rest, more.is_empty()) {
            begin(out, rest);
            if self.names.hides(py, rest) {
                push_json(out, HIDDEN);
            } else if let Ok(list) = PyTuple::new(py, more.into_iter().map(|(_, value)| value)) {
                writer.json(list.as_any(), out, &mut left, 0);
            }
        } else {
            for (nth, value) in more {
                begin(out, &format!("arg{nth}"));
                writer.json(&value, out, &mut left, 0);
            }
        }
        for (name, value) in given.named(py) {
            let text = name.cast::<PyString>().map(string);
            begin(out, &text.unwrap_or_default());
            if secret::hidden(&self.names, &name) {
                push_json(out, HIDDEN);
            } else {
                writer.json(&value, out, &mut left, 0);
            }
        }
        out.push(b'}');
    }

    /// Bytes of a response: of a text its own, of data those of its JSON, of an object that holds the bytes that came those. None
    /// of any other.
    pub(crate) fn size(result: &Bound<'_, PyAny>) -> Option<usize> {
        if let Some(size) = size_of_text(result) {
            return Some(size);
        }
        if !(result.is_none() || result.is_instance_of::<PyDict>() || secret::is_list(result) || is_number(result)) {
            return size_of_body(result);
        }
        let mut left = 1_000_000;
        let mut out = Vec::new();
        let (none, secrets) = (Names::none(), Secrets::default());
        let writer = Writer { names: &none, secrets: &secrets, rules: Rc::new(Rules::none()) };
        writer.json(result, &mut out, &mut left, 0);
        (left > 0).then_some(out.len())
    }

    /// A response as it stands in a line, its first 200 characters.
    pub(crate) fn response(result: &Bound<'_, PyAny>, writer: &Writer<'_>) -> String {
        let text = if let Ok(text) = result.cast::<PyString>() {
            writer.text(&string(text))
        } else {
            let mut out = Vec::new();
            writer.json(result, &mut out, &mut { MOST }, 0);
            // What is no text fails at its first byte.
            serde_json::from_slice::<String>(&out).unwrap_or_else(|_| String::from_utf8_lossy(&out).into_owned())
        };
        writer.cut(&text, 200).into_owned()
    }
}

/// Bytes of what is a text.
fn size_of_text(value: &Bound<'_, PyAny>) -> Option<usize> {
    if let Ok(text) = value.cast::<PyString>() {
        return Some(bytes(text).len());
    }
    if let Ok(raw) = value.cast::<PyBytes>() {
        return Some(raw.as_bytes().len());
    }
    value.cast::<PyByteArray>().ok().map(PyByteArrayMethods::len)
}

fn is_number(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>()
}

/// Where responses of HTTP libraries keep a body that was read (`requests` and `httpx`, `urllib3` and `aiohttp`, Starlette).
const BODIES: [&str; 3] = ["_content", "_body", "body"];

/// Bytes of the body that a response holds. Only its own dictionary is looked at: a property might read from the network.
fn size_of_body(response: &Bound<'_, PyAny>) -> Option<usize> {
    let py = response.py();
    // SAFETY: a living object; what is given is a new reference, or null with an exception set.
    let own = unsafe {
        Bound::from_owned_ptr_or_err(py, ffi::PyObject_GenericGetDict(response.as_ptr(), std::ptr::null_mut()))
    };
    let own = own.ok()?.cast_into::<PyDict>().ok()?;
    BODIES.iter().find_map(|name| size_of_text(&own.get_item(name).ok()??))
}

/// An error's text; its type's name where it has none.
pub(crate) fn said(error: &Bound<'_, PyAny>) -> String {
    let text = error.str().map(|text| string(&text)).unwrap_or_default();
    if !text.is_empty() {
        return text;
    }
    error.get_type().name().map_or_else(|_| "error".to_owned(), |name| name.to_string())
}

/// The traceback as Python shows it.
pub(crate) fn traceback(error: &Bound<'_, PyAny>) -> String {
    let py = error.py();
    let made = py
        .import(intern!(py, "bongsu._trace"))
        .and_then(|module| module.call_method1(intern!(py, "traceback_text"), (error,)));
    match made {
        Ok(text) => text.str().map(|text| string(&text)).unwrap_or_default(),
        Err(_) => said(error),
    }
}
