//! Days of UTC, the table's partitions.

/// Microseconds of a day.
const DAY_MICROS: i64 = 86_400_000_000;

/// The day that `micros` after the epoch lies in.
pub(crate) fn day_of(micros: i64) -> i64 {
    micros.div_euclid(DAY_MICROS)
}

/// The day's name: `2025-06-01`.
pub(crate) fn day_name(day: i64) -> String {
    at(day.saturating_mul(DAY_MICROS)).strftime("%Y-%m-%d").to_string()
}

/// The time in the form that Delta's statistics have: `2025-06-01T00:00:00.000000Z`.
pub(crate) fn micros_text(micros: i64) -> String {
    at(micros).strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

fn at(micros: i64) -> jiff::civil::DateTime {
    let point = jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    point.to_zoned(jiff::tz::TimeZone::UTC).datetime()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_names_before_the_epoch_too() {
        assert_eq!(day_name(day_of(-1)), "1969-12-31");
        assert_eq!(day_name(day_of(0)), "1970-01-01");
        assert_eq!(micros_text(1_500_000), "1970-01-01T00:00:01.500000Z");
    }
}
