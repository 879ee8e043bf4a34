//! The embedded database: notes, and how far the log has been worked off.
//!
//! After a crash the database proves its own pages; after an orderly end it trusts them. So the file's checksum is written
//! beside it when it is closed, compared when it is opened, and taken away before anything is changed.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use bongsu_model::NotedPair;
use redb::{Database, ReadableDatabase, TableDefinition};

use crate::disk::{Disk, RealDisk, write_whole};
use crate::frame::StoredNote;
use crate::{Damage, StoreError, sums};

const NOTES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("notes");
const STATE: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("state");

/// How far the log has been worked off, as of one commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Notes and refused lines of all frames up to this one are kept.
    pub(crate) frame: u64,
    /// The file that refused lines were last written to, and how long it was then.
    pub(crate) refused: Option<(String, u64)>,
}

/// The database in `meta/`.
#[derive(Debug)]
pub(crate) struct Meta {
    path: PathBuf,
    /// None after a failed write, until it is opened again: it does nothing more until then.
    database: RwLock<Option<Database>>,
    /// It panicked, so what it leaves behind is not to be sealed.
    broken: AtomicBool,
}

impl Meta {
    /// Makes a new database in place of one that is not there any more.
    pub(crate) fn begin(path: &Path) -> Result<Self, StoreError> {
        let _ = fs::remove_file(sum_path(path));
        Self::open(path)
    }

    /// Opens the database, which is made when there is none.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        verify(path)?;
        let database = RwLock::new(Some(Self::create(path)?));
        Ok(Self { path: path.to_owned(), database, broken: AtomicBool::new(false) })
    }

    fn create(path: &Path) -> Result<Database, StoreError> {
        let opened = catch_unwind(|| Database::create(path));
        match opened.map_err(|_| Damage::Database.of(path))? {
            Ok(database) => Ok(database),
            Err(redb::DatabaseError::Storage(redb::StorageError::Io(error)))
                if error.kind() != std::io::ErrorKind::InvalidData
                    && error.kind() != std::io::ErrorKind::UnexpectedEof =>
            {
                Err(StoreError::io("write", path, error))
            }
            Err(error) => Err(StoreError::damaged(path, error)),
        }
    }

    /// Keeps `notes` and `progress`, both or neither.
    pub(crate) fn commit(
        &self,
        notes: impl Iterator<Item = (Arc<[u8]>, Vec<u8>)>,
        progress: &Progress,
    ) -> Result<(), StoreError> {
        self.guard(|database| {
            let transaction = database.begin_write()?;
            {
                let mut table = transaction.open_table(NOTES)?;
                for (key, value) in notes {
                    if value.is_empty() {
                        table.remove(&*key)?;
                    } else {
                        table.insert(&*key, value.as_slice())?;
                    }
                }
                let mut state = transaction.open_table(STATE)?;
                state.insert("frame", progress.frame.to_le_bytes().as_slice())?;
                if let Some((name, len)) = &progress.refused {
                    state.insert("refused-file", name.as_bytes())?;
                    state.insert("refused-bytes", len.to_le_bytes().as_slice())?;
                }
            }
            transaction.commit()?;
            Ok(())
        })
    }

    /// How far the log has been worked off.
    pub(crate) fn progress(&self) -> Result<Progress, StoreError> {
        self.guard(|database| {
            let transaction = database.begin_read()?;
            let state = match transaction.open_table(STATE) {
                Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Progress::default()),
                other => other?,
            };
            let number = |key: &str| -> Result<u64, redb::Error> {
                let value = state.get(key)?;
                let value = value.as_ref().and_then(|value| value.value().first_chunk().copied());
                Ok(value.map_or(0, u64::from_le_bytes))
            };
            let name = state.get("refused-file")?.map(|name| String::from_utf8_lossy(name.value()).into_owned());
            let len = number("refused-bytes")?;
            Ok(Progress { frame: number("frame")?, refused: name.map(|name| (name, len)) })
        })
    }

    /// The value under a key made by [`note_key`].
    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.guard(|database| {
            let transaction = database.begin_read()?;
            let notes = match transaction.open_table(NOTES) {
                Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
                other => other?,
            };
            Ok(notes.get(key)?.map(|value| value.value().to_vec()))
        })
    }

    /// Every key that begins with `prefix`, with its value.
    pub(crate) fn list(&self, prefix: &[u8]) -> Result<Vec<NotedPair>, StoreError> {
        self.guard(|database| {
            let transaction = database.begin_read()?;
            let notes = match transaction.open_table(NOTES) {
                Err(redb::TableError::TableDoesNotExist(_)) => return Ok(vec![]),
                other => other?,
            };
            let mut found = Vec::new();
            for entry in notes.range(prefix..)? {
                let (key, value) = entry?;
                if !key.value().starts_with(prefix) {
                    break;
                }
                found.push((key.value().to_vec(), value.value().to_vec()));
            }
            Ok(found)
        })
    }

    /// Works on the database, which panics over some kinds of damage.
    fn guard<T>(&self, work: impl FnOnce(&Database) -> Result<T, redb::Error>) -> Result<T, StoreError> {
        if self.database.read().unwrap_or_else(PoisonError::into_inner).is_none() {
            let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
            if database.is_none() {
                *database = Some(Self::create(&self.path)?);
            }
        }
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let open = database.as_ref().ok_or(StoreError::Closed)?;
        let done = catch_unwind(AssertUnwindSafe(|| work(open))).map_err(|_| {
            self.broken.store(true, Ordering::Relaxed);
            Damage::Database.of(&self.path)
        })?;
        drop(database);
        if let Err(redb::Error::Io(_) | redb::Error::PreviousIo) = done {
            self.close();
        }
        done.map_err(|error| self.explain(error))
    }

    fn close(&self) {
        let database = self.database.write().unwrap_or_else(PoisonError::into_inner).take();
        let closed = catch_unwind(AssertUnwindSafe(|| drop(database)));
        self.broken.fetch_or(closed.is_err(), Ordering::Relaxed);
    }

    fn explain(&self, error: redb::Error) -> StoreError {
        match error {
            redb::Error::Io(error) => StoreError::io("write", &self.path, error),
            redb::Error::Corrupted(what) => StoreError::damaged(&self.path, what),
            other => StoreError::damaged(&self.path, other),
        }
    }
}

