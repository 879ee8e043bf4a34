//! What one process has of log files. A forked child begins with nothing of its own.

use std::collections::{BTreeSet, HashMap};
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
    /// Each lock file is open once: closing a second descriptor would give the lock back.
    locks: Mutex<HashMap<PathBuf, Arc<LockFile>>>,
    /// This process's journals by their names, for the same reason.
    rings: Mutex<HashMap<String, Arc<Ring>>>,
    drainer: Drainer,
    failures: AtomicU64,
    told: Mutex<HashMap<PathBuf, Instant>>,
    tidying: Mutex<HashMap<PathBuf, bool>>,
    /// Folders where killed programs' journals were looked for when the first file in them was opened.
    searched: Mutex<BTreeSet<PathBuf>>,
}

/// A log file that somebody uses. With the last one it ends: all is in the file when that is dropped.
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
        if *users == 0 {
            lives.remove(self.0.path());
            drop(lives);
            self.0.end();
        }
    }
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
            return Ok(InUse(Arc::clone(live)));
        }
        let live = Arc::new(Live::open(self, path, options)?);
        lives.insert(path.to_owned(), (Arc::clone(&live), 1));
        drop(lives);
        let live = InUse(live);
        if path.parent().is_some_and(|folder| lock(&self.searched).insert(folder.to_owned())) {
            // A program may be over before anybody looks for the first time.
            recover::orphans(self, std::slice::from_ref(&live.0));
        }
        Ok(live)
    }

    /// The log files that are open.
    pub(super) fn lives(&self) -> Vec<Arc<Live>> {
        lock(&self.lives).values().map(|(live, _)| Arc::clone(live)).collect()
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
        let mut told = lock(&self.told);
        if told.get(path).is_some_and(|at| at.elapsed() < QUIET) {
            return;
        }
        told.insert(path.to_owned(), Instant::now());
        drop(told);
        let path = path.display();
        // Standard error may be closed; there is nobody else to tell.
        let _ = writeln!(io::stderr(), "bongsu: {what} the log file `{path}`: {error}");
    }

    /// How often something could not be done with a log file.
    pub(super) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// Whether something stands in a journal of this process.
    pub(super) fn has_waiting(&self) -> bool {
        lock(&self.rings).values().any(|ring| !ring.is_empty())
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
