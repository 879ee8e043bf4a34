//! Times at which a file rotates, in a time zone with its summer time.

use std::fmt;

use bongsu_model::Timestamp;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Zoned};

use super::size;

/// Times that come again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// At this time of each day: `"00:00"`, `"daily"`.
    Daily(Time),
    /// At this time of a day of each week: `"monday"`, `"sunday at 23:00"`, `"weekly"`.
    Weekly(Weekday, Time),
    /// At the first moment of each hour: `"hourly"`.
    Hourly,
    /// At the first moment of each month: `"monthly"`.
    Monthly,
    /// At the first moment of each year: `"yearly"`.
    Yearly,
    /// So long after the file was begun: `"1 week"`, `"12 hours"`. Days and longer go by the calendar.
    Every(u32, Unit),
}

/// What [`Schedule::Every`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

const UNITS: [(Unit, &str, &str); 7] = [
    (Unit::Second, "second", "s"),
    (Unit::Minute, "minute", "min"),
    (Unit::Hour, "hour", "h"),
    (Unit::Day, "day", "d"),
    (Unit::Week, "week", "w"),
    (Unit::Month, "month", "month"),
    (Unit::Year, "year", "y"),
];

const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "monday"),
    (Weekday::Tuesday, "tuesday"),
    (Weekday::Wednesday, "wednesday"),
    (Weekday::Thursday, "thursday"),
    (Weekday::Friday, "friday"),
    (Weekday::Saturday, "saturday"),
    (Weekday::Sunday, "sunday"),
];

impl Schedule {
    /// The schedule that `text` means, if it is one of the forms that the variants name.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        match text.as_str() {
            "daily" | "midnight" => return Some(Self::Daily(Time::midnight())),
            "weekly" => return Some(Self::Weekly(Weekday::Monday, Time::midnight())),
            "hourly" => return Some(Self::Hourly),
            "monthly" => return Some(Self::Monthly),
            "yearly" => return Some(Self::Yearly),
            _ => {}
        }
        if let Some(time) = time_of_day(&text) {
            return Some(Self::Daily(time));
        }
        let (day, time) = text.split_once(" at ").map_or((text.as_str(), None), |(day, time)| (day, Some(time)));
        if let Some((day, _)) = DAYS.iter().find(|(_, name)| *name == day.trim()) {
            let time = time.map_or(Some(Time::midnight()), time_of_day)?;
            return Some(Self::Weekly(*day, time));
        }
        let (number, unit) = size::split(&text)?;
        let names = |name: &str, short: &str| unit == short || unit == name || unit.strip_suffix('s') == Some(name);
        let (unit, ..) = UNITS.iter().find(|(_, name, short)| names(name, short))?;
        let whole = number.fract() == 0.0 && (1.0..=100_000.0).contains(&number);
        whole.then_some(Self::Every(number as u32, *unit))
    }

    /// The first of these times behind `begun`, when the file was begun. None when no calendar has it.
    ///
    /// A time that a clock skips when summer begins counts as the moment when it skips; one that it shows twice counts once.
    pub fn next(self, begun: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let at = jiff::Timestamp::from_nanosecond(begun.nanos().into()).ok()?.to_zoned(zone.clone());
        let next = self.behind(&at)?;
        i64::try_from(next.timestamp().as_nanosecond()).ok().map(Timestamp::from_nanos)
    }

    fn behind(self, at: &Zoned) -> Option<Zoned> {
        let days = |day: jiff::civil::Date, time, step: Span| {
            let first = on(day, time, at)?;
            if first > *at { Some(first) } else { on(day.checked_add(step).ok()?, time, at) }
        };
        match self {
            Self::Daily(time) => days(at.date(), time, Span::new().days(1)),
            Self::Weekly(weekday, time) => {
                let ahead = at.weekday().until(weekday);
                days(at.date().checked_add(Span::new().days(ahead)).ok()?, time, Span::new().weeks(1))
            }
            // Added on the clock of the world, so that an hour that a local clock shows twice is two.
            Self::Hourly => {
                let into = i64::from(at.minute()) * 60 + i64::from(at.second());
                let begun = at.checked_sub(Span::new().seconds(into)).ok()?;
                begun
                    .checked_sub(Span::new().nanoseconds(i64::from(at.subsec_nanosecond())))
                    .ok()?
                    .checked_add(Span::new().hours(1))
                    .ok()
            }
            Self::Monthly => {
                on(at.date().first_of_month().checked_add(Span::new().months(1)).ok()?, Time::midnight(), at)
            }
            Self::Yearly => on(at.date().first_of_year().checked_add(Span::new().years(1)).ok()?, Time::midnight(), at),
            Self::Every(number, unit) => {
                let (number, span) = (i64::from(number), Span::new());
                let span = match unit {
                    Unit::Second => span.try_seconds(number),
                    Unit::Minute => span.try_minutes(number),
                    Unit::Hour => span.try_hours(number),
                    Unit::Day => span.try_days(number),
                    Unit::Week => span.try_weeks(number),
                    Unit::Month => span.try_months(number),
                    Unit::Year => span.try_years(number),
                };
                at.checked_add(span.ok()?).ok()
            }
        }
    }
}

/// When it is `time` on `day` where `at` is.
fn on(day: jiff::civil::Date, time: Time, at: &Zoned) -> Option<Zoned> {
    let ambiguous = at.time_zone().to_ambiguous_zoned(day.to_datetime(time));
    if let jiff::tz::AmbiguousOffset::Gap { .. } = ambiguous.offset() {
        // The moment of the change itself: the first one behind what a clock that has changed already would show.
        let earlier = ambiguous.clone().earlier().ok()?;
        let change = at.time_zone().following(earlier.timestamp()).next().map(|change| change.timestamp());
        return change.map(|change| change.to_zoned(at.time_zone().clone()));
    }
    ambiguous.compatible().ok()
}

