//! The rows of a dataset as a plan of the engine below: files and live rows, united.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};
use bongsu_model::{TimeRange, column};
use bongsu_store::DataFile;
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, ScalarValue, Statistics};
use datafusion::config::{ConfigOptions, TableParquetOptions};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::memory::{DataSourceExec, MemorySourceConfig};
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, FileSource, ParquetSource};
use datafusion::error::Result;
use datafusion::execution::cache::cache_manager::FileMetadataCache;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::filter::FilterExecBuilder;
use datafusion::physical_plan::filter_pushdown::PushedDown;
use datafusion::physical_plan::union::UnionExec;
use object_store::ObjectMeta;
use object_store::local::LocalFileSystem;

use crate::candidates::Candidate;
use crate::indexes::Indexes;
use crate::reader::{Opened, Readers};
use crate::sums::KnownSums;

/// Bytes of a file that one thread reads at a time: small enough to share the work, large enough that a row group is
/// seldom looked at twice.
const PIECE: std::ops::RangeInclusive<u64> = 2 << 20..=32 << 20;
/// Rows for which another thread is started.
const WORTH_A_THREAD: u64 = 32_768;
/// Values that describe files one by one are given to the planner up to this many.
const MAX_STATISTICS: usize = 200_000;

/// What is needed to read files, shared by the scans of one question.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) footers: Arc<FileMetadataCache>,
    pub(crate) opened: Opened,
    pub(crate) indexes: Arc<Indexes>,
    pub(crate) sums: Arc<KnownSums>,
    pub(crate) threads: usize,
}

/// What a scan reads.
pub(crate) struct Scan<'a> {
    pub(crate) access: &'a Access,
    pub(crate) schema: &'a SchemaRef,
    pub(crate) files: Vec<Candidate>,
    pub(crate) live: &'a [RecordBatch],
    pub(crate) projection: Option<&'a Vec<usize>>,
    /// Rows for which this is not true are left out.
    pub(crate) predicate: Option<Arc<dyn PhysicalExpr>>,
}

impl Scan<'_> {
    /// The plan that reads the rows.
    pub(crate) fn plan(self, options: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let mut parts = Vec::with_capacity(3);
        let (sure, unsure) = match &self.predicate {
            Some(_) => self.files.iter().map(Candidate::split).unzip(),
            None => (self.files.iter().cloned().map(Some).collect(), Vec::new()),
        };
        let (sure, unsure): (Vec<_>, Vec<_>) = (present(sure), present(unsure));
        if !sure.is_empty() {
            parts.push(self.sure(&sure, options)?);
        }
        if !unsure.is_empty() {
            parts.push(self.files(&unsure, self.predicate.as_ref(), options)?);
        }
        if !self.live.is_empty() {
            parts.push(self.live()?);
        }
        match parts.len() {
            0 => {
                let schema = match self.projection {
                    Some(projection) => Arc::new(self.schema.project(projection)?),
                    None => Arc::clone(self.schema),
                };
                Ok(Arc::new(EmptyExec::new(schema)))
            }
            1 => Ok(parts.swap_remove(0)),
            _ => UnionExec::try_new(parts),
        }
    }

    /// Rows that need not be looked at: where no column of them is wanted, their number is all there is to say.
    fn sure(&self, files: &[Candidate], options: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        if self.projection.is_none_or(|projection| !projection.is_empty())
            || files.iter().any(|file| file.groups.is_none())
        {
            return self.files(files, None, options);
        }
        let rows: u64 = files.iter().map(Candidate::rows).sum();
        let none = Arc::new(self.schema.project(&[])?);
        let count = RecordBatchOptions::new().with_row_count(Some(rows as usize));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&none), vec![], &count)?;
        Ok(MemorySourceConfig::try_new_exec(&[vec![batch]], none, None)?)
    }

    fn files(
        &self,
        files: &[Candidate],
        predicate: Option<&Arc<dyn PhysicalExpr>>,
        options: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let parquet = TableParquetOptions { global: options.execution.parquet.clone(), ..Default::default() };
        let store = Arc::new(LocalFileSystem::new());
        let readers = Readers::new(store, Arc::clone(&self.access.footers), self.access.opened.clone());
        let mut source: Arc<dyn FileSource> = Arc::new(
            ParquetSource::new(Arc::clone(self.schema))
                .with_table_parquet_options(parquet)
                .with_parquet_file_reader_factory(Arc::new(readers)),
        );
        let mut left = None;
        if let Some(predicate) = predicate {
            let pushed = source.try_pushdown_filters(vec![Arc::clone(predicate)], options)?;
            if !pushed.filters.iter().all(|done| matches!(done, PushedDown::Yes)) {
                left = Some(Arc::clone(predicate));
            }
            source = pushed.updated_node.unwrap_or(source);
        }
        let projection = if left.is_some() { None } else { self.projection.cloned() };
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), source)
            .with_file_groups(groups(files, self.access, self.schema)?)
            .with_statistics(statistics(files, self.schema))
            .with_projection_indices(projection)?
            .build();
        let plan: Arc<dyn ExecutionPlan> = DataSourceExec::from_data_source(config);
        match left {
            Some(predicate) => filtered(plan, predicate, self.projection),
            None => Ok(plan),
        }
    }

    fn live(&self) -> Result<Arc<dyn ExecutionPlan>> {
        let share = self.live.len().div_ceil(self.access.threads).max(1);
        let partitions: Vec<Vec<RecordBatch>> = self.live.chunks(share).map(<[RecordBatch]>::to_vec).collect();
        let projection = if self.predicate.is_some() { None } else { self.projection.cloned() };
        let plan: Arc<dyn ExecutionPlan> =
            MemorySourceConfig::try_new_exec(&partitions, Arc::clone(self.schema), projection)?;
        match &self.predicate {
            Some(predicate) => filtered(plan, Arc::clone(predicate), self.projection),
            None => Ok(plan),
        }
    }
}

