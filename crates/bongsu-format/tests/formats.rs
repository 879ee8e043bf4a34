//! One real line or more of every format, and what becomes of it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "helpers of tests")]

use bongsu_format::{Format, ParseOptions, Parsed, Parser};
use bongsu_model::{Record, Timestamp, Value};
use jiff::tz::TimeZone;

fn options() -> ParseOptions {
    let now = Timestamp::from_jiff("2025-06-07T00:00:00Z".parse().unwrap()).unwrap();
    ParseOptions { zone: TimeZone::get("Asia/Seoul").unwrap(), ..ParseOptions::new(now) }
}

/// Every record of an input: its format, and its parts as text that people read.
fn read(input: &str) -> Vec<(Format, String)> {
    let mut records = Vec::new();
    let consumed = Parser::new(options()).parse(input.as_bytes(), 0, true, &mut |parsed| match parsed {
        Parsed::Record { record, format, .. } => records.push((format, show(&record))),
        Parsed::Refused { reason, .. } => panic!("refused: {reason}"),
    });
    assert_eq!(consumed, input.len());
    records
}

fn show(record: &Record<'_>) -> String {
    let mut parts = Vec::new();
    parts.extend(record.time.map(|time| time.to_jiff().to_string()));
    parts.extend(record.level.as_ref().map(|level| level.name().to_owned()));
    for (name, text) in [
        ("service", &record.service),
        ("logger", &record.logger),
        ("host", &record.host),
        ("function", &record.function),
        ("file", &record.file),
        ("operation", &record.operation),
        ("trace", &record.trace_id),
    ] {
        parts.extend(text.as_ref().map(|text| format!("{name}={text}")));
    }
    parts.extend(record.line.map(|line| format!("line={line}")));
    parts.extend(record.duration.map(|seconds| format!("duration={seconds}")));
    for (name, value) in &record.fields {
        parts.push(match value {
            Value::Bool(value) => format!("{name}:{value}"),
            Value::Int(value) => format!("{name}:{value}"),
            Value::Float(value) => format!("{name}:{value:?}"),
            Value::Str(value) => format!("{name}:'{value}'"),
            Value::Json(value) => format!("{name}:{value}"),
        });
    }
    parts.push(format!("| {}", record.message.replace('\n', "⏎")));
    parts.join(" ")
}

#[track_caller]
fn one(format: Format, input: &str, expected: &str) {
    assert_eq!(read(input), [(format, expected.to_owned())]);
}

#[test]
fn the_sdks_own() {
    one(
        Format::BongsuDetailed,
        "[2025-06-06 12:00:00] INFO     name            func                 L 12 | message | with bar",
        "2025-06-06T03:00:00Z INFO logger=name function=func line=12 | message | with bar",
    );
    one(
        Format::BongsuComponent,
        "[2025-06-06 12:00:00.5] WARNING  name            | message",
        "2025-06-06T03:00:00.5Z WARNING logger=name | message",
    );
    one(Format::BongsuSimple, "[08:30:00] CRITICAL | 데이터", "2025-06-06T23:30:00Z CRITICAL | 데이터");
    let measured = "x completed in 0.123s | {\"rows\": 3, \"of\": {\"a\": null, \"b\": [1]}}";
    let fields = format!("operation=x duration=0.123 rows:3 of.b:[1] | {measured}");
    one(
        Format::BongsuPerformance,
        &format!("[2025-06-06 12:00:00] PERF api             | {measured}"),
        &format!("2025-06-06T03:00:00Z logger=api {fields}"),
    );
    one(
        Format::BongsuDetailed,
        &format!("[2025-06-06 12:00:00] INFO     performance.api log_performance      L 88 | {measured}"),
        "2025-06-06T03:00:00Z INFO logger=performance.api function=log_performance operation=x line=88 duration=0.123 \
         rows:3 of.b:[1] | x completed in 0.123s | {\"rows\": 3, \"of\": {\"a\": null, \"b\": [1]}}",
    );
    one(
        Format::BongsuJson,
        r#"{"Timestamp":"2025-06-06T12:00:00.123456789Z","SeverityText":"INFO","SeverityNumber":9,"Body":"m","Attributes":{"operation":"x","duration":2}}"#,
        "2025-06-06T12:00:00.123456789Z INFO operation=x duration=2 | m",
    );
}

