//! The server within bounds: of memory, whatever it is sent and asked, and of what it takes at one time.
//!
//! The memory of a process is limited twice. `RLIMIT_DATA` needs no privilege and holds in every container; it counts all
//! private memory that could be written to, used or not, such as the whole stack of each thread, and so it is twice of what
//! may be used. Where the test may make a control group (v1 or v2), that counts what is used, and ends a process that uses
//! more. Either way `VmHWM`, the most that was ever used, must stay below, the pages of the program's own file included,
//! although the kernel takes those back when it needs them. The allocator is told not to keep addresses that it has no use
//! for, since `RLIMIT_DATA` counts them. Files are merged meanwhile, more often than by default.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::http::{parse, send};
use crate::support::server::Server;

const INGEST: &str = "/api/v1/ingest";
const SEARCH: &str = "/api/v1/search";
const SQL: &str = "/api/v1/sql";

const MEBIBYTE: u64 = 1 << 10;
const LIMIT: u64 = 256 * MEBIBYTE;
const DATA: u64 = 2 * LIMIT;
const ROWS: usize = 1_000_000;
const ROWS_OF_BODY: usize = 10_000;
const WIDE: usize = 1_200;
const WIDE_BYTES: usize = 200_000;
const FIELDS: usize = 10_000;
/// What a server needs to live within the limit.
const SETTINGS: [(&str, &str); 13] = [
    ("BONGSU_STORE_MEMORY", "24 MiB"),
    ("BONGSU_STORE_FLUSH_BYTES", "12 MiB"),
    ("BONGSU_STORE_SEGMENT", "16 MiB"),
    ("BONGSU_HTTP_MEMORY", "20 MiB"),
    ("BONGSU_HTTP_INGESTS", "8"),
    ("BONGSU_HTTP_INGEST_WAIT", "30s"),
    ("BONGSU_QUERY_MEMORY", "20 MiB"),
    ("BONGSU_QUERY_CEILING", "80 MiB"),
    ("BONGSU_QUERY_CACHE", "9 MiB"),
    ("BONGSU_QUERY_TIME", "3s"),
    ("BONGSU_COMPACTION_MEMORY", "24 MiB"),
    ("BONGSU_COMPACTION_EVERY", "1s"),
    ("MALLOC_CONF", "retain:false,dirty_decay_ms:20"),
];
/// Longest time of an answer: that of a question, and some more for a machine with other work.
const ANSWERED: Duration = Duration::from_secs(20);

/// Records `from..to`, one a line.
fn records(from: usize, to: usize) -> String {
    let mut lines = String::with_capacity((to - from) * 180);
    for n in from..to {
        writeln!(
            lines,
            "{{\"time\":\"2025-06-06T{:02}:{:02}:{:02}Z\",\"level\":\"{}\",\"service\":\"svc-{}\",\"trace_id\":\"{:032x}\",\"message\":\"request {n} took {} ms\",\"n\":{n}}}",
            n / 50_000,
            n / 1_000 % 60,
            n / 10 % 60,
            if n % 10 == 0 { "error" } else { "info" },
            n % 50,
            n as u128 * 0x9e37_79b9_7f4a_7c15,
            n % 997,
        )
        .unwrap();
    }
    lines
}

/// Sends bodies from `threads` connections until all have been sent; each must be kept.
fn send_all(to: SocketAddr, path: &str, threads: usize, bodies: usize, body: impl Fn(usize) -> String + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let nth = next.fetch_add(1, Ordering::Relaxed);
                    if nth >= bodies {
                        return;
                    }
                    let body = body(nth);
                    loop {
                        let answer = send(to, "POST", path, &[], body.as_bytes()).unwrap();
                        if answer.status != 429 {
                            assert_eq!(answer.status, 200, "{}", answer.text());
                            break;
                        }
                        thread::sleep(Duration::from_millis(200));
                    }
                }
            });
        }
    });
}

/// Bytes of an answer that are read; a client may go away before its end.
const READ: u64 = 4 << 20;

/// Asks, and reads the beginning of the answer: its status and, when it is short, all of it.
fn ask(to: SocketAddr, path: &str, question: &Value) -> (u16, Option<String>) {
    let body = question.to_string();
    let mut stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(ANSWERED)).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    // A broken end of a long answer is one of the ways in which it may end.
    let whole = stream.take(READ).read_to_end(&mut bytes).is_ok();
    let status = bytes.get(9..12).and_then(|status| std::str::from_utf8(status).ok()?.parse().ok());
    let status = status.unwrap_or_else(|| panic!("no answer to {}", short(question)));
    let text = parse(&bytes, "POST").filter(|_| whole).map(|answer| answer.text().to_owned());
    (status, text)
}

