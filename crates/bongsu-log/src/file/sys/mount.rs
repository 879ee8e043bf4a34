//! What kind of file system a folder is on, and room in a file before it is mapped.

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// How a file system keeps what is mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Mount {
    /// On this machine, in the kernel's own pages.
    Local,
    /// As [`Mount::Local`], but every change goes to a new place unless a file is told to stay.
    CopyOnWrite,
    /// Over a network, shared between machines, or without memory of its own.
    Shared,
}

/// The file systems whose mapped files are not to be relied on, by the number that `statfs` gives.
const SHARED: [u32; 20] = [
    0x6969,      // nfs
    0x517B,      // smb
    0xFF53_4D42, // cifs
    0xFE53_4D42, // smb2
    0x6573_5546, // fuse, virtiofs
    0x0102_1997, // 9p
    0x5346_414F, // afs
    0x6B41_4653, // kafs
    0x00C3_6400, // ceph
    0x786F_4256, // vboxsf
    0xBACB_ACBC, // vmhgfs
    0x0BD0_0BD0, // lustre
    0x4750_4653, // gpfs
    0x0116_1970, // gfs2
    0x7461_636F, // ocfs2
    0x7375_7245, // coda
    0x564C,      // ncp
    0x2FC1_2FC1, // zfs: a mapped file may find no room
    0xCA45_1A4E, // bcachefs: likewise
    0x1980_0202, // fhgfs, beegfs
];

const BTRFS: u32 = 0x9123_683E;

/// What `folder` is on; an error counts as shared.
pub(in super::super) fn mount_of(folder: &Path) -> Mount {
    let Ok(path) = CString::new(folder.as_os_str().as_bytes()) else { return Mount::Shared };
    // SAFETY: `statfs` is plain numbers, of which zeros are valid.
    let mut found: libc::statfs = unsafe { std::mem::zeroed() };
    // SAFETY: both live through the call.
    if unsafe { libc::statfs(path.as_ptr(), &raw mut found) } != 0 {
        return Mount::Shared;
    }
    let kind = found.f_type as u32;
    if SHARED.contains(&kind) {
        Mount::Shared
    } else if kind == BTRFS {
        Mount::CopyOnWrite
    } else {
        Mount::Local
    }
}

/// Tells a new file on a file system that copies on write to be changed in its place.
pub(in super::super) fn keep_in_place(file: &File) -> io::Result<()> {
    const NO_COW: libc::c_int = 0x0080_0000;
    let flags = NO_COW;
    // SAFETY: the request reads one number, which outlives the call.
    if unsafe { libc::ioctl(file.as_raw_fd(), libc::FS_IOC_SETFLAGS, &raw const flags) } == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Gives `file` its `length` on disk: a page without a block behind it would stop the program on a full disk.
pub(in super::super) fn reserve(file: &File, length: usize) -> io::Result<()> {
    let length = libc::off_t::try_from(length).map_err(io::Error::other)?;
    // SAFETY: the descriptor is open while `file` is borrowed.
    match unsafe { libc::posix_fallocate(file.as_raw_fd(), 0, length) } {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}
