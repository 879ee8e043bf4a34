//! What the index says about rows is compared with a look at each row.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::Range;

use arrow::array::{Array, AsArray, RecordBatch};
use bongsu_index::{
    Arranged, Ask, Group, IdColumn, Rows, Shapes, Source, TextAsk, arrange, decode_directory, encode_directory, regex,
};
use bongsu_model::{BatchBuilder, Level, Record, Timestamp};
use bongsu_pattern::{Miner, MinerConfig};
use proptest::prelude::*;

struct Bytes {
    bytes: Vec<u8>,
    shapes: Shapes,
}

impl Source for Bytes {
    fn read(&self, at: Range<u64>) -> Option<Vec<u8>> {
        Some(self.bytes.get(at.start as usize..at.end as usize)?.to_vec())
    }

    fn shapes(&self) -> &Shapes {
        &self.shapes
    }
}

#[derive(Debug, Clone)]
struct Row {
    message: Option<String>,
    service: Option<&'static str>,
    trace: Option<u8>,
    second: i64,
}

fn message() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => prop::sample::select(vec![
            "user", "alice", "bob", "logged", "in", "error", "Error", "errors", "오류가", "발생", "a=b", "key=7", "10.0.0.1", "blk_9", "x",
            "session", "closed", "", "<*>", "1234567", "deadbeef01", "port", "ÄRGER", "\"quoted text\"",
        ]).prop_map(str::to_owned),
        1 => "[a-c0-2_. ]{1,8}",
    ];
    (prop::collection::vec(word, 0..7), prop::sample::select(vec![" ", "  ", "\t", "\n"]))
        .prop_map(|(words, last)| words.join(" ").replacen("  ", last, 1))
}

/// Messages of few kinds, with variables that have few values and others that have many.
fn alike() -> impl Strategy<Value = String> {
    let state = prop::sample::select(vec!["opened1", "closed2"]);
    let user = prop::sample::select(vec!["root7", "alice_9", "10.0.0.1", "<*>", "x3-y"]);
    prop_oneof![
        (state, user.clone(), 0..1_000u32).prop_map(|(state, user, n)| format!("session {state} for {user} id={n}")),
        (user.clone(), 0..90_000u32).prop_map(|(user, port)| format!("user {user} logged in from {port}")),
        ("[a-c]{1,5}[0-9]", "[a-c]{1,5}[0-9]?[a-c]{0,5}").prop_map(|(one, two)| format!("at {one}error {two} error")),
        (user, "(error|closed| |in|[a-c]{1,6}){1,90}")
            .prop_map(|(user, rest)| format!("user {user} says {}{rest}", "- ".repeat(60))),
    ]
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let service = || prop::option::of(prop::sample::select(vec!["a", "b"]));
    let row = (prop::option::weighted(0.95, message()), service(), prop::option::of(0..9u8));
    let same = (prop::option::weighted(0.99, alike()), service(), prop::option::of(0..9u8));
    prop_oneof![prop::collection::vec(row, 1..60), prop::collection::vec(same, 70..160)].prop_map(|rows| {
        let rows = rows.into_iter().enumerate();
        rows.map(|(n, (message, service, trace))| Row { message, service, trace, second: n as i64 / 3 }).collect()
    })
}

/// A regular expression, made of parts that messages have.
fn pattern() -> impl Strategy<Value = String> {
    let parts = vec![
        "user",
        "session",
        "error",
        "(?i:ERROR)",
        "closed",
        "closed2",
        " ",
        " ",
        r"\w+",
        r"\d+",
        r"\S+",
        r"[a-c]{1,3}",
        r"[\d.]+",
        ".*",
        "( says)?",
        "(in|for|at)",
        r"\b",
        "(- )+",
        "( logged| for)",
        "id=",
        "from",
        "",
        "(a|b)?",
        "오류",
        r"\s",
        r"[^a-c ]",
        "[0-9]$",
    ];
    let body = prop::collection::vec(prop::sample::select(parts), 1..8);
    (prop::sample::select(vec!["", "", "^", "(?i)"]), body, prop::sample::select(vec!["", "", "$", r"\b"]))
        .prop_map(|(begin, parts, end)| format!("{begin}{}{end}", parts.concat()))
}

