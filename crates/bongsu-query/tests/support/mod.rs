//! Tables whose files the tests write themselves.
#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "a test fails by panicking")]

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, new_null_array};
use arrow::compute::{concat_batches, sort_to_indices, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimestampMicrosecondType};
use bongsu_index::{arrange, encode_directory};
use bongsu_model::{Dataset, TimeRange, Timestamp, column};
use bongsu_pattern::{Miner, MinerConfig};
use bongsu_query::QueryError;
use bongsu_store::{DataFile, Snapshot, StoreError, Tables};
use futures::TryStreamExt;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

/// One dataset, made of files in a folder and of live rows.
#[derive(Debug)]
pub struct TestTables {
    pub dataset: Dataset,
    pub snapshot: Snapshot,
}

impl Tables for TestTables {
    fn datasets(&self) -> Result<Vec<Dataset>, StoreError> {
        Ok(vec![self.dataset.clone()])
    }

    fn snapshot(&self, _: &Dataset) -> Result<Snapshot, StoreError> {
        Ok(self.snapshot.clone())
    }
}

impl TestTables {
    pub fn new(schema: SchemaRef) -> Self {
        Self { dataset: Dataset::default(), snapshot: Snapshot { schema, files: vec![], live: vec![] } }
    }

    pub fn add_live(&mut self, batch: RecordBatch) {
        self.snapshot.live.push(batch);
    }

    /// Writes `batch` as a file, its rows in the order of time, without the columns that are null in all of it. Every other
    /// file is as the store writes it, with an index; the rest are as another program would write them.
    pub fn add_file(&mut self, folder: &Path, batch: &RecordBatch) -> PathBuf {
        let number = self.snapshot.files.len();
        let path = folder.join(format!("part-{number}.parquet"));
        let order = sort_to_indices(batch.column_by_name("time").unwrap(), None, None).unwrap();
        let sorted = take_record_batch(batch, &order).unwrap();
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(GROUP))
            .set_data_page_row_count_limit(3)
            .set_write_batch_size(3)
            .set_statistics_enabled(EnabledStatistics::Page)
            .set_bloom_filter_enabled(true)
            .build();
        let index = if number.is_multiple_of(2) {
            Some(write_arranged(&path, &sorted, properties))
        } else {
            write_plain(&path, &sorted, properties);
            None
        };
        let times = sorted.column_by_name("time").unwrap().as_primitive::<TimestampMicrosecondType>();
        self.snapshot.files.push(DataFile {
            path: path.clone(),
            size: path.metadata().unwrap().len(),
            raw_bytes: 0,
            rows: sorted.num_rows() as u64,
            time: Some(TimeRange {
                from: Timestamp::from_micros(times.value(0)),
                to: Timestamp::from_micros(times.value(times.len() - 1)).plus_nanos(999),
            }),
            index,
            sums: None,
        });
        path
    }
}

/// Rows of a row group.
const GROUP: usize = 7;

fn without_nulls(rows: &RecordBatch, always: &str) -> Vec<usize> {
    let kept =
        |at: &usize| rows.column(*at).null_count() < rows.num_rows() || rows.schema().field(*at).name() == always;
    (0..rows.num_columns()).filter(kept).collect()
}

fn write_plain(path: &Path, rows: &RecordBatch, properties: WriterProperties) {
    let rows = rows.project(&without_nulls(rows, "")).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), rows.schema(), Some(properties)).unwrap();
    writer.write(&rows).unwrap();
    writer.close().unwrap();
}

fn write_arranged(path: &Path, rows: &RecordBatch, properties: WriterProperties) -> Range<u64> {
    let kept = without_nulls(rows, column::TEMPLATE_ID);
    let schema = Arc::new(rows.schema().project(&kept).unwrap());
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), schema, Some(properties)).unwrap();
    let mut miner = Miner::new(MinerConfig::default());
    let mut entries = Vec::new();
    for from in (0..rows.num_rows()).step_by(GROUP) {
        let group = arrange(&[rows.slice(from, GROUP.min(rows.num_rows() - from))], &mut miner).unwrap();
        writer.write(&group.rows.project(&kept).unwrap()).unwrap();
        writer.flush().unwrap();
        let (bytes, entry) = group.index.place(writer.bytes_written() as u64);
        writer.write_all(&bytes).unwrap();
        entries.push(entry);
    }
    let directory = encode_directory(&entries);
    let from = writer.bytes_written() as u64;
    writer.write_all(&directory).unwrap();
    writer.close().unwrap();
    from..from + directory.len() as u64
}

/// The core columns and `more`.
pub fn schema(more: &[(&str, DataType)]) -> SchemaRef {
    let core = column::core().into_iter().map(|(name, kind)| Field::new(name, kind, true));
    let more = more.iter().map(|(name, kind)| Field::new(*name, kind.clone(), true));
    Arc::new(Schema::new(core.chain(more).collect::<Vec<_>>()))
}

/// A batch of `schema` with these columns; the others are null.
pub fn batch(schema: &SchemaRef, columns: &[(&str, ArrayRef)]) -> RecordBatch {
    let rows = columns[0].1.len();
    let arrays = schema
        .fields()
        .iter()
        .map(|field| {
            let given = columns.iter().find(|(name, _)| name == field.name());
            given.map_or_else(|| new_null_array(field.data_type(), rows), |(_, array)| array.clone())
        })
        .collect();
    RecordBatch::try_new(schema.clone(), arrays).unwrap()
}

/// All rows of a stream.
pub async fn collect(rows: bongsu_query::SendableRecordBatchStream) -> Result<RecordBatch, QueryError> {
    let schema = rows.schema();
    let batches: Vec<RecordBatch> = rows.try_collect().await?;
    Ok(concat_batches(&schema, &batches).unwrap())
}

pub fn texts(batch: &RecordBatch, name: &str) -> Vec<String> {
    let column = batch.column_by_name(name).unwrap();
    let column = arrow::compute::cast(column, &DataType::Utf8).unwrap();
    column.as_string::<i32>().iter().map(|text| text.unwrap_or("null").to_owned()).collect()
}
