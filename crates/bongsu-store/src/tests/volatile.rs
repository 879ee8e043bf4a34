//! A disk on which nothing is durable that was not synced, and the power that goes off at any change.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::crash::{Acked, run, verify};
use super::kit::*;
use crate::disk::faulty::FaultyDisk;
use crate::disk::{Disk, DiskFile};
use crate::shared::lock;

/// Names and bytes that a loss of power takes back.
#[derive(Debug)]
struct Unsynced {
    /// Durable bytes of each file that was written, by its inode.
    durable: HashMap<u64, u64>,
    changes: Vec<Change>,
    trash: tempfile::TempDir,
    copies: usize,
}

/// A name that was made, moved or removed in a folder that was not synced since.
#[derive(Debug)]
enum Change {
    Made(PathBuf),
    Moved { from: PathBuf, to: PathBuf, before: Option<PathBuf> },
    Gone { path: PathBuf, copy: PathBuf },
}

impl Change {
    fn folder(&self) -> &Path {
        let (Self::Made(path) | Self::Moved { to: path, .. } | Self::Gone { path, .. }) = self;
        path.parent().unwrap()
    }
}

/// A disk that remembers what is not durable yet; clones share it.
#[derive(Debug, Clone)]
struct VolatileDisk {
    inner: FaultyDisk,
    unsynced: Arc<Mutex<Unsynced>>,
}

impl VolatileDisk {
    /// A disk that keeps what it may have to bring back in the folder `place`.
    fn new(place: &Path) -> Self {
        let trash = tempfile::tempdir_in(place).unwrap();
        let unsynced = Unsynced { durable: HashMap::new(), changes: vec![], trash, copies: 0 };
        Self { inner: FaultyDisk::new(), unsynced: Arc::new(Mutex::new(unsynced)) }
    }

    /// What is not durable is gone.
    fn lose_power(&self, data: &Path) {
        let mut unsynced = lock(&self.unsynced);
        for change in std::mem::take(&mut unsynced.changes).into_iter().rev() {
            match change {
                Change::Made(path) if path.is_dir() => fs::remove_dir_all(path).unwrap(),
                Change::Made(path) => drop(fs::remove_file(path)),
                Change::Gone { path, copy } => drop(fs::rename(copy, path)),
                Change::Moved { from, to, before } => {
                    drop(fs::rename(&to, from));
                    before.map(|copy| fs::rename(copy, &to));
                }
            }
        }
        for path in files(data) {
            let meta = fs::metadata(&path).unwrap();
            if let Some(len) = unsynced.durable.get(&meta.ino()).filter(|len| **len < meta.len()) {
                fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(*len).unwrap();
            }
        }
    }

    fn wrap(&self, path: &Path, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        let meta = fs::metadata(path).unwrap();
        lock(&self.unsynced).durable.entry(meta.ino()).or_insert(meta.len());
        Box::new(VolatileFile { file, ino: meta.ino(), len: meta.len(), disk: self.clone() })
    }

    fn changed(&self, change: Change) {
        lock(&self.unsynced).changes.push(change);
    }

    /// Another name for a file that is about to lose its own.
    fn copy(&self, path: &Path) -> Option<PathBuf> {
        let mut unsynced = lock(&self.unsynced);
        unsynced.copies += 1;
        let copy = unsynced.trash.path().join(unsynced.copies.to_string());
        fs::hard_link(path, &copy).ok().map(|()| copy)
    }
}

impl Disk for VolatileDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = self.inner.create(path)?;
        self.changed(Change::Made(path.to_owned()));
        Ok(self.wrap(path, file))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let is_new = !path.exists();
        let file = self.inner.append(path)?;
        if is_new {
            self.changed(Change::Made(path.to_owned()));
        }
        Ok(self.wrap(path, file))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        let missing: Vec<_> = path.ancestors().take_while(|above| !above.exists()).map(Path::to_owned).collect();
        self.inner.create_dir(path)?;
        missing.into_iter().rev().for_each(|made| self.changed(Change::Made(made)));
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let before = self.copy(to);
        self.inner.rename(from, to)?;
        self.changed(Change::Moved { from: from.to_owned(), to: to.to_owned(), before });
        Ok(())
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.inner.link(from, to)?;
        self.changed(Change::Made(to.to_owned()));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let copy = self.copy(path);
        self.inner.remove(path)?;
        if let Some(copy) = copy {
            self.changed(Change::Gone { path: path.to_owned(), copy });
        }
        Ok(())
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.inner.sync_dir(path)?;
        lock(&self.unsynced).changes.retain(|change| change.folder() != path);
        Ok(())
    }
}

#[derive(Debug)]
struct VolatileFile {
    file: Box<dyn DiskFile>,
    ino: u64,
    len: u64,
    disk: VolatileDisk,
}

impl Write for VolatileFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.len += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl DiskFile for VolatileFile {
    fn sync(&mut self) -> io::Result<()> {
        self.file.sync()?;
        lock(&self.disk.unsynced).durable.insert(self.ino, self.len);
        Ok(())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.file.truncate(len)?;
        self.len = len;
        Ok(())
    }
}

#[test]
fn a_loss_of_power_at_any_change_loses_nothing_that_was_acknowledged() {
    for changes in (1..).step_by(5) {
        let place = quick_folder();
        let data = place.path().join("new/data");
        let disk = VolatileDisk::new(place.path());
        let mut acked = Acked::default();
        disk.inner.die_after(changes);
        if let Ok(store) = open_on(Arc::new(disk.clone()), &data) {
            let _ = run(&store, &mut acked, 14);
        }
        disk.lose_power(place.path());
        verify(&data, &acked, &format!("power lost after {changes} changes"));
        if !disk.inner.was_hit() {
            assert!(changes > 100, "the run made only {changes} changes");
            break;
        }
    }
}
