//! Time ranges as people write them, in English and Korean.

mod absolute;
mod korean;
mod mistake;
mod relative;

use bongsu_model::{Explain, Phrase, TimeRange, Timestamp};
use jiff::Zoned;
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub use mistake::TimeMistake;

/// A text that names no time or range of times.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a time or a range of times: {reason}")]
pub struct TimeRangeError {
    /// What was written.
    pub text: String,
    /// What is wrong with it.
    pub reason: TimeMistake,
}

impl Explain for TimeRangeError {
    fn id(&self) -> &'static str {
        "time-range"
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        vec![("text", self.text.clone()), ("reason", self.reason.to_string())]
    }

    fn hint(&self) -> Option<String> {
        Some(
            "write for example 15m, 2h, 7d, now-1h, today, yesterday, this week, last month, 2025-06-01, \
             2025-06-01..06-02, 2025-06-01T12:00..13:00, 2025-06-01T12:00:00Z, 1748736000, all; or 15분, 3시간, 오늘, \
             어제, 이번 주, 지난주, 최근 3일"
                .into(),
        )
    }

    fn part(&self) -> Option<(&'static str, &dyn Phrase)> {
        Some(("reason", &self.reason))
    }
}

/// The range that `text` names, seen from `now` in `zone`.
///
/// A length of time ends now. A day, a week, a minute is all of it. In `a..b` a date at the end is in with the whole day,
/// a time of day at the end is the last moment.
///
/// ```
/// use bongsu_model::Timestamp;
/// use bongsu_query::timerange;
/// use jiff::tz::TimeZone;
///
/// let now = Timestamp::from_nanos(1_748_779_200_000_000_000); // 2025-06-01T12:00:00Z
/// let day = timerange::parse("어제", now, &TimeZone::UTC).unwrap();
/// assert_eq!(day.from.to_string(), "2025-05-31T00:00:00.000000000Z");
/// assert_eq!(day.to.to_string(), "2025-05-31T23:59:59.999999999Z");
/// assert_eq!(timerange::parse("yesterday", now, &TimeZone::UTC).unwrap(), day);
/// ```
pub fn parse(text: &str, now: Timestamp, zone: &TimeZone) -> Result<TimeRange, TimeRangeError> {
    read(text, now, zone).map(Named::range).map_err(|reason| error(text, reason))
}

/// The time that `text` names as one end of a range: a date is the whole day, a time of day that moment, a length of time
/// the moment so long ago.
pub(crate) fn point(text: &str, now: Timestamp, zone: &TimeZone) -> Result<TimeRange, TimeRangeError> {
    match read(text, now, zone).map_err(|reason| error(text, reason))? {
        Named::Range(range) => Ok(range),
        Named::Period(period) => Ok(TimeRange { from: period.from, to: period.end }),
    }
}

/// The range from `since` to `until`, either of which may be missing. `since` alone may also be a range of its own, as in
/// `2025-06-01..06-02`; any other goes on without an end.
pub fn between(
    since: Option<&str>,
    until: Option<&str>,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<TimeRange, TimeRangeError> {
    let mut range = TimeRange::ALL;
    if let Some(text) = since {
        match read(text, now, zone).map_err(|reason| error(text, reason))? {
            Named::Range(whole) if until.is_none() => range = whole,
            Named::Range(whole) => range.from = whole.from,
            Named::Period(period) => range.from = period.from,
        }
    }
    if let Some(text) = until {
        range.to = point(text, now, zone)?.to;
        if range.from > range.to {
            return Err(error(text, TimeMistake::BeforeStart));
        }
    }
    Ok(range)
}

fn error(text: &str, reason: TimeMistake) -> TimeRangeError {
    TimeRangeError { text: text.to_owned(), reason }
}

/// What a text names.
enum Named {
    /// A range with ends of its own.
    Range(TimeRange),
    Period(Period),
}

impl Named {
    fn range(self) -> TimeRange {
        match self {
            Self::Range(range) => range,
            Self::Period(period) => TimeRange { from: period.from, to: period.to },
        }
    }
}

/// A stretch of time that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Period {
    from: Timestamp,
    to: Timestamp,
    /// What it means as the end of a range.
    end: Timestamp,
    /// The date it was written with, which the end of a range need not repeat.
    date: Option<Date>,
}

impl Period {
    /// A day or longer: as an end it is all in.
    fn days(from: Timestamp, to: Timestamp, date: Option<Date>) -> Self {
        Self { from, to, end: to, date }
    }

