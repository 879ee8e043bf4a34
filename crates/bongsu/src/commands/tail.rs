//! `bongsu tail`: records as they come in, oldest first.

use std::collections::HashMap;
use std::time::Duration;

use arrow::array::{Array, AsArray, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::error::ArrowError;
use bongsu_model::{Dataset, Timestamp, column};
use bongsu_query::{Engine, Found, QueryError, SearchRequest};
use bongsu_server::signals;
use clap::Args;
use futures::TryStreamExt;

use super::search::tell_notes;
use crate::context::Context;
use crate::exit::Exit;
use crate::fault::{Failure, Fault};
use crate::rows::{Highlight, Stream};
use crate::storage::{engine, reader};

/// Arguments of `tail`.
#[derive(Debug, Args)]
pub(crate) struct TailArgs {
    #[arg(value_name = "QUERY")]
    query: Option<String>,
    #[arg(long, short, value_name = "NAME", default_value = Dataset::DEFAULT)]
    dataset: Dataset,
    #[arg(long, short = 'n', value_name = "N", default_value_t = 10)]
    lines: usize,
}

/// Time between two looks.
const POLL: Duration = Duration::from_millis(500);

/// How far back a look reaches behind the newest record shown, microseconds: records become visible in another order
/// than they came in.
const OVERLAP: i64 = 5_000_000;

/// Shows the newest records, then those that come in, until Ctrl-C.
pub(crate) fn run(args: &TailArgs, context: &Context) -> Result<Exit, Failure> {
    let query = args.query.clone().unwrap_or_default();
    let highlight = Highlight::of(&query);
    let mut stream = Stream::new(&highlight, context);
    let engine = engine(context, reader(context)?)?;
    context.block_on(async {
        let mut stop = std::pin::pin!(signals()?);
        let mut tail = Tail { engine, args, query, since: context.clock.now(), seen: HashMap::new() };
        if let Some(rows) = tail.newest(context).await? {
            stream.write(&rows)?;
        }
        context.console.note(&context.console.words.say("tail-follows"));
        loop {
            tokio::select! {
                () = &mut stop => return Ok(Exit::Done),
                () = tokio::time::sleep(POLL) => {}
            }
            if let Some(rows) = tail.fresh(context).await? {
                stream.write(&rows)?;
            }
        }
    })
}

/// How far the records have been shown, by the time they came in.
struct Tail<'a> {
    engine: Engine,
    args: &'a TailArgs,
    query: String,
    /// What came in before this is not looked for.
    since: Timestamp,
    /// Records shown that came in at `since` or later: their ids and when they came in, microseconds.
    seen: HashMap<String, i64>,
}

impl Tail<'_> {
    async fn newest(&mut self, context: &Context) -> Result<Option<RecordBatch>, Failure> {
        self.ask(self.query.clone(), Some(self.args.lines), context).await
    }

    async fn fresh(&mut self, context: &Context) -> Result<Option<RecordBatch>, Failure> {
        let wanted = if self.query.trim().is_empty() { "*" } else { self.query.as_str() };
        let micros = Timestamp::from_micros(self.since.micros());
        let query = format!("({wanted}) AND {}:>=\"{micros}\"", column::OBSERVED_TIME);
        self.ask(query, None, context).await
    }

    /// The rows that were not shown before, oldest first; none when there are none.
    async fn ask(
        &mut self,
        query: String,
        limit: Option<usize>,
        context: &Context,
    ) -> Result<Option<RecordBatch>, Failure> {
        let request = SearchRequest {
            limit,
            dataset: self.args.dataset.clone(),
            zone: context.zone(),
            now: context.clock.now(),
            ..SearchRequest::new(query)
        };
        let Found { rows, notes } = self.engine.find(&request).await?;
        // Said once, with the first rows.
        if limit.is_some() {
            tell_notes(&notes, &context.console);
        }
        let schema = rows.schema();
        let batches: Vec<RecordBatch> = rows.try_collect().await.map_err(QueryError::from)?;
        let rows = concat_batches(&schema, &batches).map_err(unshown)?;
        self.unseen(&rows).map_err(|error| unshown(error).into())
    }

    /// Takes the rows that were not shown before, and remembers them.
    fn unseen(&mut self, rows: &RecordBatch) -> Result<Option<RecordBatch>, ArrowError> {
        let ids = rows.column_by_name(column::ID).and_then(|ids| ids.as_string_view_opt());
        let times = rows.column_by_name(column::OBSERVED_TIME);
        let times = times.and_then(|times| times.as_primitive_opt::<TimestampMicrosecondType>());
        let (Some(ids), Some(times)) = (ids, times) else { return Ok(None) };
        let mut latest = self.since.micros();
        let mut fresh = Vec::new();
        for row in (0..rows.num_rows()).rev() {
            let id = if ids.is_valid(row) { ids.value(row) } else { "" };
            latest = latest.max(times.value(row));
            if self.seen.insert(id.to_owned(), times.value(row)).is_none() {
                fresh.push(row as u32);
            }
        }
        let floor = self.since.micros().max(latest.saturating_sub(OVERLAP));
        self.seen.retain(|_, time| *time >= floor);
        self.since = Timestamp::from_micros(floor);
        if fresh.is_empty() {
            return Ok(None);
        }
        take_record_batch(rows, &UInt32Array::from(fresh)).map(Some)
    }
}

fn unshown(error: ArrowError) -> Fault {
    Fault::Rows(error.into())
}
