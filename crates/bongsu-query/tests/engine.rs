//! SQL, limits, damaged files: what the engine answers and what it says when it cannot.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Int64Type, SchemaRef};
use bongsu_model::{Dataset, Explain, TimeRange, Timestamp};
use bongsu_query::{Engine, Limits, QueryError, SearchRequest};
use support::{TestTables, batch, collect, schema, texts};

fn columns() -> SchemaRef {
    schema(&[("userId", DataType::Int64)])
}

fn rows(from: i64, count: i64) -> RecordBatch {
    let time: ArrayRef = Arc::new(TimestampMicrosecondArray::from_iter_values(from..from + count).with_timezone("UTC"));
    let level: ArrayRef = Arc::new(
        (from..from + count).map(|n| Some(if n % 3 == 0 { "ERROR" } else { "INFO" })).collect::<StringViewArray>(),
    );
    let text: ArrayRef = Arc::new((from..from + count).map(|n| Some(format!("row {n}"))).collect::<StringViewArray>());
    let user: ArrayRef = Arc::new(Int64Array::from_iter_values((from..from + count).map(|n| n % 5)));
    let id: ArrayRef = Arc::new((from..from + count).map(|n| Some(format!("{n:08}"))).collect::<StringViewArray>());
    batch(&columns(), &[("time", time), ("level", level), ("message", text), ("userId", user), ("_id", id)])
}

fn sample(folder: &std::path::Path) -> TestTables {
    let mut tables = TestTables::new(columns());
    tables.dataset = "app-1.2".parse().unwrap();
    tables.add_file(folder, &rows(0, 50));
    tables.add_file(folder, &rows(50, 40));
    tables.add_live(rows(90, 10));
    tables
}

fn engine(tables: TestTables) -> Engine {
    Engine::new(Arc::new(tables), Limits::default()).unwrap()
}

async fn answer(engine: &Engine, sql: &str) -> Result<RecordBatch, QueryError> {
    collect(engine.sql(sql).await?).await
}

