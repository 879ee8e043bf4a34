//! Checksums of a file's blocks: whatever part of a file is read is known to be what was written, without reading all of it.
//!
//! They lie in the file itself, before Parquet's footer. The table's log says where, and has the checksum of all that lies
//! behind them. A reader looks at each block once.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Damage, DataFile, StoreError};

/// Bytes of a block.
const BLOCK: u64 = 1 << 16;
/// Bytes of a checksum.
const SUM: usize = size_of::<u32>();

/// Makes the checksums of blocks while a file is written.
#[derive(Debug, Default)]
pub(crate) struct BlockSums {
    whole: Vec<u32>,
    open: u32,
    filled: u64,
}

impl BlockSums {
    pub(crate) fn add(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = (BLOCK - self.filled) as usize;
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.open = crc32c::crc32c_append(self.open, now);
            self.filled += now.len() as u64;
            if self.filled == BLOCK {
                self.whole.push(std::mem::take(&mut self.open));
                self.filled = 0;
            }
            bytes = later;
        }
    }

    /// The checksums of all blocks so far, the last of which may be short, and a checksum of themselves.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let last = (self.filled > 0).then_some(&self.open);
        let mut bytes: Vec<u8> = self.whole.iter().chain(last).flat_map(|sum| sum.to_le_bytes()).collect();
        let own = crc32c::crc32c(&bytes);
        bytes.extend(own.to_le_bytes());
        bytes
    }
}

/// Where the checksums of a file lie, and what the checksum of the bytes behind them is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SumsPlace {
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) footer: u32,
}

/// The checksums of one file, and which of its blocks were found to be what was written.
#[derive(Debug)]
pub struct Sums {
    path: PathBuf,
    size: u64,
    place: SumsPlace,
    known: OnceLock<Known>,
}

#[derive(Debug)]
struct Known {
    sums: Vec<u32>,
    /// A bit for each block that was looked at.
    seen: Vec<AtomicU64>,
}

impl Sums {
    /// The checksums of `file`; none when it has none, because another program wrote it.
    pub fn of(file: &DataFile) -> Option<Self> {
        let place = file.sums?;
        Some(Self { path: file.path.clone(), size: file.size, place, known: OnceLock::new() })
    }

    /// Checks what was read of the file at `at`. Blocks that it holds in part are read again for that.
    ///
    /// [`StoreError::Damaged`] says that something else was written there.
    pub fn check(&self, at: u64, bytes: &[u8]) -> Result<(), StoreError> {
        let known = self.known()?;
        let end = at + bytes.len() as u64;
        let blocks = at / BLOCK..end.min(self.place.from).div_ceil(BLOCK);
        for nth in blocks {
            let word = known.seen.get((nth / 64) as usize);
            let bit = 1 << (nth % 64);
            if word.is_some_and(|word| word.load(Ordering::Relaxed) & bit != 0) {
                continue;
            }
            let block = nth * BLOCK..((nth + 1) * BLOCK).min(self.place.from);
            let found = if at <= block.start && block.end <= end {
                crc32c::crc32c(&bytes[(block.start - at) as usize..(block.end - at) as usize])
            } else {
                crc32c::crc32c(&self.read(block)?)
            };
            if known.sums.get(nth as usize) != Some(&found) {
                return Err(Damage::Checksum.of(&self.path));
            }
            if let Some(word) = word {
                word.fetch_or(bit, Ordering::Relaxed);
            }
        }
        Ok(())
    }

    /// Checks the file's end, which is its footer and these checksums.
    pub fn check_end(&self) -> Result<(), StoreError> {
        self.known().map(|_| ())
    }

    /// About the bytes that this takes in memory.
    pub fn memory(&self) -> usize {
        let blocks = self.known.get().map_or(0, |known| known.sums.len());
        size_of::<Self>() + self.path.as_os_str().len() + blocks * SUM + blocks / 8
    }

    fn known(&self) -> Result<&Known, StoreError> {
        if let Some(known) = self.known.get() {
            return Ok(known);
        }
        let read = self.read_end()?;
        Ok(self.known.get_or_init(|| read))
    }

