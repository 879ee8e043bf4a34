//! A piece of work whose beginning, end and duration are logged.

use std::error::Error;
use std::fmt::{self, Write};
use std::time::Duration;

use bongsu_model::Level;

use crate::{Logger, Logging, Metadata, Site, site};

/// Logs `{operation} started` when it begins, `… completed successfully in 0.123s` with a performance line when it is
/// completed, `… failed after 0.123s: error` when it fails. One that is dropped before either counts as failed.
///
/// ```
/// # use bongsu_log::{Config, Console, Logging};
/// # let folder = tempfile::tempdir()?;
/// # let logging = Logging::start(Config { home: folder.path().into(), console: Console::Off, ..Config::default() })?;
/// let rows = logging.context("features", "join_ratings", None)?.run(|context| {
///     context.add_metadata("tables", 2);
///     context.log_info("two tables read");
///     Ok::<_, std::io::Error>(20)
/// })?;
/// assert_eq!(rows, 20);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LogContext {
    logging: Logging,
    logger: Logger,
    component: String,
    operation: String,
    metadata: Metadata,
    began: Duration,
    ended: bool,
}

impl LogContext {
    pub(crate) fn begin(logging: Logging, logger: Logger, component: &str, operation: &str) -> Self {
        let began = logging.monotonic();
        logger.log(&Level::Info, site!(), format_args!("{operation} started"));
        let (component, operation) = (component.to_owned(), operation.to_owned());
        Self { logging, logger, component, operation, metadata: Metadata::new(), began, ended: false }
    }

    /// Does `work` and ends the context by how it turned out; its error goes on.
    pub fn run<T, E: Error>(mut self, work: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let result = work(&mut self);
        match &result {
            Ok(_) => self.complete(),
            Err(error) => self.fail(error),
        }
        result
    }

    /// Adds a value to the performance line; a second one of the same name takes the place of the first.
    pub fn add_metadata(&mut self, key: &str, value: impl Into<serde_json::Value>) {
        self.metadata.insert(key.to_owned(), value.into());
    }

    /// Writes `{operation} | message` at INFO.
    pub fn log_info(&self, message: impl fmt::Display) {
        self.logger.log(&Level::Info, site!(), format_args!("{} | {message}", self.operation));
    }

    /// Ends the context well.
    pub fn complete(mut self) {
        self.ended = true;
        let took = self.took();
        let seconds = took.as_secs_f64();
        let operation = &self.operation;
        self.logger.log(&Level::Info, site!(), format_args!("{operation} completed successfully in {seconds:.3}s"));
        // Fails only after shutdown, when the line before was counted as lost already.
        let _ = self.logging.log_performance(&self.component, operation, took, Some(&self.metadata));
    }

    /// Ends the context with what went wrong.
    pub fn fail(mut self, error: &dyn Error) {
        self.end_with(&error.to_string(), &chain(error), site!());
    }

    fn end_with(&mut self, error: &str, causes: &str, site: Site) {
        self.ended = true;
        let seconds = self.took().as_secs_f64();
        self.logger.log(&Level::Error, site, format_args!("{} failed after {seconds:.3}s: {error}", self.operation));
        self.logger.log(&Level::Debug, site, format_args!("Error traceback: {causes}"));
    }

    fn took(&self) -> Duration {
        self.logging.monotonic().saturating_sub(self.began)
    }
}

impl Drop for LogContext {
    fn drop(&mut self) {
        if !self.ended {
            let error = if std::thread::panicking() { "panicked" } else { "left before it was completed" };
            self.end_with(error, error, site!());
        }
    }
}

/// An error and its causes, one a line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, "\ncaused by: {error}");
        cause = error.source();
    }
    text
}