#[test]
fn json_and_logfmt() {
    one(
        Format::Json,
        r#"{"@timestamp":"2025-06-06T12:00:00Z","log.level":"error","message":"a\nb","http":{"status":500},"tags":["x"]}"#,
        r#"2025-06-06T12:00:00Z ERROR http.status:500 tags:["x"] | a⏎b"#,
    );
    one(
        Format::JournaldJson,
        r#"{"__REALTIME_TIMESTAMP":"1749178800123456","PRIORITY":"3","SYSLOG_IDENTIFIER":"sshd","MESSAGE":"m","_PID":"7"}"#,
        "2025-06-06T03:00:00.123456Z ERROR service=sshd _PID:'7' | m",
    );
    one(
        Format::Logfmt,
        r#"time=2025-06-06T12:00:00Z level=warn msg="disk \"a\" full" free=3 path=/x ok=true"#,
        r#"2025-06-06T12:00:00Z WARNING free:3 path:'/x' ok:true | disk "a" full"#,
    );
}

#[test]
fn python() {
    one(Format::PythonLogging, "WARNING:root:careful: now", "WARNING logger=root | careful: now");
    one(
        Format::PythonLogging,
        "INFO - 2025-06-06 12:00:00,123 - started - now",
        "2025-06-06T03:00:00.123Z INFO | started - now",
    );
    one(
        Format::PythonLogging,
        "ERROR | 2025-06-06 12:00:00,123 | failed it",
        "2025-06-06T03:00:00.123Z ERROR | failed it",
    );
    one(
        Format::PythonLogging,
        "2025-06-06 12:00:00,123 - app.db - CRITICAL - down - again",
        "2025-06-06T03:00:00.123Z CRITICAL logger=app.db | down - again",
    );
    one(
        Format::Loguru,
        "2025-06-06 12:00:00.123 | SUCCESS  | app.main:<module>:12 - done",
        "2025-06-06T03:00:00.123Z SUCCESS logger=app.main function=<module> line=12 | done",
    );
}

#[test]
fn rust_tracing() {
    let expected =
        "2025-06-06T12:00:00.123456Z WARNING logger=app::db rows:3 user:'a b' | slow query rows=3 user=\"a b\"";
    one(Format::Tracing, "2025-06-06T12:00:00.123456Z  WARN app::db: slow query rows=3 user=\"a b\"", expected);
    one(
        Format::Tracing,
        "\u{1b}[2m2025-06-06T12:00:00.123456Z\u{1b}[0m \u{1b}[33m WARN\u{1b}[0m \u{1b}[2mapp::db\u{1b}[0m\u{1b}[2m:\u{1b}[0m slow query \u{1b}[3mrows\u{1b}[0m\u{1b}[2m=\u{1b}[0m3 user=\"a b\"",
        expected,
    );
    one(
        Format::Tracing,
        "2025-06-06T12:00:00.123456Z  INFO request{method=GET path=\"/x y\"}:inner: app: hello",
        "2025-06-06T12:00:00.123456Z INFO logger=inner method:'GET' path:'/x y' span:'request' | app: hello",
    );
}

#[test]
fn java() {
    one(
        Format::Log4j,
        "2025-06-06 12:00:00,123 INFO  [main] com.foo.Bar: started",
        "2025-06-06T03:00:00.123Z INFO logger=com.foo.Bar thread:'main' | started",
    );
    one(
        Format::Log4j,
        "2025-06-06 12:00:00.123 [http-nio-1] WARN  c.foo.Bar - slow",
        "2025-06-06T03:00:00.123Z WARNING logger=c.foo.Bar thread:'http-nio-1' | slow",
    );
    one(
        Format::Log4j,
        "2025-06-06T12:00:00.123+09:00  INFO 12345 --- [           main] c.e.Demo$App   : Started in 2 s",
        "2025-06-06T03:00:00.123Z INFO logger=c.e.Demo$App pid:12345 thread:'main' | Started in 2 s",
    );
    one(
        Format::Log4j,
        "25/06/06 12:00:00 INFO SparkContext: Running Spark",
        "2025-06-06T03:00:00Z INFO logger=SparkContext | Running Spark",
    );
}

