//! What a program finds in its log home, to the byte.

#![allow(clippy::unwrap_used, reason = "helpers of tests may stop a test")]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bongsu_format::{ParseOptions, Parsed, Parser};
use bongsu_log::{
    Clock, Config, Console, FileLimit, Level, Logger, Logging, Metadata, Timestamp, critical, debug, error, info,
    warning,
};
use jiff::tz::TimeZone;

/// Noon of 6 June 2025 in UTC, and a quarter of a second more each time it is moved.
#[derive(Debug)]
struct Steps(AtomicI64);

impl Steps {
    fn tick(&self) {
        self.0.fetch_add(250_000_000, Ordering::Relaxed);
    }
}

impl Clock for Steps {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

fn started(home: &Path) -> (Logging, Arc<Steps>) {
    let clock = Arc::new(Steps(AtomicI64::new(1_749_211_200_000_000_000)));
    let config = Config {
        home: home.to_owned(),
        console: Console::Off,
        zone: TimeZone::UTC,
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ..Config::default()
    };
    (Logging::start(config).unwrap(), clock)
}

fn read(home: &Path, file: &str) -> String {
    bongsu_log::file::flush_all().unwrap();
    fs::read_to_string(home.join(file)).unwrap()
}

fn lines(home: &Path, file: &str) -> Vec<String> {
    read(home, file).lines().map(str::to_owned).collect()
}

#[test]
fn every_record_goes_to_each_handler_that_its_level_reaches() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let (logging, _) = started(home);
    let log = logging.get_logger("payments", Some("pay.log"), Level::Debug).unwrap();
    debug!(log, "one");
    info!(log, "two");
    warning!(log, "three");
    error!(log, "넷 {}", 4);
    critical!(log, "five");
    assert_eq!(
        read(home, "app/pay.log"),
        "[2025-06-06 12:00:00] DEBUG    payments        | one\n\
         [2025-06-06 12:00:00] INFO     payments        | two\n\
         [2025-06-06 12:00:00] WARNING  payments        | three\n\
         [2025-06-06 12:00:00] ERROR    payments        | 넷 4\n\
         [2025-06-06 12:00:00] CRITICAL payments        | five\n"
    );
    assert_eq!(lines(home, "app/application.log").len(), 6);
    let errors = lines(home, "error/error.log");
    assert_eq!(errors.len(), 2);
    assert!(
        errors[0].starts_with(
            "[2025-06-06 12:00:00] ERROR    payments        every_record_goes_to_each_handler_that_its_level_reaches L "
        ) && errors[0].ends_with(" | 넷 4"),
        "{}",
        errors[0]
    );
    assert_eq!(logging.lost(), 0);
}

#[test]
fn the_common_file_has_where_each_record_came_from() {
    fn load(log: &Logger) -> u32 {
        info!(log, "films loaded");
        line!() - 1
    }
    let folder = tempfile::tempdir().unwrap();
    let (logging, _) = started(folder.path());
    let line = load(&logging.get_logger("films", None, Level::Info).unwrap());
    let expected =
        format!("[2025-06-06 12:00:00] INFO     films           load                 L{line:>3} | films loaded");
    assert_eq!(lines(folder.path(), "app/application.log")[1], expected);
}

#[test]
fn every_line_is_read_back_as_the_record_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (logging, _) = started(folder.path());
    let log = logging.get_logger("films", None, Level::Debug).unwrap();
    debug!(log, "one");
    error!(log, "둘\nTraceback (most recent call last):\n  File \"a.py\", line 1, in b\nKeyError: 'c'");
    logging.log_performance("films", "load", Duration::from_millis(1_500), None).unwrap();
    for (file, levels) in [
        ("app/application.log", vec!["INFO", "DEBUG", "ERROR", "INFO"]),
        ("app/films.log", vec!["DEBUG", "ERROR"]),
        ("error/error.log", vec!["ERROR"]),
    ] {
        let text = read(folder.path(), file);
        let mut found = Vec::new();
        let options = ParseOptions { zone: TimeZone::UTC, ..ParseOptions::new(Timestamp::from_nanos(0)) };
        Parser::new(options).parse(text.as_bytes(), 0, true, &mut |parsed| {
            if let Parsed::Record { record, .. } = parsed {
                assert_eq!(record.time, Some(Timestamp::from_nanos(1_749_211_200_000_000_000)));
                found.push(record.level.unwrap().name().to_owned());
            }
        });
        assert_eq!(found, levels, "{file}");
    }
}

#[test]
fn start_and_shutdown_stand_in_the_system_log_once() {
    let folder = tempfile::tempdir().unwrap();
    let (logging, _) = started(folder.path());
    logging.shutdown();
    logging.shutdown();
    assert_eq!(
        read(folder.path(), "app/system.log"),
        "[2025-06-06 12:00:00] INFO     system          | Logging started\n\
         [2025-06-06 12:00:00] INFO     system          | Logging stopped\n"
    );
    let refused = logging.get_logger("late", None, Level::Info).unwrap_err();
    assert!(refused.to_string().contains("shut down"));
}

#[test]
fn a_record_after_shutdown_is_counted_as_lost() {
    let folder = tempfile::tempdir().unwrap();
    let (logging, _) = started(folder.path());
    let log = logging.get_logger("late", None, Level::Info).unwrap();
    logging.shutdown();
    info!(log, "too late");
    assert_eq!(logging.lost(), 1);
    assert!(!read(folder.path(), "app/application.log").contains("too late"));
}

