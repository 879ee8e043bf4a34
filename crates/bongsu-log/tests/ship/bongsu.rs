//! The real server, killed and started again while programs log.
//!
//! `BONGSU_BIN` names the binary; without it the test passes by.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bongsu_log::ship::{Ship, WhenFull};
use serde_json::Value;

use crate::{LONG, log, ship, start, stats};

struct Server(Child, String);

impl Server {
    fn start(binary: &Path, data: &Path, port: u16) -> Self {
        let mut child = Command::new(binary)
            .arg("serve")
            .args(["--http", &format!("127.0.0.1:{port}")])
            .arg("--data")
            .arg(data)
            .env("LANG", "C")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let ready = lines.by_ref().map(Result::unwrap).find(|line| line.contains("http://")).unwrap();
        thread::spawn(move || lines.for_each(drop));
        let url = ready.split(' ').find(|word| word.starts_with("http://")).unwrap().to_owned();
        Self(child, url)
    }
}

fn port(url: &str) -> u16 {
    url.rsplit(':').next().unwrap().parse().unwrap()
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn sql(binary: &Path, data: &Path, statement: &str) -> Vec<Value> {
    let out = Command::new(binary)
        .args(["sql", "--output-format", "json", "--data"])
        .arg(data)
        .arg(statement)
        .output()
        .unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success(), "{text}{}", String::from_utf8_lossy(&out.stderr));
    match serde_json::from_str(&text) {
        Ok(Value::Array(rows)) => rows,
        _ => text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
    }
}

#[test]
fn a_bongsu_server_that_is_killed_under_load_has_each_record_once() {
    let Some(binary) = std::env::var_os("BONGSU_BIN").map(PathBuf::from) else {
        eprintln!("BONGSU_BIN is not set: passed by");
        return;
    };
    let kills = std::env::var("BONGSU_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(5);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = Some(Server::start(&binary, &data, 0));
    let url = server.as_ref().unwrap().1.clone();
    let (port, ended) = (port(&url), AtomicBool::new(false));
    let ship = Ship { batch_records: 500, when_full: WhenFull::Block(LONG), ..ship(&url) };
    let logging = start(&folder.path().join("logs"), ship);
    let logged = thread::scope(|scope| {
        let threads: Vec<_> = (0..2)
            .map(|thread| {
                let (logging, ended) = (&logging, &ended);
                scope.spawn(move || {
                    let first = thread * 100_000_000;
                    let mut n = first;
                    while !ended.load(Ordering::Relaxed) {
                        log(logging, n..n + 20);
                        n += 20;
                        thread::sleep(Duration::from_millis(1));
                    }
                    n - first
                })
            })
            .collect();
        for kill in 0..kills {
            thread::sleep(Duration::from_millis(200 + kill * 37 % 300));
            drop(server.take());
            thread::sleep(Duration::from_millis(100));
            server = Some(Server::start(&binary, &data, port));
        }
        ended.store(true, Ordering::Relaxed);
        threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
    });
    let began = Instant::now();
    logging.shutdown();
    let stats = stats(&logging);
    eprintln!("{logged} records, {kills} kills, the rest was sent in {:?}: {stats:?}", began.elapsed());
    assert_eq!((stats.spooled_bytes, stats.refused, stats.damaged), (0, 0, 0));
    drop(server);
    let rows =
        sql(&binary, &data, "SELECT count(*) AS n, count(DISTINCT message) AS d FROM logs WHERE message LIKE 'n=%'");
    assert_eq!(rows[0]["d"], logged, "records were lost");
    assert_eq!(rows[0]["n"], logged, "records were doubled");
    let row = &sql(&binary, &data, "SELECT service, host, logger, level, function FROM logs WHERE message = 'n=0'")[0];
    assert_eq!((&row["service"], &row["logger"], &row["level"]), (&"movies".into(), &"movies".into(), &"INFO".into()));
    assert!(row["host"].is_string() && row["function"] == "log", "{row}");
}
