//! A log file that this process writes.

use std::collections::VecDeque;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, TryLockError};
use std::time::{Duration, Instant};

use super::journal::Journal;
use super::process::Process;
use super::sink::{FOLDER, Sink};
use super::sys::{self, Mount, OwnRing};
use super::{FileOptions, Mode, Sync, lock};

/// The room in a journal. Half of it is what a busy program writes at once.
const ROOM: usize = 512 << 10;

/// How long the drainer leaves a file alone that could not be written, and callers do without a journal that could not be made.
const TROUBLE: Duration = Duration::from_millis(500);

/// One log file of this process: its journal, into which callers write, and its sink, into which the journal is drained.
/// Who needs several locks takes the sink's first and that of `whole` last.
#[derive(Debug)]
pub(super) struct Live {
    path: PathBuf,
    process: &'static Process,
    writer: Mutex<Writer>,
    sink: Mutex<Drain>,
    /// Calls of several lines, which stay together in one file.
    whole: Mutex<VecDeque<Range<u64>>>,
    is_synced: bool,
}

/// What a caller needs.
#[derive(Debug)]
struct Writer {
    /// The journal's end; none before the first line and where lines are written plainly.
    own: Option<OwnRing>,
    is_plain: bool,
    /// When no journal could be made, for want of room or of a thread.
    refused: Option<Instant>,
}

impl Writer {
    /// Whether a line that finds no journal makes one.
    fn wants_journal(&self) -> bool {
        self.own.is_none() && !self.is_plain && self.refused.is_none_or(|at| at.elapsed() >= TROUBLE)
    }
}

/// What the drainer needs.
#[derive(Debug)]
struct Drain {
    sink: Sink,
    journal: Option<Journal>,
    mount: Mount,
    synced: Instant,
    /// When the journal could not be drained.
    failed: Option<Instant>,
}

impl Live {
    pub(super) fn open(process: &'static Process, path: &Path, options: &FileOptions) -> io::Result<Self> {
        let sink = Sink::open(process, path, options.clone())?;
        let mount = path.parent().map_or(Mount::Shared, sys::mount_of);
        let is_plain = !sink.is_file()
            || !sink.is_lockable()
            || match options.mode {
                Mode::Auto => mount == Mount::Shared,
                Mode::Journal => false,
                Mode::Plain => true,
            };
        Ok(Self {
            path: path.to_owned(),
            process,
            writer: Mutex::new(Writer { own: None, is_plain, refused: None }),
            whole: Mutex::default(),
            sink: Mutex::new(Drain { sink, journal: None, mount, synced: Instant::now(), failed: None }),
            is_synced: options.sync == Sync::Each,
        })
    }

