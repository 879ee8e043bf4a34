//! The engine: one question in, one stream of rows out.

use std::sync::Arc;

use bongsu_model::{Dataset, Timestamp};
use bongsu_store::{Snapshot, Tables};
use datafusion::catalog::CatalogProviderList;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::{Expr, Operator};
use datafusion::physical_plan::execute_stream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::SessionContext;
use futures::TryStreamExt;
use jiff::tz::TimeZone;

use crate::catalog::{self, Catalog};
use crate::context;
use crate::error::QueryError;
use crate::filter::Filter;
use crate::guard::Guard;
use crate::limits::Limits;
use crate::lower::{self, Lowering};
use crate::matcher::Matcher;
use crate::newest::Newest;
use crate::parse::parse;
use crate::patterns::{Counting, PatternCounts, Patterns, PatternsRequest};
use crate::planning;
use crate::provider::DatasetTable;
use crate::request::{Found, SearchNote, SearchRequest};
use crate::session::{self, Sessions};
use crate::sql;
use crate::stop::Stop;
use crate::workers::Workers;

/// Answers searches and SQL over the datasets of a store. Cheap to share: wrap it in an [`Arc`].
///
/// Its methods must be called inside a Tokio runtime with time enabled.
#[derive(Debug)]
pub struct Engine {
    tables: Arc<dyn Tables>,
    limits: Limits,
    sessions: Sessions,
    workers: Workers,
}

impl Engine {
    /// An engine over `tables`; fails when the folder for temporary files cannot be used.
    pub fn new(tables: Arc<dyn Tables>, limits: Limits) -> Result<Self, QueryError> {
        let sessions = Sessions::new(&limits)?;
        let workers = Workers::new(sessions.threads())?;
        Ok(Self { tables, limits, sessions, workers })
    }

    /// The datasets this engine reads.
    pub fn tables(&self) -> &Arc<dyn Tables> {
        &self.tables
    }

    /// What one question may cost.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The rows that match, newest first. Errors on the way come through the stream; [`QueryError::from`] reads them.
    pub async fn search(&self, request: &SearchRequest) -> Result<SendableRecordBatchStream, QueryError> {
        Ok(self.find(request).await?.rows)
    }

    /// As [`Engine::search`], together with what the search's author should know.
    pub async fn find(&self, request: &SearchRequest) -> Result<Found, QueryError> {
        let filter = parse(&request.query)?;
        let snapshot = Arc::new(self.snapshot(&request.dataset).await?);
        let (expr, notes) = lowered(&filter, &request.query, &snapshot, request.now, &request.zone)?;
        let access = self.sessions.access();
        let stop = Stop::default();
        let guard = Guard::new(&self.limits, access.opened.clone(), &stop);
        let (columns, bytes) = (snapshot.schema.fields().len(), session::row_bytes(&snapshot));
        let state = session::fitted(self.sessions.session(None, stop)?, columns, bytes);
        if request.context == 0 {
            let newest = Newest::new(state, access, snapshot, expr, request.range, request.limit)?;
            return Ok(Found { rows: guard.stream(self.workers.stream(newest.stream())?), notes });
        }
        let limit = Some(request.limit.unwrap_or(usize::MAX).min(context::MAX_HITS));
        let lines = request.context.min(context::MAX_LINES);
        let schema = context::schema(&snapshot.schema);
        let table = Arc::new(DatasetTable::new(Arc::clone(&snapshot), access.clone()));
        let hits = Newest::new(state.clone(), access, snapshot, expr, request.range, limit)?.stream();
        let around = context::around(state, table, Arc::clone(&schema), hits, lines);
        let rows = futures::stream::once(around).try_flatten();
        let rows = Box::pin(RecordBatchStreamAdapter::new(schema, rows));
        Ok(Found { rows: guard.stream(self.workers.stream(rows)?), notes })
    }

    /// How many rows match. The limit and the context of the search do not matter.
    pub async fn count(&self, request: &SearchRequest) -> Result<u64, QueryError> {
        let filter = parse(&request.query)?;
        let snapshot = self.snapshot(&request.dataset).await?;
        let (filter, _) = lowered(&filter, &request.query, &snapshot, request.now, &request.zone)?;
        let access = self.sessions.access();
        let stop = Stop::default();
        let mut guard = Guard::new(&self.limits, access.opened.clone(), &stop);
        let session = SessionContext::new_with_state(self.sessions.session(None, stop)?);
        let table = Arc::new(DatasetTable::new(Arc::new(snapshot), access));
        let conditions = filter.into_iter().chain(lower::within(&request.range)).collect();
        let work = async move {
            let rows = session.read_table(table)?;
            let rows = match lower::joined(conditions, Operator::And) {
                Some(condition) => rows.filter(condition)?,
                None => rows,
            };
            rows.count().await.map(|count| count as u64)
        };
        guard.run(self.workers.run(work)).await
    }

