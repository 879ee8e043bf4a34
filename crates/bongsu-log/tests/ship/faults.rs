//! Servers that fail, delay, break off and refuse, and spools that are full.

use std::time::{Duration, Instant};

use bongsu_log::ship::{Packing, Ship, Token, WhenFull};
use bongsu_log::{Level, info};

use crate::server::{Fate, Request, Server};
use crate::{LONG, each_once_in_order, log, ship, start, stats};

#[test]
fn records_come_with_everything_that_is_known_of_them() {
    let server = Server::start(|_, _| Fate::Kept);
    let folder = tempfile::tempdir().unwrap();
    let token = Some(Token::new("s3cr3t-token"));
    let headers = vec![("X-Tenant".to_owned(), "a".to_owned())];
    let ship = Ship { token, headers, dataset: Some("web".into()), host: Some("host-7".into()), ..ship(&server.url()) };
    let logging = start(folder.path(), ship);
    log(&logging, 0..3);
    logging.shutdown();
    let kept = server.kept();
    let head = &kept[0].headers;
    assert_eq!(kept[0].path, "/api/v1/ingest?dataset=web");
    for (name, value) in [
        ("authorization", "Bearer s3cr3t-token"),
        ("x-tenant", "a"),
        ("content-type", "application/x-ndjson"),
        ("content-encoding", "gzip"),
    ] {
        assert_eq!(head[name], value);
    }
    let records: Vec<_> = kept.iter().flat_map(Request::records).collect();
    let record = records.iter().find(|record| record["Body"] == "n=1").unwrap();
    assert_eq!((&record["SeverityText"], &record["InstrumentationScope"]["name"]), (&"INFO".into(), &"movies".into()));
    assert_eq!(record["Resource"], serde_json::json!({"service.name":"movies","host.name":"host-7"}));
    assert_eq!(record["Attributes"]["code.function.name"], "log");
    assert_eq!(records.first().unwrap()["Body"], "Logging started");
    assert_eq!(records.last().unwrap()["Body"], "Logging stopped");
    each_once_in_order(&server.numbers(), 3);
    let spool = folder.path().join(".bongsu/ship");
    assert_eq!(std::fs::read_dir(spool).unwrap().count(), 0, "nothing is left in the spool");
}

#[test]
fn a_server_that_fails_in_every_way_has_each_record_once_and_in_order() {
    let server = Server::start(|nth, _| match nth % 11 {
        0 => Fate::Answer(503, None, "starting".into()),
        1 => Fate::Reset,
        3 => Fate::KeptWithoutAnswer,
        4 => Fate::Answer(429, None, String::new()),
        6 => Fate::KeptSlowly(Duration::from_millis(600)),
        7 => Fate::Answer(401, None, "no".into()),
        8 => Fate::Answer(200, None, "<html>sign in".into()),
        _ => Fate::Kept,
    });
    let folder = tempfile::tempdir().unwrap();
    let ship = Ship { timeout: Duration::from_millis(300), batch_records: 50, ..ship(&server.url()) };
    let logging = start(folder.path(), ship);
    log(&logging, 0..2_000);
    logging.shutdown();
    each_once_in_order(&server.numbers(), 2_000);
    let stats = stats(&logging);
    assert!(server.replays() > 3 && stats.retried > 10, "{stats:?}");
    assert_eq!((stats.handed, stats.sent, stats.spooled_bytes), (2_002, 2_002, 0));
    assert_eq!(stats.refused + stats.dropped_oldest + stats.dropped_newest + stats.failed + stats.damaged, 0);
}

#[test]
fn a_server_that_asks_to_wait_is_left_alone_for_so_long() {
    let server = Server::start(|nth, _| match nth {
        0 => Fate::Answer(429, Some("1"), String::new()),
        _ => Fate::Kept,
    });
    let folder = tempfile::tempdir().unwrap();
    let logging = start(folder.path(), ship(&server.url()));
    server.wait_for(|server| server.requests().len() == 2);
    let requests = server.requests();
    let waited = requests[1].at - requests[0].at;
    assert!(waited >= Duration::from_secs(1), "{waited:?}");
    assert_eq!(requests[0].packed, requests[1].packed);
    assert_eq!(requests[0].headers["idempotency-key"], requests[1].headers["idempotency-key"]);
    logging.shutdown();
}

#[test]
fn a_server_that_cannot_unpack_gets_plain_requests() {
    let server = Server::start(|_, request| match request.headers.get("content-encoding") {
        Some(_) => Fate::Answer(415, None, String::new()),
        None => Fate::Kept,
    });
    let folder = tempfile::tempdir().unwrap();
    let logging = start(folder.path(), ship(&server.url()));
    log(&logging, 0..10);
    logging.shutdown();
    each_once_in_order(&server.numbers(), 10);
    assert_eq!(server.requests().iter().filter(|request| request.headers.contains_key("content-encoding")).count(), 1);
}

