//! How far each file has been read, remembered in the same batch as the rows that it covers.
//!
//! One note a file in the table `files`; its key is the dataset, the file's [`Head`] and a number of its own. A file is
//! known again when its head and the bytes before the remembered place are the same, whatever it is called by now.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use bongsu_model::{Dataset, Intake, Note};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::SourceError;
use crate::fingerprint::{HEAD, Head};
use crate::inputs::{FileId, Stat};

/// The table of notes.
pub(crate) const TABLE: &str = "files";

/// How far one file has been read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// What it was called then.
    pub(crate) path: String,
    pub(crate) device: u64,
    pub(crate) inode: u64,
    pub(crate) size: u64,
    pub(crate) modified: i64,
    /// Unpacked bytes that were read.
    pub(crate) offset: u64,
    /// Hash of the bytes before `offset`.
    pub(crate) tail: u64,
    /// Where the last record began, when it was kept although its line had no end yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) open_record: Option<u64>,
    /// What a parser needs to go on from here.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) memory: String,
    /// It was read to its end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) done: bool,
    /// The file was refused as a whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) refused: bool,
    /// Which log of which home it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) log: Option<u64>,
    /// Grows with every change, so that the newer of two entries is known.
    pub(crate) seen: u64,
}

impl Entry {
    pub(crate) fn new(path: &Path, stat: Stat, offset: u64, tail: u64) -> Self {
        Self {
            path: path.to_string_lossy().into_owned(),
            device: stat.id.device,
            inode: stat.id.inode,
            size: stat.size,
            modified: stat.modified,
            offset,
            tail,
            open_record: None,
            memory: String::new(),
            done: false,
            refused: false,
            log: None,
            seen: 0,
        }
    }

    /// The same place in the file that is called `path` now.
    pub(crate) fn renewed(&self, path: &Path, stat: Stat) -> Self {
        Self {
            memory: self.memory.clone(),
            open_record: self.open_record,
            done: self.done,
            refused: self.refused,
            ..Self::new(path, stat, self.offset, self.tail)
        }
    }

    pub(crate) fn id(&self) -> FileId {
        FileId { device: self.device, inode: self.inode }
    }

    /// Whether the file has not been touched since.
    pub(crate) fn is_of(&self, stat: &Stat) -> bool {
        self.id() == stat.id && self.size == stat.size && self.modified == stat.modified
    }
}

/// Names one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot {
    head: Head,
    number: u64,
}

/// Every entry that this run has needed so far.
pub(crate) struct Checkpoints<'a> {
    intake: &'a dyn Intake,
    dataset: Dataset,
    entries: BTreeMap<Slot, Entry>,
    /// Full heads whose entries have been loaded.
    loaded: HashSet<u64>,
    /// Lengths of heads shorter than [`HEAD`] that are known.
    short: BTreeSet<u16>,
    changed: BTreeSet<Slot>,
    fresh: HashSet<Slot>,
    seen: u64,
}

impl<'a> Checkpoints<'a> {
    /// Loads what is known of files that were short when they were read; longer ones are looked up one by one.
    pub(crate) fn load(intake: &'a dyn Intake, dataset: &Dataset, now: u64) -> Result<Self, SourceError> {
        let mut this = Self {
            intake,
            dataset: dataset.clone(),
            entries: BTreeMap::new(),
            loaded: HashSet::new(),
            short: BTreeSet::new(),
            changed: BTreeSet::new(),
            fresh: HashSet::new(),
            seen: now,
        };
        for high in 0..(HEAD >> 8) as u8 {
            this.read(&[high])?;
        }
        this.short = this.entries.keys().map(|slot| slot.head.len).collect();
        Ok(this)
    }

    fn prefix(&self) -> Vec<u8> {
        let mut prefix = self.dataset.as_str().as_bytes().to_vec();
        prefix.push(0);
        prefix
    }

    fn key(&self, slot: Slot) -> Vec<u8> {
        let mut key = self.prefix();
        key.extend(slot.head.len.to_be_bytes());
        key.extend(slot.head.hash.to_be_bytes());
        key.extend(slot.number.to_be_bytes());
        key
    }

