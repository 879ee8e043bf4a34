use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use bongsu_model::Timestamp;

use super::*;
use crate::shape::{JSON_AS_SENT, restore};

fn calendar() -> Calendar {
    Calendar::new(TimeZone::get("Asia/Seoul").unwrap(), Timestamp::from_nanos(1_749_178_800_000_000_000), None)
}

fn read(text: &str) -> Record<'_> {
    JsonReader::new().read(text, &calendar()).unwrap().0
}

fn field<'r>(record: &'r Record<'_>, name: &str) -> Option<&'r Value<'r>> {
    record.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

#[test]
fn aliases_fill_core_fields() {
    let text = r#"{"ts":1749178800.5,"lvl":"warn","msg":"disk full","app":"db","log":{"logger":"io"},"traceId":"ABCDEF0123456789"}"#;
    let record = read(text);
    assert_eq!(record.time.unwrap().to_string(), "2025-06-06T03:00:00.500000000Z");
    assert_eq!((record.level.as_ref(), record.message.as_ref()), (Some(&Level::Warning), "disk full"));
    assert_eq!((record.service.as_deref(), record.logger.as_deref()), (Some("db"), Some("io")));
    assert_eq!(record.trace_id.as_deref(), Some("abcdef0123456789"));
    assert_eq!(record.shape.as_deref(), Some(r#"json ts=T.s,lvl=l"warn",msg=m,app=s,log{logger=g},traceId=tu"#));
    assert!(record.fields.is_empty());
}

#[test]
fn an_alias_with_a_value_of_the_wrong_type_stays_the_users() {
    let record = read(r#"{"message":5,"time":12.5,"level":{"a":1},"severity":"two words","host":null,"line":"x"}"#);
    assert_eq!((record.time, record.level.clone(), record.line), (None, None, None));
    assert_eq!(field(&record, "message"), Some(&Value::Int(5)));
    assert_eq!(field(&record, "time"), Some(&Value::Float(12.5)));
    assert_eq!(field(&record, "level.a"), Some(&Value::Int(1)));
    assert_eq!(field(&record, "line"), Some(&Value::Str("x".into())));
}

#[test]
fn the_best_alias_wins_wherever_it_stands() {
    let mut reader = JsonReader::new();
    for _ in 0..2 {
        let (record, _) = reader.read(r#"{"event":"login","message":"user in","x":1}"#, &calendar()).unwrap();
        assert_eq!(record.message, "user in");
        assert_eq!(field(&record, "event"), Some(&Value::Str("login".into())));
        let (record, _) = reader.read(r#"{"event":"login","x":1}"#, &calendar()).unwrap();
        assert_eq!((record.message.as_ref(), record.fields.len()), ("login", 1));
    }
}

#[test]
fn nesting_becomes_dots_and_lists_stay_json() {
    let text = r#"{"a":{"b":{"c":true}},"list":[1,{"x":2}],"e":{},"n":null}"#;
    let record = read(text);
    assert_eq!(field(&record, "a.b.c"), Some(&Value::Bool(true)));
    assert_eq!(field(&record, "list"), Some(&Value::Json(r#"[1,{"x":2}]"#.into())));
    assert_eq!(restore(record.shape.as_deref().unwrap(), &record).unwrap().to_string(), text);
}

#[test]
fn what_the_columns_cannot_give_back_is_kept_as_sent() {
    for text in [
        r#"{"a":1,"a":2}"#,
        r#"{"a":{"b":1},"a.b":2}"#,
        r#"{"n":18446744073709551615}"#,
        r#"{"time":"06/Jun/2025:12:00:00 +0900"}"#,
        r#"{"_source":1}"#,
    ] {
        let record = read(text);
        assert_eq!(record.shape.as_deref(), Some(JSON_AS_SENT), "{text}");
        assert_eq!(restore(JSON_AS_SENT, &record), serde_json::from_str(text).ok(), "{text}");
    }
    let twice = read(r#"{"a":1,"a":2}"#);
    assert_eq!(twice.fields.iter().filter(|(key, _)| key == "a").count(), 2);
}

#[test]
fn opentelemetry_names_and_attributes() {
    let text = r#"{"Timestamp":"2025-06-06T12:00:00.123456789+09:00","SeverityText":"FATAL","SeverityNumber":21,"Body":"b","TraceId":"ff","Attributes":{"code.line.number":7,"user":"kim"},"Resource":{"service.name":"api"}}"#;
    let (record, dialect) = JsonReader::new().read(text, &calendar()).unwrap();
    assert_eq!(dialect, Dialect::OpenTelemetry);
    assert_eq!(
        (record.level.as_ref(), record.line, record.service.as_deref()),
        (Some(&Level::Critical), Some(7), Some("api"))
    );
    assert_eq!(record.fields, vec![("user".into(), Value::Str("kim".into()))]);
    assert_eq!(restore(record.shape.as_deref().unwrap(), &record).unwrap().to_string(), text);
}

#[test]
fn huge_and_deep_objects_neither_abort_nor_lose() {
    let keys: Vec<_> = (0..100_000).map(|n| format!("\"k{n}\":{n}")).collect();
    let text = format!("{{{}}}", keys.join(","));
    let record = read(&text);
    assert_eq!(record.fields.len(), 100_001);
    let deep = format!("{}1{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
    assert!(JsonReader::new().read(&deep, &calendar()).is_none());
    let split = format!("{}1{}", r#"{"a":"#.repeat(100), "}".repeat(100));
    let record = read(&split);
    assert_eq!(restore(record.shape.as_deref().unwrap(), &record), serde_json::from_str(&split).ok());
}

#[test]
fn only_whole_objects_are_taken() {
    for text in ["[1]", "1", "{", r#"{"a":1,}"#, r#"{"a":1} x"#, r#"{"a":tru}"#, "{a:1}", r#"{"a":"\ud800"}"#, ""] {
        assert!(JsonReader::new().read(text, &calendar()).is_none(), "{text}");
    }
}

fn leaf() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        (1_000_000_000i64..3_000_000_000).prop_map(Json::from),
        (-1_000_000i32..1_000_000).prop_map(|n| Json::from(f64::from(n) / 64.0)),
        "\\PC{0,12}".prop_map(Json::from),
        prop_oneof!["INFO", "warn", "Error", "2025-06-06T12:00:00(\\.[0-9]{1,9})?(Z|\\+09:00|-0330)?"]
            .prop_map(Json::from),
        "(INFO|1749178800|2025-06-06 12:00:00,12[0-9]|FF00AB)".prop_map(Json::from),
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => proptest::sample::select(vec![
            "time", "ts", "@timestamp", "level", "lvl", "message", "msg", "event", "service", "log", "host", "name", "logger",
            "trace_id", "line", "duration", "operation", "Attributes", "Resource", "SeverityNumber", "SeverityText", "_id",
            "code.line.number", "service.name", "a", "b", "a.b", "Attributes.a", "_source", "PRIORITY",
        ]).prop_map(String::from),
        1 => "\\PC{0,6}",
    ]
}

fn objects() -> impl Strategy<Value = Json> {
    let value = leaf().prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            proptest::collection::vec((key(), inner), 0..5).prop_map(|pairs| Json::Object(pairs.into_iter().collect())),
        ]
    });
    proptest::collection::vec((key(), value), 0..8).prop_map(|pairs| Json::Object(pairs.into_iter().collect()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_was_sent_is_given_back(sent in proptest::collection::vec(objects(), 1..4)) {
        let mut reader = JsonReader::new();
        for sent in &sent {
            let text = sent.to_string();
            let (record, _) = reader.read(&text, &calendar()).unwrap();
            let given = restore(record.shape.as_deref().unwrap(), &record).unwrap();
            prop_assert_eq!(given.to_string(), text.as_str(), "{:?}", record.shape);
        }
    }

    #[test]
    fn the_objects_before_do_not_matter(sent in proptest::collection::vec(objects(), 1..6)) {
        let mut reader = JsonReader::new();
        for sent in &sent {
            let text = sent.to_string();
            let (record, dialect) = reader.read(&text, &calendar()).unwrap();
            prop_assert_eq!(JsonReader::new().read(&text, &calendar()).unwrap(), (record, dialect));
        }
    }
}

#[test]
fn a_restored_object_is_what_a_reader_of_json_sees() {
    let sent = json!({"b": 1, "a": {"z": [], "y": {}}, "level": "notice", "time": "2025-06-06 12:00:00,123"});
    let text = sent.to_string();
    let record = read(&text);
    assert_eq!(record.level, Some(Level::Info));
    assert_eq!(restore(record.shape.as_deref().unwrap(), &record), Some(sent));
}
