//! The beginning and the end of processes: a fork, and the interpreter's end.

use bongsu_log::file;
use pyo3::prelude::*;

use crate::{console, leaving};

/// Adds the functions.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(before_fork, module)?)?;
    module.add_function(wrap_pyfunction!(after_fork_in_parent, module)?)?;
    module.add_function(wrap_pyfunction!(after_fork_in_child, module)?)?;
    module.add_function(wrap_pyfunction!(drain_on_sigterm, module)?)?;
    module.add_function(wrap_pyfunction!(end_by_sigterm, module)?)?;
    module.add_function(wrap_pyfunction!(forget_last_words, module)?)?;
    module.add_function(wrap_pyfunction!(end, module)?)
}

/// Before a fork, in the parent.
#[pyfunction]
fn before_fork(py: Python<'_>) {
    console::before_fork(py);
}

/// After a fork, in the parent.
#[pyfunction]
fn after_fork_in_parent(py: Python<'_>) {
    console::after_fork_in_parent(py);
}

/// After a fork, in the child.
#[pyfunction]
fn after_fork_in_child(py: Python<'_>) {
    leaving::after_fork();
    console::after_fork_in_child(py);
}

/// Has `SIGTERM` wait for lines on their way to a file, where the program leaves the signal to the system or, with `is_ours`, to a
/// handler of Python's that only calls [`end_by_sigterm`]. Whether it does.
#[pyfunction]
#[pyo3(signature = (is_ours = false))]
fn drain_on_sigterm(is_ours: bool) -> bool {
    file::drain_on_sigterm(is_ours)
}

/// Ends the program as `SIGTERM` does.
#[pyfunction]
fn end_by_sigterm(py: Python<'_>) {
    py.detach(file::end_by_sigterm);
}

/// Has nothing written when a signal ends the process.
#[pyfunction]
fn forget_last_words() {
    let _ = file::last_words(None);
}

/// At the interpreter's end.
#[pyfunction]
fn end(py: Python<'_>) {
    leaving::begin(py);
    console::end(py);
}
