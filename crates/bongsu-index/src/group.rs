//! The index of one row group, read part by part as questions need it; and the directory that says where the parts lie.

use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::codec::{Taker, put_number, put_signed};
use crate::counts::Counts;
use crate::grams::Grams;
use crate::ids::Ids;
use crate::numbers::Numbers;
use crate::runs::{Shapes, Templates};
use crate::{counts, runs};

/// The form of a directory; another one is not read.
const FORM: u8 = 2;
/// No part is larger than this once it is unpacked.
const MAX_UNPACKED: usize = 256 << 20;

/// Parts of an index.
const PARTS: usize = 6;

/// Where the bytes of an index come from, and what the groups of a store share.
pub trait Source {
    /// The bytes of the file that lie there; none when they cannot be read.
    fn read(&self, at: Range<u64>) -> Option<Vec<u8>>;

    /// The shapes that are known.
    fn shapes(&self) -> &Shapes;
}

/// The parts of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Templates,
    Words,
    Grams,
    Ids,
    Counts,
    Numbers,
}

impl Part {
    const ALL: [Self; PARTS] = [Self::Templates, Self::Words, Self::Grams, Self::Ids, Self::Counts, Self::Numbers];

    fn is_packed(self) -> bool {
        !matches!(self, Self::Words | Self::Ids)
    }
}

/// The parts of one group's index, made and not yet written.
#[derive(Debug, Clone, Default)]
pub struct Made {
    pub(crate) rows: u32,
    pub(crate) time: Option<(i64, i64)>,
    pub(crate) parts: [Vec<u8>; PARTS],
}

impl Made {
    pub(crate) fn put(&mut self, part: Part, bytes: Vec<u8>) {
        self.parts[part as usize] = if part.is_packed() { pack(&bytes) } else { bytes };
    }

    /// The bytes of all parts, to be written one behind the other from `at` on, and the entry for the directory.
    pub fn place(&self, at: u64) -> (Vec<u8>, Entry) {
        let mut bytes = Vec::with_capacity(self.parts.iter().map(Vec::len).sum());
        let parts = self.parts.each_ref().map(|part| {
            let place = Place { at: at + bytes.len() as u64, len: part.len() as u32, crc: crc32c::crc32c(part) };
            bytes.extend_from_slice(part);
            place
        });
        (bytes, Entry { rows: self.rows, time: self.time, parts })
    }
}

/// Where a part lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    at: u64,
    len: u32,
    crc: u32,
}

/// What the directory says of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    rows: u32,
    time: Option<(i64, i64)>,
    parts: [Place; PARTS],
}

impl Entry {
    /// Bytes of each part: templates, words, grams, ids, counts and numbers.
    pub fn sizes(&self) -> [u32; PARTS] {
        self.parts.map(|place| place.len)
    }

    /// Rows of the group.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// The first and the last microsecond in the group.
    pub fn time(&self) -> Option<(i64, i64)> {
        self.time
    }
}

/// The bytes of a directory of a file's groups, in order.
pub fn encode_directory(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = vec![FORM];
    put_number(&mut bytes, entries.len() as u64);
    for entry in entries {
        put_number(&mut bytes, u64::from(entry.rows));
        bytes.push(u8::from(entry.time.is_some()));
        if let Some((from, to)) = entry.time {
            put_signed(&mut bytes, from);
            put_signed(&mut bytes, to);
        }
        for place in &entry.parts {
            put_number(&mut bytes, place.at);
            put_number(&mut bytes, u64::from(place.len));
            put_number(&mut bytes, u64::from(place.crc));
        }
    }
    let crc = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes
}

/// What [`encode_directory`] wrote; none when these are other bytes.
pub fn decode_directory(bytes: &[u8]) -> Option<Vec<Entry>> {
    let (body, crc) = bytes.split_last_chunk::<4>()?;
    if crc32c::crc32c(body) != u32::from_le_bytes(*crc) || body.first() != Some(&FORM) {
        return None;
    }
    let mut taker = Taker(&body[1..]);
    (0..taker.count()?).map(|_| entry(&mut taker)).collect()
}

fn entry(taker: &mut Taker<'_>) -> Option<Entry> {
    let rows = taker.small()?;
    let time = match taker.number()? {
        0 => None,
        _ => Some((taker.signed()?, taker.signed()?)),
    };
    let mut parts = [Place { at: 0, len: 0, crc: 0 }; PARTS];
    for place in &mut parts {
        *place = Place { at: taker.number()?, len: taker.small()?, crc: taker.small()? };
    }
    Some(Entry { rows, time, parts })
}

