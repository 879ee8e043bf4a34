//! Type trouble: more keys than there are columns, keys whose type changes, many services and datasets. Nothing is dropped.

use std::collections::BTreeMap;
use std::time::Instant;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use bongsu_model::{Batch, BatchBuilder, Intake, Record, Timestamp, Value as Field, column};
use serde_json::{Map, Value, json};

use super::kit::*;
use crate::merge::Input;
use crate::{CompactionConfig, Reader, Store, StoreConfig, Tables};

const KEYS: usize = 10_000;
const SERVICES: usize = 1_000;
const DATASETS: usize = 50;
/// Keys of a row.
const OF_A_ROW: usize = 10;

fn config() -> StoreConfig {
    let compaction = CompactionConfig { min_files: 2, ..CompactionConfig::default() };
    StoreConfig { seal_rows: 500, compaction, ..small() }
}

/// The value of a key in a row: each key has one type, but `mixed` a new one in each row and `json` a list.
fn value(key: &str, row: usize) -> Field<'static> {
    let kind = if key == "mixed" { row } else { key.len() + key.bytes().map(usize::from).sum::<usize>() };
    match kind % 5 {
        0 => Field::Int(row as i64 - 40),
        1 => Field::Float(row as f64 + 0.25),
        2 => Field::Bool(row.is_multiple_of(2)),
        3 => Field::Str(format!("값 {row}").into()),
        _ => Field::Json(format!("[{row},\"x\"]").into()),
    }
}

fn plain(field: &Field<'_>) -> Value {
    match field {
        Field::Int(value) => json!(value),
        Field::Float(value) => json!(value),
        Field::Bool(value) => json!(value),
        Field::Str(text) | Field::Json(text) => json!(text),
    }
}

type Rows = BTreeMap<i64, Map<String, Value>>;

/// Submits `rows` rows, a hundred a batch.
fn fill(store: &Store, name: &str, rows: usize, truth: &mut Rows) {
    for batch in (0..rows).step_by(100) {
        let mut builder = BatchBuilder::new();
        for row in batch..(batch + 100).min(rows) {
            let mut keys: Vec<String> =
                (0..OF_A_ROW).map(|nth| format!("key{:05}", (row * OF_A_ROW + nth) % KEYS)).collect();
            keys.push("mixed".to_owned());
            let mut expected: Map<String, Value> =
                keys.iter().map(|key| (key.clone(), plain(&value(key, row)))).collect();
            expected.insert("n".to_owned(), json!(row));
            let fields = keys.into_iter().map(|key| {
                let value = value(&key, row);
                (key.into(), value)
            });
            let record = Record {
                time: Some(Timestamp::from_nanos(NOW + row as i64)),
                service: Some(format!("service-{}", row % SERVICES).into()),
                message: format!("row {row}").into(),
                fields: fields.chain([("n".into(), Field::Int(row as i64))]).collect(),
                ..Record::default()
            };
            builder.push(&record, Timestamp::from_nanos(NOW));
            truth.insert(row as i64, expected);
        }
        let rows = builder.finish().unwrap();
        let count = rows.num_rows() as u64;
        let batch = Batch { dataset: dataset(name), rows, raw_bytes: 100, refused: vec![], notes: vec![] };
        assert_eq!(store.submit(batch).unwrap().rows, count);
    }
}

