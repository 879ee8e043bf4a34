//! The end of the process: its exit, and the signal that asks for it.

use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};

use super::Bell;
use super::fork::is_known;

/// Calls `last` when the program leaves `main` or calls `exit`, once however often this is called. A forked child inherits it.
pub(in super::super) fn at_exit(last: extern "C" fn()) {
    static DONE: AtomicBool = AtomicBool::new(false);
    if !DONE.swap(true, Ordering::AcqRel) {
        // SAFETY: `last` is a function of this program, there until it ends.
        unsafe { libc::atexit(last) };
    }
}

/// What a signal handler asks of the drainer.
#[derive(Debug, Default)]
pub(in super::super) struct Asked {
    bell: Bell,
    questions: AtomicU32,
    answered: AtomicU32,
}

impl Asked {
    pub(in super::super) fn bell(&self) -> &Bell {
        &self.bell
    }

    /// The number of the last question, to be answered when everything published before it is drained.
    pub(in super::super) fn question(&self) -> u32 {
        self.questions.load(Ordering::SeqCst)
    }

    pub(in super::super) fn answer(&self, question: u32) {
        self.answered.store(question, Ordering::SeqCst);
    }
}

static DRAINER: AtomicPtr<Asked> = AtomicPtr::new(std::ptr::null_mut());

/// Lets `SIGTERM` find this drainer; the last one counts.
pub(in super::super) fn drainer_is(drainer: &'static Asked) {
    DRAINER.store(std::ptr::from_ref(drainer).cast_mut(), Ordering::Release);
}

/// How long a program that was asked to end waits for its lines.
const MOST: u32 = 250;

/// Has `SIGTERM` wait until all is drained, a quarter of a second at the longest, and then end the program as it would have.
/// Does nothing, and says so, when the program does something of its own at that signal, unless `is_ours` says that this is ours too.
pub(in super::super) fn at_sigterm(is_ours: bool) -> bool {
    // SAFETY: `sigaction` is plain numbers, of which zeros are valid; both calls only read and write what is given.
    unsafe {
        let mut before: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(libc::SIGTERM, std::ptr::null(), &raw mut before) != 0 {
            return false;
        }
        let handler = on_sigterm as extern "C" fn(libc::c_int) as libc::sighandler_t;
        if before.sa_sigaction == handler {
            return true;
        }
        if before.sa_sigaction != libc::SIG_DFL && !is_ours {
            return false;
        }
        let mut ours: libc::sigaction = std::mem::zeroed();
        ours.sa_sigaction = handler;
        ours.sa_flags = libc::SA_RESTART;
        libc::sigaction(libc::SIGTERM, &raw const ours, std::ptr::null_mut()) == 0
    }
}

/// Does at once what [`at_sigterm`] has `SIGTERM` do.
pub(in super::super) fn end_by_sigterm() {
    on_sigterm(libc::SIGTERM);
}

/// Uses atomics and system calls only: nothing that the interrupted thread may hold.
extern "C" fn on_sigterm(signal: libc::c_int) {
    let drainer = DRAINER.load(Ordering::Acquire);
    // A forked child that has not logged yet has no drainer: it has inherited its parent's address.
    if !drainer.is_null() && is_known() {
        // SAFETY: `DRAINER` points at something that lives for ever.
        let drainer = unsafe { &*drainer };
        let question = drainer.questions.fetch_add(1, Ordering::SeqCst) + 1;
        drainer.bell.ring();
        for _ in 0..MOST {
            if drainer.answered.load(Ordering::SeqCst).wrapping_sub(question) < u32::MAX / 2 {
                break;
            }
            let pause = libc::timespec { tv_sec: 0, tv_nsec: 1_000_000 };
            // SAFETY: `pause` outlives the call.
            unsafe { libc::nanosleep(&raw const pause, std::ptr::null_mut()) };
        }
    }
    // SAFETY: both may be called in a handler. The signal is blocked until this returns, then does what it does by default.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
}

/// Does `start` with every signal blocked in this thread, which a thread that is started inherits: signals are for the
/// program's own threads.
pub(in super::super) fn without_signals<T>(start: impl FnOnce() -> T) -> T {
    // SAFETY: both sets are filled by the calls; a thread's own mask is changed and put back.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        let mut before: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
        let started = start();
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut());
        started
    }
}
