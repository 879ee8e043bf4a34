//! Counts of what became of calls.

use std::cell::Cell;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::core::core;
use crate::plan::Why;

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// One counter a way that a call can go.
        #[derive(Default)]
        pub(crate) struct Stats { $($(#[$doc])* pub(crate) $name: Counter,)+ }
        impl Stats {
            fn each(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name.get()),)+]
            }
        }
    };
}

counters!(
    /// Calls whose record was written here.
    written,
    /// Calls whose level was off.
    off,
    /// Calls that the standard path took; the counters below say why.
    slow,
    /// … a class of `logging`, a method or the record's factory was replaced.
    replaced,
    /// … the logger or one above it has a filter, or an attribute in a method's place.
    filtered,
    /// … a handler is not ours, or has a filter or a formatter of its own.
    foreign,
    /// … there is no handler at all.
    unhandled,
    /// … `stack_info`, `stacklevel`, or an `exc_info`, an `extra`, a message or an argument out of the ordinary.
    unusual,
    /// Records that came to our handlers from the standard path.
    handled,
    /// Lines that could not be written.
    lost,
);

impl Stats {
    /// Counts a call that is left to the standard path.
    pub(crate) fn why(&self, why: Why) {
        match why {
            Why::Filtered => self.filtered.count(),
            Why::Foreign => self.foreign.count(),
            Why::Unhandled => self.unhandled.count(),
        }
    }
}

#[derive(Default)]
pub(crate) struct Counter(Cell<u64>);

impl Counter {
    pub(crate) fn count(&self) {
        self.0.set(self.0.get() + 1);
    }

    fn get(&self) -> u64 {
        self.0.get()
    }
}

/// Adds the function.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(stats, module)?)
}

/// What became of calls so far.
#[pyfunction]
fn stats(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let counts = PyDict::new(py);
    let stats = &core(py)?.stats;
    counts.set_item("fast", stats.written.get() + stats.off.get())?;
    for (name, count) in stats.each() {
        counts.set_item(name, count)?;
    }
    Ok(counts)
}
