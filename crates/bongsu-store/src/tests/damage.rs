//! Files that are cut, changed or gone: no panic, the file is named, everything else can be read.

use std::fs;
use std::path::{Path, PathBuf};

use bongsu_model::{Explain, Intake};

use super::kit::{DAY, NOW, batch, dataset, messages_of, note, open, open_on, refused_line};
use crate::{CheckOptions, Reader, StoreError, Tables, check};

/// A closed store with three files in one dataset, one in another, and rows, notes and refused lines in the log.
fn make() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for nth in 0..3 {
        let mut batch = batch("logs", &texts(nth), NOW - nth * DAY);
        batch.notes.push(note("at", "1"));
        batch.refused.push(refused_line("bad"));
        let _ = store.submit(batch).unwrap();
        store.flush().unwrap();
    }
    let _ = store.submit(batch("other", &texts(3), NOW)).unwrap();
    store.flush().unwrap();
    for nth in 4..6 {
        let _ = store.submit(batch("logs", &texts(nth), NOW)).unwrap();
    }
    folder
}

fn texts(nth: i64) -> Vec<String> {
    (0..9).map(|row| format!("{nth:02} {row:02}")).collect()
}

fn all(range: &[i64]) -> Vec<String> {
    range.iter().flat_map(|nth| texts(*nth)).collect()
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    super::kit::files(folder).into_iter().filter(|path| path.to_string_lossy().ends_with(ending)).collect()
}

#[derive(Debug, Clone, Copy)]
enum Damage {
    Cut(usize),
    Flip(usize),
    Gone,
    Zeros,
}

fn apply(path: &Path, damage: Damage) {
    let mut bytes = fs::read(path).unwrap();
    let at = |permille: usize| bytes.len() * permille / 1_000;
    match damage {
        Damage::Cut(permille) => bytes.truncate(at(permille)),
        Damage::Flip(permille) => {
            let at = at(permille);
            bytes[at] ^= 0x10;
        }
        Damage::Gone => return fs::remove_file(path).unwrap(),
        Damage::Zeros => bytes.fill(0),
    }
    fs::write(path, bytes).unwrap();
}

const KINDS: [Damage; 8] = [
    Damage::Cut(0),
    Damage::Cut(500),
    Damage::Cut(990),
    Damage::Flip(0),
    Damage::Flip(500),
    Damage::Flip(995),
    Damage::Gone,
    Damage::Zeros,
];

#[test]
fn a_sound_store_has_no_problems() {
    let folder = make();
    let report = check(folder.path(), CheckOptions { deep: true, repair: false }).unwrap();
    assert_eq!(report.problems, []);
    assert_eq!((report.files, report.rows), (4, 36));
    assert!(report.frames >= 3);
}

#[test]
fn a_damaged_data_file_is_named_and_the_rest_stays() {
    for damage in KINDS {
        let folder = make();
        let victim = files(&folder.path().join("tables/logs"), ".zstd.parquet").remove(0);
        apply(&victim, damage);
        let report = check(folder.path(), CheckOptions::default()).unwrap();
        assert_eq!(report.problems.len(), 1, "{damage:?}");
        assert_eq!(report.problems[0].path, victim, "{damage:?}");
        assert_eq!(messages_of(&open(folder.path()), "other"), all(&[3]));
        let report = check(folder.path(), CheckOptions { repair: true, deep: false }).unwrap();
        assert!(report.is_sound() && report.problems.len() == 1, "{damage:?}: {report:?}");
        assert_eq!(check(folder.path(), CheckOptions::default()).unwrap().problems, []);
        let store = open(folder.path());
        assert_eq!(messages_of(&store, "logs"), all(&[0, 1, 4, 5]), "{damage:?}");
        assert_eq!(files(&folder.path().join("tables/logs"), ".zstd.parquet").len(), 2);
    }
}

