//! The version of the package.

use pyo3::prelude::*;

/// Adds `__version__`.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))
}
