//! Whether a dictionary is as it was when it was looked at last: one comparison in place of many look-ups.
//!
//! Up to Python 3.11 each dictionary has a number that is another one after each change. Later ones tell a watcher; all that it
//! watches share one count here, for the dictionaries of loggers and of modules seldom change. From 3.13 on a dictionary of
//! attributes may only lend its face to values that stand in the object, and those change without a word: see [`stand_alone`].

use std::cell::Cell;

use pyo3::ffi;
use pyo3::prelude::*;
#[cfg(Py_3_13)]
use pyo3::types::PyDict;

/// When a dictionary was looked at last. Only a thread that is attached to the interpreter may look into it.
#[derive(Default)]
pub(crate) struct Seen(Cell<u64>);

impl Seen {
    /// Whether the dictionary is as it was at the time that was kept with [`Seen::keep`].
    ///
    /// # Safety
    /// `dict` is a dictionary, alive, and always the same one.
    pub(crate) unsafe fn holds(&self, dict: *mut ffi::PyObject) -> bool {
        // SAFETY: as the caller promises.
        let now = unsafe { imp::now(dict) };
        now != NEVER && now == self.0.get()
    }

    /// The time, before `dict` is looked at.
    ///
    /// # Safety
    /// As for [`Seen::holds`].
    pub(crate) unsafe fn begin(dict: *mut ffi::PyObject) -> u64 {
        // SAFETY: as the caller promises.
        unsafe { imp::begin(dict) }
    }

    /// What was found in the dictionary at that time holds until it changes.
    pub(crate) fn keep(&self, time: u64) {
        self.0.set(time);
    }
}

/// Moves the attributes of an object to a dictionary of their own, if they stand in the object itself. Whether they did: who
/// has the dictionary that was there has a copy now.
#[cfg(Py_3_13)]
pub(crate) fn stand_alone(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = object.py();
    let name = pyo3::intern!(py, "__dict__");
    let Ok(dict) = object.getattr(name)?.cast_into_exact::<PyDict>() else { return Ok(false) };
    // SAFETY: an exact dictionary.
    if unsafe { (*dict.as_ptr().cast::<ffi::PyDictObject>()).ma_values.is_null() } {
        return Ok(false);
    }
    let own = PyDict::new(py);
    own.update(dict.as_mapping())?;
    object.setattr(name, own)?;
    Ok(true)
}

/// Attributes that have a dictionary have it to themselves.
#[cfg(not(Py_3_13))]
#[expect(clippy::unnecessary_wraps, reason = "later versions of Python may fail")]
pub(crate) fn stand_alone(_object: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(false)
}

/// A time at which nothing was seen.
const NEVER: u64 = 0;

#[cfg(not(Py_3_12))]
mod imp {
    use pyo3::ffi;

    /// Dictionaries begin with 1.
    pub(super) unsafe fn now(dict: *mut ffi::PyObject) -> u64 {
        // SAFETY: a dictionary.
        unsafe { (*dict.cast::<ffi::PyDictObject>()).ma_version_tag }
    }

    pub(super) unsafe fn begin(dict: *mut ffi::PyObject) -> u64 {
        // SAFETY: as above.
        unsafe { now(dict) }
    }
}

#[cfg(Py_3_12)]
mod imp {
    use std::ffi::c_int;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use pyo3::ffi;

    use super::NEVER;

    type Changed = unsafe extern "C" fn(c_int, *mut ffi::PyObject, *mut ffi::PyObject, *mut ffi::PyObject) -> c_int;

    unsafe extern "C" {
        fn PyDict_AddWatcher(changed: Changed) -> c_int;
        fn PyDict_Watch(watcher: c_int, dict: *mut ffi::PyObject) -> c_int;
    }

    /// Changes of what is watched, from 1. Each is counted before it is made, and no code of a program runs in between.
    static CHANGES: AtomicU64 = AtomicU64::new(NEVER + 1);
    static WATCHER: OnceLock<c_int> = OnceLock::new();

    unsafe extern "C" fn changed(
        _event: c_int,
        _dict: *mut ffi::PyObject,
        _key: *mut ffi::PyObject,
        _value: *mut ffi::PyObject,
    ) -> c_int {
        CHANGES.fetch_add(1, Ordering::Relaxed);
        0
    }

    pub(super) unsafe fn now(_dict: *mut ffi::PyObject) -> u64 {
        CHANGES.load(Ordering::Relaxed)
    }

    /// Has the dictionary watched; [`NEVER`] where an interpreter has no watcher left.
    pub(super) unsafe fn begin(dict: *mut ffi::PyObject) -> u64 {
        // SAFETY: a dictionary; the function is there as long as the process.
        unsafe {
            #[cfg(Py_3_13)]
            if !(*dict.cast::<ffi::PyDictObject>()).ma_values.is_null() {
                return NEVER;
            }
            let watcher = *WATCHER.get_or_init(|| PyDict_AddWatcher(changed));
            if watcher < 0 || PyDict_Watch(watcher, dict) < 0 {
                ffi::PyErr_Clear();
                return NEVER;
            }
        }
        CHANGES.load(Ordering::Relaxed)
    }
}
