//! Patterns as a user meets them: the table `templates`, `bongsu patterns` and `/api/v1/patterns`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::support::bin::{Ran, bare, bongsu, count, sql};
use crate::support::server::Server;

const FULL: &str = "queue is full";
const JOB: &str = "job <*> finished in <*> ms";
const LOGIN: &str = "login of user <*> from <*>";

/// The nth of messages of three templates.
fn message(nth: usize) -> String {
    match nth % 6 {
        0 => FULL.to_owned(),
        1 | 2 => format!("job {nth} finished in {} ms", nth * 7),
        _ => format!("login of user {nth} from 10.0.{}.{}", nth / 200, nth % 200),
    }
}

fn template(nth: usize) -> &'static str {
    match nth % 6 {
        0 => FULL,
        1 | 2 => JOB,
        _ => LOGIN,
    }
}

/// One record a second, every fourth an error.
fn records(range: Range<usize>) -> String {
    let line = |nth: usize| {
        let level = if nth.is_multiple_of(4) { "error" } else { "info" };
        let time = format!("2025-06-06T12:{:02}:{:02}Z", nth / 60, nth % 60);
        json!({ "time": time, "level": level, "service": "shop", "message": message(nth) }).to_string() + "\n"
    };
    range.map(line).collect()
}

type Counts = BTreeMap<String, i64>;

/// The templates of the records in `range` that are wanted, with their numbers.
fn expected(range: Range<usize>, wanted: impl Fn(usize) -> bool) -> Counts {
    let mut counts = Counts::new();
    for nth in range.filter(|nth| wanted(*nth)) {
        *counts.entry(template(nth).to_owned()).or_default() += 1;
    }
    counts
}

/// Templates and counts of rows.
fn counts(rows: &[Value]) -> Counts {
    let pair = |row: &Value| (row["template"].as_str().unwrap().to_owned(), row["count"].as_i64().unwrap());
    rows.iter().map(pair).collect()
}

fn table(data: &Path) -> Counts {
    counts(&sql(data, "SELECT template, count FROM templates WHERE dataset = 'logs'"))
}

fn patterns(data: &Path, args: &[&str]) -> Ran {
    bongsu(data).arg("patterns").args(args).run()
}

fn as_json(data: &Path, args: &[&str]) -> Vec<Value> {
    bongsu(data).json().arg("patterns").args(args).run().ok().rows()
}

/// A data directory with 300 records.
fn store() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    bongsu(dir.path()).args(["ingest", "-"]).input(records(0..300)).run().ok();
    dir
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(text.as_bytes()).unwrap();
    packer.finish().unwrap()
}

#[test]
fn the_table_counts_what_is_in_memory_and_what_is_in_files() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let live = |server: &Server| {
        let question = json!({ "sql": "SELECT template, count, template_id FROM templates" }).to_string();
        let answer = server.post("/api/v1/sql", &[], question);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    server.ingest(records(0..300));
    assert_eq!(counts(&live(&server)), expected(0..300, |_| true));
    server.ingest(records(300..420));
    let before = live(&server);
    assert_eq!(counts(&before), expected(0..420, |_| true));
    server.stop();
    let ids = |rows: &[Value]| {
        rows.iter().map(|row| row["template_id"].as_i64().unwrap()).collect::<std::collections::BTreeSet<_>>()
    };
    let after = sql(dir.path(), "SELECT template, count, template_id FROM templates");
    assert_eq!(counts(&after), expected(0..420, |_| true));
    assert_eq!(ids(&after), ids(&before), "rows keep their templates on their way to files");
    bongsu(dir.path()).args(["ingest", "-"]).input(records(420..500)).run().ok();
    assert_eq!(table(dir.path()), expected(0..500, |_| true));
    assert_eq!(count(dir.path()), 500);
}

