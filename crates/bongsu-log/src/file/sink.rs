//! The log file itself: what is written goes through here, one holder of its lock at a time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bongsu_model::Timestamp;

use super::batch::Batch;
use super::journal::Found;
use super::lock_file::{FileId, Held, Intent, LockFile};
use super::numbered::{numbered, shift};
use super::process::Process;
use super::sys::{OwnFile, Ring};
use super::{FileOptions, Sync};

/// The folder beside a log file that holds its lock and journals.
pub(super) use bongsu_model::JOURNALS as FOLDER;

/// Writes to one log file.
#[derive(Debug)]
pub(super) struct Sink {
    pub(super) path: PathBuf,
    pub(super) options: FileOptions,
    process: &'static Process,
    /// Without one, where no file can be locked, several programs may still append, but their rotations may disturb each other.
    lock: Option<Arc<LockFile>>,
    open: Option<OwnFile>,
    due: Option<(FileId, Option<Timestamp>)>,
    unsynced: bool,
    /// Whether a file was rotated since this was looked at last.
    pub(super) rotated: bool,
}

/// What is to be written, and the journal it stands in, if it is in one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'s> {
    pub(super) batch: Batch<'s>,
    pub(super) journal: Option<(&'s str, &'s Ring)>,
}

impl Sink {
    /// Opens the log file, made if it is not there.
    pub(super) fn open(process: &'static Process, path: &Path, options: FileOptions) -> io::Result<Self> {
        let lock = process.lock_file(&path.with_file_name(FOLDER).join(lock_name(path))).ok();
        let path = path.to_owned();
        let mut sink = Self { path, options, process, lock, open: None, due: None, unsynced: false, rotated: false };
        sink.current()?;
        Ok(sink)
    }

