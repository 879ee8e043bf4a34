//! The table `templates` and patterns say what counting row by row says, over files with and without an index and over
//! live rows.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use arrow::datatypes::{Float64Type, Int64Type, TimestampMicrosecondType};
use bongsu_model::{TimeRange, Timestamp};
use bongsu_query::{Engine, Limits, PatternCounts, PatternsRequest, QueryError, SearchNote};
use support::{TestTables, batch, collect, schema, texts};

const SECOND: i64 = 1_000_000;

/// The nth message: two templates, and no message at all.
fn message(nth: i64) -> Option<String> {
    match nth % 5 {
        0 => None,
        1 | 2 => Some("queue is full".to_owned()),
        _ => Some(format!("user {nth} logged in")),
    }
}

/// The template of the nth message.
fn template(nth: i64) -> Option<&'static str> {
    match nth % 5 {
        0 => None,
        1 | 2 => Some("queue is full"),
        _ => Some("user <*> logged in"),
    }
}

fn time(nth: i64) -> i64 {
    nth * SECOND + 250_000
}

fn rows(range: std::ops::Range<i64>) -> RecordBatch {
    let time: ArrayRef =
        Arc::new(TimestampMicrosecondArray::from_iter_values(range.clone().map(time)).with_timezone("UTC"));
    let level = |n: i64| Some(if n % 3 == 0 { "ERROR" } else { "INFO" });
    let level: ArrayRef = Arc::new(range.clone().map(level).collect::<StringViewArray>());
    let text: ArrayRef = Arc::new(range.clone().map(message).collect::<StringViewArray>());
    let id: ArrayRef = Arc::new(range.map(|n| Some(format!("{n:08}"))).collect::<StringViewArray>());
    batch(&schema(&[]), &[("time", time), ("level", level), ("message", text), ("_id", id)])
}

/// 40 rows in a file with an index, 30 in one without, 30 live.
fn tables(folder: &Path) -> TestTables {
    let mut tables = TestTables::new(schema(&[]));
    tables.add_file(folder, &rows(0..40));
    tables.add_file(folder, &rows(40..70));
    tables.add_live(rows(70..85));
    tables.add_live(rows(85..100));
    tables
}

fn engine(tables: TestTables) -> Engine {
    Engine::new(Arc::new(tables), Limits::default()).unwrap()
}

async fn answer(engine: &Engine, sql: &str) -> Result<RecordBatch, QueryError> {
    collect(engine.sql(sql).await?).await
}

fn numbers(rows: &RecordBatch, name: &str) -> Vec<i64> {
    rows.column_by_name(name).unwrap().as_primitive::<Int64Type>().values().to_vec()
}

fn seconds(rows: &RecordBatch, name: &str) -> Vec<i64> {
    let times = rows.column_by_name(name).unwrap().as_primitive::<TimestampMicrosecondType>();
    times.values().iter().map(|micros| micros / SECOND).collect()
}

/// Templates and their numbers of rows.
fn counts(rows: &RecordBatch) -> BTreeMap<String, i64> {
    texts(rows, "template").into_iter().zip(numbers(rows, "count")).collect()
}

