//! The ways that lead to a report.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bongsu_insight::{
    Advice, DailyReport, ErrorRow, ErrorTally, PerformanceRow, PerformanceTally, PlainFiles, Rule, Rules, Window,
    daily, errors, performance,
};
use bongsu_model::{Clock, Dataset, FixedClock, Timestamp};
use bongsu_query::{Engine, Limits};
use bongsu_source::log_home::{Part, read_home};
use bongsu_source::{Gather, NoProgress, gather};
use bongsu_store::{MemoryTables, Store, StoreConfig, Tables};
use serde_json::Value;

use super::events::{self, Event, How, What};
use super::expected::OWN;

fn rules() -> Rules {
    Rules::new(&[Rule { name: OWN.0.into(), pattern: OWN.1.into() }]).unwrap()
}

fn words(advice: &Advice) -> String {
    advice.id.to_owned()
}

fn options() -> Gather {
    Gather { zone: events::zone(), settle: Duration::ZERO, ..Gather::default() }
}

/// A day after the last event, so that arrival times lie outside of the window.
fn clock() -> FixedClock {
    FixedClock::new(Timestamp::from_nanos(events::timestamp(events::AT).nanos() + 3 * 86_400_000_000_000))
}

fn json(report: &DailyReport) -> Value {
    serde_json::to_value(report).unwrap()
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Over the events, without lines: everything but the places of critical errors.
pub(crate) fn analyse_events(list: &[Event], window: &Window) -> Value {
    let rules = rules();
    let (mut errors, mut performance) = (ErrorTally::new(window, &rules), PerformanceTally::new(window));
    for event in list {
        let at = Some(events::timestamp(event.secs));
        match &event.what {
            What::Error { level, message, how } => errors.push(&ErrorRow {
                time: at.filter(|_| *how != How::Timeless),
                level: Some(level),
                severity: Some(if *level == "CRITICAL" { 21 } else { 17 }),
                logger: Some(event.component),
                message,
                first_line: &event.line(),
                ..ErrorRow::default()
            }),
            What::Operation { name, millis, .. } => performance.push(&PerformanceRow {
                time: at,
                service: Some("pipeline"),
                logger: Some(&format!("performance.{}", event.component)),
                operation: name,
                duration: *millis as f64 / 1_000.0,
            }),
        }
    }
    json(&DailyReport::of(window, errors.finish(), performance.finish(), &words))
}

/// Over the folder itself, without an engine.
pub(crate) fn analyse_folder(home: &Path, window: &Window) -> Value {
    let rules = rules();
    let mut errors = ErrorTally::new(window, &rules);
    read_home(home, Part::Errors, &options(), &clock(), &mut |rows| errors.push_batch(&rows).unwrap()).unwrap();
    let mut performance = PerformanceTally::new(window);
    read_home(home, Part::Performance, &options(), &clock(), &mut |rows| performance.push_batch(&rows).unwrap())
        .unwrap();
    let mut errors = errors.finish();
    errors.number_lines(&PlainFiles);
    json(&DailyReport::of(window, errors, performance.finish(), &words))
}

/// Over the folder's rows in memory, with an engine.
pub(crate) fn analyse_memory(home: &Path, window: &Window) -> Value {
    let engine = |part| {
        let tables = MemoryTables::new();
        read_home(home, part, &options(), &clock(), &mut |rows| tables.add(&Dataset::default(), &rows).unwrap())
            .unwrap();
        Engine::new(Arc::new(tables), Limits::default()).unwrap()
    };
    let (all, rules) = (Dataset::default(), rules());
    let errors = wait(errors(&engine(Part::Errors), &all, window, &rules, &PlainFiles)).unwrap();
    let performance = wait(performance(&engine(Part::Performance), &all, window)).unwrap();
    json(&DailyReport::of(window, errors, performance, &words))
}

/// Over a store that gathered the folder.
pub(crate) fn analyse_store(home: &Path, data: &Path, window: &Window) -> Value {
    let clock: Arc<dyn Clock> = Arc::new(clock());
    let store = Arc::new(Store::open(data, StoreConfig::default(), clock.clone()).unwrap());
    gather(&[home.to_owned()], &options(), store.as_ref(), clock.as_ref(), &NoProgress, &AtomicBool::new(false))
        .unwrap();
    let tables: Arc<dyn Tables> = store.clone();
    let engine = Engine::new(tables, Limits::default()).unwrap();
    let (all, rules) = (Dataset::default(), rules());
    let live = json(&wait(daily(&engine, &all, window, &rules, &PlainFiles, &words)).unwrap());
    store.flush().unwrap();
    let flushed = json(&wait(daily(&engine, &all, window, &rules, &PlainFiles, &words)).unwrap());
    assert_eq!(live, flushed, "rows in memory and rows in files");
    flushed
}
