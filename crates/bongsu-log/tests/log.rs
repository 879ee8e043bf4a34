//! What a program that logs with `log` finds in its log home.

#![allow(clippy::unwrap_used, reason = "helpers of tests may stop a test")]

mod common;

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use bongsu_log::{Handler, Level, LogError};
use common::{Home, Panics};
use log::{Log, Record, debug, error, info, trace, warn};

/// Logs once while it is being logged.
struct Chatty;

impl fmt::Display for Chatty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        info!("inside");
        f.write_str("chatty")
    }
}

/// The one test of the global logger, for a process has one; the others call a backend themselves.
#[test]
fn one_line_turns_it_on_once() {
    let home = Home::new();
    home.logging.init_log(None, Level::Debug).unwrap();
    let again = home.logging.init_log(None, Level::Error).unwrap_err();
    assert!(matches!(again, LogError::AlreadySet("log")), "{again}");
    assert_eq!(log::max_level(), log::LevelFilter::Debug);

    let evaluated = AtomicU32::new(0);
    trace!("{}", evaluated.fetch_add(1, Ordering::Relaxed));
    assert_eq!(evaluated.into_inner(), 0);
    debug!("d");
    let line = line!() + 1;
    info!(target: "shop::orders", user = "kim", amount = 300, ratio:? = Some(0.5), err:% = "a b"; "paid {}", "now");
    warn!("{Chatty}");
    error!("e");
    info!(value:? = Panics; "half {Panics}");
    std::thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                for nth in 0..500 {
                    info!(target: "work", "thread {thread} line {nth} {}", "x".repeat(nth % 90));
                }
            });
        }
    });

    let paid = "paid now user=\"kim\" amount=300 ratio=Some(0.5) err=a b";
    assert_eq!(home.lines("app/shop.log"), [format!("[2025-06-06 12:00:00] INFO     shop::orders    | {paid}")]);
    assert_eq!(
        home.lines("app/application.log")[2],
        format!("[2025-06-06 12:00:00] INFO     shop::orders    log                  L{line:>3} | {paid}")
    );
    assert_eq!(home.messages("app/log.log"), ["d", "inside", "chatty", "e", "half <panicked> value=<panicked>"]);
    assert_eq!(home.messages("error/error.log"), ["e"]);
    let mut found = home.messages("app/work.log");
    let mut expected: Vec<_> = (0..8)
        .flat_map(|thread| (0..500).map(move |nth| format!("thread {thread} line {nth} {}", "x".repeat(nth % 90))))
        .collect();
    found.sort();
    expected.sort();
    assert!(found == expected);
    assert_eq!(home.lines("app/application.log").len(), 1 + 6 + 4_000);
    assert_eq!(home.logging.lost(), 0);
}

#[test]
fn a_backend_asked_past_the_macros_keeps_to_its_level() {
    let home = Home::new();
    let backend = home.logging.log_backend(Some("all.log"), Level::Warning).unwrap();
    for level in log::Level::iter() {
        backend.log(&Record::builder().level(level).target("x").args(format_args!("{level}")).build());
    }
    assert_eq!(home.messages("app/all.log"), ["ERROR", "WARN"]);
    let debug = log::Metadata::builder().level(log::Level::Debug).build();
    assert!(!backend.enabled(&debug));
}

#[test]
fn a_record_of_pairs_alone_begins_with_the_first() {
    let home = Home::new();
    let backend = home.logging.log_backend(None, Level::Info).unwrap();
    let pairs = [("a", 1), ("b", 2)];
    backend.log(&Record::builder().target("pairs").key_values(&pairs).build());
    backend.log(&Record::builder().target("pairs").build());
    assert_eq!(home.messages("app/pairs.log"), ["a=1 b=2", ""]);
}

#[test]
fn a_file_that_cannot_be_is_an_error_before_anything_is_logged() {
    let refused = Home::new().logging.log_backend(Some("application.log"), Level::Info).unwrap_err();
    assert!(refused.to_string().contains("application.log"), "{refused}");
}

#[test]
fn a_place_that_is_known_follows_levels_that_change_and_keeps_to_its_logging() {
    let (first, second) = (Home::new(), Home::new());
    let [one, other] = [&first, &second].map(|home| home.logging.log_backend(Some("all.log"), Level::Info).unwrap());
    let log = |message: &str| {
        for backend in [&one, &other] {
            let mut record = Record::builder();
            record.level(log::Level::Info).target("shop").module_path_static(Some("shop::cart")).line(Some(7));
            backend.log(&record.args(format_args!("{message}")).build());
        }
    };
    log("both");
    first.logging.set_level(Handler::Component, &Level::Error);
    second.logging.set_level(Handler::Application, &Level::Error);
    log("one file each");
    first.logging.set_level(Handler::Component, &Level::Info);
    log("first");
    assert_eq!(first.messages("app/all.log"), ["both", "first"]);
    assert_eq!(first.messages("app/application.log")[1..], ["both", "one file each", "first"]);
    assert_eq!(second.messages("app/all.log"), ["both", "one file each", "first"]);
    assert_eq!(second.messages("app/application.log")[1..], ["both"]);
    let head = "[2025-06-06 12:00:00] INFO     shop            cart                 L  7 | both";
    assert_eq!([first.lines("app/application.log")[1].as_str(), &second.lines("app/application.log")[1]], [head; 2]);
}