fn expected(wanted: impl Fn(i64) -> bool) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for template in (0..100).filter(|nth| wanted(*nth)).filter_map(template) {
        *counts.entry(template.to_owned()).or_default() += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_counts_rows_of_files_and_live_ones() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(tables(folder.path()));
    let all = answer(&engine, "SELECT * FROM templates ORDER BY template").await.unwrap();
    assert_eq!(texts(&all, "template"), ["queue is full", "user <*> logged in"]);
    assert_eq!(texts(&all, "dataset"), ["logs", "logs"]);
    assert_eq!(counts(&all), expected(|_| true));
    assert_eq!(seconds(&all, "first_seen"), [1, 3]);
    assert_eq!(seconds(&all, "last_seen"), [97, 99]);
    let examples = texts(&all, "example");
    assert_eq!(examples[0], "queue is full");
    assert!(examples[1].starts_with("user ") && examples[1].ends_with(" logged in"), "{examples:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_is_one_as_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(tables(folder.path()));
    let count = async |sql: &str| answer(&engine, sql).await.unwrap().column(0).as_primitive::<Int64Type>().value(0);
    assert_eq!(count("SELECT count(*) FROM templates").await, 2);
    assert_eq!(count("SELECT count(*) FROM templates WHERE dataset = 'logs'").await, 2);
    assert_eq!(count("SELECT count(*) FROM templates WHERE dataset LIKE 'l%' AND \"count\" > 1000").await, 0);
    assert_eq!(count("SELECT count(*) FROM templates WHERE dataset = 'other'").await, 0);
    assert_eq!(count("SELECT sum(\"count\") FROM templates").await, 80);
    assert_eq!(count("SELECT count(example) FROM templates").await, 2);
    assert_eq!(answer(&engine, "SELECT template FROM templates LIMIT 1").await.unwrap().num_rows(), 1);
    assert_eq!(answer(&engine, "DESCRIBE templates").await.unwrap().num_rows(), 7);
    assert!(answer(&engine, "EXPLAIN SELECT * FROM templates").await.is_ok());
    let shown = answer(&engine, "SHOW TABLES").await.unwrap();
    assert_eq!(texts(&shown, "table_name"), ["logs", "templates"]);
    let misspelt = answer(&engine, "SELECT * FROM template").await.unwrap_err();
    assert!(bongsu_model::Explain::hint(&misspelt).unwrap().contains("`templates`"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_files_join_their_templates() {
    let folder = tempfile::tempdir().unwrap();
    let mut tables = TestTables::new(schema(&[]));
    tables.add_file(folder.path(), &rows(0..100));
    let engine = engine(tables);
    let joined = answer(
        &engine,
        "SELECT t.template, count(*) AS \"count\" FROM logs l JOIN templates t USING (template_id) GROUP BY t.template",
    );
    assert_eq!(counts(&joined.await.unwrap()), expected(|_| true));
    let found = answer(
        &engine,
        "SELECT message FROM logs WHERE template_id IN (SELECT template_id FROM templates WHERE template LIKE 'queue%')",
    );
    assert_eq!(texts(&found.await.unwrap(), "message"), ["queue is full"; 40]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_has_no_template() {
    let engine = engine(TestTables::new(schema(&[])));
    assert_eq!(answer(&engine, "SELECT * FROM templates").await.unwrap().num_rows(), 0);
    let found = engine.patterns(&PatternsRequest::new("")).await.unwrap();
    assert_eq!((found.rows.num_rows(), found.patterns, found.records), (0, 0, 0));
}

/// Whether the row of a number is wanted.
type Wanted = Box<dyn Fn(i64) -> bool>;

#[tokio::test(flavor = "multi_thread")]
async fn patterns_count_what_a_query_and_a_time_want() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(tables(folder.path()));
    let queries: [(&str, Wanted); 6] = [
        ("", Box::new(|_| true)),
        ("logged", Box::new(|n| n % 5 > 2)),
        ("\"queue is full\"", Box::new(|n| matches!(n % 5, 1 | 2))),
        ("level:error", Box::new(|n| n % 3 == 0)),
        ("level:error logged", Box::new(|n| n % 3 == 0 && n % 5 > 2)),
        ("nothing_like_it", Box::new(|_| false)),
    ];
    let ranges = [
        TimeRange::ALL,
        TimeRange { from: Timestamp::from_micros(time(7)), to: Timestamp::from_micros(time(7)).plus_nanos(999) },
        TimeRange { from: Timestamp::from_micros(time(10) + 1), to: Timestamp::from_micros(time(50)) },
        TimeRange { from: Timestamp::from_micros(time(3)), to: Timestamp::MAX },
        TimeRange { from: Timestamp::from_micros(time(200)), to: Timestamp::MAX },
    ];
    for (query, wanted) in &queries {
        for range in ranges {
            let request = PatternsRequest { range, ..PatternsRequest::new(*query) };
            let found = engine.patterns(&request).await.unwrap();
            let inside =
                |n: i64| Timestamp::from_micros(time(n)) >= range.from && Timestamp::from_micros(time(n)) <= range.to;
            let expected = expected(|n| wanted(n) && inside(n));
            assert_eq!(counts(&found.rows), expected, "{query} {range:?}");
            assert_eq!(found.records as i64, expected.values().sum::<i64>());
            assert_eq!(found.rows.column_by_name("example").unwrap().null_count(), 0, "{query} {range:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn patterns_come_most_frequent_first_with_their_shares() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(tables(folder.path()));
    let found =
        engine.patterns(&PatternsRequest { limit: Some(1), ..PatternsRequest::new("level:info") }).await.unwrap();
    assert_eq!((found.rows.num_rows(), found.patterns), (1, 2));
    let names: Vec<_> = found.rows.schema().fields().iter().map(|field| field.name().clone()).collect();
    let wanted =
        ["dataset", "template_id", "template", "first_seen", "last_seen", "count", "example", "share", "template_ids"];
    assert_eq!(names, wanted);
    let expected = expected(|n| n % 3 != 0);
    let most = expected.values().max().unwrap();
    assert_eq!(numbers(&found.rows, "count"), [*most]);
    let share = found.rows.column_by_name("share").unwrap().as_primitive::<Float64Type>().value(0);
    assert!((share - *most as f64 / expected.values().sum::<i64>() as f64).abs() < 1e-9, "{share}");
    let bare = PatternsRequest { examples: false, ..PatternsRequest::new("level:info") };
    let bare = engine.patterns(&bare).await.unwrap().rows;
    assert_eq!(bare.column_by_name("example").unwrap().null_count(), 2);
}

/// Messages of which a word turns out to vary only after a while.
fn names(count: usize) -> RecordBatch {
    let names = ["al", "bo", "cy", "di", "ev", "flo"];
    let text: ArrayRef =
        Arc::new((0..count).map(|n| Some(format!("user {} logged in", names[n % 6]))).collect::<StringViewArray>());
    let time = (0..count as i64).map(time);
    let time: ArrayRef = Arc::new(TimestampMicrosecondArray::from_iter_values(time).with_timezone("UTC"));
    batch(&schema(&[]), &[("time", time), ("message", text)])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_general_pattern_has_the_rows_of_those_it_covers() {
    let folder = tempfile::tempdir().unwrap();
    let mut tables = TestTables::new(schema(&[]));
    tables.add_file(folder.path(), &names(60));
    let engine = engine(tables);
    let merged = engine.patterns(&PatternsRequest::new("")).await.unwrap();
    assert_eq!(counts(&merged.rows), BTreeMap::from([("user <*> logged in".to_owned(), 60)]));
    let raw = engine.patterns(&PatternsRequest { raw: true, ..PatternsRequest::new("") }).await.unwrap();
    assert!(raw.rows.num_rows() > 1);
    assert_eq!(numbers(&raw.rows, "count").iter().sum::<i64>(), 60);
    let joined = merged.rows.column_by_name("template_ids").unwrap().as_list::<i32>().value(0);
    let mut joined = joined.as_primitive::<Int64Type>().values().to_vec();
    assert_eq!(joined[0], numbers(&merged.rows, "template_id")[0]);
    let mut all = numbers(&raw.rows, "template_id");
    joined.sort_unstable();
    all.sort_unstable();
    assert_eq!(joined, all);
    let either: Vec<String> = all.iter().map(ToString::to_string).collect();
    let query = format!("template_id:({})", either.join(" OR "));
    let found = engine.search(&bongsu_query::SearchRequest::new(query)).await.unwrap();
    assert_eq!(collect(found).await.unwrap().num_rows(), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_counted_piece_by_piece_is_counted_together() {
    let request = PatternsRequest::new("lvel:error OR logged");
    let mut counts = PatternCounts::default();
    for piece in [names(10), names(25)] {
        let mut tables = TestTables::new(schema(&[]));
        tables.add_live(piece);
        counts = engine(tables).count_patterns(&request, counts).await.unwrap();
    }
    let found = counts.finish(&request).unwrap();
    assert_eq!((found.patterns, found.records), (1, 35));
    let told = matches!(&found.notes[..], [SearchNote::UnknownField { field, .. }] if field == "lvel");
    assert!(told, "{:?}", found.notes);
    let wrong = PatternsRequest::new("level:(error");
    assert!(matches!(engine(TestTables::new(schema(&[]))).patterns(&wrong).await, Err(QueryError::Syntax(_))));
}
