//! Tables whose files the tests write themselves.
#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "a test fails by panicking")]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, new_null_array};
use arrow::compute::{concat_batches, sort_to_indices, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimestampMicrosecondType};
use bongsu_model::{Dataset, TimeRange, Timestamp, column};
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

    /// Writes `batch` as a file, its rows in the order of time, without the columns that are null in all of it.
    pub fn add_file(&mut self, folder: &Path, batch: &RecordBatch) -> PathBuf {
        let path = folder.join(format!("part-{}.parquet", self.snapshot.files.len()));
        let order = sort_to_indices(batch.column_by_name("time").unwrap(), None, None).unwrap();
        let sorted = take_record_batch(batch, &order).unwrap();
        let kept: Vec<usize> =
            (0..sorted.num_columns()).filter(|at| sorted.column(*at).null_count() < sorted.num_rows()).collect();
        let sorted = sorted.project(&kept).unwrap();
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(7))
            .set_data_page_row_count_limit(3)
            .set_write_batch_size(3)
            .set_statistics_enabled(EnabledStatistics::Page)
            .set_bloom_filter_enabled(true)
            .build();
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), sorted.schema(), Some(properties)).unwrap();
        writer.write(&sorted).unwrap();
        writer.close().unwrap();
        let times = sorted.column_by_name("time").unwrap().as_primitive::<TimestampMicrosecondType>();
        self.snapshot.files.push(DataFile {
            path: path.clone(),
            size: path.metadata().unwrap().len(),
            rows: sorted.num_rows() as u64,
            time: Some(TimeRange {
                from: Timestamp::from_micros(times.value(0)),
                to: Timestamp::from_micros(times.value(times.len() - 1)).plus_nanos(999),
            }),
        });
        path
    }
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
