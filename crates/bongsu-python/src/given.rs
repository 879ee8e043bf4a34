//! What a decorated function is called with, and the secrets in it.

use bongsu_log::mask::Secrets;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};
use pyo3::{Python, ffi};

use crate::message::is_plain;
use crate::secret;
use crate::task::Task;

/// Arguments of a call.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    /// Those by position, and behind them those by name.
    pub(crate) all: &'a [*mut ffi::PyObject],
    pub(crate) count: usize,
    /// Null, or a tuple.
    pub(crate) names: *mut ffi::PyObject,
}

impl<'a> Given<'a> {
    pub(crate) fn positional<'py>(self, py: Python<'py>) -> impl Iterator<Item = Bound<'py, PyAny>> + 'a
    where
        'py: 'a,
    {
        // SAFETY: arguments are alive while the call lasts.
        self.all.iter().take(self.count).map(move |&one| unsafe { Bound::from_borrowed_ptr(py, one) })
    }

    pub(crate) fn named(self, py: Python<'_>) -> Vec<(Bound<'_, PyAny>, Bound<'_, PyAny>)> {
        // SAFETY: as above; names are a tuple or null.
        unsafe {
            let Some(names) = Bound::from_borrowed_ptr_or_opt(py, self.names) else { return Vec::new() };
            let Ok(names) = names.cast_into::<PyTuple>() else { return Vec::new() };
            let values = self.all.iter().skip(self.count).map(|&one| Bound::from_borrowed_ptr(py, one));
            names.iter().zip(values).collect()
        }
    }
}

/// When secrets are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gather {
    /// Before a run of which no value is shown: those that may be gone when it fails.
    Fleeting,
    /// Before values are shown.
    Shown,
    /// For an error, which may repeat any of them.
    Thorough,
}

impl Task {
    /// The secrets in the arguments.
    pub(crate) fn gather(&self, py: Python<'_>, given: Given<'_>, secrets: &mut Secrets, how: Gather) {
        // A value without parts is still there when the run is over.
        // SAFETY: arguments are alive.
        if how == Gather::Fleeting && given.all.iter().all(|&one| is_plain(unsafe { ffi::Py_TYPE(one) })) {
            return;
        }
        let secret = self.secret_parameters(py);
        let mut left = if how == Gather::Thorough { secret::THOROUGH } else { secret::BEFORE };
        let deep = how == Gather::Thorough;
        let rest_is_secret = self.rest.as_ref().is_some_and(|rest| self.names.hides(py, rest));
        for (nth, value) in given.positional(py).enumerate() {
            let is_secret = secret.get(nth).copied().unwrap_or(rest_is_secret);
            // A secret that is an argument is still there when the run is over.
            if how == Gather::Fleeting && (is_secret || value.is_exact_instance_of::<PyString>()) {
                continue;
            }
            if is_secret {
                secret::add(&value, secrets, &mut left, 0);
            } else {
                secret::collect(&self.names, &value, secrets, &mut left, deep, 0);
            }
        }
        if given.all.len() == given.count {
            return;
        }
        for (name, value) in given.named(py) {
            if how == Gather::Fleeting && value.is_exact_instance_of::<PyString>() {
                continue;
            }
            if secret::hidden(&self.names, &name) {
                secret::add(&value, secrets, &mut left, 0);
            } else {
                secret::collect(&self.names, &value, secrets, &mut left, deep, 0);
            }
        }
    }
}
