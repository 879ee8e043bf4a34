//! Several files read as one: a row group's worth after the other in time, as far as memory allows.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::{concat_batches, filter_record_batch, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use bongsu_model::column;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::file::statistics::Statistics;

use crate::StoreError;
use crate::conform::Widener;
use crate::delta::TableFile;
use crate::partition::{order_of, times};

/// Rows that are decoded at once, from each file.
const BATCH: usize = 8_192;
/// Row groups' worth of rows in memory from which one is given although others that are still to be read may begin before
/// its end: row groups then overlap in time.
const CROWDED: usize = 3;

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

    /// Opens a file that is, to its last byte, what was written.
    pub(crate) fn open_sound(file: &TableFile) -> Result<Self, StoreError> {
        file.verify()?;
        Self::open(&file.data.path)
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
        let groups = 0..self.groups();
        let all: Vec<_> = groups.map(|group| self.group_time(group)).collect::<Option<_>>()?;
        Some((all.iter().map(|ends| ends.0).min()?, all.iter().map(|ends| ends.1).max()?))
    }

    /// The first and the last microsecond in a row group, by its statistics.
    fn group_time(&self, group: usize) -> Option<(i64, i64)> {
        let column = self.schema().index_of(column::TIME).ok()?;
        match self.metadata.metadata().row_groups().get(group)?.column(column).statistics()? {
            Statistics::Int64(stats) => Some((*stats.min_opt()?, *stats.max_opt()?)),
            _ => None,
        }
    }

    /// What the footer says under `key`.
    pub(crate) fn fact(&self, key: &str) -> Option<&str> {
        let facts = self.metadata.metadata().file_metadata().key_value_metadata()?;
        facts.iter().find(|fact| fact.key == key)?.value.as_deref()
    }

    /// Reads the rows.
    pub(crate) fn read(&self) -> Result<Rows, StoreError> {
        self.read_groups((0..self.groups()).collect())
    }

    /// Row groups that the footer promises.
    pub(crate) fn groups(&self) -> usize {
        self.metadata.metadata().num_row_groups()
    }

    /// Reads the rows of some row groups.
    pub(crate) fn read_groups(&self, groups: Vec<usize>) -> Result<Rows, StoreError> {
        let file = self.file.try_clone().map_err(|error| StoreError::io("read", &self.path, error))?;
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
            .with_batch_size(BATCH)
            .with_row_groups(groups)
            .build()
            .map_err(|error| StoreError::damaged(&self.path, error))?;
        Ok(Rows { path: self.path.clone(), reader })
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

/// Which rows of a file are wanted, row group by row group and batch by batch as they are read.
pub(crate) type Kept = Vec<Vec<BooleanArray>>;

/// The rows of several files, a row group's worth at a time: the rows of one are in the order of time, and one follows the
/// other in time as far as memory allows.
pub(crate) struct Merge {
    /// What is still to be read, the latest first.
    groups: Vec<Waiting>,
    inputs: Vec<Input>,
    /// Rows that have been read and not given, in no order.
    rows: Vec<RecordBatch>,
    count: usize,
    schema: SchemaRef,
    widener: Widener,
    group_rows: usize,
    /// Which rows of each input are wanted; empty when all are.
    kept: Vec<Kept>,
}

/// A row group that is still to be read.
struct Waiting {
    /// Its first microsecond, by its statistics.
    from: i64,
    input: usize,
    group: usize,
}

impl Merge {
    /// Merges `inputs` to groups of `group_rows` rows in `schema`.
    pub(crate) fn new(inputs: Vec<Input>, schema: SchemaRef, group_rows: usize) -> Self {
        let waiting = |(input, file): (usize, &Input)| {
            let from = |group: usize| file.group_time(group).map_or(i64::MIN, |ends| ends.0);
            (0..file.groups()).map(|group| Waiting { from: from(group), input, group }).collect::<Vec<_>>()
        };
        let mut groups: Vec<_> = inputs.iter().enumerate().flat_map(waiting).collect();
        groups.sort_by_key(|waiting| std::cmp::Reverse((waiting.from, waiting.input, waiting.group)));
        let widener = Widener::default();
        Self { groups, inputs, rows: vec![], count: 0, schema, widener, group_rows, kept: vec![] }
    }

    /// Only these rows of each input.
    pub(crate) fn with_only(self, kept: Vec<Kept>) -> Self {
        Self { kept, ..self }
    }

    /// The columns of the rows.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The rows of the next group; none when all have been given.
    pub(crate) fn next(&mut self) -> Result<Option<RecordBatch>, StoreError> {
        let bad = |error: ArrowError| StoreError::BadBatch { what: error.to_string() };
        loop {
            let next = self.groups.last().map(|waiting| waiting.from);
            let enough =
                self.count >= self.group_rows && next.is_none_or(|next| self.earlier_than(next) >= self.group_rows);
            if next.is_none() || enough || self.count >= CROWDED * self.group_rows {
                break;
            }
            self.read_group()?;
        }
        if self.count == 0 {
            return Ok(None);
        }
        let all = concat_batches(&self.schema, &std::mem::take(&mut self.rows)).map_err(bad)?;
        let sorted = take_record_batch(&all, &order_of(&all)).map_err(bad)?;
        let given = sorted.slice(0, self.group_rows.min(sorted.num_rows()));
        self.count = sorted.num_rows() - given.num_rows();
        if self.count > 0 {
            self.rows.push(sorted.slice(given.num_rows(), self.count));
        }
        Ok(Some(given))
    }

    fn earlier_than(&self, time: i64) -> usize {
        self.rows.iter().flat_map(times).filter(|have| **have < time).count()
    }

    fn read_group(&mut self) -> Result<(), StoreError> {
        let Some(Waiting { input: nth, group, .. }) = self.groups.pop() else { return Ok(()) };
        let Some(input) = self.inputs.get(nth) else { return Ok(()) };
        let kept = self.kept.get(nth).and_then(|kept| kept.get(group));
        for (nth, batch) in input.read_groups(vec![group])?.enumerate() {
            let wide = self.widener.widen(&batch?, &self.schema);
            let wide = wide.and_then(|wide| match kept.and_then(|kept| kept.get(nth)) {
                Some(kept) => filter_record_batch(&wide, kept),
                None => Ok(wide),
            });
            let wide = wide.map_err(|error| StoreError::damaged(&input.path, error))?;
            self.count += wide.num_rows();
            self.rows.push(wide);
        }
        Ok(())
    }
}
