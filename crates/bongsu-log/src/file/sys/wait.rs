//! How the drainer sleeps and is woken: at once by a signal handler too.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// What the drainer is about, and its bell.
#[derive(Debug, Default)]
pub(in super::super) struct Bell(AtomicU32);

/// Sleeps for long: whoever has something must ring.
const ASLEEP: u32 = 0;
/// Works, or will look by itself in a moment.
const SOON: u32 = 1;
/// Was rung.
const RUNG: u32 = 2;

impl Bell {
    /// Says that there is something to drain; wakes the drainer if it would not look by itself, or at once when it is urgent.
    pub(in super::super) fn notice(&self, urgent: bool) {
        let state = self.0.load(Ordering::SeqCst);
        if (state == ASLEEP || (state == SOON && urgent)) && self.0.swap(RUNG, Ordering::SeqCst) != RUNG {
            self.wake();
        }
    }

    /// Wakes the drainer. May be called in a signal handler.
    pub(in super::super) fn ring(&self) {
        self.0.store(RUNG, Ordering::SeqCst);
        self.wake();
    }

    fn wake(&self) {
        let word = self.0.as_ptr();
        // SAFETY: the word is alive while `self` is borrowed; waking touches nothing else.
        unsafe { libc::syscall(libc::SYS_futex, word, libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, i32::MAX) };
    }

    /// The drainer is about to look: what is published from now on it will see at its next look.
    pub(in super::super) fn looking(&self) {
        self.0.store(SOON, Ordering::SeqCst);
    }

    /// The drainer will sleep until it is rung. It must look once more before it does.
    pub(in super::super) fn falling_asleep(&self) {
        // A bell that rang meanwhile must not be lost.
        let _ = self.0.compare_exchange(SOON, ASLEEP, Ordering::SeqCst, Ordering::SeqCst);
    }

    /// Sleeps until the bell rings, `most` at the longest.
    pub(in super::super) fn sleep(&self, most: Duration) {
        let state = self.0.load(Ordering::SeqCst);
        if state == RUNG {
            return;
        }
        let most = libc::timespec {
            tv_sec: libc::time_t::try_from(most.as_secs()).unwrap_or(1),
            tv_nsec: most.subsec_nanos().into(),
        };
        let word = self.0.as_ptr();
        // SAFETY: word and time outlive the call. The kernel sleeps only while the word still has the value of `state`.
        unsafe {
            libc::syscall(libc::SYS_futex, word, libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG, state, &raw const most)
        };
    }
}