    /// A time of day, or a length of time: as an end it is its first moment.
    fn moment(from: Timestamp, to: Timestamp, date: Option<Date>) -> Self {
        Self { from, to, end: from, date }
    }
}

/// From where a text is read.
struct Here {
    now: Zoned,
    /// The date that the beginning of the range was written with.
    base: Option<Date>,
}

impl Here {
    fn zone(&self) -> &TimeZone {
        self.now.time_zone()
    }

    fn today(&self) -> Date {
        self.now.date()
    }
}

type Read<T> = Result<T, TimeMistake>;

/// The moment of `time`, if bongsu can tell it.
fn stamp(time: jiff::Timestamp) -> Read<Timestamp> {
    Timestamp::from_jiff(time).ok_or(TimeMistake::TooFar)
}

/// The first moment of `date`.
fn dawn(date: Date, zone: &TimeZone) -> Read<Timestamp> {
    let midnight = date.to_zoned(zone.clone()).and_then(|day| day.start_of_day());
    stamp(midnight?.timestamp())
}

/// All of the days from `first` up to but without `next`.
fn days(first: Date, next: Date, zone: &TimeZone) -> Read<Period> {
    Ok(Period::days(dawn(first, zone)?, dawn(next, zone)?.plus_nanos(-1), Some(first)))
}

fn read(text: &str, now: Timestamp, zone: &TimeZone) -> Read<Named> {
    let mut here = Here { now: now.to_jiff().to_zoned(zone.clone()), base: None };
    let english = korean::english(text);
    let text = english.as_deref().unwrap_or(text).trim();
    if text.is_empty() {
        return Err(TimeMistake::Empty);
    }
    if text == "*" || text.eq_ignore_ascii_case("all") {
        return Ok(Named::Range(TimeRange::ALL));
    }
    let Some((first, last)) = ["..", " to ", "~", " - "].iter().find_map(|between| text.split_once(between)) else {
        return period(text, &here).map(Named::Period);
    };
    let (first, last) = (first.trim(), last.trim_start_matches(['.', '=']).trim());
    let mut range = TimeRange::ALL;
    if !first.is_empty() {
        let period = period(first, &here)?;
        range.from = period.from;
        here.base = period.date;
    }
    if !last.is_empty() {
        range.to = period(last, &here)?.end;
    }
    if range.from > range.to {
        return Err(TimeMistake::Reversed);
    }
    Ok(Named::Range(range))
}

