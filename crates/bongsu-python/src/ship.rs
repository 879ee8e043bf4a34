//! Records on their way to a server.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bongsu_log::level_number;
use bongsu_log::ship::{Ship, WhenFull};
use bongsu_model::Clock;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::fault::{BongsuError, bongsu_error};
use crate::sink::{Out, Sink};

/// Adds the type.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Shipper>()
}

/// What ships, and what its options say of how long that may take. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Shipping {
    shipper: bongsu_log::ship::Shipper,
    /// Whether a call may wait for room.
    waits: bool,
    flush_for: Duration,
    level: u8,
}

impl Shipping {
    pub(crate) fn start(ship: Ship, home: &Path, clock: Arc<dyn Clock>) -> PyResult<Self> {
        let (waits, flush_for) = (matches!(ship.when_full, WhenFull::Block(_)), ship.flush_for);
        let level = level_number(&ship.level);
        let shipper = bongsu_log::ship::Shipper::start(ship, home, clock).map_err(|error| bongsu_error(&error))?;
        Ok(Self { shipper, waits, flush_for, level })
    }

    /// Hands over a line of JSON.
    pub(crate) fn write(&self, py: Python<'_>, line: &[u8]) {
        if self.waits {
            // Other threads of the program go on meanwhile.
            py.detach(|| self.shipper.own_line(line));
        } else {
            self.shipper.own_line(line);
        }
    }
}

/// What a program holds of shipping: `bongsu.shipper()`.
#[pyclass(frozen, module = "bongsu")]
pub(crate) struct Shipper(pub(crate) Shipping);

#[pymethods]
impl Shipper {
    /// What became of the records in this process: `handed` over, `sent`, `refused` by the server, `damaged` in the spool,
    /// `dropped_oldest` and `dropped_newest` for want of room, `failed` to be written, and the bytes that wait in the spool
    /// (`spooled_bytes`); `retried` requests, and calls that were `blocked`.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let stats = self.0.shipper.stats();
        let counts = PyDict::new(py);
        for (name, count) in [
            ("handed", stats.handed),
            ("sent", stats.sent),
            ("spooled_bytes", stats.spooled_bytes),
            ("dropped_oldest", stats.dropped_oldest),
            ("dropped_newest", stats.dropped_newest),
            ("refused", stats.refused),
            ("damaged", stats.damaged),
            ("failed", stats.failed),
            ("retried", stats.retried),
            ("blocked", stats.blocked),
        ] {
            counts.set_item(name, count)?;
        }
        Ok(counts)
    }

    /// Why nothing could be sent the last time; `None` while all goes well.
    fn trouble(&self) -> Option<String> {
        self.0.shipper.trouble()
    }

    /// Sends everything there is, for at most `longest` seconds (without them, `flush_for` of the configuration); whether nothing is left.
    #[pyo3(signature = (longest = None))]
    fn flush(&self, py: Python<'_>, longest: Option<f64>) -> PyResult<bool> {
        let longest = match longest {
            None => self.0.flush_for,
            Some(seconds) => Duration::try_from_secs_f64(seconds)
                .map_err(|_| BongsuError::new_err(format!("flush({seconds}): longest takes seconds, such as 2.5")))?,
        };
        Ok(py.detach(|| self.0.shipper.flush(longest)))
    }

    /// Sends what it can for `flush_for` and stops; the rest stays in the spool for the next start.
    fn shutdown(&self, py: Python<'_>) {
        py.detach(|| self.0.shipper.shutdown());
    }

    /// The least level that is shipped.
    #[getter]
    fn level(&self) -> u8 {
        self.0.level
    }

    /// What a handler writes to that ships its records.
    fn sink(&self) -> Sink {
        Sink { layout: bongsu_log::Layout::Json, out: Out::Ship(self.0.clone()) }
    }
}
