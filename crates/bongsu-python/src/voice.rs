//! A logger as decorated functions and contexts speak through it: the text is ready and the place is known.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use pyo3::{Python, ffi, intern};

use crate::bound::hand_out;
use crate::core::{Core, core, get};
use crate::fields::{self, Fields};
use crate::gil::GilCell;
use crate::line::{Entry, Fields as Shown, Site, now};
use crate::masking;
use crate::plan::{Plan, Target, own_dict};
use crate::span;
use crate::text::bytes;
use crate::watch::{self, Seen};

/// Adds the type.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Voice>()
}

/// A logger of `logging`, whose level does not count as long as it is the one that bongsu gave it: then `least` does.
#[pyclass(frozen, module = "bongsu._core")]
pub(crate) struct Voice {
    logger: Py<PyAny>,
    /// The logger's attributes; none for a logger of a class of its own.
    dict: Option<Py<PyDict>>,
    is_root: bool,
    /// The attributes of the manager of all loggers, where the level stands that is off for all.
    manager: Py<PyDict>,
    given: Option<Py<PyAny>>,
    least: i64,
    plan: GilCell<RefCell<Option<Rc<Plan>>>>,
    kept: GilCell<Kept>,
}

/// What counts for a logger's level, as long as its attributes and those of the manager are as they were seen.
#[derive(Default)]
struct Kept {
    own: Seen,
    manager: Seen,
    state: Cell<State>,
}

#[derive(Clone, Copy, Default)]
enum State {
    /// The logger is disabled.
    Off,
    /// The level is the one that bongsu gave the logger: what counts is up to which level all loggers are off.
    Given(i64),
    /// What the logger remembers of its levels counts.
    Own(*mut ffi::PyObject),
    /// The logger is asked.
    #[default]
    Unknown,
}

#[pymethods]
impl Voice {
    /// The voice of `logger`; `given` is the level that bongsu gave it, none if the program did.
    #[new]
    fn new(logger: &Bound<'_, PyAny>, least: i64, given: Option<Py<PyAny>>) -> PyResult<Self> {
        let py = logger.py();
        let core = core(py)?;
        let manager = py.import("logging")?.getattr("Logger")?.getattr("manager")?;
        watch::stand_alone(&manager)?;
        if own_dict(core, logger).is_some() && watch::stand_alone(logger)? {
            core.touch();
        }
        Ok(Self {
            dict: own_dict(core, logger).map(Bound::unbind),
            is_root: logger.get_type().as_type_ptr() == core.root.pointer(),
            logger: logger.clone().unbind(),
            manager: manager.getattr("__dict__")?.cast_into::<PyDict>()?.unbind(),
            given,
            least,
            plan: GilCell::new(RefCell::new(None)),
            kept: GilCell::new(Kept::default()),
        })
    }

    /// Whether a line of this level would be written.
    #[pyo3(name = "is_on")]
    fn is_on_for(&self, py: Python<'_>, level: i64) -> PyResult<bool> {
        Ok(self.is_on(py, core(py)?, level))
    }

    /// Writes a line if its level is on.
    #[pyo3(name = "say", signature = (level, text, function, file, line, fields = None))]
    #[expect(clippy::too_many_arguments, reason = "what a record has")]
    fn say_text(
        &self,
        py: Python<'_>,
        level: i64,
        text: &Bound<'_, PyString>,
        function: &Bound<'_, PyString>,
        file: &Bound<'_, PyString>,
        line: i64,
        fields: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let core = core(py)?;
        let Some(known) = core.sites.named(function, file, line) else { return Ok(()) };
        self.speak(py, core, level, &known.site, text, fields)
    }
}

impl Voice {
    /// Writes a line if its level is on.
    pub(crate) fn speak(
        &self,
        py: Python<'_>,
        core: &Core,
        level: i64,
        site: &Site,
        text: &Bound<'_, PyString>,
        fields: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        if !self.is_on(py, core, level) {
            return Ok(());
        }
        self.say_with(py, core, level, site, &mut bytes(text), fields.filter(|fields| !fields.is_empty()))
    }

    /// Whether nothing but handlers of ours gets what is said.
    pub(crate) fn is_only_ours(&self, py: Python<'_>, core: &Core) -> bool {
        self.plan(py, core).is_some_and(|plan| plan.outcome.is_ok())
    }

    /// Whether a line of this level would be written.
    pub(crate) fn is_on(&self, py: Python<'_>, core: &Core, level: i64) -> bool {
        if level < self.least {
            return false;
        }
        match self.state(py, core) {
            State::Off => false,
            State::Given(off) => level > off,
            State::Own(cache) => remembered(core, cache, level).unwrap_or_else(|| self.ask(py, level)),
            State::Unknown => self.ask(py, level),
        }
    }

    /// Whether lines at INFO and at ERROR would be written.
    pub(crate) fn tells(&self, py: Python<'_>, core: &Core) -> (bool, bool) {
        let info = self.is_on(py, core, 20);
        (info, info || self.is_on(py, core, 40))
    }

    /// What counts for the logger's level.
    fn state(&self, py: Python<'_>, core: &Core) -> State {
        let Some(dict) = &self.dict else { return State::Unknown };
        let kept = self.kept.get(py);
        // SAFETY: dictionaries that are held; the values are borrowed and only compared.
        unsafe {
            let is_kept = kept.own.holds(dict.as_ptr()) && kept.manager.holds(self.manager.as_ptr());
            if !is_kept {
                let times = (Seen::begin(dict.as_ptr()), Seen::begin(self.manager.as_ptr()));
                kept.state.set(self.look(py, core, dict));
                kept.own.keep(times.0);
                kept.manager.keep(times.1);
            }
        }
        kept.state.get()
    }

