use jiff::tz::TimeZone;
use proptest::prelude::*;

use bongsu_model::{Explain as _, Level, Timestamp, Value};

use super::*;
use crate::{Format, ParseOptions, Parsed, Parser};

fn seoul() -> TimeZone {
    TimeZone::get("Asia/Seoul").unwrap()
}

fn render(layout: &Layout, record: &Record<'_>) -> String {
    let mut line = String::new();
    layout.render(record, &seoul(), &mut line);
    line
}

fn parse(line: &str, now: Timestamp) -> (Record<'static>, Format) {
    let options = ParseOptions { zone: seoul(), ..ParseOptions::new(now) };
    let mut records = Vec::new();
    Parser::new(options).parse(line.as_bytes(), 0, true, &mut |parsed| {
        if let Parsed::Record { record, format, .. } = parsed {
            records.push((crate::line::owned(record), format));
        }
    });
    assert_eq!(records.len(), 1, "{line}");
    records.pop().unwrap()
}

fn example() -> Record<'static> {
    Record {
        time: Some(Timestamp::from_nanos(1_749_178_800_000_000_000)),
        level: Some(Level::Warning),
        logger: Some("a_logger_with_a_long_name".into()),
        function: Some("f".into()),
        line: Some(12_345),
        message: "m".into(),
        ..Record::default()
    }
}

#[test]
fn longer_values_are_not_cut() {
    let expected = "[2025-06-06 12:00:00] WARNING  a_logger_with_a_long_name f                    L12345 | m";
    assert_eq!(render(&Layout::Detailed, &example()), expected);
    assert_eq!(render(&Layout::Simple, &example()), "[12:00:00] WARNING  | m");
    assert_eq!(
        render(&Layout::Performance, &Record { logger: Some("x".into()), ..example() }),
        "[2025-06-06 12:00:00] PERF x               | m"
    );
}

#[test]
fn templates_have_widths_patterns_and_fields() {
    let template: Template = "{{{time:%H:%M}}} {level:<8}|{line:>7}|{name} {user} {message}".parse().unwrap();
    let record = Record { fields: vec![("user".into(), Value::Str("kim".into()))], ..example() };
    let expected = "{12:00} WARNING |  12345|a_logger_with_a_long_name kim m";
    assert_eq!(render(&Layout::Template(template), &record), expected);
}

#[test]
fn a_bad_template_says_where() {
    assert_eq!("가 {a".parse::<Template>(), Err(TemplateError::Unbalanced { at: 3 }));
    assert_eq!("a}".parse::<Template>(), Err(TemplateError::Unbalanced { at: 2 }));
    for text in ["{}", "{level:x}", "{time:%!}", "{line:99999}"] {
        let error = text.parse::<Template>().unwrap_err();
        assert!(matches!(error, TemplateError::Place { .. }), "{text}");
    }
}

#[test]
fn a_place_that_could_only_be_empty_is_refused_with_the_one_that_is_meant() {
    for (text, meant) in [
        ("{message!r}", "message"),
        ("{message!r:>10}", "message"),
        ("{extra[user]}", "user"),
        ("{extra.user}", "user"),
        ("{level.name}", "level"),
        ("{levelname:<8}", "level"),
        ("{lineno}", "line"),
        ("{mesage}", "message"),
        ("{levle}", "level"),
        ("{messsage}", "message"),
        ("{tiem}", "time"),
        ("{functoin:>9}", "function"),
    ] {
        let error = text.parse::<Template>().unwrap_err();
        assert!(matches!(error, TemplateError::Place { .. }), "{text}");
        let hint = error.hint().unwrap();
        assert!(hint.starts_with(&format!("did you mean {{{meant}}}?")), "{text}: {hint}");
    }
    for text in ["{user!r}", "{items[0]}", "{user name}", "{0}", "{a=}", "{f(x)}"] {
        assert!(matches!(text.parse::<Template>(), Err(TemplateError::Place { .. })), "{text}");
    }
    // Names that programs give their fields, however near they are.
    for text in [
        "{user}",
        "{lines}",
        "{hosts}",
        "{file_name}",
        "{http.status}",
        "{host.name}",
        "{request-id}",
        "{tie}",
        "{traceid}",
        "{이름}",
    ] {
        assert!(text.parse::<Template>().is_ok(), "{text}");
    }
}

#[test]
fn a_field_that_is_null_is_told_from_a_text() {
    let record = Record { fields: vec![("user".into(), Value::Json("null".into()))], ..example() };
    let template: Template = "{user}|{nobody}|{extra}".parse().unwrap();
    assert_eq!(render(&Layout::Template(template), &record), "None||{\"user\":null}");
    let line = render(&Layout::Json, &record);
    assert!(line.contains("\"user\":null"), "{line}");
}

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z_][a-zA-Z0-9_.<>-]{0,24}"
}

