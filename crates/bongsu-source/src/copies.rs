//! One record, several files: a log home's copies are counted so that each record is kept once.
//!
//! Two lines are copies when second, logger and whole message agree and they lie in different families. Of each such line
//! as many are kept as the family with the most has. The counts outlive the run: they are notes in the table `homes`, one a
//! minute of the log, written in the batch that holds the rows they count.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use bongsu_model::{Dataset, Intake, Note, Record};
use xxhash_rust::xxh3::xxh3_64;

use crate::SourceError;
use crate::families::Family;

/// The table of notes.
pub(crate) const TABLE: &str = "homes";

/// Lines whose counts stay in memory when they are on disk too: about 20 MB.
const CACHED: usize = 200_000;

/// A file's place in a log home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Member {
    home: u64,
    family: u32,
}

impl Member {
    pub(crate) fn new(home: &Path, family: &Family) -> Self {
        Self { home: xxh3_64(home.as_os_str().as_encoded_bytes()), family: family.id() }
    }

    /// One number for home and family.
    pub(crate) fn log(self) -> u64 {
        self.home ^ u64::from(self.family)
    }
}

/// A minute of one home.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Place {
    home: u64,
    minute: i64,
}

#[derive(Debug, Default)]
struct Minute {
    /// Of each line how often each family has it.
    lines: HashMap<u64, Vec<(u32, u32)>>,
    /// The batch that its last change goes with.
    batch: u64,
}

/// Decides which lines are copies.
pub(crate) struct Copies<'a> {
    intake: &'a dyn Intake,
    dataset: Dataset,
    /// Counts of earlier runs do not matter: everything is read again.
    again: bool,
    minutes: HashMap<Place, Minute>,
    lines: usize,
    changed: BTreeSet<Place>,
    written: HashSet<Place>,
    batch: u64,
    scratch: Vec<u8>,
    /// Nothing is on disk: nothing can be forgotten.
    only_memory: bool,
}

impl<'a> Copies<'a> {
    pub(crate) fn new(intake: &'a dyn Intake, dataset: &Dataset, again: bool, only_memory: bool) -> Self {
        Self {
            intake,
            dataset: dataset.clone(),
            again,
            minutes: HashMap::new(),
            lines: 0,
            changed: BTreeSet::new(),
            written: HashSet::new(),
            batch: 1,
            scratch: Vec::new(),
            only_memory,
        }
    }

    /// Whether this record is to be kept, and not a copy of one that another family gave already.
    pub(crate) fn admit(&mut self, member: Member, record: &Record<'_>) -> Result<bool, SourceError> {
        let second = record.time.map(|time| time.nanos().div_euclid(1_000_000_000));
        let line = self.hash(second, record);
        // Lines without a time are spread over 256 places of their own.
        let minute = second.map_or(i64::MIN + (line & 0xff) as i64, |second| second.div_euclid(60));
        let place = Place { home: member.home, minute };
        self.load(place)?;
        let batch = self.batch;
        let minute = self.minutes.entry(place).or_default();
        minute.batch = batch;
        let counts = minute.lines.entry(line).or_insert_with(|| {
            self.lines += 1;
            Vec::with_capacity(1)
        });
        let kept = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
        let mine = if let Some((_, count)) = counts.iter_mut().find(|(family, _)| *family == member.family) {
            *count += 1;
            *count
        } else {
            counts.push((member.family, 1));
            1
        };
        self.changed.insert(place);
        Ok(mine > kept)
    }

    fn hash(&mut self, second: Option<i64>, record: &Record<'_>) -> u64 {
        self.scratch.clear();
        self.scratch.extend(second.unwrap_or(i64::MIN).to_le_bytes());
        self.scratch.extend(record.logger.as_deref().unwrap_or_default().as_bytes());
        self.scratch.push(0);
        self.scratch.extend(record.message.as_bytes());
        xxh3_64(&self.scratch)
    }

    fn key(&self, place: Place) -> Vec<u8> {
        let mut key = self.dataset.as_str().as_bytes().to_vec();
        key.push(0);
        key.extend(place.home.to_be_bytes());
        key.extend(place.minute.to_be_bytes());
        key
    }

    fn load(&mut self, place: Place) -> Result<(), SourceError> {
        let known = self.minutes.contains_key(&place) || (self.again && !self.written.contains(&place));
        if known || self.only_memory {
            return Ok(());
        }
        let value = self.intake.note(TABLE, &self.key(place)).map_err(SourceError::from_intake)?;
        let lines = decode(&value.unwrap_or_default())
            .ok_or_else(|| SourceError::Notes(format!("table {TABLE}: a value has a wrong length")))?;
        self.lines += lines.len();
        self.minutes.insert(place, Minute { lines, batch: 0 });
        Ok(())
    }

