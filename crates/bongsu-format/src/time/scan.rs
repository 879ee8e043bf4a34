//! Finds a time at the beginning of a text.

use bongsu_model::Timestamp;

use super::civil::{Civil, is_day};
use super::value::{Spelling, Zone};
use super::{Calendar, epoch_int};

/// What kind of time was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// Date and time of day.
    Full,
    /// Time of day only.
    OfDay,
    /// A number counted from 1970.
    Epoch,
}

/// A time found at the beginning of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) time: Timestamp,
    /// Bytes it takes.
    pub(crate) len: usize,
    pub(crate) written: Written,
    pub(crate) spelling: Spelling,
}

/// The time that `text` begins with, in any of the shapes that logs use; none when it begins with none, or with one that
/// no calendar has.
pub(crate) fn scan(text: &[u8], calendar: &Calendar) -> Option<Found> {
    let first = *text.first()?;
    if first.is_ascii_digit() {
        rfc3339(text, calendar).or_else(|| digits(text, calendar))
    } else if first.is_ascii_alphabetic() {
        named(text, calendar)
    } else {
        None
    }
}

/// Reads forward through bytes.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        (self.peek() == byte).then(|| self.at += 1)
    }

    fn eat_one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let byte = self.peek();
        (self.at < self.text.len() && bytes.contains(&byte)).then(|| {
            self.at += 1;
            byte
        })
    }

    fn digit_run(&self) -> usize {
        let rest = self.text.get(self.at..).unwrap_or_default();
        rest.iter().take(24).take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// Exactly `count` digits.
    fn number(&mut self, count: usize) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + count)?;
        let mut value = 0;
        for digit in digits {
            if !digit.is_ascii_digit() {
                return None;
            }
            value = value * 10 + u32::from(digit - b'0');
        }
        self.at += count;
        Some(value)
    }

    /// One or two digits; a space may stand for the first of two.
    fn day(&mut self) -> Option<u32> {
        self.eat(b' ');
        let run = self.digit_run();
        if run == 1 || run == 2 { self.number(run) } else { None }
    }

    /// `HH?MM?SS`, then a fraction; without the seconds when `short`.
    fn of_day(&mut self, between: u8, short: bool) -> Option<(u32, u32, Spelling)> {
        let hour = self.number(2)?;
        self.eat(between)?;
        let minute = self.number(2)?;
        let mut second = 0;
        let mut exact = true;
        let before = *self;
        if self.eat(between).is_some() && self.peek().is_ascii_digit() {
            second = self.number(2)?;
        } else if short {
            *self = before;
            exact = false;
        } else {
            return None;
        }
        if second == 60 {
            second = 59;
            exact = false;
        }
        if hour > 23 || minute > 59 || second > 59 || self.peek().is_ascii_digit() {
            return None;
        }
        let (nanos, point, digits) = self.fraction();
        exact &= digits <= 9;
        let spelling = Spelling { exact, between: b' ', point, digits, zone: Zone::Local(0) };
        Some((hour * 3600 + minute * 60 + second, nanos, spelling))
    }

    /// Nanoseconds, the sign before them and how many digits there are; what is past nine digits is cut.
    fn fraction(&mut self) -> (u32, u8, u8) {
        let point = self.peek();
        let behind = Cursor { text: self.text, at: self.at + 1 }.digit_run();
        if !(behind > 0 && matches!(point, b'.' | b',') || behind == 3 && point == b':') {
            return (0, 0, 0);
        }
        self.at += 1;
        let (mut nanos, mut digits) = (0, 0u8);
        while self.peek().is_ascii_digit() {
            if digits < 9 {
                nanos = nanos * 10 + u32::from(self.peek() - b'0');
            }
            digits = digits.saturating_add(1);
            self.at += 1;
        }
        for _ in digits..9 {
            nanos *= 10;
        }
        (nanos, point, digits)
    }

    /// The zone behind a time of day; stays where it is when there is none.
    fn zone(&mut self, calendar: &Calendar, civil: i64) -> Option<Zone> {
        let before = *self;
        let spaced = self.eat(b' ').is_some();
        let found = match self.peek() {
            b'Z' | b'z' if !spaced => {
                let zone = if self.peek() == b'Z' { Zone::Zulu } else { Zone::Other(0) };
                self.at += 1;
                (!self.peek().is_ascii_alphanumeric()).then_some(zone)
            }
            b'+' | b'-' => self.offset(spaced),
            byte if byte.is_ascii_uppercase() && spaced => self.zone_name(calendar, civil),
            _ => None,
        };
        if found.is_none() {
            *self = before;
        } else if self.peek() == b'[' {
            self.zone_in_brackets();
        }
        found
    }

    fn offset(&mut self, spaced: bool) -> Option<Zone> {
        let west = self.peek() == b'-';
        self.at += 1;
        let hours = self.number(2)?;
        let colon = self.eat(b':').is_some();
        let minutes = if colon || self.peek().is_ascii_digit() { Some(self.number(2)?) } else { None };
        if hours > 15 || minutes.is_some_and(|minutes| minutes > 59) || self.peek().is_ascii_alphanumeric() {
            return None;
        }
        if spaced && minutes.is_none() {
            return None;
        }
        let seconds = i64::from(hours * 3600 + minutes.unwrap_or(0) * 60);
        let seconds = if west { -seconds } else { seconds };
        let plain = !spaced && minutes.is_some() && !(west && seconds == 0);
        Some(if plain { Zone::Offset { seconds, colon } } else { Zone::Other(seconds) })
    }

    fn zone_name(&mut self, calendar: &Calendar, civil: i64) -> Option<Zone> {
        let rest = self.text.get(self.at..)?;
        let len = rest.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count();
        let name = std::str::from_utf8(rest.get(..len)?).ok()?;
        if rest.get(len).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            return None;
        }
        let seconds = calendar.abbreviation(name, civil)?;
        self.at += len;
        Some(Zone::Other(seconds))
    }

    /// The IANA name that RFC 9557 puts behind an offset: `[Asia/Seoul]`.
    fn zone_in_brackets(&mut self) {
        let rest = self.text.get(self.at + 1..).unwrap_or_default();
        let len = rest.iter().take(40).take_while(|byte| byte.is_ascii_alphabetic() || b"/_+-".contains(byte)).count();
        if rest.get(len) == Some(&b']') && rest.get(..len).is_some_and(|name| name.contains(&b'/')) {
            self.at += len + 2;
        }
    }

    /// `AM` or `PM` behind a time on the twelve-hour clock.
    fn half_day(&mut self, second_of_day: u32) -> u32 {
        let before = *self;
        self.eat(b' ');
        let half = self.text.get(self.at..self.at + 2).unwrap_or_default();
        let hour = second_of_day / 3600;
        let after = self.text.get(self.at + 2).copied().unwrap_or(b' ');
        if !(1..=12).contains(&hour) || after.is_ascii_alphanumeric() {
            *self = before;
        } else if half.eq_ignore_ascii_case(b"AM") {
            self.at += 2;
            return second_of_day - if hour == 12 { 12 * 3600 } else { 0 };
        } else if half.eq_ignore_ascii_case(b"PM") {
            self.at += 2;
            return second_of_day + if hour == 12 { 0 } else { 12 * 3600 };
        } else {
            *self = before;
        }
        second_of_day
    }

    /// Ends a time whose date is known: fraction and zone have their say, then it becomes a point in time.
    fn finish(
        &mut self,
        calendar: &Calendar,
        date: Option<(Option<i64>, u32, u32)>,
        day: (u32, u32, Spelling),
        between: Option<u8>,
    ) -> Option<Found> {
        let (mut second_of_day, nanos, mut spelling) = day;
        let (year, date) = match date {
            Some((year, month, day)) if is_day(year, month, day) => (year, Some((month, day))),
            Some(_) => return None,
            None => (None, None),
        };
        let half = self.half_day(second_of_day);
        spelling.exact &= half == second_of_day && year.is_some();
        second_of_day = half;
        let rough = year.zip(date).map_or(0, |(year, (month, day))| {
            super::civil::days_from_epoch(year, month, day) * 86_400 + i64::from(second_of_day)
        });
        let zone = self.zone(calendar, rough);
        let offset = zone.map(Zone::seconds);
        if self.peek().is_ascii_digit() {
            return None;
        }
        let time = calendar.point(&Civil { year, date, second_of_day, nanos }, offset)?;
        spelling.zone = zone.unwrap_or_else(|| Zone::Local(rough - time.nanos().div_euclid(1_000_000_000)));
        spelling.exact &= between.is_some() && !matches!(spelling.zone, Zone::Other(_));
        spelling.between = between.unwrap_or(b' ');
        let written = if date.is_some() { Written::Full } else { Written::OfDay };
        Some(Found { time, len: self.at, written, spelling })
    }
}

