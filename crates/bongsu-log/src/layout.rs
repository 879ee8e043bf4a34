//! The line formats of the handlers.

use std::fmt::Write;

use jiff::tz::TimeZone;

use crate::event::Event;

/// How a record becomes a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// `[2025-06-06 12:00:00] INFO     name            func                 L 12 | message`
    Detailed,
    /// `[12:00:00] INFO     | message`
    Simple,
    /// `[2025-06-06 12:00:00] INFO     name            | message`
    Component,
    /// `[2025-06-06 12:00:00] PERF name            | message`
    Performance,
}

impl Layout {
    /// Writes `event` to the end of `line`, with its line end.
    pub(crate) fn write(self, event: &Event<'_>, zone: &TimeZone, line: &mut String) {
        let time = event.time.to_jiff().to_zoned(zone.clone());
        let (level, logger, message) = (event.level, event.logger, event.message);
        let clock = time.strftime(if self == Self::Simple { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" });
        // Writing to a String cannot fail.
        let _ = match self {
            Self::Detailed => {
                let (function, number) = (event.site.function, event.site.line);
                writeln!(line, "[{clock}] {level:<8} {logger:<15} {function:<20} L{number:>3} | {message}")
            }
            Self::Simple => writeln!(line, "[{clock}] {level:<8} | {message}"),
            Self::Component => writeln!(line, "[{clock}] {level:<8} {logger:<15} | {message}"),
            Self::Performance => writeln!(line, "[{clock}] PERF {logger:<15} | {message}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use bongsu_model::{Level, Timestamp};

    use super::*;
    use crate::Site;

    fn line(layout: Layout, level: &Level, logger: &str, message: &str) -> String {
        let site = Site { function: "func", file: "src/a.rs", line: 12 };
        let time = Timestamp::from_nanos(1_749_211_200_123_456_789);
        let mut line = String::new();
        layout.write(&Event { time, level, logger, site, message }, &TimeZone::UTC, &mut line);
        line
    }

    #[test]
    fn each_layout_is_the_documented_one_to_the_byte() {
        let table = [
            (Layout::Detailed, "[2025-06-06 12:00:00] INFO     name            func                 L 12 | message\n"),
            (Layout::Simple, "[12:00:00] INFO     | message\n"),
            (Layout::Component, "[2025-06-06 12:00:00] INFO     name            | message\n"),
            (Layout::Performance, "[2025-06-06 12:00:00] PERF name            | message\n"),
        ];
        for (layout, expected) in table {
            assert_eq!(line(layout, &Level::Info, "name", "message"), expected);
        }
    }

    #[test]
    fn a_name_longer_than_its_place_is_not_cut() {
        assert_eq!(
            line(Layout::Component, &Level::Critical, "a.very.long.logger", "끝"),
            "[2025-06-06 12:00:00] CRITICAL a.very.long.logger | 끝\n"
        );
    }

    #[test]
    fn times_are_written_in_the_zone() {
        let site = Site { function: "f", file: "a.rs", line: 1 };
        let (time, level) = (Timestamp::from_nanos(0), &Level::Info);
        let mut line = String::new();
        let event = Event { time, level, logger: "n", site, message: "m" };
        Layout::Simple.write(&event, &TimeZone::get("Asia/Seoul").unwrap(), &mut line);
        assert_eq!(line, "[09:00:00] INFO     | m\n");
    }
}