fn filtered(
    plan: Arc<dyn ExecutionPlan>,
    predicate: Arc<dyn PhysicalExpr>,
    projection: Option<&Vec<usize>>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let filter = FilterExecBuilder::new(predicate, plan);
    Ok(match projection {
        Some(projection) => Arc::new(filter.apply_projection(Some(projection.clone()))?.build()?),
        None => Arc::new(filter.build()?),
    })
}

fn present(files: Vec<Option<Candidate>>) -> Vec<Candidate> {
    files.into_iter().flatten().collect()
}

/// The files cut into pieces, dealt out to as many groups as are worth while.
fn groups(files: &[Candidate], access: &Access, schema: &Schema) -> Result<Vec<FileGroup>> {
    let rows: u64 = files.iter().map(Candidate::rows).sum();
    let threads = access.threads.min((rows / WORTH_A_THREAD) as usize + 1);
    let total: u64 = files.iter().map(|candidate| candidate.file.size).sum();
    let piece = (total / (threads as u64 * 8).max(1)).clamp(*PIECE.start(), *PIECE.end());
    let describe = files.len().saturating_mul(schema.fields().len()) <= MAX_STATISTICS;
    let mut pieces = Vec::new();
    for candidate in files {
        let file = &candidate.file;
        let known = describe.then(|| file.time.map(|time| Arc::new(times(time, schema)))).flatten();
        let mut whole = PartitionedFile { statistics: known, ..PartitionedFile::new_from_meta(meta(file)?) };
        if let Some(rows) = candidate.access() {
            whole = whole.with_extension(rows);
        }
        if let Some(sums) = access.sums.of(file) {
            whole = whole.with_extension(sums);
        }
        let cuts = if threads == 1 { 1 } else { file.size.div_ceil(piece).max(1) };
        if cuts == 1 {
            pieces.push(whole);
            continue;
        }
        for nth in 0..cuts {
            let (start, end) = (file.size * nth / cuts, file.size * (nth + 1) / cuts);
            pieces.push(whole.clone().with_range(start as i64, end as i64));
        }
    }
    let mut groups = vec![Vec::new(); threads.min(pieces.len()).max(1)];
    let count = groups.len();
    for (nth, piece) in pieces.into_iter().enumerate() {
        groups[nth % count].push(piece);
    }
    Ok(groups.into_iter().map(FileGroup::new).collect())
}

/// A file is written once and never changed, so that its size and name are all there is to know.
fn meta(file: &DataFile) -> Result<ObjectMeta> {
    let path = std::path::absolute(&file.path).unwrap_or_else(|_| file.path.clone());
    Ok(ObjectMeta {
        location: object_store::path::Path::from_absolute_path(path)
            .map_err(|error| datafusion::error::DataFusionError::External(Box::new(error)))?,
        last_modified: std::time::SystemTime::UNIX_EPOCH.into(),
        size: file.size,
        e_tag: None,
        version: None,
    })
}

fn micros(time: i64) -> Precision<ScalarValue> {
    Precision::Inexact(ScalarValue::TimestampMicrosecond(Some(time), Some("UTC".into())))
}

/// The times that a file or several of them span.
fn times(range: TimeRange, schema: &Schema) -> Statistics {
    let mut known = Statistics::new_unknown(schema);
    if let Ok(position) = schema.index_of(column::TIME) {
        known.column_statistics[position] = ColumnStatistics {
            min_value: micros(range.from.micros()),
            max_value: micros(range.to.micros()),
            ..ColumnStatistics::new_unknown()
        };
    }
    known
}

fn statistics(files: &[Candidate], schema: &Schema) -> Statistics {
    let mut known = Statistics::new_unknown(schema);
    let times = files.iter().map(|candidate| candidate.file.time).collect::<Option<Vec<_>>>().unwrap_or_default();
    if let (Some(from), Some(to)) = (times.iter().map(|t| t.from).min(), times.iter().map(|t| t.to).max()) {
        known = self::times(TimeRange { from, to }, schema);
    }
    let rows = files.iter().map(Candidate::rows).sum::<u64>() as usize;
    let whole = files.iter().all(|candidate| candidate.groups.is_none());
    known.num_rows = if whole { Precision::Exact(rows) } else { Precision::Inexact(rows) };
    known
}
