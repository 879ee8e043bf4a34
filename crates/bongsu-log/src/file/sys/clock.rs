//! The machine's clock as the kernel left it at its last tick.

use bongsu_model::Timestamp;

const SECOND: i64 = 1_000_000_000;

/// The kernel's tick is 1 to 10 ms long, and one that is late (the processor that counts was taken from a virtual machine) is made
/// up for by another processor within some of them.
const LATEST_TICK: i64 = 100_000_000;

/// A time of the second that it is now: in the time of one read of memory, where the processor's counter takes 20 ns. None near the
/// end of a second, when the last tick does not tell whether the next has begun.
#[inline]
pub(in super::super) fn this_second() -> Option<Timestamp> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` outlives the call.
    let is_told = unsafe { libc::clock_gettime(libc::CLOCK_REALTIME_COARSE, &raw mut time) } == 0;
    (is_told && time.tv_nsec < SECOND - LATEST_TICK)
        .then(|| Timestamp::from_nanos(time.tv_sec.wrapping_mul(SECOND).wrapping_add(time.tv_nsec)))
}

#[cfg(test)]
mod tests {
    use bongsu_model::{Clock, SystemClock};

    use super::*;

    #[test]
    fn the_second_is_that_of_the_exact_clock() {
        let second = |time: Timestamp| time.nanos().div_euclid(SECOND);
        let mut told = 0;
        for _ in 0..100_000 {
            let before = second(SystemClock.now());
            let coarse = this_second();
            let after = second(SystemClock.now());
            if let Some(coarse) = coarse {
                told += 1;
                assert!((before..=after).contains(&second(coarse)), "{before} {coarse} {after}");
            }
        }
        assert!(told > 0 || SystemClock.now().nanos().rem_euclid(SECOND) > SECOND - 2 * LATEST_TICK);
    }
}
