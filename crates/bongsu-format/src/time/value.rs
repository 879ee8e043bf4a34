//! Times that stand as a value of their own, and how they were spelled.

use std::fmt::Write as _;

use bongsu_model::Timestamp;

use super::civil::day_of_epoch;
use super::{Calendar, scan};

const NANOS: i64 = 1_000_000_000;

/// The zone behind a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    /// `Z`.
    Zulu,
    /// `+09:00` or `+0900`, in seconds east of UTC.
    Offset { seconds: i64, colon: bool },
    /// None was written; the seconds that were filled in.
    Local(i64),
    /// Written in another way.
    Other(i64),
}

impl Zone {
    pub(crate) fn seconds(self) -> i64 {
        match self {
            Self::Zulu => 0,
            Self::Offset { seconds, .. } | Self::Local(seconds) | Self::Other(seconds) => seconds,
        }
    }
}

/// How a date and time was spelled: enough to write the same text from the point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spelling {
    /// Whether [`Spelling::write`] gives back what was read.
    pub(crate) exact: bool,
    /// Between date and time: `T` or a space.
    pub(crate) between: u8,
    /// Before the fraction.
    pub(crate) point: u8,
    /// Digits of the fraction.
    pub(crate) digits: u8,
    pub(crate) zone: Zone,
}

impl Spelling {
    pub(crate) const INEXACT: Self = Self { exact: false, between: b' ', point: 0, digits: 0, zone: Zone::Zulu };

    /// A short code of the spelling: `T9Z`, `_3;z32400`.
    pub(crate) fn encode(self, out: &mut String) {
        out.push(if self.between == b'T' { 'T' } else { '_' });
        out.push(char::from(b'0' + self.digits.min(9)));
        if self.point == b',' {
            out.push(';');
        }
        match self.zone {
            Zone::Zulu => out.push('Z'),
            Zone::Offset { colon: true, seconds } => _ = write!(out, "z{seconds}"),
            Zone::Offset { colon: false, seconds } => _ = write!(out, "x{seconds}"),
            Zone::Local(seconds) | Zone::Other(seconds) => _ = write!(out, "l{seconds}"),
        }
    }

    /// The spelling that `code` stands for.
    pub(crate) fn decode(code: &str) -> Option<Self> {
        let bytes = code.as_bytes();
        let between = if *bytes.first()? == b'T' { b'T' } else { b' ' };
        let digits = bytes.get(1)?.checked_sub(b'0').filter(|digits| *digits <= 9)?;
        let rest = code.get(2..)?;
        let (point, rest) = rest.strip_prefix(';').map_or((b'.', rest), |rest| (b',', rest));
        let seconds = || rest.get(1..)?.parse::<i64>().ok();
        let zone = match rest.as_bytes().first()? {
            b'Z' => Zone::Zulu,
            b'z' => Zone::Offset { seconds: seconds()?, colon: true },
            b'x' => Zone::Offset { seconds: seconds()?, colon: false },
            _ => Zone::Local(seconds()?),
        };
        Some(Self { exact: true, between, point, digits, zone })
    }

