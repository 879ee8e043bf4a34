//! The server over real sockets.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::ingest::lines;
use crate::support::bin::{bongsu, count};
use crate::support::http::{Answer, parse};
use crate::support::server::Server;

const INGEST: &str = "/api/v1/ingest";
const SEARCH: &str = "/api/v1/search";
const SQL: &str = "/api/v1/sql";

fn place() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn rows(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_state_of_the_server_can_be_asked() {
    let dir = place();
    let server = Server::start(dir.path());
    let health = server.get("/health");
    assert_eq!((health.status, &health.json()["status"]), (200, &json!("ok")));
    assert_eq!(server.get("/ready").status, 200);
    server.ingest(lines(0..5));
    assert_eq!(server.get("/nothing").status, 404);
    let metrics = server.get("/metrics");
    assert_eq!(metrics.status, 200);
    for line in [
        "bongsu_ingest_rows_total{dataset=\"logs\"} 5",
        "bongsu_http_requests_total{path=\"/api/v1/ingest\",method=\"POST\",status=\"200\"} 1",
        "bongsu_http_requests_total{path=\"other\",method=\"GET\",status=\"404\"} 1",
        "bongsu_dataset_rows{dataset=\"logs\"} 5",
        "bongsu_dataset_live_rows{dataset=\"logs\"} 5",
        "bongsu_refused_lines_total 0",
        "bongsu_store_poisoned 0",
        "# EOF",
    ] {
        assert!(metrics.text().contains(line), "{line} is not in\n{}", metrics.text());
    }
    let index = server.get("/").json();
    assert_eq!(index["version"], env!("CARGO_PKG_VERSION"));
    let document = server.get("/api/v1/openapi.json").json();
    assert!(document["paths"][INGEST]["post"].is_object());
    server.stop();
}

#[test]
fn what_the_store_wrote_can_be_read_step_by_step() {
    let dir = place();
    // One row is enough to be written to a file.
    let server = Server::start_with(dir.path(), &[], &[("BONGSU_STORE_FLUSH_ROWS", "1")]);
    server.ingest(lines(0..100));
    let figure = |name: &str| -> u64 {
        let metrics = server.get("/metrics").text().to_owned();
        let line = metrics.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap().to_owned();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    let began = Instant::now();
    while figure("bongsu_flush_files_total") == 0 {
        assert!(began.elapsed() < Duration::from_secs(30), "nothing is written to a file");
        thread::sleep(Duration::from_millis(20));
    }
    assert!(figure("bongsu_flush_runs_total") >= 1 && figure("bongsu_flush_written_bytes_total") > 0);
    assert!(figure("bongsu_wal_fsyncs_total") >= 1);
    assert!(figure("bongsu_wal_written_bytes_total") > 0);
    server.stop();
}

#[test]
fn records_come_in_as_lines_as_a_list_and_as_text() {
    let dir = place();
    let server = Server::start(dir.path());
    let plain: [(&str, &str, u64); 6] = [
        ("application/x-ndjson", "{\"message\":\"a\"}\n{\"message\":\"b\"}\n", 2),
        ("application/json", "[{\"message\":\"c\"},\n {\"message\":\"d\"}]", 2),
        ("application/json", "{\"message\":\"e\"}", 1),
        ("text/plain", "[2025-06-06 12:00:00] ERROR    app             main                 L 12 | f\nplain g\n", 2),
        ("application/x-www-form-urlencoded", "{\"message\":\"h\"}\n", 1),
        ("text/plain", "", 0),
    ];
    for (kind, body, wanted) in plain {
        let answer = server.post(INGEST, &[("Content-Type", kind)], body);
        assert_eq!((answer.status, &answer.json()["accepted"]), (200, &json!(wanted)), "{kind}: {}", answer.text());
        assert_eq!(answer.json()["refused"], 0, "{kind}: {}", answer.text());
    }
    assert_eq!(server.count(), 8);
    let found = rows(&server.post(SEARCH, &[], json!({"query": "level:error"}).to_string()));
    assert_eq!((found.len(), &found[0]["message"]), (1, &json!("f")));
    let other = server.post(&format!("{INGEST}?dataset=web&service=shop"), &[], lines(0..3));
    assert_eq!(other.json()["accepted"], 3);
    assert_eq!(server.number("SELECT count(*) AS n FROM web WHERE service = 'shop'"), 3);
    server.stop();
    assert_eq!(count(dir.path()), 8);
}

#[test]
fn refused_lines_are_told_and_can_be_read() {
    let dir = place();
    let server = Server::start(dir.path());
    let body = "{\"message\":\"good\"}\n{\"message\": broken\n{\"message\":\"good\"}\n";
    let answer = server.post(INGEST, &[("Content-Type", "application/x-ndjson")], body).json();
    assert_eq!((&answer["accepted"], &answer["refused"]), (&json!(2), &json!(1)), "{answer}");
    assert_eq!(answer["errors"][0]["line"], 2);
    assert!(answer["errors"][0]["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
    let many = "{broken\n".repeat(5_000);
    let answer = server.post(INGEST, &[("Content-Type", "application/x-ndjson")], many).json();
    assert_eq!(answer["refused"], 5_000);
    assert!(answer["errors"].as_array().unwrap().len() <= 100);
    server.stop();
    let refused = bongsu(dir.path()).json().args(["refused", "--limit", "all"]).run().ok().rows();
    assert_eq!(refused.len(), 5_001);
}

#[test]
fn compressed_bodies_are_read_and_bounded() {
    let dir = place();
    let server = Server::start(dir.path());
    let gzip = |plain: &[u8]| {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(plain).unwrap();
        packer.finish().unwrap()
    };
    let packed = server.post(INGEST, &[("Content-Encoding", "gzip")], gzip(lines(0..10).as_bytes()));
    assert_eq!(packed.json()["accepted"], 10);
    let zstd = zstd::encode_all(lines(10..30).as_bytes(), 3).unwrap();
    assert_eq!(server.post(INGEST, &[("Content-Encoding", "zstd")], zstd).json()["accepted"], 20);
    let bomb = server.post(INGEST, &[("Content-Encoding", "gzip")], gzip(&vec![b'\n'; 100 << 20]));
    assert_eq!((bomb.status, bomb.error_id().as_str()), (413, "body-too-large"));
    assert_eq!(server.post(INGEST, &[("Content-Encoding", "gzip")], "plain").status, 400);
    assert_eq!(server.post(INGEST, &[("Content-Encoding", "br")], "plain").status, 415);
    let large = server.post(INGEST, &[], vec![b'x'; 65 << 20]);
    assert_eq!((large.status, large.error_id().as_str()), (413, "body-too-large"));
    assert_eq!(server.count(), 30);
    server.stop();
}

#[test]
fn a_key_takes_effect_once_and_across_restarts() {
    let dir = place();
    let server = Server::start(dir.path());
    let key = [("Idempotency-Key", "4f2c-1")];
    let send = |server: &Server, body: &str| server.post(INGEST, &key, body);
    let body = lines(0..10) + "{broken\n";
    let first = send(&server, &body);
    assert_eq!(first.status, 200, "{}", first.text());
    let replay = send(&server, &body);
    assert_eq!((replay.status, &replay.body), (200, &first.body));
    assert_eq!(replay.header("idempotency-replayed"), Some("true"));
    let other = send(&server, &lines(0..11));
    assert_eq!((other.status, other.error_id().as_str()), (422, "idempotency-key-reused"));
    let rows = server.count();
    server.kill();
    let server = Server::start(dir.path());
    assert_eq!(send(&server, &body).body, first.body);
    assert_eq!(server.count(), rows);
    server.stop();
    let server = Server::start(dir.path());
    assert_eq!(send(&server, &body).body, first.body);
    assert_eq!(server.count(), rows);
    server.stop();
}

#[test]
fn of_many_requests_with_one_key_one_takes_effect() {
    let dir = place();
    let server = Server::start(dir.path());
    let (address, start) = (server.address, Arc::new(Barrier::new(8)));
    let senders: Vec<_> = (0..8)
        .map(|_| {
            let start = Arc::clone(&start);
            thread::spawn(move || {
                start.wait();
                let body = lines(0..500);
                crate::support::http::send(address, "POST", INGEST, &[("Idempotency-Key", "one")], body.as_bytes())
            })
        })
        .collect();
    let answers: Vec<Answer> = senders.into_iter().map(|sender| sender.join().unwrap().unwrap()).collect();
    assert!(answers.iter().all(|answer| answer.status == 200 && answer.body == answers[0].body));
    let replays = answers.iter().filter(|answer| answer.header("idempotency-replayed").is_some()).count();
    assert_eq!(replays, 7);
    assert_eq!(server.count(), 500);
    server.stop();
}

#[test]
fn rows_come_in_the_form_that_is_asked_for() {
    let dir = place();
    let server = Server::start(dir.path());
    server.ingest(lines(0..3));
    let ask = |accept: &str| {
        server.post(SQL, &[("Accept", accept)], json!({"sql": "SELECT n FROM logs ORDER BY n"}).to_string())
    };
    assert_eq!(ask("application/x-ndjson").text(), "{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n");
    assert_eq!(ask("*/*").header("content-type"), Some("application/x-ndjson"));
    let csv = ask("text/csv");
    assert_eq!(csv.text().replace("\r\n", "\n"), "n\n0\n1\n2\n");
    assert!(csv.header("content-type").unwrap().starts_with("text/csv"));
    let arrow = ask("application/vnd.apache.arrow.stream");
    assert_eq!(arrow.header("content-type"), Some("application/vnd.apache.arrow.stream"));
    assert_eq!(arrow.body[..4], [0xff; 4]);
    assert_eq!(arrow.body[arrow.body.len() - 8..], [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
    assert_eq!(ask("image/png").status, 406);
    server.stop();
}

#[test]
fn long_answers_stream_whole() {
    let dir = place();
    let server = Server::start(dir.path());
    for part in 0..10 {
        server.ingest(lines(part * 5_000..(part + 1) * 5_000));
    }
    let all = rows(&server.post(SEARCH, &[], json!({"query": "*", "limit": 1_000_000}).to_string()));
    assert_eq!(all.len(), 50_000);
    let numbers: std::collections::HashSet<i64> = all.iter().map(|row| row["n"].as_i64().unwrap()).collect();
    assert_eq!(numbers.len(), 50_000);
    assert!(all.windows(2).all(|two| two[0]["time"].as_str() >= two[1]["time"].as_str()));
    assert_eq!(rows(&server.post(SEARCH, &[], "{}")).len(), 100);
    server.stop();
}

#[test]
fn every_mistake_has_an_honest_status_and_a_way_out() {
    let dir = place();
    let server = Server::start(dir.path());
    server.ingest(lines(0..3));
    let sql = |text: &str| json!({ "sql": text }).to_string();
    let search = |key: &str, value: Value| json!({ "query": "*", key: value }).to_string();
    for (path, body, status) in [
        (SQL, sql("SELEC 1"), 400),
        (SQL, sql("SELECT mesage FROM logs"), 400),
        (SQL, sql("DROP TABLE logs"), 400),
        (SQL, sql("SELECT * FROM nowhere"), 404),
        (SQL, "not json".to_owned(), 400),
        (SQL, json!({"query": "SELECT 1"}).to_string(), 400),
        (SEARCH, json!({"query": "level:error AND ("}).to_string(), 400),
        (SEARCH, search("since", json!("the day after never")), 400),
        (SEARCH, search("limit", json!("many")), 400),
        (SEARCH, search("dataset", json!("nowhere")), 404),
        (SEARCH, search("dataset", json!("../etc")), 400),
        ("/api/v1/ingest?dataset=API", lines(0..1), 400),
        ("/api/v1/ingest?datset=logs", lines(0..1), 400),
        ("/api/v1/ingest?format=morse", lines(0..1), 400),
        ("/api/v1/serach", String::new(), 404),
    ] {
        let answer = server.post(path, &[], &body);
        assert_eq!(answer.status, status, "{path} {body}: {}", answer.text());
        answer.error_id();
        assert!(answer.json()["error"]["hint"].is_string(), "{path} {body}: {}", answer.text());
    }
    let place = server.post(SEARCH, &[], json!({"query": "level:error AND )"}).to_string()).json();
    assert_eq!(place["error"]["position"], 16, "{place}");
    assert!(server.post("/api/v1/serach", &[], "").text().contains("/api/v1/search"));
    let method = server.get(SQL);
    assert_eq!((method.status, method.header("allow")), (405, Some("POST")));
    assert_eq!(method.error_id(), "wrong-method");
    assert_eq!(server.count(), 3);
    server.stop();
}

#[test]
fn a_token_is_needed_beyond_this_machine_and_kept_to() {
    let dir = place();
    let open = bongsu(dir.path()).args(["serve", "--http", "0.0.0.0:0"]).run();
    assert!(matches!(open.code, Some(1 | 2)), "{}", open.told());
    assert!(open.err.contains("token"), "{}", open.told());
    let token = "0123456789abcdef0123456789abcdef";
    let server = Server::start_with(dir.path(), &[], &[("BONGSU_TOKEN", token)]);
    assert_eq!(server.get("/health").status, 200);
    let none = server.post(INGEST, &[], lines(0..1));
    assert_eq!((none.status, none.header("www-authenticate")), (401, Some("Bearer")));
    assert_eq!(server.post(INGEST, &[("Authorization", "Bearer wrong-wrong-wrong")], lines(0..1)).status, 401);
    let right = format!("Bearer {token}");
    assert_eq!(server.post(INGEST, &[("Authorization", &right)], lines(0..1)).status, 200);
    server.stop();
}

#[test]
fn pages_of_other_sites_may_not_ask() {
    let dir = place();
    let server = Server::start(dir.path());
    let page = server.post(INGEST, &[("Origin", "https://evil.example")], lines(0..1));
    assert_eq!(page.status, 403);
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    assert_eq!(parse(&bytes, "GET").unwrap().status, 403);
    server.stop();
}

/// An ingest request of `length` bytes that has come in as far as its head: the server waits for its body.
fn begun(server: &Server, length: usize) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).unwrap();
    let head = format!(
        "POST {INGEST} HTTP/1.1\r\nHost: {}\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n",
        server.address
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert!(go_on.starts_with(b"HTTP/1.1 100"));
    stream
}

/// The answer to such a request, once the rest of its body has come.
fn ended(mut stream: TcpStream, rest: &str) -> Answer {
    stream.write_all(rest.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    parse(&bytes, "POST").unwrap()
}

#[test]
fn more_than_can_be_kept_at_one_time_is_told_when_to_come_again() {
    let dir = place();
    let server = Server::start_with(dir.path(), &[], &[("BONGSU_HTTP_INGESTS", "1")]);
    let body = lines(0..10);
    let first = begun(&server, body.len());
    let second = server.post(INGEST, &[], lines(10..20));
    assert_eq!((second.status, second.error_id().as_str()), (429, "busy"), "{}", second.text());
    assert!(second.header("retry-after").is_some_and(|after| after.parse::<u64>().is_ok_and(|seconds| seconds >= 1)));
    assert!(second.json()["error"]["hint"].as_str().is_some_and(|hint| hint.contains("Retry-After")));
    assert_eq!(ended(first, &body).status, 200);
    assert_eq!(server.ingest(lines(10..20))["accepted"], 10);
    assert_eq!(server.count(), 20);
    server.stop();
}

#[test]
fn a_question_that_takes_too_long_is_stopped_and_the_server_goes_on() {
    let dir = place();
    let server = Server::start_with(dir.path(), &[], &[("BONGSU_QUERY_TIME", "1s")]);
    server.ingest(lines(0..5_000));
    // 125 billion pairs: no machine counts them in time.
    let many = "SELECT count(*) AS n FROM logs a, logs b, logs c WHERE a.n + b.n + c.n = 7";
    let stopped = server.post(SQL, &[], json!({ "sql": many }).to_string());
    assert_eq!((stopped.status, stopped.error_id().as_str()), (504, "query-timed-out"), "{}", stopped.text());
    assert!(stopped.json()["error"]["hint"].is_string());
    assert_eq!(server.number("SELECT 5 AS n"), 5);
    server.stop();
}

#[test]
fn a_stop_lets_requests_in_flight_end() {
    for signal in [Signal::TERM, Signal::INT] {
        let dir = place();
        let mut server = Server::start(dir.path());
        let body = lines(0..1_000);
        let (first, rest) = body.split_at(body.len() / 2);
        let mut stream = begun(&server, body.len());
        stream.write_all(first.as_bytes()).unwrap();
        server.signal(signal);
        // The port closes first: that the server has heard is seen without waiting for a time.
        while TcpStream::connect_timeout(&server.address, Duration::from_secs(5)).is_ok() {
            thread::sleep(Duration::from_millis(5));
        }
        let answer = ended(stream, rest);
        assert_eq!((answer.status, &answer.json()["accepted"]), (200, &json!(1_000)));
        let (code, said) = server.ended();
        assert_eq!(code, Some(0), "{said}");
        assert_eq!(count(dir.path()), 1_000);
    }
}

#[test]
fn a_client_that_sends_no_head_is_shown_out() {
    let dir = place();
    let server = Server::start(dir.path());
    let mut silent = TcpStream::connect(server.address).unwrap();
    silent.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    silent.write_all(b"GET /health HTT").unwrap();
    let mut rest = Vec::new();
    // The connection ends, with an answer or without one; a time-out of this read would be an error.
    silent.read_to_end(&mut rest).unwrap();
    server.stop();
}

#[test]
fn one_writer_and_any_number_of_readers() {
    let dir = place();
    let server = Server::start(dir.path());
    server.ingest(lines(0..20));
    let second = bongsu(dir.path()).args(["ingest", "-"]).input(lines(0..5)).run().fails(1);
    assert!(second.err.contains(dir.path().to_str().unwrap()), "{}", second.told());
    bongsu(dir.path()).args(["serve", "--http", "127.0.0.1:0"]).run().fails(1);
    assert_eq!(count(dir.path()), 20);
    assert_eq!(bongsu(dir.path()).json().args(["search", "event", "--limit", "all"]).run().ok().rows().len(), 20);
    server.ingest(lines(20..25));
    assert_eq!(count(dir.path()), 25);
    server.stop();
    assert_eq!(count(dir.path()), 25);
}

#[test]
fn a_port_that_is_taken_is_told() {
    let (dir, other) = (place(), place());
    let server = Server::start(dir.path());
    let address = server.address.to_string();
    let taken = bongsu(other.path()).args(["serve", "--http", &address]).run().fails(1);
    assert!(taken.err.contains(&address), "{}", taken.told());
    server.stop();
}