fn batch(rows: &[Row]) -> RecordBatch {
    let mut builder = BatchBuilder::new();
    for row in rows {
        let record = Record {
            message: row.message.clone().unwrap_or_default().into(),
            service: row.service.map(Into::into),
            trace_id: row.trace.map(|trace| format!("{trace:032x}").into()),
            level: Some(Level::known("error").unwrap()),
            time: Some(Timestamp::from_micros(row.second * 1_000_000)),
            ..Record::default()
        };
        builder.push(&record, Timestamp::from_nanos(0));
    }
    builder.finish().unwrap()
}

fn group(arranged: &Arranged) -> (Group, Bytes) {
    let (bytes, entry) = arranged.index.place(0);
    let entries = decode_directory(&encode_directory(&[entry])).unwrap();
    (Group::new(entries[0].clone()), Bytes { bytes, shapes: Shapes::default() })
}

fn has(rows: &Rows, row: usize) -> bool {
    rows.ranges().iter().any(|range| range.contains(&(row as u32)))
}

/// The rows that surely pass are among those that pass, and these among the rows that can pass.
fn check(ask: &Ask, arranged: &Arranged, passes: impl Fn(&RecordBatch, usize) -> bool) -> Result<(), TestCaseError> {
    let (group, source) = group(arranged);
    let verdict = ask.judge(&group, &source);
    for row in 0..arranged.rows.num_rows() {
        let pass = passes(&arranged.rows, row);
        let message = text(&arranged.rows, "message", row);
        prop_assert!(!pass || has(&verdict.may, row), "left out: {message:?} by {ask:?}");
        prop_assert!(pass || !has(&verdict.must, row), "let in: {message:?} by {ask:?}");
    }
    Ok(())
}

fn text<'a>(rows: &'a RecordBatch, name: &str, row: usize) -> Option<&'a str> {
    let texts = rows.column_by_name(name)?.as_string_view();
    texts.is_valid(row).then(|| texts.value(row))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn found(message: &str, needle: &str, any_case: bool, whole: (bool, bool)) -> bool {
    let (message, needle) = if any_case {
        (message.to_ascii_lowercase(), needle.to_ascii_lowercase())
    } else {
        (message.to_owned(), needle.to_owned())
    };
    let bytes = message.as_bytes();
    (0..=bytes.len().saturating_sub(needle.len())).any(|at| {
        bytes[at..].starts_with(needle.as_bytes())
            && !(whole.0 && at > 0 && is_word(bytes[at - 1]))
            && !(whole.1 && bytes.get(at + needle.len()).copied().is_some_and(is_word))
    })
}

