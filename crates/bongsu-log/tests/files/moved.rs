//! Files that others move, delete or cut short.

use std::cell::Cell;
use std::fs;
use std::time::Duration;

use bongsu_log::file::LogFile;

use crate::child::options;
use crate::folder::{Folder, comes};

fn write(log: &LogFile, line: &str) {
    log.write(format!("{line}\n").as_bytes()).unwrap();
    log.flush().unwrap();
}

#[test]
fn a_file_that_was_moved_away_is_made_anew() {
    for mode in ["", "plain"] {
        let folder = Folder::new();
        let log = LogFile::open(&folder.log(), options(&[mode])).unwrap();
        write(&log, "a 0");
        fs::rename(folder.log(), folder.path().join("old")).unwrap();
        write(&log, "a 1");
        // As logrotate does with `create`.
        fs::rename(folder.log(), folder.path().join("older")).unwrap();
        fs::File::create(folder.log()).unwrap();
        write(&log, "a 2");
        fs::remove_file(folder.log()).unwrap();
        write(&log, "a 3");
        assert_eq!(fs::read_to_string(folder.path().join("old")).unwrap(), "a 0\n");
        assert_eq!(fs::read_to_string(folder.path().join("older")).unwrap(), "a 1\n");
        assert_eq!(folder.lines(), ["a 3"]);
    }
}

#[test]
fn a_file_that_was_cut_short_has_no_nul() {
    for mode in ["", "plain"] {
        let folder = Folder::new();
        let log = LogFile::open(&folder.log(), options(&[mode])).unwrap();
        write(&log, &"x".repeat(10_000));
        fs::copy(folder.log(), folder.path().join("copy")).unwrap();
        fs::OpenOptions::new().write(true).open(folder.log()).unwrap().set_len(0).unwrap();
        write(&log, "a 1");
        assert_eq!(folder.lines(), ["a 1"]);
    }
}

#[test]
fn a_folder_that_was_deleted_is_made_anew_and_so_is_the_journal() {
    let folder = Folder::new();
    let path = folder.path().join("deep/x.log");
    let log = LogFile::open(&path, options(&[])).unwrap();
    write(&log, "a 0");
    fs::remove_dir_all(folder.path().join("deep")).unwrap();
    write(&log, "a 1");
    assert_eq!(fs::read_to_string(&path).unwrap(), "a 1\n");
    let journals = || {
        fs::read_dir(folder.path().join("deep/.bongsu")).map_or(0, |found| {
            found.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|end| end == "journal")).count()
        })
    };
    let next = Cell::new(2);
    let is_there = || {
        write(&log, &format!("a {}", next.get()));
        next.set(next.get() + 1);
        journals() == 1
    };
    assert!(comes(Duration::from_secs(5), is_there));
    let expected: Vec<_> = (1..next.get()).map(|nth| format!("a {nth}")).collect();
    assert!(fs::read_to_string(&path).unwrap().lines().eq(expected));
}

#[test]
fn lines_written_while_a_file_is_moved_again_and_again_are_all_there() {
    let folder = Folder::new();
    let log = LogFile::open(&folder.log(), options(&[])).unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for nth in 0..100_000 {
                log.write(format!("a {nth}\n").as_bytes()).unwrap();
            }
        });
        for nth in (0..40).rev() {
            // Each time another file, as long as there are lines for one.
            assert!(comes(Duration::from_mins(1), || folder.log().exists() || writer.is_finished()));
            let _ = fs::rename(folder.log(), folder.path().join(format!("x.log.{}", 100 + nth)));
        }
    });
    log.flush().unwrap();
    let expected: Vec<_> = (0..100_000).map(|nth| format!("a {nth}")).collect();
    assert!(folder.lines() == expected);
}

#[test]
fn a_damaged_journal_is_set_aside_and_told() {
    let folder = Folder::new();
    let journals = folder.path().join(".bongsu");
    fs::create_dir(&journals).unwrap();
    fs::write(journals.join("1-2.journal"), "not a journal").unwrap();
    fs::write(journals.join("1-3.journal"), vec![0; 4096 + 8192]).unwrap();
    let recovered = bongsu_log::recover(folder.path()).unwrap();
    assert_eq!((recovered.damaged.len(), recovered.failed.len()), (2, 0), "{recovered:?}");
    assert!(recovered.damaged.iter().all(|path| path.exists()));
    assert!(bongsu_log::recover(folder.path()).unwrap().is_nothing());
}

#[test]
fn a_file_can_be_opened_at_any_moment_while_others_move_it() {
    let folder = Folder::new();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                let _ = fs::rename(folder.log(), folder.path().join("away"));
            }
        });
        for nth in 0..300 {
            let opened = LogFile::open(&folder.log(), options(&[]));
            assert!(opened.is_ok(), "the {nth}th time: {opened:?}");
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}