#[test]
fn the_table_says_when_a_template_was_seen_and_gives_an_example() {
    let dir = store();
    let rows = sql(dir.path(), "SELECT * FROM templates ORDER BY template");
    let first: Vec<_> = rows.iter().map(|row| row["first_seen"].as_str().unwrap()).collect();
    let last: Vec<_> = rows.iter().map(|row| row["last_seen"].as_str().unwrap()).collect();
    // 294 is the last record of "queue is full", 296 of the job, 299 of the login.
    for (said, wanted) in first.iter().zip(["12:00:01", "12:00:03", "12:00:00"]) {
        assert!(said.starts_with(&format!("2025-06-06T{wanted}")), "{said} {wanted}");
    }
    for (said, wanted) in last.iter().zip(["12:04:56", "12:04:59", "12:04:54"]) {
        assert!(said.starts_with(&format!("2025-06-06T{wanted}")), "{said} {wanted}");
    }
    let examples: Vec<_> = rows.iter().map(|row| row["example"].as_str().unwrap()).collect();
    assert!(examples[0].starts_with("job ") && examples[0].ends_with(" ms"), "{examples:?}");
    assert!(examples[1].starts_with("login of user "), "{examples:?}");
    assert_eq!(examples[2], FULL);
}

#[test]
fn records_are_joined_with_and_found_by_their_template() {
    let dir = store();
    let joined = sql(
        dir.path(),
        "SELECT t.template AS template, count(*) AS count FROM logs l JOIN templates t USING (template_id) \
         WHERE t.dataset = 'logs' GROUP BY t.template",
    );
    assert_eq!(counts(&joined), expected(0..300, |_| true));
    let id =
        sql(dir.path(), "SELECT template_id FROM templates WHERE template LIKE 'job%'")[0]["template_id"].to_string();
    let found = bongsu(dir.path()).json().args(["search", &format!("template_id:{id}"), "--limit", "all"]).run().ok();
    let rows = found.rows();
    assert_eq!(rows.len(), 100);
    assert!(rows.iter().all(|row| row["message"].as_str().unwrap().starts_with("job ")), "{}", found.told());
}

#[test]
fn every_dataset_has_its_own_templates() {
    let dir = store();
    bongsu(dir.path()).args(["ingest", "--dataset", "web", "-"]).input(records(0..6)).run().ok();
    let rows = sql(dir.path(), "SELECT dataset, sum(count) AS n FROM templates GROUP BY dataset ORDER BY dataset");
    assert_eq!(rows, [json!({"dataset": "logs", "n": 300}), json!({"dataset": "web", "n": 6})]);
    assert_eq!(counts(&as_json(dir.path(), &["--dataset", "web"])), expected(0..6, |_| true));
    bongsu(dir.path()).args(["ingest", "--dataset", "templates", "-"]).input(records(0..6)).run().fails(2);
}

#[test]
fn patterns_are_told_the_most_frequent_first() {
    let dir = store();
    let ran = patterns(dir.path(), &[]).ok();
    let lines: Vec<_> = ran.text().lines().collect();
    assert_eq!(lines.len(), 5, "{}", ran.told());
    for (line, wanted) in lines[2..].iter().zip([("150", "50.0%", LOGIN), ("100", "33.3%", JOB), ("50", "16.7%", FULL)])
    {
        let (count, share, template) = wanted;
        assert!(line.trim_start().starts_with(count) && line.contains(share), "{line}");
        assert!(line.contains("12:00:0") && line.ends_with(template), "{line}");
    }
    assert!(ran.err.contains("3 patterns in 300 records"), "{}", ran.told());
    let korean = patterns(dir.path(), &["--lang", "ko"]).ok();
    assert!(korean.text().contains("패턴") && korean.text().contains(LOGIN), "{}", korean.told());
    assert!(korean.err.contains("로그 300건에서 패턴 3개"), "{}", korean.told());
    let one = patterns(dir.path(), &["--limit", "1"]).ok();
    assert_eq!(one.text().lines().count(), 3, "{}", one.told());
    assert!(one.err.contains("--limit all"), "{}", one.told());
}

#[test]
fn long_patterns_are_cut_for_people_and_whole_for_programs() {
    let dir = tempfile::tempdir().unwrap();
    let long = format!("{} end", "영화 추천 ".repeat(25));
    bongsu(dir.path()).args(["ingest", "-"]).input(json!({ "message": long }).to_string()).run().ok();
    let ran = patterns(dir.path(), &[]).ok();
    assert!(ran.text().contains('…'), "{}", ran.told());
    for line in ran.text().lines() {
        assert!(line.width() <= 80, "{} columns: {line}", line.width());
    }
    assert_eq!(as_json(dir.path(), &[])[0]["template"], long);
}

