//! The methods that stand in for a logger's own: `info`, `debug` … of one logger.
//!
//! A call is done here when nothing foreign is in its way, else by the method that the logger's class has, with the same arguments.

use std::cell::{Cell, RefCell};
use std::ffi::CStr;
use std::ptr;
use std::rc::Rc;

use pyo3::exceptions::{PyAttributeError, PyException, PyRecursionError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString};
use pyo3::{PyTraverseError, PyVisit, Python, ffi};

use crate::arguments;
use crate::call_handlers::{self, CALL_HANDLERS};
use crate::caller;
use crate::core::{Core, core, get};
use crate::extra::Extra;
use crate::fields;
use crate::gil::GilCell;
use crate::leaving::{self, Inside};
use crate::line::{Entry, Fields, now};
use crate::masking;
use crate::message::{self, Failure, Unfit};
use crate::method::{Args, Definition, definition, terminated};
use crate::plan::{Plan, Target, own_dict};
use crate::sink::Sink;
use crate::span;
use crate::standard::{self, Given};
use crate::trace;
use crate::watch::{self, Seen};

/// Adds the functions.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Quick>()?;
    module.add_function(wrap_pyfunction!(bind, module)?)?;
    module.add_function(wrap_pyfunction!(unbind, module)?)
}

/// A logger and its attributes.
type Logger = (Py<PyAny>, Py<PyDict>);

/// What the bound methods of one logger share.
#[pyclass(frozen, module = "bongsu._core")]
pub(crate) struct Quick {
    /// The logger and its attributes; none once the garbage collector has let them go.
    of: GilCell<RefCell<Option<Logger>>>,
    plan: GilCell<RefCell<Option<Rc<Plan>>>>,
    is_root: bool,
    /// Whether the logger is of a class of `logging`, so that a plan can be made for it.
    is_plain: bool,
    seen: GilCell<Seen>,
    /// The logger's table of levels, its own as long as its attributes are as they were seen.
    cache: GilCell<Cell<*mut ffi::PyObject>>,
}

#[pymethods]
impl Quick {
    /// A method of a logger is pickled as such: the logger by its name, and the method's name.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyAny>,))> {
        let Some((logger, _)) = self.of(py) else { return Err(PyAttributeError::new_err("the logger is gone")) };
        let name = logger.getattr("name")?;
        Ok((py.import("logging")?.getattr("getLogger")?, (name,)))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // SAFETY: the collector runs in a thread that holds the interpreter; nothing of Python is touched.
        let py = unsafe { Python::assume_attached() };
        if let Some((logger, dict)) = &*self.of.get(py).borrow() {
            visit.call(logger)?;
            visit.call(dict)?;
        }
        self.plan.get(py).borrow().as_ref().map_or(Ok(()), |plan| plan.visit(&visit))
    }

    fn __clear__(&self) {
        // SAFETY: as in `__traverse__`.
        let py = unsafe { Python::assume_attached() };
        let gone = (self.of.get(py).take(), self.plan.get(py).take());
        drop(gone);
    }
}

macro_rules! methods {
    ($($method:ident $level:expr, $text:expr;)+) => {
        $(
            unsafe extern "C-unwind" fn $method(
                slf: *mut ffi::PyObject, args: Args, count: ffi::Py_ssize_t, names: *mut ffi::PyObject,
            ) -> *mut ffi::PyObject {
                // SAFETY: called by the interpreter, as the definition says.
                unsafe { call(slf, args, count, names, $level, terminated(concat!(stringify!($method), "\0"))) }
            }
        )+
        /// The methods, under the names that they have on a logger.
        static METHODS: &[(&str, Definition)] = &[$((
            stringify!($method),
            definition(
                terminated(concat!(stringify!($method), "\0")),
                $method,
                terminated(concat!(stringify!($method), $text, "\0")),
            ),
        ),)+];
    };
}

methods! {
    debug Some(10), "($self, msg, /, *args, **kwargs)\n--\n\nLog 'msg % args' with severity 'DEBUG'.";
    info Some(20), "($self, msg, /, *args, **kwargs)\n--\n\nLog 'msg % args' with severity 'INFO'.";
    warning Some(30), "($self, msg, /, *args, **kwargs)\n--\n\nLog 'msg % args' with severity 'WARNING'.";
    error Some(40), "($self, msg, /, *args, **kwargs)\n--\n\nLog 'msg % args' with severity 'ERROR'.";
    critical Some(50), "($self, msg, /, *args, **kwargs)\n--\n\nLog 'msg % args' with severity 'CRITICAL'.";
    log None, "($self, level, msg, /, *args, **kwargs)\n--\n\nLog 'msg % args' with the integer severity 'level'.";
}

