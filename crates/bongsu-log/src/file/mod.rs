//! Log files that lose nothing.
//!
//! A log file is an ordinary file to which whole lines are appended. When a call returns, its lines stand in the kernel's memory,
//! in a *journal* beside the file: the end of the program, `kill -9` included, does not take them away. A thread writes them to
//! the file, within milliseconds. What a killed program leaves is written by the next one that opens the file, by any other that
//! has it open, or by [`recover`].
//!
//! What holds, for any number of threads and processes on one file, forks of them included:
//!
//! - a line whose call returned is in the file once, whole, and behind the earlier lines of its thread;
//! - a reader never sees a NUL, and half a line only in the instant that its write takes;
//! - a file that was moved, deleted or cut short by others (logrotate) is opened anew;
//! - what cannot be written (a full disk) waits in the journal, and when that is full, the call is an error.
//!
//! What is in the folder `.bongsu` beside a log file is for the programs that write it: to delete it is safe while none runs, to
//! cut one of its files short stops those that do. Two copies of this library in one process, each with its own variables, count
//! as one program for the system's locks: let them write to different files.
//!
//! ```
//! use bongsu_log::file::{FileOptions, LogFile};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("x.log");
//! let log = LogFile::open(&path, FileOptions::default())?;
//! log.write(b"a line\n")?;
//! log.flush()?;
//! assert_eq!(std::fs::read_to_string(&path)?, "a line\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod batch;
mod compress;
mod drainer;
mod journal;
mod live;
mod lock_file;
mod numbered;
mod options;
mod origin;
mod process;
mod recover;
mod retention;
mod rotation;
mod schedule;
mod sink;
mod size;
mod sys;
mod tidy;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bongsu_model::Timestamp;

use crate::LogError;
use crate::lock::lock;
use live::Live;
pub use options::{Compression, FileOptions, Mode, Sync};
use process::{InUse, Process};
pub use recover::{Recovered, recover};
pub use retention::Retention;
pub use rotation::Rotation;
pub use schedule::{Schedule, Unit};
#[cfg(feature = "config")]
pub(crate) use size::{age, bytes};

/// The parent of a bare file name is empty, which no call to the system takes for a folder.
fn or_here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// A file to which lines are appended. Clones are the same one, and so is another that is opened by the same path; the options of
/// the first count until the last is dropped, and others are told on standard error. Then all is in the file.
#[derive(Debug, Clone)]
pub struct LogFile(Arc<Handle>);

#[derive(Debug)]
struct Handle {
    path: PathBuf,
    options: FileOptions,
    live: sys::PerProcess<InUse>,
}

impl Handle {
    fn live(&self) -> io::Result<&Live> {
        let live = self.live.get_or_make(|| Process::this().live(&self.path, &self.options))?;
        Ok(live)
    }
}

impl LogFile {
    /// Opens the log file at `path`, made with its folder if it is not there. What killed programs left for it is in it then.
    pub fn open(path: &Path, options: FileOptions) -> Result<Self, LogError> {
        if !options.compression.is_built() {
            return Err(LogError::NotBuilt(options.compression.feature()));
        }
        let file_error = |source| LogError::File { path: path.to_owned(), source };
        let name = path.file_name().ok_or_else(|| file_error(io::ErrorKind::InvalidFilename.into()))?;
        let folder = or_here(path.parent().unwrap_or(Path::new("")));
        let folder = std::fs::create_dir_all(folder).and_then(|()| folder.canonicalize()).map_err(file_error)?;
        let handle = Handle { path: folder.join(name), options, live: sys::PerProcess::new() };
        let live = handle.live().map_err(file_error)?;
        tidy::in_background(Process::this(), live.path(), &handle.options);
        Ok(Self(Arc::new(handle)))
    }

    /// Appends `lines`, each of which ends with its line end; they stay together in one file. When this returns they survive the
    /// end of the program. After an error none of them is written, but with [`Sync::Each`]: there they may be written all the
    /// same and only not be on the disk; to write them again may double them.
    pub fn write(&self, lines: &[u8]) -> io::Result<()> {
        match lines.split_last() {
            Some((_, before)) => self.write_parts(&[lines], memchr::memchr(b'\n', before).is_some()),
            None => Ok(()),
        }
    }

    /// As [`LogFile::write`], by who has the lines in parts and knows already whether they are several.
    #[inline]
    pub(crate) fn write_parts(&self, parts: &[&[u8]], are_several: bool) -> io::Result<()> {
        self.0.live()?.write(parts, are_several)
    }

    /// Waits until all that was written is in the file.
    pub fn flush(&self) -> io::Result<()> {
        self.0.live()?.drain().map(drop)
    }

    /// Does now what is done in the background after a rotation: compresses, archives and deletes older files.
    pub fn tidy(&self) -> io::Result<()> {
        if tidy::is_wanted(&self.0.options) {
            tidy::tidy(Process::this(), &self.0.path, &self.0.options)?;
        }
        Ok(())
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.0.path
    }
}

/// A time of the second that it is now, where that can be told without the processor's counter.
#[inline]
pub(crate) fn this_second() -> Option<Timestamp> {
    sys::this_second()
}

/// Writes what all log files of this process have in their journals.
pub fn flush_all() -> io::Result<()> {
    Process::this().drain_all()
}

/// How often this process could not write, rotate or tidy up behind a log file. The first time in a minute it is told on standard
/// error.
pub fn failures() -> u64 {
    Process::this().failures()
}

/// Has `SIGTERM` wait, a quarter of a second at the longest, until all lines are in their files, and then end the program as it
/// would have. Tells whether it does: a program that handles the signal itself is left alone, unless it says with `is_ours` that
/// its handler does no more than call [`end_by_sigterm`].
pub fn drain_on_sigterm(is_ours: bool) -> bool {
    sys::at_sigterm(is_ours)
}

/// Ends the program as `SIGTERM` does after [`drain_on_sigterm`].
pub fn end_by_sigterm() {
    sys::end_by_sigterm();
}

/// Has `write` called before `SIGTERM` ends this process, in another thread than the one that has the signal and within the time
/// that [`drain_on_sigterm`] gives: what it writes to log files comes into them. Forked children do not call it. The last one
/// counts; none takes it back. An error when there can be no such thread.
pub fn last_words(write: Option<Box<dyn FnOnce() + Send>>) -> std::io::Result<()> {
    let is_wanted = write.is_some();
    drainer::last_words(write);
    if is_wanted { Process::this().start_drainer() } else { Ok(()) }
}
