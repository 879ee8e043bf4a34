//! Gathering as a whole, into a store in memory.

mod bad_input;
mod followed;
mod homes;
mod model;
mod resumed;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bongsu_model::SystemClock;

use crate::collector::{Limits, Surroundings};
use crate::gathering::gather_with;
use crate::memory::MemoryIntake;
use crate::{Gather, NoProgress, Report, SourceError};

/// A folder of logs, a store, and ways to change the one and fill the other.
pub(crate) struct Bench {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) store: MemoryIntake,
    pub(crate) options: Gather,
    pub(crate) limits: Limits,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            store: MemoryIntake::default(),
            options: Gather { settle: Duration::ZERO, ..Gather::default() },
            limits: Limits::default(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn append(&self, name: &str, content: &str) {
        append(&self.path(name), content);
    }

    pub(crate) fn try_gather(&self, names: &[&str]) -> Result<Report, SourceError> {
        let paths: Vec<_> = names.iter().map(|name| self.path(name)).collect();
        let stop = AtomicBool::new(false);
        let with = Surroundings {
            options: &self.options,
            clock: &SystemClock,
            progress: &NoProgress,
            stop: &stop,
            limits: self.limits,
        };
        gather_with(&paths, with, &self.store)
    }

    /// Gathers the whole folder.
    pub(crate) fn gather(&self) -> Report {
        self.try_gather(&[""]).unwrap()
    }
}

pub(crate) fn append(path: &Path, content: &str) {
    let mut file = fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(content.as_bytes()).unwrap();
}

/// `count` lines that are like no other.
pub(crate) fn lines(word: &str, count: usize) -> String {
    (0..count).fold(String::new(), |all, n| all + &format!("parcel {word} {n} left the house\n"))
}