/// The values of each row under their keys, from columns and from `attributes`.
fn read(batch: &RecordBatch, found: &mut Rows) {
    let services = batch.column_by_name(column::SERVICE).unwrap().as_string_view();
    let mut rows: Vec<Map<String, Value>> = vec![Map::new(); batch.num_rows()];
    for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        let is_attributes = field.name() == column::ATTRIBUTES;
        if column::core_type(field.name()).is_some() && !is_attributes {
            continue;
        }
        let key = field.name().split('#').next().unwrap();
        for row in (0..batch.num_rows()).filter(|row| array.is_valid(*row)) {
            let value = match array.data_type() {
                DataType::Int64 => json!(array.as_primitive::<Int64Type>().value(row)),
                DataType::Float64 => json!(array.as_primitive::<Float64Type>().value(row)),
                DataType::Boolean => json!(array.as_boolean().value(row)),
                _ => json!(array.as_string_view().value(row)),
            };
            if is_attributes {
                let more: Map<String, Value> = serde_json::from_str(value.as_str().unwrap()).unwrap();
                // A list is kept there as a list, or as the text it has in a column.
                let text = |value: Value| if value.is_array() { json!(value.to_string()) } else { value };
                rows[row].extend(more.into_iter().map(|(key, value)| (key, text(value))));
            } else {
                assert_eq!(rows[row].insert(key.to_owned(), value), None, "two values of `{key}` in one row");
            }
        }
    }
    for (nth, row) in rows.into_iter().enumerate() {
        let n = row["n"].as_i64().unwrap();
        assert_eq!(services.value(nth), format!("service-{}", n as usize % SERVICES));
        assert_eq!(found.insert(n, row), None, "row {n} is there twice");
    }
}

fn rows(tables: &dyn Tables, name: &str) -> Rows {
    let snapshot = tables.snapshot(&dataset(name)).unwrap();
    let mut found = Rows::new();
    for file in &snapshot.files {
        for batch in Input::open(&file.path).unwrap().read().unwrap() {
            read(&batch.unwrap(), &mut found);
        }
    }
    snapshot.live.iter().for_each(|batch| read(batch, &mut found));
    found
}

#[track_caller]
fn same(found: &Rows, truth: &Rows) {
    assert_eq!(found.len(), truth.len());
    for (n, row) in truth {
        assert_eq!(&found[n], row, "row {n}");
    }
}

#[test]
fn ten_thousand_keys_of_changing_types_and_a_thousand_services_are_all_kept() {
    let folder = quick_folder();
    let store = Store::open(folder.path(), config(), clock()).unwrap();
    let mut truth = Rows::new();
    let began = Instant::now();
    fill(&store, "logs", KEYS * 2 / OF_A_ROW, &mut truth);
    let taken = began.elapsed();
    same(&rows(&store, "logs"), &truth);
    same(&rows(&Reader::open(folder.path()).unwrap(), "logs"), &truth);
    store.flush().unwrap();
    let flushed = began.elapsed();
    same(&rows(&store, "logs"), &truth);
    let _ = store.maintain().unwrap();
    same(&rows(&store, "logs"), &truth);
    let users = store.snapshot(&dataset("logs")).unwrap().schema.fields().len() - column::core().len();
    assert_eq!(users, 1_000);
    drop(store);
    let opening = Instant::now();
    let store = Store::open(folder.path(), config(), clock()).unwrap();
    let opened = opening.elapsed();
    same(&rows(&store, "logs"), &truth);
    let stored = store.stats().unwrap().datasets[0].stored_bytes;
    eprintln!(
        "{} rows of {KEYS} keys: taken in {taken:?}, in files after {flushed:?}, {stored} bytes, opened in {opened:?}",
        truth.len()
    );
}

#[test]
fn fifty_datasets_live_beside_each_other() {
    let folder = quick_folder();
    let store = Store::open(folder.path(), config(), clock()).unwrap();
    let mut truths = vec![Rows::new(); DATASETS];
    for (nth, truth) in truths.iter_mut().enumerate() {
        fill(&store, &format!("set-{nth}"), 20 + nth, truth);
    }
    for round in 0..2 {
        assert_eq!(store.datasets().unwrap().len(), DATASETS);
        for (nth, truth) in truths.iter().enumerate() {
            same(&rows(&store, &format!("set-{nth}")), truth);
        }
        if round == 0 {
            store.flush().unwrap();
            let _ = store.maintain().unwrap();
        }
    }
    store.close().unwrap();
    let opening = Instant::now();
    let store = Store::open(folder.path(), config(), clock()).unwrap();
    eprintln!("{DATASETS} datasets: opened in {:?}", opening.elapsed());
    for (nth, truth) in truths.iter().enumerate() {
        same(&rows(&store, &format!("set-{nth}")), truth);
    }
}
