//! From a written time to a point in time: fills what was not written.

use std::cell::Cell;

use bongsu_model::Timestamp;
use jiff::tz::TimeZone;

use super::civil::{Civil, day_of_epoch, days_from_epoch, is_day};

const DAY: i64 = 86_400;
const NANOS: i64 = 1_000_000_000;
/// Zones change their offset at quarters of an hour: one look-up answers for all times of the same quarter.
const QUARTER: i64 = 900;

/// Knows the zone of zoneless times, now, and the year to fill in.
#[derive(Debug)]
pub(crate) struct Calendar {
    zone: TimeZone,
    now: Timestamp,
    /// Now on the clocks of `zone`, in seconds counted as if they were UTC.
    civil_now: i64,
    year: Option<i64>,
    /// First civil second of a quarter, and its offset.
    quarter: Cell<(i64, i64)>,
    guessed: Cell<bool>,
}

impl Calendar {
    pub(crate) fn new(zone: TimeZone, now: Timestamp, year: Option<i16>) -> Self {
        let point = now.to_jiff();
        let civil_now = point.as_second() + i64::from(zone.to_offset(point).seconds());
        let year = year.map(i64::from);
        Self { zone, now, civil_now, year, quarter: Cell::new((i64::MIN, 0)), guessed: Cell::new(false) }
    }

    /// Whether a zone, a year or a date had to be filled in since the last time this was asked.
    pub(crate) fn take_guessed(&self) -> bool {
        self.guessed.replace(false)
    }

    /// Seconds east of UTC in the zone of zoneless times, at a civil second counted as if it were UTC.
    ///
    /// In a gap the offset before it holds, in a fold the earlier time is meant.
    pub(crate) fn local_offset(&self, civil: i64) -> i64 {
        self.guessed.set(true);
        let (start, offset) = self.quarter.get();
        if start != i64::MIN && (start..start + QUARTER).contains(&civil) {
            return offset;
        }
        let start = civil - civil.rem_euclid(QUARTER);
        let offset = self.look_up(civil);
        if self.look_up(start) == offset && self.look_up(start + QUARTER - 1) == offset {
            self.quarter.set((start, offset));
        }
        offset
    }

    fn look_up(&self, civil: i64) -> i64 {
        let (days, second) = (civil.div_euclid(DAY), civil.rem_euclid(DAY));
        let (year, month, day) = day_of_epoch(days);
        let (Ok(year), hour) = (i16::try_from(year), (second / 3600) as i8) else { return 0 };
        let (minute, second) = ((second / 60 % 60) as i8, (second % 60) as i8);
        let time = jiff::civil::DateTime::new(year, month as i8, day as i8, hour, minute, second, 0);
        let point = time.ok().and_then(|time| self.zone.to_timestamp(time).ok());
        point.map_or(0, |point| civil - point.as_second())
    }

    /// The offset that a zone's abbreviation has at a civil second; none when it is no zone's abbreviation.
    pub(crate) fn abbreviation(&self, name: &str, civil: i64) -> Option<i64> {
        if matches!(name, "UTC" | "GMT" | "Z" | "UCT") {
            return Some(0);
        }
        let guessed = self.guessed.get();
        let local = self.local_offset(civil);
        self.guessed.set(guessed);
        let at = jiff::Timestamp::from_second(civil - local).ok()?;
        if self.zone.to_offset_info(at).abbreviation() == name {
            return Some(local);
        }
        let hours = match name {
            "KST" | "JST" => 9.0,
            "SGT" | "HKT" => 8.0,
            "ICT" | "WIB" => 7.0,
            "IST" => 5.5,
            "MSK" | "EEST" => 3.0,
            "CEST" | "EET" | "SAST" => 2.0,
            "CET" | "BST" | "WEST" => 1.0,
            "WET" => 0.0,
            "EDT" => -4.0,
            "EST" | "CDT" => -5.0,
            "CST" | "MDT" => -6.0,
            "MST" | "PDT" => -7.0,
            "PST" => -8.0,
            "AEST" => 10.0,
            "AEDT" => 11.0,
            _ => return None,
        };
        Some((hours * 3600.0) as i64)
    }

