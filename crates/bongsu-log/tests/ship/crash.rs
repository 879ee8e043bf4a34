//! Programs that are killed at any moment and start again: each record whose call came back comes to the server once.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use bongsu_log::ship::Ship;

use crate::server::{Fate, Server};
use crate::{log, start, stats};

/// Kills of each test; more with `BONGSU_KILLS`.
fn kills() -> usize {
    std::env::var("BONGSU_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(8)
}

/// A program that logs from a number on until it is killed, and notes each number once its call has come back. Not a test:
/// the tests below run it as a process of its own.
#[test]
#[ignore = "a part of the tests beside it"]
fn program() {
    let Ok(url) = std::env::var("SHIP_URL") else { return };
    let folder = std::env::var("SHIP_FOLDER").unwrap();
    let folder = Path::new(&folder);
    let first: usize = std::env::var("SHIP_FIRST").unwrap().parse().unwrap();
    let mut noted =
        fs::OpenOptions::new().create(true).append(true).open(folder.join(format!("noted-{first}"))).unwrap();
    let logging = start(&folder.join("logs"), Ship { batch_records: 20, ..crate::ship(&url) });
    for n in first..first + 100_000 {
        log(&logging, n..n + 1);
        noted.write_all(format!("{n}\n").as_bytes()).unwrap();
    }
}

fn run(folder: &Path, url: &str, first: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::program", "--ignored", "--test-threads=1"])
        .envs([("SHIP_URL", url), ("SHIP_FOLDER", folder.to_str().unwrap()), ("SHIP_FIRST", &first.to_string())])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The numbers whose calls came back in a program that began with `first`.
fn noted(folder: &Path, first: usize) -> usize {
    fs::read_to_string(folder.join(format!("noted-{first}"))).unwrap_or_default().lines().count()
}

/// Every number that was noted has come, at most one more of each program, none twice, in the order of each.
fn check(folder: &Path, server: &Server, firsts: &[usize]) {
    let numbers = server.numbers();
    for first in firsts {
        let own: Vec<_> = numbers.iter().copied().filter(|n| (*first..first + 1_000_000).contains(n)).collect();
        let noted = noted(folder, *first);
        assert_eq!(own, (*first..first + own.len()).collect::<Vec<_>>(), "lost, doubled or out of order");
        assert!((noted..=noted + 1).contains(&own.len()), "{noted} noted, {} came", own.len());
    }
    eprintln!("{} records, {} programs, {} requests came again", numbers.len(), firsts.len(), server.replays());
}

/// Not the same at each call.
fn chance(below: u64) -> u64 {
    static STATE: AtomicU64 = AtomicU64::new(0x9e37_79b9_7f4a_7c15);
    let state = STATE.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
    (state ^ (state >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9) % below
}

#[test]
fn a_program_that_is_killed_again_and_again_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|nth, _| match nth % 7 {
        2 => Fate::KeptWithoutAnswer,
        4 => Fate::Answer(503, None, String::new()),
        5 => Fate::KeptSlowly(Duration::from_millis(30)),
        _ => Fate::Kept,
    });
    let firsts: Vec<_> = (0..kills()).map(|round| round * 1_000_000).collect();
    for first in &firsts {
        let mut child = run(folder.path(), &server.url(), *first);
        while noted(folder.path(), *first) < 50 {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_millis(chance(120)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let logging = start(&folder.path().join("logs"), crate::ship(&server.url()));
    logging.shutdown();
    assert_eq!((stats(&logging).spooled_bytes, stats(&logging).damaged), (0, 0));
    check(folder.path(), &server, &firsts);
    assert_eq!(fs::read_dir(folder.path().join("logs/.bongsu/ship")).unwrap().count(), 0);
}

#[test]
fn programs_that_live_send_what_one_that_is_killed_left() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|nth, _| if nth % 5 == 3 { Fate::KeptWithoutAnswer } else { Fate::Kept });
    let firsts: Vec<_> = (0..3).map(|program| program * 1_000_000).collect();
    let mut children: Vec<_> = firsts.iter().map(|first| run(folder.path(), &server.url(), *first)).collect();
    while firsts.iter().any(|first| noted(folder.path(), *first) < 200) {
        thread::sleep(Duration::from_millis(1));
    }
    let living = start(&folder.path().join("logs"), crate::ship(&server.url()));
    for child in &mut children {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    // Nobody starts any more: the one that lives looks for what was left.
    let last = |first: &usize| first + noted(folder.path(), *first) - 1;
    let lasts: Vec<_> = firsts.iter().map(last).collect();
    server.wait_for(|server| {
        let numbers = server.numbers();
        lasts.iter().all(|last| numbers.contains(last))
    });
    living.shutdown();
    check(folder.path(), &server, &firsts);
}
