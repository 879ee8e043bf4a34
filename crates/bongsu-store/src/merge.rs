//! Several files read as one: a row group's worth after the other in time, as far as memory allows.
//!
//! Memory holds [`CROWDED`] row groups' worth at most, in rows and in bytes, and the batch that is being read: rows that are
//! given share their texts with those that were read.

use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::compute::{filter_record_batch, interleave_record_batch, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use bongsu_model::column;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Compression;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;

use crate::StoreError;
use crate::conform::Widener;
use crate::delta::TableFile;
use crate::live::compact;
use crate::parquet::MOST_CONTEXTS;
use crate::partition::in_time;
use crate::weight::{CELL, fitting, weights};

/// Rows that are decoded at once.
const BATCH: usize = 8_192;
/// Bytes that are decoded at once, about, unless [`FEWEST`] rows have more.
const BATCH_BYTES: usize = 4 << 20;
const FEWEST: usize = 8;
/// Row groups' worth of rows in memory from which one is given although others that are still to be read may begin before
/// its end: row groups then overlap in time.
const CROWDED: usize = 3;
/// Likewise, bytes.
const CROWDED_BYTES: usize = 2;

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

    /// Reads the rows of some row groups, one group after the other. The batches of a group are always the same.
    pub(crate) fn read_groups(&self, groups: Vec<usize>) -> Result<Rows, StoreError> {
        let file = self.file.try_clone().map_err(|error| StoreError::io("read", &self.path, error))?;
        let (path, metadata) = (self.path.clone(), self.metadata.clone());
        Ok(Rows { path, file, metadata, groups: groups.into(), reader: None, joined: VecDeque::new() })
    }

    /// Bytes of memory that the footer takes.
    pub(crate) fn footer_bytes(&self) -> usize {
        self.metadata.metadata().memory_size()
    }
}

/// Rows of a batch of a row group: the wider they are, the fewer.
fn batch_rows(group: &RowGroupMetaData) -> usize {
    let packed = group.total_byte_size() / group.num_rows().max(1);
    let row = (packed as usize).max(group.num_columns() * CELL);
    (BATCH_BYTES / row.max(1)).clamp(FEWEST, BATCH)
}

/// Columns of a row group that are read together, from one to the next: so many that zstd does not take more memory than
/// the rows.
fn slices(group: &RowGroupMetaData) -> Vec<std::ops::Range<usize>> {
    let (mut slices, mut from, mut contexts) = (Vec::new(), 0, 0);
    for (nth, column) in group.columns().iter().enumerate() {
        if matches!(column.compression(), Compression::ZSTD(_)) {
            if contexts == MOST_CONTEXTS {
                slices.push(from..nth);
                (from, contexts) = (nth, 0);
            }
            contexts += 1;
        }
    }
    slices.push(from..group.num_columns());
    slices
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
    file: File,
    metadata: ArrowReaderMetadata,
    groups: VecDeque<usize>,
    reader: Option<ParquetRecordBatchReader>,
    /// Batches of a row group whose columns were read a few at a time.
    joined: VecDeque<RecordBatch>,
}

impl Rows {
    fn open(
        &self,
        group: usize,
        columns: Option<std::ops::Range<usize>>,
    ) -> Result<ParquetRecordBatchReader, StoreError> {
        let file = self.file.try_clone().map_err(|error| StoreError::io("read", &self.path, error))?;
        let rows = self.metadata.metadata().row_groups().get(group).map_or(BATCH, batch_rows);
        let all = self.metadata.parquet_schema();
        let mask = columns.map_or_else(ProjectionMask::all, |columns| ProjectionMask::roots(all, columns));
        ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
            .with_batch_size(rows)
            .with_row_groups(vec![group])
            .with_projection(mask)
            .build()
            .map_err(|error| StoreError::damaged(&self.path, error))
    }

    /// Goes on to the next row group; false when there is none.
    fn next_group(&mut self) -> Result<bool, StoreError> {
        let Some(group) = self.groups.pop_front() else { return Ok(false) };
        let slices = self.metadata.metadata().row_groups().get(group).map(slices).unwrap_or_default();
        if slices.len() < 2 {
            self.reader = Some(self.open(group, None)?);
            return Ok(true);
        }
        let damaged = |error: ArrowError| StoreError::damaged(&self.path, error);
        let mut batches: Vec<(usize, Vec<ArrayRef>)> = Vec::new();
        for columns in slices {
            for (nth, part) in self.open(group, Some(columns))?.enumerate() {
                let part = part.map_err(damaged)?;
                match batches.get_mut(nth) {
                    Some((_, columns)) => columns.extend_from_slice(part.columns()),
                    None => batches.push((part.num_rows(), part.columns().to_vec())),
                }
            }
        }
        let schema = self.metadata.schema();
        let join = |(rows, columns): (usize, Vec<ArrayRef>)| {
            let options = RecordBatchOptions::new().with_row_count(Some(rows));
            RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options).map_err(damaged)
        };
        self.joined = batches.into_iter().map(join).collect::<Result<_, _>>()?;
        Ok(true)
    }
}