fn short(question: &Value) -> String {
    question.to_string().chars().take(200).collect()
}

/// Asks something that a server cannot be expected to answer; it must say something all the same, and in time.
fn ask_too_much(to: SocketAddr, path: &str, question: &Value) -> String {
    let began = Instant::now();
    let (status, text) = ask(to, path, question);
    let took = began.elapsed();
    assert!(took < ANSWERED, "{took:?} for {}", short(question));
    if status == 200 {
        return format!("{status} in {took:.1?}");
    }
    let text = text.unwrap_or_else(|| panic!("half an error for {}", short(question)));
    let error: Value = serde_json::from_str(&text).unwrap_or_else(|wrong| panic!("{wrong}: {text}"));
    assert!(error["error"]["hint"].is_string(), "{} for {}", text.trim(), short(question));
    assert!(matches!(status, 400 | 422 | 429 | 504 | 507), "{} for {}", text.trim(), short(question));
    format!("{status} {} in {took:.1?}", error["error"]["id"])
}

/// Fifty questions that ask for too much, each in its own way.
fn hostile() -> Vec<(&'static str, Value)> {
    let sql = |text: &str| (SQL, json!({ "sql": text }));
    let search = |query: String, limit: u64| (SEARCH, json!({ "query": query, "limit": limit }));
    let chain = |word: &str, times: usize| word.repeat(times);
    let numbers = |count: usize| (0..count).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let doubled: String = (1..30).map(|n| format!(", t{n} AS (SELECT m || m AS m FROM t{})", n - 1)).collect();
    let doubled = |first: &str| format!("WITH t0 AS (SELECT {first}){doubled} SELECT m FROM t29");
    vec![
        // Sorts of everything.
        sql("SELECT * FROM logs ORDER BY message"),
        sql("SELECT * FROM logs ORDER BY n DESC, message, trace_id"),
        sql("SELECT message FROM logs ORDER BY message DESC"),
        sql("SELECT * FROM wide ORDER BY message"),
        sql("SELECT message, reverse(message) AS back FROM wide ORDER BY back"),
        sql("SELECT * FROM logs ORDER BY time LIMIT 1000000000"),
        sql("SELECT * FROM fields ORDER BY k7, k8, k9"),
        // Groups without end.
        sql("SELECT message, count(*) FROM logs GROUP BY message ORDER BY 2 DESC"),
        sql("SELECT _id, count(*) FROM logs GROUP BY _id ORDER BY 2"),
        sql("SELECT trace_id, min(message), max(message) FROM logs GROUP BY trace_id"),
        sql("SELECT message, count(*) FROM wide GROUP BY message"),
        sql(
            "SELECT count(DISTINCT message), count(DISTINCT _id), count(DISTINCT trace_id), count(DISTINCT n) FROM logs",
        ),
        sql("SELECT DISTINCT message, trace_id, _id FROM logs"),
        sql("SELECT approx_distinct(message), median(n), quantile(n, 0.5) FROM logs"),
        sql("SELECT message FROM logs UNION SELECT trace_id FROM logs UNION SELECT _id FROM logs"),
        // Everything in one cell.
        sql("SELECT string_agg(message, ',') FROM logs"),
        sql("SELECT string_agg(message, ',') FROM wide"),
        sql("SELECT array_agg(message) FROM logs"),
        sql("SELECT array_agg(message ORDER BY message) FROM wide"),
        sql("SELECT service, array_agg(DISTINCT message) FROM logs GROUP BY service"),
        // Few rows made many, short texts long.
        sql("SELECT count(*) FROM logs a, logs b WHERE a.n + b.n = 7"),
        sql("SELECT * FROM logs a CROSS JOIN logs b"),
        sql("SELECT count(*) FROM logs a JOIN logs b ON a.service = b.service"),
        sql("SELECT a.message, b.message FROM wide a JOIN wide b ON a.message <> b.message ORDER BY 1"),
        sql("SELECT count(*) FROM logs a JOIN logs b ON a.trace_id = b.trace_id JOIN logs c ON b.message = c.message"),
        sql("SELECT repeat('x', 1000000000) AS x"),
        sql("SELECT repeat(message, 10000) AS x FROM logs"),
        sql("SELECT lpad(message, 1000000000, 'x') AS x, rpad(message, 1000000000) AS y FROM logs"),
        sql("SELECT replace(message, 'e', repeat('e', 1000000)) AS x FROM logs"),
        sql("SELECT regexp_replace(message, '', repeat('y', 100000), 'g') AS x FROM logs"),
        sql(&doubled("'x' AS m")),
        sql(&doubled("message AS m FROM logs")),
        sql("SELECT array_repeat('x', 1000000000) AS x"),
        sql("SELECT range(0, 10000000000) AS x"),
        sql("SELECT unnest(range(0, 1000000000)) AS x ORDER BY x DESC"),
        sql("SELECT concat(m, m, m, m, m, m, m, m, m, m) AS x FROM (SELECT repeat(message, 100) AS m FROM logs) t"),
        // Questions that are large themselves.
        sql(&format!("SELECT count(*) FROM logs WHERE n IN ({})", numbers(100_000))),
        sql(&format!("SELECT {}1{}", chain("(", 10_000), chain(")", 10_000))),
        sql(&format!("SELECT {}1", chain("1 + ", 10_000))),
        sql(&format!("SELECT count(*) FROM logs WHERE n = 0{}", chain(" OR n = 1", 900))),
        sql(chain("SELECT 1 UNION ALL ", 1_900).trim_end_matches(" UNION ALL ")),
        sql(chain("SELECT 1 UNION ALL ", 240).trim_end_matches(" UNION ALL ")),
        sql(&format!("SELECT * FROM logs {}", chain(", fields", 200))),
        search((0..10_000).map(|n| format!("word{n}")).collect::<Vec<_>>().join(" OR "), 10),
        search(chain("(", 10_000), 10),
        // Answers without end.
        search("*".to_owned(), 1_000_000_000),
        search("message:/.*(a|b|c)*.*(x+x+)+y/".to_owned(), 1_000_000_000),
        sql("SELECT count(*) FROM logs WHERE message ~ '((a{100}){100}){100}'"),
        sql("SELECT count(*) FROM logs WHERE regexp_like('abc', message)"),
        sql("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t"),
        sql("WITH RECURSIVE t(n) AS (SELECT 'x' UNION ALL SELECT n || n FROM t) SELECT max(n) FROM t"),
        sql("SELECT *, row_number() OVER (PARTITION BY service ORDER BY message) AS r FROM logs"),
        sql("SELECT message, sum(n) OVER () AS s, lag(message, 100000) OVER (ORDER BY time) AS l FROM logs"),
        sql("SELECT * FROM fields a, fields b, fields c"),
        sql("EXPLAIN ANALYZE SELECT message, count(*) FROM logs GROUP BY message ORDER BY message"),
        sql("SELECT sum(x) FROM generate_series(1, 100000000000) AS t(x)"),
    ]
}

