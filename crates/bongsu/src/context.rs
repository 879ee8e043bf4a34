//! What every command is given: where the data lies, how to write, what is configured, what time it is.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use bongsu_model::{Clock, SystemClock};
use jiff::tz::TimeZone;
use tokio::runtime::Runtime;

use crate::cli::Global;
use crate::config::{Loaded, Settings};
use crate::console::Console;
use crate::fault::{Failure, Fault};

/// The surroundings of a command.
pub(crate) struct Context {
    /// Where to write.
    pub(crate) console: Console,
    /// The data directory.
    pub(crate) data: PathBuf,
    /// The configuration and where it came from.
    pub(crate) loaded: Loaded,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
    runtime: Runtime,
}

impl Context {
    /// Reads the configuration and starts the threads that do the work.
    pub(crate) fn new(console: Console, global: &Global) -> Result<Self, Failure> {
        let environment = |name: &str| std::env::var(name).ok();
        let loaded = Loaded::read(&global.data, global.config.as_deref(), environment)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Fault::Runtime)?;
        Ok(Self { console, data: global.data.clone(), loaded, clock: Arc::new(SystemClock), runtime })
    }

    /// The settings in effect.
    pub(crate) fn settings(&self) -> &Settings {
        &self.loaded.settings
    }

    /// The zone of times that name none, and of times shown to people.
    pub(crate) fn zone(&self) -> TimeZone {
        self.settings().time.zone.get()
    }

    /// Runs `work` to its end on this thread, with the worker threads beside it.
    pub(crate) fn block_on<F: Future>(&self, work: F) -> F::Output {
        self.runtime.block_on(work)
    }
}