fn message() -> impl Strategy<Value = String> {
    "([a-zA-Z0-9가-힣|:{}\"'=,.-][ ]{0,2}){0,8}[a-z가-힣]"
}

fn levels() -> impl Strategy<Value = Level> {
    prop_oneof![
        Just(Level::Debug),
        Just(Level::Info),
        Just(Level::Warning),
        Just(Level::Error),
        Just(Level::Critical),
        "[A-Z]{3,12}".prop_map(|name| Level::gathered(&name)),
    ]
}

fn records() -> impl Strategy<Value = Record<'static>> {
    let field = prop_oneof![
        any::<i64>().prop_map(Value::Int),
        any::<bool>().prop_map(Value::Bool),
        "\\PC{0,8}".prop_map(|text| Value::Str(text.into())),
        Just(Value::Json("[1,{\"a\":null}]".into())),
    ];
    let fields = proptest::collection::btree_map("x[a-z가.\" ]{0,6}", field, 0..4);
    (0i64..4_000_000_000, 0i64..1_000_000_000, levels(), name(), name(), 0i64..100_000, message(), fields).prop_map(
        |(second, nanos, level, logger, function, line, message, fields)| Record {
            time: Some(Timestamp::from_nanos(second * 1_000_000_000 + nanos)),
            level: Some(level),
            logger: Some(logger.into()),
            function: Some(function.into()),
            line: Some(line),
            message: message.into(),
            fields: fields.into_iter().map(|(name, value)| (name.into(), value)).collect(),
            ..Record::default()
        },
    )
}

fn whole_second(time: Option<Timestamp>) -> Option<Timestamp> {
    time.map(|time| Timestamp::from_nanos(time.nanos() / 1_000_000_000 * 1_000_000_000))
}

proptest! {
    #[test]
    fn detailed_and_component_lines_are_read_back(record in records()) {
        let now = record.time.unwrap();
        let expected = Record { time: whole_second(record.time), fields: Vec::new(), shape: None, ..record.clone() };
        let (read, format) = parse(&render(&Layout::Detailed, &record), now);
        prop_assert_eq!(format, Format::BongsuDetailed);
        prop_assert_eq!(Record { shape: None, ..read }, expected.clone());
        if record.logger.as_deref().is_none_or(|name| name != "PERF") {
            let (read, format) = parse(&render(&Layout::Component, &record), now);
            prop_assert_eq!(format, Format::BongsuComponent);
            prop_assert_eq!(Record { shape: None, ..read }, Record { function: None, line: None, ..expected });
        }
    }

    #[test]
    fn simple_lines_are_read_back(record in records()) {
        let (read, format) = parse(&render(&Layout::Simple, &record), record.time.unwrap());
        prop_assert_eq!(format, Format::BongsuSimple);
        prop_assert_eq!((read.time, read.level, read.message), (whole_second(record.time), record.level, record.message));
    }

    #[test]
    fn json_lines_are_read_back(record in records(), service in proptest::option::of(name())) {
        let record = Record { service: service.map(Into::into), trace_id: Some("ab12".into()), ..record };
        let (read, format) = parse(&render(&Layout::Json, &record), record.time.unwrap());
        prop_assert_eq!(format, Format::BongsuJson);
        prop_assert_eq!(Record { shape: None, ..read }, record);
    }

    #[test]
    fn measurements_are_read_back(operation in name(), millis in 0u32..10_000_000, n in any::<i64>()) {
        let seconds = f64::from(millis) / 1000.0;
        let message = format!("{operation} completed in {seconds:.3}s | {{\"n\": {n}, \"message\": \"x\"}}");
        let record = Record { message: message.clone().into(), logger: Some("performance.api".into()), ..example() };
        for layout in [Layout::Performance, Layout::Detailed, Layout::Json] {
            let (read, _) = parse(&render(&layout, &record), record.time.unwrap());
            prop_assert_eq!(read.operation.as_deref(), Some(operation.as_str()));
            prop_assert_eq!(read.duration, Some(seconds));
            prop_assert_eq!(read.message, message.as_str());
            let fields = vec![("n".into(), Value::Int(n)), ("message".into(), Value::Str("x".into()))];
            prop_assert_eq!(read.fields, fields);
            prop_assert_eq!(read.level.is_none(), layout == Layout::Performance);
        }
    }
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,30}", "[ -~]{0,30}", "([a-z\"\\\\\u{0}-\u{1f}\u{7f}é봉🔥]){0,30}"]
}