/// The commonest shape, `2025-06-06T12:00:00…`, and the same with a space.
fn rfc3339(text: &[u8], calendar: &Calendar) -> Option<Found> {
    let head = text.first_chunk::<19>()?;
    if head[4] != b'-' || head[7] != b'-' || head[13] != b':' || head[16] != b':' || !b"T t_".contains(&head[10]) {
        return None;
    }
    let mut cursor = Cursor { text, at: 0 };
    let year = i64::from(cursor.number(4)?);
    cursor.at = 5;
    let month = cursor.number(2)?;
    cursor.at = 8;
    let day = cursor.number(2)?;
    cursor.at = 11;
    let of_day = cursor.of_day(b':', false)?;
    let between = matches!(head[10], b'T' | b' ').then_some(head[10]);
    cursor.finish(calendar, Some((Some(year), month, day)), of_day, between)
}

/// Shapes that begin with a digit.
fn digits(text: &[u8], calendar: &Calendar) -> Option<Found> {
    let mut cursor = Cursor { text, at: 0 };
    let run = cursor.digit_run();
    let next = text.get(run).copied().unwrap_or(b' ');
    match (run, next) {
        (4, b'-' | b'/' | b'.') => year_first(cursor, calendar, next),
        (8, b'-' | b' ' | b'T') => compact(cursor, calendar),
        (6, b' ') => six_digits(cursor, calendar),
        (1 | 2, b'/') => slashed(cursor, calendar, run),
        (1 | 2, b' ' | b'-') => day_first(cursor, calendar, next),
        (2, b':') => {
            let of_day = cursor.of_day(b':', false)?;
            cursor.finish(calendar, None, of_day, None)
        }
        (10 | 13 | 16 | 19, _) => epoch(cursor, run),
        _ => None,
    }
}

