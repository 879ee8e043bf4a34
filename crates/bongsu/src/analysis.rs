//! One analysis over a window: of the data directory, or of a log home without any store.

use std::path::{Path, PathBuf};

use bongsu_insight::{
    DailyReport, ErrorAnalysis, ErrorTally, PerformanceAnalysis, PerformanceTally, PlainFiles, Rule, Rules, Window,
};
use bongsu_model::Dataset;
use bongsu_query::Engine;
use bongsu_source::log_home::{Part, read_home};
use bongsu_source::{Gather, SourceError};

use crate::context::Context;
use crate::fault::{Failure, Fault};
use crate::journals::make_whole;
use crate::progress::Working;
use crate::report;
use crate::storage::{engine, reader};
use crate::text::local;
use crate::unstored::note_refused;

/// Where the records come from.
enum Records {
    Store(Box<Engine>, Dataset),
    Home(PathBuf),
}

/// What is asked of which records.
pub(crate) struct Analysis<'c> {
    context: &'c Context,
    records: Records,
    rules: Rules,
    /// The hours that are looked at.
    pub(crate) window: Window,
}

impl<'c> Analysis<'c> {
    /// An analysis of the log home `logs`, else of a dataset of the data directory.
    pub(crate) fn of(
        context: &'c Context,
        logs: Option<&Path>,
        dataset: &Dataset,
        window: Window,
    ) -> Result<Self, Failure> {
        let own = &context.settings().errors.rules.0;
        let rule = |rule: &crate::config::ErrorRule| Rule { name: rule.name.clone(), pattern: rule.pattern.clone() };
        let rules = Rules::new(&own.iter().map(rule).collect::<Vec<_>>())?;
        let records = match logs {
            Some(dir) if dir.is_dir() => {
                make_whole(dir, &context.console);
                Records::Home(dir.to_owned())
            }
            Some(dir) => return Err(Fault::NoFolder(dir.to_owned()).into()),
            None => Records::Store(Box::new(engine(context, reader(context)?)?), dataset.clone()),
        };
        Ok(Self { context, records, rules, window })
    }

    fn working(&self) -> Working {
        let console = &self.context.console;
        Working::new(console, console.words.say("analyze-working"))
    }

    /// What went wrong.
    pub(crate) fn errors(&self) -> Result<ErrorAnalysis, Failure> {
        let _working = self.working();
        match &self.records {
            Records::Store(engine, dataset) => {
                let asked = bongsu_insight::errors(engine, dataset, &self.window, &self.rules, &PlainFiles);
                Ok(self.context.block_on(asked)?)
            }
            Records::Home(dir) => {
                let mut tally = ErrorTally::new(&self.window, &self.rules);
                self.read(dir, Part::Errors, &mut |rows| tally.push_batch(rows))?;
                let mut errors = tally.finish();
                errors.number_lines(&PlainFiles);
                Ok(errors)
            }
        }
    }

    /// How long things took.
    pub(crate) fn performance(&self) -> Result<PerformanceAnalysis, Failure> {
        let _working = self.working();
        match &self.records {
            Records::Store(engine, dataset) => {
                Ok(self.context.block_on(bongsu_insight::performance(engine, dataset, &self.window))?)
            }
            Records::Home(dir) => {
                let mut tally = PerformanceTally::new(&self.window);
                self.read(dir, Part::Performance, &mut |rows| tally.push_batch(rows))?;
                Ok(tally.finish())
            }
        }
    }

    /// Both of them.
    pub(crate) fn both(&self) -> Result<(ErrorAnalysis, PerformanceAnalysis), Failure> {
        Ok((self.errors()?, self.performance()?))
    }

    /// The daily report in the reader's language.
    pub(crate) fn daily(&self) -> Result<DailyReport, Failure> {
        let (errors, performance) = self.both()?;
        let words = |advice: &bongsu_insight::Advice| report::advice(advice, &self.context.console.words);
        Ok(DailyReport::of(&self.window, errors, performance, &words))
    }

    /// Says, where nothing was `found`, that no record lies in these hours, and when the newest one does: what has no records is
    /// not well, it is unknown.
    pub(crate) fn tell_elsewhere(&self, found: u64) {
        let Records::Store(_, dataset) = &self.records else { return };
        if found > 0 {
            return;
        }
        let Ok(stats) = bongsu_store::stats(&self.context.data) else { return };
        let held = stats.datasets.into_iter().find(|held| held.dataset == *dataset).and_then(|held| held.time);
        let Some(held) = held.filter(|held| !self.window.range().overlaps(held.from, held.to)) else { return };
        let newest = local(held.to, &self.window.zone);
        let day = newest.split(' ').next().unwrap_or_default().to_owned();
        let values = [("dataset", dataset.as_str().into()), ("newest", newest.as_str().into()), ("day", day.into())];
        self.context.console.hint("analyze-elsewhere", &values);
    }

    fn read(
        &self,
        dir: &Path,
        part: Part,
        take: &mut dyn FnMut(&arrow::array::RecordBatch) -> Result<(), arrow::error::ArrowError>,
    ) -> Result<(), Failure> {
        let max_line = usize::try_from(self.context.settings().ingest.max_line.0).unwrap_or(usize::MAX);
        let without = Some(self.context.data.clone());
        let options = Gather { zone: self.window.zone.clone(), max_line, without, ..Gather::default() };
        let mut wrong = None;
        let report = read_home(dir, part, &options, &*self.context.clock, &mut |rows| {
            if let Err(error) = take(&rows) {
                wrong.get_or_insert(error);
            }
        })?;
        note_refused(&report, &self.context.console);
        wrong.map_or(Ok(()), |error| Err(SourceError::Columns(error.to_string()).into()))
    }
}
