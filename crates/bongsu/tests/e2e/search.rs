//! The search language, the time ranges and the forms of rows, as a user meets them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::support::bin::{Ran, bongsu, ingest, sql};

const RECORDS: &str = r#"{"time":"2025-06-01T00:00:00.000000001Z","level":"INFO","service":"web","message":"GET /movies 200","status":200,"duration_ms":12.5,"user":{"name":"kim"},"n":1}
{"time":"2025-06-01T12:00:00Z","level":"WARNING","service":"web","message":"slow answer for /movies","status":200,"n":2}
{"time":"2025-06-02T00:00:00Z","level":"ERROR","service":"db","message":"connection reset by peer","status":500,"n":3}
{"time":"2025-06-02T09:30:00.123456789Z","level":"ERROR","service":"db","message":"데이터베이스 연결 오류가 발생했습니다","n":4}
{"time":"2025-06-03T00:00:00Z","level":"CRITICAL","service":"worker-7","message":"peer reset the connection, \"giving up\"","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","n":5}
{"time":"2025-06-04T00:00:00Z","level":"DEBUG","service":"worker-8","message":"tick","n":6}
"#;

fn store() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("app.json");
    fs::write(&file, RECORDS).unwrap();
    let data = dir.path().join("data");
    assert_eq!(ingest(&data, [&file])["accepted"], 6);
    (dir, data)
}

fn search(data: &Path, args: &[&str]) -> Ran {
    bongsu(data).json().arg("search").args(args).run()
}

/// The numbers of the records that a search finds, in the order they came.
#[track_caller]
fn found(data: &Path, args: &[&str]) -> Vec<i64> {
    search(data, args).ok().rows().iter().map(|row| row["n"].as_i64().unwrap()).collect()
}

#[test]
fn the_language_finds_what_it_says() {
    let (_dir, data) = store();
    for (query, wanted) in [
        ("", &[6, 5, 4, 3, 2, 1][..]),
        ("*", &[6, 5, 4, 3, 2, 1]),
        ("reset", &[5, 3]),
        ("RESET", &[5, 3]),
        ("\"connection reset\"", &[3]),
        ("connection reset", &[5, 3]),
        ("오류", &[4]),
        ("연결 오류", &[4]),
        ("level:error", &[4, 3]),
        ("level:(warning OR critical)", &[5, 2]),
        ("service:worker-*", &[6, 5]),
        ("service:worker-?", &[6, 5]),
        ("NOT service:web", &[6, 5, 4, 3]),
        ("service:web AND NOT slow", &[1]),
        ("(slow OR tick) AND status:200", &[2]),
        ("status:>=500", &[3]),
        ("status:[200 TO 499]", &[2, 1]),
        ("duration_ms:>12", &[1]),
        ("status:*", &[3, 2, 1]),
        ("NOT status:*", &[6, 5, 4]),
        ("user.name:kim", &[1]),
        ("/mov.es/", &[2, 1]),
        ("message:/^GET .*200$/", &[1]),
        ("trace_id:4bf92f3577b34da6a3ce929d0e0e4736", &[5]),
        ("nothing_like_it", &[]),
    ] {
        assert_eq!(found(&data, &[query]), wanted, "{query}");
    }
}

#[test]
fn a_term_is_a_word_and_not_a_piece_of_one() {
    let (_dir, data) = store();
    assert_eq!(found(&data, &["connect"]), Vec::<i64>::new());
    assert_eq!(found(&data, &["connect*"]), [5, 3]);
}

#[test]
fn time_ranges_hold_both_ends() {
    let (_dir, data) = store();
    for (args, wanted) in [
        (&["--since", "2025-06-01"][..], &[6, 5, 4, 3, 2, 1][..]),
        (&["--since", "2025-06-02", "--until", "2025-06-02"], &[4, 3]),
        (&["--since", "2025-06-01..06-02"], &[4, 3, 2, 1]),
        (&["--since", "2025-06-02T00:00:00Z", "--until", "2025-06-03T00:00:00Z"], &[5, 4, 3]),
        (&["--since", "all", "--limit", "2"], &[6, 5]),
        (&["--since", "15m"], &[]),
        (&["--since", "어제"], &[]),
    ] {
        assert_eq!(found(&data, &[&["*"], args].concat()), wanted, "{args:?}");
    }
}