    unsafe fn look(&self, py: Python<'_>, core: &Core, dict: &Py<PyDict>) -> State {
        // SAFETY: as in `state`.
        unsafe {
            let disabled = get(dict.as_ptr(), core.names.disabled.as_ptr());
            if disabled == ffi::Py_True() {
                return State::Off;
            }
            let level = get(dict.as_ptr(), core.names.level.as_ptr());
            let cache = get(dict.as_ptr(), core.names.cache.as_ptr());
            if disabled != ffi::Py_False() {
                State::Unknown
            } else if self.given.as_ref().is_some_and(|given| given.as_ptr() == level) {
                let off = get(self.manager.as_ptr(), intern!(py, "_disable").as_ptr());
                State::Given(if off.is_null() { i64::MIN } else { number(off) })
            } else if !cache.is_null() && ffi::Py_TYPE(cache) == &raw mut ffi::PyDict_Type {
                State::Own(cache)
            } else {
                State::Unknown
            }
        }
    }

    #[cold]
    fn ask(&self, py: Python<'_>, level: i64) -> bool {
        let asked = self.logger.bind(py).call_method1(intern!(py, "isEnabledFor"), (level,));
        asked.and_then(|on| on.is_truthy()).unwrap_or(false)
    }

    /// Writes a line, its secrets hidden. An error is one that must reach the program: an interrupt.
    pub(crate) fn say(&self, py: Python<'_>, core: &Core, level: i64, site: &Site, text: &mut Vec<u8>) -> PyResult<()> {
        self.say_with(py, core, level, site, text, None)
    }

    /// The same, with fields of the record's own, which count more than those of the context.
    fn say_with(
        &self,
        py: Python<'_>,
        core: &Core,
        level: i64,
        site: &Site,
        text: &mut Vec<u8>,
        own: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        masking::hide(py, text);
        self.write(py, core, level, site, text, own)
    }

    /// Writes a line that has no secrets.
    pub(crate) fn say_masked(&self, py: Python<'_>, core: &Core, level: i64, site: &Site, text: &[u8]) -> PyResult<()> {
        self.write(py, core, level, site, text, None)
    }

    fn write(
        &self,
        py: Python<'_>,
        core: &Core,
        level: i64,
        site: &Site,
        text: &[u8],
        own: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let class = if self.is_root { &core.root } else { &core.logger };
        if let Some(plan) = self.plan(py, core)
            && let Ok(targets) = &plan.outcome
            && class.untouched(py)
            && core.records_are_standard(py)
            && let Ok(number) = level.into_pyobject(py)
            && let Some(heads) = plan.heads(core, py, level, number.as_ptr())
        {
            let wanted = |target: &&Target| level >= target.level;
            let shown = targets.iter().filter(wanted).any(|target| target.sink.get().has_fields());
            let fields = if shown { fields::with_own(py, own)? } else { None };
            let fields = fields.as_ref().map_or(&[][..], |fields| &fields.get().list);
            let span = if shown { span::current(py) } else { None };
            let fields = &Shown(fields);
            let entry = Entry { nanos: now(), heads: &heads, site: Some(site), message: text, fields, span };
            let sinks = targets.iter().filter(wanted).map(|target| target.sink.get());
            core.stats.written.count();
            return hand_out(py, core, sinks, level, &entry);
        }
        core.stats.slow.count();
        self.say_by_standard(py, level, site, text, fields::with_own(py, own)?)
    }

    /// A record as `logging` makes it, for handlers and filters of others.
    #[cold]
    fn say_by_standard(
        &self,
        py: Python<'_>,
        level: i64,
        site: &Site,
        text: &[u8],
        fields: Option<Bound<'_, Fields>>,
    ) -> PyResult<()> {
        let logger = self.logger.bind(py);
        let extra = fields.map(|fields| fields.getattr("values")).transpose()?;
        let record = logger.call_method1(
            intern!(py, "makeRecord"),
            (
                logger.getattr(intern!(py, "name"))?,
                level,
                &*site.file,
                site.line,
                String::from_utf8_lossy(text),
                PyTuple::empty(py),
                py.None(),
                &*site.function,
                extra,
            ),
        )?;
        logger.call_method1(intern!(py, "handle"), (record,))?;
        Ok(())
    }

    fn plan(&self, py: Python<'_>, core: &Core) -> Option<Rc<Plan>> {
        Plan::of(self.plan.get(py), core, self.logger.bind(py), self.dict.as_ref()?.bind(py))
    }
}

/// What a logger remembers of a level, none if nothing; `cache` is its own dictionary.
fn remembered(core: &Core, cache: *mut ffi::PyObject, level: i64) -> Option<bool> {
    let object = core.level_object(level);
    if object.is_null() {
        return None;
    }
    // SAFETY: a dictionary that the logger holds; the value is borrowed and only compared.
    unsafe {
        let known = ffi::PyDict_GetItemWithError(cache, object);
        (known == ffi::Py_True() || known == ffi::Py_False()).then(|| known == ffi::Py_True())
    }
}

/// The number that an object is; what is none is the highest.
unsafe fn number(object: *mut ffi::PyObject) -> i64 {
    // SAFETY: an object that is alive, an `int` as its type says.
    unsafe {
        if ffi::Py_TYPE(object) != &raw mut ffi::PyLong_Type {
            return i64::MAX;
        }
        let mut overflow = 0;
        let number = ffi::PyLong_AsLongLongAndOverflow(object, &raw mut overflow);
        if overflow == 0 { number } else { i64::MAX }
    }
}
