//! Making files whole after programs that were killed.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::batch::Batch;
use super::journal::{ENDING, Found, UNFINISHED};
use super::live::Live;
use super::lock_file::Held;
use super::numbered::numbered;
use super::process::Process;
use super::sink::{FOLDER, Sink, Source};
use super::sys::Ring;
use super::{FileOptions, Retention, Rotation, Sync, or_here};
use crate::LogError;

/// What [`recover`] found and did.
#[derive(Debug, Default)]
pub struct Recovered {
    /// Journals of programs that are gone; what was in them stands in the log files now.
    pub journals: u64,
    /// Bytes that came from journals into log files.
    pub bytes: u64,
    /// Lines of a journal that the machine's stop had damaged.
    pub damaged_lines: u64,
    /// Journals that cannot be read, set aside under these names.
    pub damaged: Vec<PathBuf>,
    /// What could not be done, and why; nothing is lost, it can be tried again.
    pub failed: Vec<(PathBuf, io::Error)>,
}

impl Recovered {
    /// Whether there was nothing to do.
    pub fn is_nothing(&self) -> bool {
        self.journals == 0 && self.bytes == 0 && self.damaged.is_empty() && self.failed.is_empty()
    }
}

/// How many folders deep log files are looked for.
const DEPTH: u32 = 4;

/// Makes every log file below `home` whole: what killed programs had logged is written, and what living ones have logged up to
/// now as well. To be called before files of a log home are read; a home that is not there needs nothing.
///
/// ```
/// # let home = tempfile::tempdir()?;
/// let recovered = bongsu_log::recover(home.path())?;
/// assert!(recovered.is_nothing());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn recover(home: &Path) -> Result<Recovered, LogError> {
    let process = Process::this();
    let mut recovered = Recovered::default();
    for live in process.lives() {
        // What fails is told and counted where it belongs, and stays in its journal.
        let _ = live.drain();
    }
    let mut folders = Vec::new();
    // Named as `LogFile::open` names them: a lock file known by two names would be open twice, and closing one gives the lock back.
    match or_here(home).canonicalize().and_then(|home| folders_below(&home, DEPTH, &mut folders)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(recovered),
        found => found.map_err(|source| LogError::Folder { path: home.to_owned(), source })?,
    }
    for folder in folders {
        take_in(process, &folder, true, &mut recovered);
    }
    Ok(recovered)
}

/// The folders named [`FOLDER`] in `home` and below.
fn folders_below(home: &Path, depth: u32, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(home)?.flatten() {
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        if entry.file_name() == FOLDER {
            found.push(entry.path());
        } else if depth > 0 {
            // A folder that may not be read holds nothing that could be written.
            let _ = folders_below(&entry.path(), depth - 1, found);
        }
    }
    Ok(())
}

/// Takes in the journals of killed programs beside the files of `lives`.
pub(super) fn orphans(process: &'static Process, lives: &[Arc<Live>]) {
    let folders: HashSet<_> = lives.iter().map(|live| live.path().with_file_name(FOLDER)).collect();
    for folder in folders {
        let mut recovered = Recovered::default();
        take_in(process, &folder, false, &mut recovered);
        for (path, error) in &recovered.failed {
            process.tell(path, "cannot recover", error);
        }
    }
}

/// Writes what the journals in `folder` hold, those of living programs only if `also_living`.
fn take_in(process: &'static Process, folder: &Path, also_living: bool, recovered: &mut Recovered) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if name.ends_with(UNFINISHED) {
            remove_old(&entry.path());
        }
        if !name.ends_with(ENDING) || process.own_ring(name).is_some() {
            continue;
        }
        let found = if also_living { Found::open(folder, name).map(Some) } else { Found::open_orphan(folder, name) };
        let done = match found {
            Ok(Some(found)) if found.is_orphan || !found.ring.is_empty() => adopt(process, folder, found, recovered),
            Ok(_) => Ok(()),
            // Its owner or another process was quicker.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Found::set_aside(folder, name).map(|aside| recovered.damaged.push(aside))
            }
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            recovered.failed.push((folder.join(name), error));
        }
    }
}

/// Removes what a program left that was killed while it made a journal.
fn remove_old(path: &Path) {
    let hour = Duration::from_hours(1);
    let age = fs::metadata(path)
        .and_then(|found| found.modified())
        .ok()
        .and_then(|at| SystemTime::now().duration_since(at).ok());
    if age.is_some_and(|age| age > hour) {
        let _ = fs::remove_file(path);
    }
}

fn adopt(process: &'static Process, folder: &Path, found: Found, recovered: &mut Recovered) -> io::Result<()> {
    let path = folder.with_file_name(&found.origin.log);
    // It rotates when its program writes to it again. On the disk it must be before the journal goes.
    let options = FileOptions {
        rotation: Rotation::NEVER,
        retention: Retention::ALL,
        sync: Sync::Each,
        ..FileOptions::default()
    };
    let mut sink = Sink::open(process, &path, options)?;
    sink.with_lock(|sink, held| {
        let before = found.ring.drained();
        if found.origin.is_of_this_boot() {
            let (from, bytes) = found.ring.pending();
            let batch = Batch { bytes, from, whole: &[] };
            sink.put(held, Source { batch, journal: Some((&found.name, &found.ring)) })?;
        } else {
            recovered.damaged_lines += after_restart(sink, held, &path, &found.ring)?;
        }
        sink.sync_now()?;
        recovered.bytes += found.ring.drained() - before;
        if found.is_orphan {
            recovered.journals += 1;
            match found.remove() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed?,
            }
        }
        Ok(())
    })
}