/// `23:59` or `23:59:59`.
fn time_of_day(text: &str) -> Option<Time> {
    let mut parts = text.trim().split(':');
    let mut next =
        || parts.next().map(|part| if (1..=2).contains(&part.len()) { part.parse::<i8>().ok() } else { None });
    let (hour, minute, second) = (next()??, next()??, next().unwrap_or(Some(0))?);
    if parts.next().is_some() {
        return None;
    }
    Time::new(hour, minute, second, 0).ok()
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Daily(time) => time.fmt(f),
            Self::Weekly(day, time) => {
                let name = DAYS.iter().find(|(known, _)| known == day).map_or("", |(_, name)| name);
                write!(f, "{name} at {time}")
            }
            Self::Hourly => f.write_str("hourly"),
            Self::Monthly => f.write_str("monthly"),
            Self::Yearly => f.write_str("yearly"),
            Self::Every(number, unit) => {
                let name = UNITS.iter().find(|(known, ..)| known == unit).map_or("", |(_, name, _)| name);
                write!(f, "{number} {name}s")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The time that follows `begun`, as it reads there.
    fn next(schedule: &str, begun: &str) -> String {
        let begun: Zoned = begun.parse().unwrap();
        let at = Timestamp::from_nanos(begun.timestamp().as_nanosecond() as i64);
        let next = Schedule::parse(schedule).unwrap().next(at, begun.time_zone()).unwrap();
        let next = jiff::Timestamp::from_nanosecond(next.nanos().into()).unwrap();
        next.to_zoned(begun.time_zone().clone()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
    }

    #[test]
    fn times_come_as_the_calendar_says() {
        let friday = "2025-06-06T12:30:15[Asia/Seoul]";
        let table = [
            ("00:00", "2025-06-07 00:00:00 +09:00"),
            ("daily", "2025-06-07 00:00:00 +09:00"),
            ("13:00", "2025-06-06 13:00:00 +09:00"),
            ("12:30:15", "2025-06-07 12:30:15 +09:00"),
            ("hourly", "2025-06-06 13:00:00 +09:00"),
            ("weekly", "2025-06-09 00:00:00 +09:00"),
            ("friday", "2025-06-13 00:00:00 +09:00"),
            ("friday at 18:00", "2025-06-06 18:00:00 +09:00"),
            ("Sunday at 6:05", "2025-06-08 06:05:00 +09:00"),
            ("monthly", "2025-07-01 00:00:00 +09:00"),
            ("yearly", "2026-01-01 00:00:00 +09:00"),
            ("1 week", "2025-06-13 12:30:15 +09:00"),
            ("10 min", "2025-06-06 12:40:15 +09:00"),
            ("2 months", "2025-08-06 12:30:15 +09:00"),
        ];
        for (schedule, expected) in table {
            assert_eq!(next(schedule, friday), expected, "{schedule}");
        }
    }

    #[test]
    fn a_day_of_23_or_25_hours_has_each_time_once() {
        // Summer time began on 30 March 2025 at 02:00, when clocks went to 03:00, and ended on 26 October at 03:00.
        let table = [
            ("00:00", "2025-03-29T12:00[Europe/Berlin]", "2025-03-30 00:00:00 +01:00"),
            ("00:00", "2025-03-30T00:00[Europe/Berlin]", "2025-03-31 00:00:00 +02:00"),
            ("02:30", "2025-03-29T12:00[Europe/Berlin]", "2025-03-30 03:00:00 +02:00"),
            ("02:30", "2025-03-30T03:00[Europe/Berlin]", "2025-03-31 02:30:00 +02:00"),
            ("02:30", "2025-10-25T12:00[Europe/Berlin]", "2025-10-26 02:30:00 +02:00"),
            ("02:30", "2025-10-26T02:30+02:00[Europe/Berlin]", "2025-10-27 02:30:00 +01:00"),
            ("02:30", "2025-10-26T02:40+01:00[Europe/Berlin]", "2025-10-27 02:30:00 +01:00"),
            ("hourly", "2025-10-26T02:30+02:00[Europe/Berlin]", "2025-10-26 02:00:00 +01:00"),
            ("1 day", "2025-03-29T12:00[Europe/Berlin]", "2025-03-30 12:00:00 +02:00"),
            ("24 hours", "2025-03-29T12:00[Europe/Berlin]", "2025-03-30 13:00:00 +02:00"),
            // A whole day that Samoa left out when it changed sides of the date line.
            ("00:00", "2011-12-29T12:00[Pacific/Apia]", "2011-12-31 00:00:00 +14:00"),
        ];
        for (schedule, begun, expected) in table {
            assert_eq!(next(schedule, begun), expected, "{schedule} after {begun}");
        }
    }

    #[test]
    fn a_next_time_always_lies_ahead() {
        let zone = TimeZone::get("America/New_York").unwrap();
        for schedule in
            ["00:00", "02:30", "1:59:59", "hourly", "weekly", "sunday at 2:15", "monthly", "yearly", "1 day"]
        {
            let parsed = Schedule::parse(schedule).unwrap();
            for step in 0..20_000_i64 {
                let at = Timestamp::from_nanos(1_700_000_000_000_000_000 + step * 1_777_777_777_777);
                let next = parsed.next(at, &zone).unwrap();
                assert!(next > at, "{schedule} after {at:?} is {next:?}");
            }
        }
    }
}