#[test]
fn web_servers() {
    one(
        Format::Access,
        r#"1.2.3.4 - kim [06/Jun/2025:12:00:00 +0900] "GET /a?b=1 HTTP/1.1" 404 153 "https://x/" "curl/8 \"q\"""#,
        "2025-06-06T03:00:00Z client:'1.2.3.4' user:'kim' method:'GET' path:'/a?b=1' protocol:'HTTP/1.1' status:404 \
         size:153 referer:'https://x/' user_agent:'curl/8 \\\"q\\\"' | GET /a?b=1 HTTP/1.1",
    );
    one(
        Format::Access,
        r#"::1 - - [06/Jun/2025:12:00:00 +0000] "-" 408 -"#,
        "2025-06-06T12:00:00Z client:'::1' status:408 | -",
    );
    one(
        Format::NginxError,
        r#"2025/06/06 12:00:00 [error] 12#34: *9 open() "/x" failed (2: No such file), client: 1.2.3.4, server: _, request: "GET /x HTTP/1.1", host: "h""#,
        "2025-06-06T03:00:00Z ERROR service=nginx pid:12 thread:34 connection:9 client:'1.2.3.4' server:'_' \
         request:'GET /x HTTP/1.1' vhost:'h' | open() \"/x\" failed (2: No such file), client: 1.2.3.4, server: _, \
         request: \"GET /x HTTP/1.1\", host: \"h\"",
    );
    one(
        Format::ApacheError,
        "[Fri Jun 06 12:00:00.123456 2025] [core:error] [pid 12:tid 34] [client 1.2.3.4:5] AH00126: Invalid URI",
        "2025-06-06T03:00:00.123456Z ERROR logger=core pid:12 thread:34 client:'1.2.3.4:5' | AH00126: Invalid URI",
    );
}

#[test]
fn syslog() {
    one(
        Format::Syslog3164,
        "<34>Jun  6 12:00:00 mymachine su[12]: 'su root' failed",
        "2025-06-06T03:00:00Z CRITICAL service=su logger=su host=mymachine facility:4 pid:12 | 'su root' failed",
    );
    one(
        Format::Syslog3164,
        "2025-06-06T12:00:00.123456+09:00 web1 sshd[12]: Accepted",
        "2025-06-06T03:00:00.123456Z service=sshd logger=sshd host=web1 pid:12 | Accepted",
    );
    one(
        Format::Syslog5424,
        "<165>1 2025-06-06T12:00:00.003Z host.example app 12 ID47 [ex@1 iut=\"3\" s=\"a\\\"b\"][two@2] \u{feff}An event",
        "2025-06-06T12:00:00.003Z INFO service=app logger=app host=host.example facility:20 pid:12 msgid:'ID47' \
         ex@1.iut:'3' ex@1.s:'a\"b' | An event",
    );
}

#[test]
fn klog() {
    one(
        Format::Klog,
        "E0606 12:00:00.123456    1234 reflector.go:147] \"Failed\" err=\"x\"",
        "2025-06-06T03:00:00.123456Z ERROR file=reflector.go line=147 thread:1234 | \"Failed\" err=\"x\"",
    );
}

#[test]
fn containers() {
    one(
        Format::Docker,
        "{\"log\":\"WARNING:root:part one, \",\"stream\":\"stderr\",\"time\":\"2025-06-06T12:00:00.1Z\"}\n\
         {\"log\":\"part two\\n\",\"stream\":\"stderr\",\"time\":\"2025-06-06T12:00:00.2Z\"}\n",
        "2025-06-06T12:00:00.1Z WARNING logger=root stream:'stderr' | part one, part two",
    );
    one(
        Format::Cri,
        "2025-06-06T12:00:00.1Z stdout P {\"level\":\"info\",\n2025-06-06T12:00:00.2Z stdout F \"msg\":\"hi\"}\n",
        "2025-06-06T12:00:00.1Z INFO stream:'stdout' | hi",
    );
    let traceback = read(
        "2025-06-06T12:00:00Z stderr F Traceback (most recent call last):\n\
         2025-06-06T12:00:00Z stderr F   File \"a.py\", line 1, in f\n\
         2025-06-06T12:00:00Z stderr F ValueError: x\n\
         2025-06-06T12:00:00Z stdout F other\n",
    );
    assert_eq!(traceback.len(), 2);
    assert!(traceback[0].1.ends_with("line 1, in f⏎ValueError: x"), "{traceback:?}");
}

