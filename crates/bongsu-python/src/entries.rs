//! The entries of a dictionary that may change meanwhile: to show or to compare one of them may run any code.

use std::ptr;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// As many entries as there are at the beginning, at most; those of a dictionary that changes may be left out.
pub(crate) struct Entries<'py> {
    dict: Bound<'py, PyDict>,
    at: ffi::Py_ssize_t,
    left: usize,
}

/// The keys and values of `dict`.
pub(crate) fn entries<'py>(dict: &Bound<'py, PyDict>) -> Entries<'py> {
    Entries { dict: dict.clone(), at: 0, left: dict.len() }
}

impl<'py> Iterator for Entries<'py> {
    type Item = (Bound<'py, PyAny>, Bound<'py, PyAny>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let (mut key, mut value) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: a dictionary that is held. `at` is checked against its entries as they are now, and both references are made
        // ours before anything else runs.
        unsafe {
            if ffi::PyDict_Next(self.dict.as_ptr(), &raw mut self.at, &raw mut key, &raw mut value) == 0 {
                return None;
            }
            let py = self.dict.py();
            Some((Bound::from_borrowed_ptr(py, key), Bound::from_borrowed_ptr(py, value)))
        }
    }
}
