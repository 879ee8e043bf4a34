//! Forked children of a program whose threads log.

#![allow(unsafe_code, reason = "the standard library has no fork")]

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bongsu_log::file::LogFile;

use crate::child::options;
use crate::folder::{Folder, assert_once, comes};

/// Forks; the child does `work` and ends in the way that `end` says, without the test's own end.
fn fork(work: impl FnOnce(), end: fn()) -> libc::pid_t {
    // SAFETY: the child only logs, which is made for that, and then ends. The C library lets a child allocate.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0);
    if pid == 0 {
        // The test's own end must not come in the child: it would wait for threads that are not there.
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err() {
            // SAFETY: ends the process, and with it everything.
            unsafe { libc::_exit(FAILED) };
        }
        end();
    }
    pid
}

/// What a child ends with whose work panicked.
const FAILED: i32 = 101;

/// Whether the child has done its work and ends by itself within half a minute.
fn ends(pid: libc::pid_t) -> bool {
    let ended = Cell::new(None);
    let has_ended = || {
        let mut status = 0;
        // SAFETY: waits for our own child; `status` outlives the call.
        let found = unsafe { libc::waitpid(pid, &raw mut status, libc::WNOHANG) };
        ended.set((found == pid).then_some(status));
        found == pid
    };
    if !comes(Duration::from_secs(30), has_ended) {
        // SAFETY: our own child, not waited for yet.
        unsafe { libc::kill(pid, libc::SIGKILL) };
    }
    ended.get().is_some_and(|status| !(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == FAILED))
}

fn at_once() {
    // SAFETY: ends the process, and with it everything.
    unsafe { libc::_exit(0) };
}

fn by_exit() {
    std::process::exit(0);
}

fn by_kill() {
    // SAFETY: ends the process, and with it everything.
    unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
}

#[test]
fn children_of_a_program_whose_threads_log_neither_hang_nor_lose_nor_double() {
    let folder = Folder::new();
    let log = LogFile::open(&folder.log(), options(&["rotating"])).unwrap();
    let stop = AtomicBool::new(false);
    let mut expected = Vec::new();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2)
            .map(|thread| {
                let (log, stop) = (log.clone(), &stop);
                scope.spawn(move || {
                    let mut written = Vec::new();
                    while !stop.load(Ordering::Relaxed) && written.len() < 300_000 {
                        let line = format!("t{thread} {}", written.len());
                        log.write(format!("{line}\n").as_bytes()).unwrap();
                        written.push(line);
                    }
                    written
                })
            })
            .collect();
        for nth in 0..60 {
            let end = [at_once, by_exit, by_kill][nth % 3];
            let name = format!("c{nth}");
            let log = log.clone();
            let child = fork(
                || {
                    for line in 0..50 {
                        log.write(format!("c{nth} {line}\n").as_bytes()).unwrap();
                    }
                    // A child of the child, while its own drainer runs.
                    let grandchild = fork(|| log.write(format!("g{nth} 0\n").as_bytes()).unwrap(), end);
                    assert!(ends(grandchild));
                },
                end,
            );
            expected.extend((0..50).map(|line| format!("{name} {line}")));
            expected.push(format!("g{nth} 0"));
            assert!(ends(child), "child {nth} hangs or failed");
        }
        stop.store(true, Ordering::Relaxed);
        for thread in threads {
            expected.extend(thread.join().unwrap());
        }
    });
    log.flush().unwrap();
    folder.recover();
    assert_once(&folder.lines(), &expected, |_| false);
    assert_eq!(folder.journals(), 1, "the program's own");
}

#[test]
fn a_child_that_never_logs_leaves_its_parent_alone() {
    let folder = Folder::new();
    let log = LogFile::open(&folder.log(), options(&[])).unwrap();
    log.write(b"a 0\n").unwrap();
    for end in [at_once, by_exit] {
        let handle = log.clone();
        let child = fork(move || drop(handle), end);
        assert!(ends(child));
    }
    assert_eq!(folder.journals(), 1);
    log.write(b"a 1\n").unwrap();
    log.flush().unwrap();
    assert_eq!(folder.lines(), ["a 0", "a 1"]);
}

#[test]
fn what_a_child_left_comes_into_the_file_while_its_parent_lives() {
    let folder = Folder::new();
    let log = LogFile::open(&folder.log(), options(&[])).unwrap();
    log.write(b"a 0\n").unwrap();
    let handle = log.clone();
    assert!(ends(fork(move || handle.write(b"c 0\n").unwrap(), by_kill)));
    assert!(comes(Duration::from_secs(10), || folder.lines().len() == 2), "{:?}", folder.lines());
    // In which order lines of two processes come is not promised.
    let mut lines = folder.lines();
    lines.sort();
    assert_eq!(lines, ["a 0", "c 0"]);
}
