//! Which process this is: a child of `fork` finds out at its next call, without a handler and without a system call.

use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use super::map::page_size;

/// A page that the kernel gives a forked child as zeros; its first word is the generation of the process it belongs to.
static PAGE: AtomicPtr<AtomicU64> = AtomicPtr::new(ptr::null_mut());

/// The generation given last. A child inherits it with the rest of the memory, so that its own is another than its parent's.
static LAST: AtomicU64 = AtomicU64::new(0);

/// A number that differs between a process and the processes it was forked from; never 0.
#[inline]
pub(in super::super) fn generation() -> u64 {
    let page = PAGE.load(Ordering::Acquire);
    if !page.is_null() {
        // SAFETY: what `PAGE` points at is mapped for ever and holds an `AtomicU64`; zeros are one too.
        let known = unsafe { &*page }.load(Ordering::Acquire);
        if known != 0 {
            return known;
        }
    }
    first_call()
}

/// Whether this process has called [`generation`]. May be asked in a signal handler.
pub(in super::super) fn is_known() -> bool {
    let page = PAGE.load(Ordering::Acquire);
    // SAFETY: as in `generation`.
    !page.is_null() && unsafe { &*page }.load(Ordering::Acquire) != 0
}

#[cold]
fn first_call() -> u64 {
    let mut page = PAGE.load(Ordering::Acquire);
    if page.is_null() {
        page = make_page();
    }
    let mine = LAST.fetch_add(1, Ordering::AcqRel) + 1;
    // SAFETY: as in `generation`.
    match unsafe { &*page }.compare_exchange(0, mine, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => mine,
        Err(other_threads) => other_threads,
    }
}

fn make_page() -> *mut AtomicU64 {
    let page = wiped_page().unwrap_or_else(|| {
        // A kernel that cannot wipe: the C library's own hook of `fork` does it.
        // SAFETY: the hook only stores to an atomic, which is allowed between `fork` and `exec`.
        unsafe { libc::pthread_atfork(None, None, Some(wipe_in_child)) };
        Box::into_raw(Box::new(AtomicU64::new(0)))
    });
    match PAGE.compare_exchange(ptr::null_mut(), page, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => page,
        // Two threads made one: the other's counts, ours stays unused.
        Err(other) => other,
    }
}

fn wiped_page() -> Option<*mut AtomicU64> {
    let length = page_size();
    // SAFETY: a new private mapping that nothing else knows of.
    unsafe {
        let page = libc::mmap(
            ptr::null_mut(),
            length,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        );
        if page == libc::MAP_FAILED {
            return None;
        }
        if libc::madvise(page, length, libc::MADV_WIPEONFORK) != 0 {
            libc::munmap(page, length);
            return None;
        }
        Some(page.cast())
    }
}

extern "C" fn wipe_in_child() {
    let page = PAGE.load(Ordering::Acquire);
    if !page.is_null() {
        // SAFETY: as in `generation`.
        unsafe { &*page }.store(0, Ordering::Release);
    }
}

/// A value that each process makes for itself. What a child inherits from its parent is neither used nor dropped: a thread of
/// the parent may have held it, locked or half changed, when the child was forked.
#[derive(Debug)]
pub(in super::super) struct PerProcess<T> {
    of: AtomicPtr<Owned<T>>,
}

#[derive(Debug)]
struct Owned<T> {
    generation: u64,
    value: T,
}

impl<T: Send + Sync> PerProcess<T> {
    pub(in super::super) const fn new() -> Self {
        Self { of: AtomicPtr::new(ptr::null_mut()) }
    }

    /// This process's value, if it has one.
    #[inline]
    pub(in super::super) fn get(&self) -> Option<&T> {
        let owned = self.of.load(Ordering::Acquire);
        if owned.is_null() {
            return None;
        }
        // SAFETY: what was stored in `of` is freed only with `self`, or never.
        let owned = unsafe { &*owned };
        (owned.generation == generation()).then_some(&owned.value)
    }

    /// This process's value, made now if it has none. When two threads make one, both get the one that was stored first.
    #[inline]
    pub(in super::super) fn get_or_make<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        match self.get() {
            Some(value) => Ok(value),
            None => self.make(make),
        }
    }

    #[cold]
    fn make<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        // Before the look: what another thread stores behind it makes the exchange fail.
        let before = self.of.load(Ordering::Acquire);
        if let Some(value) = self.get() {
            return Ok(value);
        }
        let new = Box::into_raw(Box::new(Owned { generation: generation(), value: make()? }));
        match self.of.compare_exchange(before, new, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: as in `get`. What stood there before, if anything, was the parent's: it is left.
            Ok(_) => Ok(unsafe { &(*new).value }),
            Err(others) => {
                // SAFETY: `new` was given to nobody; `others` was stored by another thread of this process.
                unsafe {
                    drop(Box::from_raw(new));
                    Ok(&(*others).value)
                }
            }
        }
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let owned = *self.of.get_mut();
        // SAFETY: `owned` came from `Box::into_raw` and nobody can borrow from `self` any more.
        if !owned.is_null() && unsafe { &*owned }.generation == generation() {
            drop(unsafe { Box::from_raw(owned) });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn threads_that_make_a_value_at_once_all_get_the_same() {
        const ROUNDS: usize = 20_000;
        let values: Vec<PerProcess<usize>> = (0..ROUNDS).map(|_| PerProcess::new()).collect();
        let arrived = AtomicUsize::new(0);
        let make = |thread: usize| {
            let mut found = Vec::with_capacity(ROUNDS);
            for (round, value) in values.iter().enumerate() {
                // Both begin a round together, one of them a little later each time, so that they meet wherever they can.
                arrived.fetch_add(1, Ordering::SeqCst);
                let mut turns = 0;
                while arrived.load(Ordering::SeqCst) < 2 * (round + 1) {
                    turns += 1;
                    if turns % 2_000 == 0 { std::thread::yield_now() } else { std::hint::spin_loop() }
                }
                (0..thread * round % 40).for_each(|_| std::hint::spin_loop());
                match value.get_or_make(|| Ok::<_, Infallible>(thread)) {
                    Ok(value) => found.push(std::ptr::from_ref(value) as usize),
                    Err(never) => match never {},
                }
            }
            found
        };
        let (one, other) = std::thread::scope(|scope| {
            let other = scope.spawn(|| make(1));
            (make(0), other.join().unwrap())
        });
        assert_eq!(one.len(), ROUNDS);
        assert_eq!(one.iter().zip(&other).filter(|(one, other)| one != other).count(), 0);
    }
}
