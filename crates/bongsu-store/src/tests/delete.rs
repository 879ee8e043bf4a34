//! Deleting rows by what they hold.

use std::convert::Infallible;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use bongsu_model::{FixedClock, Intake, Timestamp};

use super::kit::*;
use crate::disk::RealDisk;
use crate::disk::faulty::FaultyDisk;
use crate::merge::Input;
use crate::{DataFile, DeleteError, Deleted, Deletion, Reader, Store, StoreConfig, StoreError, Tables};

/// Rows whose message ends with `end`.
fn with(end: &str) -> impl Fn(&RecordBatch) -> Result<BooleanArray, Infallible> {
    move |rows| {
        let messages = rows.column_by_name("message").unwrap().as_string_view();
        Ok(messages.iter().map(|message| Some(message.unwrap().ends_with(end))).collect())
    }
}

/// Deletes the rows of a dataset whose message ends with `end`.
pub(super) fn delete(store: &Store, name: &str, end: &str, at_once: bool) -> Deleted {
    let wanted = Deletion { files: &|_| true, rows: &with(end), at_once };
    store.delete(&dataset(name), &wanted).unwrap()
}

/// Two files a day, some of which hold `secret` rows, and the last batches live.
fn fill(store: &Store) -> Vec<String> {
    let mut all = vec![];
    for nth in 0..8 {
        let mut messages: Vec<_> = (0..9).map(|row| format!("{nth:02} {row:02}")).collect();
        if [1, 4, 7].contains(&nth) {
            messages[2] += " secret";
            messages[8] += " secret";
        }
        let _ = store.submit(batch("logs", &messages, NOW - nth % 2 * DAY)).unwrap();
        let _ = store.submit(batch("other", &["kept secret".into()], NOW)).unwrap();
        all.extend(messages);
        if nth < 6 {
            store.flush().unwrap();
        }
    }
    all
}

fn names(store: &Store) -> Vec<DataFile> {
    store.snapshot(&dataset("logs")).unwrap().files
}

#[test]
fn rows_go_from_files_and_from_memory_and_other_files_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut left = fill(&store);
    left.retain(|message| !message.contains("secret"));
    let before = names(&store);
    let raw_before = store.stats().unwrap().datasets[0].raw_bytes;
    let done = delete(&store, "logs", "secret", false);
    assert_eq!((done.rows, done.files, done.removed_files, done.left_in_log), (6, 3, 0, false));
    assert_eq!(messages_of(&store, "logs"), left);
    assert_eq!(messages_of(&Reader::open(folder.path()).unwrap(), "logs"), left);
    assert_eq!(messages_of(&store, "other"), vec!["kept secret"; 8]);
    let raw = store.stats().unwrap().datasets[0].raw_bytes;
    assert!(raw < raw_before && raw > raw_before / 2, "{raw} of {raw_before} bytes");
    let after = names(&store);
    assert_eq!(before.iter().filter(|file| after.contains(file)).count(), before.len() - 2);
    assert_eq!(delete(&store, "logs", "secret", false), Deleted::default());
    drop(store);
    let store = open(folder.path());
    assert_eq!(messages_of(&store, "logs"), left);
    let _ = store.maintain().unwrap();
    assert_eq!(messages_of(&store, "logs"), left);
}

#[test]
fn a_file_of_which_nothing_is_left_goes_whole_and_time_spares_files() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let _ = fill(&store);
    store.flush().unwrap();
    let old = |file: &DataFile| file.time.unwrap().to < Timestamp::from_nanos(NOW - DAY / 2);
    let read = std::sync::atomic::AtomicU64::new(0);
    let all = |rows: &RecordBatch| -> Result<BooleanArray, Infallible> {
        read.fetch_add(rows.num_rows() as u64, std::sync::atomic::Ordering::Relaxed);
        Ok(BooleanArray::from(vec![true; rows.num_rows()]))
    };
    let done = store.delete(&dataset("logs"), &Deletion { files: &old, rows: &all, at_once: false }).unwrap();
    assert_eq!(done.rows, 36);
    assert_eq!(read.into_inner(), 36);
    assert!(names(&store).iter().all(|file| !old(file)));
    assert_eq!(messages_of(&store, "logs").len(), 36);
}

/// Every row of every data file on disk, whether or not the table has it.
fn rows_on_disk(data: &Path) -> Vec<String> {
    let mut all = vec![];
    for path in files(data).iter().filter(|path| path.to_string_lossy().ends_with(".zstd.parquet")) {
        for rows in Input::open(path).unwrap().read().unwrap() {
            let rows = rows.unwrap();
            let messages = rows.column_by_name("message").unwrap().as_string_view();
            all.extend(messages.iter().map(|message| message.unwrap().to_owned()));
        }
    }
    all
}

#[test]
fn at_once_leaves_no_trace_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let config = StoreConfig { grace: Duration::from_hours(1), ..small() };
    let clock = Arc::new(FixedClock::new(Timestamp::from_nanos(NOW)));
    let store = Store::open(folder.path(), config, clock).unwrap();
    let _ = fill(&store);
    // What compaction has replaced lies there still, and so does what a crash left behind.
    let _ = store.maintain().unwrap();
    let place = names(&store)[0].path.clone();
    fs::copy(&place, place.with_file_name("part-0000000vvvvv.zstd.parquet")).unwrap();
    fs::copy(&place, place.with_file_name("of-somebody-else.parquet")).unwrap();
    assert!(rows_on_disk(folder.path()).iter().any(|message| message.contains("secret")));
    let wanted = Deletion { files: &|_| true, rows: &with("secret"), at_once: true };
    let done = store.delete(&dataset("logs"), &wanted).unwrap();
    assert!(done.rows == 6 && done.removed_files > 3 && !done.left_in_log, "{done:?}");
    fs::remove_file(place.with_file_name("of-somebody-else.parquet")).unwrap();
    let other = folder.path().join("tables/other");
    for path in files(folder.path()).iter().filter(|path| !path.starts_with(&other)) {
        let bytes = fs::read(path).unwrap();
        assert!(!bytes.windows(6).any(|six| six == b"secret"), "{}", path.display());
    }
    assert!(rows_on_disk(&folder.path().join("tables/logs")).iter().all(|message| !message.contains("secret")));
}

