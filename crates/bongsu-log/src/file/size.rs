//! Sizes and spans as people write them.

use std::time::Duration;

/// `"500 MB"`, `"1.5 GiB"`, `"1000000"`, `"10 k"`: decimal units unless they have an `i`.
pub(crate) fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let unit = unit.to_ascii_lowercase();
    let (prefix, binary) = match unit.strip_suffix('b').unwrap_or(&unit) {
        prefix if prefix.ends_with('i') => (&prefix[..prefix.len() - 1], true),
        prefix => (prefix, false),
    };
    let power = match prefix {
        "" if !binary => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        _ => return None,
    };
    let bytes = number * if binary { 1024_f64 } else { 1000_f64 }.powi(power);
    (1.0..1e18).contains(&bytes).then_some(bytes as u64)
}

/// A number and the word behind it.
pub(super) fn split(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    Some((number, text[end..].trim()))
}

/// `"30 days"`, `"12h"`, `"2 weeks"`; months have 30 days and years 365.
pub(crate) fn age(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    let unit = unit.to_ascii_lowercase();
    let seconds = match unit.strip_suffix('s').filter(|unit| !unit.is_empty()).unwrap_or(&unit) {
        "s" | "sec" | "second" => 1.0,
        "min" | "minute" => 60.0,
        "h" | "hour" => 3_600.0,
        "d" | "day" => 86_400.0,
        "w" | "week" => 604_800.0,
        "month" => 2_592_000.0,
        "y" | "year" => 31_536_000.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number * seconds).ok().filter(|age| !age.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_write_them() {
        let table = [
            ("500 MB", Some(500_000_000)),
            ("1.5 GiB", Some(1_610_612_736)),
            ("10MiB", Some(10_485_760)),
            ("1000000", Some(1_000_000)),
            ("10 k", Some(10_000)),
            ("64 KB", Some(64_000)),
            ("7 B", Some(7)),
            ("0", None),
            ("0.5", None),
            ("5 MX", None),
            ("i", None),
            ("5 i", None),
            ("5 iB", None),
            ("-5 MB", None),
            ("1.2.3 MB", None),
            ("999999999999 TB", None),
            ("", None),
            ("10 분", None),
        ];
        for (text, expected) in table {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }

    #[test]
    fn spans_read_as_people_write_them() {
        let day = 86_400;
        let table = [
            ("30 days", Some(30 * day)),
            ("1 day", Some(day)),
            ("2 weeks", Some(14 * day)),
            ("12h", Some(day / 2)),
            ("1 s", Some(1)),
            ("90 min", Some(5_400)),
            ("1 month", Some(30 * day)),
            ("0 days", None),
            ("days", None),
            ("5", None),
            ("5 fortnights", None),
            ("1e9 days", None),
        ];
        for (text, expected) in table {
            assert_eq!(age(text), expected.map(Duration::from_secs), "{text}");
        }
    }
}
