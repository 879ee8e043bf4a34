use arrow::array::AsArray;

use super::*;
use crate::decompress::tests::gzip;
use crate::log_home::{Part, read_home};

/// One record of `level` as the SDK writes it to each of its files.
fn detailed(second: usize, logger: &str, message: &str) -> String {
    format!("[2025-06-06 12:00:{second:02}] ERROR    {logger:<15} {:<20} L{:>3} | {message}\n", "run", 12)
}

fn component(second: usize, logger: &str, message: &str) -> String {
    format!("[2025-06-06 12:00:{second:02}] ERROR    {logger:<15} | {message}\n")
}

fn fill(bench: &Bench) {
    let application: String = (0..40).map(|n| detailed(n, "shop", &format!("order {n} failed"))).collect();
    let (old, new) = application.split_at(application.len() / 2);
    let cut = old.rfind('\n').unwrap() + 1;
    bench.write("archive/2025/application.log.1.gz", gzip(&old.as_bytes()[..cut]));
    bench.write("app/application.log", format!("{}{new}", &old[cut..]));
    bench
        .write("app/shop.log", (0..40).map(|n| component(n, "shop", &format!("order {n} failed"))).collect::<String>());
    bench.write("error/error.log", &application);
    bench.write("reports/daily_log_report_20250606.json", "{}\n");
}

fn read(bench: &Bench, part: Part) -> Vec<String> {
    let mut messages = Vec::new();
    read_home(bench.dir.path(), part, &bench.options, &SystemClock, &mut |rows| {
        messages.extend(rows.column_by_name("message").unwrap().as_string_view().iter().flatten().map(str::to_owned));
    })
    .unwrap();
    messages.sort();
    messages
}

#[test]
fn the_records_of_a_home_are_kept_once_with_function_and_line() {
    let bench = Bench::new();
    fill(&bench);
    let report = bench.gather();
    assert_eq!((report.accepted, report.duplicates, report.left_out), (40, 80, 1));
    assert!(bench.store.column("source").iter().all(|source| source.contains("error/")));
    assert_eq!(bench.store.messages(), read(&bench, Part::All));
}

#[test]
fn copies_are_known_in_later_runs_and_after_being_killed() {
    let mut bench = Bench::new();
    fill(&bench);
    bench.limits = Limits { rows: 7, bytes: 1 << 20, chunk: 900, slice: 300 };
    let mut deaths = 0;
    loop {
        bench.store.kept().until_death = Some(2);
        if bench.try_gather(&[""]).is_ok() {
            break;
        }
        deaths += 1;
    }
    bench.store.kept().until_death = None;
    assert!(deaths > 4, "{deaths}");
    assert_eq!(bench.store.messages().len(), 40);
    bench.append("error/error.log", &detailed(50, "shop", "late"));
    assert_eq!(bench.gather().accepted, 1);
    bench.append("app/application.log", &detailed(50, "shop", "late"));
    bench.append("app/application.log", &detailed(50, "shop", "late"));
    let report = bench.gather();
    assert_eq!((report.accepted, report.duplicates), (1, 1));
}

#[test]
fn parts_of_a_home_are_read_without_a_store() {
    let bench = Bench::new();
    fill(&bench);
    bench.write("error/error.log.1.gz", gzip(detailed(59, "shop", "older").as_bytes()));
    bench.write(
        "performance/shop_performance.log",
        "[2025-06-06 12:00:00] PERF performance.shop | pay completed in 0.5s\n",
    );
    assert_eq!(read(&bench, Part::Errors).len(), 41);
    assert_eq!(read(&bench, Part::Performance).len(), 1);
    assert_eq!(read(&bench, Part::All).len(), 42);
    assert!(bench.store.kept().notes.is_empty());
}

#[test]
fn an_empty_or_missing_folder_is_no_surprise() {
    let bench = Bench::new();
    assert_eq!(read(&bench, Part::Errors), Vec::<String>::new());
    bench.write("plain.log", "words\n");
    assert_eq!(read(&bench, Part::Errors), ["words"], "no home: read whole");
    let missing = read_home(&bench.path("none"), Part::All, &bench.options, &SystemClock, &mut |_| {});
    assert!(matches!(missing, Err(SourceError::BadFolder { .. })));
}

#[test]
fn again_repeats_a_home_as_it_was() {
    let mut bench = Bench::new();
    fill(&bench);
    bench.gather();
    bench.options.again = true;
    let report = bench.gather();
    assert_eq!((report.accepted, report.duplicates), (40, 80));
}

#[test]
fn equal_bytes_in_two_logs_are_counted_for_both() {
    let bench = Bench::new();
    let twice = detailed(1, "shop", "paid");
    bench.write("error/error.log", &twice);
    bench.write("app/application.log.1", &twice);
    bench.write("app/application.log", &twice);
    // The application's log has the line twice, each time in a file that holds what error.log holds.
    fs::write(bench.path("app/application.log"), format!("{twice}{}", detailed(2, "shop", "left"))).unwrap();
    assert_eq!(bench.gather().accepted, 3);
    assert_eq!(bench.store.messages(), ["left", "paid", "paid"]);
}

#[test]
fn a_record_is_known_in_every_spelling_of_the_sdk() {
    let bench = Bench::new();
    bench.write(
        "app/application.log",
        "[2025-06-06 12:00:00] INFO     performance.api log                  L 12 | pay completed in 0.500s | {\"n\": 1}\n",
    );
    bench.write(
        "performance/api_performance.log",
        "[2025-06-06 12:00:00] PERF performance.api | pay completed in 0.500s | {\"n\": 1}\n",
    );
    bench.write(
        "app/api.log",
        "[2025-06-06 12:00:00] INFO     performance.api | pay completed in 0.500s | {\"n\": 1}\n",
    );
    let report = bench.gather();
    assert_eq!((report.accepted, report.duplicates), (1, 2));
    assert_eq!(bench.store.column("operation"), ["pay"]);
}