#[test]
fn the_end_of_the_process_at_any_change_leaves_all_of_the_rows_or_none() {
    let mut both = [0, 0];
    for changes in 1.. {
        let folder = quick_folder();
        let disk = FaultyDisk::new();
        let store = open_on(Arc::new(disk.clone()), folder.path()).unwrap();
        let all = fill(&store);
        let left: Vec<_> = all.iter().filter(|message| !message.contains("secret")).cloned().collect();
        disk.die_after(changes);
        let wanted = Deletion { files: &|_| true, rows: &with("secret"), at_once: changes % 2 == 0 };
        let done = store.delete(&dataset("logs"), &wanted);
        drop(store);
        let store = open(folder.path());
        assert!(store.problems().is_empty());
        let found = messages_of(&store, "logs");
        assert!(found == all || found == left, "after {changes} changes: {} rows", found.len());
        assert!(done.is_err() || found == left, "after {changes} changes: told to be done");
        both[usize::from(found == left)] += 1;
        assert_eq!(delete(&store, "logs", "secret", true).rows, (found.len() - left.len()) as u64);
        assert_eq!(messages_of(&store, "logs"), left);
        let _ = store.maintain().unwrap();
        assert_eq!(messages_of(&store, "logs"), left);
        if !disk.was_hit() {
            break;
        }
    }
    assert!(both[0] > 10 && both[1] > 1, "{both:?}");
}

#[test]
fn what_cannot_be_done_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let all = fill(&store);
    let confused = |rows: &RecordBatch| {
        let messages = rows.column_by_name("message").unwrap().as_string_view();
        if messages.iter().any(|message| message.unwrap().starts_with("04")) {
            Err("confused")
        } else {
            with_error(rows)
        }
    };
    let wanted = Deletion { files: &|_| true, rows: &confused, at_once: true };
    assert!(matches!(store.delete(&dataset("logs"), &wanted), Err(DeleteError::Rows("confused"))));
    let short = |_: &RecordBatch| -> Result<BooleanArray, Infallible> { Ok(BooleanArray::from(vec![true])) };
    let wanted = Deletion { files: &|_| true, rows: &short, at_once: true };
    assert!(matches!(store.delete(&dataset("logs"), &wanted), Err(DeleteError::Store(StoreError::BadBatch { .. }))));
    let nowhere = Deletion { files: &|_| true, rows: &with("x"), at_once: true };
    let error = store.delete(&dataset("nowhere"), &nowhere).unwrap_err();
    assert!(matches!(error, DeleteError::Store(StoreError::UnknownDataset { .. })));
    assert_eq!(messages_of(&store, "logs"), all);
    // Damage is not written again under a checksum that is right.
    let victim = names(&store).pop().unwrap().path;
    let mut bytes = fs::read(&victim).unwrap();
    bytes[100] ^= 1;
    fs::write(&victim, bytes).unwrap();
    let wanted = Deletion { files: &|_| true, rows: &with("secret"), at_once: true };
    let error = store.delete(&dataset("logs"), &wanted).unwrap_err().to_string();
    assert!(error.contains(victim.file_name().unwrap().to_str().unwrap()), "{error}");
    let known: Vec<_> = names(&store).into_iter().map(|file| file.path).collect();
    let on_disk = files(&folder.path().join("tables/logs"));
    let data: Vec<_> = on_disk.iter().filter(|path| path.to_string_lossy().ends_with(".zstd.parquet")).collect();
    assert!(data.iter().all(|path| known.contains(path)), "what was begun was taken away");
}

fn with_error(rows: &RecordBatch) -> Result<BooleanArray, &'static str> {
    with("secret")(rows).map_err(|never| match never {})
}

#[test]
fn rows_that_come_meanwhile_stay_and_null_means_no() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_on(Arc::new(RealDisk), folder.path()).unwrap();
    let _ = fill(&store);
    let done = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for nth in 50..80 {
                let _ = store.submit(batch("logs", &vec![format!("{nth} new"); 9], NOW)).unwrap();
            }
        });
        let nulls = |rows: &RecordBatch| -> Result<BooleanArray, Infallible> {
            let messages = rows.column_by_name("message").unwrap().as_string_view();
            Ok(messages.iter().map(|message| message.unwrap().contains("secret").then_some(true)).collect())
        };
        let mut rows = 0;
        while !writer.is_finished() {
            rows += store
                .delete(&dataset("logs"), &Deletion { files: &|_| true, rows: &nulls, at_once: false })
                .unwrap()
                .rows;
            let _ = store.maintain().unwrap();
        }
        rows
    });
    assert_eq!(done, 6);
    let rows = rows_of(&store, "logs");
    assert_eq!(rows.len(), 8 * 9 - 6 + 30 * 9);
    assert!(rows.iter().all(|(message, _)| !message.contains("secret")));
}