fn period(text: &str, here: &Here) -> Read<Period> {
    match relative::read(text, here) {
        Some(read) => read,
        None => absolute::read(text, here),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seoul() -> TimeZone {
        TimeZone::get("Asia/Seoul").unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::from_jiff(text.parse().unwrap()).unwrap()
    }

    /// Wednesday.
    fn now() -> Timestamp {
        at("2025-06-04T15:30:00+09:00")
    }

    fn shown(range: TimeRange, zone: &TimeZone) -> String {
        let show = |time: Timestamp| match time {
            Timestamp::MIN => "-".to_owned(),
            Timestamp::MAX => "+".to_owned(),
            time => {
                let local = time.to_jiff().to_zoned(zone.clone()).datetime().to_string();
                local.replace(".999999999", "~").replace("T00:00:00", "").replace("T23:59:59~", "~")
            }
        };
        format!("{} {}", show(range.from), show(range.to))
    }

    #[test]
    fn reads_what_people_write() {
        let table = [
            ("15m", "2025-06-04T15:15:00 2025-06-04T15:30:00"),
            ("1h30m", "2025-06-04T14:00:00 2025-06-04T15:30:00"),
            ("last 2 hours", "2025-06-04T13:30:00 2025-06-04T15:30:00"),
            ("7d", "2025-05-28T15:30:00 2025-06-04T15:30:00"),
            ("1w", "2025-05-28T15:30:00 2025-06-04T15:30:00"),
            ("1mo", "2025-05-04T15:30:00 2025-06-04T15:30:00"),
            ("now-1h", "2025-06-04T14:30:00 2025-06-04T15:30:00"),
            ("now-1d/d", "2025-06-03 2025-06-04T15:30:00"),
            ("2 days ago", "2025-06-02T15:30:00 2025-06-04T15:30:00"),
            ("today", "2025-06-04 2025-06-04~"),
            ("Yesterday", "2025-06-03 2025-06-03~"),
            ("yesterday 9:30", "2025-06-03T09:30:00 2025-06-03T09:30:59~"),
            ("this week", "2025-06-02 2025-06-08~"),
            ("last week", "2025-05-26 2025-06-01~"),
            ("last month", "2025-05-01 2025-05-31~"),
            ("this year", "2025-01-01 2025-12-31~"),
            ("last hour", "2025-06-04T14:00:00 2025-06-04T14:59:59~"),
            ("2025", "2025-01-01 2025-12-31~"),
            ("2025-06", "2025-06-01 2025-06-30~"),
            ("2025-06-01", "2025-06-01 2025-06-01~"),
            ("2025/6/1", "2025-06-01 2025-06-01~"),
            ("20250601", "2025-06-01 2025-06-01~"),
            ("06-01", "2025-06-01 2025-06-01~"),
            ("2025-06-01..06-02", "2025-06-01 2025-06-02~"),
            ("2025-06-01..03", "2025-06-01 2025-06-03~"),
            ("2025-06-01T12:00..13:00", "2025-06-01T12:00:00 2025-06-01T13:00:00"),
            ("2025-06-01 12:00 to 2025-06-02 13:00:30", "2025-06-01T12:00:00 2025-06-02T13:00:30"),
            ("2025-06-01T12:00", "2025-06-01T12:00:00 2025-06-01T12:00:59~"),
            ("2025-06-01T12:00:05", "2025-06-01T12:00:05 2025-06-01T12:00:05~"),
            ("2025-06-01T12:00:05.25", "2025-06-01T12:00:05.25 2025-06-01T12:00:05.259999999"),
            ("2025-06-01T03:00:00Z", "2025-06-01T12:00:00 2025-06-01T12:00:00~"),
            ("2025-06-01T12:00:00.000000001+09:00", "2025-06-01T12:00:00.000000001 2025-06-01T12:00:00.000000001"),
            ("12:00", "2025-06-04T12:00:00 2025-06-04T12:00:59~"),
            ("yesterday..", "2025-06-03 +"),
            ("..2025-06-01", "- 2025-06-01~"),
            ("3d..1d", "2025-06-01T15:30:00 2025-06-03T15:30:00"),
            ("all", "- +"),
            ("1748736000", "2025-06-01T09:00:00 2025-06-01T09:00:00~"),
            ("1748736000123", "2025-06-01T09:00:00.123 2025-06-01T09:00:00.123999999"),
            ("1748736000123456789", "2025-06-01T09:00:00.123456789 2025-06-01T09:00:00.123456789"),
            ("오늘", "2025-06-04 2025-06-04~"),
            ("어제", "2025-06-03 2025-06-03~"),
            ("그제", "2025-06-02 2025-06-02~"),
            ("15분", "2025-06-04T15:15:00 2025-06-04T15:30:00"),
            ("3시간", "2025-06-04T12:30:00 2025-06-04T15:30:00"),
            ("3시간 전", "2025-06-04T12:30:00 2025-06-04T15:30:00"),
            ("최근 3일", "2025-06-01T15:30:00 2025-06-04T15:30:00"),
            ("최근 1시간 30분", "2025-06-04T14:00:00 2025-06-04T15:30:00"),
            ("지난주", "2025-05-26 2025-06-01~"),
            ("이번 주", "2025-06-02 2025-06-08~"),
            ("지난 달", "2025-05-01 2025-05-31~"),
            ("올해", "2025-01-01 2025-12-31~"),
            ("2025년 6월 1일", "2025-06-01 2025-06-01~"),
            ("2025년 6월", "2025-06-01 2025-06-30~"),
            ("6월 1일부터 6월 2일까지", "2025-06-01 2025-06-02~"),
            ("어제부터", "2025-06-03 +"),
            ("어제 9시 30분", "2025-06-03T09:30:00 2025-06-03T09:30:59~"),
            ("어제 오후 3시", "2025-06-03T15:00:00 2025-06-03T15:59:59~"),
            ("전체", "- +"),
            ("하루", "2025-06-03T15:30:00 2025-06-04T15:30:00"),
        ];
        for (text, expected) in table {
            let range = parse(text, now(), &seoul()).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(shown(range, &seoul()), expected, "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for text in [
            "",
            "soon",
            "2025-13-01",
            "2025-06-31",
            "25:00",
            "2025-06-02..06-01",
            "5 apples",
            "언젠가",
            "9999",
            "now가",
            "nowT",
            "가나다",
            "the day after",
        ] {
            let error = parse(text, now(), &seoul()).unwrap_err();
            assert!(error.to_string().contains(&error.reason.to_string()) && error.hint().is_some(), "{text}");
        }
    }

    #[test]
    fn a_mistake_names_the_part_that_is_meant() {
        let reason = |text: &str| parse(text, now(), &seoul()).unwrap_err().reason.to_string();
        assert_eq!(reason("the day after"), "`the day after` is no date that bongsu can read");
        assert_eq!(reason("2025-06-31"), "there is no day 2025-06-31");
        assert_eq!(reason("yesterday noonish"), "`noonish` is not a time of day");
        assert_eq!(reason("now가"), "`가` cannot stand behind `now`; write now-1h or now/d");
    }

    #[test]
    fn any_text_is_read_without_panic() {
        let parts = [
            "now",
            "-",
            "+",
            "/",
            "1",
            "h",
            "가",
            "오",
            "전",
            "..",
            " ",
            "T",
            ":",
            "2025-06-01",
            "년",
            "[",
            "]",
            "é",
            "어제",
            "z",
        ];
        for one in parts {
            for two in parts {
                for three in parts {
                    let _ = parse(&[one, two, three].concat(), now(), &seoul());
                    let _ = between(Some(one), Some(&[two, three].concat()), now(), &seoul());
                }
            }
        }
    }

    #[test]
    fn since_and_until_are_ends() {
        let between = |since, until| shown(between(since, until, now(), &seoul()).unwrap(), &seoul());
        assert_eq!(between(Some("yesterday"), None), "2025-06-03 +");
        assert_eq!(between(None, Some("yesterday")), "- 2025-06-03~");
        assert_eq!(between(Some("2h"), Some("1h")), "2025-06-04T13:30:00 2025-06-04T14:30:00");
        assert_eq!(between(Some("2025-06-01..06-02"), None), "2025-06-01 2025-06-02~");
        assert_eq!(between(Some("2025-06-01"), Some("2025-06-01")), "2025-06-01 2025-06-01~");
        assert_eq!(between(None, None), "- +");
        assert!(super::between(Some("today"), Some("yesterday"), now(), &seoul()).is_err());
    }

    #[test]
    fn days_of_23_and_25_hours_are_whole() {
        let zone = TimeZone::get("America/New_York").unwrap();
        for (day, hours) in [("2025-03-09", 23), ("2025-11-02", 25), ("2025-11-03", 24)] {
            let range = parse(day, now(), &zone).unwrap();
            assert_eq!((range.to.nanos() - range.from.nanos() + 1) / 3_600_000_000_000, hours, "{day}");
        }
        // Midnight does not exist there on this day.
        let zone = TimeZone::get("America/Sao_Paulo").unwrap();
        assert_eq!(shown(parse("2018-11-04", now(), &zone).unwrap(), &zone), "2018-11-04T01:00:00 2018-11-04~");
        // A day ago is the same time of day, though 25 hours have passed.
        let zone = TimeZone::get("America/New_York").unwrap();
        let range = parse("1d", at("2025-11-02T12:00:00-05:00"), &zone).unwrap();
        assert_eq!(range.from, at("2025-11-01T12:00:00-04:00"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,24}", now in any::<i64>()) {
            let _ = parse(&text, Timestamp::from_nanos(now), &seoul());
        }

        #[test]
        fn near_misses_are_read_or_refused(text in "[0-9.:TZ+/ -]{0,24}|(now|last|[0-9]{1,19}|[dmhy]|ago| |/|-|\\.\\.){0,6}|[0-9일월년시분초전최근지난주달부터까지 ]{0,12}") {
            if let Ok(range) = parse(&text, now(), &seoul()) {
                prop_assert!(range.from <= range.to);
            }
        }

        #[test]
        fn a_written_time_is_found_again(nanos in any::<i64>()) {
            let time = Timestamp::from_nanos(nanos);
            let range = parse(&time.to_string(), now(), &seoul()).unwrap();
            prop_assert_eq!((range.from, range.to), (time, time));
            let day = time.to_jiff().to_zoned(seoul()).date().to_string();
            if let Ok(range) = parse(&day, now(), &seoul()) {
                prop_assert!(range.contains(time));
            }
        }

        #[test]
        fn lengths_add_up(hours in 0_i64..10_000, minutes in 0_i64..10_000) {
            let range = parse(&format!("{hours}h{minutes}m"), now(), &seoul()).unwrap();
            prop_assert_eq!(range.to, now());
            prop_assert_eq!(now().nanos() - range.from.nanos(), (hours * 60 + minutes) * 60_000_000_000);
        }
    }
}
