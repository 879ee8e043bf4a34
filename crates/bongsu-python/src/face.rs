//! The methods of `bongsu.logger`: a call whose level is off ends here, all others are done in Python.

use std::cell::Cell;
use std::ptr;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};
use pyo3::{PyTraverseError, PyVisit, Python, ffi, intern};

use crate::core::{core, get};
use crate::gil::GilCell;
use crate::leaving::{self, Inside};
use crate::method::{Args, Definition, definition, terminated};
use crate::standard;
use crate::voice::Voice;

/// Adds the types, and to one of them its methods.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Gate>()?;
    module.add_class::<Face>()?;
    let class = module.py().get_type::<Face>();
    METHODS.iter().try_for_each(|(name, definition)| give(&class, name, definition))
}

/// Gives the class one of the methods.
fn give(class: &Bound<'_, PyType>, name: &str, definition: &'static Definition) -> PyResult<()> {
    // SAFETY: definitions are static and never written to.
    let method = unsafe {
        let made = ffi::PyDescr_NewMethod(class.as_type_ptr(), definition.as_ptr());
        Bound::from_owned_ptr_or_err(class.py(), made)?
    };
    class.setattr(name, method)
}

/// What is known of the sinks of all loggers that came from one another.
#[pyclass(frozen, module = "bongsu._core")]
struct Gate {
    /// The voices that modules' records go to the log home by.
    voices: Py<PyDict>,
    /// Whether the log home is one of the sinks.
    home: GilCell<Cell<bool>>,
    /// The least level that another sink takes.
    least: GilCell<Cell<i64>>,
}

#[pymethods]
impl Gate {
    #[new]
    fn new(voices: Py<PyDict>) -> Self {
        Self { voices, home: GilCell::new(Cell::new(true)), least: GilCell::new(Cell::new(i64::MAX)) }
    }

    /// Tells of the sinks: whether the log home is one of them, and the least level that another one takes.
    fn tell(&self, py: Python<'_>, home: bool, least: Option<i64>) {
        self.home.get(py).set(home);
        self.least.get(py).set(least.unwrap_or(i64::MAX));
    }
}

impl Gate {
    /// Whether it is known that no sink takes a record of this level from the module whose code runs.
    fn is_shut(&self, py: Python<'_>, level: i64) -> bool {
        if level >= self.least.get(py).get() {
            return false;
        }
        if !self.home.get(py).get() {
            return true;
        }
        let Ok(core) = core(py) else { return false };
        // SAFETY: the globals of the running code are an exact `dict`; what is found is borrowed and looked at before anything
        // else runs.
        unsafe {
            let globals = ffi::PyEval_GetGlobals();
            if globals.is_null() {
                return false;
            }
            let name = get(globals, intern!(py, "__name__").as_ptr());
            if name.is_null() || ffi::Py_TYPE(name) != &raw mut ffi::PyUnicode_Type {
                return false;
            }
            let Some(voice) = Borrowed::from_ptr_or_opt(py, get(self.voices.as_ptr(), name)) else { return false };
            voice.cast_exact::<Voice>().is_ok_and(|voice| !voice.get().is_on(py, core, level))
        }
    }
}

/// What `bongsu.logger` is: its methods, over what the Python part needs.
#[pyclass(subclass, frozen, module = "bongsu._core")]
struct Face {
    /// What all loggers that came from one another share.
    #[pyo3(get, name = "_core")]
    core: Py<PyAny>,
    /// What `opt`, `bind`, `patch` and `limit` gave this one.
    #[pyo3(get, name = "_options")]
    options: Py<PyAny>,
    gate: Py<Gate>,
    /// Whether it speaks for callers further up, in whose module levels may be others.
    is_deep: bool,
}

#[pymethods]
impl Face {
    #[new]
    fn new(core: &Bound<'_, PyAny>, options: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = core.py();
        let gate = core.getattr(intern!(py, "gate"))?.cast_into::<Gate>()?.unbind();
        let is_deep = options.getattr(intern!(py, "depth"))?.is_truthy()?;
        Ok(Self { core: core.clone().unbind(), options: options.clone().unbind(), gate, is_deep })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.core)?;
        visit.call(&self.options)
    }
}

macro_rules! methods {
    ($($method:ident $level:literal $name:literal $exception:literal $doc:literal;)+) => {
        $(
            unsafe extern "C-unwind" fn $method(
                slf: *mut ffi::PyObject, args: Args, count: ffi::Py_ssize_t, names: *mut ffi::PyObject,
            ) -> *mut ffi::PyObject {
                // SAFETY: called by the interpreter, as the definition says.
                unsafe {
                    if count == 0 {
                        return missing(stringify!($method));
                    }
                    let name = intern!(Python::assume_attached(), $name).as_ptr();
                    call(slf, standard::arguments(args, count as usize, names), names, ($level, name), $exception)
                }
            }
        )+
        static METHODS: &[(&str, Definition)] = &[$((
            stringify!($method),
            definition(
                terminated(concat!(stringify!($method), "\0")),
                $method,
                terminated(concat!(stringify!($method), "($self, message, /, *args, **kwargs)\n--\n\n", $doc, "\0")),
            ),
        ),)+];
    };
}

