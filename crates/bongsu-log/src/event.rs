//! One record on its way to the handlers.

use bongsu_format::render::Layout;
use bongsu_model::{Level, Record};
use jiff::tz::TimeZone;

/// Where a level stands among the others; a custom one, or none, counts as INFO.
pub(crate) fn rank(level: Option<&Level>) -> u8 {
    level.and_then(Level::severity).or(Level::Info.severity()).unwrap_or_default()
}

/// Puts `record` into `line` in place of what was there, with its line end.
pub(crate) fn render(layout: &Layout, record: &Record<'_>, zone: &TimeZone, line: &mut String) {
    line.clear();
    layout.render(record, zone, line);
    line.push('\n');
}
