//! Patterns of files that are in no store: they are read and counted piece by piece, so that any file fits in memory.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arrow::array::RecordBatch;
use bongsu_format::Format;
use bongsu_model::{Dataset, Explain};
use bongsu_query::{PatternCounts, Patterns, PatternsRequest, parse};
use bongsu_source::{Gather, Report, SourceError, read};
use bongsu_store::{MemoryTables, Snapshot, StoreError, Tables};

use crate::console::Console;
use crate::context::Context;
use crate::fault::{Failure, Fault, phrase};
use crate::progress::Bar;
use crate::storage::engine;
use crate::text::number;

/// Refused inputs that are named.
const NAMED: usize = 10;

/// The records that are being counted.
#[derive(Debug, Default)]
struct Piece(Mutex<MemoryTables>);

impl Piece {
    fn tables(&self) -> MutexGuard<'_, MemoryTables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hold(&self, rows: &RecordBatch) -> Result<(), StoreError> {
        let tables = MemoryTables::new();
        tables.add(&Dataset::default(), rows)?;
        *self.tables() = tables;
        Ok(())
    }
}

impl Tables for Piece {
    fn datasets(&self) -> Result<Vec<Dataset>, StoreError> {
        self.tables().datasets()
    }

    fn snapshot(&self, dataset: &Dataset) -> Result<Snapshot, StoreError> {
        self.tables().snapshot(dataset)
    }
}

/// The patterns of a file, of the files in a folder, or of standard input (`-`).
pub(crate) fn patterns(
    path: &Path,
    format: Option<Format>,
    request: &PatternsRequest,
    context: &Context,
) -> Result<Patterns, Failure> {
    parse(&request.query)?;
    let piece = Arc::new(Piece::default());
    let engine = engine(context, Arc::clone(&piece) as Arc<dyn Tables>)?;
    let options = Gather {
        format,
        zone: context.zone(),
        settle: Duration::ZERO,
        max_line: usize::try_from(context.settings().ingest.max_line.0).unwrap_or(usize::MAX),
        without: Some(context.data.clone()),
        ..Gather::default()
    };
    let mut counts = PatternCounts::default();
    let bar = Bar::new(&context.console);
    let report = read(&[path.to_owned()], &options, &*context.clock, &bar, &mut |rows| {
        piece.hold(&rows).map_err(failed)?;
        let before = std::mem::take(&mut counts);
        counts = context.block_on(engine.count_patterns(request, before)).map_err(failed)?;
        Ok(())
    });
    bar.finish();
    tell_refused(&report?, &context.console)?;
    let mut found = counts.finish(request)?;
    // These records are in no dataset.
    let columns: Vec<usize> = (1..found.rows.num_columns()).collect();
    found.rows = found.rows.project(&columns).map_err(|error| Fault::Rows(error.into()))?;
    Ok(found)
}

fn failed(error: impl Explain + Send + Sync + 'static) -> SourceError {
    SourceError::Store(Box::new(error))
}

/// Says what could not be read; an error when that is everything.
fn tell_refused(report: &Report, console: &Console) -> Result<(), Fault> {
    if report.accepted == 0
        && let Some(input) = report.inputs_refused.first()
    {
        return Err(Fault::Unreadable { path: input.path.clone(), reason: input.reason.clone() });
    }
    note_refused(report, console);
    Ok(())
}

/// Says what could not be read beside what could.
pub(crate) fn note_refused(report: &Report, console: &Console) {
    let words = &console.words;
    let tell = |id: &str, count: u64| words.tell(id, &[("count", number(count).into()), ("n", count.into())]);
    let inputs = report.inputs_refused.len() as u64;
    if report.refused > inputs {
        console.note(&tell("ingest-refused", report.refused - inputs));
    }
    if inputs > 0 {
        console.note(&tell("ingest-refused-inputs", inputs));
        for input in report.inputs_refused.iter().take(NAMED) {
            console.note(&format!("  {}: {}", input.path.display(), phrase(&input.reason, words)));
        }
    }
    if report.without_data {
        console.note(&words.say("ingest-without-data"));
    }
}
