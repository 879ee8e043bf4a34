//! Levels as numbers, levels of a program's own, and levels that change while it runs.
//!
//! Numbers are those of Python's `logging`: TRACE 5, DEBUG 10, INFO 20, WARNING 30, ERROR 40, CRITICAL 50.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use bongsu_model::Level;

use crate::config::{Config, HandlerLevels};
use crate::{LogError, Logging};

/// Levels that a program may add.
const MOST: usize = 32;

/// A level of the program's own. Never taken away, so that it can be read without a lock.
struct Own {
    name: Box<str>,
    number: AtomicU8,
}

static OWN: [OnceLock<Own>; MOST] = [const { OnceLock::new() }; MOST];

/// Adds a level, or gives one that was added another number: 1 to 59, between those of DEBUG (10), INFO (20), WARNING (30),
/// ERROR (40) and CRITICAL (50), as Python's `logging` counts. At most 32, for the whole program.
///
/// ```
/// use bongsu_log::{level, register_level};
///
/// let audit = register_level("AUDIT", 35)?;
/// assert_eq!(level("audit")?, audit);
/// assert_eq!(
///     level("loud").unwrap_err().to_string(),
///     "unknown level `loud`: expected TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL or AUDIT"
/// );
/// # Ok::<(), bongsu_log::LogError>(())
/// ```
pub fn register_level(name: &str, number: u8) -> Result<Level, LogError> {
    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    if name.is_empty() || !plain || Level::known(name).is_some() || !(1..60).contains(&number) {
        return Err(LogError::LevelRefused { name: name.to_owned(), number });
    }
    for place in &OWN {
        let own = place.get_or_init(|| Own { name: name.to_uppercase().into(), number: AtomicU8::new(number) });
        if same(&own.name, name) {
            own.number.store(number, Ordering::Relaxed);
            return Ok(Level::Custom(own.name.clone()));
        }
    }
    Err(LogError::TooManyLevels { name: name.to_owned() })
}

/// The level of this name, in any case: one of the six, a known spelling of one (`warn`, `fatal` …), or one that was
/// registered.
pub fn level(name: &str) -> Result<Level, LogError> {
    let known = Level::known(name).or_else(|| own(name).map(|own| Level::Custom(own.name.clone())));
    known.ok_or_else(|| LogError::UnknownLevel { name: name.to_owned() })
}

fn same(own: &str, name: &str) -> bool {
    own == name || own.eq_ignore_ascii_case(name) || own.chars().eq(name.chars().flat_map(char::to_uppercase))
}

fn own(name: &str) -> Option<&'static Own> {
    OWN.iter().map_while(OnceLock::get).find(|own| same(&own.name, name))
}

/// The levels that were added, with their numbers.
#[cfg(feature = "config")]
pub(crate) fn added() -> Vec<(&'static str, u8)> {
    let added = OWN.iter().map_while(OnceLock::get);
    added.map(|own| (&*own.name, own.number.load(Ordering::Relaxed))).collect()
}

/// The names of all levels, as an error lists them.
pub(crate) fn names() -> String {
    let mut names = vec!["TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];
    names.extend(OWN.iter().map_while(OnceLock::get).map(|own| &*own.name));
    let last = names.pop().unwrap_or_default();
    format!("{} or {last}", names.join(", "))
}

/// A level's number, as Python's `logging` counts: 25 for SUCCESS, that of INFO for another name that was never registered.
pub fn level_number(level: &Level) -> u8 {
    number(Some(level))
}

/// As [`level_number`]; that of INFO for none.
#[inline]
pub(crate) fn number(level: Option<&Level>) -> u8 {
    match level {
        Some(Level::Trace) => 5,
        Some(Level::Debug) => 10,
        Some(Level::Info) | None => 20,
        Some(Level::Warning) => 30,
        Some(Level::Error) => 40,
        Some(Level::Critical) => 50,
        Some(level @ Level::Custom(name)) => match own(name) {
            Some(own) => own.number.load(Ordering::Relaxed),
            None if level.severity().is_some() => 25,
            None => 20,
        },
    }
}

/// The OpenTelemetry severity number: of a registered level that of its number; of another custom one but SUCCESS none.
#[inline]
pub(crate) fn severity(level: &Level) -> Option<u8> {
    let own = if let Level::Custom(name) = level { own(name) } else { None };
    own.map(|own| severity_of(own.number.load(Ordering::Relaxed))).or_else(|| level.severity())
}

/// The OpenTelemetry severity number of a number as Python's `logging` counts: ten of those are four of these, and 25, between
/// INFO (20, 9) and WARNING (30, 13), is 11.
pub const fn severity_of(number: u8) -> u8 {
    let severity = if number < 10 { number.saturating_sub(1) / 2 } else { 4 + (number - 10) * 2 / 5 };
    if severity > 23 { 24 } else { severity + 1 }
}

/// One of the places that records go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Handler {
    /// Standard output.
    Console,
    /// `app/application.log`.
    Application,
    /// `error/error.log`.
    Error,
    /// The files of components below `app/`.
    Component,
    /// The files below `performance/`.
    Performance,
}

