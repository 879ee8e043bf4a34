//! Where lines go: a file of the log home, or the console.

use std::path::PathBuf;

use bongsu_format::render::{Layout, Template};
use pyo3::prelude::*;

use crate::console::{Console, Stream};
use crate::fault::{BongsuError, bongsu_error};
use crate::file::{Every, File, Limit, Wish};
use crate::levels::Levels;
use crate::ship::Shipping;

/// Adds the type.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Sink>()
}

/// What a handler writes to, and in which layout.
#[pyclass(frozen, module = "bongsu._core")]
pub(crate) struct Sink {
    pub(crate) layout: Layout,
    pub(crate) out: Out,
}

pub(crate) enum Out {
    File(File),
    Console(Console),
    /// The file of the record's level.
    Levels(Box<Levels>),
    /// A server; always in JSON.
    Ship(Shipping),
}

#[pymethods]
impl Sink {
    /// A file, and how it is kept.
    #[staticmethod]
    #[pyo3(signature = (path, layout, *, rotation = None, retention = None, compression = None, archive = None, sync = None, mode = None))]
    #[expect(clippy::too_many_arguments, reason = "each is a keyword in Python")]
    fn file(
        path: PathBuf,
        layout: &str,
        rotation: Option<&Bound<'_, PyAny>>,
        retention: Option<&Bound<'_, PyAny>>,
        compression: Option<String>,
        archive: Option<PathBuf>,
        sync: Option<Every>,
        mode: Option<String>,
    ) -> PyResult<Self> {
        let layout = self::layout(layout)?;
        let rotation = Limit::of("rotation", rotation, 1, ROTATION)?;
        let retention = Limit::of("retention", retention, 0, RETENTION)?;
        let wish = Wish { rotation, retention, compression, archive, sync, mode };
        Ok(Self { layout, out: Out::File(File::open(&path, wish)?) })
    }

    /// The console: whatever `sys.stdout` is when a line is written. Colours: `None` asks whether it is a terminal.
    #[staticmethod]
    #[pyo3(signature = (layout, colours = None))]
    fn console(layout: &str, colours: Option<bool>) -> PyResult<Self> {
        Ok(Self { layout: self::layout(layout)?, out: Out::Console(Console::new(Stream::Stdout, colours)) })
    }

    /// Whether it is the console and no file.
    #[getter]
    pub(crate) fn is_console(&self) -> bool {
        matches!(self.out, Out::Console(_))
    }

    /// Whether its lines are for a machine: a formatter of the program's does not count.
    #[getter]
    fn is_shipped(&self) -> bool {
        matches!(self.out, Out::Ship(_))
    }

    /// Puts what was written so far where it belongs.
    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        match &self.out {
            Out::File(file) => Ok(py.detach(|| file.flush())?),
            Out::Levels(levels) => Ok(py.detach(|| levels.flush())?),
            Out::Console(_) => {
                crate::console::flush(py);
                Ok(())
            }
            // It is in the spool.
            Out::Ship(_) => Ok(()),
        }
    }
}

impl Sink {
    /// Whether its lines say where a call stands.
    pub(crate) fn names_the_place(&self) -> bool {
        matches!(self.layout, Layout::Detailed | Layout::Json | Layout::Template(_))
    }

    /// Whether its lines hold the program's own fields.
    pub(crate) fn has_fields(&self) -> bool {
        matches!(self.layout, Layout::Json | Layout::Template(_))
    }

    /// Writes lines that are ready, to the console in the colour of `level`.
    pub(crate) fn write(
        &self,
        py: Python<'_>,
        core: &crate::core::Core,
        nanos: i64,
        level: i64,
        lines: &[u8],
    ) -> PyResult<()> {
        match &self.out {
            Out::File(file) => Ok(file.write(lines)?),
            Out::Console(console) => console.write(py, core, nanos, level, lines),
            Out::Levels(levels) => Ok(levels.write(level, lines)?),
            Out::Ship(shipping) => {
                shipping.write(py, lines);
                Ok(())
            }
        }
    }
}

const ROTATION: &str = "bytes from 1 on, a size such as '10 MiB', times such as '00:00' or '1 week', or 'never'";
const RETENTION: &str = "a number of files, or words such as '10 files, 30 days, 2 GB' or 'all'";

fn layout(name: &str) -> PyResult<Layout> {
    Ok(match name {
        "detailed" => Layout::Detailed,
        "simple" => Layout::Simple,
        "component" => Layout::Component,
        "performance" => Layout::Performance,
        "json" => Layout::Json,
        word if !word.contains('{') => {
            return Err(BongsuError::new_err(format!(
                "unknown layout `{word}`: expected detailed, simple, component, performance, json, or a template with places such as `{{message}}`"
            )));
        }
        template => Layout::Template(template.parse::<Template>().map_err(|error| bongsu_error(&error))?),
    })
}
