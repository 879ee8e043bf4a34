//! A lane: the folder in a spool that one process writes to, and that another takes over when that one died.
//!
//! The owner holds a lock on the lane's file `lock` for life. It is a POSIX lock, of the process: the child of a fork does
//! not hold it, and nobody does once the process is dead, however it died.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bongsu_model::Timestamp;
use rustix::fs::{FlockOperation, fcntl_lock};

use super::cursor::Cursor;
use super::process::PerProcess;

const LOCK: &str = "lock";
const CURSOR: &str = "cursor";
const SEGMENT: &str = "seg";
/// What the name of a lane that is not ready yet begins with.
const UNREADY: &str = ".new-";
/// After this a lane that is still not ready never will be.
const NEVER: Duration = Duration::from_hours(1);

/// The lanes that this process holds: to open the lock of one and close it again would give the lock back.
fn held() -> &'static Mutex<HashSet<String>> {
    static HELD: OnceLock<PerProcess<Mutex<HashSet<String>>>> = OnceLock::new();
    HELD.get_or_init(|| PerProcess::new(Mutex::default())).get(Mutex::default)
}

/// A lane that this process holds.
#[derive(Debug)]
pub(super) struct Lane {
    id: String,
    folder: PathBuf,
    _lock: File,
}

impl Lane {
    /// A name that no other lane has, and that stands behind those of earlier ones.
    pub(super) fn name(now: Timestamp, chance: u64) -> String {
        format!("{:016x}-{:x}-{chance:016x}", now.nanos(), std::process::id())
    }

    /// Makes the lane `id`, which is seen by others only when it is locked.
    pub(super) fn create(root: &Path, id: &str) -> io::Result<Self> {
        let unready = root.join(format!("{UNREADY}{id}"));
        fs::create_dir(&unready)?;
        hold(id);
        let made = Self::fill(&unready, root.join(id), id);
        if made.is_err() {
            let _ = fs::remove_dir_all(&unready);
            let_go(id);
        }
        made
    }

    fn fill(unready: &Path, folder: PathBuf, id: &str) -> io::Result<Self> {
        let lock = File::create_new(unready.join(LOCK))?;
        fcntl_lock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        Cursor::create(&unready.join(CURSOR))?;
        fs::rename(unready, &folder)?;
        Ok(Self { id: id.to_owned(), folder, _lock: lock })
    }

    /// Takes over the lane `id` if its process is dead.
    pub(super) fn claim(root: &Path, id: &str) -> io::Result<Option<Self>> {
        let folder = root.join(id);
        if !hold(id) {
            return Ok(None);
        }
        let locked = OpenOptions::new().write(true).open(folder.join(LOCK)).and_then(|lock| {
            fcntl_lock(&lock, FlockOperation::NonBlockingLockExclusive)?;
            // Another one may have finished the lane in the meantime.
            folder.join(LOCK).metadata()?;
            Ok(lock)
        });
        match locked {
            Ok(lock) => Ok(Some(Self { id: id.to_owned(), folder, _lock: lock })),
            Err(error) => {
                let_go(id);
                match error.kind() {
                    io::ErrorKind::WouldBlock | io::ErrorKind::PermissionDenied | io::ErrorKind::NotFound => Ok(None),
                    _ => Err(error),
                }
            }
        }
    }

    /// The lanes in `root` that this process does not hold, the oldest first.
    pub(super) fn others(root: &Path) -> io::Result<Vec<String>> {
        let mut ids = Vec::new();
        for entry in fs::read_dir(root)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if name.starts_with(UNREADY) {
                let age = entry.metadata().and_then(|data| data.modified()).ok().and_then(|at| at.elapsed().ok());
                if age.is_some_and(|age| age > NEVER) {
                    let _ = fs::remove_dir_all(entry.path());
                }
            } else if entry.path().join(LOCK).exists() && !is_held(&name) {
                ids.push(name);
            }
        }
        ids.sort_unstable();
        Ok(ids)
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn cursor(&self) -> io::Result<Cursor> {
        Cursor::open(&self.folder.join(CURSOR))
    }

    /// The file of this number.
    pub(super) fn segment(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number:08}.{SEGMENT}"))
    }

    /// The numbers of the files there are, in order.
    pub(super) fn segments(&self) -> io::Result<Vec<u64>> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            let number = name.to_str().and_then(|name| name.strip_suffix(&format!(".{SEGMENT}")));
            numbers.extend(number.and_then(|number| number.parse::<u64>().ok()));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Removes the lane, of which nothing is left to be sent.
    pub(super) fn remove(&self) {
        // The lock's file goes before the folder, so that who opened it and waits sees that it is gone.
        for name in [CURSOR, LOCK] {
            let _ = fs::remove_file(self.folder.join(name));
        }
        let _ = fs::remove_dir(&self.folder);
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        let_go(&self.id);
    }
}

fn lanes() -> std::sync::MutexGuard<'static, HashSet<String>> {
    held().lock().unwrap_or_else(PoisonError::into_inner)
}

fn hold(id: &str) -> bool {
    lanes().insert(id.to_owned())
}

fn is_held(id: &str) -> bool {
    lanes().contains(id)
}

fn let_go(id: &str) {
    lanes().remove(id);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(nth: u64) -> String {
        Lane::name(Timestamp::from_nanos(nth as i64), nth)
    }

    #[test]
    fn a_lane_that_is_held_is_not_taken_and_one_that_is_let_go_is() {
        let root = tempfile::tempdir().unwrap();
        let (first, second) = (name(2), name(1));
        let lane = Lane::create(root.path(), &first).unwrap();
        drop(Lane::create(root.path(), &second).unwrap());
        assert_eq!(Lane::others(root.path()).unwrap(), std::slice::from_ref(&second));
        assert!(Lane::claim(root.path(), &first).unwrap().is_none());
        let taken = Lane::claim(root.path(), &second).unwrap().unwrap();
        assert!(Lane::claim(root.path(), &second).unwrap().is_none());
        taken.remove();
        drop(lane);
        assert_eq!(Lane::others(root.path()).unwrap(), [first]);
        assert!(Lane::claim(root.path(), &second).unwrap().is_none(), "it is gone");
    }

    #[test]
    fn names_stand_in_the_order_of_time_and_files_in_that_of_their_numbers() {
        assert!(name(9) < name(10) && name(10) < name(1 << 40));
        let root = tempfile::tempdir().unwrap();
        let lane = Lane::create(root.path(), &name(1)).unwrap();
        for number in [2, 10, 1] {
            fs::write(lane.segment(number), "").unwrap();
        }
        assert_eq!(lane.segments().unwrap(), [1, 2, 10]);
    }

    #[test]
    fn files_that_are_no_lanes_are_left_alone() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("refused.jsonl"), "x").unwrap();
        fs::create_dir(root.path().join("a folder")).unwrap();
        fs::create_dir(root.path().join(".new-1")).unwrap();
        assert!(Lane::others(root.path()).unwrap().is_empty());
        assert!(root.path().join(".new-1").exists());
    }
}
