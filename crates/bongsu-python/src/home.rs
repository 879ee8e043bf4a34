//! Where the files of a log home are.

use std::path::PathBuf;

use bongsu_log::{component_file, create_home, default_home, file_stem};
use pyo3::prelude::*;

use crate::fault::bongsu_error;

/// Adds the functions.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(make_home, module)?)?;
    module.add_function(wrap_pyfunction!(recover, module)?)?;
    module.add_function(wrap_pyfunction!(component_path, module)?)?;
    module.add_function(wrap_pyfunction!(performance_path, module)?)
}

/// Makes a log home and its folders, the default one when none is named, and writes what killed programs left to write in it;
/// its path.
#[pyfunction]
#[pyo3(signature = (home = None))]
fn make_home(home: Option<PathBuf>) -> PyResult<String> {
    let home = home.unwrap_or_else(default_home);
    let home = std::path::absolute(&home).unwrap_or(home);
    create_home(&home).map_err(|error| bongsu_error(&error))?;
    // What could not be recovered stays and is tried again by the file that it concerns.
    bongsu_log::recover(&home).map_err(|error| bongsu_error(&error))?;
    Ok(home.to_string_lossy().into_owned())
}

/// Writes what ended programs, children of this one above all, left to write in a log home.
#[pyfunction]
fn recover(py: Python<'_>, home: PathBuf) -> PyResult<()> {
    py.detach(|| bongsu_log::recover(&home)).map(drop).map_err(|error| bongsu_error(&error))
}

/// The file of a component: `log_file`, else one of its name.
#[pyfunction]
#[pyo3(signature = (home, component, log_file = None))]
fn component_path(home: PathBuf, component: &str, log_file: Option<&str>) -> PyResult<Option<String>> {
    let file = log_file.map_or_else(|| format!("{}.log", file_stem(component)), str::to_owned);
    if log_file.is_none() && file == "application.log" {
        return Ok(None);
    }
    let path = component_file(&home, &file).map_err(|error| bongsu_error(&error))?;
    Ok(Some(path.to_string_lossy().into_owned()))
}

/// The file of a component's durations.
#[pyfunction]
fn performance_path(home: PathBuf, component: &str) -> String {
    home.join("performance").join(format!("{}_performance.log", file_stem(component))).to_string_lossy().into_owned()
}
