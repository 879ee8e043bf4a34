//! Records as `logging` makes them, to a handler as we made it: read from their attributes and written at once.

use std::ptr;
use std::rc::Rc;

use pyo3::prelude::*;
use pyo3::types::PyString;
use pyo3::{ffi, intern};

use crate::arguments;
use crate::core::{Core, core, get};
use crate::gil::GilCell;
use crate::leaving::{self, Inside};
use crate::line::{Entry, Heads, now};
use crate::masking;
use crate::message::{self, Unfit};
use crate::met::Met;
use crate::plan;
use crate::sink::Sink;
use crate::text::string;

/// Adds the function.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(handle, module)?)
}

/// What `Handler.handle` gives back, the record being written; none when anything about the handler or the record is out of the
/// ordinary, and nothing was written. What it raises was raised as the message was made, or after the record was written (the disk
/// is not waited for with success, say): it must not be written again.
#[pyfunction]
fn handle<'py>(handler: &Bound<'py, PyAny>, record: Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = record.py();
    let core = core(py)?;
    if leaving::must_keep_out() || !core.is_plain_record(&record) {
        return Ok(None);
    }
    let Some(sink) = sink_of(core, handler) else { return Ok(None) };
    let sink = sink.get();
    if sink.has_fields() {
        return Ok(None);
    }
    let mut message = core.message.take();
    let mut line = core.line.take();
    message.clear();
    line.clear();
    let mut failed = None;
    let level = Attributes::of(&record).and_then(|of| write(core, sink, &of, &mut message, &mut line, &mut failed));
    let written = level.map(|level| {
        let _inside = Inside::new();
        sink.write(py, core, if sink.is_console() { now() } else { 0 }, level, &line)
    });
    core.message.replace(message);
    core.line.replace(line);
    if let Some(error) = failed {
        return Err(error);
    }
    let Some(written) = written else { return Ok(None) };
    core.stats.handled.count();
    written?;
    Ok(Some(if cfg!(Py_3_12) { record } else { true.into_pyobject(py)?.to_owned().into_any() }))
}

/// Where a handler writes to, if it is ours, as we made it, without a filter and a formatter.
fn sink_of<'py>(core: &Core, handler: &Bound<'py, PyAny>) -> Option<Bound<'py, Sink>> {
    let py = handler.py();
    if handler.get_type_ptr() != core.handler().pointer() || !core.handler().untouched(py) {
        return None;
    }
    // SAFETY: an instance of a class of Python's own; what is borrowed from its attributes is looked at before anything else runs.
    unsafe {
        let dict = ffi::PyObject_GenericGetDict(handler.as_ptr(), ptr::null_mut());
        let dict = Bound::from_owned_ptr_or_opt(py, dict)?;
        let count = ffi::PyDict_Size(dict.as_ptr());
        if count != core.attributes_of_a_handler.get() {
            plan::target(core, handler)?;
            core.attributes_of_a_handler.set(count);
        }
        let formatter = get(dict.as_ptr(), core.names.formatter.as_ptr());
        if formatter != ffi::Py_None() || !plan::is_empty_list(get(dict.as_ptr(), core.names.filters.as_ptr())) {
            return None;
        }
        let sink = get(dict.as_ptr(), core.names.sink.as_ptr());
        Bound::from_borrowed_ptr_or_opt(py, sink)?.cast_into_exact::<Sink>().ok()
    }
}

/// The attributes of a record of exactly the class that `logging` has.
struct Attributes<'py>(Bound<'py, PyAny>);

impl<'py> Attributes<'py> {
    fn of(record: &Bound<'py, PyAny>) -> Option<Self> {
        // SAFETY: an instance of a class of Python's own.
        let dict = unsafe {
            Bound::from_owned_ptr_or_opt(record.py(), ffi::PyObject_GenericGetDict(record.as_ptr(), ptr::null_mut()))
        };
        dict.map(Self)
    }