impl Iterator for Rows {
    type Item = Result<RecordBatch, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(batch) = self.joined.pop_front() {
                return Some(Ok(batch));
            }
            if let Some(batch) = self.reader.as_mut().and_then(Iterator::next) {
                return Some(batch.map_err(|error| StoreError::damaged(&self.path, error)));
            }
            self.reader = None;
            match self.next_group() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    self.groups.clear();
                    return Some(Err(error));
                }
            }
        }
    }
}

/// Which rows of a file are wanted, row group by row group and batch by batch as they are read.
pub(crate) type Kept = Vec<Vec<BooleanArray>>;

/// How large row groups become.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GroupSize {
    pub(crate) rows: usize,
    /// Bytes in memory.
    pub(crate) bytes: usize,
}

impl GroupSize {
    fn is_reached(self, rows: usize, bytes: usize) -> bool {
        rows >= self.rows || bytes >= self.bytes
    }
}

/// The rows of several files, a row group's worth at a time: the rows of one are in the order of time, and one follows the
/// other in time as far as memory allows.
pub(crate) struct Merge {
    /// What is still to be read, the latest first.
    groups: Vec<Waiting>,
    inputs: Vec<Input>,
    reading: Option<Reading>,
    held: Vec<Held>,
    schema: SchemaRef,
    widener: Widener,
    size: GroupSize,
    /// Which rows of each input are wanted; empty when all are.
    kept: Vec<Kept>,
    #[cfg(test)]
    most_held: usize,
}

/// A row group that is still to be read.
struct Waiting {
    /// Its first microsecond, by its statistics.
    from: i64,
    input: usize,
    group: usize,
}

/// A row group that is being read.
struct Reading {
    of: Waiting,
    rows: Rows,
    /// Batches that have been read.
    read: usize,
}

/// A batch of which some rows have not been given.
struct Held {
    rows: RecordBatch,
    /// Bytes of all its rows, those that it shares with other batches left out.
    bytes: usize,
    /// The rows that have not been given, in the order of time.
    left: Vec<Left>,
}

/// A row: microsecond, nanoseconds beyond it, position in its batch, bytes.
#[derive(Clone, Copy)]
struct Left {
    time: (i64, i16),
    row: u32,
    bytes: usize,
}

impl Held {
    fn new(rows: RecordBatch, bytes: usize) -> Self {
        let weights = weights(&rows);
        let left = in_time(&rows).into_iter().map(|(micros, nanos, row)| Left {
            time: (micros, nanos),
            row,
            bytes: weights.get(row as usize).copied().unwrap_or_default(),
        });
        Self { left: left.collect(), bytes, rows }
    }

    /// Without the first `given` rows, and without their bytes once they are the larger part.
    fn without(mut self, given: usize) -> Result<Option<Self>, ArrowError> {
        self.left.drain(..given);
        let left: usize = self.left.iter().map(|left| left.bytes).sum();
        if self.left.is_empty() || left.saturating_mul(2) > self.bytes {
            return Ok(Some(self).filter(|held| !held.left.is_empty()));
        }
        let rows = UInt32Array::from_iter_values(self.left.iter().map(|left| left.row));
        Ok(Some(Self::new(compact(&take_record_batch(&self.rows, &rows)?), left)))
    }
}

impl Merge {
    /// Merges `inputs` to groups of about `size` in `schema`.
    pub(crate) fn new(inputs: Vec<Input>, schema: SchemaRef, size: GroupSize) -> Self {
        let waiting = |(input, file): (usize, &Input)| {
            let from = |group: usize| file.group_time(group).map_or(i64::MIN, |ends| ends.0);
            (0..file.groups()).map(|group| Waiting { from: from(group), input, group }).collect::<Vec<_>>()
        };
        let mut groups: Vec<_> = inputs.iter().enumerate().flat_map(waiting).collect();
        groups.sort_by_key(|waiting| std::cmp::Reverse((waiting.from, waiting.input, waiting.group)));
        Self {
            groups,
            inputs,
            reading: None,
            held: vec![],
            schema,
            widener: Widener::default(),
            size,
            kept: vec![],
            #[cfg(test)]
            most_held: 0,
        }
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
        while !self.is_enough() && self.read()? {}
        if self.held.is_empty() {
            return Ok(None);
        }
        #[cfg(test)]
        {
            self.most_held = self.most_held.max(self.held.iter().map(|held| held.bytes).sum());
        }
        let given = self.give().map_err(|error| StoreError::BadBatch { what: error.to_string() })?;
        Ok(Some(given))
    }

    /// The most bytes of rows that were held at one time.
    #[cfg(test)]
    pub(crate) fn most_held(&self) -> usize {
        self.most_held
    }