/// Attributes of a logger that would stand in the way of a method that we stand in for.
const METHODS_OF_A_LOGGER: [&str; 8] =
    ["_log", "handle", "filter", "makeRecord", "findCaller", "callHandlers", "isEnabledFor", "getEffectiveLevel"];

/// Whether an attribute of the logger itself hides a method of its class, other than what we put there.
pub(crate) fn hides_a_method(dict: &Bound<'_, PyDict>) -> bool {
    METHODS_OF_A_LOGGER.iter().any(|name| match dict.get_item(PyString::intern(dict.py(), name)) {
        Ok(found) => found.is_some_and(|method| !is_ours(&method)),
        Err(_) => true,
    })
}

/// Gives a logger of `logging` the quick methods. One of another class keeps its own, and only has its records routed: false.
#[pyfunction]
fn bind(logger: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = logger.py();
    let core = core(py)?;
    if own_dict(core, logger).is_some() && watch::stand_alone(logger)? {
        // A plan may have gone by the dictionary that the logger had.
        core.touch();
    }
    let is_plain = own_dict(core, logger).is_some();
    let Ok(dict) = logger.getattr("__dict__")?.cast_into_exact::<PyDict>() else { return Ok(false) };
    let wanted: Vec<_> = METHODS.iter().filter(|_| is_plain).map(|(name, method)| (*name, method)).collect();
    let wanted = wanted.into_iter().chain([(CALL_HANDLERS, &call_handlers::METHOD)]);
    if wanted.clone().any(|(name, _)| dict.contains(name).unwrap_or(true)) {
        return Ok(is_bound(&dict));
    }
    let quick = Quick {
        of: GilCell::new(RefCell::new(Some((logger.clone().unbind(), dict.clone().unbind())))),
        plan: GilCell::new(RefCell::default()),
        is_root: logger.get_type().as_type_ptr() == core.root.pointer(),
        is_plain,
        seen: GilCell::new(Seen::default()),
        cache: GilCell::new(Cell::new(ptr::null_mut())),
    };
    let quick = Bound::new(py, quick)?;
    for (name, definition) in wanted {
        // SAFETY: definitions are static and never written to; the method keeps `quick`.
        let method = unsafe {
            let made = ffi::PyCFunction_NewEx(definition.as_ptr(), quick.as_ptr(), ptr::null_mut());
            Bound::from_owned_ptr_or_err(py, made)?
        };
        dict.set_item(PyString::intern(py, name), method)?;
    }
    Ok(is_plain)
}

fn is_bound(dict: &Bound<'_, PyDict>) -> bool {
    matches!(dict.get_item("info"), Ok(Some(method)) if is_ours(&method))
}

fn is_ours(method: &Bound<'_, PyAny>) -> bool {
    method.getattr("__self__").is_ok_and(|of| of.is_exact_instance_of::<Quick>())
}

/// Takes the quick methods away again.
#[pyfunction]
fn unbind(logger: &Bound<'_, PyAny>) -> PyResult<()> {
    let Ok(dict) = logger.getattr("__dict__")?.cast_into::<PyDict>() else { return Ok(()) };
    for name in METHODS.iter().map(|(name, _)| *name).chain([CALL_HANDLERS]) {
        if dict.get_item(name)?.is_some_and(|method| is_ours(&method)) {
            dict.del_item(name)?;
        }
    }
    Ok(())
}

/// What became of a call here.
enum Done {
    /// It is over.
    Yes,
    /// An exception is set.
    Raised,
    /// The standard path has to do it.
    No,
}

/// Does a call here or by the standard path. Nothing in this frame waits to be dropped, see [`standard`].
unsafe fn call(
    slf: *mut ffi::PyObject,
    args: Args,
    count: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
    level: Option<i64>,
    method: &'static CStr,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls with `slf` a `Quick`, `count` arguments and the values of `names` behind them.
    unsafe {
        if !leaving::must_keep_out() {
            match attempt(slf, args, count, names, level) {
                Done::Yes => {
                    ffi::Py_INCREF(ffi::Py_None());
                    return ffi::Py_None();
                }
                Done::Raised => return ptr::null_mut(),
                Done::No => {}
            }
        }
        let name = ffi::PyUnicode_InternFromString(method.as_ptr());
        if name.is_null() {
            return name;
        }
        let with = with_fields(args, count as usize, names);
        let result = if with.args.is_null() {
            standard::call(logger_of(slf), name, args, count as usize, names)
        } else {
            standard::call(logger_of(slf), name, with.args, count as usize, with.names)
        };
        with.release();
        ffi::Py_DECREF(name);
        let py = Python::assume_attached();
        if let Ok(core) = core(py) {
            drop(core.failure.take());
        }
        result
    }
}

