//! State that belongs to whoever holds the interpreter's lock (GIL).

use std::cell::UnsafeCell;

use pyo3::Python;

/// Does `work` so that what it drops is let go at once.
///
/// The interpreter calls our quick functions without `PyO3` knowing; what is dropped in them `PyO3` keeps until somebody calls one
/// of its own functions, which may be never.
pub(crate) fn letting_go<T>(work: impl FnOnce() -> T) -> T {
    Python::attach(|_| work())
}

/// A cell that only the thread which is attached to the interpreter looks into.
///
/// The interpreter's lock is what makes it `Sync`; the module asks for it (`gil_used = true`), free-threaded builds included.
pub(crate) struct GilCell<T>(UnsafeCell<T>);

// SAFETY: every access goes through `get`, which asks for a `Python` token: one thread at a time holds one.
unsafe impl<T> Sync for GilCell<T> {}
// SAFETY: as above; what is inside is used and dropped by a thread that holds the token.
unsafe impl<T> Send for GilCell<T> {}

impl<T> GilCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// The value, shared: what changes inside it is a `Cell` or a `RefCell`.
    pub(crate) fn get(&self, _py: Python<'_>) -> &T {
        // SAFETY: no exclusive reference is ever made; the token keeps other threads out.
        unsafe { &*self.0.get() }
    }
}
