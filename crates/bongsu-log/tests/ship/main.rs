//! Shipping over real sockets, by real processes that are killed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "helpers of tests may stop a test")]

mod bongsu;
mod crash;
mod faults;
mod otlp;
mod server;
mod tls;

use std::path::Path;
use std::time::Duration;

use bongsu_log::ship::{Ship, ShipStats};
use bongsu_log::{Config, Console, Level, Logging, info};

/// Generous: tests run beside each other on a busy machine.
const LONG: Duration = Duration::from_mins(1);

/// To `address`, in a hurry.
fn ship(address: &str) -> Ship {
    let ms = Duration::from_millis;
    let (retry_from, retry_to) = (ms(5), ms(50));
    Ship {
        batch_age: ms(20),
        retry_from,
        retry_to,
        flush_for: LONG,
        service: Some("movies".into()),
        ..Ship::to(address)
    }
}

fn start(home: &Path, ship: Ship) -> Logging {
    let config = Config { home: home.to_owned(), console: Console::Off, ship: Some(ship), ..Config::default() };
    Logging::start(config).unwrap()
}

/// Logs numbered records: `n=7`.
fn log(logging: &Logging, numbers: std::ops::Range<usize>) {
    let log = logging.get_logger("movies", None, Level::Debug).unwrap();
    for n in numbers {
        info!(log, "n={n}");
    }
}

fn stats(logging: &Logging) -> ShipStats {
    logging.shipper().unwrap().stats()
}

/// The number of a record that [`log`] wrote; none of another, such as the logging's own beginning and end.
fn number(body: &str) -> Option<usize> {
    body.split_once("n=")?.1.parse().ok()
}

#[track_caller]
fn each_once_in_order(numbers: &[usize], count: usize) {
    let wrong = (0..count).zip(numbers).find(|(expected, number)| expected != *number);
    assert!(numbers.len() == count && wrong.is_none(), "{} of {count} came, the first wrong: {wrong:?}", numbers.len());
}