    fn read(&mut self, beginning: &[u8]) -> Result<(), SourceError> {
        let mut prefix = self.prefix();
        let skip = prefix.len();
        prefix.extend(beginning);
        for (key, value) in self.intake.notes(TABLE, &prefix).map_err(SourceError::from_intake)? {
            let damaged = |what: &str| SourceError::Notes(format!("table {TABLE}: {what}"));
            let slot = key.get(skip..).and_then(decode).ok_or_else(|| damaged("a key has a wrong length"))?;
            let entry = serde_json::from_slice(&value).map_err(|error| damaged(&error.to_string()))?;
            self.entries.insert(slot, entry);
        }
        Ok(())
    }

    /// Every entry whose file begins as the file does that `head` gives the heads of.
    pub(crate) fn candidates(
        &mut self,
        head: impl Fn(usize) -> Option<Head>,
    ) -> Result<Vec<(Slot, Entry)>, SourceError> {
        let mut heads: Vec<Head> = self.short.iter().filter_map(|len| head(usize::from(*len))).collect();
        if let Some(full) = head(HEAD) {
            if self.loaded.insert(full.hash) {
                let mut beginning = full.len.to_be_bytes().to_vec();
                beginning.extend(full.hash.to_be_bytes());
                self.read(&beginning)?;
            }
            heads.push(full);
        }
        let of = |head| Slot { head, number: 0 }..=Slot { head, number: u64::MAX };
        let found = heads.into_iter().flat_map(|head| self.entries.range(of(head)));
        Ok(found.map(|(slot, entry)| (*slot, entry.clone())).collect())
    }

    /// Whether this run wrote the entry.
    pub(crate) fn is_fresh(&self, slot: Slot) -> bool {
        self.fresh.contains(&slot)
    }

    /// Remembers `entry` for a file that begins with `head`, in the place of `old`. Returns its new name.
    pub(crate) fn put(&mut self, old: Option<Slot>, head: Head, mut entry: Entry) -> Slot {
        self.seen += 1;
        entry.seen = self.seen;
        let slot = match old {
            Some(slot) if slot.head == head => slot,
            _ => {
                if let Some(old) = old {
                    self.entries.remove(&old);
                    self.changed.insert(old);
                }
                self.free(head, &entry)
            }
        };
        if usize::from(head.len) < HEAD {
            self.short.insert(head.len);
        }
        self.entries.insert(slot, entry);
        self.changed.insert(slot);
        self.fresh.insert(slot);
        slot
    }

    fn free(&self, head: Head, entry: &Entry) -> Slot {
        let text = format!("{}\0{}\0{}", entry.device, entry.inode, entry.path);
        let mut slot = Slot { head, number: xxh3_64(text.as_bytes()) };
        while self.entries.contains_key(&slot) {
            slot.number = slot.number.wrapping_add(1);
        }
        slot
    }

    pub(crate) fn has_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// What has changed since the last call, as notes.
    pub(crate) fn notes(&mut self) -> Vec<Note> {
        let changed = std::mem::take(&mut self.changed);
        changed
            .into_iter()
            .map(|slot| {
                let value = self.entries.get(&slot).map(serde_json::to_vec);
                Note { table: TABLE, key: self.key(slot), value: value.and_then(Result::ok).unwrap_or_default() }
            })
            .collect()
    }
}

/// The order in which candidates are tried: the file itself, then what had its name, then the one read furthest.
pub(crate) fn rank(entry: &Entry, path: &Path, id: FileId) -> (bool, bool, u64) {
    let same_file = entry.id() == id;
    (!same_file, Path::new(&entry.path) != path, u64::MAX - if same_file { entry.seen } else { entry.offset })
}

fn decode(key: &[u8]) -> Option<Slot> {
    let (len, rest) = key.split_first_chunk::<2>()?;
    let (hash, number) = rest.split_first_chunk::<8>()?;
    let head = Head { len: u16::from_be_bytes(*len), hash: u64::from_be_bytes(*hash) };
    Some(Slot { head, number: u64::from_be_bytes(number.try_into().ok()?) })
}
