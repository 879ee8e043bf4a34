//! The extension module `bongsu._core`: what the Python face of the logging SDK leaves to Rust.
//!
//! In: calls of loggers, records of `logging`, durations. Out: whole lines in the files of one log home and on the console.
//! Must never know: the store, a query, how the package's Python modules are laid out.

mod version;

use pyo3::prelude::*;

/// One line a module: each adds its own functions and types.
#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    version::add(module)?;
    Ok(())
}