    /// The process that has it open.
    pub(super) fn process(&self) -> &'static Process {
        self.process
    }

    /// Where the file is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How it was opened.
    pub(super) fn options(&self) -> FileOptions {
        lock(&self.sink).sink.options.clone()
    }

    /// Takes lines over. When this returns they survive the process.
    pub(super) fn write(&self, parts: &[&[u8]], are_several: bool) -> io::Result<()> {
        while !self.write_quickly(parts, are_several)? {
            if self.write_slowly(&parts.concat())? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Puts lines into the journal, if it has room for them.
    #[inline]
    fn write_quickly(&self, parts: &[&[u8]], are_several: bool) -> io::Result<bool> {
        let length = parts.iter().map(|part| part.len()).sum();
        let mut writer = lock(&self.writer);
        if let Some(own) = &mut writer.own
            && own.has_room(length)
        {
            if are_several {
                lock(&self.whole).push_back(own.next()..own.next() + length as u64);
            }
            let is_urgent = own.append(parts);
            drop(writer);
            if self.is_synced {
                self.flush_to_disk()?;
            } else {
                self.process.drainer().notice(is_urgent);
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// The first line, a long one, one that finds the journal full, or one where there is no journal. False when the journal has
    /// room now.
    #[cold]
    fn write_slowly(&self, lines: &[u8]) -> io::Result<bool> {
        let mut drain = lock(&self.sink);
        let mut writer = lock(&self.writer);
        if writer.wants_journal() {
            let made = self.make_journal(&mut drain);
            // Plain writes need neither room for a journal nor a thread.
            writer.refused = made.is_err().then(Instant::now);
            writer.own = made.ok();
        }
        let is_plain = writer.own.is_none();
        let fits = lines.len() <= ROOM / 2;
        drop(writer);
        self.drain_held(&mut drain)?;
        if is_plain {
            drain.sink.write(lines).inspect_err(|error| self.tell(&drain, error))?;
            self.tidy_if_rotated(&mut drain);
            if let Sync::Interval(_) = drain.sink.options.sync {
                // Without a thread the disk is waited for at the end.
                let _ = self.process.drainer().start(self.process);
            }
        } else if fits {
            return Ok(false);
        } else {
            self.write_long(&mut drain, lines)?;
        }
        if self.is_synced {
            drain.sink.sync_now()?;
        }
        Ok(true)
    }

    fn make_journal(&self, drain: &mut Drain) -> io::Result<OwnRing> {
        self.process.drainer().start(self.process)?;
        let (journal, own) = new_journal(&drain.sink, ROOM, drain.mount)?;
        self.process.add_ring(&journal.name, &journal.ring);
        drain.journal = Some(journal);
        Ok(own)
    }

    /// A line that would not leave room for others has a journal for itself.
    fn write_long(&self, drain: &mut Drain, lines: &[u8]) -> io::Result<()> {
        let (journal, mut own) = new_journal(&drain.sink, lines.len(), drain.mount)?;
        self.process.add_ring(&journal.name, &journal.ring);
        own.append(&[lines]);
        let whole = 0..lines.len() as u64;
        let written = drain.sink.drain(&journal.name, &journal.ring, |_| vec![whole]);
        if let Err(error) = &written {
            self.tell(drain, error);
            // The caller is told that it is not written, so it must not be.
            journal.ring.advance(journal.ring.published());
        }
        self.process.forget_ring(&journal.name);
        journal.remove();
        self.tidy_if_rotated(drain);
        written.map(drop)
    }

    /// Whether something stands in the journal or is being put there. Who wrote before this was asked is seen here; who writes
    /// behind it sees what was done before. Never waits: a signal handler may have interrupted who holds the lock.
    pub(super) fn has_waiting(&self) -> bool {
        let writer = match self.writer.try_lock() {
            Ok(writer) => writer,
            Err(TryLockError::Poisoned(left)) => left.into_inner(),
            Err(TryLockError::WouldBlock) => return true,
        };
        writer.own.as_ref().is_some_and(|own| !own.ring().is_empty())
    }

    /// Writes what is in the journal to the file; tells how many bytes that were.
    pub(super) fn drain(&self) -> io::Result<u64> {
        self.drain_held(&mut lock(&self.sink))
    }

    fn drain_held(&self, drain: &mut Drain) -> io::Result<u64> {
        let Drain { sink, journal: Some(journal), .. } = drain else { return Ok(0) };
        if journal.ring.is_empty() {
            return Ok(0);
        }
        let drained = sink.drain(&journal.name, &journal.ring, |from| self.whole_behind(from));
        drain.failed = drained.is_err().then(Instant::now);
        if let Err(error) = &drained {
            self.tell(drain, error);
        }
        self.tidy_if_rotated(drain);
        drained
    }

    /// The calls of several lines that are not drained yet.
    fn whole_behind(&self, drained: u64) -> Vec<Range<u64>> {
        let mut whole = lock(&self.whole);
        while whole.front().is_some_and(|whole| whole.end <= drained) {
            whole.pop_front();
        }
        whole.iter().cloned().collect()
    }

    /// [`Live::drain`] for the drainer, which leaves a file alone for a while after it could not be written.
    pub(super) fn drain_unless_failing(&self) -> u64 {
        let mut drain = lock(&self.sink);
        if drain.failed.is_some_and(|at| at.elapsed() < TROUBLE) {
            return 0;
        }
        self.drain_held(&mut drain).unwrap_or(0)
    }

    /// Writes what is in the journal and waits for the disk.
    fn flush_to_disk(&self) -> io::Result<()> {
        let mut drain = lock(&self.sink);
        self.drain_held(&mut drain)?;
        drain.sink.sync_now()
    }

    /// What is to be done about every second: waits for the disk if it is time, and sees to it that the journal is still there.
    pub(super) fn look_after(&self) {
        let mut drain = lock(&self.sink);
        if let Sync::Interval(interval) = drain.sink.options.sync
            && drain.synced.elapsed() >= interval
        {
            drain.synced = Instant::now();
            if let Err(error) = drain.sink.sync_now() {
                self.tell(&drain, &error);
            }
        }
        if drain.journal.as_ref().is_some_and(Journal::is_gone) && self.drain_held(&mut drain).is_ok() {
            self.renew(&mut drain);
        }
    }

    /// Lets the next line have a new journal once everything in this one is in the file, which it tells.
    fn renew(&self, drain: &mut Drain) -> bool {
        // With callers kept out nothing comes between the last look and the new journal.
        let mut writer = lock(&self.writer);
        let is_drained = self.drain_held(drain).is_ok();
        if is_drained {
            writer.own = None;
            // The next journal numbers its bytes from the beginning.
            lock(&self.whole).clear();
            self.give_up(drain);
        }
        is_drained
    }

    /// Writes what is in the journal and gives the journal up, when nobody uses the file any more. Where it cannot be written now
    /// everything stays as it is: false.
    pub(super) fn close(&self) -> bool {
        let mut drain = lock(&self.sink);
        self.drain_held(&mut drain).is_ok() && self.renew(&mut drain)
    }

    /// As [`Live::close`], at the end of the process: what comes later is written plainly, and what cannot be written stays for the
    /// next start.
    pub(super) fn end(&self) {
        let mut drain = lock(&self.sink);
        {
            let mut writer = lock(&self.writer);
            writer.own = None;
            writer.is_plain = true;
        }
        match self.drain_held(&mut drain) {
            Ok(_) => self.give_up(&mut drain),
            Err(error) => self.process.tell_left(&self.path, &error),
        }
    }

    /// Takes the journal away, in which nothing is any more.
    fn give_up(&self, drain: &mut Drain) {
        if let Some(journal) = drain.journal.take() {
            self.process.forget_ring(&journal.name);
            journal.remove();
        }
        if let Err(error) = drain.sink.sync_now() {
            self.tell(drain, &error);
        }
    }

    fn tidy_if_rotated(&self, drain: &mut Drain) {
        if std::mem::take(&mut drain.sink.rotated) {
            super::tidy::in_background(self.process, &drain.sink.path, &drain.sink.options);
        }
    }

    fn tell(&self, drain: &Drain, error: &io::Error) {
        self.process.tell(&drain.sink.path, "cannot write to", error);
    }
}

fn new_journal(sink: &Sink, bytes: usize, mount: Mount) -> io::Result<(Journal, OwnRing)> {
    let name = sink.path.file_name().and_then(|name| name.to_str()).ok_or(io::ErrorKind::InvalidFilename)?;
    Journal::create(&sink.path.with_file_name(FOLDER), name, bytes, mount)
}
