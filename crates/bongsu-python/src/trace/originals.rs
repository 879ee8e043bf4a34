//! What makes tracebacks in the standard library, and whether it still is what it was.

use std::cell::Cell;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFunction, PyString, PyType};
use pyo3::{Python, ffi, intern};

use crate::core::get;

/// Functions of `linecache` that find source lines.
const LINES: [&str; 5] = ["getline", "getlines", "checkcache", "updatecache", "lazycache"];
/// What of `traceback` makes the text.
const TEXT: [&str; 6] =
    ["print_exception", "TracebackException", "StackSummary", "FrameSummary", "walk_tb", "linecache"];

/// See the module.
pub(super) struct Originals {
    sys: Py<PyDict>,
    linecache: Py<PyDict>,
    traceback: Py<PyDict>,
    limit: Py<PyString>,
    cache: Py<PyString>,
    /// Namespace, name and value.
    names: Vec<(Py<PyDict>, Py<PyString>, Py<PyAny>)>,
    classes: Vec<Class>,
    /// Whether all was as the standard library has it when we came.
    whole: bool,
    /// `BaseExceptionGroup`, from Python 3.11 on.
    group: Option<Py<PyType>>,
    /// Exceptions whose last line is more than their name and their text.
    pub(super) special: [Py<PyType>; 4],
}

/// A class and its attributes.
struct Class {
    of: Py<PyType>,
    attributes: Vec<(Py<PyAny>, Py<PyAny>)>,
    /// Version of the class for which all was well.
    tag: Cell<std::ffi::c_uint>,
}

impl Originals {
    pub(super) fn new(py: Python<'_>) -> PyResult<Self> {
        let (traceback, linecache, logging) = (py.import("traceback")?, py.import("linecache")?, py.import("logging")?);
        let builtins = py.import("builtins")?;
        let class = |of: &Bound<'_, PyModule>, name: &str| -> PyResult<Py<PyType>> {
            Ok(of.getattr(name)?.cast_into::<PyType>()?.unbind())
        };
        let mut names = Vec::new();
        let mut whole = true;
        for (module, wanted) in [(&linecache, &LINES[..]), (&traceback, &TEXT[..])] {
            for name in wanted {
                let value = module.getattr(*name)?;
                whole &= is_from(&value, module)?;
                names.push((module.dict().unbind(), PyString::intern(py, name).unbind(), value.unbind()));
            }
        }
        let mut classes = Vec::new();
        for (module, name) in [
            (&traceback, "TracebackException"),
            (&traceback, "StackSummary"),
            (&traceback, "FrameSummary"),
            (&logging, "Formatter"),
        ] {
            let found = Class::new(module.getattr(name)?.cast_into::<PyType>()?)?;
            whole &= found.is_from(py, module)?;
            classes.push(found);
        }
        Ok(Self {
            sys: py.import("sys")?.dict().unbind(),
            linecache: linecache.dict().unbind(),
            traceback: traceback.dict().unbind(),
            limit: intern!(py, "tracebacklimit").clone().unbind(),
            cache: intern!(py, "cache").clone().unbind(),
            names,
            classes,
            whole,
            group: class(&builtins, "BaseExceptionGroup").ok(),
            special: [
                class(&builtins, "SyntaxError")?,
                class(&builtins, "NameError")?,
                class(&builtins, "AttributeError")?,
                class(&builtins, "ImportError")?,
            ],
        })
    }

    /// Whether nothing has been replaced, and no limit is set.
    pub(super) fn are_there(&self, py: Python<'_>) -> bool {
        // SAFETY: namespaces of modules and interned names that we hold; values are borrowed and only compared.
        unsafe {
            self.whole
                && get(self.sys.as_ptr(), self.limit.as_ptr()).is_null()
                && self.names.iter().all(|(of, name, value)| get(of.as_ptr(), name.as_ptr()) == value.as_ptr())
                && self.classes.iter().all(|class| class.untouched(py))
        }
    }

    /// The lines that `linecache` knows, by file.
    pub(super) fn lines<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyDict>> {
        // SAFETY: as above; what is borrowed is kept by a reference of our own.
        let cache = unsafe {
            let cache = get(self.linecache.as_ptr(), self.cache.as_ptr());
            Bound::from_borrowed_ptr_or_opt(py, cache)
        };
        cache?.cast_into_exact::<PyDict>().ok()
    }

    /// `traceback.TracebackException(type(value), value, traceback, …, compact=True)`.
    pub(super) fn by_traceback<'py>(
        &self,
        value: &Bound<'py, PyAny>,
        traceback: &Bound<'py, PyAny>,
        limit: Option<u32>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = value.py();
        let class = self.traceback.bind(py).as_any().get_item(intern!(py, "TracebackException"))?;
        let options = PyDict::new(py);
        options.set_item(intern!(py, "limit"), limit)?;
        options.set_item(intern!(py, "compact"), true)?;
        class.call((value.get_type(), value, traceback), Some(&options))
    }

    pub(super) fn is_group(&self, value: &Bound<'_, PyAny>) -> bool {
        self.group.as_ref().is_some_and(|group| is_a(value, group))
    }
}

/// Whether the class of `value` is `class` or one below it.
pub(super) fn is_a(value: &Bound<'_, PyAny>, class: &Py<PyType>) -> bool {
    // SAFETY: living classes.
    unsafe { ffi::PyType_IsSubtype(ffi::Py_TYPE(value.as_ptr()), class.as_ptr().cast()) != 0 }
}

/// Whether a function is written in the file of `module`; true for what is no function.
fn is_from(value: &Bound<'_, PyAny>, module: &Bound<'_, PyModule>) -> PyResult<bool> {
    let Ok(function) = value.cast::<PyFunction>() else { return Ok(true) };
    let name = function.getattr("__module__")?;
    Ok(name.eq(module.name()?)? && function.getattr("__globals__")?.is(module.dict()))
}

impl Class {
    fn new(class: Bound<'_, PyType>) -> PyResult<Self> {
        let items = class.getattr("__dict__")?.call_method0("items")?;
        let mut attributes = Vec::new();
        for item in items.try_iter()? {
            let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item?.extract()?;
            attributes.push((name.unbind(), value.unbind()));
        }
        Ok(Self { of: class.unbind(), attributes, tag: Cell::new(0) })
    }

    fn is_from(&self, py: Python<'_>, module: &Bound<'_, PyModule>) -> PyResult<bool> {
        for (_, value) in &self.attributes {
            if !is_from(value.bind(py), module)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn untouched(&self, py: Python<'_>) -> bool {
        // SAFETY: the class is alive as long as we hold it.
        let tag = unsafe { (*self.of.as_ptr().cast::<ffi::PyTypeObject>()).tp_version_tag };
        tag != 0 && tag == self.tag.get() || self.look(py).unwrap_or(false)
    }

    #[cold]
    fn look(&self, py: Python<'_>) -> PyResult<bool> {
        let class = self.of.bind(py);
        // A look-up gives the class a version, if it can have one.
        let _ = class.getattr("__init__")?;
        let now = class.getattr("__dict__")?;
        let mut untouched = now.len()? == self.attributes.len();
        for (name, value) in &self.attributes {
            untouched = untouched && now.get_item(name)?.is(value);
        }
        // SAFETY: as above.
        let tag = unsafe { (*self.of.as_ptr().cast::<ffi::PyTypeObject>()).tp_version_tag };
        self.tag.set(if untouched { tag } else { 0 });
        Ok(untouched)
    }
}
