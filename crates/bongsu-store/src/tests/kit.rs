//! What the tests of the whole store share.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::Int64Type;
use bongsu_index::{Group, Templates};
use bongsu_model::{
    Batch, BatchBuilder, Dataset, FixedClock, Note, Record, Refusal, Refused, TimeRange, Timestamp, column,
};

use crate::disk::{Disk, RealDisk};
use crate::merge::Input;
use crate::{CompactionConfig, IndexFile, Store, StoreConfig, StoreError, Tables};

pub(crate) const DAY: i64 = 86_400_000_000_000;
pub(crate) const NOW: i64 = 20_000 * DAY;

/// A store in which everything happens after a few rows, and nothing by the clock.
pub(crate) fn small() -> StoreConfig {
    StoreConfig {
        segment_bytes: 6_000,
        seal_rows: 25,
        seal_age: Duration::from_hours(1),
        grace: Duration::ZERO,
        checkpoint_every: 4,
        compaction: CompactionConfig { min_files: 2, target_rows: 300, ..CompactionConfig::default() },
        ..StoreConfig::default()
    }
}

/// A folder in memory where there is such a thing: for tests that make many stores and need no disk.
pub(crate) fn quick_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// The files in a folder and below it, sorted.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A clock that stands still.
pub(crate) fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock::new(Timestamp::from_nanos(NOW)))
}

/// Copies a folder with all below it.
pub(crate) fn copy(from: &Path, to: &Path) {
    for path in files(from) {
        let place = to.join(path.strip_prefix(from).unwrap());
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::copy(path, place).unwrap();
    }
}

pub(crate) fn open(data: &Path) -> Store {
    open_on(Arc::new(RealDisk), data).unwrap()
}

pub(crate) fn open_on(disk: Arc<dyn Disk>, data: &Path) -> Result<Store, StoreError> {
    Store::open_on(disk, data, small(), clock())
}

pub(crate) fn dataset(name: &str) -> Dataset {
    name.parse().unwrap()
}

/// Rows with these messages; the n-th is `n` seconds after `time`.
pub(crate) fn batch(name: &str, messages: &[String], time: i64) -> Batch {
    let mut builder = BatchBuilder::new();
    for (nth, message) in messages.iter().enumerate() {
        let time = Timestamp::from_nanos(time + nth as i64 * 1_000_000_000);
        let record = Record { time: Some(time), message: message.into(), ..Record::default() };
        builder.push(&record, Timestamp::from_nanos(NOW));
    }
    let rows = builder.finish().unwrap();
    let raw_bytes = messages.iter().map(|message| message.len() as u64).sum();
    Batch { dataset: dataset(name), rows, raw_bytes, refused: vec![], notes: vec![] }
}

pub(crate) fn note(key: &str, value: &str) -> Note {
    Note { table: "files", key: key.into(), value: value.into() }
}

pub(crate) fn refused_line(raw: &str) -> Refused {
    Refused { source: "input".into(), offset: 3, reason: Refusal::NotObject, raw: raw.into() }
}

/// All messages of a dataset, each with its `_id`, sorted. What a file promises of the order of its rows must hold.
pub(crate) fn rows_of(tables: &dyn Tables, name: &str) -> Vec<(String, String)> {
    let snapshot = match tables.snapshot(&dataset(name)) {
        Err(StoreError::UnknownDataset { .. }) => return vec![],
        other => other.unwrap(),
    };
    let mut rows = Vec::new();
    for file in &snapshot.files {
        let before = rows.len();
        let input = Input::open(&file.path).unwrap();
        let mut last = i64::MIN;
        let (index, entries) = IndexFile::open(file, Arc::default()).unwrap();
        assert_eq!(entries.len(), input.groups());
        for (group, entry) in entries.into_iter().enumerate() {
            let batches: Vec<_> = input.read_groups(vec![group]).unwrap().map(Result::unwrap).collect();
            let group = concat_batches(batches[0].schema_ref(), &batches).unwrap();
            last = lies_in_order(&group, last, file.time.unwrap());
            lies_in_runs(&group, Group::new(entry).templates(&index).unwrap());
            rows.extend(messages(&group));
        }
        assert_eq!((rows.len() - before) as u64, file.rows);
    }
    for batch in &snapshot.live {
        assert_eq!(batch.schema_ref(), &snapshot.schema);
        rows.extend(messages(batch));
    }
    rows.sort();
    rows
}

/// Row groups follow each other in time, from `begin` on. Returns the group's last time.
fn lies_in_order(group: &RecordBatch, begin: i64, range: TimeRange) -> i64 {
    let times = crate::partition::times(group);
    assert!(times.iter().all(|time| begin <= *time && range.contains(Timestamp::from_micros(*time))));
    *times.iter().max().unwrap()
}

/// Rows of one service, one template and the same values of its variables that have few lie together, in the order of time.
fn lies_in_runs(group: &RecordBatch, index: &Templates) {
    let times = crate::partition::times(group);
    let service = group.column_by_name(column::SERVICE).map(arrow::array::AsArray::as_string_view);
    let template = group.column_by_name(column::TEMPLATE_ID).unwrap().as_primitive::<Int64Type>();
    let (mut next, mut seen) = (0, BTreeSet::new());
    for run in &index.runs {
        assert_eq!(run.rows.start as usize, next);
        next = run.rows.end as usize;
        let rows = run.rows.start as usize..next;
        assert!(times[rows.clone()].is_sorted());
        assert!(seen.insert((run.service, run.template)), "rows of a template lie in two places");
        for row in rows {
            let service = service.and_then(|names| names.iter().nth(row).unwrap());
            assert_eq!(service, index.services[run.service as usize].as_deref());
            assert_eq!(template.iter().nth(row).unwrap(), index.template(run).map(|known| known.id));
        }
    }
    assert_eq!(next, group.num_rows());
}

/// All messages of a dataset, sorted. The `_id`s must all be different.
pub(crate) fn messages_of(tables: &dyn Tables, name: &str) -> Vec<String> {
    let rows = rows_of(tables, name);
    let ids: BTreeMap<_, _> = rows.iter().map(|(message, id)| (id, message)).collect();
    assert_eq!(ids.len(), rows.len(), "an _id stands twice");
    rows.into_iter().map(|(message, _)| message).collect()
}

fn messages(batch: &RecordBatch) -> Vec<(String, String)> {
    let text = |name: &str| batch.column_by_name(name).unwrap().as_string_view();
    text("message").iter().zip(text("_id")).map(|(m, id)| (m.unwrap().into(), id.unwrap().into())).collect()
}
