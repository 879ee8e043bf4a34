//! The tables are open: `deltalake`, `polars` and `duckdb` from `PyPI` read what bongsu wrote, flushed, merged and deleted.
//!
//! The packages go into a virtual environment below the target folder. Where that cannot be made, as without a network, the
//! test says so and passes.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::bin::{bongsu, sql};
use crate::support::python;
use crate::support::server::Server;

const SCRIPT: &str = include_str!("open_format.py");
const PACKAGES: &[&str] = &["deltalake", "polars", "duckdb"];
const READ_WITHIN: Duration = Duration::from_mins(1);
/// Records of a request.
const ROWS: usize = 20;

/// Records with texts of every kind, missing values, and a key of two types.
fn records(request: usize) -> String {
    let record = |n: usize| {
        let mut record = json!({
            "time": format!("2025-06-{:02}T12:00:{:02}.{:06}Z", 6 + n % 2, n % 60, n),
            "level": (["debug", "info", "error"][n % 3]),
            "message": format!("event {n} 로그인 실패 🎬 \"quoted\"\nsecond line"),
            "n": n,
            "status": if n % 4 < 2 { json!(200 + n) } else { json!(format!("code {n}")) },
        });
        if !n.is_multiple_of(3) {
            record["service"] = json!(["web", "주문"][n % 2]);
        }
        if n.is_multiple_of(5) {
            record["duration"] = json!(n as f64 / 8.0);
        }
        record.to_string() + "\n"
    };
    (request * ROWS..(request + 1) * ROWS).map(record).collect()
}

/// A table of many commits: flushes, merges, a checkpoint, a deletion, and a file after it.
fn make(data: &Path) -> usize {
    let settings =
        [("BONGSU_STORE_FLUSH_AFTER", "10ms"), ("BONGSU_COMPACTION_EVERY", "100ms"), ("BONGSU_COMPACTION_FILES", "2")];
    let server = Server::start_with(data, &[], &settings);
    let log = data.join("tables/logs/_delta_log");
    let is_checkpoint = |entry: fs::DirEntry| entry.file_name().to_string_lossy().ends_with(".checkpoint.parquet");
    let has_checkpoint = || fs::read_dir(&log).is_ok_and(|entries| entries.map_while(Result::ok).any(is_checkpoint));
    let mut requests = 0;
    while !has_checkpoint() {
        assert!(requests < 2_000, "no checkpoint after {requests} requests");
        server.ingest(records(requests));
        requests += 1;
        thread::sleep(Duration::from_millis(20));
    }
    server.stop();
    bongsu(data).args(["delete", "n:[15 TO 34]", "--yes"]).run().ok();
    bongsu(data).args(["ingest", "-"]).input(records(requests)).run().ok();
    (requests + 1) * ROWS - 20
}

/// Whether two values are equal, however a whole float is written.
fn same(one: &Value, other: &Value) -> bool {
    one == other || one.as_f64().is_some_and(|number| other.as_f64() == Some(number))
}

#[test]
fn other_readers_see_the_same_rows() {
    let python = match python::with("open-format", PACKAGES) {
        Ok(python) => python,
        Err(reason) => {
            eprintln!("skipped: {PACKAGES:?} cannot be installed: {}", reason.trim());
            return;
        }
    };
    let dir = tempfile::tempdir().unwrap();
    let count = make(dir.path());
    let columns = ["n", "message", "level", "service", "time", "duration", "status", "status#str"];
    let wanted: Vec<_> = columns
        .iter()
        .map(|name| if *name == "time" { "CAST(time AS BIGINT) AS time".to_owned() } else { format!("\"{name}\"") })
        .collect();
    let ours = sql(dir.path(), &format!("SELECT {} FROM logs ORDER BY n", wanted.join(", ")));
    let ours: Vec<Value> = ours
        .iter()
        .map(|row| columns.iter().map(|name| row.get(*name).cloned().unwrap_or(Value::Null)).collect())
        .collect();
    assert_eq!(ours.len(), count);
    let read = python::run(Command::new(python).arg("-c").arg(SCRIPT).arg(dir.path().join("tables/logs")), READ_WITHIN);
    let read: Value = serde_json::from_slice(&read.unwrap_or_else(|reason| panic!("{reason}"))).unwrap();
    eprintln!("{} rows in {} files: {}, duckdb by {}", count, read["files"], read["versions"], read["duckdb_way"]);
    for name in PACKAGES.iter().copied() {
        let theirs = read["rows"][name].as_array().unwrap();
        assert_eq!(theirs.len(), count, "{name}");
        for (theirs, ours) in theirs.iter().zip(&ours) {
            let pairs = theirs.as_array().unwrap().iter().zip(ours.as_array().unwrap());
            assert!(pairs.into_iter().all(|(theirs, ours)| same(theirs, ours)), "{name}: {theirs} and {ours}");
        }
    }
}
