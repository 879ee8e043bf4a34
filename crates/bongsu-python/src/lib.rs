//! The extension module `bongsu._core`: what the Python face of the logging SDK leaves to Rust.
//!
//! In: calls of loggers, records of `logging`, durations. Out: whole lines in the files of one log home and on the console.
//! Must never know: the store, a query.

mod arguments;
mod bound;
mod call_handlers;
mod caller;
mod clockface;
mod console;
mod core;
mod entries;
mod extra;
mod face;
mod fault;
mod fields;
mod file;
mod gil;
mod given;
mod handled;
mod home;
mod leaving;
mod levels;
mod life;
mod line;
mod masking;
mod message;
mod met;
mod method;
mod peers;
mod plan;
mod record;
mod route;
mod run;
mod secret;
mod settings;
mod ship;
mod shown;
mod sink;
mod span;
mod standard;
mod stats;
mod task;
mod telling;
mod text;
mod trace;
mod turn;
mod version;
mod voice;
mod watch;
mod wrapped;

use pyo3::prelude::*;

/// One line a module: each adds its own functions and types.
#[pymodule(gil_used = true)]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    version::add(module)?;
    fault::add(module)?;
    core::add(module)?;
    sink::add(module)?;
    arguments::add(module)?;
    bound::add(module)?;
    route::add(module)?;
    record::add(module)?;
    handled::add(module)?;
    stats::add(module)?;
    home::add(module)?;
    settings::add(module)?;
    ship::add(module)?;
    life::add(module)?;
    line::add(module)?;
    trace::add(module)?;
    masking::add(module)?;
    secret::add_functions(module)?;
    shown::add(module)?;
    fields::add(module)?;
    voice::add(module)?;
    face::add(module)?;
    peers::add(module)?;
    wrapped::add(module)?;
    run::add(module)?;
    task::add(module)?;
    Ok(())
}
