//! A file of the write-ahead log: a header, then frames. What a scan finds in it, damage included.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::StoreError;
use crate::frame::{HEADER, Header, MAGIC};

/// Bytes of a segment's own header.
pub(crate) const SEGMENT_HEADER: usize = 32;
const SEGMENT_MAGIC: [u8; 8] = *b"bongsuW1";

/// What a segment's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    /// The number of the first frame that the segment may hold.
    pub(crate) first: u64,
    /// All `_id`s given before the segment was begun are below this sequence number.
    pub(crate) next_id: u64,
}

impl SegmentHeader {
    pub(crate) fn encode(self) -> [u8; SEGMENT_HEADER] {
        let mut bytes = [0; SEGMENT_HEADER];
        bytes[0..8].copy_from_slice(&SEGMENT_MAGIC);
        bytes[8..16].copy_from_slice(&self.first.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.next_id.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..24]);
        bytes[24..28].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; SEGMENT_HEADER] = bytes.first_chunk()?;
        let number = |at: usize| bytes[at..].first_chunk().map(|eight| u64::from_le_bytes(*eight));
        let crc = u32::from_le_bytes(*bytes[24..].first_chunk()?);
        let sound = bytes[..8] == SEGMENT_MAGIC && crc == crc32c::crc32c(&bytes[..24]);
        if sound { Some(Self { first: number(8)?, next_id: number(16)? }) } else { None }
    }
}

/// The path of the segment whose first frame has this number.
pub(crate) fn segment_path(wal: &Path, first: u64) -> PathBuf {
    wal.join(format!("{first:020}.wal"))
}

/// The segments there are, oldest first.
pub(crate) fn list(wal: &Path) -> Result<Vec<(u64, PathBuf)>, StoreError> {
    let read = |error| StoreError::io("read", wal, error);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(wal).map_err(read)? {
        let path = entry.map_err(read)?.path();
        let first = path.file_stem().and_then(|stem| stem.to_str()?.parse::<u64>().ok());
        if let (Some(first), true) = (first, path.extension().is_some_and(|ext| ext == "wal")) {
            found.push((first, path));
        }
    }
    found.sort();
    Ok(found)
}

/// What is in a segment.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(crate) header: Option<SegmentHeader>,
    /// Sound frames with the place of their bodies.
    pub(crate) frames: Vec<(Header, Range<usize>)>,
    /// Bytes that are no sound frame, with sound frames behind them.
    pub(crate) damage: Vec<Range<usize>>,
    /// Bytes behind the last sound frame.
    pub(crate) tail: Range<usize>,
}

/// Looks through a segment's bytes.
pub(crate) fn scan(bytes: &[u8]) -> Scan {
    let header = SegmentHeader::decode(bytes);
    let mut found = Scan { header, ..Scan::default() };
    let mut at = if header.is_some() { SEGMENT_HEADER } else { 0 };
    while at < bytes.len() {
        if let Some((header, body)) = frame_at(bytes, at) {
            at = body.end;
            found.frames.push((header, body));
            continue;
        }
        let Some(next) = next_frame(bytes, at + 1) else { break };
        found.damage.push(at..next);
        at = next;
    }
    found.tail = at.min(bytes.len())..bytes.len();
    found
}

fn frame_at(bytes: &[u8], at: usize) -> Option<(Header, Range<usize>)> {
    let header = Header::decode(bytes.get(at..)?)?;
    let body = at + HEADER..at + HEADER + header.body;
    let sound = crc32c::crc32c(bytes.get(body.clone())?) == header.body_crc;
    sound.then_some((header, body))
}

fn next_frame(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(rest) = bytes.get(at..) {
        let found = at + rest.windows(MAGIC.len()).position(|window| window == MAGIC)?;
        if frame_at(bytes, found).is_some() {
            return Some(found);
        }
        at = found + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn segment(bodies: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = SegmentHeader { first: 1, next_id: 9 }.encode().to_vec();
        for (number, body) in bodies.iter().enumerate() {
            let header = Header { number: number as u64 + 1, body: body.len(), body_crc: crc32c::crc32c(body) };
            bytes.extend(header.encode());
            bytes.extend(body);
        }
        bytes
    }

    #[test]
    fn damage_in_the_middle_hides_one_frame_only() {
        let mut bytes = segment(&[vec![1; 40], vec![2; 40], vec![3; 40]]);
        bytes[SEGMENT_HEADER + HEADER + 40 + HEADER + 3] ^= 1;
        let found = scan(&bytes);
        assert_eq!(found.frames.iter().map(|(header, _)| header.number).collect::<Vec<_>>(), [1, 3]);
        assert_eq!((found.damage.len(), found.tail.len()), (1, 0));
    }

    proptest! {
        #[test]
        fn frames_before_a_cut_are_all_found(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 1..8),
            cut in any::<prop::sample::Index>(),
        ) {
            let bytes = segment(&bodies);
            let cut = SEGMENT_HEADER + cut.index(bytes.len() - SEGMENT_HEADER + 1);
            let found = scan(&bytes[..cut]);
            let mut end = SEGMENT_HEADER;
            let whole = bodies.iter().take_while(|body| { end += HEADER + body.len(); end <= cut }).count();
            prop_assert_eq!(found.frames.len(), whole);
            prop_assert!(found.damage.is_empty());
        }

        #[test]
        fn a_flipped_bit_hides_at_most_one_frame(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 1..8),
            at in any::<prop::sample::Index>(),
            bit in 0..8u8,
        ) {
            let mut bytes = segment(&bodies);
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let found = scan(&bytes);
            let lost = usize::from(at >= SEGMENT_HEADER);
            prop_assert_eq!(found.frames.len(), bodies.len() - lost);
            prop_assert_eq!(found.header.is_some(), lost == 1 || (28..32).contains(&at));
        }
    }
}
