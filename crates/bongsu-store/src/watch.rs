//! Whether the clock can be believed. Retention by age deletes for good, and a clock that is wrong for a while, as after a
//! start without a network, must not delete everything.

use std::time::{Duration, Instant};

use bongsu_model::Timestamp;

/// How far the clock may get ahead of what was expected.
const JUMP: Duration = Duration::from_hours(24);

/// What the clock has shown.
#[derive(Debug, Default)]
pub(crate) struct ClockWatch {
    /// The clock's time, and when that was by the machine's own counting.
    seen: Option<(Timestamp, Instant)>,
    /// When the clock got ahead, as long as that is doubted.
    ahead: Option<Instant>,
}

impl ClockWatch {
    /// Whether `now`, which the clock shows at the instant `at`, can be believed: it is at most a day later than what was
    /// seen before leads one to expect, or has been so for `hold`. `written` is when the store was last written to, for the
    /// first time of all.
    pub(crate) fn believes(&mut self, now: Timestamp, at: Instant, written: Option<Timestamp>, hold: Duration) -> bool {
        let after = |then: Timestamp, passed: Duration| {
            then.nanos().saturating_add(i64::try_from(passed.as_nanos()).unwrap_or(i64::MAX))
        };
        let expected = match self.seen {
            Some((then, since)) => after(then, at.saturating_duration_since(since)),
            None => written.unwrap_or(now).nanos(),
        };
        let jump = JUMP.as_nanos() as i64;
        if now.nanos() > expected.saturating_add(jump) {
            tracing::warn!(%now, "the clock is far ahead of what was expected: retention by age waits");
            self.ahead = Some(at);
        } else if now.nanos() < expected.saturating_sub(jump) {
            self.ahead = None;
        }
        self.seen = Some((now, at));
        if self.ahead.is_some_and(|since| at.saturating_duration_since(since) < hold) {
            return false;
        }
        self.ahead = None;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn a_jump_is_believed_only_after_a_while() {
        let (begin, day) = (Instant::now(), 86_400_000_000_000);
        let mut watch = ClockWatch::default();
        let mut ask = |days: i64, minutes: u64| {
            let now = Timestamp::from_nanos(days * day + minutes as i64 * 60_000_000_000);
            watch.believes(now, begin + Duration::from_mins(minutes), Some(Timestamp::from_nanos(0)), HOUR)
        };
        // A little time passes, then the clock is a hundred days ahead.
        assert!(ask(0, 0) && ask(0, 5));
        assert!(!ask(100, 6) && !ask(100, 30) && !ask(100, 65));
        assert!(ask(100, 66) && ask(100, 67));
        // It jumps again and comes back, which is believed at once.
        assert!(!ask(200, 70) && !ask(200, 71));
        assert!(ask(100, 72) && ask(100, 73));
    }

    #[test]
    fn a_store_that_was_not_written_for_long_waits_too() {
        let (begin, written) = (Instant::now(), Some(Timestamp::from_nanos(0)));
        let later = |minutes| begin + Duration::from_mins(minutes);
        let now = Timestamp::from_nanos(i64::MAX / 2);
        let mut watch = ClockWatch::default();
        assert!(!watch.believes(now, begin, written, HOUR));
        assert!(!watch.believes(now, later(59), written, HOUR));
        assert!(watch.believes(now, later(61), written, HOUR));
        assert!(ClockWatch::default().believes(now, begin, None, HOUR));
    }
}
