//! The questions that an analysis asks of an engine.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use bongsu_model::{Dataset, column};
use bongsu_query::{Engine, QueryError};
use futures::StreamExt;

use crate::{
    DailyReport, ErrorAnalysis, ErrorTally, Health, InsightError, LogFiles, PerformanceAnalysis, PerformanceTally,
    Rules, Window, Words,
};

/// Error analysis of `dataset`; `files` are looked into for the line numbers of the critical errors that it lists.
///
/// A store that has nothing in the default dataset has no errors; another dataset that is not there is an error.
pub async fn errors(
    engine: &Engine,
    dataset: &Dataset,
    window: &Window,
    rules: &Rules,
    files: &dyn LogFiles,
) -> Result<ErrorAnalysis, InsightError> {
    let mut tally = ErrorTally::new(window, rules);
    // A record as it was sent can only be told from all of its columns.
    let condition = format!(
        "({severity} >= 17 OR ({severity} IS NULL AND ({source} LIKE '%/error/%' OR {source} LIKE 'error/%')))",
        severity = column::SEVERITY,
        source = column::SOURCE,
    );
    each(engine, dataset, window, "*", &condition, &mut |rows| tally.push_batch(rows)).await?;
    let mut found = tally.finish();
    found.number_lines(files);
    Ok(found)
}

/// Performance analysis of `dataset`; see [`errors`] for one that is not there.
pub async fn performance(
    engine: &Engine,
    dataset: &Dataset,
    window: &Window,
) -> Result<PerformanceAnalysis, InsightError> {
    let mut tally = PerformanceTally::new(window);
    let columns = [
        column::TIME,
        column::TIME_NS,
        column::OBSERVED_TIME,
        column::SERVICE,
        column::LOGGER,
        column::SOURCE,
        column::OPERATION,
        column::DURATION,
    ];
    let condition = format!("{} IS NOT NULL AND {} IS NOT NULL", column::OPERATION, column::DURATION);
    each(engine, dataset, window, &columns.join(", "), &condition, &mut |rows| tally.push_batch(rows)).await?;
    Ok(tally.finish())
}

/// Health of `dataset`, told from its [`errors`] and its [`performance`].
pub async fn health(
    engine: &Engine,
    dataset: &Dataset,
    window: &Window,
    rules: &Rules,
) -> Result<Health, InsightError> {
    let errors = errors(engine, dataset, window, rules, &NoFiles).await?;
    let performance = performance(engine, dataset, window).await?;
    Ok(Health::of(window, &errors, &performance))
}

/// The daily report of `dataset`, its recommendations in `words`.
pub async fn daily(
    engine: &Engine,
    dataset: &Dataset,
    window: &Window,
    rules: &Rules,
    files: &dyn LogFiles,
    words: &dyn Words,
) -> Result<DailyReport, InsightError> {
    let errors = errors(engine, dataset, window, rules, files).await?;
    let performance = performance(engine, dataset, window).await?;
    Ok(DailyReport::of(window, errors, performance, words))
}

/// No log files: line numbers are not asked for.
struct NoFiles;

impl LogFiles for NoFiles {
    fn open(&self, _source: &str) -> Option<Box<dyn std::io::Read>> {
        None
    }
}

/// Hands the rows of `dataset` that may lie in the window to `take`, batch by batch.
async fn each(
    engine: &Engine,
    dataset: &Dataset,
    window: &Window,
    columns: &str,
    condition: &str,
    take: &mut (dyn FnMut(&RecordBatch) -> Result<(), ArrowError> + Send),
) -> Result<(), InsightError> {
    if *dataset == Dataset::default() && !engine.tables().datasets().map_err(QueryError::from)?.contains(dataset) {
        return Ok(());
    }
    let range = window.range();
    let sql = format!(
        "SELECT {columns} FROM \"{dataset}\" WHERE {condition} AND ({time} BETWEEN {from} AND {to} \
         OR ({time} = {observed} AND {source} IS NOT NULL))",
        time = column::TIME,
        observed = column::OBSERVED_TIME,
        source = column::SOURCE,
        from = literal(range.from.micros()),
        to = literal(range.to.micros()),
    );
    let mut rows = engine.sql(&sql).await?;
    while let Some(batch) = rows.next().await {
        take(&batch.map_err(QueryError::from)?)?;
    }
    Ok(())
}

fn literal(micros: i64) -> String {
    format!("arrow_cast({micros}, 'Timestamp(Microsecond, Some(\"UTC\"))')")
}
