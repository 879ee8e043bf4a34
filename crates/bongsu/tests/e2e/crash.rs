//! `kill -9` at random moments: what was acknowledged stays, and nothing is kept twice.
//!
//! `BONGSU_KILLS` sets how many kills each test makes: 500 for a release; `BONGSU_SEED` repeats a run.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::ingest::lines;
use crate::support::bin::{bongsu, ingest, number};
use crate::support::http::send;
use crate::support::random::Random;
use crate::support::server::Server;

const KILLS: usize = 25;
/// How long a store may take to open after a kill. Tests run beside each other, so that much of it is waiting for their
/// neighbours: half of the openings must keep to it here, and every one where a run of many kills has the machine alone.
const OPENS_WITHIN: Duration = Duration::from_secs(2);
/// Generous, for the slowest opening beside other tests.
const OPENS_AT_ALL: Duration = Duration::from_secs(20);

fn kills() -> usize {
    std::env::var("BONGSU_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS)
}

/// Everything in the background happens all the time: rows come to files after a few of them or a few milliseconds, and
/// files are merged and deleted many times a second.
fn restless(data: &Path) {
    fs::create_dir_all(data).unwrap();
    let settings = "[store]\nflush_rows = 150\nflush_after = \"15ms\"\nsegment = \"16 KiB\"\ngrace = \"1s\"\n\n[compaction]\n\
                    files = 2\nrows = 4_000\nevery = \"20ms\"\n";
    fs::write(data.join("bongsu.toml"), settings).unwrap();
}

/// How long stores took to open.
#[derive(Default)]
struct Openings(Vec<Duration>);

impl Openings {
    #[track_caller]
    fn check(mut self, name: &str) {
        self.0.sort_unstable();
        let (median, slowest) = (self.0[self.0.len() / 2], self.0[self.0.len() - 1]);
        eprintln!("{name}: {} openings, half of them within {median:?}, the slowest took {slowest:?}", self.0.len());
        assert!(median < OPENS_WITHIN, "half of the openings took longer than {OPENS_WITHIN:?}");
        let most = if kills() > KILLS { OPENS_WITHIN } else { OPENS_AT_ALL };
        assert!(slowest < most, "an opening took {slowest:?}");
    }
}

/// Every number of `0..rows` is there, and once.
#[track_caller]
fn each_once(data: &Path, rows: usize) {
    assert_eq!(number(data, "SELECT count(DISTINCT n) AS n FROM logs"), rows as i64, "records were lost");
    assert_eq!(number(data, "SELECT count(*) AS n FROM logs"), rows as i64, "records were doubled");
}

fn ingest_is_killed(name: &str, rows: usize, prepare: fn(&Path)) {
    let mut random = Random::for_test(name);
    let dir = tempfile::tempdir().unwrap();
    let (logs, data) = (dir.path().join("logs"), dir.path().join("data"));
    prepare(&data);
    fs::create_dir(&logs).unwrap();
    let write = |round: usize| {
        fs::write(logs.join(format!("{round:03}.log")), lines(round * rows..(round + 1) * rows)).unwrap();
    };
    write(0);
    let began = Instant::now();
    ingest(&data, [&logs]);
    let mut whole = began.elapsed().as_micros() as u64;
    let (mut killed, mut round, mut openings) = (0, 0, Openings::default());
    while killed < kills() {
        round += 1;
        assert!(round < 4 * kills(), "only {killed} ingests were killed before their end");
        write(round);
        let mut child = bongsu(&data).arg("ingest").arg(&logs).spawn();
        thread::sleep(Duration::from_micros(random.below(whole * 5 / 4)));
        if child.try_wait().unwrap().is_none() {
            killed += 1;
        } else {
            whole = whole * 3 / 4;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        if round % 5 == 0 {
            openings.0.push(bongsu(&data).json().args(["ingest", "-"]).run().ok().took);
            ingest(&data, [&logs]);
            let rows = number(&data, "SELECT count(*) - count(DISTINCT n) AS n FROM logs");
            assert_eq!(rows, 0, "records were doubled by round {round}");
        }
    }
    eprintln!("{name}: killed {killed} of {round} ingests");
    ingest(&data, [&logs]);
    openings.0.push(bongsu(&data).json().args(["ingest", "-"]).run().ok().took);
    openings.check(name);
    each_once(&data, (round + 1) * rows);
    assert_eq!(ingest(&data, [&logs])["accepted"], 0);
    bongsu(&data).arg("check").run().ok();
}

#[test]
fn an_ingest_of_files_that_is_killed_goes_on_where_it_stopped() {
    ingest_is_killed("crash, files", 10_000, |_| {});
}

#[test]
fn an_ingest_that_is_killed_while_rows_come_to_files_goes_on_where_it_stopped() {
    ingest_is_killed("crash, files and flushes", 3_000, restless);
}

/// Requests of 20 records each, numbered on; those that were not acknowledged are sent again with their key.
struct Client {
    next: AtomicUsize,
    open: Mutex<Vec<usize>>,
    acknowledged: AtomicUsize,
}

impl Client {
    const ROWS: usize = 20;

    fn post(address: std::net::SocketAddr, request: usize) -> bool {
        let body = lines(request * Self::ROWS..(request + 1) * Self::ROWS);
        let key = format!("request-{request}");
        let answer = send(address, "POST", "/api/v1/ingest", &[("Idempotency-Key", &key)], body.as_bytes());
        answer.is_ok_and(|answer| {
            assert_eq!((answer.status, &answer.json()["accepted"]), (200, &Self::ROWS.into()), "{}", answer.text());
            true
        })
    }

    /// Sends until a request fails: the open ones first, then new ones.
    fn run(&self, address: std::net::SocketAddr) {
        loop {
            let open = self.open.lock().unwrap().pop();
            let request = open.unwrap_or_else(|| self.next.fetch_add(1, Ordering::Relaxed));
            if Self::post(address, request) {
                self.acknowledged.fetch_add(1, Ordering::Relaxed);
            } else {
                self.open.lock().unwrap().push(request);
                break;
            }
        }
    }
}

fn server_is_killed(name: &str, prepare: fn(&Path)) {
    let mut random = Random::for_test(name);
    let dir = tempfile::tempdir().unwrap();
    prepare(dir.path());
    let client = Arc::new(Client { next: 0.into(), open: Mutex::default(), acknowledged: 0.into() });
    let mut openings = Openings::default();
    for round in 0..kills() {
        let server = Server::start(dir.path());
        openings.0.push(server.opened_in);
        if round % 10 == 9 {
            let open = client.open.lock().unwrap().len();
            let rows = server.count() as usize;
            let least = client.acknowledged.load(Ordering::Relaxed) * Client::ROWS;
            assert!(
                (least..=least + open * Client::ROWS).contains(&rows),
                "{rows} rows, {least} acknowledged, {open} open"
            );
        }
        let senders: Vec<_> = (0..3)
            .map(|_| {
                let (client, address) = (Arc::clone(&client), server.address);
                thread::spawn(move || client.run(address))
            })
            .collect();
        thread::sleep(Duration::from_micros(random.below(150_000)));
        server.kill();
        for sender in senders {
            sender.join().unwrap();
        }
    }
    let server = Server::start(dir.path());
    openings.0.push(server.opened_in);
    let open = std::mem::take(&mut *client.open.lock().unwrap());
    for request in open {
        assert!(Client::post(server.address, request));
    }
    let requests = client.next.load(Ordering::Relaxed);
    server.stop();
    eprintln!("{name}: {requests} requests, {} kills", kills());
    openings.check(name);
    each_once(dir.path(), requests * Client::ROWS);
    bongsu(dir.path()).arg("check").run().ok();
}

#[test]
fn a_server_that_is_killed_keeps_what_it_acknowledged() {
    server_is_killed("crash, HTTP", |_| {});
}

#[test]
fn a_server_that_is_killed_while_it_flushes_and_merges_keeps_what_it_acknowledged() {
    server_is_killed("crash, HTTP and files", restless);
}
