//! `bongsu delete`: what a search finds goes, all of it or nothing, and nobody is surprised.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::ingest::lines;
use crate::support::bin::{bongsu, count, number};
use crate::support::server::Server;

fn hundred() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for part in 0..2 {
        bongsu(dir.path()).args(["ingest", "-"]).input(lines(part * 50..part * 50 + 50)).run().ok();
    }
    assert_eq!(count(dir.path()), 100);
    dir
}

#[track_caller]
fn deleted(data: &Path, args: &[&str]) -> Value {
    bongsu(data).json().arg("delete").args(args).run().ok().document()
}

#[test]
fn what_a_search_finds_is_deleted_and_nothing_else() {
    let dir = hundred();
    let done = deleted(dir.path(), &["n:[10 TO 19] OR n:77", "--yes"]);
    assert_eq!((&done["deleted"], &done["matched"], &done["files"]), (&11.into(), &11.into(), &2.into()), "{done}");
    assert_eq!(
        (&done["dataset"], &done["purged"], &done["left_in_log"]),
        (&"logs".into(), &false.into(), &false.into())
    );
    assert_eq!(count(dir.path()), 89);
    assert_eq!(number(dir.path(), "SELECT count(*) AS n FROM logs WHERE n BETWEEN 10 AND 19 OR n = 77"), 0);
    let again = bongsu(dir.path()).json().args(["delete", "n:77", "--yes", "--fail"]).run();
    assert_eq!((again.code, &again.document()["deleted"]), (Some(3), &0.into()), "{}", again.told());
    bongsu(dir.path()).args(["check", "--deep"]).run().ok();
    bongsu(dir.path()).args(["ingest", "-"]).input(lines(0..5)).run().ok();
    assert_eq!(count(dir.path()), 94);
}

#[test]
fn times_and_datasets_bound_what_is_deleted() {
    let dir = tempfile::tempdir().unwrap();
    for (dataset, day) in [("shop", "2025-06-01"), ("shop", "2025-06-02"), ("logs", "2025-06-01")] {
        let records = format!("{{\"time\":\"{day}T12:00:00Z\",\"message\":\"{day}\"}}\n").repeat(10);
        bongsu(dir.path()).args(["ingest", "--dataset", dataset, "-"]).input(records).run().ok();
    }
    let args = ["*", "--dataset", "shop", "--since", "2025-06-01", "--until", "2025-06-01", "--yes"];
    assert_eq!(deleted(dir.path(), &args)["deleted"], 10);
    assert_eq!(count(dir.path()), 10);
    assert_eq!(number(dir.path(), "SELECT count(*) AS n FROM shop WHERE message = '2025-06-02'"), 10);
    assert_eq!(number(dir.path(), "SELECT count(*) AS n FROM shop"), 10);
    let nowhere = bongsu(dir.path()).args(["delete", "*", "--dataset", "shp", "--yes"]).run().fails(1);
    assert!(nowhere.err.contains("shop"), "{}", nowhere.told());
}

#[test]
fn nothing_is_deleted_unasked_or_by_a_slip() {
    let dir = hundred();
    let unasked = bongsu(dir.path()).json().args(["delete", "n:[0 TO 9]"]).run();
    assert_eq!(unasked.code, Some(2), "{}", unasked.told());
    let document = unasked.document();
    assert_eq!((&document["matched"], &document["deleted"]), (&10.into(), &0.into()));
    assert!(unasked.err.contains("--yes"), "{}", unasked.told());
    let korean = bongsu(dir.path()).args(["--lang", "ko", "delete", "n:[0 TO 9]"]).run();
    assert!(korean.code == Some(2) && korean.err.contains("10건"), "{}", korean.told());
    for query in ["NOT mesage:event", "usr:kim"] {
        let slip = bongsu(dir.path()).args(["delete", query, "--yes"]).run().fails(1);
        assert!(slip.err.contains("no record has the field"), "{}", slip.told());
    }
    let wrong = bongsu(dir.path()).args(["delete", "level:(error", "--yes"]).run().fails(1);
    assert!(wrong.err.contains("expected `)`"), "{}", wrong.told());
    bongsu(dir.path()).arg("delete").run().fails(2);
    assert_eq!(count(dir.path()), 100);
}

fn holds(folder: &Path, word: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holds(&path, word));
        } else if fs::read(&path).unwrap().windows(word.len()).any(|part| part == word) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn purging_leaves_nothing_in_any_file() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    server.ingest(lines(0..20));
    server.ingest("{\"message\":\"mail from kim-4711@example.com\",\"n\":20}\n");
    // Its rows stay in the write-ahead log.
    server.kill();
    assert!(!holds(dir.path(), b"kim-4711").is_empty());
    let done = deleted(dir.path(), &["\"kim-4711@example.com\"", "--yes", "--purge"]);
    assert_eq!((&done["deleted"], &done["purged"]), (&1.into(), &true.into()), "{done}");
    assert_eq!(holds(dir.path(), b"kim-4711"), [""; 0]);
    assert_eq!(count(dir.path()), 20);
    bongsu(dir.path()).args(["check", "--deep"]).run().ok();
}

#[test]
fn a_running_server_is_not_deleted_under() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    server.ingest(lines(0..20));
    let locked = bongsu(dir.path()).args(["delete", "n:3", "--yes"]).run().fails(1);
    assert!(locked.err.contains("stop it"), "{}", locked.told());
    assert_eq!(server.count(), 20);
    server.stop();
    assert_eq!(deleted(dir.path(), &["n:3", "--yes"])["deleted"], 1);
    assert_eq!(count(dir.path()), 19);
}
