//! Opens Parquet files for the engine below, with footers that are kept between questions, and names the file when one
//! cannot be read.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bongsu_store::Sums;
use bytes::Bytes;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::error::Result;
use datafusion::execution::cache::cache_manager::FileMetadataCache;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::local::LocalFileSystem;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, RowGroupMetaData};

use crate::error::{QueryError, own};
use crate::memory::Heap;
use crate::sums::damaged;

/// The files without checksums that a question has opened so far, and the heap that it reads all into. What is read of the
/// others is checked as it is read, so that they need not be looked at again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Opened {
    paths: Arc<Mutex<Vec<PathBuf>>>,
    heap: Option<Heap>,
}

impl Opened {
    pub(crate) fn new(heap: Option<Heap>) -> Self {
        Self { paths: Arc::default(), heap }
    }

    /// Fails when the process holds too much to read on, which takes `more` bytes.
    fn check_heap(&self, more: usize) -> parquet::errors::Result<()> {
        let checked = self.heap.map_or(Ok(()), |heap| heap.check_with(more));
        checked.map_err(|error| ParquetError::External(Box::new(error)))
    }

    fn add(&self, path: PathBuf) {
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        if paths.last() != Some(&path) {
            paths.push(path);
        }
    }

    /// The first opened file that is not what was written, and what is wrong with it. Reads the files to their ends.
    pub(crate) fn damaged(&self) -> Option<QueryError> {
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner).clone();
        paths.sort_unstable();
        paths.dedup();
        paths.into_iter().find_map(|path| {
            let read = std::panic::catch_unwind(|| read_whole(&path));
            let reason = match read {
                Ok(Ok(())) => return None,
                Ok(Err(reason)) => reason,
                Err(_) => "its contents make no sense".to_owned(),
            };
            Some(QueryError::DamagedFile { path, reason })
        })
    }
}

