//! What becomes of older files: compressed, archived, deleted. On a thread of its own, one a log file among all processes.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use bongsu_model::Timestamp;

use super::compress;
use super::journal::unique;
use super::lock_file::{FileId, LockFile};
use super::numbered::{Older, numbered, older};
use super::process::Process;
use super::sink::{FOLDER, lock_name, time};
use super::sys;
use super::{Compression, FileOptions};

/// The end of the name of a file that is being compressed.
const PACKING: &str = ".packing";

/// Whether these options ask for more than rotation itself does.
pub(super) fn is_wanted(options: &FileOptions) -> bool {
    options.compression != Compression::Off
        || options.archive.is_some()
        || options.retention.age.is_some()
        || options.retention.bytes.is_some()
}

/// Tidies up behind `path` in the background.
pub(super) fn in_background(process: &'static Process, path: &Path, options: &FileOptions) {
    if !is_wanted(options) {
        return;
    }
    let mut tidying = process.tidying();
    if let Some(again) = tidying.get_mut(path) {
        *again = true;
        return;
    }
    let (path, options) = (path.to_owned(), options.clone());
    let place = path.clone();
    let work = move || {
        loop {
            if let Err(error) = tidy(process, &path, &options) {
                process.tell(&path, "cannot tidy up behind", &error);
            }
            let mut tidying = process.tidying();
            match tidying.get_mut(&path) {
                Some(again) if *again => *again = false,
                _ => {
                    tidying.remove(&path);
                    return;
                }
            }
        }
    };
    let thread = thread::Builder::new().name("bongsu-tidy".to_owned());
    // Without a thread it is done after the next rotation.
    if sys::without_signals(|| thread.spawn(work)).is_ok() {
        tidying.insert(place, false);
    }
}

/// Tidies up behind `path`: repairs what a crash left, compresses, archives, deletes.
pub(super) fn tidy(process: &'static Process, path: &Path, options: &FileOptions) -> io::Result<()> {
    let folder = path.with_file_name(FOLDER);
    let mut keep = path.file_name().unwrap_or_default().to_owned();
    keep.push(".keep");
    let keeping = process.lock_file(&folder.join(keep))?;
    // One at a time; other processes wait here and then find nothing to do.
    let _kept = keeping.hold()?;
    let tidy =
        Tidy { path, folder, options, names: process.lock_file(&path.with_file_name(FOLDER).join(lock_name(path)))? };
    tidy.repair()?;
    tidy.compress()?;
    tidy.archive()?;
    tidy.delete()
}

struct Tidy<'t> {
    path: &'t Path,
    folder: PathBuf,
    options: &'t FileOptions,
    /// The lock under which files are given other names.
    names: Arc<LockFile>,
}

