//! A log file, as this module needs it: the one place that knows how lines come to disk.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use bongsu_log::LogError;

/// A file that whole lines are written to.
pub(crate) struct File {
    state: Mutex<State>,
}

struct State {
    file: std::fs::File,
    waiting: Vec<u8>,
}

impl File {
    pub(crate) fn open(path: &Path, _bytes: u64, _older: u32) -> Result<Self, LogError> {
        let file = OpenOptions::new().create(true).append(true).open(path);
        let file = file.map_err(|source| LogError::File { path: path.to_owned(), source })?;
        Ok(Self { state: Mutex::new(State { file, waiting: Vec::with_capacity(1 << 17) }) })
    }

    /// Writes whole lines.
    pub(crate) fn write(&self, lines: &[u8]) -> io::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.waiting.extend_from_slice(lines);
        if state.waiting.len() > (1 << 16) { state.drain() } else { Ok(()) }
    }

    /// Everything written is in the file when it is back.
    pub(crate) fn flush(&self) -> io::Result<()> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).drain()
    }
}

impl State {
    fn drain(&mut self) -> io::Result<()> {
        let State { file, waiting } = self;
        file.write_all(waiting)?;
        waiting.clear();
        Ok(())
    }
}