#[test]
fn a_process_of_256_mib_lives_whatever_it_is_sent_and_asked() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start_within(dir.path(), DATA, LIMIT, &SETTINGS);
    let (to, memory) = (server.address, server.memory());
    let began = Instant::now();
    let say = |step: &str| {
        let [peak, now, data] = ["VmHWM", "VmRSS", "VmData"].map(|key| memory.of(key) / MEBIBYTE);
        eprintln!("{step}: {:.1?}, peak {peak} MiB, now {now} MiB, data {data} MiB", began.elapsed());
    };
    send_all(to, INGEST, 4, ROWS / ROWS_OF_BODY, |nth| records(nth * ROWS_OF_BODY, (nth + 1) * ROWS_OF_BODY));
    say("rows");
    let wide = format!("{INGEST}?dataset=wide");
    let fields = format!("{INGEST}?dataset=fields");
    let filler = "0123456789abcdef ".repeat(WIDE_BYTES / 17);
    send_all(to, &wide, 4, WIDE / 20, |nth| {
        (0..20).fold(String::new(), |mut lines, n| {
            writeln!(lines, "{{\"message\":\"wide {} {filler}\"}}", nth * 20 + n).unwrap();
            lines
        })
    });
    say("wide cells");
    send_all(to, &fields, 2, 20, |nth| {
        let fields: Vec<String> = (0..FIELDS).map(|field| format!("\"k{field}\":\"v{nth}\"")).collect();
        format!("{{\"message\":\"many fields\",{}}}\n", fields.join(","))
    });
    say("fields");
    let questions = hostile();
    assert!(questions.len() >= 50);
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((path, question)) = questions.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let answer = ask_too_much(to, path, question);
                    eprintln!("{answer}, {} MiB: {}", memory.of("VmHWM") / MEBIBYTE, short(question));
                }
            });
        }
    });
    say("questions");
    assert_eq!(server.get("/health").status, 200);
    assert_eq!(server.count(), i64::try_from(ROWS).unwrap());
    let found = server.post(SEARCH, &[], json!({ "query": "\"request 777777 took\"" }).to_string());
    assert_eq!((found.status, found.json()["n"].as_i64()), (200, Some(777_777)), "{}", found.text());
    let peak = memory.of("VmHWM");
    assert!(peak < LIMIT, "{peak} KiB");
    server.stop();
}