methods! {
    trace 5 "TRACE" false "Logs at TRACE (5).";
    debug 10 "DEBUG" false "Logs at DEBUG (10).";
    info 20 "INFO" false "Logs at INFO (20).";
    success 25 "SUCCESS" false "Logs at SUCCESS (25).";
    warning 30 "WARNING" false "Logs at WARNING (30).";
    error 40 "ERROR" false "Logs at ERROR (40).";
    critical 50 "CRITICAL" false "Logs at CRITICAL (50).";
    exception 40 "ERROR" true "Logs at ERROR, with the exception that is being handled.";
}

/// Calls `_log(level, message, args, kwargs, exception)` unless the level is off. Nothing in this frame waits to be dropped, see
/// [`standard`].
unsafe fn call(
    slf: *mut ffi::PyObject,
    given: &[*mut ffi::PyObject],
    names: *mut ffi::PyObject,
    (level, name): (i64, *mut ffi::PyObject),
    exception: bool,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls with `slf` a `Face`, at least one argument and the values of `names` last; `name` is kept.
    unsafe {
        if !leaving::must_keep_out() && is_off(slf, level) {
            ffi::Py_INCREF(ffi::Py_None());
            return ffi::Py_None();
        }
        let (args, kwargs) = (positional(given, names), named(given, names));
        if args.is_null() || kwargs.is_null() {
            ffi::Py_XDECREF(args);
            ffi::Py_XDECREF(kwargs);
            return ptr::null_mut();
        }
        let exception = if exception { ffi::Py_True() } else { ffi::Py_None() };
        let made = [name, given[0], args, kwargs, exception];
        let log = intern!(Python::assume_attached(), "_log").as_ptr();
        let result = standard::call(ffi::Py_NewRef(slf), log, made.as_ptr(), made.len(), ptr::null_mut());
        ffi::Py_DECREF(args);
        ffi::Py_DECREF(kwargs);
        result
    }
}

/// The arguments behind the message, a new tuple; null with an exception set when there is no memory.
unsafe fn positional(given: &[*mut ffi::PyObject], names: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: as in `call`; each place of a new tuple takes over a reference.
    unsafe {
        let args = &given[1..given.len() - count_of(names)];
        let tuple = ffi::PyTuple_New(args.len() as ffi::Py_ssize_t);
        if !tuple.is_null() {
            for (at, &arg) in args.iter().enumerate() {
                ffi::PyTuple_SET_ITEM(tuple, at as ffi::Py_ssize_t, ffi::Py_NewRef(arg));
            }
        }
        tuple
    }
}

/// The arguments that were given by name, a new dictionary; null with an exception set when there is no memory.
unsafe fn named(given: &[*mut ffi::PyObject], names: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: as in `call`.
    unsafe {
        let dict = ffi::PyDict_New();
        let values = &given[given.len() - count_of(names)..];
        for (at, &value) in values.iter().enumerate() {
            let name = ffi::PyTuple_GET_ITEM(names, at as ffi::Py_ssize_t);
            if dict.is_null() || ffi::PyDict_SetItem(dict, name, value) != 0 {
                ffi::Py_XDECREF(dict);
                return ptr::null_mut();
            }
        }
        dict
    }
}

/// How many arguments were given by name.
unsafe fn count_of(names: *mut ffi::PyObject) -> usize {
    // SAFETY: null or a tuple.
    if names.is_null() { 0 } else { unsafe { ffi::PyTuple_GET_SIZE(names) as usize } }
}

/// Says as Python does that there is no message.
unsafe fn missing(method: &str) -> *mut ffi::PyObject {
    // SAFETY: the caller is attached to the interpreter.
    let py = unsafe { Python::assume_attached() };
    PyTypeError::new_err(format!("{method}() missing 1 required positional argument: 'message'")).restore(py);
    ptr::null_mut()
}

unsafe fn is_off(slf: *mut ffi::PyObject, level: i64) -> bool {
    let _inside = Inside::new();
    // SAFETY: as in `call`.
    unsafe {
        let py = Python::assume_attached();
        let face = Borrowed::from_ptr(py, slf);
        let face = face.cast_unchecked::<Face>().get();
        !face.is_deep && face.gate.get().is_shut(py, level)
    }
}
