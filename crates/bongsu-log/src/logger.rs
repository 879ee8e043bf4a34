//! A named logger.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use bongsu_model::Level;

use crate::emit::next_id;
use crate::levels::number;
use crate::logging::{Shared, Target};
use crate::place::{Function, Key, Place};
use crate::{Bound, Site};

/// Writes records under one name; made by [`crate::Logging::get_logger`] and cheap to clone.
///
/// The macros [`crate::info!`] and its like fill in where the call stands.
///
/// ```
/// use bongsu_log::{Config, Console, Level, Logging, debug, info};
///
/// # let folder = tempfile::tempdir()?;
/// # let home = folder.path().to_owned();
/// # let logging = Logging::start(Config { home: home.clone(), console: Console::Off, ..Config::default() })?;
/// let log = logging.get_logger("films", None, Level::Info)?;
/// info!(log, "{} loaded", 20);
/// debug!(log, "not written, and {} is not formatted", "this");
/// log.set_level(&Level::Debug);
/// assert!(log.is_on(&Level::Debug));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Logger {
    named: Arc<Named>,
    bound: Bound,
}

#[derive(Debug)]
struct Named {
    /// No other logger of the process has it.
    id: u64,
    name: String,
    level: AtomicU8,
    own: Option<Target>,
    shared: Arc<Shared>,
}

impl Logger {
    pub(crate) fn new(name: &str, level: &Level, own: Option<Target>, shared: Arc<Shared>) -> Self {
        let level = AtomicU8::new(number(Some(level)));
        let named = Arc::new(Named { id: next_id(), name: name.to_owned(), level, own, shared });
        Self { named, bound: Bound::default() }
    }

    /// The logger's name.
    pub fn name(&self) -> &str {
        &self.named.name
    }

    /// Whether a record of this level would be written.
    #[inline]
    pub fn is_on(&self, level: &Level) -> bool {
        number(Some(level)) >= self.named.level.load(Ordering::Relaxed)
    }

    /// From now on the logger lets records of `level` and up through, in all its clones.
    pub fn set_level(&self, level: &Level) {
        self.named.level.store(number(Some(level)), Ordering::Relaxed);
    }

    pub(crate) fn is_named_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.named, &other.named)
    }

    pub(crate) fn bound(&self) -> &Bound {
        &self.bound
    }

    pub(crate) fn bound_to(&self, bound: Bound) -> Self {
        Self { named: Arc::clone(&self.named), bound }
    }

    /// Writes one record to each handler whose level it reaches, its secrets hidden. A line that could not be written is counted
    /// in [`crate::Logging::lost`]; the program goes on.
    pub fn log(&self, level: &Level, site: Site, message: fmt::Arguments<'_>) {
        if !self.is_on(level) {
            return;
        }
        let Named { id, name, own, shared, .. } = &*self.named;
        let place = Place {
            level,
            logger: name,
            function: Function::Named(site.function),
            file: Some(site.file),
            line: Some(site.line),
            key: Key::new(*id, level, site.function, Some(site.line)),
        };
        shared.log(&place, own.as_ref(), &self.bound, message);
    }

    /// Writes a record that another library made, if its level is on, under the name that it has; its message as
    /// [`Shared::write`] has it.
    #[cfg(any(feature = "tracing", feature = "log"))]
    pub(crate) fn pass(&self, place: &Place<'_>, say: impl FnOnce(&mut String, &mut String)) {
        if self.is_on(place.level) {
            let Named { own, shared, .. } = &*self.named;
            shared.write(place, own.as_ref(), &self.bound, say);
        }
    }

    /// Counts a line that did not come to the file it should have come to.
    #[cfg(any(feature = "tracing", feature = "log"))]
    pub(crate) fn count_lost(&self) {
        self.named.shared.count(&Err(std::io::ErrorKind::Other.into()));
    }
}