    /// What has changed since the last call, as notes for the batch that is ended now. `on_disk` batches are safe: what
    /// they brought may be forgotten.
    pub(crate) fn notes(&mut self, on_disk: u64) -> Vec<Note> {
        let changed = std::mem::take(&mut self.changed);
        if self.only_memory {
            return Vec::new();
        }
        let mut notes = Vec::with_capacity(changed.len());
        for place in changed {
            if let Some(minute) = self.minutes.get(&place) {
                notes.push(Note { table: TABLE, key: self.key(place), value: encode(&minute.lines) });
            }
            if self.again {
                self.written.insert(place);
            }
        }
        if self.lines > CACHED {
            self.minutes.retain(|_, minute| minute.batch > on_disk);
            self.lines = self.minutes.values().map(|minute| minute.lines.len()).sum();
        }
        self.batch += 1;
        notes
    }
}

/// Per line its hash, how many families have it, and each family with its count.
fn encode(lines: &HashMap<u64, Vec<(u32, u32)>>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(lines.len() * 17);
    for (line, counts) in lines {
        bytes.extend(line.to_le_bytes());
        bytes.push(u8::try_from(counts.len()).unwrap_or(u8::MAX));
        for (family, count) in counts.iter().take(usize::from(u8::MAX)) {
            bytes.extend(family.to_le_bytes());
            bytes.extend(count.to_le_bytes());
        }
    }
    bytes
}

fn decode(mut bytes: &[u8]) -> Option<HashMap<u64, Vec<(u32, u32)>>> {
    let mut lines = HashMap::new();
    while !bytes.is_empty() {
        let (line, rest) = bytes.split_first_chunk()?;
        let (count, mut rest) = rest.split_first()?;
        let mut counts = Vec::with_capacity(usize::from(*count));
        for _ in 0..*count {
            let (family, after) = rest.split_first_chunk()?;
            let (count, after) = after.split_first_chunk()?;
            counts.push((u32::from_le_bytes(*family), u32::from_le_bytes(*count)));
            rest = after;
        }
        lines.insert(u64::from_le_bytes(*line), counts);
        bytes = rest;
    }
    Some(lines)
}

#[cfg(test)]
mod tests {
    use bongsu_model::Timestamp;

    use super::*;
    use crate::memory::MemoryIntake;

    fn record(second: i64, message: &str) -> Record<'_> {
        Record {
            time: Some(Timestamp::from_nanos(second * 1_000_000_000 + 5)),
            logger: Some("shop".into()),
            message: message.into(),
            ..Record::default()
        }
    }

    fn member(family: u32) -> Member {
        Member { home: 7, family }
    }

    #[test]
    fn as_many_are_kept_as_the_family_with_the_most_has() {
        let store = MemoryIntake::default();
        let mut copies = Copies::new(&store, &Dataset::default(), false, false);
        let mut kept = |family, second, message| copies.admit(member(family), &record(second, message)).unwrap();
        assert!(kept(1, 10, "a") && kept(1, 10, "a"), "a line may repeat inside its family");
        assert!(!kept(2, 10, "a") && !kept(2, 10, "a"), "the same lines elsewhere are copies");
        assert!(kept(2, 10, "a"), "a third one is not");
        assert!(!kept(1, 10, "a"), "and is then the copy's original");
        assert!(kept(2, 11, "a") && kept(2, 10, "b"));
    }

    #[test]
    fn counts_outlive_the_run_and_being_forgotten() {
        let store = MemoryIntake::default();
        let mut first = Copies::new(&store, &Dataset::default(), false, false);
        for second in 0..CACHED as i64 + 10 {
            assert!(first.admit(member(1), &record(second, "tick")).unwrap());
        }
        store.keep(first.notes(0));
        assert!(first.lines > CACHED, "what is not on disk is not forgotten");
        assert!(!first.admit(member(2), &record(0, "tick")).unwrap());
        store.keep(first.notes(1));
        assert!(first.lines < 100, "what is on disk is");
        assert!(!first.admit(member(2), &record(1, "tick")).unwrap());
        let mut second = Copies::new(&store, &Dataset::default(), false, false);
        assert!(!second.admit(member(2), &record(500, "tick")).unwrap());
        assert!(second.admit(member(1), &record(500, "tick")).unwrap(), "the first family has it twice now");
        let mut again = Copies::new(&store, &Dataset::default(), true, false);
        assert!(again.admit(member(2), &record(500, "tick")).unwrap(), "again begins with nothing");
    }

    #[test]
    fn damaged_counts_are_an_error_and_not_a_panic() {
        let mut lines = HashMap::new();
        lines.insert(5, vec![(1, 2), (3, 4)]);
        lines.insert(6, vec![]);
        let bytes = encode(&lines);
        assert_eq!(decode(&bytes), Some(lines));
        assert_eq!(decode(&bytes[..bytes.len() - 1]), None);
    }
}
