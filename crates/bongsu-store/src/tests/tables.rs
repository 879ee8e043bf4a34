//! What the tables hold: columns, partitions, compaction, retention.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use bongsu_model::{Batch, BatchBuilder, FixedClock, Intake, Record, Timestamp, Value, column};

use super::kit::*;
use crate::merge::Input;
use crate::{Retention, Store, StoreConfig, Tables};

fn with_field(key: &'static str, value: Value<'static>) -> Batch {
    let mut builder = BatchBuilder::new();
    let fields = vec![(key.into(), value)];
    let record = Record { message: "m".into(), fields, ..Record::default() };
    builder.push(&record, Timestamp::from_nanos(NOW));
    Batch { dataset: dataset("logs"), rows: builder.finish().unwrap(), raw_bytes: 1, refused: vec![], notes: vec![] }
}

#[test]
fn columns_keep_their_names_over_flushes_and_restarts() {
    let folder = tempfile::tempdir().unwrap();
    for flush in [false, true, false] {
        let store = open(folder.path());
        let _ = store.submit(with_field("status", Value::Int(200))).unwrap();
        let _ = store.submit(with_field("status", Value::Str("ok".into()))).unwrap();
        let _ = store.submit(with_field("ratio", Value::Float(0.5))).unwrap();
        let _ = store.submit(with_field("ratio", Value::Int(3))).unwrap();
        let _ = store.submit(with_field("a b,c", Value::Bool(true))).unwrap();
        if flush {
            store.flush().unwrap();
        }
    }
    let store = open(folder.path());
    store.flush().unwrap();
    let snapshot = store.snapshot(&dataset("logs")).unwrap();
    let users: Vec<_> =
        snapshot.schema.fields()[column::core().len()..].iter().map(|f| (f.name().as_str(), f.data_type())).collect();
    let expected = [
        ("status", &DataType::Int64),
        ("status#str", &DataType::Utf8View),
        ("ratio", &DataType::Float64),
        ("a_b_c", &DataType::Boolean),
    ];
    assert_eq!(users, expected);
    let mut ratios = 0.0;
    let mut codes = 0;
    for file in &snapshot.files {
        for rows in Input::open(&file.path).unwrap().read().unwrap() {
            let rows = rows.unwrap();
            ratios += rows.column_by_name("ratio").unwrap().as_primitive::<Float64Type>().iter().flatten().sum::<f64>();
            codes += rows.column_by_name("status").unwrap().as_primitive::<Int64Type>().iter().flatten().sum::<i64>();
        }
    }
    assert_eq!((ratios, codes), (10.5, 600));
}

#[test]
fn rows_lie_in_the_folder_of_their_day_and_merge_there() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut all = vec![];
    for nth in 0..12 {
        let messages: Vec<_> = (0..9).map(|row| format!("{nth:02} {row:02}")).collect();
        let _ = store.submit(batch("logs", &messages, NOW - DAY - 3_000_000_000 + nth % 5 * 777_000_000)).unwrap();
        store.flush().unwrap();
        all.extend(messages);
    }
    let before = store.snapshot(&dataset("logs")).unwrap();
    assert_eq!(before.files.len(), 22);
    let done = store.maintain().unwrap();
    assert_eq!((done.merged_files, done.made_files, done.deleted_files), (22, 2, 22));
    let after = store.snapshot(&dataset("logs")).unwrap();
    let days: Vec<_> = after.files.iter().map(|f| f.path.parent().unwrap().file_name().unwrap().to_owned()).collect();
    assert_eq!(days, ["_day=2024-10-02", "_day=2024-10-03"]);
    assert_eq!(messages_of(&store, "logs"), all);
    assert_eq!(store.maintain().unwrap(), crate::Maintenance::default());
    assert_eq!(store.stats().unwrap().datasets[0].raw_bytes, 12 * 9 * 5);
    assert_eq!(messages_of(&open_after(store, folder.path()), "logs"), all);
}

fn open_after(store: Store, data: &std::path::Path) -> Store {
    store.close().unwrap();
    open(data)
}

#[test]
fn retention_takes_out_whole_old_files() {
    let folder = tempfile::tempdir().unwrap();
    let retention = Retention { age: Some(Duration::from_hours(48)), bytes: None };
    let config = StoreConfig { retention, grace: Duration::from_hours(1), ..small() };
    let clock = Arc::new(FixedClock::new(Timestamp::from_nanos(NOW)));
    let store = Store::open(folder.path(), config, clock.clone()).unwrap();
    for day in 0..5 {
        let _ = store.submit(batch("logs", &[format!("day {day}")], NOW - day * DAY)).unwrap();
        store.flush().unwrap();
    }
    let done = store.maintain().unwrap();
    assert_eq!((done.expired_files, done.expired_rows, done.deleted_files), (2, 2, 0));
    assert_eq!(messages_of(&store, "logs"), ["day 0", "day 1", "day 2"]);
    clock.set(Timestamp::from_nanos(NOW + DAY / 12));
    assert_eq!(store.maintain().unwrap().deleted_files, 2);
    assert_eq!(messages_of(&store, "logs"), ["day 0", "day 1"]);
}

#[test]
fn ids_that_records_brought_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut builder = BatchBuilder::new();
    for id in [Some("mine"), None] {
        let record = Record { id: id.map(Into::into), message: "m".into(), ..Record::default() };
        builder.push(&record, Timestamp::from_nanos(NOW));
    }
    let rows = builder.finish().unwrap();
    let _ = store.submit(Batch { rows, ..with_field("x", Value::Int(1)) }).unwrap();
    let rows = rows_of(&store, "logs");
    assert!(rows.iter().any(|(_, id)| id == "mine") && rows.iter().any(|(_, id)| id.len() == 12), "{rows:?}");
}

#[test]
fn a_thousand_keys_too_many_are_kept_in_attributes() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let keys: Vec<String> = (0..1_500).map(|n| format!("key{n}")).collect();
    for chunk in keys.chunks(500) {
        let mut builder = BatchBuilder::new();
        let fields = chunk.iter().map(|key| (key.as_str().into(), Value::Int(7))).collect();
        builder.push(&Record { message: "m".into(), fields, ..Record::default() }, Timestamp::from_nanos(NOW));
        let rows = builder.finish().unwrap();
        let _ = store.submit(Batch { rows, ..with_field("key0", Value::Int(7)) }).unwrap();
    }
    store.flush().unwrap();
    let snapshot = store.snapshot(&dataset("logs")).unwrap();
    assert_eq!(snapshot.schema.fields().len(), 1_000 + column::core().len());
    let mut kept = 0;
    for rows in snapshot.files.iter().flat_map(|file| Input::open(&file.path).unwrap().read().unwrap()) {
        let rows = rows.unwrap();
        for text in rows.column_by_name("attributes").unwrap().as_string_view().iter().flatten() {
            kept += serde_json::from_str::<serde_json::Map<_, _>>(text).unwrap().len();
        }
        // The template of a row is the store's own.
        kept += rows
            .columns()
            .iter()
            .zip(rows.schema_ref().fields())
            .filter(|(_, field)| field.name() != column::TEMPLATE_ID)
            .map(|(values, _)| values)
            .filter(|c| *c.data_type() == DataType::Int64)
            .map(|c| c.len() - c.null_count())
            .sum::<usize>();
    }
    assert_eq!(kept, 1_500);
}
