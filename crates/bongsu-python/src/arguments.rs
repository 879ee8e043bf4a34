//! Secrets that a logger is given as a message or as its arguments: what stands behind their names in dictionaries.

use bongsu_log::mask::{HIDDEN, Rules};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use pyo3::{Python, ffi, intern};

use crate::entries::entries;
use crate::masking;
use crate::secret::{DEEPEST, Names, THOROUGH, is_secret};
use crate::text::string;

/// Adds the function.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(hidden_given, module)?)
}

/// The message and the arguments of a record with what stands in them behind the names of secrets hidden; none when there is
/// nothing of the kind, or a dictionary cannot be copied.
#[pyfunction]
fn hidden_given<'py>(
    msg: Bound<'py, PyAny>,
    args: Bound<'py, PyAny>,
) -> Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let mut left = THOROUGH;
    let (hidden_msg, hidden_args) = (without(&msg, &mut left, 0), without(&args, &mut left, 0));
    let hidden_args = behind_names(&msg, hidden_args.as_ref().unwrap_or(&args)).or(hidden_args);
    if hidden_msg.is_none() && hidden_args.is_none() {
        return None;
    }
    Some((hidden_msg.unwrap_or(msg), hidden_args.unwrap_or(args)))
}

/// Whether something stands in a message or in its arguments behind the name of a secret.
///
/// # Safety
/// All are alive.
pub(crate) unsafe fn holds_any(py: Python<'_>, msg: *mut ffi::PyObject, args: &[*mut ffi::PyObject]) -> bool {
    // SAFETY: as the caller promises.
    std::iter::once(&msg).chain(args).any(|&one| unsafe {
        has_parts(one) && without(&Bound::from_borrowed_ptr(py, one), &mut { THOROUGH }, 0).is_some()
    })
}

/// Whether one of the arguments is a text of several words.
///
/// # Safety
/// All are alive.
pub(crate) unsafe fn any_of_words(args: &[*mut ffi::PyObject]) -> bool {
    // SAFETY: the interpreter's own token; as the caller promises.
    let py = unsafe { Python::assume_attached() };
    // SAFETY: as the caller promises.
    args.iter().any(|&one| has_words(&unsafe { Bound::from_borrowed_ptr(py, one) }))
}

fn has_words(value: &Bound<'_, PyAny>) -> bool {
    value.cast::<PyString>().is_ok_and(|text| string(text).contains(char::is_whitespace))
}

/// Text before a directive of a message that is looked at for a name.
const BEFORE: usize = 80;

/// The arguments of a message with texts of several words hidden where the message has the name of a secret before them:
/// in the message they would end at their first word. None when there is nothing of the kind.
fn behind_names<'py>(msg: &Bound<'py, PyAny>, args: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let (msg, args) = (msg.cast::<PyString>().ok()?, args.cast_exact::<PyTuple>().ok()?);
    let mut args: Vec<_> = args.iter().collect();
    if !args.iter().any(has_words) {
        return None;
    }
    let rules = masking::rules(msg.py());
    let text = string(msg);
    let (mut at, mut nth, mut found) = (0, 0, false);
    while let Some(begin) = text[at..].find('%').map(|place| at + place) {
        let length = text[begin + 1..].find(|sign: char| sign == '%' || sign.is_ascii_alphabetic())?;
        at = begin + length + 2;
        if text.as_bytes().get(at - 1) == Some(&b'%') {
            continue;
        }
        // A width of its own, or a name in brackets, means another argument.
        if text[begin..at].contains(['*', '(']) {
            return None;
        }
        let arg = args.get_mut(nth)?;
        nth += 1;
        let Ok(value) = arg.cast::<PyString>().map(string) else { continue };
        if has_words(arg) && is_behind_a_name(&rules, &text[..begin], &value) {
            *arg = PyString::new(msg.py(), HIDDEN).into_any();
            found = true;
        }
    }
    found.then(|| PyTuple::new(msg.py(), args).ok().map(Bound::into_any)).flatten()
}

/// Whether a value behind this text is hidden, its first word at least, for the sake of a name before it.
fn is_behind_a_name(rules: &Rules, before: &str, value: &str) -> bool {
    let start = (before.len().saturating_sub(BEFORE)..=before.len()).find(|at| before.is_char_boundary(*at));
    let before = before.get(start.unwrap_or_default()..).unwrap_or_default();
    let masked =
        rules.mask(&format!("{before}{value}")).strip_prefix(before).is_some_and(|rest| rest.starts_with(HIDDEN));
    masked && !rules.mask(value).starts_with(HIDDEN)
}

/// Whether an object is a dictionary, a list or a tuple.
///
/// # Safety
/// It is alive.
unsafe fn has_parts(object: *mut ffi::PyObject) -> bool {
    const OF_PARTS: std::ffi::c_ulong =
        ffi::Py_TPFLAGS_DICT_SUBCLASS | ffi::Py_TPFLAGS_LIST_SUBCLASS | ffi::Py_TPFLAGS_TUPLE_SUBCLASS;
    // SAFETY: the type of a living object.
    unsafe { ffi::PyType_GetFlags(ffi::Py_TYPE(object)) & OF_PARTS != 0 }
}

/// A copy of `value` without what stands in it behind the names of secrets, at any depth; none when there is nothing.
fn without<'py>(value: &Bound<'py, PyAny>, left: &mut usize, depth: usize) -> Option<Bound<'py, PyAny>> {
    // SAFETY: alive.
    if *left == 0 || depth > DEEPEST || !unsafe { has_parts(value.as_ptr()) } {
        return None;
    }
    *left -= 1;
    let py = value.py();
    if let Ok(items) = value.cast::<PyDict>() {
        let mut copy: Option<Bound<'_, PyAny>> = None;
        for (name, value) in entries(items) {
            let hidden = if is_secret(Names::of_rules(), &name, &value) {
                Some(PyString::new(py, HIDDEN).into_any())
            } else {
                without(&value, left, depth + 1)
            };
            let Some(hidden) = hidden else { continue };
            let made = match copy.take() {
                Some(made) => made,
                // A dictionary of a class of its own makes its own copies.
                None => items.call_method0(intern!(py, "copy")).ok()?,
            };
            made.set_item(name, hidden).ok()?;
            copy = Some(made);
        }
        return copy;
    }
    let mut found = false;
    let mut parts = Vec::new();
    for part in value.try_iter().ok()?.flatten() {
        let hidden = without(&part, left, depth + 1);
        found |= hidden.is_some();
        parts.push(hidden.unwrap_or(part));
    }
    if !found {
        None
    } else if value.is_instance_of::<PyList>() {
        Some(PyList::new(py, parts).ok()?.into_any())
    } else {
        Some(PyTuple::new(py, parts).ok()?.into_any())
    }
}