impl Drop for Meta {
    fn drop(&mut self) {
        self.close();
        if self.broken.load(Ordering::Relaxed) {
            return;
        }
        let sealed = fs::read(&self.path)
            .and_then(|bytes| write_whole(&RealDisk, &sum_path(&self.path), sums::line(0, &bytes).as_bytes()));
        if let Err(error) = sealed {
            tracing::debug!(%error, "the database has no checksum");
        }
    }
}

fn sum_path(path: &Path) -> PathBuf {
    path.with_extension("sum")
}

/// Checks that the database is what it was when it was closed, if it was, and takes the checksum away: it will change.
fn verify(path: &Path) -> Result<(), StoreError> {
    let sum = sum_path(path);
    let Ok(text) = fs::read_to_string(&sum) else { return Ok(()) };
    if let (Ok(bytes), Some((_, len, crc))) = (fs::read(path), sums::read_line(&text))
        && (bytes.len() as u64, crc32c::crc32c(&bytes)) != (len, crc)
    {
        return Err(Damage::Checksum.of(path));
    }
    let folder = path.parent().unwrap_or(path);
    // What says that another state of the database is right must not come back with a power loss.
    RealDisk
        .remove(&sum)
        .and_then(|()| RealDisk.sync_dir(folder))
        .map_err(|error| StoreError::io("remove", &sum, error))
}

/// The key of a note in the database: its table, a zero byte, its key.
pub(crate) fn note_key(table: &str, key: &[u8]) -> Vec<u8> {
    [table.as_bytes(), b"\0", key].concat()
}

impl StoredNote {
    /// The note's key in the database.
    pub(crate) fn full_key(&self) -> Vec<u8> {
        note_key(&self.table, &self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_and_progress_are_there_after_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("meta.redb");
        let note = |table, key: &[u8], value: &[u8]| (Arc::from(note_key(table, key)), value.to_vec());
        let progress = Progress { frame: 7, refused: Some(("a.jsonl".into(), 12)) };
        {
            let meta = Meta::open(&path).unwrap();
            assert_eq!(meta.progress().unwrap(), Progress::default());
            assert_eq!(meta.list(b"").unwrap(), []);
            let notes = [note("files", b"a", b"1"), note("files", b"b", b"2"), note("filesx", b"a", b"3")];
            meta.commit(notes.into_iter(), &progress).unwrap();
            meta.commit([note("files", b"b", b"")].into_iter(), &progress).unwrap();
        }
        let meta = Meta::open(&path).unwrap();
        assert_eq!(meta.progress().unwrap(), progress);
        assert_eq!(meta.get(&note_key("files", b"a")).unwrap(), Some(b"1".to_vec()));
        assert_eq!(meta.list(b"files\0").unwrap(), [(note_key("files", b"a"), b"1".to_vec())]);
    }

    #[test]
    fn a_damaged_database_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("meta.redb");
        std::fs::write(&path, b"not a database at all, but long enough to be looked at by somebody").unwrap();
        assert!(matches!(Meta::open(&path), Err(StoreError::Damaged { .. })));
    }
}