    /// The text of `time` in this spelling.
    pub(crate) fn write(self, time: Timestamp) -> String {
        let second = time.nanos().div_euclid(NANOS) + self.zone.seconds();
        let (year, month, day) = day_of_epoch(second.div_euclid(86_400));
        let of_day = second.rem_euclid(86_400);
        let (hour, minute, of_minute) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        let between = char::from(self.between);
        let mut out = format!("{year:04}-{month:02}-{day:02}{between}{hour:02}:{minute:02}:{of_minute:02}");
        if self.digits > 0 {
            let fraction = format!("{:09}", time.nanos().rem_euclid(NANOS));
            out.push(char::from(if self.point == 0 { b'.' } else { self.point }));
            out.push_str(fraction.get(..usize::from(self.digits)).unwrap_or(&fraction));
        }
        match self.zone {
            Zone::Zulu => out.push('Z'),
            Zone::Offset { seconds, colon } => {
                let sign = if seconds < 0 { '-' } else { '+' };
                let minutes = seconds.abs() / 60;
                let colon = if colon { ":" } else { "" };
                let _ = write!(out, "{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60);
            }
            Zone::Local(_) | Zone::Other(_) => {}
        }
        out
    }
}

/// The unit that a number counts from 1970 in, by its size: `s`, `m` (ms), `u` (µs) or `n`; none when it is too small or
/// too large to be meant as a time of the last or the coming decades.
fn unit_of(number: i64) -> Option<(char, i64)> {
    match number {
        100_000_000..=9_999_999_999 => Some(('s', NANOS)),
        100_000_000_000..=9_999_999_999_999 => Some(('m', 1_000_000)),
        100_000_000_000_000..=9_999_999_999_999_999 => Some(('u', 1_000)),
        100_000_000_000_000_000..=i64::MAX => Some(('n', 1)),
        _ => None,
    }
}

/// The time that a whole number stands for, and its unit.
pub(crate) fn epoch_int(number: i64) -> Option<(Timestamp, char)> {
    let (unit, nanos) = unit_of(number)?;
    Some((Timestamp::from_nanos(number.checked_mul(nanos)?), unit))
}

/// The time that a number with a fraction stands for, from its decimal text.
pub(crate) fn epoch_float(text: &str) -> Option<(Timestamp, char)> {
    let (whole, fraction) = text.split_once('.')?;
    let (time, unit) = epoch_int(whole.parse().ok()?)?;
    let digits = match unit {
        's' => 9,
        'm' => 6,
        'u' => 3,
        _ => return None,
    };
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanos = fraction.bytes().chain(std::iter::repeat(b'0')).take(digits);
    let nanos = nanos.fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    Some((time.plus_nanos(nanos), unit))
}

/// The time that the whole of `text` is, and its spelling: date and time in any shape, a date alone, or epoch digits.
pub(crate) fn text_value(text: &str, calendar: &Calendar) -> Option<(Timestamp, Result<Spelling, char>)> {
    if text.len() >= 9 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let canonical = !text.starts_with('0');
        let (time, unit) = epoch_int(text.parse().ok().filter(|_| canonical)?)?;
        return Some((time, Err(unit)));
    }
    if let Some(found) = scan(text.as_bytes(), calendar) {
        return (found.len == text.len()).then_some((found.time, Ok(found.spelling)));
    }
    if text.len() == 10 {
        let midnight = format!("{text}T00:00:00");
        let found = scan(midnight.as_bytes(), calendar).filter(|found| found.len == midnight.len())?;
        return Some((found.time, Ok(Spelling::INEXACT)));
    }
    None
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn numbers_are_read_by_their_size() {
        let expected = "2025-06-06T03:00:00Z".parse::<jiff::Timestamp>().unwrap();
        for (number, unit) in [
            (1_749_178_800, 's'),
            (1_749_178_800_000, 'm'),
            (1_749_178_800_000_000, 'u'),
            (1_749_178_800_000_000_000, 'n'),
        ] {
            let (time, found) = epoch_int(number).unwrap();
            assert_eq!((time.to_jiff(), found), (expected, unit));
        }
        assert_eq!(epoch_int(12), None);
        assert_eq!(epoch_int(-1_749_178_800), None);
        assert_eq!(epoch_float("1749178800.1234567891").unwrap().0.nanos() % NANOS, 123_456_789);
        assert_eq!(epoch_float("12.5"), None);
        assert_eq!(epoch_float("1749178800.1e3"), None);
    }

    #[test]
    fn a_spelling_writes_what_was_read() {
        let calendar = Calendar::new(TimeZone::get("Asia/Seoul").unwrap(), Timestamp::from_nanos(0), None);
        for text in ["2025-06-06T12:00:00.123+09:00", "2025-06-06 12:00:00,123", "2025-06-06T12:00:00-0330"] {
            let (time, spelling) = text_value(text, &calendar).unwrap();
            let spelling = spelling.unwrap();
            assert!(spelling.exact);
            let mut code = String::new();
            spelling.encode(&mut code);
            assert_eq!(Spelling::decode(&code).unwrap().write(time), text, "{code}");
        }
        for text in ["2025-06-06", "06/Jun/2025:12:00:00 +0900", "2025-06-06T12:00:00-00:00", "2025-06-06T12:00:00+09"]
        {
            assert!(!text_value(text, &calendar).unwrap().1.unwrap().exact, "{text}");
        }
        for text in ["yesterday", "2025-06-06T12:00:00Z and more", ""] {
            assert_eq!(text_value(text, &calendar), None, "{text}");
        }
    }
}
