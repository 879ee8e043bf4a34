//! The lock of a log file, and what its holder writes down for the next if it should die.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use bongsu_model::Timestamp;

use super::lock;
use super::sys::{self, OwnFile};

/// Which file on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId {
    pub(super) device: u64,
    pub(super) inode: u64,
}

impl FileId {
    pub(super) fn of(found: &fs::Metadata) -> Self {
        Self { device: found.dev(), inode: found.ino() }
    }
}

/// What the holder is about to write: these bytes of that journal behind the first `before` bytes of this file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Intent {
    pub(super) journal: String,
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) file: FileId,
    pub(super) before: u64,
}

/// What stands in the lock file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    pub(super) intent: Option<Intent>,
    /// When the log file was begun.
    pub(super) begun: Option<(FileId, Timestamp)>,
}

const MAGIC: u64 = u64::from_le_bytes(*b"bongsuL1");
const WORDS: usize = 11;
const LENGTH: usize = 256;
const NAME: usize = LENGTH - WORDS * 8 - 8;

impl State {
    fn to_bytes(&self) -> io::Result<[u8; LENGTH]> {
        let mut words = [MAGIC, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let mut name = "";
        if let Some(intent) = &self.intent {
            name = &intent.journal;
            words[1..7].copy_from_slice(&[
                intent.from,
                intent.to,
                intent.file.device,
                intent.file.inode,
                intent.before,
                name.len() as u64,
            ]);
        }
        if let Some((file, at)) = self.begun {
            words[7..].copy_from_slice(&[1, file.device, file.inode, at.nanos().cast_unsigned()]);
        }
        if name.len() > NAME {
            return Err(io::ErrorKind::InvalidFilename.into());
        }
        let mut bytes = [0; LENGTH];
        for (nth, word) in words.iter().enumerate() {
            bytes[nth * 8..][..8].copy_from_slice(&word.to_le_bytes());
        }
        bytes[WORDS * 8..][..name.len()].copy_from_slice(name.as_bytes());
        let sum = sum(&bytes[..LENGTH - 8]);
        bytes[LENGTH - 8..].copy_from_slice(&sum.to_le_bytes());
        Ok(bytes)
    }

    /// Nothing is known from bytes that are not whole.
    fn from_bytes(bytes: &[u8; LENGTH]) -> Self {
        let word = |nth: usize| bytes[nth * 8..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
        if word(0) != MAGIC || word(LENGTH / 8 - 1) != sum(&bytes[..LENGTH - 8]) {
            return Self::default();
        }
        let name = bytes[WORDS * 8..LENGTH - 8].get(..word(6) as usize).unwrap_or_default();
        let intent = std::str::from_utf8(name).ok().filter(|name| !name.is_empty()).map(|name| Intent {
            journal: name.to_owned(),
            from: word(1),
            to: word(2),
            file: FileId { device: word(3), inode: word(4) },
            before: word(5),
        });
        let begun = (word(7) == 1)
            .then(|| (FileId { device: word(8), inode: word(9) }, Timestamp::from_nanos(word(10).cast_signed())));
        Self { intent, begun }
    }
}

/// FNV-1a, word by word.
fn sum(bytes: &[u8]) -> u64 {
    bytes.chunks_exact(8).fold(0xCBF2_9CE4_8422_2325, |sum, chunk| {
        let word = chunk.first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
        (sum ^ word).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(29)
    })
}

/// The lock file of one log, opened once a process.
#[derive(Debug)]
pub(super) struct LockFile {
    path: PathBuf,
    of: Mutex<Opened>,
}

#[derive(Debug)]
struct Opened {
    file: OwnFile,
    state: State,
}

impl LockFile {
    /// Opens it, made if it is not there.
    pub(super) fn open(path: &Path) -> io::Result<Arc<Self>> {
        let opened = Opened { file: open(path)?, state: State::default() };
        Ok(Arc::new(Self { path: path.to_owned(), of: Mutex::new(opened) }))
    }

    /// Waits for the lock, among the threads of this process and then among processes.
    pub(super) fn hold(&self) -> io::Result<Held<'_>> {
        let mut of = lock(&self.of);
        loop {
            if !of.file.is_open() {
                of.file = open(&self.path)?;
            }
            sys::lock(&of.file)?;
            // Somebody may have taken the file away: others would lock another of the same name.
            if of.file.metadata()?.nlink() > 0 {
                break;
            }
            of.file = open(&self.path)?;
        }
        let mut held = Held(of);
        held.read()?;
        Ok(held)
    }
}

fn open(path: &Path) -> io::Result<OwnFile> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).and_then(OwnFile::new)
}

/// The lock while it is held.
#[derive(Debug)]
pub(super) struct Held<'l>(MutexGuard<'l, Opened>);

impl Held<'_> {
    pub(super) fn state(&self) -> &State {
        &self.0.state
    }

    /// Writes down what is about to happen.
    pub(super) fn intend(&mut self, intent: Intent) -> io::Result<()> {
        self.0.state.intent = Some(intent);
        self.write()
    }

    /// Writes down when `file` was begun.
    pub(super) fn begin(&mut self, file: FileId, at: Timestamp) -> io::Result<()> {
        self.0.state.begun = Some((file, at));
        self.write()
    }

    fn write(&mut self) -> io::Result<()> {
        self.0.file.write_all_at(&self.0.state.to_bytes()?, 0)
    }

    fn read(&mut self) -> io::Result<()> {
        let mut bytes = [0; LENGTH];
        let mut length = 0;
        while length < LENGTH {
            match self.0.file.read_at(&mut bytes[length..], length as u64)? {
                0 => break,
                more => length += more,
            }
        }
        self.0.state = State::from_bytes(&bytes);
        Ok(())
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        sys::unlock(&self.0.file);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_state_reads_back_and_a_torn_one_says_nothing(
            from in any::<u64>(), at in any::<i64>(), name in "[a-z0-9-]{1,40}", kind in 0..4, torn in 0..LENGTH
        ) {
            let file = FileId { device: from / 3, inode: from / 7 };
            let state = State {
                intent: (kind & 1 == 1).then_some(Intent { journal: name, from, to: from / 2, file, before: 9 }),
                begun: (kind & 2 == 2).then_some((file, Timestamp::from_nanos(at))),
            };
            let mut bytes = state.to_bytes().unwrap();
            prop_assert_eq!(State::from_bytes(&bytes), state.clone());
            bytes[torn] ^= 0x10;
            prop_assert_eq!(State::from_bytes(&bytes), State::default());
            prop_assert_eq!(State::from_bytes(&[0; LENGTH]), State::default());
        }
    }

    #[test]
    fn what_one_holder_wrote_the_next_one_reads_and_a_lost_file_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/x.lock");
        let file = LockFile::open(&path).unwrap();
        let id = FileId { device: 1, inode: 2 };
        file.hold().unwrap().begin(id, Timestamp::from_nanos(3)).unwrap();
        assert_eq!(file.hold().unwrap().state().begun, Some((id, Timestamp::from_nanos(3))));
        fs::remove_dir_all(folder.path().join("a")).unwrap();
        assert_eq!(file.hold().unwrap().state(), &State::default());
        assert!(path.exists());
    }
}
