//! Full disks and files that may not be written.

use std::fs;
use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

use bongsu_log::file::{FileOptions, LogFile, failures};

use crate::child::{options, start, start_telling};
use crate::folder::{Folder, assert_once, comes};

/// Replaces the log file by a folder, so that nothing can be written, until this is dropped.
struct Taken<'f>(&'f Folder);

impl<'f> Taken<'f> {
    fn new(folder: &'f Folder) -> Self {
        fs::rename(folder.log(), folder.path().join("x.log.9")).unwrap();
        fs::create_dir(folder.log()).unwrap();
        Self(folder)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        fs::remove_dir(self.0.log()).unwrap();
    }
}

#[test]
fn what_cannot_be_written_waits_and_when_nothing_more_can_wait_the_call_fails() {
    let folder = Folder::new();
    let log = LogFile::open(&folder.log(), options(&[])).unwrap();
    log.write(b"a 0\n").unwrap();
    log.flush().unwrap();
    let before = failures();
    let mut expected = vec!["a 0".to_owned()];
    {
        let _taken = Taken::new(&folder);
        let mut refused = 0;
        for nth in 1..60_000 {
            let line = format!("a {nth} {}", "x".repeat(20));
            match log.write(format!("{line}\n").as_bytes()) {
                Ok(()) => expected.push(line),
                Err(_) => refused += 1,
            }
            if refused > 10 {
                break;
            }
        }
        assert!(refused > 10 && expected.len() > 5_000, "{refused} refused, {} taken", expected.len());
        assert!(log.flush().is_err() && failures() > before);
    }
    log.write(b"b 0\n").unwrap();
    expected.push("b 0".to_owned());
    log.flush().unwrap();
    assert_once(&folder.lines(), &expected, |_| false);
}

#[test]
fn one_file_in_trouble_does_not_hold_up_another() {
    let folder = Folder::new();
    let log = LogFile::open(&folder.log(), options(&[])).unwrap();
    let other = LogFile::open(&folder.path().join("y.log"), options(&[])).unwrap();
    let _taken = Taken::new(&folder);
    let before = failures();
    log.write(b"a 0\n").unwrap();
    assert!(comes(Duration::from_secs(5), || failures() > before));
    for nth in 0..5 {
        other.write(format!("b {nth}\n").as_bytes()).unwrap();
        let written = || fs::read_to_string(folder.path().join("y.log")).unwrap();
        let is_there = || written().ends_with(&format!("b {nth}\n"));
        assert!(comes(Duration::from_millis(150), is_there), "{}", written());
    }
}

#[test]
fn a_file_that_cannot_rotate_grows() {
    let folder = Folder::new();
    let log = LogFile::open(&folder.log(), FileOptions { rotation: "10 B".parse().unwrap(), ..options(&[]) }).unwrap();
    // Where the older file should go stands a folder that is not empty.
    fs::create_dir_all(folder.path().join("x.log.1/full")).unwrap();
    fs::create_dir_all(folder.path().join("x.log.2/full")).unwrap();
    let before = failures();
    for nth in 0..5 {
        log.write(format!("line {nth}\n").as_bytes()).unwrap();
        log.flush().unwrap();
    }
    let text = fs::read_to_string(folder.log()).unwrap();
    assert!(text.ends_with("line 4\n"), "{text}");
    assert!(text.lines().count() == 5 || failures() == before);
}

#[test]
fn what_is_no_file_is_written_plainly() {
    let folder = Folder::new();
    std::os::unix::fs::symlink("/dev/null", folder.log()).unwrap();
    let log = LogFile::open(&folder.log(), FileOptions::default()).unwrap();
    log.write(b"a 0\n").unwrap();
    log.flush().unwrap();
    assert_eq!(folder.journals(), 0);
    assert!(LogFile::open(folder.path(), FileOptions::default()).is_err());
}

#[test]
fn a_full_disk_leaves_no_half_line() {
    let folder = Folder::new();
    start("count=0 plain full", &folder.log()).finish();
}

#[test]
fn a_file_whose_first_lines_found_a_full_disk_has_a_journal_when_there_is_room() {
    let folder = Folder::new();
    start("count=0 late", &folder.log()).finish();
    assert_eq!(folder.journals(), 0, "it is given up at the end");
}

#[test]
fn a_file_that_is_closed_while_it_cannot_be_written_is_written_later() {
    let folder = Folder::new();
    let log = LogFile::open(&folder.log(), options(&[])).unwrap();
    log.write(b"a 0\n").unwrap();
    log.flush().unwrap();
    {
        let _taken = Taken::new(&folder);
        log.write(b"a 1\n").unwrap();
        drop(log);
        assert_eq!(folder.journals(), 1);
    }
    let expected = ["a 0", "a 1"];
    assert!(comes(Duration::from_secs(30), || folder.lines() == expected), "{:?}", folder.lines());
    assert!(comes(Duration::from_secs(30), || folder.journals() == 0));
}

#[test]
fn a_file_that_is_opened_again_before_its_lines_are_written_keeps_their_order() {
    let folder = Folder::new();
    let log = LogFile::open(&folder.log(), options(&[])).unwrap();
    log.write(b"a 0\n").unwrap();
    log.flush().unwrap();
    let again = {
        let _taken = Taken::new(&folder);
        log.write(b"a 1\n").unwrap();
        let path = log.path().to_owned();
        drop(log);
        fs::remove_dir(folder.log()).unwrap();
        fs::write(folder.log(), "").unwrap();
        let again = LogFile::open(&path, options(&[])).unwrap();
        fs::remove_file(folder.log()).unwrap();
        fs::create_dir(folder.log()).unwrap();
        again
    };
    again.write(b"a 2\n").unwrap();
    again.flush().unwrap();
    assert_eq!(folder.lines(), ["a 0", "a 1", "a 2"]);
}

#[test]
fn what_a_program_cannot_write_before_it_ends_is_told_and_comes_with_the_next() {
    let folder = Folder::new();
    let mut program = start_telling("count=2 flush take exit", &folder.log(), Stdio::piped());
    let mut told = String::new();
    program.child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    program.finish();
    assert!(told.contains("wait for the next start"), "{told}");
    fs::remove_dir(folder.log()).unwrap();
    assert_eq!(folder.recover().journals, 1);
    assert_eq!(folder.lines().last().unwrap(), "late");
}

#[test]
fn a_file_that_is_open_with_other_options_keeps_them_and_says_so() {
    let folder = Folder::new();
    let told_at = folder.path().join("told");
    start_telling("count=0 twice", &folder.log(), fs::File::create(&told_at).unwrap().into()).finish();
    let told = fs::read_to_string(told_at).unwrap();
    let told: Vec<_> = told.lines().filter(|line| line.starts_with("bongsu: ")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    for word in ["x.log` is open already", "rotation never, not 7 B", "retention all, not 2 files"] {
        assert!(told[0].contains(word), "{told:?}");
    }
}