/// `2025/06/06 12:00`, `2005-06-03-15.42.50.675872`, `2025-6-6 12:00:00`.
fn year_first(mut cursor: Cursor<'_>, calendar: &Calendar, between: u8) -> Option<Found> {
    let year = i64::from(cursor.number(4)?);
    cursor.eat(between)?;
    let month = cursor.day()?;
    cursor.eat(between)?;
    let day = cursor.day()?;
    cursor.eat_one_of(b" T-_:")?;
    let colon = if cursor.text.get(cursor.at + 2) == Some(&b'.') { b'.' } else { b':' };
    let of_day = cursor.of_day(colon, true)?;
    cursor.finish(calendar, Some((Some(year), month, day)), of_day, None)
}

/// `20171223-22:15:29:606`, `20250606T120000Z`.
fn compact(mut cursor: Cursor<'_>, calendar: &Calendar) -> Option<Found> {
    let date = (Some(i64::from(cursor.number(4)?)), cursor.number(2)?, cursor.number(2)?);
    cursor.at += 1;
    let of_day = if cursor.digit_run() == 6 { six_of_day(&mut cursor)? } else { unpadded_of_day(&mut cursor)? };
    cursor.finish(calendar, Some(date), of_day, None)
}

/// `22:16:0:119`: some programs leave out leading zeros, those of the milliseconds too.
fn unpadded_of_day(cursor: &mut Cursor<'_>) -> Option<(u32, u32, Spelling)> {
    let mut parts = [0; 3];
    for (nth, part) in parts.iter_mut().enumerate() {
        if nth > 0 {
            cursor.eat(b':')?;
        }
        let run = cursor.digit_run();
        *part = if run == 1 || run == 2 { cursor.number(run)? } else { return None };
    }
    let [hour, minute, second] = parts;
    let (mut nanos, _, _) = cursor.fraction();
    let behind = Cursor { at: cursor.at + 1, ..*cursor }.digit_run();
    if cursor.peek() == b':' && matches!(behind, 1 | 2) {
        cursor.at += 1;
        nanos = cursor.number(behind)? * 1_000_000;
    }
    let valid = hour < 24 && minute < 60 && second < 60;
    valid.then_some((hour * 3600 + minute * 60 + second, nanos, Spelling::INEXACT))
}

