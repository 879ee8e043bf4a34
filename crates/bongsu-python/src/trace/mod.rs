//! Tracebacks: the text that `traceback` makes, without what it costs.
//!
//! How one frame reads (its file, line, function, source, markers) is asked of `traceback` once and kept; a traceback is a walk
//! over what is kept. Whatever is out of the ordinary is left to `traceback` as a whole.

mod frames;
mod last;
mod originals;
mod source;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyTuple};
use pyo3::{Python, ffi, intern};

use crate::gil::GilCell;
use crate::leaving::{Inside, must_keep_out};
use crate::text::new_str;
use frames::Frames;
use originals::Originals;

/// Adds the functions.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(format_exception, module)?)
}

/// What is kept between tracebacks.
struct Trace {
    originals: Originals,
    frames: Frames,
}

static TRACE: PyOnceLock<GilCell<Trace>> = PyOnceLock::new();

fn trace(py: Python<'_>) -> PyResult<&Trace> {
    let made = TRACE.get_or_try_init(py, || -> PyResult<_> {
        Ok(GilCell::new(Trace { originals: Originals::new(py)?, frames: Frames::new(py)? }))
    })?;
    Ok(made.get(py))
}

/// What `logging.Formatter().formatException(exc_info)` gives; `None` when it is left to that function.
#[pyfunction]
fn format_exception<'py>(exc_info: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyString>>> {
    let py = exc_info.py();
    if must_keep_out() {
        return Ok(None);
    }
    let _inside = Inside::new();
    let Some(exception) = parts(exc_info) else { return Ok(None) };
    let mut text = Vec::with_capacity(2048);
    if !exception.push(&mut text) {
        return Ok(None);
    }
    // SAFETY: a new string, or null with an exception set.
    let text = unsafe { Bound::from_owned_ptr_or_err(py, new_str(&text)) }?;
    Ok(Some(text.cast_into()?))
}

/// An exception and the traceback that goes with it.
pub(crate) struct Exception<'py> {
    value: Bound<'py, PyAny>,
    traceback: Bound<'py, PyAny>,
}

impl Exception<'_> {
    /// Appends the text, without the end of its last line. False, and nothing appended, when it is left to `traceback`.
    fn push(&self, out: &mut Vec<u8>) -> bool {
        let start = out.len();
        if try_push(self, out).is_none() {
            out.truncate(start);
            return false;
        }
        if out.last() == Some(&b'\n') {
            out.pop();
        }
        true
    }

    /// Appends the text below a message, as [`Self::push`] does.
    pub(crate) fn push_below(&self, message: &mut Vec<u8>) -> bool {
        if message.last() != Some(&b'\n') {
            message.push(b'\n');
        }
        self.push(message)
    }
}

/// What `logging` makes of `exc_info`, in parts.
fn parts<'py>(exc_info: &Bound<'py, PyAny>) -> Option<Exception<'py>> {
    let exc_info = exc_info.cast_exact::<PyTuple>().ok()?;
    if exc_info.len() != 3 {
        return None;
    }
    Some(Exception { value: exc_info.get_item(1).ok()?, traceback: exc_info.get_item(2).ok()? })
}

/// What a call of a logger is given as `exc_info`.
pub(crate) fn of_call<'py>(given: &Bound<'py, PyAny>) -> Option<Exception<'py>> {
    let py = given.py();
    // SAFETY: the interpreter's own `True`, and living objects.
    let value = unsafe {
        if given.as_ptr() == ffi::Py_True() {
            handled(py)?
        } else if ffi::PyExceptionInstance_Check(given.as_ptr()) == 0 {
            return parts(given);
        } else if given.is_truthy().ok()? {
            given.clone()
        } else {
            return None;
        }
    };
    let traceback = value.getattr(intern!(py, "__traceback__")).ok()?;
    Some(Exception { value, traceback })
}

/// The exception that is being handled.
#[cfg(Py_3_11)]
fn handled(py: Python<'_>) -> Option<Bound<'_, PyAny>> {
    // SAFETY: a new reference or null.
    unsafe { Bound::from_owned_ptr_or_opt(py, ffi::PyErr_GetHandledException()) }.filter(|value| !value.is_none())
}

#[cfg(not(Py_3_11))]
fn handled(py: Python<'_>) -> Option<Bound<'_, PyAny>> {
    let (mut class, mut value, mut traceback) = (std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: three new references or null.
    let [_, value, _] = unsafe {
        ffi::PyErr_GetExcInfo(&raw mut class, &raw mut value, &raw mut traceback);
        [class, value, traceback].map(|part| Bound::from_owned_ptr_or_opt(py, part))
    };
    value.filter(|value| !value.is_none())
}

const CAUSE: &[u8] = b"\nThe above exception was the direct cause of the following exception:\n\n";
const CONTEXT: &[u8] = b"\nDuring handling of the above exception, another exception occurred:\n\n";

/// A longer chain is left to `traceback`.
const LONGEST: usize = 64;

fn try_push(exception: &Exception<'_>, out: &mut Vec<u8>) -> Option<()> {
    let py = exception.value.py();
    let trace = trace(py).ok()?;
    if !trace.originals.are_there(py) {
        return None;
    }
    let chain = chain(trace, exception)?;
    let mut checked = source::Checked::default();
    for link in chain.iter().rev() {
        if let Some(reason) = link.reason {
            out.extend_from_slice(reason);
        }
        if !link.traceback.is_none() {
            out.extend_from_slice(b"Traceback (most recent call last):\n");
            trace.frames.push(&trace.originals, &link.traceback, &mut checked, out)?;
        }
        last::push(&trace.originals, &link.value, &link.traceback, out)?;
    }
    Some(())
}

/// One exception of a chain.
struct Link<'py> {
    value: Bound<'py, PyAny>,
    traceback: Bound<'py, PyAny>,
    /// What stands before it, which says how the one above led to it.
    reason: Option<&'static [u8]>,
}

/// The exception and those that led to it, the last one first. None for groups, rings and those that are false.
fn chain<'py>(trace: &Trace, exception: &Exception<'py>) -> Option<Vec<Link<'py>>> {
    let py = exception.value.py();
    let mut chain = Vec::with_capacity(2);
    let mut next = Some((exception.value.clone(), exception.traceback.clone()));
    while let Some((value, traceback)) = next.take() {
        // SAFETY: alive.
        let is_exception = unsafe { ffi::PyExceptionInstance_Check(value.as_ptr()) != 0 };
        if !is_exception || chain.len() == LONGEST || trace.originals.is_group(&value) {
            return None;
        }
        let mut reason = None;
        // Whether one that is false has a cause differs between versions of Python.
        if !value.is_truthy().ok()? {
            return None;
        }
        let cause = value.getattr(intern!(py, "__cause__")).ok()?;
        let earlier = if !cause.is_none() {
            reason = Some(CAUSE);
            Some(cause)
        } else if value.getattr(intern!(py, "__suppress_context__")).ok()?.is_truthy().ok()? {
            None
        } else {
            Some(value.getattr(intern!(py, "__context__")).ok()?).filter(|context| !context.is_none())
        };
        if let Some(earlier) = earlier {
            reason = reason.or(Some(CONTEXT));
            if earlier.is(&value) || chain.iter().any(|link: &Link<'_>| link.value.is(&earlier)) {
                return None;
            }
            let traceback = earlier.getattr(intern!(py, "__traceback__")).ok()?;
            next = Some((earlier, traceback));
        }
        chain.push(Link { value, traceback, reason });
    }
    Some(chain)
}