    /// Whether it is a file, not a device or a pipe. Asked of what is open: the path may be without one while others rotate.
    pub(super) fn is_file(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.metadata().is_ok_and(|found| found.is_file()))
    }

    /// Whether other processes can be kept out.
    pub(super) fn is_lockable(&self) -> bool {
        self.lock.is_some()
    }

    /// Writes lines plainly.
    pub(super) fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        let length = lines.len() as u64;
        self.write_source(Source {
            batch: Batch::of_one_call(lines, std::slice::from_ref(&(0..length))),
            journal: None,
        })
    }

    /// Writes what `source` has, after what the last holder of the lock may have left half done.
    pub(super) fn write_source(&mut self, source: Source<'_>) -> io::Result<()> {
        self.with_lock(|sink, held| sink.put(held, source))
    }

    /// Writes all that is in a journal, asking only then what of it stays together; tells how much that was.
    pub(super) fn drain(
        &mut self,
        name: &str,
        ring: &Ring,
        whole: impl FnOnce(u64) -> Vec<Range<u64>>,
    ) -> io::Result<u64> {
        self.with_lock(|sink, held| {
            let (from, bytes) = ring.pending();
            let length = bytes.len() as u64;
            let whole = &whole(from);
            sink.put(held, Source { batch: Batch { bytes, from, whole }, journal: Some((name, ring)) })?;
            Ok(length)
        })
    }

    /// Does `work` with the lock held, where there is one.
    pub(super) fn with_lock<T>(
        &mut self,
        work: impl FnOnce(&mut Self, &mut Option<Held<'_>>) -> io::Result<T>,
    ) -> io::Result<T> {
        let lock = self.lock.clone();
        let mut held = match lock.as_deref().map(LockFile::hold) {
            Some(Ok(held)) => Some(held),
            // A file system that knows no locks.
            Some(Err(error)) if error.kind() == io::ErrorKind::Unsupported => {
                self.lock = None;
                None
            }
            Some(Err(error)) => return Err(error),
            None => None,
        };
        if let Some(held) = &held
            && let Some(intent) = held.state().intent.clone()
        {
            self.settle(&intent)?;
        }
        work(self, &mut held)
    }

    /// Writes what `source` has, with the lock held where there is one.
    pub(super) fn put(&mut self, held: &mut Option<Held<'_>>, source: Source<'_>) -> io::Result<()> {
        let Source { mut batch, journal } = source;
        let mut may_rotate = true;
        while !batch.bytes.is_empty() {
            let (id, size) = self.current()?;
            let mut limit = self.options.rotation.bytes.filter(|_| may_rotate);
            if may_rotate && self.is_due(held.as_mut(), id, size)? {
                limit = Some(0);
            }
            let part = batch.part(size, limit);
            if part == 0 {
                if let Err(error) = self.rotate(held.as_mut()) {
                    // Better a file that is too long than lines that are nowhere.
                    self.process.tell(&self.path, "cannot rotate", &error);
                    may_rotate = false;
                }
                continue;
            }
            let to = batch.from + part as u64;
            if let (Some((name, _)), Some(held)) = (journal, held.as_mut()) {
                held.intend(Intent { journal: name.to_owned(), from: batch.from, to, file: id, before: size })?;
            }
            self.append(&batch.bytes[..part], size)?;
            if let Some((_, ring)) = journal {
                ring.advance(to);
            }
            batch = batch.behind(part);
        }
        Ok(())
    }

    /// The file at the path as it is now, opened anew if somebody moved it away, and its size.
    fn current(&mut self) -> io::Result<(FileId, u64)> {
        if let Some(open) = &self.open
            && let Ok(found) = fs::metadata(&self.path)
            && FileId::of(&found) == open.id()
            && open.is_open()
        {
            return Ok((open.id(), found.len()));
        }
        self.sync_now()?;
        let file = OwnFile::new(append_to(&self.path)?)?;
        let (id, length) = (file.id(), file.metadata()?.len());
        self.open = Some(file);
        if self.options.sync != Sync::Never
            && let Some(folder) = self.path.parent()
        {
            // A new file is on the disk when its name is.
            File::open(folder)?.sync_all()?;
        }
        Ok((id, length))
    }

    /// Whether the file, if it is not empty, is to rotate for its time has come.
    fn is_due(&mut self, mut held: Option<&mut Held<'_>>, id: FileId, size: u64) -> io::Result<bool> {
        let Some(times) = self.options.rotation.times else { return Ok(false) };
        let now = self.options.clock.now();
        let due = match self.due {
            Some((known, due)) if known == id => due,
            _ => {
                let written = held.as_ref().and_then(|held| held.state().begun).filter(|(known, _)| *known == id);
                let begun = match written {
                    Some((_, at)) => at,
                    None if size == 0 => now,
                    None => fs::metadata(&self.path)
                        .and_then(|found| found.created().or(found.modified()))
                        .map_or(now, time),
                };
                if written.is_none()
                    && let Some(held) = &mut held
                {
                    held.begin(id, begun)?;
                }
                let due = times.next(begun, &self.options.zone);
                self.due = Some((id, due));
                due
            }
        };
        if due.is_none_or(|due| now < due) {
            return Ok(false);
        }
        if size > 0 {
            return Ok(true);
        }
        self.begin(held, id, now)?;
        Ok(false)
    }

    fn begin(&mut self, held: Option<&mut Held<'_>>, id: FileId, now: Timestamp) -> io::Result<()> {
        let Some(times) = self.options.rotation.times else { return Ok(()) };
        self.due = Some((id, times.next(now, &self.options.zone)));
        held.map_or(Ok(()), |held| held.begin(id, now))
    }

    fn rotate(&mut self, held: Option<&mut Held<'_>>) -> io::Result<()> {
        self.sync_now()?;
        let count = self.options.retention.count;
        if count == Some(0) && self.options.archive.is_none() {
            if let Some(open) = &self.open {
                open.set_len(0)?;
            }
        } else {
            // What goes to the archive is moved by whoever tidies up.
            shift(&self.path, count.filter(|_| self.options.archive.is_none()))?;
            match fs::rename(&self.path, numbered(&self.path, 1, "")) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                moved => moved?,
            }
            self.rotated = true;
        }
        let now = self.options.clock.now();
        let (id, _) = self.current()?;
        self.begin(held, id, now)
    }

    /// Appends to the file, which is `before` bytes long; all or nothing.
    fn append(&mut self, bytes: &[u8], before: u64) -> io::Result<()> {
        let Some(open) = &mut self.open else { return Err(io::ErrorKind::NotFound.into()) };
        append_whole(open, bytes, before)?;
        self.unsynced = self.options.sync != Sync::Never;
        Ok(())
    }

    /// Waits until all that was written is on the disk.
    pub(super) fn sync_now(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.unsynced)
            && let Some(open) = &self.open
            && open.is_open()
        {
            open.sync_data().inspect_err(|_| self.unsynced = true)?;
        }
        Ok(())
    }

    /// Completes what a holder of the lock meant to write and did not come to: it died, or its disk was full.
    fn settle(&mut self, intent: &Intent) -> io::Result<()> {
        let ring = match self.process.own_ring(&intent.journal) {
            Some(ring) => ring,
            None => match Found::open(&self.path.with_file_name(FOLDER), &intent.journal) {
                // What stands in it and in the file may be less than was there before: that is told apart line by line.
                Ok(found) if !found.origin.is_of_this_boot() => return self.end_half_line(found.ring.pending().1),
                Ok(found) => found.ring,
                // It is there and can be read later: until then no other intent may take the place of this one.
                Err(error) if matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::ENOMEM)) => {
                    return Err(error);
                }
                // A journal goes only when it is drained.
                Err(_) => return Ok(()),
            },
        };
        let (from, bytes) = ring.pending();
        let Some(bytes) = intent.to.checked_sub(from).and_then(|length| bytes.get(..length as usize)) else {
            return Ok(());
        };
        if bytes.is_empty() || from != intent.from {
            return Ok(());
        }
        let mut file = self.file_of(intent.file)?;
        let written = written_part(&mut file, intent.before, bytes)?;
        let length = file.metadata()?.len();
        append_whole(&mut file, &bytes[written..], length)?;
        self.unsynced = self.options.sync != Sync::Never;
        ring.advance(intent.to);
        Ok(())
    }

    /// After a stop of the machine: takes away the half line that the file may end with where `lines` have it whole, and ends it
    /// where they do not.
    pub(super) fn end_half_line(&mut self, lines: &[u8]) -> io::Result<()> {
        self.current()?;
        let Some(open) = self.open.as_mut().filter(|open| open.metadata().is_ok_and(|found| found.is_file())) else {
            return Ok(());
        };
        let text = fs::read(&self.path)?;
        let end = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let half = &text[end..];
        if half.is_empty() {
            return Ok(());
        }
        let is_whole = |line: &[u8]| line.len() > half.len() && line.starts_with(half) && line.ends_with(b"\n");
        if lines.split_inclusive(|byte| *byte == b'\n').any(is_whole) {
            open.set_len(end as u64)
        } else {
            open.write_all(b"\n")
        }
    }

    /// The file that an intent was about, wherever it was moved to; the current one if it is nowhere in this folder.
    fn file_of(&mut self, id: FileId) -> io::Result<File> {
        let (current, _) = self.current()?;
        let mut path = self.path.clone();
        if current != id
            && let Some(folder) = self.path.parent()
        {
            for entry in fs::read_dir(folder)?.flatten() {
                if entry.metadata().is_ok_and(|found| FileId::of(&found) == id) {
                    path = entry.path();
                }
            }
        }
        OpenOptions::new().read(true).append(true).open(path)
    }
}

