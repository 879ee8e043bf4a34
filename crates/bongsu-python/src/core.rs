//! What the module remembers of the interpreter: names, types and the originals that must not have been replaced.

use std::cell::{Cell, RefCell};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyType};
use pyo3::{Python, ffi, intern};

use crate::caller::Sites;
use crate::clockface::Clockface;
use crate::extra::Taken;
use crate::fault::BongsuError;
use crate::gil::GilCell;
use crate::message::Failure;
use crate::route::Routed;
use crate::stats::Stats;
use crate::text::string;
use crate::watch::Seen;

macro_rules! names {
    ($($name:ident = $text:literal),+ $(,)?) => {
        /// Strings that are looked up at every call, interned.
        pub(crate) struct Names { $(pub(crate) $name: Py<PyString>,)+ }
        impl Names {
            fn new(py: Python<'_>) -> Self {
                Self { $($name: intern!(py, $text).clone().unbind(),)+ }
            }
        }
    };
}

names!(
    cache = "_cache",
    closed = "_closed",
    co_filename = "co_filename",
    co_name = "co_name",
    disabled = "disabled",
    exc_info = "exc_info",
    extra = "extra",
    factory = "_logRecordFactory",
    filters = "filters",
    flush = "flush",
    formatter = "formatter",
    handler_name = "_name",
    handlers = "handlers",
    is_enabled_for = "isEnabledFor",
    isatty = "isatty",
    level = "level",
    level_names = "_levelToName",
    lock = "lock",
    name = "name",
    parent = "parent",
    propagate = "propagate",
    sink = "_sink",
    srcfile = "_srcfile",
    stderr = "stderr",
    stdout = "stdout",
    write = "write",
);

/// See the module.
pub(crate) struct Core {
    pub(crate) names: Names,
    /// The namespace of `logging`.
    logging: Py<PyDict>,
    logging_seen: Seen,
    /// `logging._levelToName`, there as long as the namespace is as it was seen.
    level_names: Cell<*mut ffi::PyObject>,
    /// The namespace of `sys`.
    pub(crate) sys: Py<PyDict>,
    /// `logging._srcfile`: frames of this file are not callers.
    pub(crate) srcfile: String,
    srcfile_object: Py<PyAny>,
    levels: [Py<PyAny>; 5],
    pub(crate) mapping: Py<PyAny>,
    pub(crate) logger: Class,
    pub(crate) root: Class,
    pub(crate) null: Class,
    record: Class,
    handler: Class,
    time: Time,
    /// Goes up whenever something about a handler of ours changes.
    pub(crate) epoch: Cell<u64>,
    /// How many attributes a handler of ours has that nothing was added to.
    pub(crate) attributes_of_a_handler: Cell<ffi::Py_ssize_t>,
    /// The handlers of the log home.
    pub(crate) routed: Routed,
    pub(crate) sites: Sites,
    pub(crate) clock: Clockface,
    pub(crate) stats: Stats,
    /// Buffers that calls take and give back, so that a call inside a call has its own.
    pub(crate) message: RefCell<Vec<u8>>,
    pub(crate) line: RefCell<Vec<u8>>,
    pub(crate) extra: RefCell<Taken>,
    /// The message that could not be made in the call that now goes to the standard path.
    pub(crate) failure: RefCell<Option<Failure>>,
}

/// A class whose methods must be those of `logging`, or ours.
pub(crate) struct Class {
    of: Py<PyType>,
    /// Methods that the fast path stands in for.
    methods: &'static [&'static str],
    /// Where the originals are written.
    file: Py<PyAny>,
    /// Version of the class for which all was well.
    tag: Cell<std::ffi::c_uint>,
}

const LOGGER: &[&str] = &[
    "debug",
    "info",
    "warning",
    "error",
    "critical",
    "log",
    "_log",
    "handle",
    "filter",
    "makeRecord",
    "findCaller",
    "callHandlers",
    "isEnabledFor",
    "getEffectiveLevel",
];

