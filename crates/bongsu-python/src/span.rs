//! The span of OpenTelemetry in which a record is made, where the program uses it.

use bongsu_format::render::Line;
use pyo3::prelude::*;
use pyo3::{ffi, intern};

use crate::core::get;
use crate::gil::letting_go;

/// Ids of a span, lower-case hex.
pub(crate) struct Span {
    trace: String,
    id: String,
}

impl Span {
    /// Has the line of a record name the span.
    pub(crate) fn name_in<'a>(of: Option<&'a Self>, line: Line<'a>) -> Line<'a> {
        of.map_or(line, |span| Line { trace_id: Some(&span.trace), span_id: Some(&span.id), ..line })
    }
}

/// The span that the caller runs in; none outside of any, and in programs that have not imported OpenTelemetry.
pub(crate) fn current(py: Python<'_>) -> Option<Span> {
    // SAFETY: the dictionary of all modules, borrowed; what it has is held from here on.
    let module = unsafe {
        let modules = ffi::PyImport_GetModuleDict();
        Bound::from_borrowed_ptr_or_opt(py, get(modules, intern!(py, "opentelemetry.trace").as_ptr()))
    };
    let module = module?;
    letting_go(move || ids(&module).ok().flatten())
}

fn ids(module: &Bound<'_, PyAny>) -> PyResult<Option<Span>> {
    let py = module.py();
    let span = module.call_method0(intern!(py, "get_current_span"))?;
    let context = span.call_method0(intern!(py, "get_span_context"))?;
    let trace: u128 = context.getattr(intern!(py, "trace_id"))?.extract()?;
    let id: u64 = context.getattr(intern!(py, "span_id"))?.extract()?;
    Ok((trace != 0 && id != 0).then(|| Span { trace: format!("{trace:032x}"), id: format!("{id:016x}") }))
}
