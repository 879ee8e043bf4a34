//! One writer a data directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};

use crate::StoreError;
use crate::layout::Layout;

/// Held by the one writer for as long as it lives; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock and writes down who holds it.
    pub(crate) fn take(layout: &Layout, server: Option<&str>) -> Result<Self, StoreError> {
        let path = layout.lock();
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| StoreError::io("write", &path, error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(layout, &mut file)),
            Err(TryLockError::Error(error)) => return Err(StoreError::io("lock", &path, error)),
        }
        let words = format!("{}\n{}\n", std::process::id(), server.unwrap_or_default());
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(words.as_bytes()))
            .map_err(|error| StoreError::io("write", &path, error))?;
        Ok(Self { file })
    }
}

impl Drop for Lock {
    /// Says that the lock is free, which closing the file does not while a process that was just begun still holds a
    /// copy of it (until its own program runs).
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

fn held(layout: &Layout, file: &mut File) -> StoreError {
    let mut words = String::new();
    let _ = file.read_to_string(&mut words);
    let mut lines = words.lines();
    let pid = lines.next().and_then(|line| line.parse().ok()).unwrap_or(0);
    let server = lines.next().filter(|line| !line.is_empty()).map(str::to_owned);
    StoreError::Locked { path: layout.root().to_owned(), pid, server }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_the_first_is() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        let first = Lock::take(&layout, Some("127.0.0.1:5105")).unwrap();
        match Lock::take(&layout, None) {
            Err(StoreError::Locked { pid, server, .. }) => {
                assert_eq!(pid, std::process::id());
                assert_eq!(server.as_deref(), Some("127.0.0.1:5105"));
            }
            other => panic!("{other:?}"),
        }
        drop(first);
        Lock::take(&layout, None).unwrap();
    }

    #[test]
    fn a_copy_of_the_file_in_a_process_that_is_being_begun_does_not_hold_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        let first = Lock::take(&layout, None).unwrap();
        let _copy = first.file.try_clone().unwrap();
        drop(first);
        Lock::take(&layout, None).unwrap();
    }
}