#[test]
fn journald_export() {
    let first =
        "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1749178800123456\nPRIORITY=6\nSYSLOG_IDENTIFIER=cron\n_HOSTNAME=h\n";
    let binary = "MESSAGE\n\u{3}\0\0\0\0\0\0\0a\nb\n_PID=7\n\n";
    let second = "__CURSOR=s=2\nMESSAGE=plain\n";
    let records = read(&format!("{first}{binary}{second}"));
    assert_eq!(records.len(), 2);
    let expected = "2025-06-06T03:00:00.123456Z INFO service=cron logger=cron host=h __CURSOR:'s=1' _PID:'7' | a⏎b";
    assert_eq!(records[0], (Format::JournaldExport, expected.to_owned()));
    assert!(records[1].1.ends_with("| plain"));
}

#[test]
fn csv() {
    let records = read(
        "time,level,message,rows,code\n2025-06-06T12:00:00Z,warn,\"two\nlines, \"\"quoted\"\"\",3,007\n\n2025-06-06T12:00:01Z,INFO,b,,\n",
    );
    assert_eq!(records.len(), 2);
    assert_eq!(
        records[0],
        (Format::Csv, "2025-06-06T12:00:00Z WARNING rows:3 code:'007' | two⏎lines, \"quoted\"".to_owned())
    );
    assert_eq!(records[1].1, "2025-06-06T12:00:01Z INFO | b");
}

#[test]
fn postgres() {
    one(
        Format::Postgres,
        "2025-06-06 12:00:00.123 KST [1234] kim@shop ERROR:  relation \"x\" does not exist\n\tat character 15",
        "2025-06-06T03:00:00.123Z ERROR pid:1234 user:'kim' database:'shop' | relation \"x\" does not exist⏎\tat character 15",
    );
    one(
        Format::Postgres,
        "2025-06-06 12:00:00.123 UTC [1234] LOG:  checkpoint starting: time",
        "2025-06-06T12:00:00.123Z INFO pid:1234 | checkpoint starting: time",
    );
}

#[test]
fn what_postgres_explains_belongs_to_the_line_it_explains() {
    let at = "2025-06-06 12:00:00.123 UTC";
    let log = format!(
        "{at} [12] kim@shop ERROR:  duplicate key\n{at} [12] kim@shop DETAIL:  Key (id)=(7) exists.\n\
         {at} [12] kim@shop STATEMENT:  INSERT INTO movie\n\tVALUES (7)\n\
         {at} [12] kim@shop ERROR:  another\n{at} [13] lee@shop HINT:  of another process\n"
    );
    let records = read(&log);
    assert_eq!(records.len(), 3, "{records:#?}");
    assert_eq!(
        records[0],
        (
            Format::Postgres,
            "2025-06-06T12:00:00.123Z ERROR pid:12 user:'kim' database:'shop' | duplicate key⏎DETAIL:  Key (id)=(7) \
             exists.⏎STATEMENT:  INSERT INTO movie⏎\tVALUES (7)"
                .to_owned()
        )
    );
    assert!(records[1].1.ends_with("| another"), "{records:#?}");
    assert!(records[2].1.ends_with("HINT:  of another process"), "{records:#?}");
}

#[test]
fn a_json_object_over_several_lines_is_one_record() {
    let object = "{\n  \"time\": \"2025-06-06T12:00:00Z\",\n  \"level\": \"error\",\n  \"message\": \"a\",\n  \"http\": {\n    \"status\": 500\n  }\n}";
    let expected = (Format::Json, "2025-06-06T12:00:00Z ERROR http.status:500 | a".to_owned());
    assert_eq!(read(object), std::slice::from_ref(&expected));
    let around = format!("INFO:root:before\r\n{}\r\nINFO:root:after\n", object.replace('\n', "\r\n"));
    assert_eq!(read(&around).len(), 3);
    assert_eq!(read(&around)[1], expected);
    assert_eq!(read(&format!("{object}\n{object}\n")), [expected.clone(), expected]);
}

#[test]
fn lines_that_only_begin_like_a_json_object_are_kept_as_they_are() {
    for (text, records) in [
        ("{\n  \"a\": 1,\nINFO:root:next\n", &["{⏎  \"a\": 1,", "next"][..]),
        ("{\n  a = 1\n}\n", &["{⏎  a = 1", "}"]),
        ("{\n  \"a\": 1\n", &["{⏎  \"a\": 1"]),
    ] {
        let found: Vec<_> = read(text).into_iter().map(|(_, shown)| shown).collect();
        assert_eq!(found.len(), records.len(), "{found:?}");
        assert!(
            found.iter().zip(records).all(|(shown, message)| shown.ends_with(&format!("| {message}"))),
            "{found:?}"
        );
    }
}