/// Refuses a request with one of these words in it.
fn refuses(request: &Request) -> bool {
    let text = String::from_utf8_lossy(&request.body);
    text.contains("poison") || text.contains("n=77\"")
}

#[test]
fn a_record_that_is_refused_for_good_is_set_aside_and_the_rest_goes_on() {
    let wrong = || Fate::Answer(400, None, r#"{"error":{"id":"x","message":"cannot be kept"}}"#.into());
    let server = Server::start(move |_, request| if refuses(request) { wrong() } else { Fate::Kept });
    let folder = tempfile::tempdir().unwrap();
    let logging = start(folder.path(), Ship { compression: Packing::None, ..ship(&server.url()) });
    let logger = logging.get_logger("other", None, Level::Debug).unwrap();
    log(&logging, 0..40);
    info!(logger, "poison");
    log(&logging, 40..100);
    logging.shutdown();
    let expected: Vec<_> = (0..100).filter(|n| *n != 77).collect();
    assert_eq!(server.numbers(), expected);
    let stats = stats(&logging);
    assert_eq!((stats.refused, stats.sent), (2, 101));
    let aside = std::fs::read_to_string(folder.path().join(".bongsu/ship/refused.jsonl")).unwrap();
    let aside: Vec<serde_json::Value> = aside.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> = aside.iter().map(|line| (line["record"]["Body"].as_str().unwrap(), &line["reason"])).collect();
    let why = serde_json::Value::from("HTTP 400: cannot be kept");
    assert_eq!(told, [("poison", &why), ("n=77", &why)]);
}

#[test]
fn a_refusal_that_no_record_is_to_blame_for_loses_none() {
    let mended = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_mended = std::sync::Arc::clone(&mended);
    let server = Server::start(move |_, _| {
        if is_mended.load(std::sync::atomic::Ordering::Relaxed) {
            Fate::Kept
        } else {
            Fate::Answer(400, None, r#"{"error":{"message":"no such dataset"}}"#.into())
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let logging = start(folder.path(), ship(&server.url()));
    log(&logging, 0..10);
    server.wait_for(|server| server.requests().len() > 8);
    assert_eq!(logging.shipper().unwrap().trouble().as_deref(), Some("HTTP 400: no such dataset"));
    mended.store(true, std::sync::atomic::Ordering::Relaxed);
    logging.shutdown();
    each_once_in_order(&server.numbers(), 10);
    assert_eq!((stats(&logging).refused, logging.shipper().unwrap().trouble()), (0, None));
}

#[test]
fn what_a_server_refuses_of_a_request_that_it_took_is_set_aside() {
    let answer = r#"{"accepted":2,"refused":1,"errors":[{"line":2,"reason":"not an object","reason_id":"x"}]}"#;
    let server = Server::start(move |_, _| Fate::Answer(200, None, answer.into()));
    let folder = tempfile::tempdir().unwrap();
    let logging = start(folder.path(), Ship { batch_records: 3, batch_age: LONG, ..ship(&server.url()) });
    log(&logging, 0..2);
    server.wait_for(|server| !server.requests().is_empty());
    while stats(&logging).sent == 0 {
        std::thread::yield_now();
    }
    assert_eq!((stats(&logging).sent, stats(&logging).refused), (2, 1));
    let aside = std::fs::read_to_string(folder.path().join(".bongsu/ship/refused.jsonl")).unwrap();
    assert!(aside.contains("not an object") && aside.contains("n=0"), "{aside}");
    assert_eq!(aside.lines().count(), 1);
}

/// An address where nobody listens.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn without_a_server_the_program_goes_on_and_the_next_start_sends_what_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let flush_for = Duration::from_secs(1);
    let logging = start(folder.path(), Ship { flush_for, ..ship(&nobody()) });
    log(&logging, 0..1_000);
    let began = Instant::now();
    logging.shutdown();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!((stats(&logging).sent, stats(&logging).handed), (0, 1_002));
    assert!(stats(&logging).spooled_bytes > 10_000);
    drop(logging);
    let server = Server::start(|_, _| Fate::Kept);
    let logging = start(folder.path(), ship(&server.url()));
    log(&logging, 1_000..1_500);
    logging.shutdown();
    each_once_in_order(&server.numbers(), 1_500);
    assert_eq!(stats(&logging).sent, 1_002 + 502);
}

#[test]
fn a_server_that_never_answers_holds_nobody_up() {
    let server = Server::start(|_, _| Fate::KeptSlowly(LONG));
    let folder = tempfile::tempdir().unwrap();
    let flush_for = Duration::from_millis(100);
    let logging = start(folder.path(), Ship { flush_for, timeout: LONG, ..ship(&server.url()) });
    server.wait_for(|server| !server.requests().is_empty());
    let mut slowest = Duration::ZERO;
    for n in 0..5_000 {
        let began = Instant::now();
        log(&logging, n..n + 1);
        slowest = slowest.max(began.elapsed());
    }
    let began = Instant::now();
    logging.shutdown();
    // Bounds for a busy machine; the server holds its answer back for a minute.
    assert!(slowest < Duration::from_secs(5) && began.elapsed() < Duration::from_secs(5), "{slowest:?}");
}

fn fill(when_full: WhenFull) -> (bongsu_log::ship::ShipStats, Vec<usize>) {
    let (folder, flush_for) = (tempfile::tempdir().unwrap(), Duration::from_secs(1));
    let full = Ship { spool_size: 64 << 10, when_full, flush_for, ..ship(&nobody()) };
    let logging = start(folder.path(), full.clone());
    log(&logging, 0..2_000);
    let stats = stats(&logging);
    logging.shutdown();
    drop(logging);
    let server = Server::start(|_, _| Fate::Kept);
    let logging = start(folder.path(), Ship { flush_for: LONG, url: server.url(), ..full });
    logging.shutdown();
    (stats, server.numbers())
}

#[test]
fn a_full_spool_drops_what_it_was_told_to_and_counts_it() {
    let (stats, numbers) = fill(WhenFull::DropNewest);
    assert_eq!((stats.dropped_oldest, stats.handed), (0, 2_001));
    each_once_in_order(&numbers, numbers.len());
    assert_eq!(numbers.len() as u64 + stats.dropped_newest, 2_000);
    assert!(stats.spooled_bytes <= 64 << 10);

    let (stats, numbers) = fill(WhenFull::DropOldest);
    assert!(numbers.len() > 100 && numbers.windows(2).all(|two| two[0] < two[1]), "{}", numbers.len());
    assert_eq!(numbers.last(), Some(&1_999));
    assert_eq!((stats.dropped_newest, stats.blocked), (0, 0));
    assert!(stats.dropped_oldest > 1_000, "{stats:?}");
}

#[test]
fn a_program_that_waits_for_room_gets_it_when_the_server_takes_something() {
    let server = Server::start(|nth, _| if nth < 5 { Fate::Answer(503, None, String::new()) } else { Fate::Kept });
    let folder = tempfile::tempdir().unwrap();
    let when_full = WhenFull::Block(LONG);
    let logging = start(folder.path(), Ship { spool_size: 64 << 10, when_full, ..ship(&server.url()) });
    log(&logging, 0..5_000);
    logging.shutdown();
    each_once_in_order(&server.numbers(), 5_000);
    let stats = stats(&logging);
    assert!(stats.blocked > 0 && stats.dropped_newest == 0, "{stats:?}");
}

#[test]
fn records_of_many_threads_come_once_and_in_the_order_of_each() {
    let server = Server::start(|nth, _| if nth % 3 == 1 { Fate::KeptWithoutAnswer } else { Fate::Kept });
    let folder = tempfile::tempdir().unwrap();
    let logging = start(folder.path(), ship(&server.url()));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let logging = &logging;
            scope.spawn(move || log(logging, thread * 10_000..thread * 10_000 + 1_000));
        }
    });
    logging.shutdown();
    let numbers = server.numbers();
    assert_eq!(numbers.len(), 4_000);
    for thread in 0..4 {
        let own: Vec<_> = numbers.iter().copied().filter(|n| n / 10_000 == thread).collect();
        assert_eq!(own, (thread * 10_000..thread * 10_000 + 1_000).collect::<Vec<_>>());
    }
}

#[test]
fn what_cannot_be_shipped_to_is_an_error_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let config = |ship| bongsu_log::Config { home: folder.path().into(), ship: Some(ship), ..Default::default() };
    let said = bongsu_log::Logging::start(config(Ship::to("localhost:5105"))).unwrap_err().to_string();
    assert_eq!(said, "`ship.url`: `localhost:5105` has no scheme");
    let taken = folder.path().join("file");
    std::fs::write(&taken, "").unwrap();
    let ship = Ship { spool: Some(taken), ..Ship::to("http://x") };
    let said = bongsu_log::Logging::start(config(ship)).unwrap_err().to_string();
    assert!(said.starts_with("cannot open the spool"), "{said}");
}