#[test]
fn programs_get_the_columns_of_the_table_and_more() {
    let dir = store();
    let rows = as_json(dir.path(), &[]);
    let names: Vec<_> = rows[0].as_object().unwrap().keys().map(String::as_str).collect();
    let wanted =
        ["dataset", "template_id", "template", "first_seen", "last_seen", "count", "example", "share", "template_ids"];
    assert_eq!(names, wanted);
    assert_eq!(rows[0]["template"], LOGIN);
    assert_eq!((&rows[0]["count"], &rows[0]["share"]), (&json!(150), &json!(0.5)));
    assert!(rows[0]["example"].as_str().unwrap().starts_with("login of user "));
    assert_eq!(rows[0]["template_ids"], json!([rows[0]["template_id"]]));
    let csv = bongsu(dir.path()).args(["--output-format", "csv", "patterns"]).run().ok();
    assert!(csv.text().starts_with(&wanted.join(",")), "{}", csv.told());
    assert_eq!(csv.text().lines().count(), 4);
}

#[test]
fn only_the_wanted_records_count() {
    let dir = store();
    let found = |args: &[&str]| counts(&as_json(dir.path(), args));
    let from_to = ["--since", "2025-06-06T12:00:10Z", "--until", "2025-06-06T12:01:20Z"];
    assert_eq!(found(&from_to), expected(10..81, |_| true));
    assert_eq!(found(&["--query", "level:error"]), expected(0..300, |nth| nth.is_multiple_of(4)));
    assert_eq!(found(&["--query", "login"]), expected(0..300, |nth| nth % 6 > 2));
    let both = [&["--query", "level:error"], &from_to[..]].concat();
    assert_eq!(found(&both), expected(10..81, |nth| nth.is_multiple_of(4)));
    assert_eq!(found(&["--query", "nothing_like_it"]), Counts::new());
    assert_eq!(patterns(dir.path(), &["--query", "nothing_like_it", "--fail"]).code, Some(3));
    assert_eq!(patterns(dir.path(), &["--fail"]).code, Some(0));
    let field = patterns(dir.path(), &["--query", "lvel:error"]).ok();
    assert!(field.err.contains("level"), "{}", field.told());
    patterns(dir.path(), &["--query", "level:(error"]).fails(1);
    patterns(dir.path(), &["--dataset", "nowhere"]).fails(1);
    patterns(dir.path(), &["--since", "the day after never"]).fails(1);
}

#[test]
fn a_file_needs_no_store() {
    let dir = tempfile::tempdir().unwrap();
    let text = records(0..300);
    fs::write(dir.path().join("app.log"), &text).unwrap();
    fs::write(dir.path().join("app.log.gz"), gzip(&text)).unwrap();
    let read =
        |args: &[&str]| bare().dir(dir.path()).json().arg("patterns").args(args).input(text.as_str()).run().ok().rows();
    for name in ["app.log", "app.log.gz", "-"] {
        let rows = read(&[name]);
        assert_eq!(counts(&rows), expected(0..300, |_| true), "{name}");
        assert!(rows.iter().all(|row| row.get("dataset").is_none()), "{rows:?}");
        assert!(rows.iter().all(|row| row["example"].is_string()), "{rows:?}");
    }
    assert_eq!(counts(&read(&["app.log", "--query", "level:error"])), expected(0..300, |nth| nth.is_multiple_of(4)));
    assert_eq!(counts(&read(&["app.log", "--since", "2025-06-06T12:04:00Z"])), expected(240..300, |_| true));
    assert!(!dir.path().join("bongsu-data").exists());
    let shown = bare().dir(dir.path()).args(["patterns", "app.log"]).run().ok();
    assert!(shown.text().contains(LOGIN) && shown.err.contains("3 patterns in 300 records"), "{}", shown.told());
}

