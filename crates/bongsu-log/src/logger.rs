//! A named logger.

use std::fmt;
use std::sync::Arc;

use bongsu_model::{Level, Record};

use crate::Site;
use crate::event::rank;
use crate::logging::{Shared, Target};

/// Writes records under one name; made by [`crate::Logging::get_logger`] and cheap to clone.
///
/// The macros [`crate::info!`] and its like fill in where the call stands.
#[derive(Debug, Clone)]
pub struct Logger(Arc<Named>);

#[derive(Debug)]
struct Named {
    name: String,
    level: Level,
    own: Option<Target>,
    shared: Arc<Shared>,
}

impl Logger {
    pub(crate) fn new(name: &str, level: Level, own: Option<Target>, shared: Arc<Shared>) -> Self {
        Self(Arc::new(Named { name: name.to_owned(), level, own, shared }))
    }

    /// The logger's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether a record of this level would be written.
    pub fn is_on(&self, level: &Level) -> bool {
        rank(Some(level)) >= rank(Some(&self.0.level))
    }

    /// Whether `other` is this very logger.
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Writes one record to each handler whose level it reaches. A line that could not be written is counted in
    /// [`crate::Logging::lost`]; the program goes on.
    pub fn log(&self, level: &Level, site: Site, message: fmt::Arguments<'_>) {
        if !self.is_on(level) {
            return;
        }
        let made;
        let message = if let Some(text) = message.as_str() {
            text
        } else {
            made = message.to_string();
            &made
        };
        let record = Record {
            time: Some(self.0.shared.now()),
            level: Some(level.clone()),
            logger: Some(self.0.name.as_str().into()),
            message: message.into(),
            function: Some(site.function.into()),
            file: Some(site.file.into()),
            line: Some(site.line.into()),
            ..Record::default()
        };
        self.0.shared.write(&record, self.0.own.as_ref());
    }
    /// Writes a record that another library made, under the name and the level that it has.
    #[cfg(any(feature = "tracing", feature = "log"))]
    pub(crate) fn pass(&self, record: Record<'_>) {
        let record = Record { time: Some(self.0.shared.now()), ..record };
        self.0.shared.write(&record, self.0.own.as_ref());
    }

    /// Counts a line that did not come to the file it should have come to.
    #[cfg(any(feature = "tracing", feature = "log"))]
    pub(crate) fn count_lost(&self) {
        self.0.shared.count(&Err(std::io::ErrorKind::Other.into()));
    }
}