    /// Whether a group's worth of rows is there that all lie before those still to be read, or memory for no more.
    fn is_enough(&self) -> bool {
        let rows: usize = self.held.iter().map(|held| held.left.len()).sum();
        let bytes: usize = self.held.iter().map(|held| held.bytes).sum();
        let crowded = GroupSize {
            rows: self.size.rows.saturating_mul(CROWDED),
            bytes: self.size.bytes.saturating_mul(CROWDED_BYTES),
        };
        if crowded.is_reached(rows, bytes) {
            return true;
        }
        let reading = self.reading.iter().map(|reading| reading.of.from);
        let Some(next) = reading.chain(self.groups.last().map(|waiting| waiting.from)).min() else { return true };
        if !self.size.is_reached(rows, bytes) {
            return false;
        }
        let earlier = |held: &Held| held.left.partition_point(|left| left.time.0 < next);
        let earlier = self.held.iter().flat_map(|held| &held.left[..earlier(held)]);
        let (rows, bytes) = earlier.fold((0, 0), |(rows, bytes), left| (rows + 1, bytes + left.bytes));
        self.size.is_reached(rows, bytes)
    }

    /// The first rows of all that are held, a group's worth.
    fn give(&mut self) -> Result<RecordBatch, ArrowError> {
        let all = self.held.iter().enumerate();
        let mut order: Vec<_> = all.flat_map(|(nth, held)| held.left.iter().map(move |left| (left, nth))).collect();
        // Rows of one time stay in the order in which they were read.
        order.sort_by_key(|(left, _)| left.time);
        order.truncate(self.size.rows);
        order.truncate(fitting(order.iter().map(|(left, _)| left.bytes), self.size.bytes));
        let places: Vec<_> = order.into_iter().map(|(left, nth)| (nth, left.row as usize)).collect();
        let batches: Vec<_> = self.held.iter().map(|held| &held.rows).collect();
        let given = interleave_record_batch(&batches, &places)?;
        let mut counts = vec![0; self.held.len()];
        for (nth, _) in places {
            counts[nth] += 1;
        }
        let held = std::mem::take(&mut self.held).into_iter().zip(counts);
        self.held = held.filter_map(|(held, given)| held.without(given).transpose()).collect::<Result<_, _>>()?;
        Ok(given)
    }

    /// Reads a batch, or goes on to the next row group; false when all has been read.
    fn read(&mut self) -> Result<bool, StoreError> {
        let Some(reading) = &mut self.reading else {
            let Some(of) = self.groups.pop() else { return Ok(false) };
            let Some(input) = self.inputs.get(of.input) else { return Ok(true) };
            let rows = input.read_groups(vec![of.group])?;
            self.reading = Some(Reading { of, rows, read: 0 });
            return Ok(true);
        };
        let Some(batch) = reading.rows.next() else {
            self.reading = None;
            return Ok(true);
        };
        let kept = self.kept.get(reading.of.input).and_then(|kept| kept.get(reading.of.group)?.get(reading.read));
        reading.read += 1;
        let batch = batch?;
        // Columns that the file lacks cost nothing until rows are put together: they share their nulls.
        let bytes = weights(&batch).iter().sum();
        let held = self.widener.widen(&batch, &self.schema).and_then(|wide| match kept {
            Some(kept) => {
                let wide = compact(&filter_record_batch(&wide, kept)?);
                let bytes = weights(&wide).iter().sum();
                Ok(Held::new(wide, bytes))
            }
            None => Ok(Held::new(wide, bytes)),
        });
        let held = held.map_err(|error| StoreError::damaged(&reading.rows.path, error))?;
        if !held.left.is_empty() {
            self.held.push(held);
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::Int64Array;
    use parquet::arrow::ArrowWriter;
    use parquet::basic::ZstdLevel;
    use parquet::file::properties::WriterProperties;

    use super::*;

    #[test]
    fn a_file_with_a_context_of_zstd_for_every_column_is_read_a_few_columns_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file.parquet");
        let name = |nth: usize| format!("k{nth:03}");
        let array = |nth: usize| Arc::new((0..20_000).map(|row| row * nth as i64).collect::<Int64Array>()) as ArrayRef;
        let rows = RecordBatch::try_from_iter((0..300).map(|nth| (name(nth), array(nth)))).unwrap();
        let zstd = Compression::ZSTD(ZstdLevel::default());
        let properties = WriterProperties::builder().set_compression(zstd).set_max_row_group_row_count(Some(15_000));
        let file = File::create(&path).unwrap();
        let mut writer = ArrowWriter::try_new(file, rows.schema(), Some(properties.build())).unwrap();
        writer.write(&rows).unwrap();
        writer.close().unwrap();
        let input = Input::open(&path).unwrap();
        let groups = input.metadata.metadata().row_groups();
        let wanted = [0..64, 64..128, 128..192, 192..256, 256..300];
        assert_eq!(groups.iter().map(slices).collect::<Vec<_>>(), [wanted.clone(), wanted]);
        let mut from = 0;
        for batch in input.read().unwrap() {
            let batch = batch.unwrap();
            assert_eq!(batch, rows.slice(from, batch.num_rows()));
            from += batch.num_rows();
        }
        assert_eq!(from, 20_000);
        let second: usize = input.read_groups(vec![1]).unwrap().map(|batch| batch.unwrap().num_rows()).sum();
        assert_eq!(second, 5_000);
    }
}
