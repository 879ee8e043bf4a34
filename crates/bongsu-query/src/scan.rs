//! The rows of a dataset as a plan of the engine below: files and live rows, united.

use std::sync::Arc;

use arrow::array::RecordBatch;
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

use crate::reader::{Opened, Readers};

/// Bytes of a file that one thread reads at a time: small enough to share the work, large enough that a row group is
/// seldom looked at twice.
const PIECE: std::ops::RangeInclusive<u64> = 2 << 20..=32 << 20;
/// Values that describe files one by one are given to the planner up to this many.
const MAX_STATISTICS: usize = 200_000;

/// What is needed to read files, shared by the scans of one question.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) footers: Arc<FileMetadataCache>,
    pub(crate) opened: Opened,
    pub(crate) threads: usize,
}

/// What a scan reads.
pub(crate) struct Scan<'a> {
    pub(crate) access: &'a Access,
    pub(crate) schema: &'a SchemaRef,
    pub(crate) files: Vec<DataFile>,
    pub(crate) live: &'a [RecordBatch],
    pub(crate) projection: Option<&'a Vec<usize>>,
    /// Rows for which this is not true are left out.
    pub(crate) predicate: Option<Arc<dyn PhysicalExpr>>,
}

impl Scan<'_> {
    /// The plan that reads the rows.
    pub(crate) fn plan(self, options: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let mut parts = Vec::with_capacity(2);
        if !self.files.is_empty() {
            parts.push(self.files(options)?);
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

    fn files(&self, options: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let parquet = TableParquetOptions { global: options.execution.parquet.clone(), ..Default::default() };
        let store = Arc::new(LocalFileSystem::new());
        let readers = Readers::new(store, Arc::clone(&self.access.footers), self.access.opened.clone());
        let mut source: Arc<dyn FileSource> = Arc::new(
            ParquetSource::new(Arc::clone(self.schema))
                .with_table_parquet_options(parquet)
                .with_parquet_file_reader_factory(Arc::new(readers)),
        );
        let mut left = None;
        if let Some(predicate) = &self.predicate {
            let pushed = source.try_pushdown_filters(vec![Arc::clone(predicate)], options)?;
            if !pushed.filters.iter().all(|done| matches!(done, PushedDown::Yes)) {
                left = Some(Arc::clone(predicate));
            }
            source = pushed.updated_node.unwrap_or(source);
        }
        let projection = if left.is_some() { None } else { self.projection.cloned() };
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), source)
            .with_file_groups(groups(&self.files, self.access.threads, self.schema)?)
            .with_statistics(statistics(&self.files, self.schema))
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

/// The files cut into pieces, dealt out to as many groups as there are threads.
fn groups(files: &[DataFile], threads: usize, schema: &Schema) -> Result<Vec<FileGroup>> {
    let total: u64 = files.iter().map(|file| file.size).sum();
    let piece = (total / (threads as u64 * 8).max(1)).clamp(*PIECE.start(), *PIECE.end());
    let describe = files.len().saturating_mul(schema.fields().len()) <= MAX_STATISTICS;
    let mut pieces = Vec::new();
    for file in files {
        let known = describe.then(|| file.time.map(|time| Arc::new(times(time, schema)))).flatten();
        let whole = PartitionedFile { statistics: known, ..PartitionedFile::new_from_meta(meta(file)?) };
        let cuts = file.size.div_ceil(piece).max(1);
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

fn statistics(files: &[DataFile], schema: &Schema) -> Statistics {
    let mut known = Statistics::new_unknown(schema);
    let times = files.iter().map(|file| file.time).collect::<Option<Vec<_>>>().unwrap_or_default();
    if let (Some(from), Some(to)) = (times.iter().map(|t| t.from).min(), times.iter().map(|t| t.to).max()) {
        known = self::times(TimeRange { from, to }, schema);
    }
    known.num_rows = Precision::Exact(files.iter().map(|file| file.rows as usize).sum());
    known
}