impl Class {
    fn new(class: Bound<'_, PyType>, methods: &'static [&'static str], file: Py<PyAny>) -> Self {
        Self { of: class.unbind(), methods, file, tag: Cell::new(0) }
    }

    pub(crate) fn pointer(&self) -> *mut ffi::PyTypeObject {
        self.of.as_ptr().cast()
    }

    /// Whether no method has been replaced.
    pub(crate) fn untouched(&self, py: Python<'_>) -> bool {
        // SAFETY: the class is alive as long as we hold it.
        let tag = unsafe { (*self.pointer()).tp_version_tag };
        if tag != 0 && tag == self.tag.get() {
            return true;
        }
        self.look(py)
    }

    #[cold]
    fn look(&self, py: Python<'_>) -> bool {
        let class = self.of.bind(py);
        let original = |method: &&str| -> PyResult<bool> {
            let code = class.getattr(*method)?.getattr("__code__")?;
            Ok(code.getattr("co_filename")?.eq(&self.file)? && code.getattr("co_name")?.eq(*method)?)
        };
        let untouched = self.methods.iter().all(|method| original(method).unwrap_or(false));
        // SAFETY: as above. The look-ups gave the class a version if it can have one.
        self.tag.set(if untouched { unsafe { (*self.pointer()).tp_version_tag } } else { 0 });
        untouched
    }
}

/// The function that gives `logging` the time: programs replace it in tests.
struct Time {
    namespace: Py<PyDict>,
    seen: Seen,
    name: Py<PyString>,
    function: Py<PyAny>,
    body: Option<*mut std::ffi::c_void>,
}

/// What a builtin function runs; some tools replace this and leave the function as it is.
unsafe fn body(function: *mut ffi::PyObject) -> Option<*mut std::ffi::c_void> {
    // SAFETY: an exact builtin function has a definition.
    unsafe {
        if ffi::Py_TYPE(function) != &raw mut ffi::PyCFunction_Type {
            return None;
        }
        let definition = (*function.cast::<ffi::PyCFunctionObject>()).m_ml;
        Some((*definition).ml_meth.as_ptr())
    }
}

impl Core {
    fn new(py: Python<'_>, handler: Bound<'_, PyType>) -> PyResult<Self> {
        let logging = py.import("logging")?;
        let time = py.import("time")?;
        let srcfile = logging.getattr("_srcfile")?;
        let class = |name: &str, methods| -> PyResult<Class> {
            Ok(Class::new(logging.getattr(name)?.cast_into::<PyType>()?, methods, code_file(&logging)?))
        };
        let name = intern!(py, if cfg!(Py_3_13) { "time_ns" } else { "time" }).clone();
        let function = time.getattr(&name)?;
        // SAFETY: a living function.
        let body = unsafe { body(function.as_ptr()) };
        let own = handler.getattr("handle")?.getattr("__code__")?.getattr("co_filename")?.unbind();
        let file = srcfile.cast::<PyString>().map(string).unwrap_or_default();
        Ok(Self {
            names: Names::new(py),
            sys: py.import("sys")?.dict().unbind(),
            srcfile: file,
            levels: [10i64, 20, 30, 40, 50].map(|level| {
                level.into_pyobject(py).map_or_else(|never| match never {}, |number| number.into_any().unbind())
            }),
            srcfile_object: srcfile.unbind(),
            mapping: py.import("collections.abc")?.getattr("Mapping")?.unbind(),
            logger: class("Logger", LOGGER)?,
            root: class("RootLogger", LOGGER)?,
            null: class("NullHandler", &["handle"])?,
            record: class("LogRecord", &["__init__", "getMessage"])?,
            handler: Class::new(handler, &["handle", "emit", "format"], own),
            logging: logging.dict().unbind(),
            logging_seen: Seen::default(),
            level_names: Cell::new(std::ptr::null_mut()),
            time: Time {
                namespace: time.dict().unbind(),
                seen: Seen::default(),
                name: name.unbind(),
                function: function.unbind(),
                body,
            },
            epoch: Cell::new(0),
            attributes_of_a_handler: Cell::new(-1),
            routed: Routed::default(),
            sites: Sites::new(),
            clock: Clockface::new(),
            stats: Stats::default(),
            message: RefCell::default(),
            line: RefCell::default(),
            extra: RefCell::default(),
            failure: RefCell::default(),
        })
    }

