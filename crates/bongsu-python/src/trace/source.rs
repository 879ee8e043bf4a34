//! The file that a frame's lines come from, and whether they would still be the same.

use std::fs;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::UNIX_EPOCH;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use super::originals::Originals;

/// What `linecache` had of a file.
pub(super) struct Source {
    name: Py<PyString>,
    /// Its entry; none for a name in angle brackets that has none.
    entry: Option<Py<PyTuple>>,
    /// For lines read from disk: where, and what the file was like.
    file: Option<File>,
}

struct File {
    path: PathBuf,
    size: u64,
    modified: f64,
}

/// Sources that were looked at while one text was made: `traceback` too looks once.
#[derive(Default)]
pub(super) struct Checked(Vec<*const Source>);

impl Source {
    /// What there is of the file of that name; none when it may be another thing the next time.
    pub(super) fn now(originals: &Originals, name: &Bound<'_, PyString>) -> Option<Self> {
        let py = name.py();
        let Some(entry) = originals.lines(py)?.get_item(name).ok()? else {
            let text = name.to_str().ok()?;
            let never_found = text.is_empty() || text.starts_with('<') && text.ends_with('>');
            return never_found.then(|| Self { name: name.clone().unbind(), entry: None, file: None });
        };
        let entry = entry.cast_into_exact::<PyTuple>().ok()?;
        let (size, modified, _, path): (u64, Option<f64>, Bound<'_, PyAny>, Bound<'_, PyAny>) = entry.extract().ok()?;
        let file = match modified {
            Some(modified) => Some(File { path: path.extract().ok()?, size, modified }),
            None => None,
        };
        Some(Self { name: name.clone().unbind(), entry: Some(entry.unbind()), file })
    }

    pub(super) fn has(&self, entry: &Self) -> bool {
        self.entry.as_ref().map(Py::as_ptr) == entry.entry.as_ref().map(Py::as_ptr)
    }

    /// Whether `linecache` would give the same lines again.
    pub(super) fn holds(self: &Rc<Self>, originals: &Originals, py: Python<'_>, checked: &mut Checked) -> bool {
        let this = Rc::as_ptr(self);
        if checked.0.contains(&this) {
            return true;
        }
        let Some(lines) = originals.lines(py) else { return false };
        // SAFETY: an exact `dict` and a `str`; the value is borrowed and only compared.
        let entry = unsafe { ffi::PyDict_GetItemWithError(lines.as_ptr(), self.name.as_ptr()) };
        let same = self.entry.as_ref().map_or(std::ptr::null_mut(), Py::as_ptr) == entry;
        let holds = same && self.file.as_ref().is_none_or(File::is_unchanged);
        if holds {
            checked.0.push(this);
        }
        holds
    }
}

impl File {
    fn is_unchanged(&self) -> bool {
        let Ok(found) = fs::metadata(&self.path) else { return false };
        let since = |time: std::time::SystemTime| time.duration_since(UNIX_EPOCH).ok();
        let Some(modified) = found.modified().ok().and_then(since) else { return false };
        // As `os.stat` makes a `float` of it.
        let modified = modified.as_secs() as f64 + 1e-9 * f64::from(modified.subsec_nanos());
        found.len() == self.size && modified.to_bits() == self.modified.to_bits()
    }
}
