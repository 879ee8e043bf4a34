//! Records that come from the standard path, to a handler of ours.

use bongsu_model::Value;
use pyo3::exceptions::PyOverflowError;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

use crate::core::{Core, core};
use crate::entries::entries;
use crate::fields::{self, Field};
use crate::leaving::{self, Inside};
use crate::line::{Entry, Fields, Heads, Site, now};
use crate::masking;
use crate::secret;
use crate::shown;
use crate::sink::Sink;
use crate::span;
use crate::text::{bytes, string};

/// Adds the functions.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(emit, module)?)?;
    module.add_function(wrap_pyfunction!(render, module)?)?;
    module.add_function(wrap_pyfunction!(must_keep_out, module)?)?;
    module.add_function(wrap_pyfunction!(write_text, module)?)
}

/// Writes a record of `logging` to a sink, `text` being its message with whatever follows it (traceback, stack).
#[pyfunction]
fn emit(sink: &Bound<'_, Sink>, record: &Bound<'_, PyAny>, text: &Bound<'_, PyString>) -> PyResult<()> {
    let core = core(sink.py())?;
    let (level, line) = line(core, sink.get(), record, text)?;
    core.stats.handled.count();
    let _inside = Inside::new();
    sink.get().write(sink.py(), core, now(), level, &line)
}

/// The line of a record, without its end.
#[pyfunction]
fn render<'py>(
    sink: &Bound<'py, Sink>,
    record: &Bound<'py, PyAny>,
    text: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyString>> {
    let (_, line) = line(core(sink.py())?, sink.get(), record, text)?;
    Ok(PyString::new(sink.py(), String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(&line)).as_ref()))
}

/// Writes a line that a formatter made, its end added; its secrets hidden unless it is `masked` already.
#[pyfunction]
#[pyo3(signature = (sink, level, text, masked = false))]
fn write_text(
    sink: &Bound<'_, Sink>,
    level: &Bound<'_, PyAny>,
    text: &Bound<'_, PyString>,
    masked: bool,
) -> PyResult<()> {
    let core = core(sink.py())?;
    let level = number(level)?;
    let mut line = bytes(text);
    if !masked {
        masking::hide(sink.py(), &mut line);
    }
    line.push(b'\n');
    core.stats.handled.count();
    let _inside = Inside::new();
    sink.get().write(sink.py(), core, now(), level, &line)
}

/// A level's number; of one that is too great, or too small, the last there is.
fn number(level: &Bound<'_, PyAny>) -> PyResult<i64> {
    match level.extract::<i64>() {
        Err(error) if error.is_instance_of::<PyOverflowError>(level.py()) => {
            Ok(if level.lt(0)? { i64::MIN } else { i64::MAX })
        }
        number => number,
    }
}

/// Whether this thread must leave the console to Python's own code, since the interpreter may end it there.
#[pyfunction]
fn must_keep_out() -> bool {
    leaving::must_keep_out()
}

fn line(core: &Core, sink: &Sink, record: &Bound<'_, PyAny>, text: &Bound<'_, PyString>) -> PyResult<(i64, Vec<u8>)> {
    let py = record.py();
    let level = number(&record.getattr(intern!(py, "levelno"))?)?;
    let created: f64 = record.getattr(intern!(py, "created"))?.extract()?;
    let of = |name: &Bound<'_, PyString>| -> PyResult<String> { Ok(string(&record.getattr(name)?.str()?)) };
    let heads = Heads::new(&of(intern!(py, "levelname"))?, level, &of(intern!(py, "name"))?);
    let mut message = bytes(text);
    masking::hide(py, &mut message);
    let mut site = None;
    if sink.names_the_place() {
        let function = record.getattr(intern!(py, "funcName"))?;
        let function = if function.is_none() { String::new() } else { string(&function.str()?) };
        let number = record.getattr(intern!(py, "lineno"))?.extract().unwrap_or(0);
        site = Some(Site::new(function, of(intern!(py, "pathname"))?, number));
    }
    let (mut fields, mut span) = (Vec::new(), None);
    if sink.has_fields() {
        span = span::current(py);
        fields = extras(record)?;
        masking::hide_fields(py, &mut fields);
        fields::join(py, &mut fields);
    }
    let nanos = (created * 1e9) as i64;
    let entry = Entry { nanos, heads: &heads, site: site.as_ref(), message: &message, fields: &Fields(&fields), span };
    let mut line = Vec::with_capacity(96 + message.len());
    entry.render(&sink.layout, &core.clock, &mut line);
    Ok((level, line))
}

/// Attributes that every record has, or that formatters leave on it: no fields of the program's own.
const STANDARD: [&str; 24] = [
    "name",
    "msg",
    "args",
    "levelname",
    "levelno",
    "pathname",
    "filename",
    "module",
    "exc_info",
    "exc_text",
    "stack_info",
    "lineno",
    "funcName",
    "created",
    "msecs",
    "relativeCreated",
    "thread",
    "threadName",
    "processName",
    "process",
    "taskName",
    "message",
    "asctime",
    "color_message",
];

/// The name of the field that a key of `extra=` makes; none where the record has an attribute or needs a method of that name.
pub(crate) fn name_of(key: &Bound<'_, PyString>) -> Option<String> {
    let name = string(key);
    (!STANDARD.contains(&&*name) && name != "getMessage").then_some(name)
}

/// What `extra=` put on the record.
fn extras(record: &Bound<'_, PyAny>) -> PyResult<Vec<Field>> {
    let attributes = record.getattr(intern!(record.py(), "__dict__"))?.cast_into::<PyDict>()?;
    let mut fields = Vec::new();
    for (name, value) in entries(&attributes) {
        let Ok(name) = name.cast::<PyString>() else { continue };
        let name = string(name);
        if !STANDARD.contains(&&*name) {
            fields.push((name, field(&value)));
        }
    }
    Ok(fields)
}

/// What a `bool`, an `int` that is not too large or a `float` says.
pub(crate) fn number_of(value: &Bound<'_, PyAny>) -> Option<Value<'static>> {
    let (kind, value) = (value.get_type_ptr(), value.as_ptr());
    // SAFETY: a living object, looked at as what its type says it is.
    unsafe {
        if kind == &raw mut ffi::PyBool_Type {
            Some(Value::Bool(value == ffi::Py_True()))
        } else if kind == &raw mut ffi::PyLong_Type {
            let mut overflow = 0;
            let number = ffi::PyLong_AsLongLongAndOverflow(value, &raw mut overflow);
            (overflow == 0).then_some(Value::Int(number))
        } else if kind == &raw mut ffi::PyFloat_Type {
            Some(Value::Float(ffi::PyFloat_AS_DOUBLE(value)))
        } else {
            None
        }
    }
}

/// A value as lines have it.
pub(crate) fn field(value: &Bound<'_, PyAny>) -> Value<'static> {
    if let Some(plain) = number_of(value) {
        return plain;
    }
    if value.is_none() {
        return Value::Json("null".into());
    }
    if let Ok(text) = value.cast_exact::<PyString>() {
        return Value::Str(string(text).into());
    }
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Value::Str(String::from_utf8_lossy(bytes.as_bytes()).into_owned().into());
    }
    if value.is_instance_of::<PyDict>() || secret::is_list(value) {
        return Value::Json(shown::json_of(value).into());
    }
    Value::Str(shown::text_of(value).into())
}
