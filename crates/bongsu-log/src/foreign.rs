//! Records that another logging library made, on their way to the handlers of a log home.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, OnceLock};

use bongsu_model::Level;

use crate::emit::next_id;
use crate::lock::lock;
use crate::place::{Function, Key, Place};
use crate::seen::{Seen, Table};
use crate::{LogError, Logger, Logging, home};

/// Files that targets open of themselves; records of further ones are in the common files only.
const MOST_FILES: usize = 100;

/// What another library tells of the place that a record comes from.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Origin<'a> {
    pub(crate) target: &'a str,
    pub(crate) module: Option<&'a str>,
    /// The module, where its text stays as long as the program runs; empty when there is none.
    pub(crate) lasting: Option<&'static str>,
    pub(crate) file: Option<&'a str>,
    pub(crate) line: Option<u32>,
}

/// Hands over records of any target, each also to its own file.
#[derive(Debug)]
pub(crate) struct Foreign {
    logging: Logging,
    common: Logger,
    own: Own,
    seen: Table,
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
        Ok(Self { common: logger(common, None)?, own, logging: logging.clone(), seen: Table::default() })
    }

    /// Writes one record, whose message `say` adds to the first of two empty texts, the second for its own use. No lock is held
    /// when it is called, so that values of the program may log while they are formatted.
    pub(crate) fn write(&self, level: &Level, origin: Origin<'_>, say: impl FnOnce(&mut String, &mut String)) {
        let Origin { target, module, lasting, file, line } = origin;
        let place = |logger, key| Place { level, logger, function: Function::In(module), file, line, key };
        if let Some(seen) = self.seen.find(target) {
            let key = lasting.and_then(|module| Key::new(seen.id, level, module, line));
            return seen.logger.pass(&place(&seen.name, key), say);
        }
        let name = name(target);
        let (logger, is_settled) = self.logger(target);
        if is_settled {
            self.seen.add(Seen { target: target.into(), name: (&*name).into(), id: next_id(), logger: logger.clone() });
        }
        logger.pass(&place(&name, None), say);
    }

    /// The logger for records of `target`, and whether it stays that.
    fn logger(&self, target: &str) -> (&Logger, bool) {
        match &self.own {
            Own::Given(logger) => (logger, true),
            Own::OfTarget(known) => self.of_target(known, target),
        }
    }

    /// Waits until all is in the files; what cannot be written now is told by the file.
    #[cfg(feature = "log")]
    pub(crate) fn flush(&self) {
        let _ = self.logging.flush();
    }

    fn of_target<'f>(&'f self, targets: &'f Targets, target: &str) -> (&'f Logger, bool) {
        let component = first_part(target);
        if let Some(logger) = targets.find(component) {
            return (logger, true);
        }
        match targets.find_or_make(component, || self.logging.get_logger(component, None, Level::Trace)) {
            Ok(Some(logger)) => return (logger, true),
            // There is no room for more files, and never will be.
            Ok(None) => return (&self.common, true),
            // Whoever writes after the end counts it.
            Err(LogError::ShutDown) => {}
            Err(_) => self.common.count_lost(),
        }
        (&self.common, false)
    }
}

/// The first part of a target: `shop` of `shop::orders`.
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

/// Adds `value` as its `Debug` writes it.
pub(crate) fn push_quoted(text: &mut String, value: &str) {
    if value.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')) {
        text.push('"');
        text.push_str(value);
        text.push('"');
    } else {
        push(text, format_args!("{value:?}"));
    }
}

/// What `value` writes of itself, as [`push`] adds it.
#[cfg(feature = "tracing")]
pub(crate) fn text(value: fmt::Arguments<'_>) -> String {
    let mut text = String::new();
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

    fn write(foreign: &Foreign, target: &str, message: &str) {
        let origin = Origin { target, lasting: Some(""), ..Origin::default() };
        foreign.write(&Level::Info, origin, |text, _| text.push_str(message));
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
        write(&foreign, "shop::db", "one");
        write(&foreign, "shop", "two");
        write(&foreign, "application", "three");
        for nth in 0..MOST_FILES + 50 {
            write(&foreign, &format!("made{nth}"), "many");
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
    fn a_target_is_never_taken_for_another_however_many_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let logging = started(&folder);
        let foreign = Foreign::new(&logging, Some("all.log")).unwrap();
        let target = |nth: u32| format!("{}::module{}", "x".repeat(nth as usize % 3), nth / 3);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..3_000).for_each(|nth| write(&foreign, &target(nth), &target(nth))));
            }
        });
        logging.flush().unwrap();
        let text = std::fs::read_to_string(folder.path().join("app/all.log")).unwrap();
        let mut targets = Vec::new();
        for line in text.lines() {
            let (head, message) = line.split_once(" | ").unwrap();
            assert_eq!(head.split_whitespace().last(), Some(message), "{line}");
            targets.push(message);
        }
        targets.sort_unstable();
        targets.dedup();
        assert_eq!((text.lines().count(), targets.len()), (6_000, 3_000));
    }

    #[test]
    fn a_target_whose_file_could_not_be_opened_gets_it_when_it_can() {
        let folder = tempfile::tempdir().unwrap();
        let logging = started(&folder);
        let (foreign, file) = (Foreign::new(&logging, None).unwrap(), folder.path().join("app/shop.log"));
        std::fs::create_dir(&file).unwrap();
        write(&foreign, "shop", "one");
        std::fs::remove_dir(&file).unwrap();
        write(&foreign, "shop", "two");
        logging.flush().unwrap();
        assert!(std::fs::read_to_string(file).unwrap().ends_with("| two\n"));
        assert_eq!(logging.lost(), 1);
    }

    #[test]
    fn a_record_whose_own_file_cannot_be_opened_is_in_the_common_file_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let logging = started(&folder);
        std::fs::create_dir(folder.path().join("app/shop.log")).unwrap();
        write(&Foreign::new(&logging, None).unwrap(), "shop", "one");
        logging.flush().unwrap();
        assert!(std::fs::read_to_string(folder.path().join("app/application.log")).unwrap().contains("| one\n"));
        assert_eq!(logging.lost(), 1);
    }

    #[test]
    fn a_record_after_shutdown_is_lost_once() {
        let folder = tempfile::tempdir().unwrap();
        let logging = started(&folder);
        let foreign = Foreign::new(&logging, None).unwrap();
        write(&foreign, "shop", "one");
        logging.shutdown();
        write(&foreign, "shop", "two");
        assert_eq!(logging.lost(), 1);
        write(&foreign, "other", "three");
        assert_eq!(logging.lost(), 2);
    }
}
