//! Points and ranges of time.

use std::fmt;

/// A point in time: nanoseconds since 1970-01-01T00:00:00Z, from 1677 to 2262.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest time that can be told.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest time that can be told.
    pub const MAX: Self = Self(i64::MAX);

    /// The time `nanos` nanoseconds after the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The time `micros` microseconds after the epoch, held at the ends of the range.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros.saturating_mul(1_000))
    }

    /// Nanoseconds since the epoch.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Whole microseconds since the epoch, rounded down: the column `time`.
    pub const fn micros(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// The 0 to 999 nanoseconds beyond [`Timestamp::micros`]: the column `time_ns`.
    pub const fn nanos_beyond_micros(self) -> i16 {
        self.0.rem_euclid(1_000) as i16
    }

    /// Days since the epoch in UTC, rounded down: the table's partition.
    pub const fn utc_day(self) -> i32 {
        self.0.div_euclid(86_400_000_000_000) as i32
    }

    /// This time moved by `nanos`, held at the ends of the range.
    #[must_use]
    pub const fn plus_nanos(self, nanos: i64) -> Self {
        Self(self.0.saturating_add(nanos))
    }

    /// The same point for `jiff`, which knows calendars and time zones.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// The point that `time` names; none outside the years 1677 to 2262.
    pub fn from_jiff(time: jiff::Timestamp) -> Option<Self> {
        i64::try_from(time.as_nanosecond()).ok().map(Self)
    }
}

/// RFC 3339 in UTC with nine digits: `2026-11-20T00:00:00.123456789Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.9}", self.to_jiff())
    }
}

/// The times from `from` to `to`, both ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRange {
    /// The first time inside.
    pub from: Timestamp,
    /// The last time inside.
    pub to: Timestamp,
}

impl TimeRange {
    /// Every time.
    pub const ALL: Self = Self { from: Timestamp::MIN, to: Timestamp::MAX };

    /// Whether `time` lies inside.
    pub fn contains(&self, time: Timestamp) -> bool {
        self.from <= time && time <= self.to
    }

    /// Whether any time between `from` and `to`, both in, lies inside.
    pub fn overlaps(&self, from: Timestamp, to: Timestamp) -> bool {
        self.from <= to && from <= self.to
    }
}

impl Default for TimeRange {
    fn default() -> Self {
        Self::ALL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_into_micros_and_the_rest_before_the_epoch_too() {
        let before = Timestamp::from_nanos(-1);
        assert_eq!((before.micros(), before.nanos_beyond_micros(), before.utc_day()), (-1, 999, -1));
        let after = Timestamp::from_nanos(1_234_567);
        assert_eq!((after.micros(), after.nanos_beyond_micros(), after.utc_day()), (1_234, 567, 0));
    }

    #[test]
    fn shows_nine_digits() {
        assert_eq!(Timestamp::from_nanos(5).to_string(), "1970-01-01T00:00:00.000000005Z");
    }

    #[test]
    fn a_range_holds_both_ends() {
        let range = TimeRange { from: Timestamp::from_nanos(1), to: Timestamp::from_nanos(3) };
        assert!(range.contains(range.from) && range.contains(range.to));
        assert!(!range.contains(Timestamp::from_nanos(4)));
        assert!(range.overlaps(Timestamp::from_nanos(3), Timestamp::MAX));
        assert!(!range.overlaps(Timestamp::from_nanos(4), Timestamp::MAX));
    }
}
