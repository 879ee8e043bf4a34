//! Programs that are killed.

use std::time::Duration;

use bongsu_log::file::LogFile;

use crate::child::{self, options};
use crate::folder::{Folder, assert_once, comes};

/// Kills a program that does `work` at moments all over its life, and starts the next on the same file.
fn killed_again_and_again(work: &str, times: usize) {
    let folder = Folder::new();
    let mut said = Vec::new();
    for time in 0..times {
        let mut program = child::start(work, &folder.log());
        let mut some = Vec::new();
        program.read(1 + time * 37 % 400, &mut some);
        if time % 3 == 0 {
            // Nobody reads what the program says: it stands still, and its drainer has time to be killed while it does.
            std::thread::sleep(Duration::from_millis(time as u64 % 30));
        }
        said.extend(program.kill(some));
    }
    folder.recover();
    assert_eq!(folder.journals(), 0);
    // A line may have been written whose call had not returned or been told of yet.
    assert_once(&folder.lines(), &said, |line| line.split(' ').count() >= 2);
}

fn kills() -> usize {
    std::env::var("BONGSU_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(15)
}

#[test]
fn what_a_killed_program_had_logged_is_there_once() {
    killed_again_and_again("", kills());
}

#[test]
fn a_kill_during_rotation_loses_nothing() {
    killed_again_and_again("rotating", kills());
}

#[test]
fn a_kill_while_lines_are_long_loses_nothing() {
    killed_again_and_again("rotating long=900000", kills());
}

#[test]
fn a_kill_while_lines_are_written_plainly_loses_nothing() {
    killed_again_and_again("rotating plain", kills());
}

#[test]
fn a_kill_while_each_line_goes_to_the_disk_loses_nothing() {
    killed_again_and_again("each", kills().min(10));
}

#[cfg(feature = "gzip")]
#[test]
fn a_kill_during_compression_loses_nothing() {
    killed_again_and_again("rotating gzip", kills());
}

#[cfg(feature = "zstd")]
#[test]
fn a_kill_during_the_other_compression_loses_nothing() {
    killed_again_and_again("rotating zstd", kills());
}

#[test]
fn who_opens_the_file_next_makes_it_whole_though_it_logs_nothing() {
    let folder = Folder::new();
    let mut program = child::start("", &folder.log());
    let mut said = Vec::new();
    program.read(500, &mut said);
    let said = program.kill(said);
    let _log = LogFile::open(&folder.log(), options(&[])).unwrap();
    assert_eq!(folder.journals(), 0);
    assert_once(&folder.lines(), &said, |_| true);
}

#[test]
fn a_program_that_has_the_file_open_makes_it_whole_without_being_asked() {
    let folder = Folder::new();
    let mut program = child::start("", &folder.log());
    let log = LogFile::open(&folder.log(), options(&[])).unwrap();
    log.write(b"other 0\n").unwrap();
    let mut said = Vec::new();
    program.read(500, &mut said);
    let said = program.kill(said);
    assert!(comes(Duration::from_secs(5), || folder.journals() == 1), "but its own");
    log.flush().unwrap();
    assert_once(&folder.lines(), &said, |_| true);
}

#[test]
fn the_end_of_a_program_leaves_no_journal_and_loses_nothing() {
    for work in [
        "count=300",
        "count=300 exit",
        "count=300 rotating exit",
        "count=20 long=800000 exit",
        "count=0",
        "count=3 plain",
    ] {
        let folder = Folder::new();
        let said = child::start(work, &folder.log()).finish();
        assert_eq!(folder.journals(), 0, "{work}");
        assert_once(&folder.lines(), &said, |_| false);
    }
}

#[test]
fn a_program_that_aborts_loses_nothing() {
    let folder = Folder::new();
    let program = child::start("count=300 abort", &folder.log());
    let mut said = Vec::new();
    let mut program = program;
    program.read(1000, &mut said);
    assert!(!program.child.wait().unwrap().success());
    folder.recover();
    assert_once(&folder.lines(), &said, |_| false);
    assert_eq!(said.len(), 300);
}

#[test]
fn a_program_that_is_asked_to_end_brings_its_lines_into_the_file_first() {
    for _ in 0..5 {
        let folder = Folder::new();
        let mut program = child::start("count=300 sigterm", &folder.log());
        let mut said = Vec::new();
        program.read(301, &mut said);
        assert_eq!(said.pop().unwrap(), "ready");
        let pid = libc::pid_t::try_from(program.child.id()).unwrap();
        // SAFETY: signals our own child, which has not been waited for.
        #[allow(unsafe_code)]
        unsafe {
            libc::kill(pid, libc::SIGTERM)
        };
        let status = program.child.wait().unwrap();
        assert_eq!(
            std::os::unix::process::ExitStatusExt::signal(&status),
            Some(libc::SIGTERM),
            "it ends as it would have"
        );
        said.push("last words".to_owned());
        assert_once(&folder.lines(), &said, |_| false);
    }
}