    /// No plan that was made is to be followed any more.
    pub(crate) fn touch(&self) {
        self.epoch.set(self.epoch.get() + 1);
    }

    /// The number of one of the five levels as an object; null for any other.
    pub(crate) fn level_object(&self, level: i64) -> *mut ffi::PyObject {
        let known = if level % 10 == 0 { self.levels.get((level / 10 - 1) as usize) } else { None };
        known.map_or(std::ptr::null_mut(), Py::as_ptr)
    }

    pub(crate) fn handler(&self) -> &Class {
        &self.handler
    }

    /// Whether a record is one of the class that `logging` has, unchanged.
    pub(crate) fn is_plain_record(&self, record: &Bound<'_, PyAny>) -> bool {
        record.get_type_ptr() == self.record.pointer() && self.record.untouched(record.py())
    }

    /// Whether records are made as `logging` makes them: its class, its clock, its own file known.
    pub(crate) fn records_are_standard(&self, py: Python<'_>) -> bool {
        let (time, namespace) = (&self.time, self.time.namespace.as_ptr());
        // SAFETY: a namespace of a module that is never let go; the value is borrowed and only compared.
        unsafe {
            if !time.seen.holds(namespace) {
                let now = Seen::begin(namespace);
                if get(namespace, time.name.as_ptr()) != time.function.as_ptr() {
                    return false;
                }
                time.seen.keep(now);
            }
            self.logging_is_known() && self.record.untouched(py) && body(time.function.as_ptr()) == time.body
        }
    }

    /// Whether `logging` makes records of its own class and knows its own file.
    fn logging_is_known(&self) -> bool {
        let namespace = self.logging.as_ptr();
        // SAFETY: as above.
        unsafe {
            if self.logging_seen.holds(namespace) {
                return true;
            }
            let now = Seen::begin(namespace);
            self.level_names.set(get(namespace, self.names.level_names.as_ptr()));
            let known = get(namespace, self.names.factory.as_ptr()) == self.record.of.as_ptr()
                && get(namespace, self.names.srcfile.as_ptr()) == self.srcfile_object.as_ptr();
            if known {
                self.logging_seen.keep(now);
            }
            known
        }
    }

    /// `logging._levelToName`, borrowed; null when there is none.
    pub(crate) fn level_names(&self) -> *mut ffi::PyObject {
        self.logging_is_known();
        self.level_names.get()
    }
}

fn code_file(logging: &Bound<'_, PyModule>) -> PyResult<Py<PyAny>> {
    Ok(logging.getattr("getLogger")?.getattr("__code__")?.getattr("co_filename")?.unbind())
}

/// The value of a name in an exact `dict`, borrowed; null when there is none.
///
/// # Safety
/// `dict` is an exact `dict` and `name` an interned string, both alive.
pub(crate) unsafe fn get(dict: *mut ffi::PyObject, name: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: as the caller promises; comparing interned strings cannot fail.
    unsafe { ffi::PyDict_GetItemWithError(dict, name) }
}

static CORE: PyOnceLock<GilCell<Core>> = PyOnceLock::new();

/// What [`setup`] made.
pub(crate) fn core(py: Python<'_>) -> PyResult<&Core> {
    CORE.get(py).map(|cell| cell.get(py)).ok_or_else(|| BongsuError::new_err("bongsu is not set up: import `bongsu`"))
}

/// Adds the functions.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(setup, module)?)?;
    module.add_function(wrap_pyfunction!(touch, module)?)
}

/// Remembers the originals, and `handler`, the class of our handlers.
#[pyfunction]
fn setup(handler: Bound<'_, PyType>) -> PyResult<()> {
    let py = handler.py();
    if CORE.get(py).is_none() {
        let core = Core::new(py, handler)?;
        let _ = CORE.set(py, GilCell::new(core));
    }
    Ok(())
}

/// Tells that something about a handler has changed.
#[pyfunction]
fn touch(py: Python<'_>) {
    if let Ok(core) = core(py) {
        core.touch();
    }
}
