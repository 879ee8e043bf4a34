//! The memory of the process.
//!
//! jemalloc gives back what is not used any more within a second, where the system's allocator keeps it in an arena for
//! each thread, and it can tell how much there is: questions are stopped by that ([`used`]). It is the allocator of C code
//! too: zstd takes 100 KiB for each column that is read or written. How it is set up stands in
//! `.cargo/config.toml`.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use tikv_jemalloc_ctl::{epoch, stats};
use tikv_jemallocator::Jemalloc;

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// Microseconds for which an answer is good: a question asks for each batch that it reads.
const GOOD_FOR: u64 = 300;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);
static ASKED: AtomicU64 = AtomicU64::new(0);
static USED: AtomicUsize = AtomicUsize::new(0);

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