fn any_records() -> impl Strategy<Value = Record<'static>> {
    let field = prop_oneof![
        any::<i64>().prop_map(Value::Int),
        any::<bool>().prop_map(Value::Bool),
        any::<f64>().prop_map(Value::Float),
        any_text().prop_map(|text| Value::Str(text.into())),
        Just(Value::Json("[1,{\"a\":null}]".into())),
    ];
    let fields = proptest::collection::btree_map(any_text().prop_map(|name| format!("x{name}")), field, 0..6);
    let text = || proptest::option::of(any_text());
    let name = proptest::option::of("\\PC{0,24}");
    let place = (name, text(), text(), proptest::option::of(any::<i64>()));
    let measure = (text(), proptest::option::of(any::<f64>()), text(), text(), text());
    (any::<i64>(), proptest::option::of(levels()), any_text(), place, measure, fields).prop_map(
        |(nanos, level, message, (logger, function, file, line), measure, fields)| {
            let (operation, duration, service, host, trace_id) = measure;
            let own = |text: Option<String>| text.map(Into::into);
            Record {
                time: Some(Timestamp::from_nanos(nanos)),
                level,
                message: message.into(),
                logger: own(logger),
                function: own(function),
                file: own(file),
                line,
                operation: own(operation),
                duration,
                service: own(service),
                host: own(host),
                span_id: trace_id.clone().map(Into::into),
                trace_id: own(trace_id),
                fields: fields.into_iter().map(|(name, value)| (name.into(), value)).collect(),
                ..Record::default()
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_line_reads_as_the_plain_form_writes_it(
        records in proptest::collection::vec(any_records(), 1..4), zone in proptest::sample::select(&ZONES)
    ) {
        let zone = TimeZone::get(zone).unwrap();
        let mut stamp = Stamp::new(zone.clone());
        for record in &records {
            for layout in [Layout::Simple, Layout::Component, Layout::Performance, Layout::Detailed, Layout::Json] {
                let mut out = b"before".to_vec();
                layout.write(&record.into(), &mut stamp, &mut out);
                let expected = format!("before{}", plainly::render(&layout, record, &zone));
                prop_assert_eq!(String::from_utf8(out).unwrap(), expected);
            }
        }
    }

    #[test]
    fn a_line_is_its_time_its_head_and_its_message(record in any_records(), zone in proptest::sample::select(&ZONES)) {
        let mut stamp = Stamp::new(TimeZone::get(zone).unwrap());
        let line: Line<'_> = (&record).into();
        for layout in [Layout::Component, Layout::Performance, Layout::Detailed] {
            let mut whole = Vec::new();
            layout.write(&line, &mut stamp, &mut whole);
            let head = layout.head(&line).unwrap();
            prop_assert_eq!(whole, [stamp.full(line.time), &head[..], line.message.as_bytes()].concat(), "{:?}", layout);
        }
    }

    /// The seconds around every change of the clocks, in any order, by one stamp.
    #[test]
    fn a_second_is_never_shown_as_another(
        steps in proptest::collection::vec((0usize..12, -4_000_000_000i64..4_000_000_000), 1..20),
        zone in proptest::sample::select(&ZONES),
    ) {
        let zone = TimeZone::get(zone).unwrap();
        let begin = jiff::Timestamp::from_second(1_700_000_000).unwrap();
        let mut changes: Vec<_> = zone.following(begin).take(12).map(|change| change.timestamp()).collect();
        changes.resize(12, begin);
        let mut stamp = Stamp::new(zone.clone());
        for (change, nanos) in steps {
            let time = Timestamp::from_jiff(changes[change]).unwrap().plus_nanos(nanos);
            let expected = time.to_jiff().to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
            prop_assert_eq!(stamp.local(time), expected);
        }
    }
}

const ZONES: [&str; 6] =
    ["UTC", "Asia/Seoul", "America/New_York", "Australia/Lord_Howe", "Africa/Monrovia", "Asia/Kathmandu"];

#[test]
fn all_fields_of_a_template_are_one_object() {
    let template: Template = "{message} {extra} {n:>4}|{봉:<3}|{none:>2}|{봉:>3}".parse().unwrap();
    let fields = [("n", Value::Int(7)), ("봉", Value::Str("수".into())), ("n", Value::Float(0.5))];
    let line = Line { message: "m", fields: &fields, ..Line::default() };
    let mut out = Vec::new();
    Layout::Template(template).write(&line, &mut Stamp::new(seoul()), &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), "m {\"n\":7,\"봉\":\"수\",\"n\":0.5}    7|수  |  |  수");
}
