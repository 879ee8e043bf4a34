//! Files that are known by more than the number of their descriptor.

use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};

use crate::file::lock_file::FileId;

/// An open file of ours. A program that closes all descriptors, as daemons do when they begin, may have had the number given to
/// another file since: that one is not ours to write, to lock or to close.
#[derive(Debug)]
pub(in crate::file) struct OwnFile {
    file: ManuallyDrop<File>,
    id: FileId,
}

impl OwnFile {
    /// Takes a file over that was just opened.
    pub(in crate::file) fn new(file: File) -> io::Result<Self> {
        let id = FileId::of(&file.metadata()?);
        Ok(Self { file: ManuallyDrop::new(file), id })
    }

    pub(in crate::file) fn id(&self) -> FileId {
        self.id
    }

    /// Whether the descriptor is still that of the file.
    pub(in crate::file) fn is_open(&self) -> bool {
        self.file.metadata().is_ok_and(|found| FileId::of(&found) == self.id)
    }
}

impl Deref for OwnFile {
    type Target = File;

    fn deref(&self) -> &File {
        &self.file
    }
}

impl DerefMut for OwnFile {
    fn deref_mut(&mut self) -> &mut File {
        &mut self.file
    }
}

impl Drop for OwnFile {
    fn drop(&mut self) {
        if self.is_open() {
            // SAFETY: the file is not used again; the descriptor is its own, and is closed once.
            unsafe { ManuallyDrop::drop(&mut self.file) }
        }
    }
}