#[test]
fn anything_with_a_time_or_a_level() {
    for (line, expected) in [
        (
            "- 1117838570 2005.06.03 R02-M1-N0 2005-06-03-15.42.50.675872 R02-M1-N0 RAS KERNEL INFO cache error",
            "2005-06-03T22:42:50.675872Z INFO logger=KERNEL header:'- 2005.06.03 R02-M1-N0 R02-M1-N0 RAS' | cache error",
        ),
        ("[2025-06-06T12:00:00Z ERROR app::db] failed", "2025-06-06T12:00:00Z ERROR logger=app::db | failed"),
        ("2025-06-06 12:00:00 just a message", "2025-06-06T03:00:00Z | just a message"),
        ("2025-06-06 12:00:00 Received ERROR from peer", "2025-06-06T03:00:00Z | Received ERROR from peer"),
        ("2025-06-06 12:00:00,123 my.module INFO hello", "2025-06-06T03:00:00.123Z INFO logger=my.module | hello"),
        ("2025/06/06 12:00:00 main.go:12: hello", "2025-06-06T03:00:00Z file=main.go line=12 | hello"),
        ("1749178800.5 [info] started", "2025-06-06T03:00:00.5Z INFO | started"),
        ("Jun 06, 2025 12:00:00 PM a.B start", "2025-06-06T03:00:00Z | a.B start"),
        ("2025-06-06 12:00:00 +0900 [7] [INFO] up", "2025-06-06T03:00:00Z INFO pid:7 | up"),
        ("[INFO] starting", "INFO | starting"),
        ("INFO:     Uvicorn running", "INFO | Uvicorn running"),
        ("myhost 2025-06-06T12:00:00Z WARN disk", "2025-06-06T12:00:00Z WARNING logger=myhost | disk"),
        (
            "E, [2025-06-06T12:00:00.123456 #99] ERROR -- app: broke",
            "2025-06-06T03:00:00.123456Z ERROR logger=app pid:99 header:'E,' | broke",
        ),
    ] {
        let records = read(line);
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].1, expected, "{line}");
    }
}

#[test]
fn what_fits_nothing_is_kept_whole() {
    for line in [
        "Deleting files older than 2025-06-06 12:00:00 now",
        "2025-13-06 12:00:00 month thirteen",
        "1749178800 is a number",
        "20260511",
        "{\"a\": 1",
        "plain words",
        "a=b",
        "오류가 발생했습니다",
    ] {
        one(Format::Text, line, &format!("| {line}"));
    }
}

#[test]
fn formats_may_change_from_line_to_line() {
    let input = "INFO:root:a\n{\"level\":\"info\",\"msg\":\"b\"}\n\nplain\nlevel=info msg=c x=1\r\n[2025-06-06 12:00:00] INFO     n               | d\n";
    let formats: Vec<_> = read(input).into_iter().map(|(format, _)| format).collect();
    let expected = [Format::PythonLogging, Format::Json, Format::Text, Format::Logfmt, Format::BongsuComponent];
    assert_eq!(formats, expected);
}

#[test]
fn a_traceback_belongs_to_the_line_before() {
    let input = "[2025-06-06 12:00:00] DEBUG    app             f                    L  7 | Full traceback for f: Traceback (most recent call last):\r\n  File \"a.py\", line 1, in f\r\n    raise ValueError()\r\nValueError: 값\r\n[2025-06-06 12:00:01] INFO     app             f                    L  8 | next\r\n";
    let records = read(input);
    assert_eq!(records.len(), 2);
    assert!(records[0].1.ends_with("last):⏎  File \"a.py\", line 1, in f⏎    raise ValueError()⏎ValueError: 값"));
}

#[test]
fn a_forced_format_leaves_the_rest_as_text() {
    let mut formats = Vec::new();
    let options = ParseOptions { format: Some(Format::Logfmt), ..options() };
    Parser::new(options).parse(b"level=info msg=a\n{\"msg\":\"b\"}\n", 0, true, &mut |parsed| {
        if let Parsed::Record { format, .. } = parsed {
            formats.push(format);
        }
    });
    assert_eq!(formats, [Format::Logfmt, Format::Text]);
}
