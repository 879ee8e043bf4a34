//! Dates and times of the calendar, RFC 3339, and numbers since 1970.

use bongsu_model::Timestamp;
use jiff::ToSpan;
use jiff::civil::{Date, Time};
use jiff::tz::{Offset, TimeZone};

use super::{Here, Period, Read, TimeMistake, days, stamp};

/// What `text` names.
pub(super) fn read(text: &str, here: &Here) -> Read<Period> {
    if let Some(read) = epoch(text) {
        return read;
    }
    let (text, zone) = split_zone(text, here)?;
    if let Some(time) = time(text, false) {
        return time.on(here.base.unwrap_or_else(|| here.today()), &zone);
    }
    if !text.starts_with(|sign: char| sign.is_ascii_digit()) {
        return Err(TimeMistake::NoDate { text: text.to_owned() });
    }
    let at = text.find(['T', 't', ' ']);
    let (date, behind) = at.map_or((text, ""), |at| (&text[..at], text[at + 1..].trim()));
    let written = day(date, here)?;
    if behind.is_empty() {
        return written.all(&zone);
    }
    let (Written::Day(day), Some(time)) = (written, time(behind, true)) else {
        return Err(TimeMistake::no_time_of_day(behind));
    };
    time.on(day, &zone)
}

/// The text before a zone or an offset, and that zone; the zone of `here` when there is none.
fn split_zone<'a>(text: &'a str, here: &Here) -> Read<(&'a str, TimeZone)> {
    if let Some((before, name)) = text.strip_suffix(']').and_then(|text| text.split_once('[')) {
        let zone = TimeZone::get(name).map_err(|_| TimeMistake::NoZone { name: name.to_owned() })?;
        // An offset before the zone's name says the same.
        let (before, _) = split_offset(before).unwrap_or((before, TimeZone::UTC));
        return Ok((before, zone));
    }
    Ok(split_offset(text).unwrap_or_else(|| (text, here.zone().clone())))
}

fn split_offset(text: &str) -> Option<(&str, TimeZone)> {
    let colon = text.find(':')?;
    if let Some(before) = text.strip_suffix(['Z', 'z']) {
        return Some((before.trim_end(), TimeZone::UTC));
    }
    let at = colon + text[colon..].rfind(['+', '-'])?;
    let (before, offset) = text.split_at(at);
    let digits: String = offset[1..].chars().filter(|c| *c != ':').collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || !matches!(digits.len(), 2 | 4) {
        return None;
    }
    let hours: i32 = digits[..2].parse().ok()?;
    let minutes: i32 = if digits.len() == 4 { digits[2..].parse().ok()? } else { 0 };
    let seconds = (hours * 60 + minutes) * 60 * if offset.starts_with('-') { -1 } else { 1 };
    let zone = TimeZone::fixed(Offset::from_seconds(seconds).ok()?);
    Some((before.trim_end(), zone))
}

/// A number since 1970, in the unit that its length tells; years and dates are shorter.
fn epoch(text: &str) -> Option<Read<Period>> {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || whole.len() < 9 || fraction.is_some_and(|fraction| !digits(fraction) || fraction.len() > 9) {
        return None;
    }
    let unit: i64 = match whole.len() {
        ..=11 => 1_000_000_000,
        12..=14 => 1_000_000,
        15..=17 => 1_000,
        _ => 1,
    };
    let Some(mut nanos) = whole.parse::<i64>().ok().and_then(|number| number.checked_mul(unit)) else {
        return Some(Err(TimeMistake::TooFar));
    };
    let mut length = unit;
    for digit in fraction.unwrap_or_default().bytes() {
        length /= 10;
        nanos = nanos.saturating_add(i64::from(digit - b'0') * length);
    }
    let from = Timestamp::from_nanos(nanos);
    Some(Ok(Period::moment(from, from.plus_nanos(length.max(1) - 1), None)))
}

