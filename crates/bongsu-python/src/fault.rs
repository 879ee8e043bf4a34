//! Errors as Python sees them.

use bongsu_model::Explain;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

pyo3::create_exception!(
    bongsu,
    BongsuError,
    PyValueError,
    "What was asked of bongsu cannot be done; the text says why and what to do."
);

/// Adds the exception.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("BongsuError", module.py().get_type::<BongsuError>())
}

/// The exception for an error of the libraries, its hint behind it.
pub(crate) fn bongsu_error(error: &dyn Explain) -> PyErr {
    BongsuError::new_err(error.hint().map_or_else(|| error.to_string(), |hint| format!("{error}: {hint}")))
}
