//! Rows newest first, without sorting all of them: time is cut into slices, the newest one is read, sorted and given
//! out, then the next, until there are rows enough.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::SortOptions;
use bongsu_index::Ask;
use bongsu_model::{TimeRange, column};
use bongsu_store::Snapshot;
use datafusion::common::DFSchema;
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::MemoryLimit;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::{LexOrdering, PhysicalExpr, PhysicalSortExpr, conjunction};
use datafusion::physical_plan::expressions::col;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, execute_stream};
use futures::StreamExt;

use crate::asks;
use crate::candidates::{self, Candidate};
use crate::lower;
use crate::prune;
use crate::scan::{Access, Scan};
use crate::slices::Slices;

/// Rows of a slice when all rows are wanted: what one sort holds in memory, so that it seldom needs the disk.
const SORTED: std::ops::RangeInclusive<f64> = 8_192.0..=131_072.0;
/// Bytes of memory that a question must have for each row of such a slice: a row of many columns, twice.
const ROW: usize = 4_096;
/// Rows of the first slice when only some rows are wanted.
const FIRST: std::ops::RangeInclusive<f64> = 16_384.0..=524_288.0;
/// How many times the wanted rows the first slice has when every row in it is wanted: rows do not lie evenly in time.
const SPARE: f64 = 3.0;
/// How many times larger the next slice is when one held nothing.
const GROWTH: f64 = 8.0;
/// Up to so many wanted rows are kept in a heap; more are sorted, on disk if need be.
const HEAP: usize = 10_000;

/// A search that runs from the newest row to the oldest.
pub(crate) struct Newest {
    state: SessionState,
    access: Access,
    snapshot: Arc<Snapshot>,
    /// Files with rows that may be wanted.
    files: Vec<Candidate>,
    range: TimeRange,
    predicate: Option<Arc<dyn PhysicalExpr>>,
    columns: DFSchema,
    ordering: LexOrdering,
    slices: Slices,
    /// Rows still wanted.
    left: Option<usize>,
    /// Rows of the slices read so far, about, and how many of them were found.
    read: f64,
    found: usize,
    wanted: f64,
    /// Rows of a slice that is sorted as a whole.
    sorted: f64,
    rows: Option<SendableRecordBatchStream>,
}

impl Newest {
    pub(crate) fn new(
        state: SessionState,
        access: Access,
        snapshot: Arc<Snapshot>,
        filter: Option<Expr>,
        range: TimeRange,
        limit: Option<usize>,
    ) -> Result<Self> {
        let columns = DFSchema::try_from(Arc::clone(&snapshot.schema))?;
        let ask = filter.as_ref().map_or(Ask::Unknown, asks::ask);
        let predicate = filter.map(|filter| state.create_physical_expr(filter, &columns)).transpose()?;
        let files = candidates::judge(&prune::by_time(&snapshot.files, &range), &ask, &access.indexes);
        let slices = Slices::new(&files, &snapshot.live, &range);
        let memory = match state.runtime_env().memory_pool.memory_limit() {
            MemoryLimit::Finite(bytes) => bytes,
            _ => usize::MAX,
        };
        let sorted = ((memory / ROW) as f64).clamp(*SORTED.start(), *SORTED.end());
        let wanted = match limit {
            Some(limit) if limit <= HEAP && all_sure(&files, &snapshot.live) => limit as f64 * SPARE,
            Some(limit) if limit <= HEAP => (limit as f64 * GROWTH).clamp(*FIRST.start(), *FIRST.end()),
            _ => sorted,
        };
        let ordering = newest_first(&snapshot)?;
        Ok(Self {
            state,
            access,
            snapshot,
            files,
            range,
            predicate,
            columns,
            ordering,
            slices,
            left: limit,
            read: 0.0,
            found: 0,
            wanted,
            sorted,
            rows: None,
        })
    }