/// The arguments of a call with the context's fields among them; null when there are no fields.
unsafe fn with_fields(args: Args, count: usize, names: *mut ffi::PyObject) -> Given {
    // SAFETY: as in `call`.
    unsafe {
        let py = Python::assume_attached();
        fields::with_extra(py, standard::arguments(args, count, names), count, names).unwrap_or(Given::NONE)
    }
}

/// The logger of a method, a new reference; null when it is gone.
pub(crate) unsafe fn logger_of(slf: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: as in `call`.
    unsafe {
        let py = Python::assume_attached();
        let quick = Borrowed::from_ptr(py, slf);
        quick.cast_unchecked::<Quick>().get().of(py).map_or(ptr::null_mut(), |(logger, _)| logger.into_ptr())
    }
}

unsafe fn attempt(
    slf: *mut ffi::PyObject,
    args: Args,
    count: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
    level: Option<i64>,
) -> Done {
    let _inside = Inside::new();
    // SAFETY: as in `call`.
    unsafe {
        let py = Python::assume_attached();
        let Ok(core) = core(py) else { return Done::No };
        let quick = Borrowed::from_ptr(py, slf);
        let (given, values) = standard::arguments(args, count as usize, names).split_at(count as usize);
        let named = Named { names, values };
        let done = here(py, core, quick.cast_unchecked::<Quick>().get(), given, &named, level);
        if matches!(done, Done::No) {
            core.stats.slow.count();
        }
        done
    }
}

/// Does the call here if nothing stands in the way.
unsafe fn here(
    py: Python<'_>,
    core: &Core,
    quick: &Quick,
    given: &[*mut ffi::PyObject],
    named: &Named<'_>,
    level: Option<i64>,
) -> Done {
    // SAFETY: arguments are alive while the call lasts.
    unsafe {
        let (level, number, given) = match (level, given) {
            (Some(level), given) => (level, core.level_object(level), given),
            (None, [number, given @ ..]) if ffi::Py_TYPE(*number) == &raw mut ffi::PyLong_Type => {
                let mut overflow = 0;
                let level = ffi::PyLong_AsLongLongAndOverflow(*number, &raw mut overflow);
                (level, if overflow == 0 { *number } else { ptr::null_mut() }, given)
            }
            _ => (0, ptr::null_mut(), given),
        };
        let [msg, args @ ..] = given else { return Done::No };
        if number.is_null() {
            core.stats.unusual.count();
            return Done::No;
        }
        let Some((logger, dict)) = quick.of(py) else { return Done::No };
        match quick.is_on(py, core, &logger, &dict, number) {
            Switch::On => {}
            Switch::Off => {
                core.stats.off.count();
                return Done::Yes;
            }
            Switch::Unknown => {
                core.stats.replaced.count();
                return Done::No;
            }
        }
        let Ok(meant) = named.meant(py, core) else {
            core.stats.unusual.count();
            return Done::No;
        };
        let Some(plan) = quick.plan_of(py, core, &logger, &dict) else {
            core.stats.foreign.count();
            return Done::No;
        };
        let targets = match &plan.outcome {
            Ok(targets) => targets,
            Err(why) => {
                core.stats.why(*why);
                return Done::No;
            }
        };
        if !core.records_are_standard(py) {
            core.stats.replaced.count();
            return Done::No;
        }
        let call = Call { level, number, msg: *msg, args, meant };
        write(py, core, &plan, targets, call).unwrap_or_else(|Unusual| {
            core.stats.unusual.count();
            Done::No
        })
    }
}

/// Whether a level is on.
enum Switch {
    On,
    Off,
    /// A method that says so was replaced.
    Unknown,
}