#[test]
fn rows_as_json_have_the_contract_names_and_nine_digits() {
    let (_dir, data) = store();
    let rows = search(&data, &["n:4"]).ok().rows();
    let row = rows[0].as_object().unwrap();
    assert_eq!(row["time"], "2025-06-02T09:30:00.123456789Z");
    assert_eq!(row["level"], "ERROR");
    assert_eq!(row["severity"], 17);
    assert_eq!(row["service"], "db");
    assert_eq!(row["message"], "데이터베이스 연결 오류가 발생했습니다");
    assert!(row.contains_key("_id") && row.contains_key("observed_time"), "{row:?}");
    assert!(!row.contains_key("time_ns") && !row.contains_key("status"), "{row:?}");
    let first = search(&data, &["n:1"]).ok().rows();
    assert_eq!(first[0]["time"], "2025-06-01T00:00:00.000000001Z");
    assert_eq!(first[0]["user.name"], "kim");
    assert_eq!(first[0]["duration_ms"], 12.5);
}

#[test]
fn csv_has_a_head_and_quotes_what_it_must() {
    let (_dir, data) = store();
    let ran = bongsu(&data)
        .args(["--output-format", "csv", "sql", "SELECT n, message, status FROM logs WHERE n IN (3, 5) ORDER BY n"])
        .run()
        .ok();
    let wanted =
        "n,message,status\n3,connection reset by peer,500\n5,\"peer reset the connection, \"\"giving up\"\"\",\n";
    assert_eq!(ran.text().replace("\r\n", "\n"), wanted);
}

#[test]
fn sql_answers_and_lists_its_tables() {
    let (_dir, data) = store();
    let levels = sql(&data, "SELECT level, count(*) AS n FROM logs GROUP BY level ORDER BY n DESC, level LIMIT 2");
    assert_eq!(levels, [serde_json::json!({"level":"ERROR","n":2}), serde_json::json!({"level":"CRITICAL","n":1})]);
    let tables = sql(&data, "SHOW TABLES");
    assert_eq!(tables, [serde_json::json!({"table_name":"logs"}), serde_json::json!({"table_name":"templates"})]);
}

/// What a wrong question says in a language.
fn told(data: &Path, lang: &str, question: [&str; 2]) -> String {
    bongsu(data).args(["--lang", lang]).args(question).run().fails(1).err
}

#[test]
fn a_wrong_unit_is_told_where_it_stands_with_those_there_are_in_both_languages() {
    let (_dir, data) = store();
    let question = ["search", "level:error duration_ms>2parsec"];
    assert_eq!(
        told(&data, "en", question),
        "error: at character 26: found `parsec`, expected a unit that is known behind `2`
  level:error duration_ms>2parsec
                           ^^^^^^
hint: units of time: ns, us, ms, s, m, h, d, w; of size: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB
"
    );
    assert_eq!(
        told(&data, "ko", question),
        "오류: 검색식의 26번째 글자에 있는 값을 사용할 수 없습니다. 필요한 내용: `2` 뒤에 쓸 수 있는 단위, 실제 내용: `parsec`
  level:error duration_ms>2parsec
                           ^^^^^^
해결: 시간 단위: ns, us, ms, s, m, h, d, w, 초, 분, 시간, 일, 주. 용량 단위: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB
"
    );
    assert_eq!(found(&data, &["service>2parsec"]), [6, 5, 4, 3, 2, 1]);
    assert_eq!(found(&data, &["duration_ms>2s"]), [1]);
    let nothing = bongsu(&data).args(["search", "status:5xx"]).run().ok();
    assert!(nothing.err.contains("`status` holds numbers, and `5xx` is none"), "{}", nothing.told());
    let nothing = bongsu(&data).args(["--lang", "ko", "search", "status:5xx"]).run().ok();
    assert!(nothing.err.contains("`status` 필드의 값은 숫자인데"), "{}", nothing.told());
}

