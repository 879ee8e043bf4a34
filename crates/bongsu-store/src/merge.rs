//! Several files that are each in the order of time, read as one.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::interleave_record_batch;
use arrow::datatypes::{DataType, Field, Int16Type, Schema, SchemaRef};
use bongsu_model::column;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};

use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;

use crate::StoreError;
use crate::conform::Widener;
use crate::partition::times;

/// Rows that are decoded at once, from each file.
const BATCH: usize = 8_192;
/// Rows of a merged batch.
const MERGED: usize = 32_768;

/// A file that can be read: its schema, with text as bongsu has it in memory.
pub(crate) struct Input {
    path: PathBuf,
    file: File,
    metadata: ArrowReaderMetadata,
}

impl Input {
    /// Opens a file and reads its footer.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(|error| StoreError::io("read", path, error))?;
        let damaged = |error: parquet::errors::ParquetError| StoreError::damaged(path, error);
        let plain = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(damaged)?;
        let fields: Vec<_> = plain.schema().fields().iter().map(|field| as_view(field)).collect();
        let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(fields)));
        let metadata = ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options).map_err(damaged)?;
        Ok(Self { path: path.to_owned(), file, metadata })
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        self.metadata.schema()
    }

    /// Rows that the footer promises.
    pub(crate) fn rows(&self) -> u64 {
        self.metadata.metadata().file_metadata().num_rows().cast_unsigned()
    }

    /// The first and the last microsecond in the file, by its statistics.
    pub(crate) fn time(&self) -> Option<(i64, i64)> {
        let groups = self.metadata.metadata().row_groups();
        let column = self.schema().index_of(column::TIME).ok()?;
        let ends = |group: &RowGroupMetaData| match group.column(column).statistics()? {
            Statistics::Int64(stats) => Some((*stats.min_opt()?, *stats.max_opt()?)),
            _ => None,
        };
        let all: Vec<_> = groups.iter().map(ends).collect::<Option<_>>()?;
        Some((all.iter().map(|ends| ends.0).min()?, all.iter().map(|ends| ends.1).max()?))
    }

    /// Reads the rows.
    pub(crate) fn read(self) -> Result<Rows, StoreError> {
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(self.file, self.metadata)
            .with_batch_size(BATCH)
            .build()
            .map_err(|error| StoreError::damaged(&self.path, error))?;
        Ok(Rows { path: self.path, reader })
    }
}

fn as_view(field: &Field) -> Field {
    match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => field.clone().with_data_type(DataType::Utf8View),
        _ => field.clone(),
    }
}

/// The rows of one file.
pub(crate) struct Rows {
    path: PathBuf,
    reader: ParquetRecordBatchReader,
}

impl Iterator for Rows {
    type Item = Result<RecordBatch, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.reader.next()?;
        Some(next.map_err(|error| StoreError::damaged(&self.path, error)))
    }
}

struct Cursor {
    rows: Rows,
    batch: RecordBatch,
    at: usize,
    /// Position of `batch` in the pool that output is picked from.
    pooled: Option<usize>,
}

impl Cursor {
    fn key(&self) -> (i64, i16) {
        let time = times(&self.batch).get(self.at).copied().unwrap_or(i64::MAX);
        let nanos = self.batch.column_by_name(column::TIME_NS).and_then(|nanos| nanos.as_primitive_opt::<Int16Type>());
        (time, nanos.filter(|nanos| nanos.is_valid(self.at)).map_or(0, |nanos| nanos.value(self.at)))
    }
}

/// The rows of several files in the order of time, in one schema.
pub(crate) struct Merge {
    cursors: Vec<Cursor>,
    schema: SchemaRef,
    widener: Widener,
}

impl Merge {
    pub(crate) fn new(inputs: Vec<Input>, schema: SchemaRef) -> Result<Self, StoreError> {
        let mut merge = Self { cursors: vec![], schema, widener: Widener::default() };
        for input in inputs {
            let mut rows = input.read()?;
            if let Some(batch) = merge.pull(&mut rows)? {
                merge.cursors.push(Cursor { rows, batch, at: 0, pooled: None });
            }
        }
        Ok(merge)
    }

    fn pull(&mut self, rows: &mut Rows) -> Result<Option<RecordBatch>, StoreError> {
        let batch = loop {
            match rows.next().transpose()? {
                Some(batch) if batch.num_rows() == 0 => {}
                Some(batch) => break batch,
                None => return Ok(None),
            }
        };
        let wide = self.widener.widen(&batch, &self.schema);
        wide.map(Some).map_err(|error| StoreError::damaged(&rows.path, error))
    }

    /// The next rows; none when all have been given.
    pub(crate) fn next(&mut self) -> Result<Option<RecordBatch>, StoreError> {
        let mut pool: Vec<RecordBatch> = Vec::new();
        let mut picked: Vec<(usize, usize)> = Vec::with_capacity(MERGED);
        for cursor in &mut self.cursors {
            cursor.pooled = None;
        }
        while picked.len() < MERGED && !self.cursors.is_empty() {
            let (first, limit) = self.first_and_limit();
            let cursor = &mut self.cursors[first];
            let place = *cursor.pooled.get_or_insert_with(|| {
                pool.push(cursor.batch.clone());
                pool.len() - 1
            });
            let rest = times(&cursor.batch).get(cursor.at..).unwrap_or(&[]);
            let run = limit.map_or(rest.len(), |limit| rest.partition_point(|time| *time < limit)).max(1);
            picked.extend((cursor.at..cursor.at + run).map(|row| (place, row)));
            cursor.at += run;
            if cursor.at >= cursor.batch.num_rows() {
                self.advance(first)?;
            }
        }
        if picked.is_empty() {
            return Ok(None);
        }
        let pool: Vec<&RecordBatch> = pool.iter().collect();
        let merged = interleave_record_batch(&pool, &picked);
        merged.map(Some).map_err(|error| StoreError::BadBatch { what: error.to_string() })
    }

    /// The file whose next row is the earliest, and the time of the earliest row of the others.
    fn first_and_limit(&self) -> (usize, Option<i64>) {
        let mut keys: Vec<_> = self.cursors.iter().enumerate().map(|(n, cursor)| (cursor.key(), n)).collect();
        keys.sort_unstable();
        (keys.first().map_or(0, |(_, n)| *n), keys.get(1).map(|((time, _), _)| *time))
    }

    fn advance(&mut self, nth: usize) -> Result<(), StoreError> {
        let mut cursor = self.cursors.swap_remove(nth);
        if let Some(batch) = self.pull(&mut cursor.rows)? {
            self.cursors.push(Cursor { batch, at: 0, pooled: None, ..cursor });
        }
        Ok(())
    }
}
