//! Runs of a function with `#[log_execution]`.

use std::fmt::{Debug, Write};

use bongsu_model::Level;

use super::{Failure, Running, Shown, cut_short};
use crate::{Logging, Metadata, Site};

/// What is known of a function before it runs.
#[derive(Debug)]
pub struct Executed {
    /// Name of the logger.
    pub component: &'static str,
    /// Its file in `app/`.
    pub log_file: Option<&'static str>,
    /// The least level that is written.
    pub level: Level,
    /// The function.
    pub site: Site,
    /// Number of arguments, the receiver not counted.
    pub args: usize,
}

/// One run of a function.
#[derive(Debug)]
#[must_use]
pub struct Execution {
    function: Executed,
    running: Option<Running>,
}

impl Execution {
    /// `Starting f`, with the arguments' values where they are given.
    pub fn begin(function: Executed, values: Option<&[&dyn Debug]>) -> Self {
        let mut running = Running::begin(function.component, function.log_file, function.level.clone());
        if let Some(running) = &mut running {
            let name = function.site.function;
            let (log, site) = (&running.logger, function.site);
            match values {
                Some(values) if log.is_on(&Level::Info) => {
                    let args = tuple(values, &running.logging);
                    log.log(&Level::Info, site, format_args!("Starting {name} with args: {args} kwargs: {{}}"));
                }
                _ => log.log(&Level::Info, site, format_args!("Starting {name}")),
            }
            running.began = running.logging.monotonic();
        }
        Self { function, running }
    }

    /// `Completed f in 0.123s` and the performance line.
    pub fn completed(mut self, result: Option<Shown>) {
        let Some(running) = self.running.take() else { return };
        let took = running.took();
        let (seconds, site) = (took.as_secs_f64(), self.function.site);
        let name = site.function;
        let result = result.map(|result| format!(" with result: {}", result.cut(&running.logging))).unwrap_or_default();
        running.logger.log(&Level::Info, site, format_args!("Completed {name} in {seconds:.3}s{result}"));
        let mut metadata = Metadata::new();
        metadata.insert("args_count".to_owned(), self.function.args.into());
        metadata.insert("kwargs_count".to_owned(), 0.into());
        // As the other lines of a run that is well, it is told from INFO on.
        if running.logger.is_on(&Level::Info)
            && running.logging.log_performance(self.function.component, name, took, Some(&metadata)).is_err()
        {
            running.logging.count_lost();
        }
    }

    /// `Failed f after 0.123s: error`, and its causes at DEBUG.
    pub fn failed(mut self, failure: &Failure) {
        self.fail(failure);
    }

    fn fail(&mut self, Failure { error, causes }: &Failure) {
        let Some(running) = self.running.take() else { return };
        let (seconds, site) = (running.took().as_secs_f64(), self.function.site);
        let name = site.function;
        running.logger.log(&Level::Error, site, format_args!("Failed {name} after {seconds:.3}s: {error}"));
        running.logger.log(&Level::Debug, site, format_args!("Full traceback for {name}: {causes}"));
    }
}

impl Drop for Execution {
    fn drop(&mut self) {
        if self.running.is_some() {
            self.fail(&cut_short());
        }
    }
}

/// `(1, "a")`, each value cut at 100 characters; a comma behind the only one, as both Rust and Python write it.
fn tuple(values: &[&dyn Debug], logging: &Logging) -> String {
    let mut text = String::from("(");
    for (nth, value) in values.iter().enumerate() {
        let shown = Shown::of(format_args!("{value:?}"), 100).cut(logging);
        let _ = write!(text, "{}{shown}", if nth == 0 { "" } else { ", " });
    }
    text.push_str(if values.len() == 1 { ",)" } else { ")" });
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Console};

    #[test]
    fn arguments_read_as_a_tuple_each_cut_at_100_characters() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { home: folder.path().to_owned(), console: Console::Off, ..Config::default() };
        let logging = Logging::start(config).unwrap();
        assert_eq!(tuple(&[], &logging), "()");
        assert_eq!(tuple(&[&1], &logging), "(1,)");
        assert_eq!(tuple(&[&1, &"a"], &logging), "(1, \"a\")");
        let long = "x".repeat(500);
        assert_eq!(tuple(&[&long, &2], &logging), format!("(\"{}, 2)", "x".repeat(99)));
    }
}