impl Tidy<'_> {
    /// Removes what compressing left when its program was killed.
    fn repair(&self) -> io::Result<()> {
        let mut prefix = self.path.file_name().unwrap_or_default().to_owned();
        prefix.push(".");
        for entry in fs::read_dir(&self.folder)?.flatten() {
            let name = entry.file_name();
            let name = name.as_encoded_bytes();
            if name.starts_with(prefix.as_encoded_bytes()) && name.ends_with(PACKING.as_bytes()) {
                remove(&entry.path())?;
            }
        }
        let _names = self.names.hold()?;
        let found = older(self.path)?;
        for packed in found.iter().filter(|older| !older.ending.is_empty()) {
            let Some(plain) = found.iter().find(|other| other.number == packed.number && other.ending.is_empty())
            else {
                continue;
            };
            // Killed between the last two steps: both hold the same.
            if compress::holds(packed.ending, &File::open(&packed.path)?, &mut File::open(&plain.path)?)? {
                remove(&plain.path)?;
            } else {
                remove(&packed.path)?;
            }
        }
        Ok(())
    }

    fn compress(&self) -> io::Result<()> {
        if self.options.compression == Compression::Off {
            return Ok(());
        }
        loop {
            // The oldest first: it is the next to go to the archive.
            let next = older(self.path)?.into_iter().rev().find(|older| older.ending.is_empty());
            let Some(next) = next else { return Ok(()) };
            let mut from = match File::open(&next.path) {
                // Renamed by a rotation meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                opened => opened?,
            };
            let mut name = self.path.file_name().unwrap_or_default().to_owned();
            name.push(format!(".{}{PACKING}", unique()));
            let packing = self.folder.join(name);
            let packed = self.compress_into(&mut from, &packing);
            if packed.is_err() {
                let _ = fs::remove_file(&packing);
            }
            if !packed? {
                return Ok(());
            }
        }
    }

    /// Compresses `from` and puts the outcome in its place; false if it is in none any more or has changed.
    fn compress_into(&self, from: &mut File, packing: &Path) -> io::Result<bool> {
        let before = from.metadata()?;
        let mut to = OpenOptions::new().write(true).create_new(true).open(packing)?;
        compress::compress(self.options.compression, from, &mut to)?;
        to.set_permissions(before.permissions())?;
        to.set_modified(before.modified()?)?;
        to.sync_all()?;
        let _names = self.names.hold()?;
        let id = FileId::of(&before);
        let found = older(self.path)?.into_iter().filter(|older| older.ending.is_empty());
        for now in found {
            let is_it =
                fs::metadata(&now.path).is_ok_and(|found| FileId::of(&found) == id && found.len() == before.len());
            if is_it {
                fs::rename(packing, numbered(self.path, now.number, self.options.compression.ending()))?;
                remove(&now.path)?;
                return Ok(true);
            }
        }
        fs::remove_file(packing)?;
        Ok(false)
    }

    /// Moves what is beyond the count to the archive.
    fn archive(&self) -> io::Result<()> {
        let (Some(archive), Some(count)) = (&self.options.archive, self.options.retention.count) else { return Ok(()) };
        let _names = self.names.hold()?;
        for older in older(self.path)?.iter().rev().filter(|older| older.number > count) {
            move_to(&older.path, &self.place_in(archive, older)?)?;
        }
        Ok(())
    }

    /// A free name in the archive's folder of the year in which the file ends.
    fn place_in(&self, archive: &Path, older: &Older) -> io::Result<PathBuf> {
        let ended = time(fs::metadata(&older.path)?.modified()?);
        let ended = jiff::Timestamp::from_nanosecond(ended.nanos().into()).map_err(io::Error::other)?;
        let folder = archive.join(ended.strftime("%Y").to_string());
        fs::create_dir_all(&folder)?;
        let stem = format!("{}.{}", self.name(), ended.strftime("%Y%m%dT%H%M%SZ"));
        let mut place = folder.join(format!("{stem}{}", older.ending));
        let mut nth = 1;
        while place.exists() {
            nth += 1;
            place = folder.join(format!("{stem}.{nth}{}", older.ending));
        }
        Ok(place)
    }

    fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Deletes what is too old, and the oldest of what is too much.
    fn delete(&self) -> io::Result<()> {
        let retention = &self.options.retention;
        if retention.age.is_none() && retention.bytes.is_none() {
            return Ok(());
        }
        let _names = self.names.hold()?;
        let mut kept = Vec::new();
        for path in older(self.path)?.into_iter().map(|older| older.path).chain(self.archived()?) {
            // Somebody else may take files away.
            let Ok(found) = fs::metadata(&path) else { continue };
            kept.push((time(found.modified()?), found.len(), path));
        }
        kept.sort_unstable_by_key(|(ended, ..)| std::cmp::Reverse(*ended));
        let now = self.options.clock.now();
        let age = retention.age.map_or(i64::MAX, |age| i64::try_from(age.as_nanos()).unwrap_or(i64::MAX));
        let oldest = Timestamp::from_nanos(now.nanos().saturating_sub(age));
        let mut bytes = 0_u64;
        for (ended, length, path) in kept {
            bytes = bytes.saturating_add(length);
            if ended < oldest || retention.bytes.is_some_and(|most| bytes > most) {
                remove(&path)?;
            }
        }
        Ok(())
    }

    /// The files of this log in the archive.
    fn archived(&self) -> io::Result<Vec<PathBuf>> {
        let Some(archive) = &self.options.archive else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let years = match fs::read_dir(archive) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
            years => years?,
        };
        for year in years.flatten().filter(|year| is_year(&year.file_name().to_string_lossy())) {
            for file in fs::read_dir(year.path())?.flatten() {
                let name = file.file_name();
                let rest = name
                    .to_str()
                    .and_then(|name| name.strip_prefix(&self.name()))
                    .and_then(|rest| rest.strip_prefix('.'));
                if rest.is_some_and(is_archived) {
                    found.push(file.path());
                }
            }
        }
        Ok(found)
    }
}

fn is_year(name: &str) -> bool {
    name.len() == 4 && name.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether this is what stands behind the name of a log in the archive: `20250606T235959Z`, perhaps more.
fn is_archived(rest: &str) -> bool {
    let bytes = rest.as_bytes();
    bytes.len() >= 16
        && bytes[8] == b'T'
        && bytes[15] == b'Z'
        && bytes[..8].iter().chain(&bytes[9..15]).all(u8::is_ascii_digit)
        && (bytes.len() == 16 || bytes[16] == b'.')
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Moves a file, on another file system too.
fn move_to(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            let mut making = to.as_os_str().to_owned();
            making.push(PACKING);
            fs::copy(from, &making)?;
            let made = File::open(&making)?;
            made.set_modified(fs::metadata(from)?.modified()?)?;
            made.sync_all()?;
            fs::rename(&making, to)?;
            remove(from)
        }
        moved => moved,
    }
}
