//! Files become records, each exactly once.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use rustix::process::{Pid, Signal, geteuid, kill_process};
use serde_json::Value;

use crate::support::bin::{bongsu, count, ingest, number, sql, wait};
use crate::support::home;
use crate::support::random::Random;

/// JSON lines with the numbers of `range`.
pub(crate) fn lines(range: std::ops::Range<usize>) -> String {
    let line = |n| {
        format!(
            "{{\"time\":\"2025-06-06T12:00:00.{:06}Z\",\"level\":\"info\",\"message\":\"event {n}\",\"n\":{n}}}\n",
            n % 1_000_000
        )
    };
    range.map(line).collect()
}

fn append(path: &Path, text: &str) {
    OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// A folder with an empty `logs` in it, and the data directory beside.
fn place() -> (tempfile::TempDir, std::path::PathBuf, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    fs::create_dir(&logs).unwrap();
    let data = dir.path().join("data");
    (dir, logs, data)
}

#[test]
fn a_file_read_twice_adds_nothing_and_again_repeats_it() {
    let (_dir, logs, data) = place();
    let file = logs.join("app.log");
    fs::write(&file, lines(0..100)).unwrap();
    let first = ingest(&data, [&file]);
    assert_eq!((&first["accepted"], &first["refused"]), (&100.into(), &0.into()), "{first}");
    assert_eq!(first["bytes"], lines(0..100).len());
    assert_eq!(first["formats"]["json"], 100, "{first}");
    assert!(first["seconds"].as_f64().is_some_and(|seconds| seconds >= 0.0), "{first}");
    assert_eq!(ingest(&data, [&file])["accepted"], 0);
    assert_eq!(count(&data), 100);
    let again = bongsu(&data).json().args(["ingest", "--again"]).arg(&file).run().ok().document();
    assert_eq!(again["accepted"], 100);
    assert_eq!(count(&data), 200);
}

#[test]
fn a_grown_file_adds_its_new_lines_only() {
    let (_dir, logs, data) = place();
    let file = logs.join("app.log");
    for round in 0..5 {
        append(&file, &lines(round * 30..round * 30 + 30));
        assert_eq!(ingest(&data, [&file])["accepted"], 30, "round {round}");
    }
    assert_eq!(number(&data, "SELECT count(DISTINCT n) AS n FROM logs"), 150);
    assert_eq!(count(&data), 150);
}

#[test]
fn a_file_that_was_cut_and_written_anew_is_read_anew() {
    let (_dir, logs, data) = place();
    let file = logs.join("app.log");
    fs::write(&file, lines(0..50)).unwrap();
    ingest(&data, [&file]);
    fs::write(&file, lines(1_000..1_020)).unwrap();
    assert_eq!(ingest(&data, [&file])["accepted"], 20);
    assert_eq!(number(&data, "SELECT count(DISTINCT n) AS n FROM logs"), 70);
}

#[test]
fn rotated_and_compressed_files_are_known_by_what_is_in_them() {
    let (_dir, logs, data) = place();
    let file = logs.join("app.log");
    fs::write(&file, lines(0..40)).unwrap();
    ingest(&data, [&logs]);
    fs::rename(&file, logs.join("app.log.1")).unwrap();
    append(&logs.join("app.log.1"), &lines(40..45));
    fs::write(&file, lines(45..60)).unwrap();
    assert_eq!(ingest(&data, [&logs])["accepted"], 20);
    let old = fs::read(logs.join("app.log.1")).unwrap();
    fs::write(logs.join("app.log.1.gz"), gzip(&old)).unwrap();
    fs::remove_file(logs.join("app.log.1")).unwrap();
    assert_eq!(ingest(&data, [&logs])["accepted"], 0);
    assert_eq!(number(&data, "SELECT count(DISTINCT n) AS n FROM logs"), 60);
    assert_eq!(count(&data), 60);
}

#[test]
fn every_compression_is_read() {
    let (_dir, logs, data) = place();
    let part = |nth: usize| lines(nth * 10..nth * 10 + 10).into_bytes();
    fs::write(logs.join("a.log.gz"), [gzip(&part(0)), gzip(&part(1))].concat()).unwrap();
    fs::write(logs.join("b.log.zst"), zstd::encode_all(&part(2)[..], 1).unwrap()).unwrap();
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
    xz.write_all(&part(3)).unwrap();
    fs::write(logs.join("c.log.xz"), xz.finish().unwrap()).unwrap();
    let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bz.write_all(&part(4)).unwrap();
    fs::write(logs.join("d.log.bz2"), bz.finish().unwrap()).unwrap();
    let report = ingest(&data, [&logs]);
    assert_eq!((&report["accepted"], &report["refused"]), (&50.into(), &0.into()), "{report}");
    assert_eq!(number(&data, "SELECT count(DISTINCT n) AS n FROM logs"), 50);
}

#[test]
fn a_log_home_keeps_each_record_once() {
    let (dir, _, data) = place();
    let home = dir.path().join("home");
    let truth = home::write(&home, 1_200, &mut Random::for_test("log home"));
    let report = ingest(&data, [&home]);
    assert_eq!(report["refused"], 0, "{report}");
    assert_eq!(count(&data), truth.records);
    assert_eq!(ingest(&data, [&home])["accepted"], 0);
    let errors = number(&data, "SELECT count(*) AS n FROM logs WHERE severity >= 17");
    assert_eq!(errors as u64, truth.errors);
    let operations =
        number(&data, "SELECT count(*) AS n FROM logs WHERE operation IS NOT NULL AND duration IS NOT NULL");
    assert_eq!(operations as u64, truth.operations);
}

#[test]
fn standard_input_patterns_and_datasets() {
    let (_dir, logs, data) = place();
    let piped = bongsu(&data).json().args(["ingest", "--dataset", "web", "--service", "shop", "-"]).input(lines(0..7));
    assert_eq!(piped.run().ok().document()["accepted"], 7);
    assert_eq!(number(&data, "SELECT count(*) AS n FROM web WHERE service = 'shop'"), 7);
    fs::write(logs.join("one.log"), lines(0..3)).unwrap();
    fs::write(logs.join("two.txt"), lines(3..5)).unwrap();
    let pattern = logs.join("*.log").to_str().unwrap().to_owned();
    assert_eq!(ingest(&data, [pattern])["accepted"], 3);
}

#[test]
fn following_takes_what_is_appended_until_it_is_stopped() {
    let (_dir, logs, data) = place();
    let file = logs.join("app.log");
    fs::write(&file, lines(0..10)).unwrap();
    let mut child = bongsu(&data).json().args(["ingest", "--follow"]).arg(&file).spawn();
    let began = Instant::now();
    let rows = || bongsu(&data).json().args(["sql", "SELECT count(*) AS n FROM logs"]).run();
    let reached = |wanted: i64| loop {
        let ran = rows();
        if ran.code == Some(0) && ran.rows()[0]["n"] == wanted {
            break;
        }
        assert!(began.elapsed() < Duration::from_mins(1), "{wanted} rows did not come: {}", ran.told());
        std::thread::sleep(Duration::from_millis(50));
    };
    reached(10);
    append(&file, &lines(10..25));
    reached(25);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let code = wait(&mut child, Duration::from_secs(20), "ingest --follow");
    assert!(matches!(code, Some(0 | 130)), "{code:?}");
    assert_eq!(count(&data), 25);
}

#[test]
fn what_is_missing_is_an_error_that_names_it() {
    let (_dir, logs, data) = place();
    let ran = bongsu(&data).arg("ingest").arg(logs.join("nothing.log")).run().fails(1);
    assert!(ran.err.contains("nothing.log"), "{}", ran.told());
}

/// Ingests one file of strange content: it must end well, and every line must be a record or a refused one.
fn strange(data: &Path, file: &Path) -> Value {
    let report = bongsu(data).json().arg("ingest").arg(file).run().ok().document();
    let refused = bongsu(data).json().args(["refused", "--limit", "all"]).run().ok().rows();
    assert_eq!(refused.len() as u64, report["refused"].as_u64().unwrap(), "{report}");
    assert!(refused.iter().all(|line| line["reason"].as_str().is_some_and(|reason| !reason.is_empty())));
    report
}

#[test]
fn strange_content_is_kept_or_refused_with_a_reason() {
    let cases: [(&str, Vec<u8>, u64); 8] = [
        ("nul.log", b"before\nwith \0 nul\nafter\n".to_vec(), 3),
        ("utf8.log", b"good line\nbad \xff\xfe\x80 line\nEUC-KR \xb7\xce\xb1\xd7\n".to_vec(), 3),
        ("empty.log", Vec::new(), 0),
        ("blank.log", b"\n\n\r\n".to_vec(), 0),
        ("open.log", b"the last line has no end".to_vec(), 1),
        ("crlf.log", b"one\r\ntwo\r\n".to_vec(), 2),
        ("deep.json", format!("{}1{}\n", "{\"a\":".repeat(10_000), "}".repeat(10_000)).into_bytes(), 1),
        ("broken.json", b"{\"message\":\"good\"}\n{\"message\":\n{\"message\":\"good\"}\n".to_vec(), 3),
    ];
    let (_dir, logs, data) = place();
    for (nth, (name, bytes, lines)) in cases.into_iter().enumerate() {
        let (file, data) = (logs.join(name), data.join(nth.to_string()));
        fs::write(&file, bytes).unwrap();
        let report = strange(&data, &file);
        let taken = report["accepted"].as_u64().unwrap() + report["refused"].as_u64().unwrap();
        assert_eq!(taken, lines, "{name}: {report}");
    }
}

#[test]
fn why_something_was_refused_is_told_in_the_readers_language() {
    let (_dir, logs, data) = place();
    fs::write(logs.join("tool"), [&b"\x7fELF\x02\x01\x01"[..], &[0; 300]].concat()).unwrap();
    let long = "x".repeat(17 << 20);
    fs::write(logs.join("long.log"), format!("{long}\n")).unwrap();
    let packed = gzip(lines(0..20_000).as_bytes());
    fs::write(logs.join("torn.log.gz"), &packed[..packed.len() * 3 / 4]).unwrap();
    let korean = ["실행 파일(ELF)입니다", "한 줄의 최대 길이를 넘었습니다", "압축 파일이 잘렸거나 손상되었습니다"];
    let told = bongsu(&data).args(["--lang", "ko", "ingest"]).arg(&logs).run();
    assert!(told.text().contains(korean[0]), "{}", told.told());
    for (lang, words) in [
        ("ko", korean),
        ("en", ["a program (ELF)", "longer than the limit for one line", "the archive is torn or damaged"]),
    ] {
        let shown = bongsu(&data).args(["--lang", lang, "refused"]).run().ok();
        for word in words {
            assert!(shown.text().contains(word), "{word}: {}", shown.told());
        }
    }
    // What programs read is the same in every language.
    let again = bongsu(&data).json().args(["--lang", "ko", "ingest", "--again"]).arg(&logs).run().ok().document();
    let inputs = again["inputs_refused"].as_array().unwrap();
    let tool = inputs.iter().find(|input| input["path"].as_str().is_some_and(|path| path.ends_with("/tool"))).unwrap();
    assert_eq!((&tool["reason"], &tool["reason_id"]), (&"a program (ELF)".into(), &"refused-elf".into()), "{again}");
    let rows = bongsu(&data).json().args(["--lang", "ko", "refused"]).run().ok().rows();
    let of = |id: &str| rows.iter().find(|row| row["reason_id"] == id).map(|row| row["reason"].clone());
    assert_eq!(of("refused-elf").unwrap(), "a program (ELF)", "{rows:?}");
    assert!(of("refused-long-line").is_some() && of("refused-torn-archive").is_some(), "{rows:?}");
}

#[test]
fn files_of_a_log_home_that_hold_no_log_are_left_out_and_told() {
    let (_dir, logs, data) = place();
    for (name, text) in [
        ("app/app.log", "[2025-06-06 12:00:00] INFO     app             main                 L  1 | up\n"),
        ("error/error.log", ""),
        ("reports/daily.json", "{}\n"),
        (".marker", "x\n"),
    ] {
        fs::create_dir_all(logs.join(name).parent().unwrap()).unwrap();
        fs::write(logs.join(name), text).unwrap();
    }
    for (lang, words) in [
        ("en", "2 files of the log home hold no log lines (hidden, or in reports/, alerts/, config/)"),
        ("ko", "로그 홈에서 로그가 아닌 파일 2개는 제외했습니다(숨김 파일, reports/, alerts/, config/)"),
    ] {
        let told = bongsu(&data).args(["--lang", lang, "ingest"]).arg(&logs).run().ok();
        assert!(told.text().lines().any(|line| line == words), "{}", told.told());
    }
    let document = bongsu(&data).json().arg("ingest").arg(&logs).run().ok().document();
    assert_eq!(document["left_out"], 2);
}

#[test]
fn the_data_directory_is_no_log_of_its_own() {
    let (dir, logs, data) = place();
    fs::write(logs.join("app.log"), lines(0..10)).unwrap();
    for (lang, words) in
        [("en", "the data directory itself was left out"), ("ko", "데이터 디렉터리 자체는 제외했습니다")]
    {
        let told = bongsu(&data).dir(dir.path()).args(["--lang", lang, "ingest", "."]).run().ok();
        assert!(told.text().lines().any(|line| line == words), "{}", told.told());
        assert_eq!(count(&data), 10);
    }
    let named = bongsu(&data).json().arg("ingest").arg(&data).run().ok().document();
    assert_eq!((&named["accepted"], &named["without_data"]), (&0.into(), &true.into()), "{named}");
    let year = bongsu(&data).args(["--lang", "ko", "ingest", "--year", "12"]).arg(&logs).run().fails(2);
    assert!(year.err.contains("1678년에서 2261년 사이의 연도가 아닙니다"), "{}", year.told());
}

#[test]
fn a_hundred_thousand_keys_make_one_record_that_can_be_found() {
    let (_dir, logs, data) = place();
    let keys: Vec<String> = (0..100_000).map(|n| format!("\"key{n}\":{n}")).collect();
    let file = logs.join("wide.json");
    fs::write(&file, format!("{{\"message\":\"wide\",{}}}\n", keys.join(","))).unwrap();
    assert_eq!(strange(&data, &file)["accepted"], 1);
    let rows = bongsu(&data).json().args(["search", "wide"]).run().ok().rows();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["key7"], 7);
}

