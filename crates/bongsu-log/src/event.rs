//! One record on its way to the handlers.

use bongsu_model::{Level, Timestamp};

use crate::Site;

/// What a handler gets.
#[derive(Debug)]
pub(crate) struct Event<'a> {
    pub(crate) time: Timestamp,
    pub(crate) level: &'a Level,
    pub(crate) logger: &'a str,
    pub(crate) site: Site,
    pub(crate) message: &'a str,
}

/// Where a level stands among the others; a custom one counts as INFO.
pub(crate) fn rank(level: &Level) -> u8 {
    level.severity().or(Level::Info.severity()).unwrap_or_default()
}
