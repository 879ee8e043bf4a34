//! What one process has of log files. A forked child begins with nothing of its own.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::drainer::Drainer;
use super::live::Live;
use super::lock_file::LockFile;
use super::sys::{self, PerProcess, Ring};
use super::{FileOptions, lock, recover};

static PROCESS: PerProcess<Process> = PerProcess::new();

/// Everything that is one a process.
#[derive(Debug, Default)]
pub(super) struct Process {
    /// The open log files, each with the number of its users.
    lives: Mutex<HashMap<PathBuf, (Arc<Live>, usize)>>,
    /// Files that nobody uses any more and that could not be written when they were closed.
    left: Mutex<Vec<Arc<Live>>>,
    /// Each lock file is open once: closing a second descriptor would give the lock back.
    locks: Mutex<HashMap<PathBuf, Arc<LockFile>>>,
    /// This process's journals by their names, for the same reason.
    rings: Mutex<HashMap<String, Arc<Ring>>>,
    drainer: Drainer,
    failures: AtomicU64,
    told: Mutex<HashMap<PathBuf, Instant>>,
    tidying: Mutex<HashMap<PathBuf, bool>>,
    /// Folders where killed programs' journals were looked for when the first file in them was opened.
    searched: Mutex<HashSet<PathBuf>>,
}

/// A log file that somebody uses. When the last one is dropped, all is in the file; what cannot be written then is left to the
/// drainer.
#[derive(Debug)]
pub(super) struct InUse(Arc<Live>);

impl std::ops::Deref for InUse {
    type Target = Live;

    fn deref(&self) -> &Live {
        &self.0
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        let mut lives = lock(&self.0.process().lives);
        let Some((_, users)) = lives.get_mut(self.0.path()) else { return };
        *users -= 1;
        if *users > 0 {
            return;
        }
        lives.remove(self.0.path());
        drop(lives);
        if !self.0.close() {
            lock(&self.0.process().left).push(Arc::clone(&self.0));
        }
    }
}

/// Writes to standard error, which may be closed: there is nobody else to tell.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "bongsu: {text}");
}

/// How long nothing more is told of the same file.
const QUIET: Duration = Duration::from_mins(1);

