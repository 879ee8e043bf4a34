//! The store and the folder give the same findings, and they are right.

use std::path::Path;

use serde_json::Value;

use crate::support::bin::{Ran, bare, bongsu, count, ingest};
use crate::support::home::{self, DAY, Truth};
use crate::support::random::Random;

const KINDS: [&str; 4] = ["errors", "performance", "health", "daily"];

fn analyze(data: &Path, kind: &str, more: &[&str]) -> Ran {
    bongsu(data).json().args(["analyze", kind, "--at", DAY]).args(more).run().ok()
}

fn written(records: u64) -> (tempfile::TempDir, std::path::PathBuf, Truth) {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("logs");
    let truth = home::write(&home, records, &mut Random::for_test("log home"));
    (dir, home, truth)
}

/// Fails with the first place where two documents differ.
fn agree(place: &str, store: &Value, folder: &Value) {
    match (store, folder) {
        (Value::Object(store), Value::Object(folder)) => {
            assert_eq!(store.keys().collect::<Vec<_>>(), folder.keys().collect::<Vec<_>>(), "{place}");
            store.iter().for_each(|(key, value)| agree(&format!("{place}.{key}"), value, &folder[key]));
        }
        (Value::Array(store), Value::Array(folder)) if store.len() == folder.len() => {
            store.iter().zip(folder).enumerate().for_each(|(at, (a, b))| agree(&format!("{place}[{at}]"), a, b));
        }
        _ => assert_eq!(store, folder, "{place}"),
    }
}

#[test]
fn store_and_folder_agree() {
    let (dir, home, truth) = written(3_000);
    let data = dir.path().join("data");
    let report = ingest(&data, [&home]);
    assert_eq!(report["refused"], 0, "{report}");
    assert_eq!(count(&data), truth.records);
    let logs = home.to_str().unwrap();
    for kind in KINDS {
        let store = analyze(&data, kind, &[]).document();
        let folder = analyze(&dir.path().join("none"), kind, &["--logs", logs]).document();
        agree(kind, &store, &folder);
    }
}

#[test]
fn what_of_a_folder_cannot_be_read_is_told() {
    let (dir, home, truth) = written(500);
    std::fs::write(home.join("error/core"), [&b"\x7fELF\x02\x01\x01"[..], &[0; 300]].concat()).unwrap();
    let logs = ["--logs", home.to_str().unwrap()];
    for (lang, words) in [("en", "1 input refused"), ("ko", "입력 1개를 읽지 못했습니다")] {
        let told = analyze(&dir.path().join("none"), "errors", &[&["--lang", lang][..], &logs].concat());
        assert!(told.err.contains(words) && told.err.contains("error/core"), "{}", told.told());
        assert_eq!(told.document()["total_errors"], truth.errors);
    }
}

#[test]
fn hours_without_a_record_are_told_with_the_newest_one() {
    let (dir, home, _) = written(200);
    let data = dir.path().join("data");
    ingest(&data, [&home]);
    for kind in KINDS {
        for (lang, words) in
            [("en", "no record of `logs` lies in these hours"), ("ko", "이 기간에는 `logs` 데이터셋의 로그가 없습니다")]
        {
            let ran = bongsu(&data).args(["--lang", lang, "analyze", kind]).run().ok();
            assert!(ran.err.contains(words) && ran.err.contains("--at 2025-06-06"), "{}", ran.told());
        }
        let then = bongsu(&data).args(["analyze", kind, "--at", DAY]).run().ok();
        assert!(!then.err.contains("--at"), "{}", then.told());
    }
}

#[test]
fn findings_are_what_was_written() {
    let (dir, home, truth) = written(2_000);
    let none = dir.path().join("none");
    let logs = ["--logs", home.to_str().unwrap()];
    let errors = analyze(&none, "errors", &logs).document();
    assert_eq!(errors["analysis_period"], "Last 24 hours");
    assert_eq!(errors["total_errors"], truth.errors);
    let types: std::collections::BTreeMap<String, u64> = serde_json::from_value(errors["error_types"].clone()).unwrap();
    assert_eq!(types, truth.types);
    let by_hour: u64 =
        errors["error_timeline"].as_array().unwrap().iter().map(|hour| hour["count"].as_u64().unwrap()).sum();
    assert_eq!(by_hour, truth.errors);
    let listed = errors["critical_errors"].as_array().unwrap().len() as u64;
    assert_eq!(listed, truth.critical.min(10));
    let performance = analyze(&none, "performance", &logs).document();
    assert_eq!(performance["total_operations"], truth.operations);
    assert_eq!(performance["slow_operations"].as_array().unwrap().len() as u64, truth.slow.min(20));
    let health = analyze(&none, "health", &logs).document();
    assert_eq!(health["error_summary"]["total_errors"], truth.errors);
    assert_eq!(health["performance_summary"]["slow_operations"], truth.slow);
    assert_eq!(health["health_score"], expected_score(&truth));
    let daily = analyze(&none, "daily", &logs).document();
    assert_eq!(daily["report_date"], DAY);
    for (part, alone) in
        [("error_analysis", &errors), ("performance_analysis", &performance), ("health_report", &health)]
    {
        assert_eq!(daily[part]["analysis_period"], alone["analysis_period"]);
        assert!(daily[part].is_object(), "{part}");
    }
}

