//! One file per level.

use std::io;
use std::path::PathBuf;

use bongsu_log::LevelFiles;
use bongsu_log::file::{FileOptions, LogFile};

/// The files of the levels in one folder.
pub(crate) struct Levels {
    folder: PathBuf,
    options: FileOptions,
    files: LevelFiles,
}

impl Levels {
    pub(crate) fn new(folder: PathBuf, options: FileOptions) -> Self {
        Self { folder, options, files: LevelFiles::default() }
    }

    /// Writes whole lines of a record of this level.
    pub(crate) fn write(&self, level: i64, lines: &[u8]) -> io::Result<()> {
        let number = u8::try_from(level.max(0)).unwrap_or(u8::MAX);
        let open = |name: &str| LogFile::open(&self.folder.join(name), self.options.clone());
        let file = self.files.of(number, open).ok_or(io::ErrorKind::Other)?;
        file.write(lines)
    }

    /// Everything written is in the files when it is back.
    pub(crate) fn flush(&self) -> io::Result<()> {
        self.files.opened().map(LogFile::flush).fold(Ok(()), Result::and)
    }
}
