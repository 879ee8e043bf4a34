//! The indexes of files, kept between questions as far as memory allows.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bongsu_index::{Group, Shapes};
use bongsu_store::{DataFile, IndexFile};

/// The index of one file.
#[derive(Debug)]
pub(crate) struct FileIndex {
    pub(crate) source: IndexFile,
    pub(crate) groups: Vec<Group>,
    used: AtomicU64,
}

/// Indexes that were read.
#[derive(Debug)]
pub(crate) struct Indexes {
    shapes: Arc<Shapes>,
    files: Mutex<HashMap<PathBuf, Option<Arc<FileIndex>>>>,
    clock: AtomicU64,
    limit: usize,
}

impl Indexes {
    /// Keeps up to about `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { shapes: Arc::default(), files: Mutex::default(), clock: AtomicU64::new(0), limit }
    }

    /// The index of `file`; none when it has none or cannot be read.
    pub(crate) fn of(&self, file: &DataFile) -> Option<Arc<FileIndex>> {
        file.index.as_ref()?;
        let now = self.clock.fetch_add(1, Ordering::Relaxed);
        let known = self.files.lock().unwrap_or_else(PoisonError::into_inner).get(&file.path).cloned();
        let found = known.unwrap_or_else(|| {
            let read = IndexFile::open(file, Arc::clone(&self.shapes)).map(|(source, entries)| {
                let groups = entries.into_iter().map(Group::new).collect();
                Arc::new(FileIndex { source, groups, used: AtomicU64::new(now) })
            });
            if read.is_none() {
                tracing::warn!(file = %file.path.display(), "the file's index cannot be read: its rows are looked at one by one");
            }
            self.files.lock().unwrap_or_else(PoisonError::into_inner).entry(file.path.clone()).or_insert(read).clone()
        });
        found.inspect(|index| index.used.store(now, Ordering::Relaxed))
    }

    /// Forgets what was used longest ago, until the rest is small enough.
    pub(crate) fn trim(&self) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let size = |index: &FileIndex| index.groups.iter().map(Group::size).sum::<usize>() + size_of::<FileIndex>();
        let own: usize = files.values().flatten().map(|index| size(index)).sum();
        let mut total = own + self.shapes.size();
        if total <= self.limit {
            return;
        }
        let mut oldest: Vec<_> = files
            .iter()
            .map(|(path, index)| (index.as_ref().map_or(0, |index| index.used.load(Ordering::Relaxed)), path.clone()))
            .collect();
        oldest.sort_unstable();
        for (_, path) in oldest {
            if total <= self.limit {
                break;
            }
            total -= files.remove(&path).flatten().map_or(0, |index| size(&index));
        }
    }
}