#[test]
fn wrong_values_say_what_was_expected_in_both_languages() {
    let (_dir, data) = store();
    for (query, english, korean) in [
        ("time>soon", "a time (`soon` is no date", "시각(`soon`은(는) 날짜로 읽을 수 없습니다)"),
        ("level>loud", "TRACE, DEBUG, INFO, WARNING, ERROR or CRITICAL", "레벨과 비교하십시오"),
        ("/a(b/", "a regular expression (unclosed group)", "올바른 정규식(`(`가 닫히지 않았습니다)"),
        ("n>many", "expected a number", "필요한 내용: 숫자"),
    ] {
        for (lang, wanted) in [("en", english), ("ko", korean)] {
            let told = told(&data, lang, ["search", query]);
            assert!(told.contains(wanted) && told.contains('^'), "{query}: {told}");
        }
    }
}

#[test]
fn wrong_sql_is_told_in_both_languages() {
    let (_dir, data) = store();
    for (question, english, korean) in [
        (
            "SELECT mesage FROM logs",
            "error: there is no column `mesage`\nhint: did you mean `message`?\n",
            "오류: `mesage` 열이 없습니다\n해결: 비슷한 이름: `message`\n",
        ),
        (
            "SELECT * FORM logs",
            "error: at character 10 of the SQL: found `FORM`, expected the end of the statement
  SELECT * FORM logs
           ^^^^
hint: names with signs or capitals stand in double quotes, texts in single quotes
",
            "오류: SQL의 10번째 글자를 해석할 수 없습니다. 필요한 내용: SQL 문의 끝, 실제 내용: `FORM`
  SELECT * FORM logs
           ^^^^
해결: 기호나 대문자가 들어간 이름은 큰따옴표로, 문자열은 작은따옴표로 감싸십시오
",
        ),
        (
            "SELECT lenth(message) FROM logs",
            "error: there is no function `lenth`\nhint: did you mean `length`?\n",
            "오류: `lenth` 함수가 없습니다\n해결: 비슷한 이름: `length`\n",
        ),
        (
            "SELECT count(*) FROM logs WHERE level = \"CRITICAL\"",
            "error: there is no column `CRITICAL`\nhint: did you mean `'CRITICAL'`?\n",
            "오류: `CRITICAL` 열이 없습니다\n해결: 비슷한 이름: `'CRITICAL'`\n",
        ),
        (
            "SELECT count(*) FROM logs WHERE time > 'yesterday'",
            "error: `yesterday` is not a time in SQL\nhint: write '2025-06-01', '2025-06-01T12:00:00Z' or now() - INTERVAL '1 hour'\n",
            "오류: `yesterday`은(는) SQL의 시각이 아닙니다\n해결: '2025-06-01', '2025-06-01T12:00:00Z' 또는 now() - INTERVAL '1 hour'처럼 쓰십시오\n",
        ),
        (
            "SELECT * FROM lgos",
            "error: there is no dataset `lgos`\nhint: did you mean `logs`?\n",
            "오류: `lgos` 데이터셋이 없습니다\n해결: 비슷한 이름: `logs`\n",
        ),
    ] {
        assert_eq!(told(&data, "en", ["sql", question]), english);
        assert_eq!(told(&data, "ko", ["sql", question]), korean);
    }
}

#[test]
fn a_hundred_rows_unless_said_otherwise() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let input = crate::ingest::lines(0..250);
    bongsu(&data).args(["ingest", "-"]).input(input).run().ok();
    assert_eq!(search(&data, &["event"]).ok().rows().len(), 100);
    assert_eq!(search(&data, &["event", "--limit", "7"]).ok().rows().len(), 7);
    assert_eq!(search(&data, &["event", "--limit", "all"]).ok().rows().len(), 250);
    assert_eq!(search(&data, &["event", "--limit", "0"]).ok().rows().len(), 0);
}

#[test]
fn records_around_a_hit() {
    let (_dir, data) = store();
    assert_eq!(found(&data, &["n:3", "--context", "1"]), [4, 3, 2]);
}

