//! What the pages look like, in both languages, without colour.

use bongsu_insight::{
    Advice, DailyReport, ErrorRow, ErrorTally, Health, PerformanceRow, PerformanceTally, Rules, Window,
};
use bongsu_model::Timestamp;
use jiff::tz::TimeZone;

use super::*;
use crate::lang::Lang;
use crate::paint::Paint;
use crate::text::width;
use crate::words::Words;

const MINUTE: i64 = 60_000_000_000;

fn window() -> Window {
    let at: jiff::Timestamp = "2025-06-06T23:59:59Z".parse().unwrap();
    Window::new(Timestamp::from_jiff(at).unwrap(), 24).in_zone(TimeZone::UTC)
}

const MESSAGES: [(&str, &str); 4] = [
    (
        "api",
        "ERROR ConnectionError: TMDB에 연결할 수 없습니다 (attempt 3 of 3), host=api.example.org port=443 timeout=5s",
    ),
    ("api", "ERROR TimeoutError: no answer within 5 s"),
    ("batch", "ERROR ValidationError: 열 'title'이 비어 있습니다"),
    ("batch", "ERROR something that no rule knows"),
];

fn error_row(time: Timestamp, component: &'static str, line: &'static str) -> ErrorRow<'static> {
    let critical = line.starts_with("CRITICAL");
    ErrorRow {
        time: Some(time),
        level: Some(if critical { "CRITICAL" } else { "ERROR" }),
        severity: Some(if critical { 21 } else { 17 }),
        service: Some(component),
        logger: None,
        message: line.split_once(' ').map_or(line, |(_, message)| message),
        first_line: line,
        code_file: Some("pipeline.py"),
        code_line: Some(42),
        source: Some("logs/error/error.log"),
        offset: None,
    }
}

/// A day with errors that come in waves, two critical ones, and some slow operations.
fn sick(words: &Words) -> DailyReport {
    let (window, rules) = (window(), Rules::new(&[]).unwrap());
    let mut errors = ErrorTally::new(&window, &rules);
    for nth in 0..90_i64 {
        let (component, line) = MESSAGES[usize::try_from(nth * nth % 7 % 4).unwrap()];
        let back = (nth * 37 % 600) + if nth % 3 == 0 { 700 } else { 0 };
        errors.push(&error_row(window.at.plus_nanos(-back * MINUTE), component, line));
    }
    for back in [30, 400] {
        errors.push(&error_row(
            window.at.plus_nanos(-back * MINUTE),
            "batch",
            "CRITICAL 디스크 공간이 부족합니다: /data 98%",
        ));
    }
    let mut performance = PerformanceTally::new(&window);
    for nth in 0..60_i64 {
        let (service, operation) =
            [("api", "api_call"), ("batch", "data_processing"), ("database", "database_query")][(nth % 3) as usize];
        let duration = 0.05 + (nth * nth % 97) as f64 / 9.7;
        let time = Some(window.at.plus_nanos(-nth * 20 * MINUTE));
        performance.push(&PerformanceRow { time, service: Some(service), logger: None, operation, duration });
    }
    let advice = |one: &Advice| advice(one, words);
    DailyReport::of(&window, errors.finish(), performance.finish(), &advice)
}

fn well(words: &Words) -> DailyReport {
    let (window, rules) = (window(), Rules::new(&[]).unwrap());
    let errors = ErrorTally::new(&window, &rules).finish();
    let advice = |one: &Advice| advice(one, words);
    DailyReport::of(&window, errors, PerformanceTally::new(&window).finish(), &advice)
}

fn page(words: &Words) -> Page<'_> {
    Page { words, paint: Paint(false), width: 80 }
}

#[test]
fn the_daily_report_reads_well() {
    for lang in [Lang::En, Lang::Ko] {
        let words = Words::new(lang);
        insta::assert_snapshot!(format!("daily_{lang:?}"), daily(&page(&words), &sick(&words), &window()).join("\n"));
        insta::assert_snapshot!(
            format!("daily_well_{lang:?}"),
            daily(&page(&words), &well(&words), &window()).join("\n")
        );
    }
}

#[test]
fn the_single_pages_read_well() {
    let words = Words::new(Lang::En);
    let report = sick(&words);
    let (page, window) = (page(&words), window());
    insta::assert_snapshot!("health_En", health(&page, &report.health_report, &window).join("\n"));
    let errors = errors(&page, &report.error_analysis, &window);
    let performance = performance(&page, &report.performance_analysis, &window);
    assert!(errors[2].starts_with("errors 92 · critical 2"), "{}", errors[2]);
    assert!(performance[2].starts_with("operations 60 · slow "), "{}", performance[2]);
}

#[test]
fn every_page_fits_its_columns() {
    for lang in [Lang::En, Lang::Ko] {
        let words = Words::new(lang);
        let report = sick(&words);
        for columns in [60, 80, 110] {
            let page = Page { width: columns, ..page(&words) };
            let lines = daily(&page, &report, &window());
            let lines = lines.into_iter().chain(health(&page, &report.health_report, &window()));
            for line in lines {
                assert!(width(&line) <= columns, "{lang:?} {columns}: {line}");
            }
        }
    }
}

#[test]
fn a_week_has_no_more_columns_than_the_page() {
    let words = Words::new(Lang::En);
    let window = Window { hours: 24 * 7, ..window() };
    let report = sick(&words);
    for line in errors(&page(&words), &report.error_analysis, &window) {
        assert!(width(&line) <= 80, "{line}");
    }
}

#[test]
fn health_of_the_same_day_is_the_same_alone() {
    let words = Words::new(Lang::Ko);
    let report = sick(&words);
    let alone = Health::of(&window(), &report.error_analysis, &report.performance_analysis);
    assert_eq!(alone.report(&|one: &Advice| advice(one, &words)), report.health_report);
}