#[test]
fn a_long_file_is_counted_piece_by_piece() {
    let dir = tempfile::tempdir().unwrap();
    let lines: String = (0..150_000).map(|nth| message(nth) + "\n").collect();
    fs::write(dir.path().join("app.log"), lines).unwrap();
    let rows = bare().dir(dir.path()).json().args(["patterns", "app.log"]).run().ok().rows();
    assert_eq!(counts(&rows), expected(0..150_000, |_| true));
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("app.log"), records(0..6)).unwrap();
    fs::write(dir.path().join("picture.png"), [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 200]].concat()).unwrap();
    let run = |args: &[&str]| bare().dir(dir.path()).arg("patterns").args(args).run();
    let missing = run(&["ap.log"]).fails(1);
    assert!(missing.err.contains("ap.log") && missing.err.contains("did you mean"), "{}", missing.told());
    let picture = run(&["picture.png"]).fails(1);
    assert!(picture.err.contains("picture.png") && picture.err.contains("PNG"), "{}", picture.told());
    let korean = run(&["picture.png", "--lang", "ko"]).fails(1);
    assert!(korean.err.contains("picture.png") && korean.err.contains("읽을 수 없습니다"), "{}", korean.told());
    run(&["app.log", "--query", "level:("]).fails(1);
    run(&["app.log", "--dataset", "logs"]).fails(2);
    run(&["--format", "json"]).fails(2);
    assert_eq!(run(&["app.log"]).code, Some(0));
}

#[test]
fn a_word_that_varies_makes_one_pattern() {
    let names = ["kim", "lee", "park", "choi", "jung", "kang"];
    let lines: String = (0..60).map(|nth| format!("user {} logged in\n", names[nth % 6])).collect();
    let read = |args: &[&str]| bare().json().args(["patterns", "-"]).args(args).input(lines.as_str()).run().ok().rows();
    let merged = read(&[]);
    assert_eq!(counts(&merged), Counts::from([("user <*> logged in".to_owned(), 60)]));
    let raw = read(&["--raw"]);
    assert!(raw.len() > 1, "{raw:?}");
    assert_eq!(raw.iter().map(|row| row["count"].as_i64().unwrap()).sum::<i64>(), 60);
    assert_eq!(merged[0]["template_ids"].as_array().unwrap().len(), raw.len());
}

#[test]
fn the_server_tells_patterns_too() {
    let dir = store();
    let server = Server::start(dir.path());
    let rows = |answer: crate::support::http::Answer| {
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    let path = "/api/v1/patterns";
    assert_eq!(counts(&rows(server.get(path))), expected(0..300, |_| true));
    let asked = rows(server.get(&format!("{path}?query=level%3Aerror&limit=1&until=2025-06-06T12:01:00Z")));
    let wanted = expected(0..61, |nth| nth.is_multiple_of(4));
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["count"], json!(wanted.values().max().unwrap()));
    let posted = rows(server.post(path, &[], json!({ "query": "job", "raw": true }).to_string()));
    assert_eq!(counts(&posted), expected(0..300, |nth| template(nth) == JOB));
    let csv = server.post(path, &[("Accept", "text/csv")], "{}");
    assert!(csv.header("content-type").unwrap().starts_with("text/csv"));
    assert!(csv.text().starts_with("dataset,template_id,template,"), "{}", csv.text());
    let noted = server.get(&format!("{path}?query=lvel%3Aerror"));
    assert_eq!((noted.status, noted.text()), (200, ""));
    assert!(noted.header("bongsu-note").unwrap().contains("`lvel`"));
    for (path, body, id) in [
        (format!("{path}?limit=many"), None, "wrong-parameter"),
        (format!("{path}?lmit=1"), None, "wrong-parameter"),
        (path.to_owned(), Some("{\"lmit\":1}"), "wrong-question"),
        (path.to_owned(), Some("{\"query\":\"a:(\"}"), "search-unexpected"),
    ] {
        let answer = body.map_or_else(|| server.get(&path), |body| server.post(&path, &[], body));
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert_eq!(answer.error_id(), id);
    }
    assert_eq!(server.get(&format!("{path}?dataset=nowhere")).status, 404);
    let wrong = server.try_send("DELETE", path, &[], b"").unwrap();
    assert_eq!((wrong.status, wrong.header("allow")), (405, Some("GET,HEAD,POST")));
    server.stop();
}
