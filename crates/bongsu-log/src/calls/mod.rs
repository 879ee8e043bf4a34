//! What the attributes `log_execution` and `log_api_call` expand to. Not for use by hand: it changes with them.

mod api;
mod execution;
pub mod given;
pub mod outcome;

use std::fmt::{self, Debug, Write};
use std::time::Duration;

use bongsu_model::Level;

pub use api::{ApiCall, ApiRequest};
pub use execution::{Executed, Execution};
pub use given::Given;
pub use outcome::{Failure, Outcome};

use crate::logging::program;
use crate::{Logger, Logging};

/// Calls `body`. As an argument of this function a closure may give away what it holds, such as a part of `&mut self`.
pub fn once<T>(body: impl FnOnce() -> T) -> T {
    body()
}

/// The last part of a module's path.
pub fn last_part(module: &str) -> &str {
    // Paths are short: a search for a text costs more than all of them.
    let before = module.as_bytes().windows(2).rposition(|signs| signs == b"::");
    before.and_then(|at| module.get(at + 2..)).unwrap_or(module)
}

/// A result, of which a line shows so many characters.
const RESULT: usize = 200;

/// A result as `Debug` tells it.
pub fn result(value: &impl Debug) -> Shown {
    Shown::of(format_args!("{value:?}"), RESULT)
}

/// A text that is cut where it comes to stand in a line.
#[derive(Debug)]
pub struct Shown {
    /// It is made no longer than what a secret may take that begins before the cut.
    text: String,
    limit: usize,
}

impl Shown {
    /// Characters behind the cut, for secrets that it would leave a part of.
    const ROOM: usize = 4096;

    fn of(text: fmt::Arguments<'_>, limit: usize) -> Self {
        let mut short = Short { text: String::new(), left: limit + Self::ROOM };
        // Fails where the limit was reached.
        let _ = short.write_fmt(text);
        Self { text: short.text, limit }
    }

    /// The text as far as the line shows it. Secrets are hidden first: the rules would not know a part of one.
    fn cut(self, logging: &Logging) -> String {
        let Self { text, limit } = self;
        if text.chars().nth(limit).is_none() {
            return text;
        }
        logging.mask().mask(&text).chars().take(limit).collect()
    }
}

struct Short {
    text: String,
    left: usize,
}

impl Write for Short {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        for c in part.chars() {
            self.left = self.left.checked_sub(1).ok_or(fmt::Error)?;
            self.text.push(c);
        }
        Ok(())
    }
}

/// A call that is under way, where its lines go.
#[derive(Debug)]
struct Running {
    logging: Logging,
    logger: Logger,
    began: Duration,
}

impl Running {
    /// None where nothing can be written; the call is made all the same.
    fn begin(logger: &str, log_file: Option<&str>, level: Level) -> Option<Self> {
        let logging = program().ok()?.clone();
        let logger = logging.get_logger(logger, log_file, level).inspect_err(|_| logging.count_lost()).ok()?;
        Some(Self { began: logging.monotonic(), logging, logger })
    }

    fn took(&self) -> Duration {
        self.logging.monotonic().saturating_sub(self.began)
    }
}

/// What is told of a call that was dropped before its end.
fn cut_short() -> Failure {
    let error = if std::thread::panicking() { "panicked" } else { "dropped before it was completed" };
    Failure { error: error.to_owned(), causes: error.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Console};

    fn cut(text: fmt::Arguments<'_>, limit: usize) -> String {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { home: folder.path().to_owned(), console: Console::Off, ..Config::default() };
        Shown::of(text, limit).cut(&Logging::start(config).unwrap())
    }

    #[test]
    fn a_value_is_cut_at_characters_not_at_bytes() {
        assert_eq!(cut(format_args!("{}", "봉수대"), 2), "봉수");
        assert_eq!(cut(format_args!("{}{}", "ab", "c"), 3), "abc");
        assert_eq!(cut(format_args!("{:?}", vec![0; 1_000_000]), 6), "[0, 0,");
        assert!(result(&vec![0; 1_000_000]).text.len() < 10_000);
    }

    #[test]
    fn no_part_of_a_secret_is_left_by_the_cut() {
        let secrets = [
            "4111 1111 1111 1111",
            "900101-1234568",
            "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            "postgres://app:s3cretPw9@db/films",
        ];
        for (secret, before) in secrets.iter().flat_map(|secret| (60..105).map(move |before| (secret, before))) {
            let shown = cut(format_args!("{} {secret} {}", "_".repeat(before), "x".repeat(50)), 100);
            assert!(shown.chars().count() == 100, "{shown}");
            for part in ["4111 1111", "900101-1", "ghp_16", "s3c"] {
                assert!(!shown.contains(part), "{part} in {shown}");
            }
        }
    }

    #[test]
    fn a_component_is_the_last_part_of_its_module() {
        assert_eq!(last_part("shop::payments::card"), "card");
        assert_eq!(["shop", "", "::", "a::"].map(last_part), ["shop", "", "", ""]);
    }
}
