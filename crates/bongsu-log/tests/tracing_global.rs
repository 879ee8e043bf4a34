//! bongsu as the one subscriber of a program. A test of its own, for a process has one.

#![allow(clippy::unwrap_used, reason = "helpers of tests may stop a test")]

mod common;

use std::fmt;

use bongsu_log::{Level, LogError};
use common::Home;
use tracing::{error, info, info_span};

/// Logs, as often as it says, while it is being logged.
struct Chatty(u32);

impl fmt::Debug for Chatty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > 0 {
            info!(value = ?Chatty(self.0 - 1), "inside {}", self.0);
        }
        write!(f, "chatty{}", self.0)
    }
}

#[test]
fn one_line_turns_it_on_once_and_values_may_log_while_they_are_logged() {
    let home = Home::new();
    home.logging.init_tracing(None, Level::Debug).unwrap();
    let again = home.logging.init_tracing(None, Level::Debug).unwrap_err();
    assert!(matches!(again, LogError::AlreadySet("tracing")), "{again}");

    let mut evaluated = false;
    tracing::trace!(
        value = {
            evaluated = true;
            1
        },
        "below the level"
    );
    assert!(!evaluated && tracing::level_filters::LevelFilter::current() == tracing::Level::DEBUG);

    info!(value = ?Chatty(2), "outside");
    let span = info_span!("span", value = ?Chatty(1), later = tracing::field::Empty);
    span.in_scope(|| info!("in span"));
    span.record("later", tracing::field::debug(Chatty(1)));
    span.in_scope(|| error!(value = ?Chatty(1), "in span"));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..100 {
                    info!(value = ?Chatty(1), "threads");
                }
            });
        }
    });

    let messages = home.messages("app/tracing_global.log");
    assert_eq!(
        messages[..9],
        [
            "inside 1 value=chatty0",
            "inside 2 value=chatty1",
            "outside value=chatty2",
            "inside 1 value=chatty0",
            "span{value=chatty1}: in span",
            "inside 1 value=chatty0",
            "span{value=chatty1 later=chatty1}: inside 1 value=chatty0",
            "span{value=chatty1 later=chatty1}: in span value=chatty1",
            messages[8].as_str(),
        ]
    );
    assert_eq!(messages[8..].iter().filter(|line| *line == "threads value=chatty1").count(), 400);
    assert_eq!(messages[8..].iter().filter(|line| *line == "inside 1 value=chatty0").count(), 400);
    assert_eq!(messages.len(), 808);
    assert_eq!(home.messages("error/error.log").len(), 1);
}
