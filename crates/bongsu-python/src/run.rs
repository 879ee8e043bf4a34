//! Runs that outlast the call that began them.

use std::cell::RefCell;

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{PyTraverseError, PyVisit};

use crate::core::core;
use crate::gil::GilCell;
use crate::given::Given;
use crate::task::{Begun, Task};

/// Adds the type.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Run>()
}

/// A run of a coroutine function or a generator, which outlasts the call that began it.
#[pyclass(frozen, module = "bongsu._core")]
pub(crate) struct Run {
    task: Py<Task>,
    args: Py<PyTuple>,
    count: usize,
    names: Option<Py<PyTuple>>,
    begun: GilCell<RefCell<Option<Begun>>>,
}

impl Run {
    pub(crate) fn new(task: Py<Task>, args: Py<PyTuple>, count: usize, names: Option<Py<PyTuple>>) -> Self {
        Self { task, args, count, names, begun: GilCell::new(RefCell::new(None)) }
    }

    fn with<T>(&self, py: Python<'_>, with: impl FnOnce(Given<'_>) -> T) -> T {
        let all: Vec<_> = self.args.bind(py).iter().map(|one| one.as_ptr()).collect();
        let names = self.names.as_ref().map_or(std::ptr::null_mut(), Py::as_ptr);
        with(Given { all: &all, count: self.count, names })
    }
}

#[pymethods]
impl Run {
    /// A generator that its own object holds makes a ring with the arguments.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.task)?;
        visit.call(&self.args)?;
        visit.call(self.names.as_ref())
    }

    /// The run begins.
    fn begin(&self, py: Python<'_>) -> PyResult<()> {
        let begun = self.with(py, |given| self.task.get().begin(py, core(py)?, given))?;
        self.begun.get(py).replace(begun);
        Ok(())
    }

    /// The run is over.
    #[pyo3(signature = (result = None))]
    fn completed(&self, py: Python<'_>, result: Option<Bound<'_, PyAny>>) -> PyResult<()> {
        let Some(begun) = self.begun.get(py).take() else { return Ok(()) };
        let none = py.None().into_bound(py);
        self.task.get().completed(py, core(py)?, &begun, Some(result.as_ref().unwrap_or(&none)))
    }

    /// The run raised an exception.
    fn failed(&self, py: Python<'_>, error: Bound<'_, PyAny>) -> PyResult<()> {
        let Some(mut begun) = self.begun.get(py).take() else { return Ok(()) };
        self.with(py, |given| self.task.get().failed(py, core(py)?, &mut begun, given, &error))
    }
}