impl Process {
    /// The process that calls.
    pub(super) fn this() -> &'static Self {
        let made = PROCESS.get_or_make(|| {
            sys::at_exit(at_exit);
            Ok::<_, std::convert::Infallible>(Self::default())
        });
        match made {
            Ok(process) => process,
            Err(never) => match never {},
        }
    }

    /// The log file at `path`, opened at its first use; the first options count.
    pub(super) fn live(&'static self, path: &Path, options: &FileOptions) -> io::Result<InUse> {
        let mut lives = lock(&self.lives);
        if let Some((live, users)) = lives.get_mut(path) {
            *users += 1;
            let live = InUse(Arc::clone(live));
            drop(lives);
            self.tell_of_options(&live, options);
            return Ok(live);
        }
        // One whose lines wait goes on, so that they come before what is written from now on.
        let left = lock(&self.left).extract_if(.., |left| left.path() == path).next();
        let live = match left {
            Some(live) => live,
            None => Arc::new(Live::open(self, path, options)?),
        };
        lives.insert(path.to_owned(), (Arc::clone(&live), 1));
        drop(lives);
        let live = InUse(live);
        if path.parent().is_some_and(|folder| lock(&self.searched).insert(folder.to_owned())) {
            // A program may be over before anybody looks for the first time.
            recover::orphans(self, std::slice::from_ref(&live.0));
        }
        Ok(live)
    }

    /// Tells that a file is open with other options than it is opened with once more.
    fn tell_of_options(&self, live: &Live, options: &FileOptions) {
        let differences = live.options().differences(options);
        if !differences.is_empty() && self.may_tell(live.path()) {
            let (path, differences) = (live.path().display(), differences.join("; "));
            say(&format!(
                "the log file `{path}` is open already, and its options count: {differences}; open it with the same options, or another file"
            ));
        }
    }

    /// The log files that are open or whose lines wait.
    pub(super) fn lives(&self) -> Vec<Arc<Live>> {
        let mut all: Vec<_> = lock(&self.lives).values().map(|(live, _)| Arc::clone(live)).collect();
        all.extend(lock(&self.left).iter().cloned());
        all
    }

    /// Closes the files that were left, as far as they can be written now.
    pub(super) fn close_left(&self) {
        let left = lock(&self.left).clone();
        for live in left.into_iter().filter(|live| live.close()) {
            lock(&self.left).retain(|left| !Arc::ptr_eq(left, &live));
        }
    }

    /// The lock file at `path`.
    pub(super) fn lock_file(&self, path: &Path) -> io::Result<Arc<LockFile>> {
        let mut locks = lock(&self.locks);
        if let Some(file) = locks.get(path) {
            return Ok(Arc::clone(file));
        }
        // Closed here only, with the map held: nobody has opened the same file a second time meanwhile.
        locks.retain(|_, file| Arc::strong_count(file) > 1);
        let file = LockFile::open(path)?;
        locks.insert(path.to_owned(), Arc::clone(&file));
        Ok(file)
    }

    pub(super) fn add_ring(&self, name: &str, ring: &Arc<Ring>) {
        lock(&self.rings).insert(name.to_owned(), Arc::clone(ring));
    }

    pub(super) fn forget_ring(&self, name: &str) {
        lock(&self.rings).remove(name);
    }

    pub(super) fn own_ring(&self, name: &str) -> Option<Arc<Ring>> {
        lock(&self.rings).get(name).cloned()
    }

    pub(super) fn drainer(&self) -> &Drainer {
        &self.drainer
    }

    /// Counts that something could not be done with a file, and tells so on standard error, once in a while.
    pub(super) fn tell(&self, path: &Path, what: &str, error: &io::Error) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        if self.may_tell(path) {
            say(&format!("{what} the log file `{}`: {error}", path.display()));
        }
    }

    /// Whether nothing was told of a file for a while.
    fn may_tell(&self, path: &Path) -> bool {
        let mut told = lock(&self.told);
        if told.get(path).is_some_and(|at| at.elapsed() < QUIET) {
            return false;
        }
        told.insert(path.to_owned(), Instant::now());
        true
    }

    /// Says that lines of a file could not be written before the end of the process.
    pub(super) fn tell_left(&self, path: &Path, error: &io::Error) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        say(&format!("lines of the log file `{}` wait for the next start: {error}", path.display()));
    }

    /// How often something could not be done with a log file.
    pub(super) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// Starts the drainer without waiting for a first line.
    pub(super) fn start_drainer(&'static self) -> io::Result<()> {
        self.drainer.start(self)
    }

    /// Whether something stands in a journal of this process.
    pub(super) fn has_waiting(&self) -> bool {
        self.lives().iter().any(|live| live.has_waiting())
    }

    /// Writes all that is in journals.
    pub(super) fn drain_all(&self) -> io::Result<()> {
        self.lives().iter().map(|live| live.drain().map(drop)).fold(Ok(()), Result::and)
    }

    /// The files that are being tidied up, each with whether that is to be done once more.
    pub(super) fn tidying(&self) -> MutexGuard<'_, HashMap<PathBuf, bool>> {
        lock(&self.tidying)
    }
}

/// The program ends: from now on nobody looks after journals.
extern "C" fn at_exit() {
    if let Some(process) = PROCESS.get() {
        for live in process.lives() {
            live.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::file::journal::Journal;
    use crate::file::{LogFile, recover};

    /// How often this process has the file open.
    fn open_descriptors(path: &Path) -> usize {
        let path = path.canonicalize().unwrap();
        let descriptors = fs::read_dir("/proc/self/fd").unwrap().flatten();
        descriptors.filter(|descriptor| fs::read_link(descriptor.path()).is_ok_and(|file| file == path)).count()
    }

    #[test]
    fn a_lock_file_is_open_once_whatever_its_folder_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let (home, link) = (folder.path().join("home"), folder.path().join("link"));
        fs::create_dir(&home).unwrap();
        std::os::unix::fs::symlink(&home, &link).unwrap();
        let log = LogFile::open(&home.join("x.log"), FileOptions::default()).unwrap();
        log.write(b"one\n").unwrap();
        log.flush().unwrap();
        let other = LogFile::open(&link.join("x.log"), FileOptions::default()).unwrap();
        Journal::leave(&home.join("x.log"), b"two\n");
        assert_eq!(recover(&link).unwrap().journals, 1);
        assert_eq!(open_descriptors(&home.join(".bongsu/x.log.lock")), 1);
        assert_eq!(other.path(), log.path());
        assert_eq!(fs::read_to_string(log.path()).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn a_lock_file_that_nobody_uses_now_is_not_closed_behind_the_back_of_who_opens_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log.lock");
        let file = Process::this().lock_file(&path).unwrap();
        let weak = Arc::downgrade(&file);
        drop(file);
        // Until another is opened, which keeps the others out.
        let kept = weak.upgrade().unwrap();
        assert!(Arc::ptr_eq(&kept, &Process::this().lock_file(&path).unwrap()));
    }
}
