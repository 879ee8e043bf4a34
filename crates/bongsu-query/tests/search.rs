//! Searches give what a straightforward evaluation of the same filter gives, over files and live rows alike.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::similar_names, reason = "a test and a text are what this is about")]

#[path = "search/naive.rs"]
mod naive;
mod support;

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int8Array, Int16Array, Int64Array, RecordBatch, StringViewArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, SchemaRef};
use bongsu_model::{Level, TimeRange, Timestamp};
use bongsu_query::filter::{Bound, Filter, Pattern, Piece, Side, Test};
use bongsu_query::{Engine, Limits, SearchNote, SearchRequest};
use jiff::tz::TimeZone;
use naive::matches;
use proptest::prelude::*;
use support::{TestTables, batch, collect, schema, texts};

#[derive(Debug, Clone)]
struct Row {
    micros: i64,
    ns: Option<i16>,
    level: Option<&'static str>,
    service: Option<&'static str>,
    message: String,
    status: Option<Status>,
    user: Option<String>,
    ok: Option<bool>,
    extra: Option<&'static str>,
}

#[derive(Debug, Clone)]
enum Status {
    Int(i64),
    Text(&'static str),
    Float(f64),
}

const HEX: &str = "0af7651916cd43dd8448eb211c80319c";

fn row() -> impl Strategy<Value = Row> {
    let word = prop::sample::select(vec![
        "error",
        "Error",
        "errors",
        "disk",
        "full",
        "연결",
        "오류가",
        "10.0.0.1",
        "a_b",
        HEX,
    ]);
    let message = prop::collection::vec(word.clone(), 0..4).prop_map(|words| words.join(" "));
    let status = prop_oneof![
        (0_i64..4).prop_map(Status::Int),
        prop::sample::select(vec!["1", "2.5", "ok", "not ok"]).prop_map(Status::Text),
        prop::sample::select(vec![0.5, 1.0, 2.5]).prop_map(Status::Float),
    ];
    (
        (0_i64..40, prop::option::of(1_i16..4)),
        prop::option::of(prop::sample::select(vec!["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "audit"])),
        prop::option::of(prop::sample::select(vec!["web", "web-1", "Web", "db"])),
        message,
        prop::option::of(status),
        prop::option::of(prop::collection::vec(word, 0..3).prop_map(|words| words.join("."))),
        prop::option::of(any::<bool>()),
        prop::option::of(prop::sample::select(vec![
            r#"{"x":1,"y.z":"disk full"}"#,
            r#"{"x":"1","y":{"z":true}}"#,
            r#"{"x":null,"user":"error"}"#,
        ])),
    )
        .prop_map(|((micros, ns), level, service, message, status, user, ok, extra)| Row {
            micros,
            ns,
            level,
            service,
            message,
            status,
            user,
            ok,
            extra,
        })
}

fn tables_schema() -> SchemaRef {
    schema(&[
        ("status", DataType::Int64),
        ("status#str", DataType::Utf8View),
        ("status#float", DataType::Float64),
        ("user", DataType::Utf8View),
        ("ok", DataType::Boolean),
    ])
}

fn id(row: usize) -> String {
    format!("{row:06}")
}

fn to_batch(rows: &[(usize, Row)]) -> RecordBatch {
    let text = |get: &dyn Fn(&Row) -> Option<String>| -> ArrayRef {
        Arc::new(rows.iter().map(|(_, row)| get(row)).collect::<StringViewArray>())
    };
    let severity = rows.iter().map(|(_, row)| {
        let severity = row.level.and_then(Level::known).and_then(|level| level.severity());
        severity.map(|severity| severity as i8)
    });
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "time",
            Arc::new(
                rows.iter()
                    .map(|(_, row)| Some(row.micros))
                    .collect::<TimestampMicrosecondArray>()
                    .with_timezone("UTC"),
            ),
        ),
        ("time_ns", Arc::new(rows.iter().map(|(_, row)| row.ns).collect::<Int16Array>())),
        ("level", text(&|row| row.level.map(str::to_owned))),
        ("severity", Arc::new(severity.collect::<Int8Array>())),
        ("service", text(&|row| row.service.map(str::to_owned))),
        ("message", text(&|row| Some(row.message.clone()))),
        ("attributes", text(&|row| row.extra.map(str::to_owned))),
        ("_id", Arc::new(rows.iter().map(|(nth, _)| Some(id(*nth))).collect::<StringViewArray>())),
        (
            "status",
            Arc::new(
                rows.iter()
                    .map(|(_, row)| if let Some(Status::Int(n)) = row.status { Some(n) } else { None })
                    .collect::<Int64Array>(),
            ),
        ),
        ("status#str", text(&|row| if let Some(Status::Text(t)) = row.status { Some(t.to_owned()) } else { None })),
        (
            "status#float",
            Arc::new(
                rows.iter()
                    .map(|(_, row)| if let Some(Status::Float(n)) = row.status { Some(n) } else { None })
                    .collect::<Float64Array>(),
            ),
        ),
        ("user", text(&|row| row.user.clone())),
        ("ok", Arc::new(rows.iter().map(|(_, row)| row.ok).collect::<BooleanArray>())),
    ];
    batch(&tables_schema(), &columns)
}

/// Deals rows out to files and live batches.
fn tables(rows: &[Row], places: &[u8], folder: &std::path::Path) -> TestTables {
    let mut tables = TestTables::new(tables_schema());
    for place in 0..5_u8 {
        let part: Vec<(usize, Row)> = rows
            .iter()
            .enumerate()
            .filter(|(nth, _)| places[nth % places.len()] % 5 == place)
            .map(|(nth, row)| (nth, row.clone()))
            .collect();
        if part.is_empty() {
            continue;
        }
        if place < 3 {
            tables.add_file(folder, &to_batch(&part));
        } else {
            tables.add_live(to_batch(&part));
        }
    }
    tables
}

fn filter() -> impl Strategy<Value = Filter> {
    let word = || {
        prop::sample::select(vec![
            "error",
            "ERROR",
            "disk full",
            "오류",
            "연결 오류",
            "10.0",
            "a_b",
            "b",
            "1",
            "2.5",
            "ok",
            "web",
            "true",
            "",
            HEX,
            "audit",
            "warning",
        ])
        .prop_map(str::to_owned)
    };
    let piece = prop_oneof![
        prop::sample::select(vec!["err", "e", "web", "-", "오류", "1", " "]).prop_map(|t| Piece::Literal(t.into())),
        Just(Piece::Any),
        Just(Piece::One),
    ];
    let pattern = prop::collection::vec(piece, 1..4)
        .prop_map(|mut pieces| {
            pieces.push(Piece::Any);
            let mut joined: Vec<Piece> = Vec::new();
            for piece in pieces {
                match (joined.last_mut(), piece) {
                    (Some(Piece::Literal(text)), Piece::Literal(more)) => text.push_str(&more),
                    (Some(Piece::Any), Piece::Any) => {}
                    (_, piece) => joined.push(piece),
                }
            }
            Pattern(joined)
        })
        .prop_filter("that is `exists`", |pattern| pattern.0 != [Piece::Any]);
    let side = prop_oneof![Just(Side::Below), Just(Side::UpTo), Just(Side::Above), Just(Side::From)];
    let value = || prop::sample::select(vec!["0", "1", "1.5", "2.5", "ok", "web", "-3"]).prop_map(str::to_owned);
    let bound =
        move || prop_oneof![Just(Bound::Open), value().prop_map(Bound::Included), value().prop_map(Bound::Excluded)];
    let test = prop_oneof![
        4 => word().prop_map(Test::Text),
        1 => pattern.prop_map(Test::Like),
        1 => word().prop_map(Test::Exact),
        1 => prop::sample::select(vec!["err.r", "^d", "[0-9]+", "오류"]).prop_map(|r| Test::Regex(r.into())),
        1 => Just(Test::Exists),
        1 => (side.clone(), value()).prop_map(|(side, value)| Test::Compare(side, value)),
        1 => (bound(), bound()).prop_map(|(from, to)| Test::Between(from, to)),
    ];
    let field = prop::sample::select(vec!["message", "service", "status", "user", "ok", "x", "y.z", "nothing"]);
    let plain = (field, test).prop_map(|(field, test)| {
        let bare = field == "message" && matches!(test, Test::Text(_) | Test::Like(_) | Test::Regex(_));
        Filter::test((!bare).then_some(field), test)
    });
    let name = prop::sample::select(vec!["info", "warn", "ERROR", "fatal"]).prop_map(str::to_owned);
    let level = prop_oneof![
        word().prop_map(Test::Text),
        name.clone().prop_map(Test::Text),
        Just(Test::Exists),
        (side, name).prop_map(|(side, name)| Test::Compare(side, name)),
    ]
    .prop_map(|test| Filter::test(Some("level"), test));
    prop_oneof![4 => plain, 1 => level].prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::and),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::or),
            inner.prop_map(Filter::not),
        ]
    })
}

