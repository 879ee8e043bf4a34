//! The hours that an analysis looks back over.

use bongsu_model::{TimeRange, Timestamp};
use jiff::tz::TimeZone;

const NANOS_PER_HOUR: i128 = 3_600_000_000_000;

/// The last `hours` hours before `at`, both ends in.
///
/// A line that had no time of its own counts as inside: it cannot be said to lie outside.
///
/// ```
/// use bongsu_insight::Window;
/// use bongsu_model::Timestamp;
///
/// let hour = 3_600_000_000_000;
/// let window = Window::new(Timestamp::from_nanos(24 * hour), 24);
/// assert!(window.contains(Some(Timestamp::from_nanos(0))));
/// assert!(!window.contains(Some(Timestamp::from_nanos(-1))));
/// assert!(window.contains(None));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// The window's end: now, or the "now" of old logs.
    pub at: Timestamp,
    /// How far back it reaches, hours.
    pub hours: u32,
    /// The zone that hours and dates are told in.
    pub zone: TimeZone,
}

impl Window {
    /// Hours looked back over when nobody says otherwise.
    pub const DEFAULT_HOURS: u32 = 24;

    /// The `hours` hours before `at`, told in the machine's zone.
    pub fn new(at: Timestamp, hours: u32) -> Self {
        Self { at, hours, zone: TimeZone::system() }
    }

    /// The same hours, told in `zone`.
    #[must_use]
    pub fn in_zone(self, zone: TimeZone) -> Self {
        Self { zone, ..self }
    }

    /// First and last time inside.
    pub fn range(&self) -> TimeRange {
        let from = i128::from(self.at.nanos()) - i128::from(self.hours) * NANOS_PER_HOUR;
        TimeRange { from: i64::try_from(from).map_or(Timestamp::MIN, Timestamp::from_nanos), to: self.at }
    }

    /// Whether a line of this time counts; one without a time does.
    pub fn contains(&self, time: Option<Timestamp>) -> bool {
        time.is_none_or(|time| self.range().contains(time))
    }

    /// The window in words, as reports have it: `Last 24 hours`.
    pub fn period(&self) -> String {
        format!("Last {} hours", self.hours)
    }

    /// The hour of the window's zone that `time` lies in: `2026-11-20 14:00`.
    pub(crate) fn hour(&self, time: Timestamp) -> String {
        time.to_jiff().to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:00").to_string()
    }

    /// `time` as RFC 3339 with nine digits and the zone's offset; `Z` where that is nought, as in rows of a search.
    pub(crate) fn rfc3339(&self, time: Timestamp) -> String {
        let zoned = time.to_jiff().to_zoned(self.zone.clone());
        if zoned.offset().seconds() == 0 {
            return time.to_string();
        }
        zoned.strftime("%Y-%m-%dT%H:%M:%S.%9f%:z").to_string()
    }

    /// The date at the window's end, in its zone.
    pub(crate) fn date(&self) -> jiff::civil::Date {
        self.at.to_jiff().to_zoned(self.zone.clone()).date()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_jiff(text.parse().unwrap()).unwrap()
    }

    #[test]
    fn both_ends_are_inside_and_a_nanosecond_beyond_is_not() {
        let window = Window::new(at("2025-06-06T12:00:00Z"), 24);
        for (time, inside) in [
            ("2025-06-05T12:00:00Z", true),
            ("2025-06-05T11:59:59.999999999Z", false),
            ("2025-06-06T12:00:00Z", true),
            ("2025-06-06T12:00:00.000000001Z", false),
        ] {
            assert_eq!(window.contains(Some(at(time))), inside, "{time}");
        }
    }

    #[test]
    fn an_endless_window_does_not_overflow() {
        let window = Window::new(at("2025-06-06T12:00:00Z"), u32::MAX);
        assert!(window.contains(Some(Timestamp::MIN)));
    }

    #[test]
    fn hours_dates_and_times_are_those_of_the_zone() {
        let seoul = TimeZone::get("Asia/Seoul").unwrap();
        let window = Window::new(at("2025-06-06T15:30:00Z"), 1).in_zone(seoul);
        assert_eq!(window.hour(window.at), "2025-06-07 00:00");
        assert_eq!(window.date().to_string(), "2025-06-07");
        assert_eq!(window.rfc3339(window.at), "2025-06-07T00:30:00.000000000+09:00");
        assert_eq!(window.clone().in_zone(TimeZone::UTC).rfc3339(window.at), "2025-06-06T15:30:00.000000000Z");
        assert_eq!(window.period(), "Last 1 hours");
    }
}
