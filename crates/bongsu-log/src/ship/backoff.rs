//! How long to wait before a request is sent again.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A wait that a server asks for is kept up to this.
const LONGEST_ASKED: Duration = Duration::from_hours(1);

/// Where chance comes from; to be replaced in tests.
#[derive(Clone)]
pub(super) struct Chance(Arc<dyn Fn() -> u64 + Send + Sync>);

impl fmt::Debug for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chance")
    }
}

impl Chance {
    #[cfg(test)]
    pub(super) fn new(next: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(next))
    }

    /// Chance as the standard library seeds its maps, good enough to part machines from each other.
    pub(super) fn system() -> Self {
        use std::hash::{BuildHasher, RandomState};
        Self(Arc::new(|| RandomState::new().hash_one(std::time::SystemTime::now())))
    }

    pub(super) fn next(&self) -> u64 {
        self.0()
    }

    /// From 0 to 1.
    fn share(&self) -> f64 {
        self.next() as f64 / u64::MAX as f64
    }
}

/// Waits that double with each failure, with a jitter, so that the clients of a server that comes back come one by one.
#[derive(Debug)]
pub(super) struct Backoff {
    from: Duration,
    to: Duration,
    failures: u32,
    chance: Chance,
}

impl Backoff {
    pub(super) fn new(from: Duration, to: Duration, chance: Chance) -> Self {
        Self { from, to, failures: 0, chance }
    }

    /// The wait after one more failure: half of it is sure, half is chance. What the server asked for is the least.
    pub(super) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let whole = self.from.saturating_mul(1 << self.failures.min(30)).min(self.to);
        self.failures += 1;
        let wait = whole / 2 + (whole / 2).mul_f64(self.chance.share());
        let asked = asked.unwrap_or_default().min(LONGEST_ASKED);
        if asked > wait { asked + wait.min(asked / 4) } else { wait }
    }

    /// Begins anew after a success.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn waits_double_up_to_the_longest_and_begin_anew() {
        let mut least = Backoff::new(100 * MS, 1_000 * MS, Chance::new(|| 0));
        let mut most = Backoff::new(100 * MS, 1_000 * MS, Chance::new(|| u64::MAX));
        for whole in [100, 200, 400, 800, 1_000, 1_000] {
            assert_eq!((least.next(None), most.next(None)), (whole / 2 * MS, whole * MS));
        }
        least.reset();
        assert_eq!(least.next(None), 50 * MS);
        least.failures = u32::MAX - 1;
        assert_eq!(least.next(None), 500 * MS);
    }

    #[test]
    fn what_the_server_asks_for_is_the_least() {
        let mut backoff = Backoff::new(100 * MS, 1_000 * MS, Chance::new(|| u64::MAX));
        assert_eq!(backoff.next(Some(2_000 * MS)), 2_100 * MS);
        assert_eq!(backoff.next(Some(10 * MS)), 200 * MS);
        assert!(backoff.next(Some(Duration::MAX)) < LONGEST_ASKED * 2);
    }
}