fn request(query: &str) -> SearchRequest {
    SearchRequest { zone: TimeZone::UTC, now: Timestamp::from_micros(100), ..SearchRequest::new(query) }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn equal_to_a_naive_evaluation(
        rows in prop::collection::vec(row(), 0..60),
        places in prop::collection::vec(any::<u8>(), 1..20),
        filters in prop::collection::vec(filter(), 1..6),
        range in prop::option::of((-2_i64..45_000, 0_i64..45_000)),
        limit in prop::option::of(0_usize..30),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::new(Arc::new(tables(&rows, &places, folder.path())), Limits::default()).unwrap();
        let range = range.map_or(TimeRange::ALL, |(from, length)| TimeRange {
            from: Timestamp::from_nanos(from),
            to: Timestamp::from_nanos(from + length),
        });
        for filter in filters {
            let mut expected: Vec<(i64, String)> = rows
                .iter()
                .enumerate()
                .map(|(nth, row)| (row.micros * 1_000 + i64::from(row.ns.unwrap_or(0)), id(nth), row))
                .filter(|(time, _, row)| range.contains(Timestamp::from_nanos(*time)) && matches(row, &filter))
                .map(|(time, id, _)| (time, id))
                .collect();
            expected.sort_by(|a, b| b.cmp(a));
            expected.truncate(limit.unwrap_or(usize::MAX));
            let expected: Vec<String> = expected.into_iter().map(|(_, id)| id).collect();
            let request = SearchRequest { range, limit, ..request(&filter.to_string()) };
            let found = runtime().block_on(async { collect(engine.search(&request).await?).await });
            let found = found.map_err(|error| TestCaseError::fail(format!("{filter}: {error}")))?;
            prop_assert_eq!(texts(&found, "_id"), expected, "{}", filter);
        }
    }
}

