//! What the tests of the whole store share.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{AsArray, RecordBatch};
use bongsu_model::{Batch, BatchBuilder, Dataset, FixedClock, Note, Record, Refusal, Refused, Timestamp};

use crate::disk::{Disk, RealDisk};
use crate::merge::Input;
use crate::{CompactionConfig, Store, StoreConfig, StoreError, Tables};

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

pub(crate) fn open(data: &Path) -> Store {
    open_on(Arc::new(RealDisk), data).unwrap()
}

pub(crate) fn open_on(disk: Arc<dyn Disk>, data: &Path) -> Result<Store, StoreError> {
    Store::open_on(disk, data, small(), Arc::new(FixedClock::new(Timestamp::from_nanos(NOW))))
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

/// All messages of a dataset, each with its `_id`, sorted; each file's times must be in order.
pub(crate) fn rows_of(tables: &dyn Tables, name: &str) -> Vec<(String, String)> {
    let snapshot = match tables.snapshot(&dataset(name)) {
        Err(StoreError::UnknownDataset { .. }) => return vec![],
        other => other.unwrap(),
    };
    let mut rows = Vec::new();
    for file in &snapshot.files {
        let before = rows.len();
        let mut last = i64::MIN;
        for batch in Input::open(&file.path).unwrap().read().unwrap() {
            let batch = batch.unwrap();
            for time in crate::partition::times(&batch) {
                assert!(last <= *time && file.time.unwrap().contains(Timestamp::from_micros(*time)));
                last = *time;
            }
            rows.extend(messages(&batch));
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
