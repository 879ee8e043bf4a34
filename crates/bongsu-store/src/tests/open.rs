//! Who may open a store, and what others see meanwhile.

use std::process::Command;
use std::sync::Arc;

use bongsu_model::{Intake, SystemClock};

use super::kit::*;
use crate::{CheckOptions, Reader, Store, StoreConfig, StoreError, Tables, check, stats};

#[test]
fn a_reader_sees_acknowledged_rows_at_once_and_once() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Reader::open(folder.path()), Err(StoreError::NotAStore { .. })));
    let store = open(folder.path());
    let reader = Reader::open(folder.path()).unwrap();
    let mut all = vec![];
    for nth in 0..30 {
        let messages: Vec<_> = (0..7).map(|row| format!("{nth:02} {row:02}")).collect();
        let _ = store.submit(batch("logs", &messages, NOW)).unwrap();
        all.extend(messages);
        assert_eq!(messages_of(&reader, "logs"), all);
        assert_eq!(reader.datasets().unwrap(), [dataset("logs")]);
    }
    let (here, there) = (store.stats().unwrap(), stats(folder.path()).unwrap());
    assert_eq!((here.datasets[0].rows, here.datasets[0].raw_bytes), (210, 210 * 5));
    assert_eq!((there.datasets[0].rows, there.datasets[0].raw_bytes), (210, 210 * 5));
}

#[test]
fn readers_beside_a_busy_writer_never_see_a_row_twice_or_miss_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let reader = Reader::open(folder.path()).unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for nth in 0..60 {
                let messages: Vec<_> = (0..9).map(|row| format!("{nth:02} {row:02}")).collect();
                let _ = store.submit(batch("logs", &messages, NOW + nth % 3 * 100)).unwrap();
                if nth % 10 == 9 {
                    let _ = store.maintain().unwrap();
                }
            }
        });
        let mut before = 0;
        while !writer.is_finished() {
            for tables in [&store as &dyn Tables, &reader] {
                let Ok(snapshot) = tables.snapshot(&dataset("logs")) else { continue };
                let rows = snapshot.rows();
                assert!(rows % 9 == 0 && rows + 9 * 30 >= before, "{rows} rows after {before}");
                before = rows.max(before);
            }
        }
    });
    assert_eq!(messages_of(&reader, "logs").len(), 540);
    assert_eq!(messages_of(&store, "logs").len(), 540);
}

/// Not a test of its own: the other process of the test below.
#[test]
fn second_process() {
    let Some(data) = std::env::var_os("BONGSU_TEST_SECOND") else { return };
    let error = Store::open(data.as_ref(), StoreConfig::default(), Arc::new(SystemClock)).unwrap_err();
    assert!(error.to_string().contains(&std::env::var("BONGSU_TEST_FIRST").unwrap()), "{error}");
    let repair = CheckOptions { repair: true, deep: false };
    assert!(matches!(check(data.as_ref(), repair), Err(StoreError::Locked { .. })));
    assert_eq!(check(data.as_ref(), CheckOptions::default()).unwrap().problems, []);
    assert_eq!(messages_of(&Reader::open(data.as_ref()).unwrap(), "logs"), ["one", "two"]);
}

#[test]
fn a_second_process_may_read_but_not_write() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let _ = store.submit(batch("logs", &["one".into(), "two".into()], NOW)).unwrap();
    let second = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tests::open::second_process", "--nocapture"])
        .env("BONGSU_TEST_SECOND", folder.path())
        .env("BONGSU_TEST_FIRST", format!("process {}", std::process::id()))
        .output()
        .unwrap();
    assert!(second.status.success(), "{}", String::from_utf8_lossy(&second.stderr));
    drop(store);
    assert_eq!(messages_of(&open(folder.path()), "logs"), ["one", "two"]);
}

#[test]
fn a_path_that_cannot_be_a_folder_is_a_plain_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let error = Store::open(&file, StoreConfig::default(), Arc::new(SystemClock)).unwrap_err();
    assert!(error.to_string().contains("file"), "{error}");
}

#[test]
fn a_closed_store_leaves_an_empty_log() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for nth in 0..20 {
        let _ = store.submit(batch("logs", &vec![format!("{nth:02}"); 9], NOW)).unwrap();
    }
    store.close().unwrap();
    assert_eq!(stats(folder.path()).unwrap().wal_bytes, 32);
    assert_eq!(rows_of(&open(folder.path()), "logs").len(), 180);
}