fn sample() -> (tempfile::TempDir, Engine) {
    let row = |micros, message: &str| Row {
        micros,
        ns: None,
        level: Some("ERROR"),
        service: Some("web"),
        message: message.to_owned(),
        status: Some(Status::Int(micros)),
        user: None,
        ok: None,
        extra: None,
    };
    let rows: Vec<Row> = (0..40).map(|n| row(n, if n % 10 == 0 { "disk full" } else { "ready" })).collect();
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::new(Arc::new(tables(&rows, &[0, 1, 2, 3, 4], folder.path())), Limits::default()).unwrap();
    (folder, engine)
}

#[tokio::test]
async fn an_unknown_field_matches_nothing_and_says_so() {
    let (_folder, engine) = sample();
    let found = engine.find(&request("statsu:1 OR disk")).await.unwrap();
    let note = SearchNote::UnknownField { field: "statsu".into(), similar: vec!["status".into()] };
    assert_eq!(found.notes, [note]);
    assert_eq!(collect(found.rows).await.unwrap().num_rows(), 4);
}

#[tokio::test]
async fn numbers_are_compared_with_numbers_and_units_that_are_known() {
    let fields = [("status", DataType::Int64), ("note", DataType::Utf8View), ("mixed", DataType::Int64)];
    let columns = schema(&[&fields[..], &[("mixed#str", DataType::Utf8View)]].concat());
    let mut tables = TestTables::new(Arc::clone(&columns));
    let time: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![1, 2, 3]).with_timezone("UTC"));
    let duration: ArrayRef = Arc::new(Float64Array::from(vec![0.001, 2.5, 5_400.5]));
    let status: ArrayRef = Arc::new(Int64Array::from(vec![200, 404, 503]));
    let note: ArrayRef = Arc::new(StringViewArray::from(vec!["1parsec", "2parsec", "3parsec"]));
    let mixed: ArrayRef = Arc::new(StringViewArray::from(vec!["1parsec", "2parsec", "3parsec"]));
    let rows = [("time", time), ("duration", duration), ("status", status), ("note", note), ("mixed#str", mixed)];
    tables.add_live(batch(&columns, &rows));
    let engine = Engine::new(Arc::new(tables), Limits::default()).unwrap();
    let count = async |query: &str| collect(engine.search(&request(query)).await.unwrap()).await.unwrap().num_rows();
    for (query, found) in [
        ("duration>2s", 2),
        ("duration>2ms", 2),
        ("duration<2ms", 1),
        ("duration>1m", 1),
        ("duration>1.5h", 1),
        ("duration>2", 2),
        ("duration:[1ms TO 3s]", 2),
        ("note>2parsec", 1),
        ("note:[1parsec TO 2parsec]", 2),
        ("mixed>2parsec", 1),
        ("status:5xx", 0),
        ("duration:2parsec", 0),
    ] {
        assert_eq!(count(query).await, found, "{query}");
    }
    let mut shown = Vec::new();
    for query in [
        "duration>2parsec",
        "status:404 AND duration:>=\"1.5 lightyears\"",
        "duration:[1s TO 2furlongs]",
        "status:(<500 >4xx)",
        "status>many",
        "로그 duration>2광년",
    ] {
        let error = engine.search(&request(query)).await.map(|_| ()).unwrap_err();
        shown.push(format!("{error}\n  hint: {}\n", bongsu_model::Explain::hint(&error).unwrap()));
    }
    insta::assert_snapshot!(shown.join("\n"));
    let notes = engine.find(&request("status:5xx OR duration:2parsec OR status:5xx")).await.unwrap().notes;
    let note = |field: &str, value: &str| SearchNote::NoNumber { field: field.into(), value: value.into() };
    assert_eq!(notes, [note("status", "5xx"), note("duration", "2parsec")]);
}

