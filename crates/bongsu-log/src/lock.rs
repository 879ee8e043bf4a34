//! Locks between threads.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Waits for the lock. Nothing in this crate leaves half a state behind one, so what a panicking thread left is whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