#[test]
fn a_line_of_sixteen_mebibytes_is_one_record_or_one_refusal() {
    let (_dir, logs, data) = place();
    let file = logs.join("long.log");
    fs::write(&file, format!("before\n{}\nafter\n", "x".repeat(16 << 20))).unwrap();
    let report = strange(&data, &file);
    assert_eq!(report["accepted"].as_u64().unwrap() + report["refused"].as_u64().unwrap(), 3, "{report}");
    assert!(report["accepted"].as_u64().unwrap() >= 2, "{report}");
}

#[test]
fn binary_files_are_not_dropped_in_silence() {
    let (_dir, logs, data) = place();
    let mut random = Random::for_test("binary");
    let noise: Vec<u8> = (0..200_000).map(|_| random.next() as u8).collect();
    let file = logs.join("noise.bin");
    fs::write(&file, noise).unwrap();
    let ran = bongsu(&data).json().arg("ingest").arg(&file).run();
    let told = ran.told();
    let refused = bongsu(&data).json().args(["refused", "--limit", "all"]).run().ok().rows().len();
    let kept = if data.join("tables/logs").exists() { count(&data) } else { 0 };
    assert!(refused > 0 || kept > 0 || ran.code == Some(1), "{told}");
}

#[test]
fn what_is_no_file_does_not_stop_the_rest() {
    let (_dir, logs, data) = place();
    fs::create_dir_all(logs.join("empty")).unwrap();
    fs::write(logs.join("good.log"), lines(0..5)).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(logs.join("pipe.log")).status();
    assert!(fifo.is_ok_and(|status| status.success()));
    std::os::unix::fs::symlink(logs.join("nowhere"), logs.join("dangling.log")).unwrap();
    std::os::unix::fs::symlink(&logs, logs.join("circle")).unwrap();
    let ran = bongsu(&data).json().arg("ingest").arg(&logs).run();
    assert!(matches!(ran.code, Some(0 | 1)), "{}", ran.told());
    assert_eq!(ran.document()["accepted"], 5, "{}", ran.told());
    assert_eq!(count(&data), 5);
}

