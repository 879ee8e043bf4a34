//! Amounts of bytes and lengths of time as people write them.

use std::time::Duration;

const BYTES: [(&str, u64); 10] = [
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("b", 1),
    ("", 1),
];

const SPANS: [(&str, u64); 6] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];

/// `64 MiB`, `2GB`, `500000` → bytes; none when it is no such amount.
pub(crate) fn read_bytes(text: &str) -> Option<u64> {
    measure(text, &BYTES)
}

/// `500ms`, `30s`, `15m`, `12h`, `30d`, `8w` → a length of time; none when it is none.
pub(crate) fn read_span(text: &str) -> Option<Duration> {
    measure(text, &SPANS).map(Duration::from_millis)
}

fn measure(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    let number: u64 = text[..digits].replace('_', "").parse().ok()?;
    let unit = text[digits..].trim().to_ascii_lowercase();
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    number.checked_mul(*factor)
}

/// Bytes in the largest unit that divides them.
pub(crate) fn bytes(size: u64) -> String {
    let units = [("TiB", 1u64 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let whole = |factor: u64| size >= factor && size.is_multiple_of(factor);
    match units.into_iter().find(|(_, factor)| whole(*factor)) {
        Some((unit, factor)) => format!("{} {unit}", size / factor),
        None => format!("{size} B"),
    }
}

/// A length of time in the largest unit that divides it.
pub(crate) fn span(time: Duration) -> String {
    let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let unit = SPANS.iter().rev().skip(1).find(|(_, factor)| millis >= *factor && millis.is_multiple_of(*factor));
    unit.map_or_else(|| "0s".to_owned(), |(name, factor)| format!("{}{name}", millis / factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_reads_back() {
        for size in [1, 1_023, 1_024, 5 << 20, 7 << 40, 1_000_000] {
            assert_eq!(read_bytes(&bytes(size)), Some(size));
        }
        for millis in [1, 999, 1_000, 90_000, 86_400_000, 604_800_000] {
            let time = Duration::from_millis(millis);
            assert_eq!(read_span(&span(time)), Some(time), "{}", span(time));
        }
    }

    #[test]
    fn refuses_what_is_no_amount() {
        for text in ["", "x", "-1", "1.5 GB", "1 parsec", "99999999999999999999", "99999999 TB"] {
            assert_eq!(read_bytes(text), None, "{text}");
        }
        assert_eq!(read_span("15"), None);
    }
}
