//! Times seen from now: lengths of time, `today`, `last week`, `now-1h`.

use jiff::civil::Date;
use jiff::{RoundMode, Span, ToSpan, Unit, Zoned, ZonedRound};

use super::{Here, Period, Read, TimeMistake, absolute, days, stamp};

/// What `text` names; none when it does not begin as a time seen from now does.
pub(super) fn read(text: &str, here: &Here) -> Option<Read<Period>> {
    let lower = text.to_lowercase();
    let lower = lower.trim();
    if let Some(rest) = lower.strip_prefix("now") {
        return Some(now(rest, here));
    }
    if let Some(read) = day_word(lower, here) {
        return Some(read);
    }
    if let Some(rest) = lower.strip_suffix("ago") {
        return length(rest.trim_end()).map(|span| ago(span, here));
    }
    for word in ["last ", "past ", "previous ", "this ", "current "] {
        let Some(rest) = lower.strip_prefix(word) else { continue };
        let back = i64::from(!matches!(word, "this " | "current "));
        if let Some(unit) = unit(rest.trim()) {
            return Some(whole(unit, back, here));
        }
        return length(rest).filter(|_| back == 1).map(|span| ago(span, here));
    }
    length(lower).map(|span| ago(span, here))
}

fn day_word(text: &str, here: &Here) -> Option<Read<Period>> {
    const WORDS: [(&str, i64); 4] = [("day before yesterday", -2), ("yesterday", -1), ("today", 0), ("tomorrow", 1)];
    let (word, shift) = WORDS.iter().find(|(word, _)| text.starts_with(word))?;
    let rest = text[word.len()..].trim_start_matches([' ', 't', ',']);
    let day = here.today().checked_add(shift.days()).map_err(TimeMistake::from);
    Some(day.and_then(|day| {
        if rest.is_empty() {
            return days(day, next(day, 1.days())?, here.zone());
        }
        let time = absolute::time(rest, true).ok_or_else(|| TimeMistake::no_time_of_day(rest))?;
        time.on(day, here.zone())
    }))
}

fn next(day: Date, step: Span) -> Read<Date> {
    Ok(day.checked_add(step)?)
}

/// From so long ago until now.
fn ago(span: Read<Span>, here: &Here) -> Read<Period> {
    let then = here.now.checked_sub(span?)?;
    Ok(Period::moment(stamp(then.timestamp())?, stamp(here.now.timestamp())?, None))
}

/// What stands behind `now`: `-1h`, `+5m-2s`, `/d`.
fn now(mut rest: &str, here: &Here) -> Read<Period> {
    let mut then = here.now.clone();
    while !rest.is_empty() {
        let Some((_, inside)) = rest.split_at_checked(1) else { return Err(TimeMistake::behind_now(rest)) };
        let end = inside.find(['+', '-', '/']).map_or(rest.len(), |at| at + 1);
        let (step, behind) = rest.split_at(end);
        let wrong = || TimeMistake::behind_now(step);
        let value = step[1..].trim();
        then = match &step[..1] {
            "+" => then.checked_add(length(value).ok_or_else(wrong)??)?,
            "-" => then.checked_sub(length(value).ok_or_else(wrong)??)?,
            "/" => floor(&then, unit(value).ok_or_else(wrong)?)?,
            _ if step.trim().is_empty() => then,
            _ => return Err(wrong()),
        };
        rest = behind;
    }
    let (then, now) = (stamp(then.timestamp())?, stamp(here.now.timestamp())?);
    Ok(Period::moment(then, then.max(now), None))
}

fn unit(word: &str) -> Option<Unit> {
    Some(match word {
        "ns" => Unit::Nanosecond,
        "us" | "µs" => Unit::Microsecond,
        "ms" => Unit::Millisecond,
        "s" | "sec" | "secs" | "second" | "seconds" => Unit::Second,
        "m" | "min" | "mins" | "minute" | "minutes" => Unit::Minute,
        "h" | "hr" | "hrs" | "hour" | "hours" => Unit::Hour,
        "d" | "day" | "days" => Unit::Day,
        "w" | "wk" | "week" | "weeks" => Unit::Week,
        "mo" | "month" | "months" => Unit::Month,
        "y" | "yr" | "year" | "years" => Unit::Year,
        _ => return None,
    })
}