/// The index of one row group.
#[derive(Debug)]
pub struct Group {
    entry: Entry,
    templates: OnceLock<Option<Templates>>,
    words: OnceLock<Option<Vec<u8>>>,
    grams: OnceLock<Option<Grams>>,
    ids: OnceLock<Option<Ids>>,
    counts: OnceLock<Option<Counts>>,
    numbers: OnceLock<Option<Numbers>>,
    size: AtomicUsize,
}

impl Group {
    /// The group of which the directory says `entry`.
    pub fn new(entry: Entry) -> Self {
        Self {
            entry,
            templates: OnceLock::new(),
            words: OnceLock::new(),
            grams: OnceLock::new(),
            ids: OnceLock::new(),
            counts: OnceLock::new(),
            numbers: OnceLock::new(),
            size: AtomicUsize::new(size_of::<Self>()),
        }
    }

    /// Rows of the group.
    pub fn rows(&self) -> u32 {
        self.entry.rows
    }

    /// The first and the last microsecond in the group.
    pub fn time(&self) -> Option<(i64, i64)> {
        self.entry.time
    }

    /// About the bytes that it takes in memory.
    pub fn size(&self) -> usize {
        self.size.load(Ordering::Relaxed)
    }

    /// Which rows have which service and template; none when that cannot be read.
    pub fn templates(&self, source: &dyn Source) -> Option<&Templates> {
        let read = || {
            let found = runs::decode(&self.part(Part::Templates, source)?, self.rows(), source.shapes())?;
            self.grow(found.size());
            Some(found)
        };
        self.templates.get_or_init(read).as_ref()
    }

    /// Rows by minute, level and service; none when that cannot be read.
    pub fn counts(&self, source: &dyn Source) -> Option<&Counts> {
        let read = || {
            let found = counts::Counts::decode(&self.part(Part::Counts, source)?)?;
            self.grow(found.counts.len() * size_of::<counts::Count>());
            Some(found)
        };
        self.counts.get_or_init(read).as_ref()
    }

    /// The numbers of each service's rows; none when they cannot be read.
    pub fn numbers(&self, source: &dyn Source) -> Option<&Numbers> {
        let read = || {
            let found = Numbers::decode(&self.part(Part::Numbers, source)?)?;
            self.grow(found.size());
            Some(found)
        };
        self.numbers.get_or_init(read).as_ref()
    }

    pub(crate) fn words(&self, source: &dyn Source) -> Option<&Vec<u8>> {
        let read = || self.part(Part::Words, source).inspect(|words| self.grow(words.len()));
        self.words.get_or_init(read).as_ref()
    }

    pub(crate) fn grams(&self, source: &dyn Source) -> Option<&Grams> {
        let read = || {
            self.grow(Grams::SIZE);
            Grams::decode(self.part(Part::Grams, source)?)
        };
        self.grams.get_or_init(read).as_ref()
    }

    pub(crate) fn ids(&self, source: &dyn Source) -> Option<&Ids> {
        let read = || {
            let found = Ids::decode(self.part(Part::Ids, source)?)?;
            self.grow(found.size());
            Some(found)
        };
        self.ids.get_or_init(read).as_ref()
    }

    fn grow(&self, bytes: usize) {
        self.size.fetch_add(bytes, Ordering::Relaxed);
    }

    fn part(&self, part: Part, source: &dyn Source) -> Option<Vec<u8>> {
        debug_assert_eq!(Part::ALL[part as usize], part);
        let place = self.entry.parts[part as usize];
        let bytes = source.read(place.at..place.at.checked_add(place.len.into())?)?;
        if crc32c::crc32c(&bytes) != place.crc {
            return None;
        }
        if part.is_packed() { unpack(&bytes) } else { Some(bytes) }
    }
}

/// zstd level of packed parts, which are small.
const LEVEL: i32 = 9;

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    put_number(&mut packed, bytes.len() as u64);
    packed.extend(zstd::bulk::compress(bytes, LEVEL).unwrap_or_default());
    packed
}

fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let mut taker = Taker(packed);
    let len = usize::try_from(taker.number()?).ok()?;
    if len > MAX_UNPACKED {
        return None;
    }
    zstd::bulk::decompress(taker.0, len).ok()
}