#[test]
fn a_damaged_commit_is_named_and_the_table_comes_back() {
    for damage in [Damage::Cut(0), Damage::Cut(500), Damage::Zeros, Damage::Gone] {
        let folder = make();
        let victim = files(&folder.path().join("tables/logs/_delta_log"), "0001.json").remove(0);
        apply(&victim, damage);
        let store = open(folder.path());
        let error = store.snapshot(&dataset("logs")).unwrap_err();
        assert!(error.to_string().contains("0001.json"), "{damage:?}: {error}");
        assert!(error.hint().unwrap().contains("check --repair"));
        assert!(store.submit(batch("logs", &texts(8), NOW)).is_err());
        assert_eq!(messages_of(&store, "other"), all(&[3]));
        let _ = store.submit(batch("other", &texts(9), NOW)).unwrap();
        store.flush().unwrap();
        drop(store);
        let report = check(folder.path(), CheckOptions { repair: true, deep: false }).unwrap();
        assert!(report.is_sound() && !report.problems.is_empty(), "{damage:?}: {report:?}");
        let store = open(folder.path());
        assert_eq!(messages_of(&store, "logs"), all(&[0, 1, 2, 4, 5]), "{damage:?}");
        store.flush().unwrap();
        assert_eq!(messages_of(&Reader::open(folder.path()).unwrap(), "logs"), all(&[0, 1, 2, 4, 5]));
    }
}

#[test]
fn a_damaged_log_keeps_its_other_frames() {
    for damage in KINDS {
        let folder = make();
        let victim = files(&folder.path().join("wal"), ".wal").pop().unwrap();
        apply(&victim, damage);
        let before = check(folder.path(), CheckOptions::default()).unwrap();
        let store = open(folder.path());
        let found = messages_of(&store, "logs");
        assert!(found.starts_with(&all(&[0, 1, 2])), "{damage:?}");
        assert_eq!(found.len() % 9, 0, "{damage:?}");
        if let Damage::Flip(500) = damage {
            assert!(found.len() >= 36, "only one frame is lost: {}", found.len());
            assert_eq!(before.problems.len(), 1);
            assert_eq!(store.problems().len(), 1);
            assert_eq!(files(&folder.path().join("quarantine"), ".bin").len(), 1);
        }
        let _ = store.submit(batch("logs", &texts(9), NOW)).unwrap();
        store.close().unwrap();
        let after = messages_of(&open(folder.path()), "logs");
        assert_eq!(after.len(), found.len() + 9, "{damage:?}");
        assert_eq!(check(folder.path(), CheckOptions::default()).unwrap().problems, []);
    }
}

#[test]
fn a_damaged_database_is_named_and_begun_anew() {
    for damage in [Damage::Cut(0), Damage::Cut(300), Damage::Flip(0), Damage::Zeros] {
        let folder = make();
        let victim = folder.path().join("meta/meta.redb");
        apply(&victim, damage);
        match super::kit::open_on(std::sync::Arc::new(crate::disk::RealDisk), folder.path()) {
            Ok(store) => drop(store),
            Err(error) => {
                assert!(error.to_string().contains("meta.redb"), "{damage:?}: {error}");
                let report = check(folder.path(), CheckOptions { repair: true, deep: false }).unwrap();
                assert!(report.is_sound() && report.problems[0].path.ends_with("meta.redb"), "{damage:?}");
            }
        }
        let store = open(folder.path());
        assert_eq!(messages_of(&store, "logs"), all(&[0, 1, 2, 4, 5]), "{damage:?}");
        let lines = crate::refused(folder.path(), &crate::RefusedFilter::default()).unwrap().count();
        assert_eq!(lines, 3, "{damage:?}");
    }
}

#[test]
fn a_newer_format_is_refused_by_all() {
    let folder = make();
    fs::write(folder.path().join("FORMAT"), "bongsu 99\n").unwrap();
    let newer = |error: StoreError| matches!(error, StoreError::TooNew { found: 99, known: 1, .. });
    assert!(newer(open_on(std::sync::Arc::new(crate::disk::RealDisk), folder.path()).unwrap_err()));
    assert!(newer(Reader::open(folder.path()).unwrap_err()));
    assert!(newer(check(folder.path(), CheckOptions::default()).unwrap_err()));
}
