//! One file per level, for those who want it.

use std::sync::OnceLock;

use crate::LogError;
use crate::file::LogFile;

/// The levels that have a file, with their least numbers; a level of the program's own goes to the next one below it.
const FILES: [(u8, &str); 6] = [
    (50, "level_critical.log"),
    (40, "level_error.log"),
    (30, "level_warning.log"),
    (20, "level_info.log"),
    (10, "level_debug.log"),
    (0, "level_trace.log"),
];

/// The files of the levels, each opened when its first record comes; none for one that could not be opened.
#[derive(Debug, Default)]
pub struct LevelFiles([OnceLock<Option<LogFile>>; FILES.len()]);

impl LevelFiles {
    /// The file for a record of this number, which `open` opens by its name below `app/`; none when it cannot be written.
    pub fn of(&self, number: u8, open: impl FnOnce(&'static str) -> Result<LogFile, LogError>) -> Option<&LogFile> {
        let nth = FILES.iter().position(|(least, _)| number >= *least)?;
        let name = FILES.get(nth)?.1;
        self.0.get(nth)?.get_or_init(|| open(name).ok()).as_ref()
    }

    /// The files that are open.
    pub fn opened(&self) -> impl Iterator<Item = &LogFile> {
        self.0.iter().filter_map(|file| file.get()?.as_ref())
    }
}