fn expected_score(truth: &Truth) -> i64 {
    let step = |count: u64, steps: &[(u64, i64)]| {
        steps.iter().find(|(more_than, _)| count > *more_than).map_or(0, |(_, points)| *points)
    };
    100 - step(truth.errors, &[(100, 40), (50, 25), (20, 10)])
        - step(truth.critical, &[(5, 30), (0, 15)])
        - step(truth.slow, &[(20, 30), (10, 15)])
}

/// A home with `errors` ERROR lines and `critical` more, all at noon.
fn home_of(dir: &Path, errors: usize, critical: usize) -> Value {
    let home = dir.join(format!("home-{errors}-{critical}"));
    std::fs::create_dir_all(home.join("app")).unwrap();
    std::fs::create_dir_all(home.join("error")).unwrap();
    let line =
        |level: &str, n: usize| format!("[{DAY} 12:00:00] {level:<8} {:<15} {:<20} L  1 | no {n}\n", "app", "main");
    let lines: String =
        (0..errors).map(|n| line("ERROR", n)).chain((0..critical).map(|n| line("CRITICAL", n + errors))).collect();
    std::fs::write(home.join("app/application.log"), &lines).unwrap();
    std::fs::write(home.join("error/error.log"), &lines).unwrap();
    analyze(&dir.join("none"), "health", &["--logs", home.to_str().unwrap()]).document()
}

#[test]
fn scores_change_at_their_edges_and_not_before() {
    let dir = tempfile::tempdir().unwrap();
    for (errors, critical, score, grade) in [
        (20, 0, 100, "Excellent"),
        (21, 0, 90, "Excellent"),
        (50, 0, 90, "Excellent"),
        (51, 0, 75, "Fair"),
        (100, 0, 75, "Fair"),
        (101, 0, 60, "Poor"),
        (0, 1, 85, "Good"),
        (0, 5, 85, "Good"),
        (0, 6, 70, "Fair"),
    ] {
        let health = home_of(dir.path(), errors, critical);
        assert_eq!(health["health_score"], score, "{errors} errors, {critical} critical: {health}");
        assert!(health["grade"].as_str().unwrap().contains(grade), "{health}");
    }
}

#[test]
fn both_ends_of_the_window_are_in() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("home");
    std::fs::create_dir_all(home.join("app")).unwrap();
    std::fs::create_dir_all(home.join("error")).unwrap();
    let line = |time: &str| format!("[2025-06-06 {time}] ERROR    {:<15} {:<20} L  1 | at {time}\n", "app", "main");
    let lines: String = ["09:59:59", "10:00:00", "11:00:00", "12:00:00", "12:00:01"].map(line).concat();
    std::fs::write(home.join("error/error.log"), lines).unwrap();
    let errors = bare()
        .json()
        .args(["analyze", "errors", "--hours", "2", "--at", "2025-06-06T12:00:00", "--logs"])
        .arg(&home)
        .run()
        .ok()
        .document();
    assert_eq!(errors["total_errors"], 3, "{errors}");
    assert_eq!(errors["analysis_period"], "Last 2 hours");
}

#[test]
fn an_empty_folder_is_healthy() {
    let dir = tempfile::tempdir().unwrap();
    let logs = ["--logs", dir.path().to_str().unwrap()];
    let health = analyze(&dir.path().join("none"), "health", &logs).document();
    assert_eq!(health["health_score"], 100);
    assert_eq!(health["performance_summary"]["slowest_component"], "none");
    assert_eq!(analyze(&dir.path().join("none"), "errors", &logs).document()["total_errors"], 0);
}

#[test]
fn reports_are_written_where_they_are_wanted_and_in_both_languages() {
    let (dir, home, truth) = written(500);
    let file = dir.path().join("out.json");
    let shown =
        bare().args(["analyze", "daily", "--at", DAY, "--lang", "ko", "--output"]).arg(&file).arg("--logs").arg(&home);
    let korean = shown.run().ok();
    assert!(korean.text().chars().any(|c| ('가'..='힣').contains(&c)), "{}", korean.told());
    let kept: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(kept["error_analysis"]["total_errors"], truth.errors);
    bare().args(["report", "--at", DAY, "--logs"]).arg(&home).run().ok();
    let report = home.join("reports/daily_log_report_20250606.json");
    let report: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    assert_eq!(report["error_analysis"]["total_errors"], truth.errors);
}

#[test]
fn unhealthy_is_an_exit_code_where_asked() {
    let (dir, home, _) = written(2_000);
    let ask = |more: &[&str]| {
        let asked = bongsu(&dir.path().join("none")).args(["analyze", "health", "--at", DAY, "--logs"]).arg(&home);
        asked.args(more).run().code
    };
    assert_eq!(ask(&[]), Some(0));
    assert_eq!(ask(&["--fail"]), Some(3));
}
