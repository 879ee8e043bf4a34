//! The journal of one process for one log file.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::origin::Origin;
use super::sys::{self, Mount, OwnFile, OwnRing, Ring};

/// The end of a journal's name; `Journal::UNFINISHED` while it is made.
pub(super) const ENDING: &str = ".journal";
/// The end of the name of a journal that is being made.
pub(super) const UNFINISHED: &str = ".making";

/// A file of its own beside the log, whose lock the process that made it holds while it lives.
#[derive(Debug)]
pub(super) struct Journal {
    pub(super) name: String,
    pub(super) ring: Arc<Ring>,
    path: PathBuf,
    /// Open as long as the journal is ours: closing it gives its lock back.
    file: OwnFile,
}

/// A word that no other process or call has.
pub(super) fn unique() -> String {
    format!("{}-{:016x}", std::process::id(), RandomState::new().hash_one(std::time::Instant::now()))
}

impl Journal {
    /// Makes a journal in `folder` for the log file of that name, with room for `bytes` at once.
    pub(super) fn create(folder: &Path, log: &str, bytes: usize, mount: Mount) -> io::Result<(Self, OwnRing)> {
        let origin = Origin::here(log).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
        let unique = unique();
        let making = folder.join(format!("{unique}{UNFINISHED}"));
        let made = Self::fill(&making, &origin, bytes, mount).and_then(|(file, own)| {
            let name = format!("{unique}{ENDING}");
            let path = folder.join(&name);
            // Only now can others see it, and it is locked.
            fs::rename(&making, &path)?;
            Ok((Self { name, ring: Arc::clone(own.ring()), path, file }, own))
        });
        if made.is_err() {
            let _ = fs::remove_file(&making);
        }
        made
    }

    fn fill(path: &Path, origin: &Origin, bytes: usize, mount: Mount) -> io::Result<(OwnFile, OwnRing)> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(path)?;
        if mount == Mount::CopyOnWrite {
            sys::keep_in_place(&file)?;
        }
        let (length, capacity) = Ring::file_length(bytes);
        sys::reserve(&file, length)?;
        sys::lock_new(&file)?;
        let own = Ring::create(&file, capacity, &origin.to_label())?;
        Ok((OwnFile::new(file)?, own))
    }

    /// Whether somebody took its file away, or its descriptor and with it its lock: what is published from now on would not survive
    /// the process.
    pub(super) fn is_gone(&self) -> bool {
        !self.file.is_open() || self.file.metadata().map_or(true, |found| found.nlink() == 0)
    }

    /// Takes the file away; everything in it is drained.
    pub(super) fn remove(self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
impl Journal {
    /// Leaves a journal with `text` for the log file at `log`, as a process does when the machine stops; gives its name.
    pub(super) fn leave(log: &Path, text: &[u8]) -> String {
        use std::os::unix::fs::FileExt;

        let (folder, name) = (log.with_file_name(super::sink::FOLDER), log.file_name().unwrap().to_str().unwrap());
        fs::create_dir_all(&folder).unwrap();
        let (journal, mut own) = Self::create(&folder, name, text.len(), Mount::Local).unwrap();
        own.append(&[text]);
        journal.file.write_all_at(&Origin::before_restart(name).to_label(), 0).unwrap();
        journal.name
    }
}

/// A journal that another process made.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) name: String,
    pub(super) ring: Arc<Ring>,
    pub(super) origin: Origin,
    pub(super) is_orphan: bool,
    path: PathBuf,
}

impl Found {
    /// Opens the journal of that name in `folder`. Not for this process's own: its lock would be given back.
    pub(super) fn open(folder: &Path, name: &str) -> io::Result<Self> {
        let path = folder.join(name);
        let file = OpenOptions::new().read(true).write(true).open(&path)?;
        Self::in_file(name, path, &file, sys::is_held(&file)?)
    }

    /// As [`Found::open`], if its process is gone.
    pub(super) fn open_orphan(folder: &Path, name: &str) -> io::Result<Option<Self>> {
        let path = folder.join(name);
        let file = OpenOptions::new().read(true).write(true).open(&path)?;
        if sys::is_held(&file)? {
            return Ok(None);
        }
        Self::in_file(name, path, &file, false).map(|found| Some(found).filter(|found| found.is_orphan))
    }

    fn in_file(name: &str, path: PathBuf, file: &File, is_held: bool) -> io::Result<Self> {
        let (ring, label) = Ring::open(file)?;
        let origin = Origin::from_label(&label)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it is no journal of this version"))?;
        let is_orphan = !is_held && !origin.lives();
        Ok(Self { name: name.to_owned(), ring, origin, is_orphan, path })
    }

    /// Takes the file away; everything in it is drained and its process is gone.
    pub(super) fn remove(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }

    /// Sets a journal aside that cannot be read, where nothing looks for it again.
    pub(super) fn set_aside(folder: &Path, name: &str) -> io::Result<PathBuf> {
        let aside = folder.join(format!("{name}.damaged"));
        fs::rename(folder.join(name), &aside)?;
        Ok(aside)
    }
}