    fn get(&self, name: &Bound<'py, PyString>) -> Option<Bound<'py, PyAny>> {
        // SAFETY: an exact `dict` and an interned name; what it has is held from here on.
        unsafe { Bound::from_borrowed_ptr_or_opt(self.0.py(), get(self.0.as_ptr(), name.as_ptr())) }
    }

    /// An attribute that is exactly a `str`.
    fn text(&self, name: &Bound<'py, PyString>) -> Option<Bound<'py, PyString>> {
        self.get(name)?.cast_into_exact().ok()
    }
}

/// Makes the line of a record; gives its level. None when anything is out of the ordinary, or the message `failed`.
fn write(
    core: &Core,
    sink: &Sink,
    of: &Attributes<'_>,
    message: &mut Vec<u8>,
    line: &mut Vec<u8>,
    failed: &mut Option<PyErr>,
) -> Option<i64> {
    let py = of.0.py();
    for nothing in [intern!(py, "exc_info"), intern!(py, "exc_text"), intern!(py, "stack_info")] {
        if !of.get(nothing)?.is_none() {
            return None;
        }
    }
    if of.get(intern!(py, "getMessage")).is_some() {
        return None;
    }
    let level: i64 = of.get(intern!(py, "levelno"))?.extract().ok()?;
    let created: f64 = of.get(intern!(py, "created"))?.extract().ok()?;
    let heads = heads(&of.text(intern!(py, "levelname"))?, level, &of.text(&core.names.name.bind(py).clone())?)?;
    let site = if sink.names_the_place() {
        let (function, file) = (of.text(intern!(py, "funcName"))?, of.text(intern!(py, "pathname"))?);
        Some(core.sites.named(&function, &file, of.get(intern!(py, "lineno"))?.extract().ok()?)?)
    } else {
        None
    };
    match write_message(core, &of.text(intern!(py, "msg"))?, &of.get(intern!(py, "args"))?, message)? {
        Ok(()) => {}
        Err(Unfit::Unusual) => return None,
        Err(Unfit::Raised) => {
            *failed = Some(PyErr::fetch(py));
            return None;
        }
    }
    if masking::hide(py, message) {
        // Whether a secret has several words is told where its argument is looked at.
        return None;
    }
    let site = site.as_ref().map(|known| &known.site);
    let entry = Entry { nanos: (created * 1e9) as i64, heads: &heads, site, message, fields: &(), span: None };
    entry.render(&sink.layout, &core.clock, line);
    Some(level)
}

/// Appends the message of a record; none when it is not to be made here.
fn write_message(
    core: &Core,
    msg: &Bound<'_, PyString>,
    args: &Bound<'_, PyAny>,
    out: &mut Vec<u8>,
) -> Option<Result<(), Unfit>> {
    /// Arguments that have room on the stack.
    const ROOM: usize = 8;
    // SAFETY: an exact `str` and the items of an exact tuple, which cannot change and is held.
    unsafe {
        let mut room = [ptr::null_mut(); ROOM];
        let mut count = 0;
        if !args.is_none() {
            if ffi::Py_TYPE(args.as_ptr()) != &raw mut ffi::PyTuple_Type {
                return None;
            }
            count = ffi::PyTuple_GET_SIZE(args.as_ptr()) as usize;
            for (at, place) in room.iter_mut().enumerate().take(count) {
                *place = ffi::PyTuple_GET_ITEM(args.as_ptr(), at as ffi::Py_ssize_t);
            }
        }
        let given = room.get(..count)?;
        if arguments::holds_any(msg.py(), msg.as_ptr(), given) {
            return None;
        }
        Some(message::write_again(core, msg.as_ptr(), given, out))
    }
}

/// What lines begin with, by the level and the name of the logger.
static HEADS: GilCell<Met<Rc<Heads>>> = GilCell::new(Met::new(64));

/// What lines of this level and this logger begin with.
fn heads(level: &Bound<'_, PyString>, number: i64, logger: &Bound<'_, PyString>) -> Option<Rc<Heads>> {
    let look = || Some(Rc::new(Heads::new(&string(level), number, &string(logger))));
    HEADS.get(level.py()).get((level, Some(logger)), number, look)
}
