//! A file in memory, its part behind the first page twice in a row.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::ptr;

/// The size of a page of memory.
pub(in super::super) fn page_size() -> usize {
    // SAFETY: asks for a constant of the system.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

/// A mapping of `header` bytes, then of `ring` bytes, then of the same `ring` bytes again, so that whatever goes round its end
/// is in one piece. Forked children do not have it.
#[derive(Debug)]
pub(super) struct Mirror {
    base: *mut u8,
    length: usize,
}

// SAFETY: the mapping is reached through raw pointers and atomics only; see `Ring` for who may touch which part when.
unsafe impl Send for Mirror {}
// SAFETY: as above.
unsafe impl Sync for Mirror {}

impl Mirror {
    /// Maps `file`, which is `header + ring` bytes long, both multiples of the page size.
    pub(super) fn new(file: &File, header: usize, ring: usize) -> io::Result<Self> {
        let length = header + 2 * ring;
        // SAFETY: a new mapping, to hold the place for the two that go into it.
        let base = unsafe {
            libc::mmap(ptr::null_mut(), length, libc::PROT_NONE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0)
        };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let mirror = Self { base: base.cast(), length };
        mirror.put(file, 0, header + ring, 0)?;
        mirror.put(file, header + ring, ring, header)?;
        // SAFETY: the range is this mapping's. Where the advice is not known a child has the mapping and leaves it alone.
        unsafe { libc::madvise(base, length, libc::MADV_DONTFORK) };
        Ok(mirror)
    }

    fn put(&self, file: &File, at: usize, length: usize, from: usize) -> io::Result<()> {
        let from = libc::off_t::try_from(from).map_err(io::Error::other)?;
        // SAFETY: the range lies within this mapping, which nobody has been given yet: replacing it is fine.
        let mapped = unsafe {
            libc::mmap(
                self.base.add(at).cast(),
                length,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED | libc::MAP_FIXED,
                file.as_raw_fd(),
                from,
            )
        };
        if mapped == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    pub(super) fn base(&self) -> *mut u8 {
        self.base
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's, and whoever borrowed from it is gone.
        unsafe { libc::munmap(self.base.cast(), self.length) };
    }
}