impl Quick {
    /// The logger and its attributes, held: nothing stays borrowed while code of the program may run.
    pub(crate) fn of<'py>(&self, py: Python<'py>) -> Option<(Bound<'py, PyAny>, Bound<'py, PyDict>)> {
        self.of.get(py).borrow().as_ref().map(|(logger, dict)| (logger.bind(py).clone(), dict.bind(py).clone()))
    }

    /// What is known of the logger's chain as it is now.
    pub(crate) fn plan_of(
        &self,
        py: Python<'_>,
        core: &Core,
        logger: &Bound<'_, PyAny>,
        dict: &Bound<'_, PyDict>,
    ) -> Option<Rc<Plan>> {
        if self.is_plain { Plan::of(self.plan.get(py), core, logger, dict) } else { None }
    }

    /// Whether the level is on, as the logger remembers it; what it does not remember it finds out.
    unsafe fn is_on(
        &self,
        py: Python<'_>,
        core: &Core,
        logger: &Bound<'_, PyAny>,
        dict: &Bound<'_, PyDict>,
        number: *mut ffi::PyObject,
    ) -> Switch {
        // SAFETY: the logger's attributes are held; values are borrowed and only compared.
        unsafe {
            let class = if self.is_root { &core.root } else { &core.logger };
            if !class.untouched(py) {
                return Switch::Unknown;
            }
            let (seen, cache) = (self.seen.get(py), self.cache.get(py));
            if !seen.holds(dict.as_ptr()) {
                let time = Seen::begin(dict.as_ptr());
                if hides_a_method(dict) {
                    return Switch::Unknown;
                }
                let disabled = get(dict.as_ptr(), core.names.disabled.as_ptr());
                if disabled == ffi::Py_True() {
                    return Switch::Off;
                }
                cache.set(get(dict.as_ptr(), core.names.cache.as_ptr()));
                let is_dict = !cache.get().is_null() && ffi::Py_TYPE(cache.get()) == &raw mut ffi::PyDict_Type;
                if disabled != ffi::Py_False() || !is_dict {
                    return Switch::Unknown;
                }
                seen.keep(time);
            }
            let known = ffi::PyDict_GetItemWithError(cache.get(), number);
            if known == ffi::Py_True() {
                return Switch::On;
            }
            if known == ffi::Py_False() {
                return Switch::Off;
            }
            let number = Borrowed::from_ptr(py, number);
            let asked = logger.call_method1(&core.names.is_enabled_for, (number,));
            match asked.and_then(|answer| answer.is_truthy()) {
                Ok(true) => Switch::On,
                Ok(false) => Switch::Off,
                Err(_) => Switch::Unknown,
            }
        }
    }
}

/// What is to be logged.
struct Call<'a> {
    level: i64,
    number: *mut ffi::PyObject,
    msg: *mut ffi::PyObject,
    args: &'a [*mut ffi::PyObject],
    meant: Meant<'a>,
}

/// Arguments that the standard path has to make sense of.
struct Unusual;

/// Arguments that were given by name.
struct Named<'a> {
    names: *mut ffi::PyObject,
    values: &'a [*mut ffi::PyObject],
}

/// What the named arguments of a call stand for.
#[derive(Default)]
struct Meant<'py> {
    exception: Option<trace::Exception<'py>>,
    extra: Option<Bound<'py, PyDict>>,
}

impl Named<'_> {
    /// What they stand for. Their names are interned wherever a call is written out.
    unsafe fn meant<'py>(&self, py: Python<'py>, core: &Core) -> Result<Meant<'py>, Unusual> {
        let mut meant = Meant::default();
        for (at, &value) in self.values.iter().enumerate() {
            // SAFETY: names and values of a call, alive while it lasts.
            let (name, value) = unsafe {
                (ffi::PyTuple_GET_ITEM(self.names, at as ffi::Py_ssize_t), Bound::from_borrowed_ptr(py, value))
            };
            if name == core.names.exc_info.as_ptr() {
                if !value.is_none() && !value.is(PyBool::new(py, false)) {
                    meant.exception = Some(trace::of_call(&value).ok_or(Unusual)?);
                }
            } else if name == core.names.extra.as_ptr() {
                if !value.is_none() {
                    meant.extra = Some(value.cast_into_exact().map_err(|_| Unusual)?);
                }
            } else {
                return Err(Unusual);
            }
        }
        Ok(meant)
    }
}