/// The least level of each handler. What is stored is seen by the other threads within moments.
#[derive(Debug)]
pub(crate) struct Levels([AtomicU8; 5]);

impl Levels {
    pub(crate) fn new(config: &Config) -> Self {
        let levels = Self(Default::default());
        levels.set(config);
        levels
    }

    /// Takes the levels that `config` says.
    pub(crate) fn set(&self, config: &Config) {
        let HandlerLevels { application, error, component, performance } = &config.levels;
        let wanted = [&Some(config.console_level.clone()), application, error, component, performance]
            .map(|level| level.as_ref().map_or(0, |level| number(Some(level))));
        for (level, wanted) in self.0.iter().zip(wanted) {
            level.store(wanted, Ordering::Relaxed);
        }
    }

    #[inline]
    pub(crate) fn pass(&self, handler: Handler, number: u8) -> bool {
        number >= self.0[handler as usize].load(Ordering::Relaxed)
    }
}

impl Logging {
    /// From now on `handler` takes records of `level` and up. At first the console takes INFO, the error file ERROR, and the
    /// others all that a logger lets through.
    ///
    /// ```
    /// # use bongsu_log::{Config, Console, Handler, Level, Logging, info};
    /// # let folder = tempfile::tempdir()?;
    /// # let home = folder.path().to_owned();
    /// # let logging = Logging::start(Config { home: home.clone(), console: Console::Off, ..Config::default() })?;
    /// let log = logging.get_logger("films", None, Level::Info)?;
    /// logging.set_level(Handler::Application, &Level::Warning);
    /// log.set_level(&Level::Debug);
    /// bongsu_log::debug!(log, "in the component's file only");
    /// # logging.shutdown();
    /// # assert!(!std::fs::read_to_string(home.join("app/application.log"))?.contains("component's"));
    /// # assert!(std::fs::read_to_string(home.join("app/films.log"))?.contains("component's"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_level(&self, handler: Handler, level: &Level) {
        self.0.levels.0[handler as usize].store(number(Some(level)), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registered_level_has_its_place_and_can_be_moved() {
        assert_eq!(number(Some(&Level::Custom("NOISE".into()))), 20, "not registered yet");
        assert_eq!(severity(&Level::Custom("NOISE".into())), None);
        let noise = register_level("Noise", 7).unwrap();
        assert_eq!((number(Some(&noise)), noise.name()), (7, "NOISE"));
        assert_eq!(register_level("NOISE", 25).unwrap(), noise);
        assert_eq!((number(Some(&noise)), severity(&noise)), (25, Some(11)));
        assert_eq!(level("nOiSe").unwrap(), noise);
    }

    #[test]
    fn success_is_between_info_and_warning() {
        let success = level("success").unwrap();
        assert_eq!(
            (success.name(), number(Some(&success)), severity(&success)),
            ("SUCCESS", 25, Some(severity_of(25)))
        );
        assert!(register_level("SUCCESS", 30).is_err(), "it is there");
    }

    #[test]
    fn a_level_that_is_there_or_cannot_be_is_refused() {
        for (name, number) in
            [("INFO", 25), ("fatal", 25), ("", 25), ("a b", 25), ("a|b", 25), ("LOUDER", 0), ("LOUDER", 60)]
        {
            let said = register_level(name, number).unwrap_err().to_string();
            assert!(said.contains(&format!("`{name}`")), "{said}");
        }
        assert!(level("LOUDER").unwrap_err().to_string().starts_with("unknown level `LOUDER`: expected TRACE, DEBUG,"));
        assert_eq!(level("Warn").unwrap(), Level::Warning);
    }

    #[test]
    fn severities_of_numbers_are_those_of_the_levels() {
        for (number, severity) in
            [(1, 1), (5, 3), (9, 5), (10, 5), (20, 9), (25, 11), (30, 13), (40, 17), (50, 21), (59, 24)]
        {
            assert_eq!(severity_of(number), severity, "{number}");
        }
    }
}