    /// The point in time; `offset` in seconds east of UTC, none for the zone of zoneless times. None for a day that no
    /// calendar has, or outside the years that a [`Timestamp`] can tell.
    pub(crate) fn point(&self, civil: &Civil, offset: Option<i64>) -> Option<Timestamp> {
        let nanos = |second: i64| {
            let offset = offset.unwrap_or_else(|| self.local_offset(second));
            (second - offset).checked_mul(NANOS)?.checked_add(i64::from(civil.nanos)).map(Timestamp::from_nanos)
        };
        let of_day = i64::from(civil.second_of_day);
        let Some((month, day)) = civil.date else {
            let today = self.civil_now.div_euclid(DAY);
            let soon = self.now.plus_nanos(3_600 * NANOS);
            self.guessed.set(true);
            return nanos(today * DAY + of_day)
                .filter(|time| *time <= soon)
                .or_else(|| nanos((today - 1) * DAY + of_day));
        };
        if let Some(year) = civil.year {
            return nanos(days_from_epoch(year, month, day) * DAY + of_day);
        }
        self.guessed.set(true);
        let in_year = |year| is_day(Some(year), month, day).then(|| days_from_epoch(year, month, day) * DAY + of_day);
        if let Some(year) = self.year {
            return in_year(year).and_then(nanos);
        }
        let latest = self.civil_now + DAY;
        let (this_year, ..) = day_of_epoch(self.civil_now.div_euclid(DAY));
        (this_year - 8..=this_year + 1).rev().filter_map(in_year).find(|second| *second <= latest).and_then(nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(zone: &str, now: &str) -> Calendar {
        let now = Timestamp::from_jiff(now.parse().unwrap()).unwrap();
        Calendar::new(TimeZone::get(zone).unwrap(), now, None)
    }

    fn point(calendar: &Calendar, year: Option<i64>, date: Option<(u32, u32)>, hour: u32, minute: u32) -> String {
        let civil = Civil { year, date, second_of_day: hour * 3600 + minute * 60, nanos: 0 };
        calendar.point(&civil, None).map_or("none".into(), |time| time.to_jiff().to_string())
    }

    #[test]
    fn gaps_and_folds_follow_jiff_compatible() {
        let new_york = calendar("America/New_York", "2025-06-06T00:00:00Z");
        for (date, hour, expected) in [
            ((3, 9), 1, "2025-03-09T06:30:00Z"),
            ((3, 9), 2, "2025-03-09T07:30:00Z"),
            ((3, 9), 3, "2025-03-09T07:30:00Z"),
            ((11, 2), 0, "2025-11-02T04:30:00Z"),
            ((11, 2), 1, "2025-11-02T05:30:00Z"),
            ((11, 2), 2, "2025-11-02T07:30:00Z"),
        ] {
            assert_eq!(point(&new_york, Some(2025), Some(date), hour, 30), expected);
        }
    }

    #[test]
    fn a_missing_year_is_the_one_nearest_to_now_but_not_in_the_future() {
        let seoul = calendar("Asia/Seoul", "2026-01-01T12:00:00Z");
        assert_eq!(point(&seoul, None, Some((12, 31)), 23, 0), "2025-12-31T14:00:00Z");
        assert_eq!(point(&seoul, None, Some((1, 2)), 9, 0), "2026-01-02T00:00:00Z");
        assert_eq!(point(&seoul, None, Some((1, 4)), 9, 0), "2025-01-04T00:00:00Z");
        assert_eq!(point(&seoul, None, Some((2, 29)), 9, 0), "2024-02-29T00:00:00Z");
        let eve = calendar("UTC", "2025-12-31T23:00:00Z");
        assert_eq!(point(&eve, None, Some((1, 1)), 1, 0), "2026-01-01T01:00:00Z");
    }

    #[test]
    fn a_missing_date_is_today_or_yesterday() {
        let seoul = calendar("Asia/Seoul", "2025-06-06T15:05:00Z");
        assert_eq!(point(&seoul, None, None, 0, 4), "2025-06-06T15:04:00Z");
        assert_eq!(point(&seoul, None, None, 23, 59), "2025-06-06T14:59:00Z");
    }

    #[test]
    fn abbreviations_are_local_first() {
        let kolkata = calendar("Asia/Kolkata", "2025-06-06T00:00:00Z");
        assert_eq!(kolkata.abbreviation("IST", 1_749_168_000), Some(19_800));
        assert_eq!(kolkata.abbreviation("KST", 1_749_168_000), Some(32_400));
        assert_eq!(kolkata.abbreviation("INFO", 1_749_168_000), None);
        assert!(!kolkata.take_guessed());
    }
}