#[tokio::test]
async fn times_are_compared_as_they_are_written() {
    let (_folder, engine) = sample();
    let count = async |query: &str| collect(engine.search(&request(query)).await.unwrap()).await.unwrap().num_rows();
    assert_eq!(count("time:[1970-01-01 TO 1970-01-02]").await, 40);
    assert_eq!(count("time:[1970-01-01T00:00:00.000005Z TO 1970-01-01T00:00:00.000010Z}").await, 5);
    assert_eq!(count("time>1970-01-01T00:00:00.000030Z").await, 9);
    assert_eq!(count("time:1970").await, 40);
    assert_eq!(count("time>1970").await, 0);
    let error = engine.search(&request("disk AND time:soon")).await.map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("^^^^"), "{error}");
}

#[tokio::test]
async fn a_trace_id_alone_is_looked_up_as_one() {
    let mut tables = TestTables::new(tables_schema());
    let ids: ArrayRef = Arc::new(StringViewArray::from(vec![Some(HEX), None, None]));
    let time: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![1, 2, 3]).with_timezone("UTC"));
    let message: ArrayRef = Arc::new(StringViewArray::from(vec!["", &format!("trace {HEX}."), "x"]));
    tables.add_live(batch(&tables_schema(), &[("time", time), ("trace_id", ids), ("message", message)]));
    let engine = Engine::new(Arc::new(tables), Limits::default()).unwrap();
    let found = collect(engine.search(&request(&HEX.to_uppercase())).await.unwrap()).await.unwrap();
    assert_eq!(found.num_rows(), 2);
}

#[tokio::test]
async fn context_is_the_lines_next_to_a_hit_in_its_file() {
    let mut tables = TestTables::new(tables_schema());
    let folder = tempfile::tempdir().unwrap();
    let part = |from: i64, source: Option<&str>| {
        let nth = from..from + 10;
        let time: ArrayRef = Arc::new(TimestampMicrosecondArray::from_iter_values(nth.clone()).with_timezone("UTC"));
        let message = nth.clone().map(|n| Some(if n % 10 == 5 { "disk full".into() } else { format!("line {n}") }));
        let message: ArrayRef = Arc::new(message.collect::<StringViewArray>());
        let id: ArrayRef = Arc::new(nth.clone().map(|n| Some(id(n as usize))).collect::<StringViewArray>());
        let offset: ArrayRef = Arc::new(nth.clone().map(|n| source.map(|_| n * 100)).collect::<Int64Array>());
        let source: ArrayRef = Arc::new(nth.map(|_| source).collect::<StringViewArray>());
        batch(
            &tables_schema(),
            &[("time", time), ("message", message), ("_id", id), ("offset", offset), ("source", source)],
        )
    };
    tables.add_file(folder.path(), &part(0, Some("/var/log/a")));
    tables.add_live(part(10, Some("/var/log/b")));
    tables.add_live(part(20, None));
    let engine = Engine::new(Arc::new(tables), Limits::default()).unwrap();
    let request = SearchRequest { context: 2, ..request("disk full") };
    let found = collect(engine.search(&request).await.unwrap()).await.unwrap();
    let expected: Vec<usize> = [27, 26, 25, 24, 23, 17, 16, 15, 14, 13, 7, 6, 5, 4, 3].into();
    assert_eq!(texts(&found, "_id"), expected.iter().map(|n| id(*n)).collect::<Vec<_>>());
    let flags: Vec<String> = expected.iter().map(|n| (n % 10 != 5).to_string()).collect();
    assert_eq!(texts(&found, "_context"), flags);
}
