//! What a thread writes its records with.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bongsu_format::render::Stamp;

use crate::lock::lock;
use crate::logging::Shared;
use crate::mask::Rules;
use crate::place::Heads;

/// A buffer that one long record made longer than this is let go.
const LARGEST_KEPT: usize = 64 << 10;

/// The buffers of a thread, and what it keeps from one record to the next.
#[derive(Debug)]
pub(crate) struct Scratch {
    pub(crate) message: String,
    /// What is put behind the message when that is whole.
    #[cfg(any(feature = "tracing", feature = "log"))]
    pub(crate) more: String,
    pub(crate) mask: Arc<Rules>,
    /// The `id` of the logging whose zone and mask these are.
    of: u64,
    pub(crate) heads: Heads,
    pub(crate) written: Written,
}

/// The line of one layout.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) line: Vec<u8>,
    pub(crate) stamp: Stamp,
}

thread_local! {
    /// Empty while a record is being written: one that is logged in the middle of another, by a value's `Display` say, has
    /// buffers of its own.
    static SCRATCH: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
}

/// The thread's buffers, in a box so that taking them is a word's move.
#[inline]
#[allow(clippy::unnecessary_box_returns, reason = "it lies in the box, and goes back in it")]
pub(crate) fn take(shared: &Shared) -> Box<Scratch> {
    match SCRATCH.try_with(Cell::take) {
        Ok(Some(scratch)) if scratch.of == shared.id.load(Ordering::Acquire) => scratch,
        Ok(other) => make(shared, other),
        Err(_) => make(shared, None),
    }
}

/// Buffers for another logging than the last one, or after its mask has changed. The heads stay: they are kept by keys that no
/// other logging has.
#[cold]
#[allow(clippy::unnecessary_box_returns, reason = "it lies in the box, and goes back in it")]
fn make(shared: &Shared, other: Option<Box<Scratch>>) -> Box<Scratch> {
    // Read before the mask is: with a mask that came in between, the id is an old one and the next record looks again.
    let of = shared.id.load(Ordering::Acquire);
    let mask = Arc::clone(&lock(&shared.mask));
    match other {
        Some(mut scratch) => {
            if scratch.written.stamp.zone() != &shared.zone {
                scratch.written.stamp = Stamp::new(shared.zone.clone());
            }
            (scratch.of, scratch.mask) = (of, mask);
            scratch
        }
        None => Box::new(Scratch {
            message: String::new(),
            #[cfg(any(feature = "tracing", feature = "log"))]
            more: String::new(),
            mask,
            of,
            heads: Heads::default(),
            written: Written { line: Vec::new(), stamp: Stamp::new(shared.zone.clone()) },
        }),
    }
}

#[inline]
pub(crate) fn put_back(mut scratch: Box<Scratch>) {
    scratch.message.clear();
    let most = scratch.written.line.capacity().max(scratch.message.capacity());
    #[cfg(any(feature = "tracing", feature = "log"))]
    scratch.more.clear();
    #[cfg(any(feature = "tracing", feature = "log"))]
    let most = most.max(scratch.more.capacity());
    if most <= LARGEST_KEPT {
        // Fails at the end of the thread only.
        let _ = SCRATCH.try_with(|kept| kept.set(Some(scratch)));
    }
}
