//! The session of the engine below in which one question runs: its memory, its functions, its tables.

use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch, StringViewArray};
use bongsu_store::Snapshot;
use datafusion::catalog::CatalogProviderList;
use datafusion::error::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::MemoryLimit;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionConfig;

use crate::bounded;
use crate::count::AddUpCounts;
use crate::error::QueryError;
use crate::indexes::Indexes;
use crate::limits::Limits;
use crate::memory::{Budget, Heap};
use crate::percentile;
use crate::planning;
use crate::reader::Opened;
use crate::scan::Access;
use crate::sketched::ShareSketches;
use crate::stop::{Stop, StopJoins};
use crate::sums::KnownSums;
use crate::watch::WatchHeap;

/// Bytes that a function may give for a batch, however little memory there is.
const LEAST_RESULT: usize = 4 << 20;

/// The catalog and the schema in which the datasets are tables.
pub(crate) const CATALOG: &str = "bongsu";
/// See [`CATALOG`].
pub(crate) const SCHEMA: &str = "public";

/// Makes sessions. What they share are functions, the caches of footers and indexes and the folder for temporary files.
pub(crate) struct Sessions {
    template: SessionState,
    runtime: Arc<RuntimeEnv>,
    indexes: Arc<Indexes>,
    sums: Arc<KnownSums>,
    budget: Budget,
    heap: Option<Heap>,
    threads: usize,
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sessions").field("budget", &self.budget).field("threads", &self.threads).finish_non_exhaustive()
    }
}

impl Sessions {
    pub(crate) fn new(limits: &Limits) -> std::result::Result<Self, QueryError> {
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let threads = limits.threads.unwrap_or_else(cores).max(1);
        let mode = match &limits.spill {
            Some(folder) => {
                std::fs::create_dir_all(folder)
                    .map_err(|error| QueryError::Spill { reason: format!("{}: {error}", folder.display()) })?;
                DiskManagerMode::Directories(vec![folder.clone()])
            }
            None => DiskManagerMode::OsTmpDirectory,
        };
        let disk = DiskManagerBuilder::default().with_mode(mode).with_max_temp_directory_size(limits.spill_bytes);
        let runtime = RuntimeEnvBuilder::new()
            .with_metadata_cache_limit(limits.footers)
            .with_disk_manager_builder(disk)
            .build_arc()
            .map_err(|error| QueryError::Spill { reason: error.strip_backtrace() })?;
        let mut config = SessionConfig::new()
            .with_target_partitions(threads)
            .with_information_schema(true)
            .with_create_default_catalog_and_schema(false)
            .with_default_catalog_and_schema(CATALOG, SCHEMA);
        let execution = &mut config.options_mut().execution;
        execution.parquet.pushdown_filters = true;
        // What a sort keeps free to merge what it put on disk must leave room for the sort itself.
        let reserved = limits.memory / (8 * threads);
        execution.sort_spill_reservation_bytes = execution.sort_spill_reservation_bytes.min(reserved);
        let mut template = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(Arc::clone(&runtime))
            .with_default_features()
            .with_optimizer_rule(Arc::new(AddUpCounts))
            .with_optimizer_rule(Arc::new(ShareSketches))
            .build();
        template.register_udaf(Arc::new(percentile::function())).map_err(QueryError::from)?;
        bounded::register(&mut template, (limits.memory / 4).max(LEAST_RESULT)).map_err(QueryError::from)?;
        if let Some(heap) = limits.heap {
            template = planning::watched(template, heap);
        }
        let indexes = Arc::new(Indexes::new(limits.indexes));
        let budget = Budget::new(limits.memory, limits.heap);
        Ok(Self { template, runtime, indexes, sums: Arc::default(), budget, heap: limits.heap, threads })
    }

    /// A session with a share of the memory, until `stop`; `tables` are there for SQL.
    pub(crate) fn session(&self, tables: Option<Arc<dyn CatalogProviderList>>, stop: Stop) -> Result<SessionState> {
        let runtime =
            RuntimeEnvBuilder::from_runtime_env(&self.runtime).with_memory_pool(self.budget.share()).build_arc()?;
        let mut builder = SessionStateBuilder::new_from_existing(self.template.clone())
            .with_runtime_env(runtime)
            .with_physical_optimizer_rule(Arc::new(StopJoins(stop)));
        if let Some(heap) = self.heap {
            builder = builder.with_physical_optimizer_rule(Arc::new(WatchHeap(heap)));
        }
        if let Some(tables) = tables {
            builder = builder.with_catalog_list(tables);
        }
        Ok(builder.build())
    }

    /// Threads that a question may use.
    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    /// What the scans of one question share.
    pub(crate) fn access(&self) -> Access {
        Access {
            footers: self.runtime.cache_manager.get_file_metadata_cache(),
            opened: Opened::new(self.heap),
            indexes: Arc::clone(&self.indexes),
            sums: Arc::clone(&self.sums),
            threads: self.threads,
        }
    }
}

/// Columns that a batch may have without being shorter than others.
const WIDE: usize = 64;
/// Rows of a batch, however wide they are.
const FEWEST: usize = 16;
/// What part of the memory of questions a batch may take.
const BATCH: usize = 8;

/// The session for rows of so many columns and bytes: the wider they are, the fewer are worked on at once. A batch takes
/// room for every cell, also for one that holds nothing.
pub(crate) fn fitted(mut state: SessionState, columns: usize, bytes: usize) -> SessionState {
    let config = std::mem::take(state.config_mut());
    let most = match state.runtime_env().memory_pool.memory_limit() {
        MemoryLimit::Finite(memory) => (memory / BATCH).clamp(1 << 20, 32 << 20),
        _ => usize::MAX,
    };
    let usual = config.batch_size();
    let rows = usual.min(usual * WIDE / columns.max(WIDE)).min(most / bytes.max(1)).max(FEWEST);
    *state.config_mut() = config.with_batch_size(rows);
    state
}

/// Bytes that a row of the widest file has, or of the rows that are in no file yet.
pub(crate) fn row_bytes(snapshot: &Snapshot) -> usize {
    let files = snapshot.files.iter().map(|file| file.raw_bytes / file.rows.max(1));
    let live = snapshot.live.iter().map(|rows| (texts(rows) / rows.num_rows().max(1)) as u64);
    usize::try_from(files.chain(live).max().unwrap_or_default()).unwrap_or(usize::MAX)
}

fn texts(rows: &RecordBatch) -> usize {
    let texts = rows.columns().iter().filter_map(|column| column.as_string_view_opt());
    texts.map(StringViewArray::total_buffer_bytes_used).sum()
}

/// Columns of the widest rows that a plan makes on its way.
pub(crate) fn widest(plan: &LogicalPlan) -> usize {
    let (mut widest, mut below) = (0, vec![plan]);
    while let Some(plan) = below.pop() {
        widest = widest.max(plan.schema().fields().len());
        below.extend(plan.inputs());
    }
    widest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_rows_are_worked_on_a_few_at_a_time() {
        let sessions = Sessions::new(&Limits { memory: 64 << 20, ..Limits::default() }).unwrap();
        let rows = |columns, bytes| {
            fitted(sessions.session(None, Stop::default()).unwrap(), columns, bytes).config().batch_size()
        };
        assert_eq!(rows(26, 300), 8_192);
        assert_eq!(rows(1_024, 300), 512);
        assert_eq!(rows(26, 200_000), 41);
        assert_eq!(rows(1_024, 100 << 20), FEWEST);
    }
}