/// A part of one of the messages, or something else.
fn needles(rows: &[Row], at: prop::sample::Index, len: usize, other: &str) -> String {
    let messages: Vec<_> = rows.iter().filter_map(|row| row.message.clone()).collect();
    if messages.is_empty() || len == 0 {
        return other.to_owned();
    }
    let message = &messages[at.index(messages.len())];
    let chars: Vec<char> = message.chars().collect();
    let from = at.index(chars.len().max(1)).min(chars.len());
    chars[from..(from + len).min(chars.len())].iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn texts(
        rows in rows(),
        at in any::<prop::sample::Index>(),
        len in 0..12usize,
        other in "(user|error|in|오류|b|closed) ?(in|x|1)?",
        any_case in any::<bool>(),
        whole in any::<(bool, bool)>(),
        negated in any::<bool>(),
    ) {
        let arranged = arrange(&[batch(&rows)], &mut Miner::new(MinerConfig::default())).unwrap();
        let needle = needles(&rows, at, len, &other);
        prop_assume!(!needle.is_empty());
        let ask = Ask::Text(TextAsk::new(&needle, any_case, whole));
        let passes = |rows: &RecordBatch, row| text(rows, "message", row).is_some_and(|message| found(message, &needle, any_case, whole));
        if negated {
            check(&Ask::NotTrue(Box::new(ask)), &arranged, |rows, row| !passes(rows, row))?;
        } else {
            check(&ask, &arranged, passes)?;
        }
    }

    #[test]
    fn regexes(rows in rows(), pattern in pattern()) {
        let arranged = arrange(&[batch(&rows)], &mut Miner::new(MinerConfig::default())).unwrap();
        let Ok(compiled) = ::regex::Regex::new(&pattern) else { return Ok(()) };
        check(&regex(&pattern), &arranged, |rows, row| text(rows, "message", row).is_some_and(|message| compiled.is_match(message)))?;
    }

    #[test]
    fn ids_services_and_times(rows in rows(), id in 0..12u8, from in 0..20i64, len in 0..9i64) {
        let arranged = arrange(&[batch(&rows)], &mut Miner::new(MinerConfig::default())).unwrap();
        let wanted = format!("{id:032x}");
        let trace = |rows: &RecordBatch, row| text(rows, "trace_id", row) == Some(&wanted);
        check(&Ask::Id(IdColumn::Trace, wanted.clone()), &arranged, trace)?;
        check(&Ask::Id(IdColumn::Span, wanted.clone()), &arranged, |_, _| false)?;
        let service = |rows: &RecordBatch, row| text(rows, "service", row) == Some("a");
        check(&Ask::Service(vec!["a".into()]), &arranged, service)?;
        let micros = |rows: &RecordBatch, row| {
            rows.column_by_name("time").unwrap().as_primitive::<arrow::datatypes::TimestampMicrosecondType>().value(row)
        };
        let (first, last) = (from * 1_000_000, (from + len) * 1_000_000);
        let within = |rows: &RecordBatch, row| (first..=last).contains(&micros(rows, row));
        check(&Ask::Time(first, last), &arranged, within)?;
        let both = Ask::And(vec![Ask::Service(vec!["a".into()]), Ask::Unknown, Ask::Time(first, last)]);
        check(&both, &arranged, |rows, row| service(rows, row) && within(rows, row) && micros(rows, row) % 2 == 0)?;
        let any = Ask::Or(vec![Ask::Service(vec!["a".into()]), Ask::Id(IdColumn::Trace, wanted.clone())]);
        check(&any, &arranged, |rows, row| service(rows, row) || trace(rows, row))?;
    }

    #[test]
    fn rows_are_sorted_and_none_is_lost(rows in rows(), at in any::<prop::sample::Index>()) {
        let before = batch(&rows);
        let first = at.index(before.num_rows() + 1);
        let parts = [before.slice(0, first), before.slice(first, before.num_rows() - first)];
        let arranged = arrange(&parts, &mut Miner::new(MinerConfig::default())).unwrap();
        let listed = |rows: &RecordBatch| {
            (0..rows.num_rows()).map(|row| (text(rows, "service", row).map(str::to_owned), text(rows, "message", row).map(str::to_owned))).collect::<Vec<_>>()
        };
        let (mut old, new) = (listed(&before), listed(&arranged.rows));
        prop_assert!(new.is_sorted_by_key(|(service, _)| service.clone()));
        let mut sorted = new;
        old.sort();
        sorted.sort();
        prop_assert_eq!(old, sorted);
        let (group, source) = group(&arranged);
        let counts = group.counts(&source).unwrap();
        prop_assert_eq!(counts.counts.iter().map(|count| count.rows).sum::<u64>(), rows.len() as u64);
        let templates = group.templates(&source).unwrap();
        for run in &templates.runs {
            for row in run.rows.clone() {
                let id = arranged.rows.column_by_name("template_id").unwrap().as_primitive::<arrow::datatypes::Int64Type>();
                let template = templates.template(run).map(|known| known.id);
                prop_assert_eq!(template, id.is_valid(row as usize).then(|| id.value(row as usize)));
            }
        }
    }
}

#[test]
fn a_damaged_index_says_nothing() {
    let rows: Vec<Row> = (0..50)
        .map(|n| Row { message: Some(format!("user {n} logged in")), service: Some("a"), trace: Some(1), second: n })
        .collect();
    let arranged = arrange(&[batch(&rows)], &mut Miner::new(MinerConfig::default())).unwrap();
    let (_, source) = group(&arranged);
    for byte in 0..source.bytes.len() {
        let (group, mut source) = group(&arranged);
        source.bytes[byte] ^= 0x10;
        let ask = Ask::Text(TextAsk::new("17 logged", false, (false, false)));
        assert!(!ask.judge(&group, &source).may.is_empty(), "{byte}");
    }
}
