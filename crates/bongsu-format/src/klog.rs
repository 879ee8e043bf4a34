//! klog and glog: `I0606 12:00:00.123456    1234 file.go:12] message`.

use bongsu_model::Level;

use crate::Format;
use crate::line::{Line, blanks, file_and_line, word};
use crate::time::{Calendar, Civil, is_day, scan};

/// Reads one line.
pub(crate) fn read<'a>(text: &'a str, calendar: &Calendar) -> Option<Line<'a>> {
    let level = match text.as_bytes().first()? {
        b'I' => Level::Info,
        b'W' => Level::Warning,
        b'E' => Level::Error,
        b'F' => Level::Critical,
        b'D' => Level::Debug,
        _ => return None,
    };
    let (date, rest) = text.get(1..)?.split_once(' ')?;
    if !matches!(date.len(), 4 | 8) || !date.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, date) = date.split_at(date.len() - 4);
    let year = if year.is_empty() { None } else { year.parse().ok() };
    let (month, day) = (date.get(..2)?.parse().ok()?, date.get(2..)?.parse().ok()?);
    let of_day = time_of_day(rest)?;
    let (time, rest) = word(rest);
    let (thread, rest) = word(blanks(rest));
    let (position, message) = rest.split_once(']')?;
    let (file, number) = file_and_line(position)?;
    // The day is checked by the calendar; the thread is a number in both programs.
    let civil = Civil { year, date: Some((month, day)), ..of_day };
    let known = is_day(year, month, day) && time.len() >= 8 && thread.bytes().all(|byte| byte.is_ascii_digit());
    let time = calendar.point(&civil, None).filter(|_| known)?;
    let mut line = Line::timed(Format::Klog, time);
    line.set_level_as(Some(level));
    line.record.file = Some(file.into());
    line.record.line = Some(number);
    line.number_field("thread", thread);
    Some(line.message(message.strip_prefix(' ').unwrap_or(message)))
}

/// The time of day of `12:00:00.123456`.
fn time_of_day(text: &str) -> Option<Civil> {
    let utc = Calendar::new(jiff::tz::TimeZone::UTC, bongsu_model::Timestamp::from_nanos(0), None);
    let end = text.find(' ')?;
    let found = scan(text.get(..end)?.as_bytes(), &utc).filter(|found| found.len == end)?;
    let nanos = found.time.nanos().rem_euclid(86_400_000_000_000);
    let (second, nanos) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    Some(Civil { year: None, date: None, second_of_day: u32::try_from(second).ok()?, nanos: nanos as u32 })
}
