//! Analyses equal a straightforward computation, over a log home as it lies on disk, over the same rows in memory and
//! over a store that gathered it.

mod events;
mod expected;
mod home;
mod paths;

use std::path::Path;

use bongsu_insight::Window;
use proptest::prelude::*;

use events::{AT, Event, Plan, Seed, plan};
use paths::{analyse_events, analyse_folder, analyse_memory, analyse_store};

/// Writes the events as a log home and compares the three ways to analyse it with the plain computation.
fn all_agree(events: &[Event]) -> serde_json::Value {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    home::write(&logs, events);
    let window = Window::new(events::timestamp(AT), 24).in_zone(events::zone());
    let mut expected = expected::report(events);
    let from_folder = analyse_folder(&logs, &window);
    assert_same("the folder", &expected, &from_folder);
    assert_same("memory", &from_folder, &analyse_memory(&logs, &window));
    let mut from_store = analyse_store(&logs, &folder.path().join("data"), &window);
    // Of the copies of a record the store may keep one that lies in another file.
    without_places(&mut from_store);
    without_places(&mut expected);
    assert_same("the store", &expected, &from_store);
    expected
}

fn without_places(report: &mut serde_json::Value) {
    for error in report["error_analysis"]["critical_errors"].as_array_mut().unwrap() {
        let error = error.as_object_mut().unwrap();
        error.remove("file");
        error.remove("line_num");
    }
}

/// The plain computation over the events alone, which is quick.
fn rows_agree(events: &[Event]) {
    let window = Window::new(events::timestamp(AT), 24).in_zone(events::zone());
    let mut expected = expected::report(events);
    expected["error_analysis"].as_object_mut().unwrap().remove("critical_errors");
    assert_same("rows", &expected, &analyse_events(events, &window));
}

fn assert_same(what: &str, expected: &serde_json::Value, found: &serde_json::Value) {
    for part in ["health_report", "error_analysis", "performance_analysis"] {
        for (name, value) in expected[part].as_object().unwrap() {
            assert_eq!(found[part].get(name), Some(value), "{part}.{name} over {what}");
        }
    }
}

#[test]
fn at_each_edge_of_the_health_score() {
    let edges = [
        (20, 0, 10, 100),
        (21, 1, 11, 60),
        (50, 5, 20, 60),
        (51, 6, 21, 15),
        (100, 0, 0, 75),
        (101, 6, 21, 0),
        (5, 5, 0, 85),
        (6, 6, 0, 70),
    ];
    for (errors, critical, slow, score) in edges {
        let seeds: Vec<Seed> = (0..200u32).map(|n| Seed::of(u64::from(n) * 7_919 + 13)).collect();
        let events = plan(Plan { errors, critical, slow, fast: 7, outside: 3 }, &seeds);
        let report = all_agree(&events);
        let health = &report["health_report"];
        assert_eq!(health["health_score"], score, "{errors} errors, {critical} critical, {slow} slow");
    }
}

#[test]
fn an_empty_home_is_well() {
    let report = all_agree(&[]);
    assert_eq!(report["health_report"]["grade"], "🟢 Excellent");
    assert_eq!(report["health_report"]["performance_summary"]["slowest_component"], "none");
}

#[test]
fn an_empty_folder_is_well() {
    let folder = tempfile::tempdir().unwrap();
    let window = Window::new(events::timestamp(AT), 24).in_zone(events::zone());
    let found = analyse_folder(Path::new(folder.path()), &window);
    assert_eq!(found["health_report"]["health_score"], 100);
    assert_eq!(found["error_analysis"]["total_errors"], 0);
}

fn count(edges: &'static [usize], most: usize) -> impl Strategy<Value = usize> {
    prop_oneof![proptest::sample::select(edges), 0..=most]
}

prop_compose! {
    fn generated()(
        errors in count(&[0, 20, 21, 50, 51, 100, 101], 130),
        critical in count(&[0, 1, 5, 6], 14),
        slow in count(&[0, 10, 11, 20, 21], 40),
        fast in 0..20usize,
        outside in 0..6usize,
        seeds in proptest::collection::vec(any::<u64>().prop_map(Seed::of), 1..60),
    ) -> Vec<Event> {
        plan(Plan { errors, critical: critical.min(errors), slow, fast, outside }, &seeds)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn over_generated_homes(events in generated()) {
        all_agree(&events);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn over_generated_events(events in generated()) {
        rows_agree(&events);
    }
}
