//! Whether a file is one that was read before, under whatever name and packed however.
//!
//! Same file (inode), same name, or neither, in this order; always the head and the bytes before the remembered place must
//! be the same. What another living file owns is a copy when this file holds nothing more, and a different file otherwise.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::DirEntryExt;
use std::path::{Path, PathBuf};

use crate::SourceError;
use crate::checkpoint::{Checkpoints, Entry, Slot, rank};
use crate::copies::Member;
use crate::families::stem;
use crate::fingerprint::HEAD;
use crate::inputs::{FileId, Input, Stat};
use crate::probe::Probe;

/// What is known of a file before it is read.
#[derive(Debug)]
pub(crate) enum Known {
    /// Nothing: it is read from its beginning; its entry replaces `old`.
    New { old: Option<Slot> },
    /// It was read up to the entry's place; its entry replaces `old`.
    Resume { entry: Entry, old: Option<Slot> },
    /// It holds what another file holds that is read itself, and is looked at again when it has changed.
    CopyOfLiving,
}

/// The files that this run reads, by what the file system calls them.
#[derive(Debug, Default)]
pub(crate) struct Living(HashMap<FileId, PathBuf>);

impl Living {
    pub(crate) fn of(inputs: &[Input]) -> Self {
        let files = inputs.iter().filter_map(|input| match input {
            Input::File { path, stat, .. } => Some((stat.id, path.clone())),
            _ => None,
        });
        Self(files.collect())
    }

    /// The file that `entry` was made from, if it lives under any name beside its old one and is not `me`; and whether
    /// this run reads it.
    fn owner(&self, entry: &Entry, me: FileId) -> Option<(Probe, bool)> {
        let id = entry.id();
        if id == me {
            return None;
        }
        let (path, read) = match self.0.get(&id) {
            Some(path) => (path.clone(), true),
            None => (find(Path::new(&entry.path), id)?, false),
        };
        let mut probe = Probe::open(&path).ok().filter(|probe| probe.stat.id == id)?;
        if !entry.is_of(&probe.stat) {
            probe.measure(std::iter::once(entry.offset)).ok()?;
            if probe.tail_at(entry.offset) != Some(entry.tail) {
                return None;
            }
        }
        Some((probe, read))
    }
}

/// Where the file `id` lies now: under its old name or beside it.
fn find(path: &Path, id: FileId) -> Option<PathBuf> {
    let is = |path: &Path| fs::metadata(path).is_ok_and(|metadata| Stat::of(&metadata).id == id);
    if is(path) {
        return Some(path.to_owned());
    }
    let names = fs::read_dir(path.parent()?).ok()?.filter_map(Result::ok);
    names.filter(|entry| entry.ino() == id.inode).map(|entry| entry.path()).find(|path| is(path))
}

/// What is known of the file `probe` looks at.
pub(crate) fn recognise(
    probe: &mut Probe,
    member: Option<Member>,
    checkpoints: &mut Checkpoints<'_>,
    living: &Living,
    again: bool,
) -> Result<Known, SourceError> {
    let mut candidates = checkpoints.candidates(|len| probe.head(len))?;
    // Two logs of one home may hold the same bytes; each must be counted to know which records are copies.
    let log = member.map(Member::log);
    candidates
        .retain(|(_, entry)| entry.id() == probe.stat.id || entry.log == log || entry.log.is_none() || log.is_none());
    candidates.sort_by_key(|(_, entry)| rank(entry, &probe.path, probe.stat.id));
    // Unpacking a whole archive only to see that it is the same would be a waste.
    let untouched = candidates
        .iter()
        .find(|(_, entry)| entry.is_of(&probe.stat) && (entry.refused || (probe.compressed && entry.done)));
    let known = match untouched {
        Some((slot, entry)) => Known::Resume { entry: entry.clone(), old: Some(*slot) },
        None if candidates.is_empty() => Known::New { old: None },
        // A file that can be opened but not read is reported when it is read.
        None => compare(probe, &candidates, living).unwrap_or(Known::New { old: None }),
    };
    Ok(match known {
        Known::Resume { old, .. } if again && !old.is_some_and(|slot| checkpoints.is_fresh(slot)) => Known::New { old },
        Known::CopyOfLiving if again => Known::New { old: None },
        known => known,
    })
}

fn compare(probe: &mut Probe, candidates: &[(Slot, Entry)], living: &Living) -> io::Result<Known> {
    probe.measure(candidates.iter().map(|(_, entry)| entry.offset))?;
    let len = probe.len();
    for (slot, entry) in candidates {
        if entry.refused {
            continue;
        }
        let fits = probe.tail_at(entry.offset) == Some(entry.tail);
        if fits && entry.id() == probe.stat.id {
            return Ok(Known::Resume { entry: entry.clone(), old: Some(*slot) });
        }
        if !fits && entry.offset <= len {
            continue;
        }
        match living.owner(entry, probe.stat.id) {
            None if fits && is_strong(entry, probe, len) => {
                return Ok(Known::Resume { entry: entry.clone(), old: Some(*slot) });
            }
            Some((owner, is_read)) => {
                let is_copy = fits && len == entry.offset;
                if !is_copy && !probe.begins(&owner)? {
                    continue;
                }
                let rest_is_read = is_read || len < entry.offset;
                return Ok(if rest_is_read && !is_copy {
                    Known::CopyOfLiving
                } else {
                    Known::Resume { entry: entry.clone(), old: None }
                });
            }
            None => {}
        }
    }
    Ok(Known::New { old: None })
}

/// Whether the same few bytes can be no accident: two programs that both begin with one short line are two files.
fn is_strong(entry: &Entry, probe: &Probe, len: u64) -> bool {
    let before = Path::new(&entry.path);
    let is_same_log = |path: &Path| stem(before).is_some_and(|before| stem(path) == Some(before));
    entry.offset >= HEAD as u64
        || len == entry.offset
        || before == probe.path
        || is_same_log(&probe.path)
        // Whoever packs a file may call the result as they like behind its name.
        || (probe.compressed && is_same_log(&probe.path.with_extension("")))
}