    /// What says of rows whether a search finds them. Its limit and its context do not matter.
    pub async fn matcher(&self, request: &SearchRequest) -> Result<Matcher, QueryError> {
        let filter = parse(&request.query)?;
        let snapshot = self.snapshot(&request.dataset).await?;
        let lowered = lowered(&filter, &request.query, &snapshot, request.now, &request.zone)?;
        let state = self.sessions.session(None, Stop::default())?;
        Matcher::new(&state, &snapshot, lowered, request.range, self.sessions.access().indexes)
    }

    /// What the messages that match have in common, the most frequent pattern first. Rows that an index can count are not
    /// read.
    pub async fn patterns(&self, request: &PatternsRequest) -> Result<Patterns, QueryError> {
        let work = |counting: Counting| async move {
            let counts = counting.count(PatternCounts::default()).await?;
            counting.finish(counts).await
        };
        self.counting(request, work).await
    }

    /// Counts the messages that match on top of `counts`, for [`PatternCounts::finish`].
    pub async fn count_patterns(
        &self,
        request: &PatternsRequest,
        counts: PatternCounts,
    ) -> Result<PatternCounts, QueryError> {
        self.counting(request, |counting| async move { counting.count(counts).await }).await
    }

    /// Does `work` over the rows that `request` is about.
    async fn counting<T, F>(&self, request: &PatternsRequest, work: impl FnOnce(Counting) -> F) -> Result<T, QueryError>
    where
        T: Send + 'static,
        F: Future<Output = datafusion::error::Result<T>> + Send + 'static,
    {
        let filter = parse(&request.query)?;
        let snapshot = self.snapshot(&request.dataset).await?;
        let (filter, notes) = lowered(&filter, &request.query, &snapshot, request.now, &request.zone)?;
        let access = self.sessions.access();
        let stop = Stop::default();
        let mut guard = Guard::new(&self.limits, access.opened.clone(), &stop);
        let state = self.sessions.session(None, stop)?;
        let request = request.clone();
        let counting = Counting { state, access, snapshot, request, filter, notes };
        guard.run(self.workers.run(work(counting))).await
    }

    async fn snapshot(&self, dataset: &Dataset) -> Result<Snapshot, QueryError> {
        let (tables, dataset) = (Arc::clone(&self.tables), dataset.clone());
        tokio::task::spawn_blocking(move || catalog::snapshot(tables.as_ref(), &dataset))
            .await
            .map_err(QueryError::internal)?
    }

    /// The answer to one SQL statement that reads: `SELECT`, `EXPLAIN`, `SHOW` or `DESCRIBE`. Every dataset is a table;
    /// names with `-` or `.` stand in double quotes. Each table is looked at once, however often it is named.
    pub async fn sql(&self, sql: &str) -> Result<SendableRecordBatchStream, QueryError> {
        let access = self.sessions.access();
        let stop = Stop::default();
        let mut guard = Guard::new(&self.limits, access.opened.clone(), &stop);
        let tables = Arc::clone(&self.tables);
        let catalog =
            tokio::task::spawn_blocking(move || Catalog::new(tables, access)).await.map_err(QueryError::internal)??;
        let mut state = self.sessions.session(Some(Arc::new(catalog.clone()) as Arc<dyn CatalogProviderList>), stop)?;
        if let Some(heap) = self.limits.heap {
            state.register_relation_planner(Arc::new(planning::WatchTables::new(sql, heap)))?;
        }
        let sql = sql.to_owned();
        let work = async move {
            let _room = planning::room_for(&sql, &state)?;
            let plan = sql::plan(&state, &catalog, &sql).await.map_err(QueryError::into_stream)?;
            let wrong = |error| sql::wrong(&error, &catalog).into_stream();
            let plan = state.optimize(&plan).map_err(wrong)?;
            let state = session::fitted(state, session::widest(&plan), catalog.row_bytes());
            let plan = state.query_planner().create_physical_plan(&plan, &state).await.map_err(wrong)?;
            execute_stream(plan, state.task_ctx())
        };
        let rows = guard.run(self.workers.run(work)).await?;
        Ok(guard.stream(self.workers.stream(rows)?))
    }
}

/// The expression that is true for the rows that `filter` wants, none when it wants all; and what the author of `query`
/// should know.
fn lowered(
    filter: &Filter,
    query: &str,
    snapshot: &Snapshot,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<(Option<Expr>, Vec<SearchNote>), QueryError> {
    if *filter == Filter::All {
        return Ok((None, vec![]));
    }
    let mut lowering = Lowering { query, schema: &snapshot.schema, now, zone, notes: vec![] };
    let expr = lowering.lower(filter)?;
    Ok((Some(expr), lowering.notes))
}
