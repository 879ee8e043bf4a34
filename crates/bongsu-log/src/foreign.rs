//! Records that another logging library made, on their way to the handlers of a log home.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, OnceLock};

use bongsu_format::render::Line;
use bongsu_model::Level;

use crate::calls::last_part;
use crate::lock::lock;
use crate::{LogError, Logger, Logging, home};

/// Files that targets open of themselves; records of further ones are in the common files only.
const MOST_FILES: usize = 100;

/// What another library tells of the place that a record comes from.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Origin<'a> {
    pub(crate) target: &'a str,
    pub(crate) module: Option<&'a str>,
    pub(crate) file: Option<&'a str>,
    pub(crate) line: Option<u32>,
}

/// Hands over records of any target, each also to its own file.
#[derive(Debug)]
pub(crate) struct Foreign {
    logging: Logging,
    common: Logger,
    own: Own,
}

#[derive(Debug)]
enum Own {
    Given(Logger),
    OfTarget(Targets),
}

/// The loggers of targets' first segments, in the order in which they came. None goes away, so that they are read without a lock.
#[derive(Debug)]
struct Targets {
    known: Vec<OnceLock<(Box<str>, Logger)>>,
    adding: Mutex<()>,
}

impl Targets {
    fn new() -> Self {
        Self { known: (0..MOST_FILES).map(|_| OnceLock::new()).collect(), adding: Mutex::default() }
    }

    fn find(&self, component: &str) -> Option<&Logger> {
        self.known.iter().map_while(OnceLock::get).find(|(name, _)| **name == *component).map(|(_, logger)| logger)
    }

    /// The logger of `component`, made now if there is none; none where there is no room for it.
    fn find_or_make(
        &self,
        component: &str,
        make: impl FnOnce() -> Result<Logger, LogError>,
    ) -> Result<Option<&Logger>, LogError> {
        let _one_at_a_time = lock(&self.adding);
        if let Some(logger) = self.find(component) {
            return Ok(Some(logger));
        }
        let Some(place) = self.known.iter().find(|place| place.get().is_none()) else { return Ok(None) };
        let logger = make()?;
        Ok(Some(&place.get_or_init(|| (component.into(), logger)).1))
    }
}

impl Foreign {
    /// Every record also goes to `app/{log_file}`, without one to `app/{first segment of its target}.log`.
    pub(crate) fn new(logging: &Logging, log_file: Option<&str>) -> Result<Self, LogError> {
        let common = home::APPLICATION.trim_end_matches(".log");
        let logger = |name: &str, file| logging.get_logger(name, file, Level::Trace);
        let own = match log_file {
            Some(file) => Own::Given(logger(file.trim_end_matches(".log"), Some(file))?),
            None => Own::OfTarget(Targets::new()),
        };
        Ok(Self { common: logger(common, None)?, own, logging: logging.clone() })
    }

    /// Writes one record. `message` is text already, so that no value of the program is formatted under a lock.
    pub(crate) fn write(&self, level: &Level, origin: Origin<'_>, message: &str) {
        let name = name(origin.target);
        let line = Line {
            logger: Some(&name),
            message,
            function: origin.module.map(last_part),
            file: origin.file,
            line: origin.line.map(Into::into),
            ..Line::default()
        };
        match &self.own {
            Own::Given(logger) => logger.pass(level, line),
            Own::OfTarget(known) => self.of_target(known, origin.target).pass(level, line),
        }
    }

    /// Waits until all is in the files; what cannot be written now is told by the file.
    #[cfg(feature = "log")]
    pub(crate) fn flush(&self) {
        let _ = self.logging.flush();
    }

    fn of_target<'f>(&'f self, targets: &'f Targets, target: &str) -> &'f Logger {
        let component = first_part(target);
        if let Some(logger) = targets.find(component) {
            return logger;
        }
        match targets.find_or_make(component, || self.logging.get_logger(component, None, Level::Trace)) {
            Ok(Some(logger)) => return logger,
            // Whoever writes after the end counts it.
            Ok(None) | Err(LogError::ShutDown) => {}
            Err(_) => self.common.count_lost(),
        }
        &self.common
    }
}

/// The first part of a target, as [`last_part`] gives the last one: `shop` of `shop::orders`.
fn first_part(path: &str) -> &str {
    let end = path.as_bytes().windows(2).position(|signs| signs == b"::");
    end.and_then(|end| path.get(..end)).unwrap_or(path)
}