/// Writes the record to each handler whose level it reaches.
unsafe fn write(py: Python<'_>, core: &Core, plan: &Plan, targets: &[Target], call: Call<'_>) -> Result<Done, Unusual> {
    let reached = || targets.iter().filter(|target| call.level >= target.level).map(|target| target.sink.get());
    let heads = plan.heads(core, py, call.level, call.number).ok_or(Unusual)?;
    let has_fields = reached().any(Sink::has_fields);
    let extra = match &call.meant.extra {
        Some(given) => Some(Extra::of(core, given, has_fields).ok_or(Unusual)?),
        None => None,
    };
    // SAFETY: the arguments of the call.
    if unsafe { arguments::holds_any(py, call.msg, call.args) } {
        return Err(Unusual);
    }
    let site = if reached().any(Sink::names_the_place) { Some(caller::find(py, core).ok_or(Unusual)?) } else { None };
    let mut message = core.message.take();
    message.clear();
    // SAFETY: the arguments of the call.
    let made = unsafe { text_of(core, call.msg, call.args, &mut message) };
    if made.is_err() || !call.meant.exception.as_ref().is_none_or(|exception| exception.push_below(&mut message)) {
        core.message.replace(message);
        return made.map_or_else(|unfit| unmade(py, core, &call, unfit), |()| Err(Unusual));
    }
    // SAFETY: the arguments of the call.
    if masking::hide(py, &mut message) && unsafe { arguments::any_of_words(call.args) } {
        core.message.replace(message);
        return Err(Unusual);
    }
    let own = extra.map(|extra| extra.fields(py));
    let around = if own.is_none() { fields::current(py) } else { None };
    let around = Fields(around.as_ref().map_or(&[], |fields| &fields.get().list));
    let entry = Entry {
        nanos: now(),
        heads: &heads,
        site: site.as_ref().map(|known| &known.site),
        message: &message,
        fields: own.as_ref().map_or(&around, |own| own),
        span: if has_fields { span::current(py) } else { None },
    };
    let done = hand_out(py, core, reached(), call.level, &entry);
    if let Some(own) = own {
        own.done(core);
    }
    if message.capacity() <= LARGEST_KEPT {
        core.message.replace(message);
    }
    core.stats.written.count();
    Ok(match done {
        Ok(()) => Done::Yes,
        Err(error) => {
            error.restore(py);
            Done::Raised
        }
    })
}

/// What becomes of a call whose message could not be made. `logging` lets the program have what is no error of the message, and
/// what only grows when it is done again: too deep a recursion.
#[cold]
fn unmade(py: Python<'_>, core: &Core, call: &Call<'_>, unfit: Unfit) -> Result<Done, Unusual> {
    let Unfit::Raised = unfit else { return Err(Unusual) };
    let error = PyErr::fetch(py);
    if error.is_instance_of::<PyRecursionError>(py) || !error.is_instance_of::<PyException>(py) {
        error.restore(py);
        return Ok(Done::Raised);
    }
    core.failure.replace(Some(Failure::new(call.msg, call.args, error)));
    Err(Unusual)
}

/// A buffer that grew beyond this is let go.
const LARGEST_KEPT: usize = 1 << 20;

/// Renders the entry for each sink and writes it there. An error is one that must reach the program: an interrupt.
pub(crate) fn hand_out<'s>(
    py: Python<'_>,
    core: &Core,
    sinks: impl Iterator<Item = &'s Sink>,
    level: i64,
    entry: &Entry<'_>,
) -> PyResult<()> {
    let mut line = core.line.take();
    let mut interrupted = Ok(());
    for sink in sinks {
        line.clear();
        entry.render(&sink.layout, &core.clock, &mut line);
        match sink.write(py, core, entry.nanos, level, &line) {
            Err(error) if error.is_instance_of::<PyException>(py) => core.stats.lost.count(),
            Err(error) => interrupted = Err(error),
            Ok(()) => {}
        }
    }
    if line.capacity() <= LARGEST_KEPT {
        core.line.replace(line);
    }
    interrupted
}

/// Appends what `str(msg) % args` gives.
unsafe fn text_of(
    core: &Core,
    msg: *mut ffi::PyObject,
    args: &[*mut ffi::PyObject],
    out: &mut Vec<u8>,
) -> Result<(), Unfit> {
    // SAFETY: the arguments of the call; a new string is kept until the message is made.
    unsafe {
        if ffi::Py_TYPE(msg) == &raw mut ffi::PyUnicode_Type {
            return message::write(core, msg, args, out);
        }
        let text = ffi::PyObject_Str(msg);
        if text.is_null() {
            return Err(Unfit::Raised);
        }
        let made = message::write(core, text, args, out);
        ffi::Py_DECREF(text);
        made
    }
}