fn read_whole(path: &Path) -> Result<(), String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let rows = ParquetRecordBatchReaderBuilder::try_new(file).and_then(ParquetRecordBatchReaderBuilder::build);
    for batch in rows.map_err(|error| error.to_string())? {
        batch.map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Opens files of one question.
#[derive(Debug)]
pub(crate) struct Readers {
    inner: CachedParquetFileReaderFactory,
    opened: Opened,
}

impl Readers {
    pub(crate) fn new(store: Arc<LocalFileSystem>, footers: Arc<FileMetadataCache>, opened: Opened) -> Self {
        Self { inner: CachedParquetFileReaderFactory::new(store, footers), opened }
    }
}

impl ParquetFileReaderFactory for Readers {
    fn create_reader(
        &self,
        partition_index: usize,
        file: PartitionedFile,
        metadata_size_hint: Option<usize>,
        metrics: &ExecutionPlanMetricsSet,
    ) -> Result<Box<dyn AsyncFileReader + Send>> {
        let path = LocalFileSystem::new()
            .path_to_filesystem(&file.object_meta.location)
            .unwrap_or_else(|_| PathBuf::from(file.object_meta.location.to_string()));
        let sums = file.extension::<Arc<Sums>>().cloned();
        if sums.is_none() {
            self.opened.add(path.clone());
        }
        let inner = self.inner.create_reader(partition_index, file, metadata_size_hint, metrics)?;
        Ok(Box::new(NamedReader { inner, path, sums, opened: self.opened.clone(), metadata: None }))
    }
}

/// A reader whose errors say which file it reads, and that gives nothing but what was written.
struct NamedReader {
    inner: Box<dyn AsyncFileReader + Send>,
    path: PathBuf,
    sums: Option<Arc<Sums>>,
    opened: Opened,
    metadata: Option<Arc<ParquetMetaData>>,
}

/// Bytes of what unpacks a column that zstd has packed. Each column that is read has one of its own.
const UNPACKER: usize = 112 << 10;

/// Bytes that it takes to read `ranges` and to unpack what is in them.
fn cost(ranges: &[Range<u64>], metadata: Option<&ParquetMetaData>) -> usize {
    let bytes = ranges.iter().map(|range| (range.end - range.start) as usize).fold(0, usize::saturating_add);
    let groups = metadata.map(ParquetMetaData::row_groups).unwrap_or_default();
    let packed = groups.iter().flat_map(RowGroupMetaData::columns).filter(|column| {
        let (from, length) = column.byte_range();
        let to = from + length;
        let is_zstd = matches!(column.compression(), Compression::ZSTD(_));
        is_zstd && ranges.get(ranges.partition_point(|range| range.end <= from)).is_some_and(|range| range.start < to)
    });
    bytes.saturating_add(packed.count().saturating_mul(UNPACKER))
}

fn checked(sums: Option<&Sums>, at: u64, bytes: Bytes) -> parquet::errors::Result<Bytes> {
    match sums.map(|sums| sums.check(at, &bytes)) {
        Some(Err(error)) => Err(ParquetError::External(Box::new(damaged(error)))),
        _ => Ok(bytes),
    }
}

fn named(path: &Path, error: &ParquetError) -> ParquetError {
    let reason = match path.try_exists() {
        Ok(true) => root(error),
        Ok(false) => "it is missing".to_owned(),
        Err(error) => error.to_string(),
    };
    let error = match own(error) {
        Some(own) => own.clone(),
        None => QueryError::DamagedFile { path: path.to_owned(), reason },
    };
    ParquetError::External(Box::new(error))
}

/// The innermost cause.
fn root(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

impl AsyncFileReader for NamedReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        if let Err(error) = self.opened.check_heap((range.end - range.start) as usize) {
            return std::future::ready(Err(error)).boxed();
        }
        let Self { inner, path, sums, .. } = self;
        let at = range.start;
        inner
            .get_bytes(range)
            .map(move |read| checked(sums.as_deref(), at, read.map_err(|error| named(path, &error))?))
            .boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, parquet::errors::Result<Vec<Bytes>>> {
        if let Err(error) = self.opened.check_heap(cost(&ranges, self.metadata.as_deref())) {
            return std::future::ready(Err(error)).boxed();
        }
        let Self { inner, path, sums, .. } = self;
        let starts: Vec<u64> = ranges.iter().map(|range| range.start).collect();
        let all = move |read: parquet::errors::Result<Vec<Bytes>>| {
            let parts = read.map_err(|error| named(path, &error))?;
            starts.into_iter().zip(parts).map(|(at, bytes)| checked(sums.as_deref(), at, bytes)).collect()
        };
        inner.get_byte_ranges(ranges).map(all).boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        let Self { inner, path, sums, metadata, .. } = self;
        if let Some(Err(error)) = sums.as_ref().map(|sums| sums.check_end()) {
            return std::future::ready(Err(ParquetError::External(Box::new(damaged(error))))).boxed();
        }
        // A scan that has no condition of its own would go without the index of pages, and read whole columns for a few rows.
        let options = options.cloned().unwrap_or_default().with_page_index_policy(PageIndexPolicy::Optional);
        async move {
            let read = inner.get_metadata(Some(&options)).await.map_err(|error| named(path, &error))?;
            *metadata = Some(Arc::clone(&read));
            Ok(read)
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Int64Array, RecordBatch};
    use parquet::arrow::ArrowWriter;
    use parquet::basic::ZstdLevel;
    use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaDataReader};
    use parquet::file::properties::WriterProperties;
    use parquet::schema::types::ColumnPath;

    use super::*;

    #[test]
    fn what_unpacks_columns_is_reckoned_for_those_that_are_read() {
        let column = || Arc::new(Int64Array::from_iter_values(0..1_000)) as ArrayRef;
        let rows = RecordBatch::try_from_iter((0..10).map(|nth| (format!("k{nth}"), column()))).unwrap();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_column_compression(ColumnPath::from("k3"), Compression::SNAPPY)
            .set_max_row_group_row_count(Some(500))
            .build();
        let mut file = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut file, rows.schema(), Some(properties)).unwrap();
        writer.write(&rows).unwrap();
        writer.close().unwrap();
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&Bytes::from(file)).unwrap();
        let ranges = |columns: Range<usize>| -> Vec<Range<u64>> {
            let columns = &metadata.row_group(1).columns()[columns];
            columns.iter().map(ColumnChunkMetaData::byte_range).map(|(from, length)| from..from + length).collect()
        };
        let bytes =
            |ranges: &[Range<u64>]| ranges.iter().map(|range| (range.end - range.start) as usize).sum::<usize>();
        for (columns, unpackers) in [(0..10, 9), (3..4, 0), (2..5, 2), (0..0, 0)] {
            let ranges = ranges(columns);
            assert_eq!(cost(&ranges, Some(&metadata)), bytes(&ranges) + unpackers * UNPACKER);
            assert_eq!(cost(&ranges, None), bytes(&ranges));
        }
        // Two pages of one column are unpacked one after the other.
        let first = ranges(0..1)[0].clone();
        let middle = u64::midpoint(first.start, first.end);
        assert_eq!(cost(&[first.start..middle, middle..first.end], Some(&metadata)), bytes(&[first]) + UNPACKER);
    }
}
