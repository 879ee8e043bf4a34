//! The memory of the process.
//!
//! jemalloc gives back what is not used any more within a second, where the system's allocator keeps it in an arena for
//! each thread, and it can tell how much there is: questions are stopped by that ([`used`]). It is the allocator of C code
//! too: zstd takes 100 KiB for each column that is read or written. How it is set up stands in
//! `.cargo/config.toml`.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use tikv_jemalloc_ctl::{Access, AsName, arenas, epoch, stats};
use tikv_jemallocator::Jemalloc;

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// Microseconds for which an answer is good: a question asks for each batch that it reads.
const GOOD_FOR: u64 = 300;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);
static ASKED: AtomicU64 = AtomicU64::new(0);
static USED: AtomicUsize = AtomicUsize::new(0);

/// Milliseconds for which work that goes through one chunk after the other keeps what is free: the next chunk takes it.
const BUSY_DECAY: isize = 2_000;

/// Keeps memory that is free a little longer, for a command that ends when its work is done: what goes back to the system must be
/// asked for again, page by page.
pub(crate) fn keep_longer() {
    // Without jemalloc's answer all stays as it is, and as right.
    let _ = b"arenas.dirty_decay_ms\0".name().write(BUSY_DECAY);
    for arena in 0..arenas::narenas::read().unwrap_or_default() {
        let name = format!("arena.{arena}.dirty_decay_ms\0");
        let _ = name.as_bytes().name().write(BUSY_DECAY);
    }
}

/// Bytes of memory that the process holds, if that can be told.
pub(crate) fn used() -> Option<usize> {
    let now = START.elapsed().as_micros() as u64 + GOOD_FOR;
    let asked = ASKED.load(Ordering::Relaxed);
    if asked + GOOD_FOR > now && asked > 0 {
        return Some(USED.load(Ordering::Relaxed));
    }
    epoch::advance().ok()?;
    let used = stats::active::read().ok()?;
    USED.store(used, Ordering::Relaxed);
    ASKED.store(now, Ordering::Relaxed);
    Some(used)
}
