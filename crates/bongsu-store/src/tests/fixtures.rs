//! Data directories of released formats, in `crates/bongsu/tests/fixtures`: each later version opens them and finds the same.
//!
//! `cargo test --release -p bongsu-store --lib write_the_fixture -- --ignored` writes the one of the current format anew. That
//! is for a new format, or for one that is not released yet: what was released stays as it is.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::util::display::array_value_to_string;
use bongsu_model::{Batch, BatchBuilder, Intake, Level, Record, Timestamp, Value as Field};
use serde::{Deserialize, Serialize};

use super::kit::*;
use crate::format::FORMAT;
use crate::merge::Input;
use crate::{CheckOptions, Deletion, Reader, RefusedFilter, Store, Tables, check, refused};

/// What stands beside a data directory: everything in it, as text.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Expected {
    /// The rows of each dataset by their ids: the columns that are not null.
    rows: BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>,
    notes: BTreeMap<String, String>,
    refused: Vec<String>,
}

fn place() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../bongsu/tests/fixtures")
}

fn submit(store: &Store, name: &str, nth: i64) {
    let mut builder = BatchBuilder::new();
    for row in 0..6 {
        let n = nth * 10 + row;
        let level = [Level::Info, Level::Error, Level::Warning][row as usize % 3].clone();
        let mut fields = vec![("n".into(), Field::Int(n))];
        match row {
            0 => fields.push(("status".into(), Field::Int(200 + n))),
            1 => fields.push(("status".into(), Field::Str("bad gateway".into()))),
            2 => fields.push(("ratio".into(), Field::Float(n as f64 / 4.0))),
            3 => fields.push(("user.active".into(), Field::Bool(n % 2 == 0))),
            4 => fields.push(("tags".into(), Field::Json("[\"a\",1]".into()))),
            _ => fields.push(("x".repeat(300).into(), Field::Int(n))),
        }
        let record = Record {
            time: Some(Timestamp::from_nanos(NOW - nth % 3 * DAY + row * 1_000_000_123)),
            level: Some(level),
            service: (row % 2 == 0).then(|| ["web", "주문"][nth as usize % 2].into()),
            message: format!("user {n} logged in from 10.0.0.{row} 로그인 성공").into(),
            trace_id: (row == 1).then(|| format!("{n:032x}").into()),
            duration: (row == 2).then_some(n as f64 / 8.0),
            fields,
            ..Record::default()
        };
        builder.push(&record, Timestamp::from_nanos(NOW));
    }
    let batch = Batch {
        dataset: dataset(name),
        rows: builder.finish().unwrap(),
        raw_bytes: 600,
        refused: vec![refused_line(&format!("broken line {nth}"))],
        notes: vec![note(&format!("file {}", nth % 4), &format!("read to {nth}"))],
    };
    let _ = store.submit(batch).unwrap();
}

/// Every kind of file: flushes, a compaction, a checkpoint, a deletion; rows, notes and refused lines in the log.
fn make(data: &Path) {
    let store = open(data);
    for nth in 0..5 {
        submit(&store, "logs", nth);
        store.flush().unwrap();
    }
    assert!(store.maintain().unwrap().made_files > 0);
    submit(&store, "web.access-1", 5);
    submit(&store, "logs", 6);
    store.flush().unwrap();
    let third = |rows: &RecordBatch| -> Result<BooleanArray, Infallible> {
        let messages = rows.column_by_name("message").unwrap().as_string_view();
        Ok(messages.iter().map(|message| Some(message.unwrap().starts_with("user 12 "))).collect())
    };
    let wanted = Deletion { files: &|_| true, rows: &third, at_once: true };
    assert_eq!(store.delete(&dataset("logs"), &wanted).unwrap().rows, 1);
    submit(&store, "logs", 7);
    submit(&store, "web.access-1", 8);
}

fn columns(batch: &RecordBatch, all: &mut BTreeMap<String, BTreeMap<String, String>>) {
    let ids = batch.column_by_name("_id").unwrap().as_string_view();
    for row in 0..batch.num_rows() {
        let fields = batch.schema_ref().fields().iter().zip(batch.columns());
        let values = fields.filter(|(field, array)| array.is_valid(row) && field.name() != "template_id");
        let values = values.map(|(field, array)| (field.name().clone(), array_value_to_string(array, row).unwrap()));
        assert!(all.insert(ids.value(row).to_owned(), values.collect()).is_none(), "an _id stands twice");
    }
}

fn rows(tables: &dyn Tables) -> BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>> {
    let mut all = BTreeMap::new();
    for name in tables.datasets().unwrap() {
        let snapshot = tables.snapshot(&name).unwrap();
        let rows = all.entry(name.to_string()).or_default();
        for file in &snapshot.files {
            Input::open(&file.path).unwrap().read().unwrap().for_each(|batch| columns(&batch.unwrap(), rows));
        }
        snapshot.live.iter().for_each(|batch| columns(batch, rows));
    }
    all
}

fn expected(store: &Store, data: &Path) -> Expected {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let notes = store.notes("files", b"").unwrap();
    Expected {
        rows: rows(store),
        notes: notes.into_iter().map(|(key, value)| (text(key), text(value))).collect(),
        refused: refused(data, &RefusedFilter::default()).unwrap().map(|line| text(line.unwrap().raw)).collect(),
    }
}

#[test]
#[ignore = "writes the fixture of the current format anew"]
fn write_the_fixture() {
    let fixture = place().join(format!("format-{FORMAT}"));
    drop(fs::remove_dir_all(&fixture));
    let data = fixture.join("data");
    make(&data);
    let copied = tempfile::tempdir().unwrap();
    copy(&data, copied.path());
    let expected = expected(&open(copied.path()), copied.path());
    fs::write(fixture.join("expected.json"), serde_json::to_string_pretty(&expected).unwrap() + "\n").unwrap();
    fs::remove_file(data.join("LOCK")).unwrap();
}

#[test]
fn data_of_every_released_format_opens_and_goes_on() {
    let mut formats = 0;
    for entry in fs::read_dir(place()).unwrap() {
        let fixture = entry.unwrap().path();
        if !fixture.is_dir() {
            continue;
        }
        formats += 1;
        let folder = tempfile::tempdir().unwrap();
        copy(&fixture.join("data"), folder.path());
        let wanted: Expected = serde_json::from_slice(&fs::read(fixture.join("expected.json")).unwrap()).unwrap();
        assert_eq!(rows(&Reader::open(folder.path()).unwrap()), wanted.rows, "{}", fixture.display());
        let report = check(folder.path(), CheckOptions { deep: true, repair: false }).unwrap();
        assert_eq!(report.problems, [], "{}", fixture.display());
        let store = open(folder.path());
        assert_eq!(expected(&store, folder.path()), wanted, "{}", fixture.display());
        submit(&store, "logs", 90);
        store.flush().unwrap();
        let _ = store.maintain().unwrap();
        store.close().unwrap();
        let after = expected(&open(folder.path()), folder.path());
        let without_new = |mut after: Expected| {
            let logs = after.rows.get_mut("logs").unwrap();
            logs.retain(|_, row| !row["message"].starts_with("user 90"));
            after.refused.retain(|line| line != "broken line 90");
            after.notes.insert("file 2".to_owned(), wanted.notes["file 2"].clone());
            after
        };
        assert_eq!(after.rows["logs"].len(), wanted.rows["logs"].len() + 6);
        assert_eq!(without_new(after), wanted, "{}", fixture.display());
    }
    assert_eq!(formats, FORMAT as usize, "each format has a fixture");
}
