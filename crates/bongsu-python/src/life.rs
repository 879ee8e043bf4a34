//! The beginning and the end of processes: a fork, and the interpreter's end.

use pyo3::prelude::*;

use crate::console;

/// Adds the functions.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(before_fork, module)?)?;
    module.add_function(wrap_pyfunction!(after_fork, module)?)?;
    module.add_function(wrap_pyfunction!(drain_on_sigterm, module)?)?;
    module.add_function(wrap_pyfunction!(end, module)?)
}

/// Before a fork, in the parent.
#[pyfunction]
fn before_fork(py: Python<'_>) {
    console::before_fork(py);
}

/// After a fork, in the child.
#[pyfunction]
fn after_fork(py: Python<'_>) {
    console::after_fork(py);
}

/// Has `SIGTERM` wait for lines on their way to a file, where the program leaves the signal to the system. Whether it does.
#[pyfunction]
fn drain_on_sigterm() -> bool {
    bongsu_log::file::drain_on_sigterm()
}

/// At the interpreter's end.
#[pyfunction]
fn end(py: Python<'_>) {
    console::end(py);
}
