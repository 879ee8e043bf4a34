//! Many programs and threads on one file.

use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, Ordering};

use bongsu_log::file::LogFile;

use crate::child::{self, options};
use crate::folder::{Folder, assert_once};

#[test]
fn eight_programs_that_rotate_one_file_lose_nothing() {
    let folder = Folder::new();
    let programs: Vec<_> = (0..8).map(|_| child::start("rotating count=2000 exit", &folder.log())).collect();
    let said: Vec<_> = programs.into_iter().flat_map(child::Program::finish).collect();
    assert_eq!(said.len(), 16_000);
    assert_once(&folder.lines(), &said, |_| false);
    for name in folder.names() {
        assert!(fs::metadata(folder.path().join(&name)).unwrap().len() <= 20_000, "{name} is too long");
    }
    assert_eq!(folder.journals(), 0);
}

#[test]
fn programs_that_rotate_one_file_are_killed_and_lose_nothing() {
    let folder = Folder::new();
    let mut said = Vec::new();
    for round in 0..3 {
        let mut programs: Vec<_> = (0..4).map(|_| child::start("rotating", &folder.log())).collect();
        for (nth, program) in programs.iter_mut().enumerate() {
            program.read(200 + 150 * nth + round * 100, &mut said);
        }
        for program in programs {
            said.extend(program.kill(Vec::new()));
        }
    }
    folder.recover();
    assert_once(&folder.lines(), &said, |line| line.split(' ').count() >= 2);
}

#[test]
fn threads_that_write_at_once_keep_their_order_and_lines_of_one_call_stay_together() {
    let folder = Folder::new();
    let log = LogFile::open(&folder.log(), options(&["rotating"])).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let log = log.clone();
            scope.spawn(move || {
                for nth in 0..20_000 {
                    log.write(format!("t{thread} {nth}\n  of t{thread} {nth}\n").as_bytes()).unwrap();
                }
            });
        }
    });
    log.flush().unwrap();
    let lines = folder.lines();
    let firsts: Vec<_> = lines.iter().step_by(2).cloned().collect();
    for pair in lines.chunks(2) {
        assert_eq!(pair[1], format!("  of {}", pair[0]));
    }
    let expected: Vec<_> = (0..4).flat_map(|thread| (0..20_000).map(move |nth| format!("t{thread} {nth}"))).collect();
    assert_once(&firsts, &expected, |_| false);
    for name in folder.names() {
        let text = fs::read_to_string(folder.path().join(&name)).unwrap();
        assert!(!text.starts_with(' '), "{name} begins within a call's lines");
    }
}

#[test]
fn who_reads_along_sees_no_nul_and_every_line() {
    let folder = Folder::new();
    let log = LogFile::open(&folder.log(), options(&[])).unwrap();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut file = fs::File::open(folder.log()).unwrap();
            let mut read = Vec::new();
            loop {
                let last = ended.load(Ordering::SeqCst);
                file.seek(SeekFrom::Start(read.len() as u64)).unwrap();
                let from = read.len();
                file.read_to_end(&mut read).unwrap();
                assert!(!read[from..].contains(&0), "a NUL behind {from}");
                if last {
                    return read;
                }
            }
        });
        let mut written = Vec::new();
        for nth in 0..200_000 {
            let line = format!("a {nth}\n");
            log.write(line.as_bytes()).unwrap();
            written.extend_from_slice(line.as_bytes());
        }
        log.flush().unwrap();
        ended.store(true, Ordering::SeqCst);
        assert!(reader.join().unwrap() == written);
    });
}

#[test]
fn a_line_is_in_the_file_within_a_tenth_of_a_second() {
    let folder = Folder::new();
    let log = LogFile::open(&folder.log(), options(&[])).unwrap();
    let mut slow = 0;
    for nth in 0..30 {
        log.write(format!("a {nth}\n").as_bytes()).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(if nth % 2 == 0 { 100 } else { 130 }));
        slow += usize::from(folder.lines().len() != nth + 1);
    }
    // The machine may be busy with other tests.
    assert!(slow <= 3, "{slow} of 30 lines took longer");
}