/// How many of `bytes`, which were to be written behind the first `before` bytes of `file`, stand there.
fn written_part(file: &mut File, before: u64, bytes: &[u8]) -> io::Result<usize> {
    file.seek(SeekFrom::Start(before))?;
    let mut behind = Vec::new();
    Read::by_ref(file).take(bytes.len() as u64).read_to_end(&mut behind)?;
    if bytes.starts_with(&behind) {
        return Ok(behind.len());
    }
    // Somebody cut the file or wrote to it without the lock: a write is in one piece all the same, wherever it went.
    let first = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
    file.seek(SeekFrom::Start(0))?;
    let mut all = Vec::new();
    file.read_to_end(&mut all)?;
    let found = all.windows(first).rposition(|window| window == &bytes[..first]);
    Ok(found.map_or(0, |at| all[at..].iter().zip(bytes).take_while(|(there, meant)| there == meant).count()))
}

/// Appends to a file that is `before` bytes long; all or nothing.
fn append_whole(file: &mut File, bytes: &[u8], before: u64) -> io::Result<()> {
    if let Err(error) = file.write_all(bytes) {
        if file.metadata().is_ok_and(|found| found.is_file() && found.len() > before) {
            // No half line: what is in a journal is written again, and what is not is told to the caller.
            let _ = file.set_len(before);
        }
        return Err(error);
    }
    Ok(())
}

