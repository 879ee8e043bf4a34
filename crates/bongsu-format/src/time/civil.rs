//! Calendar arithmetic.

/// A point on the calendar as it was written, without a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    /// None when not written.
    pub(crate) year: Option<i64>,
    /// Month and day; none when not written.
    pub(crate) date: Option<(u32, u32)>,
    pub(crate) second_of_day: u32,
    pub(crate) nanos: u32,
}

const fn is_leap_year(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap_year(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Whether the calendar has this day. Without a year 29 February passes.
pub(crate) fn is_day(year: Option<i64>, month: u32, day: u32) -> bool {
    (1..=12).contains(&month) && day >= 1 && day <= days_in(year.unwrap_or(2000), month)
}

/// Days from 1970-01-01 to a day of the proleptic Gregorian calendar.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
pub(crate) const fn days_from_epoch(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted = ((month + 9) % 12) as i64;
    let day_of_year = (153 * shifted + 2) / 5 + day as i64 - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month and day of a day counted from 1970-01-01: the reverse of [`days_from_epoch`].
pub(crate) const fn day_of_epoch(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted + 2) / 5 + 1) as u32;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 } as u32;
    (year_of_era + era * 400 + (month <= 2) as i64, month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn days_go_there_and_back_as_jiff_counts_them(days in -100_000i64..100_000) {
            let (year, month, day) = day_of_epoch(days);
            prop_assert_eq!(days_from_epoch(year, month, day), days);
            let jiff = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            prop_assert_eq!((i64::from(jiff.year()), jiff.month() as u32, jiff.day() as u32), (year, month, day));
            prop_assert!(is_day(Some(year), month, day));
        }
    }

    #[test]
    fn impossible_days_are_refused() {
        assert!(!is_day(Some(2025), 2, 29) && !is_day(None, 2, 30) && !is_day(None, 13, 1) && !is_day(None, 4, 31));
        assert!(is_day(Some(2024), 2, 29) && is_day(None, 2, 29));
    }
}
