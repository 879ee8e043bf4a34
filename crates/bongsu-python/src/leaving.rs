//! The interpreter's end: threads that are still running then are ended by Python at the next moment they want the interpreter,
//! wherever they are. A thread that is in the middle of our code would take the process down with it.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use pyo3::{Python, ffi};

/// Whether the interpreter is about to end.
static ENDING: AtomicBool = AtomicBool::new(false);
/// The thread that ends it.
static LAST: AtomicU64 = AtomicU64::new(0);
/// Calls that are in our code and may give the interpreter to another thread.
static INSIDE: AtomicUsize = AtomicUsize::new(0);

/// How long the end waits for threads to leave our code.
const PATIENCE: Duration = Duration::from_secs(2);

/// Marks a call that is in our code.
pub(crate) struct Inside;

impl Inside {
    pub(crate) fn new() -> Self {
        INSIDE.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether the interpreter is about to end.
pub(crate) fn is_ending() -> bool {
    ENDING.load(Ordering::Relaxed)
}

/// Whether this thread may be ended by the interpreter: it must then not be in our code when it waits.
pub(crate) fn must_keep_out() -> bool {
    // SAFETY: asks for the thread's number, nothing else.
    is_ending() && LAST.load(Ordering::Relaxed) != unsafe { ffi::PyThread_get_thread_ident() } as u64
}

/// From now on other threads keep out; waits for those that are inside.
pub(crate) fn begin(py: Python<'_>) {
    // SAFETY: as above.
    LAST.store(unsafe { ffi::PyThread_get_thread_ident() } as u64, Ordering::Relaxed);
    ENDING.store(true, Ordering::SeqCst);
    py.detach(|| {
        let step = Duration::from_millis(1);
        let mut waited = Duration::ZERO;
        while INSIDE.load(Ordering::SeqCst) > 0 && waited < PATIENCE {
            thread::sleep(step);
            waited += step;
        }
    });
}

/// A forked child has one thread, and begins anew.
pub(crate) fn after_fork() {
    INSIDE.store(0, Ordering::SeqCst);
    ENDING.store(false, Ordering::SeqCst);
}
