//! The names of fields in reports are a contract: scripts read them.

use bongsu_insight::{
    Advice, DailyReport, ErrorRow, ErrorTally, PerformanceRow, PerformanceTally, Rules, Window, home_stats,
};
use bongsu_model::Timestamp;
use jiff::tz::TimeZone;

fn at(text: &str) -> Timestamp {
    Timestamp::from_jiff(text.parse().unwrap()).unwrap()
}

fn words(advice: &Advice) -> String {
    let args: Vec<_> = advice.args.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{} {}", advice.id, args.join(" "))
}

#[test]
fn a_daily_report() {
    let window = Window::new(at("2025-06-06T12:00:00Z"), 24).in_zone(TimeZone::get("Asia/Seoul").unwrap());
    let rules = Rules::new(&[]).unwrap();
    let mut errors = ErrorTally::new(&window, &rules);
    let error = ErrorRow {
        time: Some(at("2025-06-06T11:59:59.5Z")),
        level: Some("ERROR"),
        severity: Some(17),
        logger: Some("api"),
        message: "ConnectionError: 연결이 끊겼습니다",
        first_line: "[2025-06-06 20:59:59] ERROR    api             | ConnectionError: 연결이 끊겼습니다",
        ..ErrorRow::default()
    };
    errors.push(&error);
    errors.push(&ErrorRow {
        level: Some("CRITICAL"),
        severity: Some(21),
        message: "디스크가 가득 찼습니다",
        first_line: "[2025-06-06 20:59:59] CRITICAL store           | 디스크가 가득 찼습니다",
        logger: Some("store"),
        code_file: Some("store.py"),
        code_line: Some(12),
        ..error
    });
    let mut performance = PerformanceTally::new(&window);
    for duration in [1.0, 2.0, 12.0] {
        performance.push(&PerformanceRow {
            time: error.time,
            logger: Some("performance.api"),
            operation: "api_call",
            duration,
            ..PerformanceRow::default()
        });
    }
    let report = DailyReport::of(&window, errors.finish(), performance.finish(), &words);
    insta::assert_json_snapshot!(report);
}

#[test]
fn nothing_at_all() {
    let window = Window::new(at("2025-06-06T12:00:00Z"), 24).in_zone(TimeZone::UTC);
    let rules = Rules::new(&[]).unwrap();
    let report = DailyReport::of(
        &window,
        ErrorTally::new(&window, &rules).finish(),
        PerformanceTally::new(&window).finish(),
        &words,
    );
    insta::assert_json_snapshot!(report);
}

#[test]
fn files_of_a_log_home() {
    let home = tempfile::tempdir().unwrap();
    for folder in ["app", "error"] {
        std::fs::create_dir(home.path().join(folder)).unwrap();
    }
    std::fs::write(home.path().join("app/application.log"), "12345").unwrap();
    insta::assert_json_snapshot!(home_stats(home.path()).unwrap());
}