/// Writes what a journal holds that was on the disk when the machine stopped. Its pages may be older than the log file's, or
/// have never been written: a line that stands in the file already, or that holds a NUL, is left out. Tells the number of the
/// latter.
fn after_restart(sink: &mut Sink, held: &mut Option<Held<'_>>, path: &Path, ring: &Ring) -> io::Result<u64> {
    let (from, bytes) = ring.pending();
    sink.end_half_line(bytes)?;
    let mut known = Vec::new();
    for file in [path.to_owned(), numbered(path, 1, "")] {
        known.extend(fs::read(file).unwrap_or_default());
    }
    let known: HashSet<&[u8]> = known.split_inclusive(|byte| *byte == b'\n').collect();
    let (mut lines, mut damaged) = (Vec::new(), 0);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if line.contains(&0) || !line.ends_with(b"\n") {
            damaged += 1;
        } else if !known.contains(line) {
            lines.extend_from_slice(line);
        }
    }
    sink.put(held, Source { batch: Batch { bytes: &lines, from: 0, whole: &[] }, journal: None })?;
    ring.advance(from + bytes.len() as u64);
    Ok(damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::journal::Journal;
    use crate::file::lock_file::{FileId, Intent};
    use crate::file::sink::lock_name;
    use crate::file::sys::Mount;

    #[test]
    fn after_a_stop_of_the_machine_lines_are_neither_doubled_nor_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        fs::create_dir(folder.path().join(FOLDER)).unwrap();
        fs::write(&path, "a 2\na 3\n").unwrap();
        fs::write(numbered(&path, 1, ""), "a 0\na 1\n").unwrap();
        let (journal, mut own) = Journal::create(&folder.path().join(FOLDER), "x.log", 100, Mount::Local).unwrap();
        for line in ["a 1\n", "a 3\n", "a\x00\x004\n", "\x00\x00\n", "a 5\n", "half"] {
            own.append(&[line.as_bytes()]);
        }
        let mut sink = Sink::open(Process::this(), &path, FileOptions::default()).unwrap();
        let ring = Arc::clone(&journal.ring);
        let damaged = sink.with_lock(|sink, held| after_restart(sink, held, &path, &ring)).unwrap();
        assert_eq!(damaged, 3);
        assert_eq!(fs::read_to_string(&path).unwrap(), "a 2\na 3\na 5\n");
        assert!(ring.is_empty());
        let again = sink.with_lock(|sink, held| after_restart(sink, held, &path, &ring)).unwrap();
        assert_eq!((again, fs::read_to_string(&path).unwrap().len()), (0, 12));
    }

    #[test]
    fn a_journal_from_before_a_restart_is_taken_in_though_the_number_of_its_process_is_given_again() {
        let folder = tempfile::tempdir().unwrap();
        Journal::leave(&folder.path().join("x.log"), b"one\ntwo\n");
        let recovered = recover(folder.path()).unwrap();
        assert_eq!((recovered.journals, recovered.bytes, recovered.failed.len()), (1, 8, 0));
        assert_eq!(fs::read_to_string(folder.path().join("x.log")).unwrap(), "one\ntwo\n");
        assert!(recover(folder.path()).unwrap().is_nothing());
    }

    /// What stands in the file after a stop of the machine in the middle of a write, first when a program has written `first`, and
    /// then when all is recovered; and how many lines were damaged.
    fn stopped_while_writing(first: &str) -> (String, String, u64) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        let text = b"one\ntwo\nth\x00\x00e\nfour\n";
        let journal = Journal::leave(&path, text);
        fs::write(&path, "before\none\ntw").unwrap();
        let mut sink = Sink::open(Process::this(), &path, FileOptions::default()).unwrap();
        let file = FileId::of(&fs::metadata(&path).unwrap());
        let intent = Intent { journal, from: 0, to: text.len() as u64, file, before: 7 };
        let lock = Process::this().lock_file(&path.with_file_name(FOLDER).join(lock_name(&path))).unwrap();
        lock.hold().unwrap().intend(intent).unwrap();
        if !first.is_empty() {
            sink.write(first.as_bytes()).unwrap();
        }
        let early = fs::read_to_string(&path).unwrap();
        let recovered = recover(folder.path()).unwrap();
        (early, fs::read_to_string(&path).unwrap(), recovered.damaged_lines)
    }

    #[test]
    fn a_write_from_before_a_restart_is_not_completed_with_what_was_lost_and_leaves_no_half_line() {
        let (_, whole, damaged) = stopped_while_writing("");
        assert_eq!((whole.as_str(), damaged), ("before\none\ntwo\nfour\n", 1));
        let (early, whole, damaged) = stopped_while_writing("new\n");
        assert_eq!(early, "before\none\nnew\n");
        assert_eq!((whole.as_str(), damaged), ("before\none\nnew\ntwo\nfour\n", 1));
    }

    #[test]
    fn a_half_line_that_no_journal_has_whole_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        Journal::leave(&path, b"two\n");
        fs::write(&path, "one\nthr").unwrap();
        recover(folder.path()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\nthr\ntwo\n");
    }
}