/// Lengths one after the other: `1h30m`, `2 days`. None when `text` does not begin with a number.
fn length(text: &str) -> Option<Read<Span>> {
    let mut rest = text.trim();
    let mut total = Span::new();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, behind) = rest.split_at(digits);
        let behind = behind.trim_start();
        let letters = behind.find(|c: char| !c.is_alphabetic()).unwrap_or(behind.len());
        let (word, behind) = behind.split_at(letters);
        if number.is_empty() || word.is_empty() {
            return None;
        }
        let unit = unit(word)?;
        match add(total, number, unit)? {
            Ok(sum) => total = sum,
            Err(reason) => return Some(Err(reason)),
        }
        rest = behind.trim_start_matches([' ', ',']);
    }
    Some(Ok(total))
}

fn add(total: Span, number: &str, unit: Unit) -> Option<Read<Span>> {
    if let Ok(count) = number.parse::<i64>() {
        let sum = match unit {
            Unit::Nanosecond => total.try_nanoseconds(total.get_nanoseconds().saturating_add(count)),
            Unit::Microsecond => total.try_microseconds(total.get_microseconds().saturating_add(count)),
            Unit::Millisecond => total.try_milliseconds(total.get_milliseconds().saturating_add(count)),
            Unit::Second => total.try_seconds(total.get_seconds().saturating_add(count)),
            Unit::Minute => total.try_minutes(total.get_minutes().saturating_add(count)),
            Unit::Hour => total.try_hours(i64::from(total.get_hours()).saturating_add(count)),
            Unit::Day => total.try_days(i64::from(total.get_days()).saturating_add(count)),
            Unit::Week => total.try_weeks(i64::from(total.get_weeks()).saturating_add(count)),
            Unit::Month => total.try_months(i64::from(total.get_months()).saturating_add(count)),
            Unit::Year => total.try_years(i64::from(total.get_years()).saturating_add(count)),
        };
        return Some(sum.map_err(TimeMistake::from));
    }
    // A fraction of a day or more has no fixed length.
    let seconds = match unit {
        Unit::Second => 1.0,
        Unit::Minute => 60.0,
        Unit::Hour => 3_600.0,
        Unit::Day => 86_400.0,
        Unit::Week => 604_800.0,
        _ => return None,
    };
    let nanos = (number.parse::<f64>().ok()? * seconds * 1e9).round();
    let nanos = total.get_nanoseconds().saturating_add(nanos as i64);
    Some(total.try_nanoseconds(nanos).map_err(TimeMistake::from))
}

fn floor(time: &Zoned, unit: Unit) -> Read<Zoned> {
    let date = match unit {
        Unit::Week => {
            let back = i64::from(time.date().weekday().to_monday_zero_offset());
            time.date().checked_sub(back.days())
        }
        Unit::Month => Ok(time.date().first_of_month()),
        Unit::Year => Ok(time.date().first_of_year()),
        smaller => {
            let round = ZonedRound::new().smallest(smaller).mode(RoundMode::Trunc);
            return Ok(time.round(round)?);
        }
    };
    let midnight = date.and_then(|date| date.to_zoned(time.time_zone().clone())).and_then(|day| day.start_of_day());
    Ok(midnight?)
}

/// The whole minute, day, week … that is `back` before the current one.
fn whole(unit: Unit, back: i64, here: &Here) -> Read<Period> {
    let step = |count: i64| match unit {
        Unit::Second => count.seconds(),
        Unit::Minute => count.minutes(),
        Unit::Hour => count.hours(),
        Unit::Week => count.weeks(),
        Unit::Month => count.months(),
        Unit::Year => count.years(),
        _ => count.days(),
    };
    let current = floor(&here.now, unit)?;
    let first = current.checked_sub(step(back))?;
    if matches!(unit, Unit::Day | Unit::Week | Unit::Month | Unit::Year) {
        return days(first.date(), next(first.date(), step(1))?, here.zone());
    }
    let behind = first.checked_add(step(1))?;
    let (from, to) = (stamp(first.timestamp())?, stamp(behind.timestamp())?.plus_nanos(-1));
    Ok(Period { from, to, end: to, date: None })
}
