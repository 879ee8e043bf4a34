//! `kill -9` at random moments: what was acknowledged stays, and nothing is kept twice.

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

const ROUNDS: usize = 50;
/// Generous, since tests run beside each other: the figure itself is printed.
const OPENS_WITHIN: Duration = Duration::from_secs(20);

/// Every number of `0..rows` is there, and once.
#[track_caller]
fn each_once(data: &Path, rows: usize) {
    assert_eq!(number(data, "SELECT count(DISTINCT n) AS n FROM logs"), rows as i64, "records were lost");
    assert_eq!(number(data, "SELECT count(*) AS n FROM logs"), rows as i64, "records were doubled");
}

#[test]
fn an_ingest_of_files_that_is_killed_goes_on_where_it_stopped() {
    const ROWS: usize = 10_000;
    let mut random = Random::for_test("crash, files");
    let dir = tempfile::tempdir().unwrap();
    let (logs, data) = (dir.path().join("logs"), dir.path().join("data"));
    fs::create_dir(&logs).unwrap();
    let write = |round: usize| {
        fs::write(logs.join(format!("{round:03}.log")), lines(round * ROWS..(round + 1) * ROWS)).unwrap();
    };
    write(0);
    let began = Instant::now();
    ingest(&data, [&logs]);
    let mut whole = began.elapsed().as_micros() as u64;
    let (mut killed, mut round, mut slowest) = (0, 0, Duration::ZERO);
    while killed < ROUNDS {
        round += 1;
        assert!(round < 4 * ROUNDS, "only {killed} ingests were killed before their end");
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
            let opened = bongsu(&data).json().args(["ingest", "-"]).run().ok();
            slowest = slowest.max(opened.took);
            ingest(&data, [&logs]);
            let rows = number(&data, "SELECT count(*) - count(DISTINCT n) AS n FROM logs");
            assert_eq!(rows, 0, "records were doubled by round {round}");
        }
    }
    eprintln!("killed {killed} of {round} ingests; the slowest opening took {slowest:?}");
    assert!(slowest < OPENS_WITHIN);
    ingest(&data, [&logs]);
    each_once(&data, (round + 1) * ROWS);
    assert_eq!(ingest(&data, [&logs])["accepted"], 0);
    bongsu(&data).arg("check").run().ok();
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

#[test]
fn a_server_that_is_killed_keeps_what_it_acknowledged() {
    let mut random = Random::for_test("crash, HTTP");
    let dir = tempfile::tempdir().unwrap();
    let client = Arc::new(Client { next: 0.into(), open: Mutex::default(), acknowledged: 0.into() });
    let mut slowest = Duration::ZERO;
    for round in 0..ROUNDS {
        let server = Server::start(dir.path());
        slowest = slowest.max(server.opened_in);
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
    let open = std::mem::take(&mut *client.open.lock().unwrap());
    for request in open {
        assert!(Client::post(server.address, request));
    }
    let requests = client.next.load(Ordering::Relaxed);
    server.stop();
    eprintln!("{requests} requests, {ROUNDS} kills; the slowest opening took {slowest:?}");
    assert!(slowest < OPENS_WITHIN);
    each_once(dir.path(), requests * Client::ROWS);
    bongsu(dir.path()).arg("check").run().ok();
}
