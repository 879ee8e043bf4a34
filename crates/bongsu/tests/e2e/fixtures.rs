//! Data directories of released formats are read, checked and written to. `bongsu-store` has the program that made them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::ingest::lines;
use crate::support::bin::{bongsu, count, number};

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let place = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &place);
        } else {
            fs::copy(path, place).unwrap();
        }
    }
}

/// The message of each row by its id.
fn messages(data: &Path, dataset: &str) -> BTreeMap<String, String> {
    let rows = bongsu(data).json().args(["search", "*", "--limit", "all", "--dataset", dataset]).run().ok().rows();
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let found: BTreeMap<_, _> = rows.iter().map(|row| (text(row, "_id"), text(row, "message"))).collect();
    assert_eq!(found.len(), rows.len(), "an _id stands twice");
    found
}

/// Everything that `expected` tells of is there, and nothing else.
fn holds(data: &Path, expected: &Value) {
    for (dataset, rows) in expected["rows"].as_object().unwrap() {
        let text = |row: &Value| row["message"].as_str().unwrap().to_owned();
        let wanted: BTreeMap<_, _> =
            rows.as_object().unwrap().iter().map(|(id, row)| (id.clone(), text(row))).collect();
        assert_eq!(messages(data, dataset), wanted, "{dataset}");
    }
    let refused = bongsu(data).json().args(["refused", "--limit", "all"]).run().ok().rows();
    let mut refused: Vec<_> = refused.iter().map(|line| line["raw"].clone()).collect();
    refused.reverse();
    assert_eq!(Value::from(refused), expected["refused"]);
}

#[test]
fn data_of_every_released_format_is_read_and_goes_on() {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    for fixture in fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        copy(&fixture.join("data"), &data);
        let expected: Value = serde_json::from_slice(&fs::read(fixture.join("expected.json")).unwrap()).unwrap();
        holds(&data, &expected);
        bongsu(&data).args(["check", "--deep"]).run().ok();
        let hits = bongsu(&data).json().args(["search", "level:error \"로그인 성공\"", "--limit", "all"]).run().ok();
        assert!(!hits.rows().is_empty() && hits.rows().iter().all(|row| row["level"] == "ERROR"), "{}", hits.told());
        assert_eq!(number(&data, "SELECT count(*) AS n FROM templates WHERE template LIKE 'user %'"), 2);
        // The writer takes the log into files, and nothing is lost or doubled by that.
        let before = count(&data);
        bongsu(&data).args(["ingest", "-"]).input(lines(1_000..1_010)).run().ok();
        assert_eq!(count(&data), before + 10);
        bongsu(&data).args(["delete", "event", "--yes", "--purge"]).run().ok();
        holds(&data, &expected);
        bongsu(&data).args(["check", "--deep"]).run().ok();
    }
}
