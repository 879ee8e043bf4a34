//! The one seam through which the store changes files, so that faults can be put in.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{self, IoSlice, Write};
use std::path::Path;

/// Pieces that are written with one call: as many as Linux takes.
const AT_ONCE: usize = 1_024;

/// What the write-ahead log and the tables do to files.
pub(crate) trait Disk: Send + Sync + Debug {
    /// A new file; an error when there is one already.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// The end of a file, which is made when there is none.
    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// A folder with all above it.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Gives a file another name, in place of what had it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives a file a second name; an error when the name is taken.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Deletes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes names made, changed and removed in a folder durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
}

/// A file that is being written.
pub(crate) trait DiskFile: Write + Send + Debug {
    /// Makes what was written durable.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts the file at `len` bytes; what is written next comes there.
    fn truncate(&mut self, len: u64) -> io::Result<()>;
}

/// The machine's files.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RealDisk;

impl Disk for RealDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(OpenOptions::new().append(true).create_new(true).open(path)?))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(OpenOptions::new().append(true).create(true).open(path)?))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}

impl DiskFile for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.set_len(len)
    }
}

/// Writes `bytes` to a new file and makes it durable under its name at once: a reader sees all of it or nothing.
pub(crate) fn write_whole(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    let _ = disk.remove(&temporary);
    let mut file = disk.create(&temporary)?;
    file.write_all(bytes)?;
    file.sync()?;
    disk.rename(&temporary, path)?;
    path.parent().map_or(Ok(()), |folder| disk.sync_dir(folder))
}

/// Writes all `pieces`, many with one call to the system.
pub(crate) fn write_pieces<'a>(file: &mut dyn DiskFile, pieces: impl Iterator<Item = &'a [u8]>) -> io::Result<()> {
    let mut slices: Vec<_> = pieces.filter(|piece| !piece.is_empty()).map(IoSlice::new).collect();
    let mut left = &mut slices[..];
    while !left.is_empty() {
        let at_once = left.len().min(AT_ONCE);
        match file.write_vectored(&left[..at_once]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut left, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod faulty {
    //! A disk that fails when it is told to.

    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

    use super::*;

    #[derive(Debug)]
    struct Faults {
        syncs_left: AtomicI64,
        space_left: AtomicI64,
        changes_left: AtomicI64,
        hit: AtomicBool,
    }

    /// A disk that fails when it is told to; clones share what they were told.
    #[derive(Debug, Clone)]
    pub(crate) struct FaultyDisk(Arc<Faults>);

    impl FaultyDisk {
        pub(crate) fn new() -> Self {
            Self(Arc::new(Faults {
                syncs_left: AtomicI64::new(i64::MAX),
                space_left: AtomicI64::new(i64::MAX),
                changes_left: AtomicI64::new(i64::MAX),
                hit: AtomicBool::new(false),
            }))
        }

        /// The `nth` sync from now on fails, and every one behind it.
        pub(crate) fn fail_sync(&self, nth: i64) {
            self.0.syncs_left.store(nth - 1, Ordering::SeqCst);
        }

        /// Only so many bytes can still be written.
        pub(crate) fn space(&self, bytes: i64) {
            self.0.space_left.store(bytes, Ordering::SeqCst);
        }

        /// Only so many changes can still be made: as if the process ended then.
        pub(crate) fn die_after(&self, changes: i64) {
            self.0.changes_left.store(changes, Ordering::SeqCst);
        }

        fn change(&self) -> io::Result<()> {
            if self.0.changes_left.fetch_sub(1, Ordering::SeqCst) > 0 {
                return Ok(());
            }
            self.0.hit.store(true, Ordering::SeqCst);
            Err(io::Error::other("injected end of the process"))
        }

        /// Whether a fault was met.
        pub(crate) fn was_hit(&self) -> bool {
            self.0.hit.load(Ordering::SeqCst)
        }

        fn sync(&self) -> io::Result<()> {
            self.change()?;
            if self.0.syncs_left.fetch_sub(1, Ordering::SeqCst) > 0 {
                return Ok(());
            }
            self.0.hit.store(true, Ordering::SeqCst);
            Err(io::Error::other("injected sync failure"))
        }

        fn wrap(&self, file: io::Result<Box<dyn DiskFile>>) -> io::Result<Box<dyn DiskFile>> {
            Ok(Box::new(FaultyFile { file: file?, disk: self.clone() }))
        }
    }

    impl Disk for FaultyDisk {
        fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
            self.change()?;
            self.wrap(RealDisk.create(path))
        }
        fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
            self.change()?;
            self.wrap(RealDisk.append(path))
        }
        fn create_dir(&self, path: &Path) -> io::Result<()> {
            self.change()?;
            RealDisk.create_dir(path)
        }
        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.change()?;
            RealDisk.rename(from, to)
        }
        fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.change()?;
            RealDisk.link(from, to)
        }
        fn remove(&self, path: &Path) -> io::Result<()> {
            self.change()?;
            RealDisk.remove(path)
        }
        fn sync_dir(&self, path: &Path) -> io::Result<()> {
            self.sync()?;
            RealDisk.sync_dir(path)
        }
    }

    #[derive(Debug)]
    struct FaultyFile {
        file: Box<dyn DiskFile>,
        disk: FaultyDisk,
    }

    impl Write for FaultyFile {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.disk.change()?;
            let room = self.disk.0.space_left.load(Ordering::SeqCst);
            let fits = usize::try_from(room.max(0)).unwrap_or(usize::MAX).min(bytes.len());
            if fits == 0 && !bytes.is_empty() {
                self.disk.0.hit.store(true, Ordering::SeqCst);
                return Err(io::ErrorKind::StorageFull.into());
            }
            let written = self.file.write(&bytes[..fits])?;
            self.disk.0.space_left.fetch_sub(written as i64, Ordering::SeqCst);
            Ok(written)
        }
        fn flush(&mut self) -> io::Result<()> {
            self.file.flush()
        }
    }

    impl DiskFile for FaultyFile {
        fn sync(&mut self) -> io::Result<()> {
            self.disk.sync()?;
            self.file.sync()
        }
        fn truncate(&mut self, len: u64) -> io::Result<()> {
            self.disk.change()?;
            self.file.truncate(len)
        }
    }
}