fn append_to(path: &Path) -> io::Result<File> {
    let open = || OpenOptions::new().create(true).append(true).open(path);
    match open() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            open()
        }
        opened => opened,
    }
}

/// The name of a log's lock file.
pub(super) fn lock_name(path: &Path) -> std::ffi::OsString {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    name
}

pub(super) fn time(at: std::time::SystemTime) -> Timestamp {
    let nanos = match at.duration_since(std::time::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos),
    };
    Timestamp::from_nanos(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::journal::Journal;
    use crate::file::sys::Mount;

    /// What stands in the file after a holder of the lock died who had written what `write` does of the journal's `text`.
    fn settled(text: &str, write: impl FnOnce(&Path)) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        let process = Process::this();
        fs::write(&path, "before\n").unwrap();
        let mut sink = Sink::open(process, &path, FileOptions::default()).unwrap();
        let journals = path.with_file_name(FOLDER);
        let (journal, mut own) = Journal::create(&journals, "x.log", 100, Mount::Local).unwrap();
        own.append(&[text.as_bytes()]);
        let (file, before) = sink.current().unwrap();
        let to = text.len() as u64;
        let intent = Intent { journal: journal.name.clone(), from: 0, to, file, before };
        sink.lock.as_ref().unwrap().hold().unwrap().intend(intent).unwrap();
        write(&path);
        sink.write(b"after\n").unwrap();
        assert!(journal.ring.is_empty());
        sink.write(b"again\n").unwrap();
        let mut all = String::new();
        for name in ["moved", "x.log"] {
            all.push_str(&fs::read_to_string(folder.path().join(name)).unwrap_or_default());
        }
        all
    }

    fn append(path: &Path, text: &str) {
        OpenOptions::new().append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn what_a_dead_holder_began_to_write_is_completed_wherever_it_stopped() {
        let text = "one\ntwo\n";
        for written in 0..=text.len() {
            let found = settled(text, |path| append(path, &text[..written]));
            assert_eq!(found, "before\none\ntwo\nafter\nagain\n", "{written} bytes were written");
            let found = settled(text, |path| {
                append(path, &text[..written]);
                fs::rename(path, path.with_file_name("moved")).unwrap();
            });
            assert_eq!(found, "before\none\ntwo\nafter\nagain\n", "{written} bytes were written and the file moved");
        }
    }

    #[test]
    fn a_write_is_found_where_others_wrote_without_the_lock_or_cut_the_file() {
        let found = settled("one\ntwo\n", |path| append(path, "foreign\none\ntw"));
        assert_eq!(found, "before\nforeign\none\ntwo\nafter\nagain\n");
        let found = settled("one\ntwo\n", |path| fs::write(path, "one\ntwo\n").unwrap());
        assert_eq!(found, "one\ntwo\nafter\nagain\n");
        let found = settled("one\ntwo\n", |path| fs::write(path, "").unwrap());
        assert_eq!(found, "one\ntwo\nafter\nagain\n");
        let found = settled("one\ntwo\n", |path| fs::remove_file(path).unwrap());
        assert_eq!(found, "one\ntwo\nafter\nagain\n", "the file is gone: its lines come into the next");
    }
}
