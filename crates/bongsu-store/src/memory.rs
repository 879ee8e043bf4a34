//! Tables that live in memory only: for questions to a folder without a store, and for tests.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use arrow::array::RecordBatch;
use bongsu_model::Dataset;

use crate::conform::{Widener, conform};
use crate::names::Columns;
use crate::{Snapshot, StoreError, Tables};

/// Datasets made of batches in memory, with the same names of columns as a store gives them.
///
/// ```
/// use bongsu_model::{BatchBuilder, Dataset, Record, Timestamp};
/// use bongsu_store::{MemoryTables, Tables};
///
/// let mut builder = BatchBuilder::new();
/// builder.push(&Record { message: "hello".into(), ..Record::default() }, Timestamp::from_nanos(0));
/// let tables = MemoryTables::new();
/// tables.add(&Dataset::default(), &builder.finish().unwrap()).unwrap();
/// assert_eq!(tables.snapshot(&Dataset::default()).unwrap().rows(), 1);
/// ```
#[derive(Debug, Default)]
pub struct MemoryTables(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    tables: BTreeMap<Dataset, Table>,
    next_id: u64,
}

#[derive(Debug, Default)]
struct Table {
    columns: Columns,
    rows: Vec<RecordBatch>,
}

impl MemoryTables {
    /// No datasets.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the rows of a batch, as [`bongsu_model::BatchBuilder`] makes it, to `dataset`.
    pub fn add(&self, dataset: &Dataset, rows: &RecordBatch) -> Result<(), StoreError> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first_id = inner.next_id;
        inner.next_id += rows.num_rows() as u64;
        let table = inner.tables.entry(dataset.clone()).or_default();
        table.rows.push(conform(&mut table.columns, rows, first_id)?);
        Ok(())
    }
}

impl Tables for MemoryTables {
    fn datasets(&self) -> Result<Vec<Dataset>, StoreError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).tables.keys().cloned().collect())
    }

    fn snapshot(&self, dataset: &Dataset) -> Result<Snapshot, StoreError> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let table = inner.tables.get(dataset).ok_or_else(|| StoreError::UnknownDataset { dataset: dataset.clone() })?;
        let schema = table.columns.schema();
        let mut widener = Widener::default();
        let live = table.rows.iter().map(|rows| widener.widen(rows, schema)).collect::<Result<_, _>>();
        let live = live.map_err(|error| StoreError::BadBatch { what: error.to_string() })?;
        Ok(Snapshot { schema: schema.clone(), files: vec![], live })
    }
}