    fn read_end(&self) -> Result<Known, StoreError> {
        let damaged = || Damage::Checksum.of(&self.path);
        let SumsPlace { from, to, footer } = self.place;
        if !(from < to && to < self.size) {
            return Err(damaged());
        }
        let end = self.read(from..self.size)?;
        let (sums, behind) = end.split_at_checked((to - from) as usize).ok_or_else(damaged)?;
        let (sums, own) = sums.split_last_chunk::<SUM>().ok_or_else(damaged)?;
        let sound = crc32c::crc32c(behind) == footer && crc32c::crc32c(sums) == u32::from_le_bytes(*own);
        if !sound || sums.len() as u64 != from.div_ceil(BLOCK) * SUM as u64 {
            return Err(damaged());
        }
        let sums: Vec<u32> = sums.as_chunks::<SUM>().0.iter().map(|sum| u32::from_le_bytes(*sum)).collect();
        let seen = (0..sums.len().div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        Ok(Known { sums, seen })
    }

    fn read(&self, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        let read = || -> std::io::Result<Result<Vec<u8>, Damage>> {
            let file = File::open(&self.path)?;
            let found = file.metadata()?.len();
            if found != self.size {
                return Ok(Err(Damage::Size { found, expected: self.size }));
            }
            let mut bytes = vec![0; (range.end - range.start) as usize];
            file.read_exact_at(&mut bytes, range.start)?;
            Ok(Ok(bytes))
        };
        read().map_err(|error| StoreError::io("read", &self.path, error))?.map_err(|damage| damage.of(&self.path))
    }
}

/// For a file that has no place for its checksum: its version, bytes and checksum, and a checksum of the line itself, so that
/// a damaged line says nothing.
pub(crate) fn line(version: u64, bytes: &[u8]) -> String {
    let line = format!("{version} {} {:08x}", bytes.len(), crc32c::crc32c(bytes));
    format!("{line} {:08x}\n", crc32c::crc32c(line.as_bytes()))
}

/// What [`line`] wrote.
pub(crate) fn read_line(text: &str) -> Option<(u64, u64, u32)> {
    let (line, own) = text.trim_end().rsplit_once(' ')?;
    let hex = |text: &str| u32::from_str_radix(text, 16).ok();
    if hex(own)? != crc32c::crc32c(line.as_bytes()) {
        return None;
    }
    let mut words = line.split(' ');
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?, hex(words.next()?)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A file of `len` bytes, its checksums and a footer.
    fn file(len: usize) -> (tempfile::TempDir, DataFile, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes: Vec<u8> = (0..len).map(|n| (n * 7 + n / 256) as u8).collect();
        let mut sums = BlockSums::default();
        bytes.chunks(1_000).for_each(|chunk| sums.add(chunk));
        bytes.extend(sums.encode());
        let footer = b"the footer";
        let place = SumsPlace { from: len as u64, to: bytes.len() as u64, footer: crc32c::crc32c(footer) };
        bytes.extend(footer);
        let path = folder.path().join("file");
        std::fs::write(&path, &bytes).unwrap();
        let file = DataFile {
            path,
            size: bytes.len() as u64,
            rows: 0,
            raw_bytes: 0,
            time: None,
            index: None,
            sums: Some(place),
        };
        (folder, file, bytes)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(30))]
        #[test]
        fn a_changed_byte_is_seen_by_whoever_reads_it(
            len in 1usize..300_000, flip in any::<prop::sample::Index>(), from in any::<prop::sample::Index>(), size in 1usize..200_000,
        ) {
            let (_folder, file, mut bytes) = file(len);
            let from = from.index(len);
            let range = from..(from + size).min(len);
            let sound = Sums::of(&file).unwrap();
            sound.check(range.start as u64, &bytes[range.clone()]).unwrap();
            sound.check(range.start as u64, &bytes[range.clone()]).unwrap();
            let flip = flip.index(bytes.len());
            bytes[flip] ^= 4;
            std::fs::write(&file.path, &bytes).unwrap();
            let checked = Sums::of(&file).unwrap().check(range.start as u64, &bytes[range.clone()]);
            let hit = range.contains(&flip) || flip >= len;
            prop_assert!(checked.is_err() || !hit);
            // Only a block that is read in part may be damaged elsewhere.
            let near = range.start / BLOCK as usize * BLOCK as usize..range.end.next_multiple_of(BLOCK as usize);
            prop_assert!(checked.is_ok() || hit || near.contains(&flip));
        }
    }

    #[test]
    fn a_cut_file_is_named_with_its_size() {
        let (_folder, file, bytes) = file(100_000);
        std::fs::write(&file.path, &bytes[..90_000]).unwrap();
        let error = Sums::of(&file).unwrap().check_end().unwrap_err();
        assert!(matches!(error, StoreError::Damaged { what: Damage::Size { found: 90_000, .. }, .. }), "{error}");
    }

    #[test]
    fn a_changed_line_says_nothing() {
        let text = line(12, b"bytes");
        assert_eq!(read_line(&text), Some((12, 5, crc32c::crc32c(b"bytes"))));
        for at in 0..text.len() - 1 {
            let mut changed = text.clone().into_bytes();
            changed[at] ^= 1;
            assert_eq!(std::str::from_utf8(&changed).ok().and_then(read_line), None, "byte {at}");
        }
    }
}
