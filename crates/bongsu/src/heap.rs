//! The memory of the process.
//!
//! jemalloc gives back what is not used any more within a second, where the system's allocator keeps it in an arena for
//! each thread, and it can tell how much there is: questions are stopped by that ([`used`]). How it is set up stands in
//! `.cargo/config.toml`.

use tikv_jemalloc_ctl::{epoch, stats};
use tikv_jemallocator::Jemalloc;

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// Bytes of memory that the process holds, if that can be told.
pub(crate) fn used() -> Option<usize> {
    epoch::advance().ok()?;
    stats::active::read().ok()
}
