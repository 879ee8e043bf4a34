//! The last line of an exception: its class and its text.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::originals::{Originals, is_a};

/// Appends it. What is more than class and text (a place in source, a suggestion, notes) is written by `traceback`.
pub(super) fn push(
    originals: &Originals,
    value: &Bound<'_, PyAny>,
    traceback: &Bound<'_, PyAny>,
    out: &mut Vec<u8>,
) -> Option<()> {
    let py = value.py();
    if !has_notes(value)? && !is_special(originals, value)? {
        return plain(value, out);
    }
    let asked = originals.by_traceback(value, traceback, Some(0)).ok()?;
    for line in asked.call_method0(intern!(py, "format_exception_only")).ok()?.try_iter().ok()? {
        out.extend_from_slice(line.ok()?.cast::<PyString>().ok()?.to_str().ok()?.as_bytes());
    }
    Some(())
}

/// `traceback` knows notes from Python 3.11 on.
fn has_notes(value: &Bound<'_, PyAny>) -> Option<bool> {
    if cfg!(not(Py_3_11)) {
        return Some(false);
    }
    Some(value.getattr_opt(intern!(value.py(), "__notes__")).ok()?.is_some_and(|notes| !notes.is_none()))
}

fn is_special(originals: &Originals, value: &Bound<'_, PyAny>) -> Option<bool> {
    let [syntax, name, attribute, import] = &originals.special;
    if is_a(value, syntax) {
        return Some(true);
    }
    let py = value.py();
    let says = |what| Some(value.getattr_opt(what).ok()?.is_some_and(|found| !found.is_none()));
    if is_a(value, import) {
        return says(intern!(py, "name_from"));
    }
    if is_a(value, name) || is_a(value, attribute) {
        return says(intern!(py, "name"));
    }
    Some(false)
}

fn plain(value: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> Option<()> {
    let py = value.py();
    let class = value.get_type();
    let name = class.getattr(intern!(py, "__qualname__")).ok()?.cast_into_exact::<PyString>().ok()?;
    let module = class.getattr(intern!(py, "__module__")).ok()?.cast_into_exact::<PyString>().ok()?;
    let text = value.str().ok()?;
    let module = module.to_str().ok()?;
    if module != "__main__" && module != "builtins" {
        out.extend_from_slice(module.as_bytes());
        out.push(b'.');
    }
    out.extend_from_slice(name.to_str().ok()?.as_bytes());
    let text = text.to_str().ok()?;
    if !text.is_empty() {
        out.extend_from_slice(b": ");
        out.extend_from_slice(text.as_bytes());
    }
    out.push(b'\n');
    Some(())
}
