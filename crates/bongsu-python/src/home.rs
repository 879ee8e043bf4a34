//! Files of a log home.

use std::path::{Path, PathBuf};

use bongsu_log::component_file;
use pyo3::prelude::*;

use crate::fault::bongsu_error;

/// Adds the functions.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(recover, module)?)?;
    module.add_function(wrap_pyfunction!(check_log_file, module)?)
}

/// Writes what ended programs, children of this one above all, left to write in a log home.
#[pyfunction]
fn recover(py: Python<'_>, home: PathBuf) -> PyResult<()> {
    py.detach(|| bongsu_log::recover(&home)).map(drop).map_err(|error| bongsu_error(&error))
}

/// Fails when this cannot be the name of a component's file.
#[pyfunction]
fn check_log_file(name: &str) -> PyResult<()> {
    component_file(Path::new(""), name).map(drop).map_err(|error| bongsu_error(&error))
}
