//! Records of Loguru and events of structlog, to the loggers of the modules that they come from.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PySet, PyString};
use pyo3::{Python, ffi, intern};

use crate::caller;
use crate::core::core;
use crate::fields;
use crate::voice::Voice;

/// Adds the type.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Voices>()
}

/// Loggers of `logging` by name, as they are spoken through.
#[pyclass(frozen, module = "bongsu._core")]
struct Voices {
    known: Py<PyDict>,
    /// Gives the voice of a name.
    find: Py<PyAny>,
    /// Numbers of levels that have a name.
    levels: Py<PySet>,
    /// Numbers of levels by the names of methods.
    methods: Py<PyDict>,
    /// Where structlog keeps the frame of a call that it does in a thread.
    calling: Option<Py<PyAny>>,
}

/// What an event holds that is no field of the program's own, and is looked at in Python.
const SPECIAL: [&str; 4] = ["logger", "exc_info", "exception", "stack"];

#[pymethods]
impl Voices {
    #[new]
    #[pyo3(signature = (find, levels, methods, calling = None))]
    fn new(
        py: Python<'_>,
        find: Py<PyAny>,
        levels: Py<PySet>,
        methods: Py<PyDict>,
        calling: Option<Py<PyAny>>,
    ) -> Self {
        Self { known: PyDict::new(py).unbind(), find, levels, methods, calling }
    }

    /// The voice of the logger `name`.
    fn of<'py>(&self, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, Voice>> {
        let py = name.py();
        let known = self.known.bind(py);
        if let Some(voice) = known.get_item(name)? {
            return Ok(voice.cast_into()?);
        }
        let voice = self.find.bind(py).call1((name,))?.cast_into()?;
        known.set_item(name, &voice)?;
        Ok(voice)
    }

    /// Writes a record of Loguru's; false, and nothing done, when something about it is out of the ordinary.
    fn loguru(&self, record: &Bound<'_, PyDict>) -> PyResult<bool> {
        let py = record.py();
        let Some(parts) = Parts::of(record) else { return Ok(false) };
        if !self.levels.bind(py).contains(&parts.number)? {
            return Ok(false);
        }
        let core = core(py)?;
        let Some(known) = core.sites.named(&parts.function, &parts.file, parts.line) else { return Ok(false) };
        let voice = self.of(&parts.name)?;
        if !voice.get().is_only_ours(py, core) {
            return Ok(false);
        }
        voice.get().speak(py, core, parts.number.extract()?, &known.site, &parts.text, Some(&parts.extra))?;
        Ok(true)
    }

    /// Writes an event of structlog's, as the function that calls this was given it; false, and nothing done, when something
    /// about it is out of the ordinary.
    fn structlog(&self, method: &Bound<'_, PyString>, event: &Bound<'_, PyAny>) -> PyResult<bool> {
        let py = method.py();
        let Ok(event) = event.cast_exact::<PyDict>() else { return Ok(false) };
        let level = event.get_item(intern!(py, "level"))?;
        if SPECIAL.iter().any(|name| event.contains(PyString::intern(py, name)).unwrap_or(true))
            || !level.as_ref().is_none_or(|level| level.eq(method).unwrap_or(false))
        {
            return Ok(false);
        }
        let core = core(py)?;
        let text = match event.get_item(intern!(py, "event"))? {
            Some(text) => text.cast_into_exact::<PyString>().ok(),
            None => None,
        };
        let (Some(text), Some((frame, name))) = (text, self.speaker(py)) else { return Ok(false) };
        // SAFETY: a frame that is held.
        let Some(known) = (unsafe { caller::at(py, core, frame.as_ptr().cast()) }) else { return Ok(false) };
        let number = self.methods.bind(py).get_item(method)?.map_or(Ok(20), |number| number.extract())?;
        event.del_item(intern!(py, "event"))?;
        if level.is_some() {
            event.del_item(intern!(py, "level"))?;
        }
        if event.contains(intern!(py, "timestamp"))? {
            event.del_item(intern!(py, "timestamp"))?;
        }
        self.of(&name)?.get().speak(py, core, number, &known.site, &text, Some(event))?;
        Ok(true)
    }
}

impl Voices {
    /// The frame from which structlog was called, and its module's name.
    fn speaker<'py>(&self, py: Python<'py>) -> Option<(Bound<'py, PyAny>, Bound<'py, PyString>)> {
        let mut frame = match self.calling.as_ref().and_then(|calling| fields::value_of(calling.bind(py))) {
            Some(frame) => frame,
            // SAFETY: the frame that runs is borrowed, and made ours.
            None => before(&unsafe { Bound::from_borrowed_ptr_or_opt(py, ffi::PyEval_GetFrame().cast())? })?,
        };
        loop {
            let globals = frame.getattr(intern!(py, "f_globals")).ok()?.cast_into::<PyDict>().ok()?;
            let package = globals.get_item(intern!(py, "__package__")).ok()?;
            if package.is_none_or(|package| !package.cast::<PyString>().is_ok_and(|package| package == "structlog")) {
                let name = globals.get_item(intern!(py, "__name__")).ok()??.cast_into_exact().ok()?;
                return Some((frame, name));
            }
            frame = before(&frame)?;
        }
    }
}

/// The frame that called this one.
fn before<'py>(frame: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    // SAFETY: a frame that is held; the one before it is a new reference, or null.
    unsafe { Bound::from_owned_ptr_or_opt(frame.py(), ffi::PyFrame_GetBack(frame.as_ptr().cast()).cast()) }
}

/// What is taken of a record of Loguru's.
struct Parts<'py> {
    number: Bound<'py, PyAny>,
    name: Bound<'py, PyString>,
    text: Bound<'py, PyString>,
    function: Bound<'py, PyString>,
    file: Bound<'py, PyString>,
    line: i64,
    extra: Bound<'py, PyDict>,
}

impl<'py> Parts<'py> {
    fn of(record: &Bound<'py, PyDict>) -> Option<Self> {
        let py = record.py();
        let get = |name: &Bound<'py, PyString>| record.get_item(name).ok()?;
        let text = |name: &Bound<'py, PyString>| get(name)?.cast_into_exact::<PyString>().ok();
        if !get(intern!(py, "exception"))?.is_none() {
            return None;
        }
        Some(Self {
            number: get(intern!(py, "level"))?.getattr(intern!(py, "no")).ok()?,
            name: text(intern!(py, "name"))?,
            text: text(intern!(py, "message"))?,
            function: text(intern!(py, "function"))?,
            file: get(intern!(py, "file"))?.getattr(intern!(py, "path")).ok()?.cast_into_exact().ok()?,
            line: get(intern!(py, "line"))?.extract().ok()?,
            extra: get(intern!(py, "extra"))?.cast_into_exact().ok()?,
        })
    }
}