/// Days as they were written.
enum Written {
    Year(i16),
    Month(Date),
    Day(Date),
}

impl Written {
    fn all(self, zone: &TimeZone) -> Read<Period> {
        let (first, step) = match self {
            Self::Year(year) => (Date::new(year, 1, 1)?, 1.year()),
            Self::Month(first) => (first, 1.month()),
            Self::Day(day) => (day, 1.day()),
        };
        days(first, first.checked_add(step)?, zone)
    }
}

fn day(text: &str, here: &Here) -> Read<Written> {
    let unknown = || TimeMistake::NoDate { text: text.to_owned() };
    let numbers: Vec<i16> = text
        .split(['-', '/', '.'])
        .map(|part| if part.bytes().all(|b| b.is_ascii_digit()) { part.parse().ok() } else { None })
        .collect::<Option<_>>()
        .or_else(|| compact(text))
        .ok_or_else(unknown)?;
    let base = here.base.unwrap_or_else(|| here.today());
    let long = text.find(['-', '/', '.']).unwrap_or(text.len()) == 4 || text.len() == 8;
    let date = |year: i16, month: i16, day: i16| {
        let small = |number: i16| i8::try_from(number).ok();
        small(month)
            .zip(small(day))
            .and_then(|(month, day)| Date::new(year, month, day).ok())
            .ok_or_else(|| TimeMistake::NoDay { day: format!("{year:04}-{month:02}-{day:02}") })
    };
    Ok(match *numbers.as_slice() {
        [year, month, day] if long => Written::Day(date(year, month, day)?),
        [year, month] if long => Written::Month(date(year, month, 1)?),
        [year] if long && year > 0 => Written::Year(year),
        [month, day] => Written::Day(date(base.year(), month, day)?),
        [day] if here.base.is_some() => Written::Day(date(base.year(), i16::from(base.month()), day)?),
        _ => return Err(unknown()),
    })
}

/// `20250601`.
fn compact(text: &str) -> Option<Vec<i16>> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(vec![text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?])
}

/// A time of day, and how long what was written is.
pub(super) struct TimeOfDay {
    time: Time,
    nanos: i64,
}

impl TimeOfDay {
    pub(super) fn on(&self, date: Date, zone: &TimeZone) -> Read<Period> {
        let moment = date.to_datetime(self.time).to_zoned(zone.clone())?;
        let from = stamp(moment.timestamp())?;
        Ok(Period::moment(from, from.plus_nanos(self.nanos - 1), Some(date)))
    }
}

/// `12:30`, `12:30:05.123`; `12` too where `hour` says that only a time can stand here.
pub(super) fn time(text: &str, hour: bool) -> Option<TimeOfDay> {
    let (clock, fraction) = text.split_once(['.', ',']).map_or((text, None), |(clock, rest)| (clock, Some(rest)));
    let parts: Vec<i8> = clock
        .split(':')
        .map(|part| {
            (matches!(part.len(), 1 | 2) && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok())
        })
        .map(Option::flatten)
        .collect::<Option<_>>()?;
    let (mut nanos, mut subsecond) = (1_000_000_000, 0);
    if let Some(fraction) = fraction {
        if parts.len() != 3
            || fraction.is_empty()
            || fraction.len() > 9
            || !fraction.bytes().all(|b| b.is_ascii_digit())
        {
            return None;
        }
        for digit in fraction.bytes() {
            nanos /= 10;
            subsecond += i32::from(digit - b'0') * nanos as i32;
        }
    }
    let (hour, minute, second, length) = match *parts.as_slice() {
        [h] if hour => (h, 0, 0, 3_600_000_000_000),
        [h, m] => (h, m, 0, 60_000_000_000),
        [h, m, s] => (h, m, s, nanos),
        _ => return None,
    };
    Some(TimeOfDay { time: Time::new(hour, minute, second, subsecond).ok()?, nanos: length })
}