async fn failure(engine: &Engine, sql: &str) -> String {
    let error = answer(engine, sql).await.unwrap_err();
    format!("{sql}\n  {}: {error}\n  hint: {}\n", error.id(), error.hint().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_sees_files_and_live_rows_as_one_table() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(sample(folder.path()));
    let count = async |sql: &str| answer(&engine, sql).await.unwrap().column(0).as_primitive::<Int64Type>().value(0);
    assert_eq!(count("SELECT count(*) FROM \"app-1.2\"").await, 100);
    assert_eq!(count("SELECT count(*) FROM \"app-1.2\" WHERE level = 'ERROR'").await, 34);
    assert_eq!(count("SELECT count(*) FROM \"app-1.2\" a JOIN \"app-1.2\" b ON a._id = b._id").await, 100);
    assert_eq!(count("SELECT sum(\"userId\") FROM \"app-1.2\" WHERE time >= '1970-01-01T00:00:00.000095Z'").await, 10);
    assert_eq!(count("SELECT count(*) FROM logs").await, 0);
    let newest = answer(&engine, "SELECT _id FROM \"app-1.2\" ORDER BY time DESC LIMIT 3").await.unwrap();
    assert_eq!(texts(&newest, "_id"), ["00000099", "00000098", "00000097"]);
    let tables = answer(&engine, "SHOW TABLES").await.unwrap();
    assert_eq!(texts(&tables, "table_name"), ["app-1.2", "logs", "templates"]);
    assert!(count("SELECT count(*) FROM information_schema.tables").await > 3);
    assert!(answer(&engine, "DESCRIBE \"app-1.2\"").await.unwrap().num_rows() > 21);
    assert!(answer(&engine, "EXPLAIN SELECT * FROM logs").await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_sql_says_what_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(sample(folder.path()));
    let mut shown = Vec::new();
    for sql in [
        "SELECT mesage FROM \"app-1.2\"",
        "SELECT userId FROM \"app-1.2\"",
        "SELECT * FROM \"app-1.1\"",
        "SELEC 1",
        "SELECT * FORM logs",
        "SELECT count(* FROM logs",
        "SELECT 'a",
        "SELECT lenth(message) FROM logs",
        "SELECT zebra(message) FROM logs",
        "SELECT zebra FROM logs",
        "SELECT count(*) FROM logs WHERE level = \"ERROR\"",
        "SELECT sum(message) FROM logs",
        "SELECT * FROM \"app-1.2\" WHERE time > 'yesterday'",
        "SELECT message, count(*) FROM logs",
        "SELECT level FROM logs a JOIN logs b ON a._id = b._id",
        "SELECT count(*) FROM logs WHERE count(*) > 1",
        "SELECT * FROM \"app-1.2\" WHERE \"userId\" = 'abc'",
        "SELECT \"level FROM logs",
        " ",
        "SHOW TABLES LIKE 'a%'",
        "DELETE FROM logs",
        "DROP TABLE logs",
        "INSERT INTO logs SELECT * FROM logs",
        "COPY logs TO '/tmp/x.csv'",
        "CREATE EXTERNAL TABLE x STORED AS PARQUET LOCATION '/etc'",
        "SET datafusion.execution.batch_size = 1",
        "SELECT * FROM '/etc/passwd'",
        "SELECT 1; SELECT 2",
        "SELECT 1 / (\"userId\" - \"userId\") FROM \"app-1.2\"",
    ] {
        shown.push(failure(&engine, sql).await);
    }
    insta::assert_snapshot!(shown.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dataset_that_is_not_there_is_an_error_but_the_default_one_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(sample(folder.path()));
    let request = |name: &str| SearchRequest { dataset: name.parse::<Dataset>().unwrap(), ..SearchRequest::new("*") };
    assert_eq!(collect(engine.search(&request("logs")).await.unwrap()).await.unwrap().num_rows(), 0);
    let error = engine.search(&request("app-1.3")).await.map(|_| ()).unwrap_err();
    assert_eq!(error.hint().unwrap(), "did you mean `app-1.2`?");
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_and_damaged_files_are_named() {
    for damage in ["missing", "cut", "flipped"] {
        let folder = tempfile::tempdir().unwrap();
        let mut tables = sample(folder.path());
        tables.dataset = Dataset::default();
        let path = tables.snapshot.files[1].path.clone();
        let bytes = std::fs::read(&path).unwrap();
        match damage {
            "missing" => std::fs::remove_file(&path).unwrap(),
            "cut" => std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap(),
            _ => {
                let mut bytes = bytes;
                for byte in &mut bytes[4..400] {
                    *byte ^= 0x55;
                }
                std::fs::write(&path, bytes).unwrap();
            }
        }
        let engine = engine(tables);
        let search = async || collect(engine.search(&SearchRequest::new("row")).await?).await;
        for error in [search().await.unwrap_err(), answer(&engine, "SELECT * FROM logs").await.unwrap_err()] {
            assert!(
                matches!(&error, QueryError::DamagedFile { path: named, .. } if *named == path),
                "{damage}: {error}"
            );
            assert!(error.hint().unwrap().contains("bongsu check --repair"));
        }
        // What does not touch the file is still answered.
        let old = TimeRange { from: Timestamp::from_micros(0), to: Timestamp::from_micros(40) };
        let request = SearchRequest { range: old, ..SearchRequest::new("row") };
        assert_eq!(collect(engine.search(&request).await.unwrap()).await.unwrap().num_rows(), 41, "{damage}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_takes_too_long_is_stopped() {
    let mut tables = TestTables::new(columns());
    tables.add_live(rows(0, 5_000));
    let limits = Limits { time: Duration::from_millis(300), ..Limits::default() };
    let engine = Engine::new(Arc::new(tables), limits).unwrap();
    let sql = "SELECT count(*) FROM logs a, logs b, logs c, logs d WHERE a._id || b._id || c._id || d._id = 'x'";
    let error = answer(&engine, sql).await.unwrap_err();
    assert!(matches!(error, QueryError::TimedOut { .. }), "{error}");
    assert!(error.hint().unwrap().contains("narrow the time range"));
    // The work itself ends too: the threads are soon free for the next question.
    let mut next = Err(error);
    for _ in 0..50 {
        next = answer(&engine, "SELECT 1").await;
        if next.is_ok() {
            break;
        }
    }
    assert_eq!(next.unwrap().num_rows(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_cannot_spill_is_stopped_before_memory_ends() {
    let mut tables = TestTables::new(columns());
    tables.add_live(rows(0, 100_000));
    let engine = Engine::new(Arc::new(tables), Limits { memory: 1 << 20, ..Limits::default() }).unwrap();
    let error = answer(&engine, "SELECT count(*) FROM logs a JOIN logs b ON a.message = b.message").await.unwrap_err();
    assert!(matches!(error, QueryError::Memory { .. }), "{error}");
    assert!(error.hint().unwrap().contains("raise the memory limit"));
    assert_eq!(answer(&engine, "SELECT 1").await.unwrap().num_rows(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_for_more_rows_than_there_is_memory_for_gives_them_all() {
    let mut tables = TestTables::new(columns());
    for part in 0..20 {
        tables.add_live(rows(part * 10_000, 10_000));
    }
    let spill = tempfile::tempdir().unwrap();
    let limits =
        Limits { memory: 24 << 20, spill: Some(spill.path().join("spill")), threads: Some(2), ..Limits::default() };
    let engine = Engine::new(Arc::new(tables), limits).unwrap();
    // All rows in order: more than there is memory for.
    let found = collect(engine.search(&SearchRequest::new("row")).await.unwrap()).await.unwrap();
    let ids = texts(&found, "_id");
    assert_eq!(ids.len(), 200_000);
    assert!(ids.is_sorted_by(|a, b| a > b));
}

/// Rows over some minutes, of three services and three levels; every fifth has no level.
fn spread(from: i64, count: i64) -> RecordBatch {
    let numbers = || from..from + count;
    let pick = |names: &'static [&'static str], step: i64| -> ArrayRef {
        Arc::new(numbers().map(|n| Some(names[(n / step) as usize % names.len()])).collect::<StringViewArray>())
    };
    let level = numbers().map(|n| (n % 5 > 0).then_some(["INFO", "ERROR", "DEBUG"][(n % 3) as usize]));
    let time = TimestampMicrosecondArray::from_iter_values(numbers().map(|n| n * 7_300_000)).with_timezone("UTC");
    let text: ArrayRef = Arc::new(
        numbers()
            .map(|n| Some(if n % 2 == 0 { format!("session {n} closed") } else { format!("user u{n} came") }))
            .collect::<StringViewArray>(),
    );
    let id: ArrayRef = Arc::new(numbers().map(|n| Some(format!("{n:08}"))).collect::<StringViewArray>());
    let user: ArrayRef = Arc::new(Int64Array::from_iter_values(numbers()));
    let columns_of: [(&str, ArrayRef); 6] = [
        ("time", Arc::new(time)),
        ("level", Arc::new(level.collect::<StringViewArray>())),
        ("service", pick(&["auth", "web", "db"], 4)),
        ("message", text),
        ("userId", user),
        ("_id", id),
    ];
    batch(&columns(), &columns_of)
}

fn spread_tables(folder: &std::path::Path, live: bool, plain: bool) -> TestTables {
    let mut tables = TestTables::new(columns());
    tables.dataset = "logs".parse().unwrap();
    tables.add_file(folder, &spread(0, 60));
    if plain {
        tables.add_file(folder, &spread(60, 20));
    }
    if live {
        tables.add_live(spread(80, 15));
    }
    tables
}

const CONDITIONS: [&str; 9] = [
    "true",
    "level = 'ERROR'",
    "service IN ('auth', 'db') AND level <> 'INFO'",
    "level IS NULL",
    "time >= '1970-01-01T00:01:03.5Z' AND time < '1970-01-01T00:06:40.1Z'",
    "time BETWEEN '1970-01-01T00:02:00Z' AND '1970-01-01T00:02:59.999999Z' AND service = 'web'",
    "time > '1970-01-01T00:03:17.3Z'",
    "(time < '1970-01-01T00:01:00Z' OR level = 'DEBUG')",
    "time < '1960-01-01T00:00:00Z'",
];

#[tokio::test(flavor = "multi_thread")]
async fn counts_that_are_added_up_equal_counts_of_rows() {
    for (live, plain) in [(false, false), (true, false), (true, true)] {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine(spread_tables(folder.path(), live, plain));
        for group in ["level", "service", "date_trunc('minute', time)", "date_trunc('hour', time), level, service", ""]
        {
            for condition in CONDITIONS {
                // `sum(1)` is no count, and each row is read for it.
                let ask = async |count: &str| {
                    let grouped = if group.is_empty() { String::new() } else { format!("GROUP BY {group}") };
                    let comma = if group.is_empty() { "" } else { ", " };
                    let sql = format!(
                        "SELECT {group}{comma} coalesce({count}, 0) AS n FROM logs WHERE {condition} {grouped}"
                    );
                    let mut rows: Vec<String> = Vec::new();
                    let found = answer(&engine, &sql).await.unwrap();
                    for row in 0..found.num_rows() {
                        let cells = (0..found.num_columns())
                            .map(|at| arrow::util::display::array_value_to_string(found.column(at), row).unwrap());
                        rows.push(cells.collect::<Vec<_>>().join("|"));
                    }
                    rows.sort();
                    rows
                };
                assert_eq!(ask("count(*)").await, ask("sum(1)").await, "{group} {condition} {live} {plain}");
            }
        }
    }
}

/// A service without a number is among the answers all the same.
fn without_numbers_of_web(rows: &RecordBatch) -> RecordBatch {
    let service = rows.column_by_name("service").unwrap().as_string_view();
    let at = rows.schema().index_of("userId").unwrap();
    let numbers = rows.column(at).as_primitive::<Int64Type>();
    let kept = (0..rows.num_rows()).map(|row| {
        let web = service.is_valid(row) && service.value(row) == "web";
        (!web).then(|| numbers.value(row))
    });
    let mut columns = rows.columns().to_vec();
    columns[at] = Arc::new(kept.collect::<Int64Array>());
    RecordBatch::try_new(rows.schema(), columns).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn quantiles_from_sketches_are_those_of_the_rows() {
    for (live, plain) in [(false, false), (true, false), (true, true)] {
        let folder = tempfile::tempdir().unwrap();
        let mut tables = TestTables::new(columns());
        tables.dataset = "logs".parse().unwrap();
        tables.add_file(folder.path(), &without_numbers_of_web(&spread(0, 60)));
        if plain {
            tables.add_file(folder.path(), &without_numbers_of_web(&spread(60, 20)));
        }
        if live {
            tables.add_live(without_numbers_of_web(&spread(80, 15)));
        }
        let engine = engine(tables);
        for condition in CONDITIONS.into_iter().chain(["\"userId\" IS NOT NULL", "\"userId\" > 20"]) {
            for group in ["", "GROUP BY service"] {
                // A further aggregate has each row read.
                let ask = async |more: &str| {
                    let shares = [0.0, 0.5, 1.0].map(|share| format!("approx_percentile_cont(\"userId\", {share})"));
                    let service = if group.is_empty() { "1" } else { "service" };
                    let sql = format!(
                        "SELECT {service} AS s, {}{more} FROM logs WHERE {condition} {group}",
                        shares.join(", ")
                    );
                    let found = answer(&engine, &sql).await.unwrap();
                    let cell = |at: usize, row: usize| {
                        arrow::util::display::array_value_to_string(found.column(at), row).unwrap()
                    };
                    let mut rows: Vec<_> =
                        (0..found.num_rows()).map(|row| (0..4).map(|at| cell(at, row)).collect::<Vec<_>>()).collect();
                    rows.sort();
                    rows
                };
                assert_eq!(ask("").await, ask(", sum(1)").await, "{group} {condition} {live} {plain}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_and_fixed_texts_read_no_rows() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(spread_tables(folder.path(), false, false));
    let reads = async |sql: &str| {
        let plan = answer(&engine, &format!("EXPLAIN {sql}")).await.unwrap();
        texts(&plan, "plan").iter().any(|text| text.contains("file_type=parquet"))
    };
    assert!(!reads("SELECT date_trunc('minute', time), level, count(*) FROM logs GROUP BY 1, 2").await);
    assert!(!reads("SELECT service, count(*) AS n FROM logs WHERE level = 'ERROR' GROUP BY 1 ORDER BY n DESC").await);
    assert!(!reads("SELECT count(*) FROM logs WHERE message LIKE '%session %'").await);
    assert!(!reads("SELECT count(*) FROM logs WHERE message LIKE '%no such text at all%'").await);
    assert!(!reads("SELECT * FROM logs WHERE trace_id = '00000000000000000000000000000007'").await);
    assert!(!reads("SELECT count(*) FROM logs WHERE message ~ '^session [0-9]+ closed$'").await);
    assert!(!reads("SELECT service, approx_percentile_cont(\"userId\", 0.5) FROM logs GROUP BY 1").await);
    assert!(reads("SELECT count(*) FROM logs WHERE message ~ 'session [0-4]+ closed'").await);
    assert!(reads("SELECT count(*) FROM logs WHERE message LIKE '%session 1%'").await);
    assert!(reads("SELECT service, sum(1) FROM logs GROUP BY 1").await);
    let count = answer(&engine, "SELECT count(*) FROM logs WHERE message LIKE '%session %'").await.unwrap();
    assert_eq!(count.column(0).as_primitive::<Int64Type>().value(0), 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn quantiles_are_near_the_exact_ones() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(spread_tables(folder.path(), true, true));
    for service in ["", "GROUP BY service"] {
        for share in ["0", "0.5", "0.95", "1"] {
            let ask = async |function: &str| {
                let sql = format!("SELECT {function}(\"userId\", {share}) AS q FROM logs {service} ORDER BY 1");
                texts(&answer(&engine, &sql).await.unwrap(), "q")
            };
            let (near, exact) = (ask("approx_percentile_cont").await, ask("percentile_cont").await);
            for (near, exact) in near.iter().zip(&exact) {
                let (near, exact): (f64, f64) = (near.parse().unwrap(), exact.parse().unwrap());
                assert!((near - exact).abs() <= 0.005 * exact + 1.0, "{share}: {near} {exact}");
            }
            assert_eq!(near.len(), exact.len());
        }
    }
    let error = failure(&engine, "SELECT approx_percentile_cont(\"userId\", 95) FROM logs").await;
    assert!(error.contains("between 0 and 1"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_matcher_finds_what_a_search_finds() {
    let folder = tempfile::tempdir().unwrap();
    let tables = sample(folder.path());
    let snapshot = tables.snapshot.clone();
    let engine = engine(tables);
    let dataset: Dataset = "app-1.2".parse().unwrap();
    let range = |from: i64, to: i64| TimeRange { from: Timestamp::from_micros(from), to: Timestamp::from_micros(to) };
    for (query, range) in [
        ("*", TimeRange::ALL),
        ("row", range(3, 93)),
        ("level:error", TimeRange::ALL),
        ("\"row 7\" OR userId:>3", range(7, 60)),
        ("NOT level:error -userId:2", TimeRange::ALL),
        ("message:*5 trace_id:*", TimeRange::ALL),
        ("\"row 99\"", TimeRange::ALL),
        ("absent", TimeRange::ALL),
        ("*", range(200, 300)),
    ] {
        let request = SearchRequest { dataset: dataset.clone(), range, ..SearchRequest::new(query) };
        let found = collect(engine.search(&request).await.unwrap()).await.unwrap();
        let mut expected = texts(&found, "_id");
        expected.sort();
        let matcher = engine.matcher(&request).await.unwrap();
        assert!(matcher.notes().is_empty(), "{query}");
        let mut ids = Vec::new();
        let mut take = |rows: &RecordBatch| {
            let wanted = matcher.finds(rows).unwrap();
            let kept = arrow::compute::filter_record_batch(rows, &wanted).unwrap();
            ids.extend(texts(&kept, "_id"));
            kept.num_rows()
        };
        for (file, all) in snapshot.files.iter().zip([rows(0, 50), rows(50, 40)]) {
            assert!(take(&all) == 0 || matcher.may_find_in(file), "{query}");
        }
        for rows in &snapshot.live {
            let _ = take(rows);
        }
        ids.sort();
        assert_eq!(ids, expected, "{query}");
        assert_eq!(engine.count(&request).await.unwrap(), expected.len() as u64, "{query}");
    }
    let request = SearchRequest { dataset, ..SearchRequest::new("NOT usrId:3") };
    let matcher = engine.matcher(&request).await.unwrap();
    assert!(matcher.notes()[0].to_string().starts_with("no record has the field `usrId`; did you mean `userId`"));
}
