//! `callHandlers` of one logger: what the standard path calls with each record, and where the log home has its part.

use std::ptr;

use pyo3::prelude::*;
use pyo3::{Python, ffi};

use crate::bound::{Quick, logger_of};
use crate::core::core;
use crate::method::{Args, Definition, definition, terminated};
use crate::route;
use crate::standard;

/// What a logger calls for each record that none of its filters holds back.
pub(crate) const CALL_HANDLERS: &str = "callHandlers";
/// The method under that name.
pub(crate) static METHOD: Definition = definition(
    terminated("callHandlers\0"),
    call_handlers,
    terminated("callHandlers($self, record, /)\n--\n\nGives a record to all handlers there are for it.\0"),
);

/// Gives a record to the handlers that the chain leads to, by the method of the logger's class, and to those of the log home.
unsafe extern "C-unwind" fn call_handlers(
    slf: *mut ffi::PyObject,
    args: Args,
    count: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: called by the interpreter, as the definition says. Nothing in this frame waits to be dropped.
    unsafe {
        let name = ffi::PyUnicode_InternFromString(terminated("callHandlers\0").as_ptr());
        if name.is_null() {
            return name;
        }
        let is_plain = count == 1 && names.is_null();
        let kept_back = is_plain && keeps_back(slf, *args);
        let result = if kept_back {
            ffi::Py_INCREF(ffi::Py_None());
            ffi::Py_None()
        } else {
            standard::call(logger_of(slf), name, args, count as usize, names)
        };
        ffi::Py_DECREF(name);
        if is_plain { give(slf, *args, result, kept_back) } else { result }
    }
}

unsafe fn keeps_back(slf: *mut ffi::PyObject, record: *mut ffi::PyObject) -> bool {
    // SAFETY: as in `call_handlers`.
    unsafe {
        let py = Python::assume_attached();
        let Ok(core) = core(py) else { return false };
        let quick = Borrowed::from_ptr(py, slf);
        let quick = quick.cast_unchecked::<Quick>().get();
        let Some((logger, dict)) = quick.of(py) else { return false };
        let is_empty = quick.plan_of(py, core, &logger, &dict).map(|plan| plan.is_empty);
        route::keeps_back(core, &logger, &Borrowed::from_ptr(py, record), is_empty)
    }
}

/// Gives the record to the handlers of the log home that have not had it; what `result` is, or an exception that is set.
unsafe fn give(
    slf: *mut ffi::PyObject,
    record: *mut ffi::PyObject,
    result: *mut ffi::PyObject,
    kept_back: bool,
) -> *mut ffi::PyObject {
    // SAFETY: as in `call_handlers`; `result` is what the standard path gave, a new reference or null with an exception set.
    unsafe {
        let py = Python::assume_attached();
        let Ok(core) = core(py) else { return result };
        let quick = Borrowed::from_ptr(py, slf);
        let quick = quick.cast_unchecked::<Quick>().get();
        let Some((logger, dict)) = quick.of(py) else { return result };
        let before = if result.is_null() { PyErr::take(py) } else { None };
        let is_done = !kept_back && quick.plan_of(py, core, &logger, &dict).is_some_and(|plan| plan.is_complete);
        let given =
            if is_done { Ok(()) } else { route::give(core, &logger, &Borrowed::from_ptr(py, record), kept_back) };
        let Some(error) = before.or(given.err()) else { return result };
        error.restore(py);
        ffi::Py_XDECREF(result);
        ptr::null_mut()
    }
}