/// The head of an ingest request, and as much of its body as `sent`.
fn begin(to: SocketAddr, headers: &str, length: usize, sent: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(to).unwrap();
    let head = format!(
        "POST {INGEST} HTTP/1.1\r\nHost: {to}\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(sent).unwrap();
    stream
}

fn metric(server: &Server, name: &str) -> u64 {
    let text = server.get("/metrics").text().to_owned();
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map_or(0, |value| value.parse().unwrap())
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < ANSWERED, "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_body_for_which_there_is_no_memory_is_told_when_to_come_again() {
    let dir = tempfile::tempdir().unwrap();
    let settings = [("BONGSU_HTTP_MEMORY", "1 MiB"), ("BONGSU_HTTP_INGEST_WAIT", "50ms")];
    let server = Server::start_with(dir.path(), &[], &settings);
    let body = records(0, 3_000);
    // A body that does not come on holds the memory of those that come in.
    let (half, rest) = body.split_at(body.len() / 2);
    let mut first = begin(server.address, "", body.len(), half.as_bytes());
    wait_until("the first body holds memory", || metric(&server, "bongsu_ingest_memory_bytes") > 300 << 10);
    let refused = server.post(INGEST, &[], &body);
    assert_eq!((refused.status, refused.error_id().as_str()), (429, "busy"), "{}", refused.text());
    assert!(refused.header("retry-after").is_some_and(|after| after.parse::<u64>().is_ok_and(|seconds| seconds >= 1)));
    assert_eq!(server.number("SELECT 5 AS n"), 5);
    first.write_all(rest.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    first.read_to_end(&mut bytes).unwrap();
    assert_eq!(parse(&bytes, "POST").unwrap().status, 200);
    assert_eq!(server.ingest(&body)["accepted"], 3_000);
    assert_eq!(server.count(), 6_000);
    wait_until("all memory is given back", || metric(&server, "bongsu_ingest_memory_bytes") == 0);
    server.stop();
}

#[test]
fn a_long_body_that_breaks_off_goes_on_where_it_was_kept() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let body = records(0, 80_000);
    assert!(body.len() > 10 << 20, "{}", body.len());
    let key = [("Idempotency-Key", "long")];
    // The client goes away behind four fifths: up to two pieces are kept by then.
    drop(begin(server.address, "Idempotency-Key: long\r\n", body.len(), &body.as_bytes()[..body.len() / 5 * 4]));
    let kept = |server: &Server| metric(server, "bongsu_dataset_rows{dataset=\"logs\"}");
    wait_until("a piece is kept", || kept(&server) > 0);
    wait_until("the request is over", || metric(&server, "bongsu_ingest_memory_bytes") == 0);
    let before = server.count();
    assert!((20_000..80_000).contains(&before), "{before}");
    server.kill();
    let server = Server::start(dir.path());
    assert_eq!(server.count(), before);
    // Another beginning under the same key is a mistake.
    let other = server.post(INGEST, &key, body.replace("took", "TOOK"));
    assert_eq!((other.status, other.error_id().as_str()), (422, "idempotency-key-reused"), "{}", other.text());
    let whole = server.post(INGEST, &key, &body);
    assert_eq!((whole.status, whole.json()["accepted"].as_u64()), (200, Some(80_000)), "{}", whole.text());
    assert_eq!(server.number("SELECT count(DISTINCT n) AS n FROM logs"), 80_000);
    assert_eq!(server.count(), 80_000);
    let replay = server.post(INGEST, &key, &body);
    assert_eq!((replay.header("idempotency-replayed"), &replay.body), (Some("true"), &whole.body));
    assert_eq!(server.count(), 80_000);
    server.stop();
}

#[test]
fn a_bomb_costs_neither_its_size_nor_what_was_kept_before() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let plain = "{\"message\":\"a line of a bomb that goes on and on and on\"}\n".repeat(5_000_000);
    let bomb = zstd::encode_all(plain.as_bytes(), 1).unwrap();
    let refused = server.post(INGEST, &[("Content-Encoding", "zstd")], bomb);
    assert_eq!((refused.status, refused.error_id().as_str()), (413, "body-too-large"), "{}", refused.text());
    let kept = refused.json()["kept"].clone();
    let accepted = kept["accepted"].as_i64().unwrap();
    assert!(accepted > 0 && kept["bytes"].as_u64().is_some_and(|bytes| bytes <= 64 << 20), "{kept}");
    assert_eq!(server.count(), accepted);
    let peak = server.memory().of("VmHWM");
    assert!(peak < LIMIT, "{peak} KiB");
    server.stop();
}