/// A target as the name in a line: what would end the line or the name becomes `_`.
fn name(target: &str) -> Cow<'_, str> {
    if target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'|') {
        return target.into();
    }
    let breaks = |sign: char| sign.is_control() || sign == '|';
    if target.contains(breaks) { target.replace(breaks, "_").into() } else { target.into() }
}

/// Room for what most values and messages are: one allocation.
pub(crate) const USUAL: usize = 128;

/// Adds what `value` writes of itself. One that says it failed has written what it could; one that panics ends with
/// `<panicked>`: a panic that went through `tracing_subscriber` would leave the filters of other layers in the middle of
/// an event, and their next event would be missing.
pub(crate) fn push(text: &mut String, value: fmt::Arguments<'_>) {
    if let Some(plain) = value.as_str() {
        text.push_str(plain);
    } else if catch_unwind(AssertUnwindSafe(|| text.write_fmt(value))).is_err() {
        text.push_str("<panicked>");
    }
}

/// What `value` writes of itself, as [`push`] adds it.
pub(crate) fn text(value: fmt::Arguments<'_>) -> String {
    let mut text = String::with_capacity(USUAL);
    push(&mut text, value);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Console};

    fn started(folder: &tempfile::TempDir) -> Logging {
        let config = Config { home: folder.path().into(), console: Console::Off, ..Config::default() };
        Logging::start(config).unwrap()
    }

    fn origin(target: &str) -> Origin<'_> {
        Origin { target, ..Origin::default() }
    }

    #[test]
    fn a_target_cannot_tear_a_line_nor_end_its_name() {
        assert_eq!(name("app::db"), "app::db");
        assert_eq!(name("a\nb | c"), "a_b _ c");
        assert_eq!(name("수집\u{7f}"), "수집_");
        assert_eq!(["shop::db", "shop", "", "::a", "a:b::c"].map(first_part), ["shop", "shop", "", "", "a:b"]);
    }

    #[test]
    fn a_value_that_fails_to_format_leaves_what_it_wrote() {
        struct Half;
        impl fmt::Display for Half {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("half")?;
                Err(fmt::Error)
            }
        }
        assert_eq!(text(format_args!("a {Half} b")), "a half");
    }

    #[test]
    fn targets_of_one_program_share_a_file_and_their_number_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let foreign = Foreign::new(&started(&folder), None).unwrap();
        foreign.write(&Level::Info, origin("shop::db"), "one");
        foreign.write(&Level::Info, origin("shop"), "two");
        foreign.write(&Level::Info, origin("application"), "three");
        for nth in 0..MOST_FILES + 50 {
            foreign.write(&Level::Info, origin(&format!("made{nth}")), "many");
        }
        foreign.logging.flush().unwrap();
        let app = folder.path().join("app");
        assert_eq!(std::fs::read_to_string(app.join("shop.log")).unwrap().lines().count(), 2);
        let common = std::fs::read_to_string(app.join("application.log")).unwrap();
        assert_eq!(common.lines().count(), 1 + 3 + MOST_FILES + 50);
        // Two common files beside those of targets, one of which (`application`) is the common one.
        let is_log = |name: &std::ffi::OsStr| name.as_encoded_bytes().ends_with(b".log");
        let logs = std::fs::read_dir(app).unwrap().filter(|entry| is_log(&entry.as_ref().unwrap().file_name()));
        assert_eq!(logs.count(), MOST_FILES + 1);
    }

    #[test]
    fn a_record_whose_own_file_cannot_be_opened_is_in_the_common_file_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let logging = started(&folder);
        std::fs::create_dir(folder.path().join("app/shop.log")).unwrap();
        Foreign::new(&logging, None).unwrap().write(&Level::Info, origin("shop"), "one");
        logging.flush().unwrap();
        assert!(std::fs::read_to_string(folder.path().join("app/application.log")).unwrap().contains("| one\n"));
        assert_eq!(logging.lost(), 1);
    }

    #[test]
    fn a_record_after_shutdown_is_lost_once() {
        let folder = tempfile::tempdir().unwrap();
        let logging = started(&folder);
        let foreign = Foreign::new(&logging, None).unwrap();
        foreign.write(&Level::Info, origin("shop"), "one");
        logging.shutdown();
        foreign.write(&Level::Info, origin("shop"), "two");
        assert_eq!(logging.lost(), 1);
        foreign.write(&Level::Info, origin("other"), "three");
        assert_eq!(logging.lost(), 2);
    }
}