fn six_of_day(cursor: &mut Cursor<'_>) -> Option<(u32, u32, Spelling)> {
    let (hour, minute, second) = (cursor.number(2)?, cursor.number(2)?, cursor.number(2)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (nanos, point, digits) = cursor.fraction();
    let spelling = Spelling { exact: false, between: b' ', point, digits, zone: Zone::Local(0) };
    Some((hour * 3600 + minute * 60 + second, nanos, spelling))
}

/// `081109 203615` and `250606 12:00:00`.
fn six_digits(mut cursor: Cursor<'_>, calendar: &Calendar) -> Option<Found> {
    let date = (Some(i64::from(2000 + cursor.number(2)?)), cursor.number(2)?, cursor.number(2)?);
    cursor.eat(b' ')?;
    let of_day = if cursor.digit_run() == 6 { six_of_day(&mut cursor)? } else { cursor.of_day(b':', false)? };
    cursor.finish(calendar, Some(date), of_day, None)
}

/// `06/Jun/2025:12:00:00 +0900`, `25/06/06 12:00:00`, `06/30/2025 12:00:00`.
fn slashed(mut cursor: Cursor<'_>, calendar: &Calendar, run: usize) -> Option<Found> {
    let first = cursor.number(run)?;
    cursor.eat(b'/')?;
    let date = if cursor.peek().is_ascii_alphabetic() {
        let month = month_name(&mut cursor)?;
        cursor.eat(b'/')?;
        (Some(i64::from(cursor.number(4)?)), month, first)
    } else {
        let second = cursor.day()?;
        cursor.eat(b'/')?;
        match cursor.digit_run() {
            4 => {
                let year = Some(i64::from(cursor.number(4)?));
                if first > 12 { (year, second, first) } else { (year, first, second) }
            }
            2 => (Some(i64::from(2000 + first)), second, cursor.number(2)?),
            _ => return None,
        }
    };
    cursor.eat(b',');
    cursor.eat_one_of(b": ")?;
    let of_day = cursor.of_day(b':', true)?;
    cursor.finish(calendar, Some(date), of_day, None)
}

/// `06 Jun 2025 12:00:00`, `06-Jun-2025 12:00:00`.
fn day_first(mut cursor: Cursor<'_>, calendar: &Calendar, between: u8) -> Option<Found> {
    let day = cursor.day()?;
    cursor.eat(between)?;
    let month = month_name(&mut cursor)?;
    cursor.eat(between)?;
    let year = if cursor.digit_run() == 4 {
        let year = i64::from(cursor.number(4)?);
        cursor.eat_one_of(b" :T")?;
        Some(year)
    } else {
        None
    };
    let of_day = cursor.of_day(b':', false)?;
    cursor.finish(calendar, Some((year, month, day)), of_day, None)
}

fn epoch(mut cursor: Cursor<'_>, run: usize) -> Option<Found> {
    let digits = cursor.text.get(..run)?;
    let number = std::str::from_utf8(digits).ok()?.parse::<i64>().ok()?;
    let (mut time, _) = epoch_int(number)?;
    cursor.at = run;
    if run == 10 {
        let (nanos, point, _) = cursor.fraction();
        if point == b':' {
            return None;
        }
        time = time.plus_nanos(i64::from(nanos));
    }
    let apart = matches!(cursor.peek(), 0 | b' ' | b'\t' | b'|' | b']' | b',' | b':' | b';' | b')');
    apart.then_some(Found { time, len: cursor.at, written: Written::Epoch, spelling: Spelling::INEXACT })
}

fn month_name(cursor: &mut Cursor<'_>) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let rest = cursor.text.get(cursor.at..)?;
    let len = rest.iter().take(10).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let word = rest.get(..len)?;
    if len < 3 {
        return None;
    }
    let matches = |name: &str| {
        let name = name.as_bytes();
        (len == 3 || len == name.len()) && name.get(..len).is_some_and(|name| name.eq_ignore_ascii_case(word))
    };
    let month = NAMES.iter().position(|name| matches(name))?;
    cursor.at += len;
    Some(month as u32 + 1)
}

/// Shapes that begin with the name of a weekday or a month.
fn named(text: &[u8], calendar: &Calendar) -> Option<Found> {
    let mut cursor = Cursor { text, at: 0 };
    let week = text.first_chunk::<3>()?;
    if [b"Sun", b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat"].contains(&week) {
        cursor.at = 3;
        cursor.eat(b',');
        cursor.eat(b' ')?;
        if cursor.peek().is_ascii_digit() {
            let rest = Cursor { text: text.get(cursor.at..)?, at: 0 };
            let between = rest.text.get(rest.digit_run()).copied()?;
            let found = day_first(rest, calendar, between)?;
            return Some(Found { len: found.len + cursor.at, ..found });
        }
    }
    let month = month_name(&mut cursor)?;
    cursor.eat(b' ')?;
    let day = cursor.day()?;
    cursor.eat(b',');
    cursor.eat(b' ')?;
    let mut year = None;
    if cursor.digit_run() == 4 {
        year = Some(i64::from(cursor.number(4)?));
        cursor.eat(b',');
        cursor.eat(b' ')?;
    }
    let of_day = cursor.of_day(b':', false)?;
    if year.is_none() {
        let behind = cursor;
        if cursor.eat(b' ').is_some() && cursor.digit_run() == 4 {
            let written = i64::from(cursor.number(4)?);
            let apart = !cursor.peek().is_ascii_alphanumeric() && (1970..2200).contains(&written);
            year = apart.then_some(written);
        }
        if year.is_none() {
            cursor = behind;
        }
    }
    cursor.finish(calendar, Some((year, month, day)), of_day, None)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::*;

    fn calendar() -> Calendar {
        let now = Timestamp::from_jiff("2025-06-07T00:00:00Z".parse().unwrap()).unwrap();
        Calendar::new(TimeZone::get("Asia/Seoul").unwrap(), now, None)
    }

    fn read(text: &str) -> String {
        let found = scan(text.as_bytes(), &calendar());
        found.map_or("none".into(), |found| format!("{} +{}", found.time.to_jiff(), found.len))
    }

    #[test]
    fn every_shape_is_read() {
        for (text, expected) in [
            ("2025-06-06T12:00:00Z", "2025-06-06T12:00:00Z +20"),
            ("2025-06-06 12:00:00 x", "2025-06-06T03:00:00Z +19"),
            ("2025-06-06 12:00:00,123 x", "2025-06-06T03:00:00.123Z +23"),
            ("2025-06-06T12:00:00.1234567891+09:00", "2025-06-06T03:00:00.123456789Z +36"),
            ("2025-06-06T12:00:00-0530", "2025-06-06T17:30:00Z +24"),
            ("2025-06-06T12:00:00+09", "2025-06-06T03:00:00Z +22"),
            ("2025-06-06T12:00:00+09:00[Asia/Seoul] x", "2025-06-06T03:00:00Z +37"),
            ("2025-06-06 12:00:00.5 UTC [1]", "2025-06-06T12:00:00.5Z +25"),
            ("2025-06-06 12:00:00 INFO", "2025-06-06T03:00:00Z +19"),
            ("2025/06/06 12:00:00 [error]", "2025-06-06T03:00:00Z +19"),
            ("2025-06-06 12:34 x", "2025-06-06T03:34:00Z +16"),
            ("2005-06-03-15.42.50.675872 R", "2005-06-03T06:42:50.675872Z +26"),
            ("20171223-22:15:29:606|S", "2017-12-23T13:15:29.606Z +21"),
            ("20171223-22:15:35:11|S", "2017-12-23T13:15:35.011Z +20"),
            ("20250606T120000Z", "2025-06-06T12:00:00Z +16"),
            ("081109 203615 148", "2008-11-09T11:36:15Z +13"),
            ("25/06/06 12:00:00 INFO", "2025-06-06T03:00:00Z +17"),
            ("06/30/2025 12:00:00 PM x", "2025-06-30T03:00:00Z +22"),
            ("30/06/2025 12:00:00 x", "2025-06-30T03:00:00Z +19"),
            ("06/Jun/2025:12:00:00 +0000]", "2025-06-06T12:00:00Z +26"),
            ("06-Jun-2025 12:00:00.5 x", "2025-06-06T03:00:00.5Z +22"),
            ("Sun Dec 04 04:47:44 2005]", "2005-12-03T19:47:44Z +24"),
            ("Sun Dec 04 04:47:44.123456 2005]", "2005-12-03T19:47:44.123456Z +31"),
            ("Fri, 06 Jun 2025 12:00:00 GMT", "2025-06-06T12:00:00Z +29"),
            ("Jun  6 12:00:00 host", "2025-06-06T03:00:00Z +15"),
            ("Dec 31 12:00:00 host", "2024-12-31T03:00:00Z +15"),
            ("Jun 6, 2025, 1:00:00 PM", "none"),
            ("Jun 6, 2025 01:00:00 PM", "2025-06-06T04:00:00Z +23"),
            ("08:30:00.25]", "2025-06-06T23:30:00.25Z +11"),
            ("12:00:00]", "2025-06-06T03:00:00Z +8"),
            ("1749178800 x", "2025-06-06T03:00:00Z +10"),
            ("1749178800.25 x", "2025-06-06T03:00:00.25Z +13"),
            ("1749178800123", "2025-06-06T03:00:00.123Z +13"),
            ("2025-06-06T12:00:60Z", "2025-06-06T12:00:59Z +20"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_no_calendar_has_is_no_time() {
        for text in [
            "2025-13-06T12:00:00Z",
            "2025-02-29 12:00:00",
            "2025-06-06 24:00:00",
            "2025-06-06 12:60:00",
            "Foo 12 12:00:00",
            "2025-06-06",
            "99/99/99 12:00:00",
            "123456 999999",
            "12:61:00",
            "9999-01-01T00:00:00Z",
            "17491788001",
            "June",
        ] {
            assert_eq!(read(text), "none", "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_stays_inside(text in "\\PC{0,40}") {
            if let Some(found) = scan(text.as_bytes(), &calendar()) {
                prop_assert!(found.len <= text.len() && text.is_char_boundary(found.len));
            }
        }

        #[test]
        fn agrees_with_jiff(nanos in -5_000_000_000_000_000_000i64..9_000_000_000_000_000_000, digits in 0usize..10) {
            let time = jiff::Timestamp::from_nanosecond(i128::from(nanos)).unwrap();
            let text = format!("{time:.digits$}");
            let expected: jiff::Timestamp = text.parse().unwrap();
            let found = scan(text.as_bytes(), &calendar()).unwrap();
            prop_assert_eq!(found.time.to_jiff(), expected);
            prop_assert_eq!(found.len, text.len());
            prop_assert_eq!(found.spelling.write(found.time), text);
        }
    }
}
