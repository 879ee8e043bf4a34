//! One file per level, for those who want it.

use std::sync::OnceLock;

use crate::file::LogFile;
use crate::logging::Shared;

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
pub(crate) struct LevelFiles([OnceLock<Option<LogFile>>; FILES.len()]);

impl LevelFiles {
    /// The file below `app/` for a record of this number; none when it cannot be written.
    pub(crate) fn of(&self, number: u8, shared: &Shared) -> Option<&LogFile> {
        let nth = FILES.iter().position(|(least, _)| number >= *least)?;
        let open = || {
            let path = shared.home.join("app").join(FILES.get(nth)?.1);
            shared.file(path, shared.component).ok()
        };
        self.0.get(nth)?.get_or_init(open).as_ref()
    }
}