#[test]
fn the_same_arguments_give_the_same_logger_and_no_line_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (logging, _) = started(folder.path());
    let first = logging.get_logger("api", None, Level::Info).unwrap();
    let second = logging.get_logger("api", None, Level::Info).unwrap();
    let other = logging.get_logger("api", None, Level::Error).unwrap();
    assert!(first.same(&second) && !first.same(&other));
    info!(first, "once");
    info!(second, "twice");
    info!(other, "below its level");
    error!(other, "thrice");
    let messages: Vec<_> = lines(folder.path(), "app/api.log")
        .iter()
        .filter_map(|line| line.split(" | ").nth(1).map(str::to_owned))
        .collect();
    assert_eq!(messages, ["once", "twice", "thrice"]);
}

#[test]
fn a_duration_is_written_with_three_digits_and_its_metadata_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let (logging, _) = started(folder.path());
    let mut metadata = Metadata::new();
    metadata.insert("rows".into(), 20.into());
    metadata.insert("api".into(), "영화".into());
    let took = Duration::from_micros(123_456);
    logging.log_performance("test", "load", took, Some(&metadata)).unwrap();
    logging.log_performance("test", "load", Duration::from_secs(61), None).unwrap();
    logging.log_performance("test", "load", Duration::ZERO, Some(&Metadata::new())).unwrap();
    assert_eq!(
        read(folder.path(), "performance/test_performance.log"),
        "[2025-06-06 12:00:00] PERF performance.test | load completed in 0.123s | {\"rows\":20,\"api\":\"영화\"}\n\
         [2025-06-06 12:00:00] PERF performance.test | load completed in 61.000s\n\
         [2025-06-06 12:00:00] PERF performance.test | load completed in 0.000s\n"
    );
    let common = lines(folder.path(), "app/application.log");
    assert_eq!(common.iter().filter(|line| line.contains("performance.test log_performance")).count(), 3);
}

#[test]
fn a_context_tells_how_it_went_and_how_long_it_took() {
    let folder = tempfile::tempdir().unwrap();
    let (logging, clock) = started(folder.path());
    let mut context = logging.context("etl", "join", None).unwrap();
    context.add_metadata("tables", 2);
    clock.tick();
    context.log_info("half way");
    clock.tick();
    context.complete();
    let failed: Result<(), _> = logging.context("etl", "save", None).unwrap().run(|_| {
        clock.tick();
        Err(std::io::Error::other("disk full"))
    });
    assert!(failed.is_err());
    drop(logging.context("etl", "left", None).unwrap());
    let messages: Vec<_> = lines(folder.path(), "app/etl.log").iter().map(|line| line[22..].to_owned()).collect();
    assert_eq!(
        messages,
        [
            "INFO     etl             | join started",
            "INFO     etl             | join | half way",
            "INFO     etl             | join completed successfully in 0.500s",
            "INFO     etl             | save started",
            "ERROR    etl             | save failed after 0.250s: disk full",
            "DEBUG    etl             | Error traceback: disk full",
            "INFO     etl             | left started",
            "ERROR    etl             | left failed after 0.000s: left before it was completed",
            "DEBUG    etl             | Error traceback: left before it was completed",
        ]
    );
    assert_eq!(
        lines(folder.path(), "performance/etl_performance.log"),
        ["[2025-06-06 12:00:00] PERF performance.etl | join completed in 0.500s | {\"tables\":2}"]
    );
}

#[test]
fn many_threads_write_whole_lines_and_rotation_loses_none() {
    let folder = tempfile::tempdir().unwrap();
    let limit = FileLimit { bytes: 20_000, older: 100 };
    let config = Config {
        home: folder.path().to_owned(),
        console: Console::Off,
        application: limit,
        component: limit,
        ..Config::default()
    };
    let logging = Logging::start(config).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let log = logging.get_logger("work", None, Level::Info).unwrap();
            scope.spawn(move || {
                for nth in 0..500 {
                    info!(log, "thread {thread} line {nth}");
                }
            });
        }
    });
    logging.flush().unwrap();
    for prefix in ["work.log", "application.log"] {
        let mut seen = std::collections::BTreeSet::new();
        for entry in fs::read_dir(folder.path().join("app")).unwrap() {
            let entry = entry.unwrap();
            if !entry.file_name().to_str().unwrap().starts_with(prefix) {
                continue;
            }
            let text = fs::read_to_string(entry.path()).unwrap();
            assert!(text.ends_with('\n') && text.len() <= 20_000);
            for line in text.lines().filter(|line| line.contains(" | thread ")) {
                assert!(seen.insert(line.split(" | ").nth(1).unwrap().to_owned()), "{line} stands twice");
            }
        }
        assert_eq!(seen.len(), 2_000);
    }
}

#[test]
fn a_component_that_is_called_as_a_performance_logger_has_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (logging, _) = started(folder.path());
    for _ in 0..2 {
        info!(logging.get_logger("performance.films", None, Level::Info).unwrap(), "plain");
        logging.log_performance("films", "load", Duration::from_millis(5), None).unwrap();
    }
    logging.flush().unwrap();
    assert_eq!(lines(folder.path(), "app/performance.films.log").len(), 2);
    assert_eq!(lines(folder.path(), "performance/films_performance.log").len(), 2);
}