    /// The rows found.
    pub(crate) fn stream(self) -> SendableRecordBatchStream {
        let schema = Arc::clone(&self.snapshot.schema);
        let batches = futures::stream::unfold(Some(self), |state| async {
            let mut search = state?;
            match search.next().await {
                Ok(None) => None,
                Ok(Some(batch)) => Some((Ok(batch), Some(search))),
                Err(error) => Some((Err(error), None)),
            }
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, batches))
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        while self.left != Some(0) {
            let Some(rows) = &mut self.rows else {
                let Some(slice) = self.slices.next(self.wanted) else { return Ok(None) };
                self.rows = Some(execute_stream(self.plan(&slice)?, self.state.task_ctx())?);
                continue;
            };
            match rows.next().await.transpose()? {
                Some(batch) if batch.num_rows() == 0 => {}
                Some(batch) => {
                    let rows = self.left.map_or(batch.num_rows(), |left| left.min(batch.num_rows()));
                    self.left = self.left.map(|left| left - rows);
                    self.found += rows;
                    return Ok(Some(batch.slice(0, rows)));
                }
                None => {
                    self.rows = None;
                    self.size_next_slice();
                }
            }
        }
        Ok(None)
    }

    /// The next slice is as large as it must be to hold the rows still wanted, if they lie as dense as before.
    fn size_next_slice(&mut self) {
        self.read += self.wanted;
        let Some(left) = self.left else { return };
        let grown = self.wanted * GROWTH;
        self.wanted = if self.found == 0 {
            grown
        } else {
            (left as f64 * self.read / self.found as f64 * 1.5).max(*FIRST.start()).min(grown.max(*FIRST.start()))
        };
        if left > HEAP {
            self.wanted = self.wanted.min(self.sorted);
        }
    }

    fn plan(&self, slice: &TimeRange) -> Result<Arc<dyn ExecutionPlan>> {
        let mut conditions = Vec::new();
        let inside = TimeRange { from: slice.from.max(self.range.from), to: slice.to.min(self.range.to) };
        if let Some(within) = lower::within(&inside) {
            conditions.push(self.state.create_physical_expr(within, &self.columns)?);
        }
        conditions.extend(self.predicate.clone());
        let scan = Scan {
            access: &self.access,
            schema: &self.snapshot.schema,
            files: self.files.iter().filter_map(|file| file.within(&inside)).collect(),
            live: &self.snapshot.live,
            projection: None,
            predicate: (!conditions.is_empty()).then(|| conjunction(conditions)),
        };
        let plan = scan.plan(self.state.config_options())?;
        let heap = self.left.filter(|left| *left <= HEAP);
        let many = plan.output_partitioning().partition_count() > 1;
        let sort = SortExec::new(self.ordering.clone(), plan).with_preserve_partitioning(many).with_fetch(heap);
        if !many {
            return Ok(Arc::new(sort));
        }
        Ok(Arc::new(SortPreservingMergeExec::new(self.ordering.clone(), Arc::new(sort)).with_fetch(self.left)))
    }
}

/// Whether nearly every row that may be wanted surely is.
fn all_sure(files: &[Candidate], live: &[RecordBatch]) -> bool {
    let shares = files.iter().flat_map(Candidate::shares);
    let (may, must) = shares.fold((0, 0), |(may, must), share| (may + share.1, must + share.2));
    live.is_empty() && may > 0 && must * 10 >= may * 9
}

/// Rows of one time stay in one order, whichever files they lie in.
fn newest_first(snapshot: &Snapshot) -> Result<LexOrdering> {
    let options = SortOptions { descending: true, nulls_first: false };
    let by = |name: &str| Ok(PhysicalSortExpr { expr: col(name, &snapshot.schema)?, options });
    let keys: Vec<PhysicalSortExpr> =
        [column::TIME, column::TIME_NS, column::ID].into_iter().map(by).collect::<Result<_>>()?;
    LexOrdering::new(keys).ok_or_else(|| datafusion::error::DataFusionError::Internal("rows have no order".into()))
}
