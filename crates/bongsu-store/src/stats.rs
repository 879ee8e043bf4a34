//! How much a data directory holds.

use std::fs;
use std::path::Path;

use arrow::array::RecordBatch;
use bongsu_model::{Dataset, TimeRange};

use crate::delta::{TableFile, micros_range};
use crate::layout::Layout;
use crate::partition::times;
use crate::reader::Reader;
use crate::shared::{Shared, lock};
use crate::{StoreError, Tables, refused, segment};

/// What a dataset holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetStats {
    /// Its name.
    pub dataset: Dataset,
    /// Rows, in files and live.
    pub rows: u64,
    /// Bytes that the rows had as they came in.
    pub raw_bytes: u64,
    /// Bytes of its files.
    pub stored_bytes: u64,
    /// Number of its files.
    pub files: u64,
    /// Rows that are in the write-ahead log only.
    pub live_rows: u64,
    /// First and last time; none when there are no rows.
    pub time: Option<TimeRange>,
}

/// What a data directory holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoreStats {
    /// Each dataset, by name.
    pub datasets: Vec<DatasetStats>,
    /// Bytes of the write-ahead log.
    pub wal_bytes: u64,
    /// Bytes of refused lines.
    pub refused_bytes: u64,
}

/// Counts what the data directory `data` holds. Works beside a running writer.
pub fn stats(data: &Path) -> Result<StoreStats, StoreError> {
    let reader = Reader::open(data)?;
    let mut datasets = Vec::new();
    for dataset in reader.datasets()? {
        let view = reader.view(&dataset)?;
        let mut counted = DatasetStats::new(dataset);
        view.log.files().values().for_each(|file| counted.add_file(file));
        view.waiting.iter().for_each(|waiting| counted.add_live(&waiting.rows, waiting.raw_bytes));
        datasets.push(counted);
    }
    whole(reader.layout(), datasets)
}

/// Counts what a running store holds.
pub(crate) fn of_store(shared: &Shared) -> Result<StoreStats, StoreError> {
    let mut datasets = Vec::new();
    for (dataset, table) in &lock(&shared.state).tables {
        let mut counted = DatasetStats::new(dataset.clone());
        table.files.iter().for_each(|file| counted.add_file(file));
        for live in table.sealed.iter().map(AsRef::as_ref).chain([&table.live]) {
            live.batches.iter().for_each(|rows| counted.add_live(rows, 0));
            counted.raw_bytes += live.raw_bytes;
        }
        if !table.is_empty() {
            datasets.push(counted);
        }
    }
    whole(&shared.layout, datasets)
}

fn whole(layout: &Layout, datasets: Vec<DatasetStats>) -> Result<StoreStats, StoreError> {
    let size = |path: &Path| fs::metadata(path).map_or(0, |meta| meta.len());
    let wal_bytes = segment::list(&layout.wal())?.iter().map(|(_, path)| size(path)).sum();
    let refused_bytes = refused::list(&layout.refused())?.iter().map(|(_, path)| size(path)).sum();
    Ok(StoreStats { datasets, wal_bytes, refused_bytes })
}

impl DatasetStats {
    fn new(dataset: Dataset) -> Self {
        Self { dataset, rows: 0, raw_bytes: 0, stored_bytes: 0, files: 0, live_rows: 0, time: None }
    }

    fn add_file(&mut self, file: &TableFile) {
        self.rows += file.data.rows;
        self.raw_bytes += file.raw_bytes;
        self.stored_bytes += file.data.size;
        self.files += 1;
        self.add_time(file.data.time);
    }

    fn add_live(&mut self, rows: &RecordBatch, raw_bytes: u64) {
        self.rows += rows.num_rows() as u64;
        self.live_rows += rows.num_rows() as u64;
        self.raw_bytes += raw_bytes;
        let times = times(rows);
        self.add_time(times.iter().min().zip(times.iter().max()).map(|(from, to)| micros_range(*from, *to)));
    }

    fn add_time(&mut self, more: Option<TimeRange>) {
        self.time = match (self.time, more) {
            (Some(a), Some(b)) => Some(TimeRange { from: a.from.min(b.from), to: a.to.max(b.to) }),
            (a, b) => a.or(b),
        };
    }
}