#[test]
fn exit_codes_are_honest() {
    let (_dir, data) = store();
    let code = |args: &[&str]| search(&data, args).code;
    assert_eq!(code(&["reset"]), Some(0));
    assert_eq!(code(&["nothing_like_it"]), Some(0));
    assert_eq!(code(&["nothing_like_it", "--fail"]), Some(3));
    assert_eq!(code(&["reset", "--fail"]), Some(0));
    assert_eq!(code(&["reset", "--limit", "many"]), Some(2));
    assert_eq!(code(&["reset", "--no-such-option"]), Some(2));
    search(&data, &["x", "--dataset", "nowhere"]).fails(1);
    search(&data, &["x", "--since", "the day after never"]).fails(1);
    bongsu(&data).args(["sql", "SELECT nothing FROM nowhere"]).run().fails(1);
    bongsu(&data).args(["sql", "DROP TABLE logs"]).run().fails(1);
    assert_eq!(found(&data, &["*"]).len(), 6);
}

#[test]
fn a_wrong_query_says_where_and_what_was_meant() {
    let (_dir, data) = store();
    let open = search(&data, &["level:error AND (timeout"]).fails(1);
    assert!(open.err.contains('^') || open.err.contains("24") || open.err.contains("17"), "{}", open.told());
    let table = bongsu(&data).args(["sql", "SELECT * FROM log"]).run().fails(1);
    assert!(table.err.contains("logs"), "{}", table.told());
    let column = bongsu(&data).args(["sql", "SELECT mesage FROM logs"]).run().fails(1);
    assert!(column.err.contains("message"), "{}", column.told());
    let field = search(&data, &["lvel:error"]).ok();
    assert!(field.err.contains("level"), "{}", field.told());
}

#[test]
fn standard_output_is_rows_and_nothing_else() {
    let (dir, data) = store();
    for args in [
        &["search", "reset"][..],
        &["search", "nothing_like_it"],
        &["search", "lvel:error"],
        &["sql", "SELECT * FROM logs"],
        &["refused"],
    ] {
        let ran = bongsu(&data).json().args(args).run().ok();
        ran.rows();
    }
    for args in
        [&["stats"][..], &["check"], &["analyze", "health"], &["analyze", "errors"], &["analyze", "performance"]]
    {
        let ran = bongsu(&data).json().args(args).run().ok();
        assert!(matches!(ran.document(), Value::Object(_) | Value::Array(_)), "{}", ran.told());
    }
    let file = dir.path().join("app.json");
    assert_eq!(ingest(&data, [&file])["accepted"], 0);
}

#[test]
fn records_of_every_time_are_kept_and_found() {
    let dir = tempfile::tempdir().unwrap();
    let tomorrow = SystemTime::now() + Duration::from_hours(24);
    let tomorrow = tomorrow.duration_since(UNIX_EPOCH).unwrap().as_secs();
    let records = format!(
        "{{\"time\":\"1677-09-22T00:00:00Z\",\"message\":\"first\"}}\n\
         {{\"time\":\"1970-01-01T00:00:00Z\",\"message\":\"epoch\"}}\n\
         {{\"time\":{tomorrow},\"message\":\"tomorrow\"}}\n\
         {{\"time\":\"2262-04-11T23:47:16.854775807Z\",\"message\":\"last\"}}\n"
    );
    bongsu(dir.path()).args(["ingest", "-"]).input(records).run().ok();
    let messages = |args: &[&str]| -> Vec<Value> {
        let found = bongsu(dir.path()).json().args(["search", "*"]).args(args).run().ok();
        found.rows().iter().map(|row| row["message"].clone()).collect()
    };
    assert_eq!(messages(&[]), ["last", "tomorrow", "epoch", "first"]);
    assert_eq!(messages(&["--since", "2262-01-01"]), ["last"]);
    assert_eq!(messages(&["--until", "1970-01-01"]), ["epoch", "first"]);
    assert_eq!(messages(&["--since", "1970-01-01", "--until", "2262-01-01"]), ["tomorrow", "epoch"]);
    assert_eq!(messages(&["--since", "24h"]), ["last", "tomorrow"]);
    bongsu(dir.path()).args(["check", "--deep"]).run().ok();
}
