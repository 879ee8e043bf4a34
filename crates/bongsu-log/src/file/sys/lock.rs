//! Locks between processes: a forked child does not inherit them and the kernel releases them when their holder dies.
//!
//! Closing any descriptor of a file releases this process's lock on it, so a process opens each file that it locks once.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::time::Duration;

fn call(file: &File, command: i32, kind: i32) -> io::Result<libc::flock> {
    // SAFETY: `flock` is plain numbers, of which zeros are valid: the whole file from its beginning.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = kind as libc::c_short;
    lock.l_whence = libc::SEEK_SET as libc::c_short;
    // SAFETY: the descriptor is open while `file` is borrowed and `lock` outlives the call.
    if unsafe { libc::fcntl(file.as_raw_fd(), command, &raw mut lock) } == 0 {
        Ok(lock)
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Waits for the lock of `file`; [`io::ErrorKind::Unsupported`] where the file system has none.
pub(in super::super) fn lock(file: &File) -> io::Result<()> {
    loop {
        match call(file, libc::F_SETLKW, libc::F_WRLCK) {
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // The kernel looks for circles of processes, not of threads: two that each hold one file and wait for another
            // with a second thread are none.
            Err(error) if error.raw_os_error() == Some(libc::EDEADLK) => std::thread::sleep(Duration::from_millis(1)),
            Err(error)
                if matches!(
                    error.raw_os_error(),
                    Some(libc::ENOLCK | libc::EOPNOTSUPP | libc::EINVAL | libc::ENOSYS)
                ) =>
            {
                return Err(io::ErrorKind::Unsupported.into());
            }
            Err(error) => return Err(error),
        }
    }
}

/// Takes the lock of a file that nobody else can know of yet.
pub(in super::super) fn lock_new(file: &File) -> io::Result<()> {
    call(file, libc::F_SETLK, libc::F_WRLCK).map(drop)
}

/// Gives the lock of `file` back.
pub(in super::super) fn unlock(file: &File) {
    // Nothing is lost if it fails: the lock goes with the descriptor.
    let _ = call(file, libc::F_SETLK, libc::F_UNLCK);
}

/// Whether another living process holds the lock of `file`.
pub(in super::super) fn is_held(file: &File) -> io::Result<bool> {
    call(file, libc::F_GETLK, libc::F_WRLCK).map(|found| i32::from(found.l_type) != libc::F_UNLCK)
}