#[test]
fn a_file_that_may_not_be_read_is_told() {
    if geteuid().is_root() {
        eprintln!("skipped: root may read every file");
        return;
    }
    let (_dir, logs, data) = place();
    fs::write(logs.join("good.log"), lines(0..5)).unwrap();
    let secret = logs.join("secret.log");
    fs::write(&secret, lines(5..9)).unwrap();
    fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o000)).unwrap();
    let ran = bongsu(&data).json().arg("ingest").arg(&logs).run();
    assert!(ran.err.contains("secret.log"), "{}", ran.told());
    assert_eq!(count(&data), 5);
}

#[test]
fn real_logs_are_taken_whole() {
    let Ok(folder) = std::env::var("BONGSU_LOGHUB") else {
        eprintln!("skipped: BONGSU_LOGHUB does not name a folder");
        return;
    };
    let mut systems = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let (path, name) = {
            let entry = entry.unwrap();
            (entry.path(), entry.file_name().into_string().unwrap())
        };
        let truth = path.join(format!("{name}_2k.log_structured.csv"));
        let Ok(truth) = fs::read_to_string(&truth) else { continue };
        let records = truth.lines().count() - 1;
        let dir = tempfile::tempdir().unwrap();
        let report = ingest(dir.path(), [path.join(format!("{name}_2k.log"))]);
        assert_eq!(report["accepted"], records, "{name}: {report}");
        assert_eq!(report["refused"], 0, "{name}: {report}");
        let rows = sql(dir.path(), "SELECT count(*) AS n, count(level) AS levels FROM logs");
        eprintln!("{name}: {}", rows[0]);
        systems += 1;
    }
    assert_eq!(systems, 8);
}
