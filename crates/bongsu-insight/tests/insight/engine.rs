//! The engine is asked for the rows that the analysis counts, no fewer.

use std::sync::Arc;

use bongsu_insight::{Advice, InsightError, PlainFiles, Rules, Window, daily, errors, health, performance};
use bongsu_model::{BatchBuilder, Dataset, Level, Record, Timestamp};
use bongsu_query::{Engine, Limits};
use bongsu_store::MemoryTables;

const HOUR: i64 = 3_600_000_000_000;
const AT: i64 = 500_000 * HOUR;
const ARRIVED: i64 = AT + 48 * HOUR;

fn window() -> Window {
    Window::new(Timestamp::from_nanos(AT), 24).in_zone(jiff::tz::TimeZone::UTC)
}

fn engine(records: &[Record<'_>]) -> Engine {
    let tables = MemoryTables::new();
    if !records.is_empty() {
        let mut rows = BatchBuilder::new();
        for record in records {
            rows.push(record, Timestamp::from_nanos(ARRIVED));
        }
        tables.add(&Dataset::default(), &rows.finish().unwrap()).unwrap();
    }
    Engine::new(Arc::new(tables), Limits::default()).unwrap()
}

fn at(nanos: i64) -> Timestamp {
    Timestamp::from_nanos(nanos)
}

async fn total(records: &[Record<'_>]) -> u64 {
    let rules = Rules::new(&[]).unwrap();
    let found = errors(&engine(records), &Dataset::default(), &window(), &rules, &PlainFiles).await;
    found.unwrap().total_errors
}

#[tokio::test]
async fn both_ends_of_the_window_to_the_nanosecond() {
    let error = |nanos| Record { time: Some(at(nanos)), level: Some(Level::Error), ..Record::default() };
    let day = 24 * HOUR;
    assert_eq!(total(&[error(AT), error(AT - day), error(AT - 1)]).await, 3);
    assert_eq!(total(&[error(AT + 1), error(AT - day - 1), error(AT + 1_000), error(AT - day - 1_000)]).await, 0);
}

#[tokio::test]
async fn severity_decides_and_without_one_the_folder() {
    let record = |level, source: &'static str| Record {
        time: Some(at(AT)),
        level,
        source: Some(source.into()),
        message: "x".into(),
        ..Record::default()
    };
    let counted = [
        record(Some(Level::Critical), "/srv/logs/app/a.log"),
        record(None, "/srv/logs/error/error.log.1.gz"),
        record(Some(Level::Custom("AUDIT".into())), "error/error.log"),
    ];
    assert_eq!(total(&counted).await, 3);
    let not_counted = [
        record(Some(Level::Warning), "/srv/logs/error/error.log"),
        record(None, "/srv/logs/app/error.log"),
        record(None, "/srv/terror/x.log"),
    ];
    assert_eq!(total(&not_counted).await, 0);
}

#[tokio::test]
async fn lines_of_files_without_a_time_count_and_what_came_otherwise_has_the_time_it_came() {
    let error = Record { level: Some(Level::Error), message: "x".into(), ..Record::default() };
    let lines = [Record { source: Some("/srv/logs/app/a.log".into()), ..error.clone() }, error];
    assert_eq!(total(&lines).await, 1);
}

#[tokio::test]
async fn durations_are_those_of_operations_in_the_window() {
    let record = |time, operation: &'static str, duration| Record {
        time,
        operation: Some(operation.into()),
        duration,
        logger: Some("performance.api".into()),
        ..Record::default()
    };
    let rows = [
        record(Some(at(AT)), "api_call", Some(5.5)),
        record(Some(at(AT - 1)), "api_call", None),
        record(Some(at(AT + 1)), "api_call", Some(9.0)),
        Record { operation: None, ..record(Some(at(AT)), "", Some(3.0)) },
    ];
    let found = performance(&engine(&rows), &Dataset::default(), &window()).await.unwrap();
    assert_eq!((found.total_operations, found.total_slow_operations), (1, 1));
    assert_eq!(found.component_stats.keys().collect::<Vec<_>>(), ["api"]);
}

#[tokio::test]
async fn rules_see_the_line_as_it_was_written() {
    let error = |message: &'static str| Record {
        time: Some(at(AT)),
        level: Some(Level::Error),
        logger: Some("api".into()),
        message: message.into(),
        ..Record::default()
    };
    let rules = Rules::new(&[]).unwrap();
    let engine = engine(&[error("TimeoutError: late"), error("fine\nTimeoutError on a later line")]);
    let found = errors(&engine, &Dataset::default(), &window(), &rules, &PlainFiles).await.unwrap();
    let types: Vec<_> = found.error_types.0.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(types, [("other", 1), ("timeout_error", 1)]);
}

#[tokio::test]
async fn an_empty_store_is_well_but_an_unknown_dataset_is_a_mistake() {
    let (engine, rules) = (engine(&[]), Rules::new(&[]).unwrap());
    let words = |advice: &Advice| advice.id.to_owned();
    let report = daily(&engine, &Dataset::default(), &window(), &rules, &PlainFiles, &words).await.unwrap();
    assert_eq!(report.health_report.health_score, 100);
    let other: Dataset = "other".parse().unwrap();
    let error = health(&engine, &other, &window(), &rules).await.unwrap_err();
    assert!(matches!(error, InsightError::Query(_)) && error.to_string().contains("other"), "{error}");
}

#[test]
fn an_analysis_can_be_made_on_any_thread() {
    fn sent<T: Send>(_: T) {}
    let (engine, rules) = (engine(&[]), Rules::new(&[]).unwrap());
    let words = |advice: &Advice| advice.id.to_owned();
    sent(daily(&engine, &Dataset::default(), &window(), &rules, &PlainFiles, &words));
}
