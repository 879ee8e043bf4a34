//! Levels that change while a program runs, and levels of its own.

#![allow(clippy::unwrap_used, reason = "helpers of tests may stop a test")]

mod common;

use bongsu_log::{
    Config, Console, FileLimit, Handler, Layout, Layouts, Level, Logging, debug, error, info, level, log,
    register_level, warning,
};
use common::Home;

#[test]
fn a_loggers_level_changes_for_all_who_have_it() {
    let home = Home::new();
    let first = home.logging.get_logger("films", None, Level::Info).unwrap();
    let second = home.logging.get_logger("films", None, Level::Info).unwrap();
    debug!(first, "one");
    second.set_level(&Level::Debug);
    debug!(first, "two");
    first.set_level(&Level::Error);
    warning!(second, "three");
    error!(second, "four");
    home.logging.flush().unwrap();
    assert_eq!(home.messages("app/films.log"), ["two", "four"]);
}

#[test]
fn each_handler_has_a_level_of_its_own() {
    let home = Home::new();
    let log = home.logging.get_logger("films", None, Level::Debug).unwrap();
    home.logging.set_level(Handler::Component, &Level::Warning);
    home.logging.set_level(Handler::Error, &Level::Warning);
    info!(log, "one");
    warning!(log, "two");
    home.logging.set_level(Handler::Application, &Level::Critical);
    home.logging.set_level(Handler::Performance, &Level::Error);
    error!(log, "three");
    home.logging.log_performance("films", "load", std::time::Duration::ZERO, None).unwrap();
    home.logging.flush().unwrap();
    assert_eq!(home.messages("app/films.log"), ["two", "three"]);
    assert_eq!(home.messages("error/error.log"), ["two", "three"]);
    assert_eq!(home.messages("app/application.log"), ["Logging started", "one", "two"]);
    assert!(home.lines("performance/films_performance.log").is_empty());
}

#[test]
fn a_level_of_ones_own_stands_between_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let layouts = Layouts { component: Layout::Json, ..Layouts::default() };
    let config = Config { home: folder.path().to_owned(), console: Console::Off, layouts, ..Config::default() };
    let logging = Logging::start(config).unwrap();
    let audit = register_level("Audit", 45).unwrap();
    let log = logging.get_logger("films", None, level("audit").unwrap()).unwrap();
    error!(log, "below");
    log!(log, audit, "at");
    logging.flush().unwrap();
    let read = |file: &str| std::fs::read_to_string(folder.path().join(file)).unwrap();
    assert!(read("error/error.log").contains("] AUDIT    films"));
    let written = read("app/films.log");
    assert!(written.contains("\"SeverityText\":\"AUDIT\",\"SeverityNumber\":19,\"Body\":\"at\""), "{written}");
    assert!(!written.contains("below"));
}

#[test]
fn each_level_has_a_file_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("logs");
    let config = Config { home: home.clone(), console: Console::Off, level_files: true, ..Config::default() };
    let logging = Logging::start(config).unwrap();
    let noticed = bongsu_log::register_level("NOTICED", 25).unwrap();
    let log = logging.get_logger("films", None, Level::Debug).unwrap();
    bongsu_log::debug!(log, "one");
    bongsu_log::error!(log, "two");
    bongsu_log::error!(log, "three");
    log.log(&noticed, bongsu_log::Site { function: "f", file: "x.rs", line: 1 }, format_args!("four"));
    logging.shutdown();
    let read = |name: &str| {
        let text = std::fs::read_to_string(home.join("app").join(name)).unwrap_or_default();
        text.lines().filter_map(|line| Some(line.split_once(" | ")?.1.to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(read("level_debug.log"), ["one"]);
    assert_eq!(read("level_error.log"), ["two", "three"]);
    assert_eq!(read("level_info.log"), ["Logging started", "four", "Logging stopped"]);
    assert!(!home.join("app/level_critical.log").exists(), "made for its first record");
}

#[test]
fn places_of_loggers_that_come_and_go_in_several_threads_are_never_mistaken() {
    fn say(log: &bongsu_log::Logger, level: &Level, nth: usize) {
        log!(log, *level, "{} {nth}", log.name());
    }
    let levels = [Level::Debug, Level::Info, Level::Warning];
    std::thread::scope(|scope| {
        for thread in 0..3 {
            let levels = &levels;
            scope.spawn(move || {
                // One logging after the other and two at a time, all of whose records come from the same place.
                for round in 0..4 {
                    let homes = [Home::new(), Home::new()];
                    let names = [0, 1].map(|home| format!("log{thread}{round}{home}"));
                    let logs =
                        [0, 1].map(|nth| homes[nth].logging.get_logger(&names[nth], None, Level::Debug).unwrap());
                    for nth in 0..6 {
                        for log in &logs {
                            say(log, &levels[nth % 3], nth);
                        }
                    }
                    for (home, name) in homes.iter().zip(&names) {
                        let expected: Vec<_> = (0..6).map(|nth| format!("{name} {nth}")).collect();
                        let lines = home.lines(&format!("app/{name}.log"));
                        for ((line, message), level) in lines.iter().zip(&expected).zip(levels.iter().cycle()) {
                            assert_eq!(
                                *line,
                                format!("[2025-06-06 12:00:00] {:<8} {name:<15} | {message}", level.name())
                            );
                        }
                        assert_eq!(lines.len(), 6);
                        assert_eq!(home.messages("app/application.log")[1..], expected);
                    }
                }
            });
        }
    });
}

#[test]
fn a_message_or_a_name_of_several_lines_stays_together_when_files_rotate() {
    let folder = tempfile::tempdir().unwrap();
    let component = FileLimit { bytes: 1_000, older: 200 };
    let config = Config { home: folder.path().to_owned(), console: Console::Off, component, ..Config::default() };
    let logging = Logging::start(config).unwrap();
    for (name, message) in [("two", "one\n12"), ("a\nb", "one 1")] {
        let log = logging.get_logger(name, Some("two.log"), Level::Info).unwrap();
        for nth in 0..400 {
            info!(log, "{message}{nth}");
        }
    }
    logging.shutdown();
    let files = std::fs::read_dir(folder.path().join("app")).unwrap().map(|entry| entry.unwrap().path());
    let of_two = files.filter(|path| path.file_name().unwrap().as_encoded_bytes().starts_with(b"two.log"));
    let lines: Vec<_> = of_two.map(|path| std::fs::read_to_string(path).unwrap().lines().count()).collect();
    assert!(lines.len() > 40 && lines.iter().all(|lines| lines % 2 == 0), "{lines:?}");
    assert_eq!(lines.iter().sum::<usize>(), 1_600);
}
