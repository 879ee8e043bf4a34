//! Looking at a file without reading it: its head, its length, and whether it is one that was read before.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::binary::SAMPLE;
use crate::decompress::{self, Opened};
use crate::fingerprint::{Head, TAIL, tail};
use crate::inputs::Stat;

/// Reads an open file from a place of its own, so that one handle serves several readers.
#[derive(Debug)]
pub(crate) struct FileReader<'a> {
    file: &'a File,
    at: u64,
}

impl<'a> FileReader<'a> {
    pub(crate) fn new(file: &'a File, at: u64) -> Self {
        Self { file, at }
    }
}

impl Read for FileReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// An open file and what is known of its content.
#[derive(Debug)]
pub(crate) struct Probe {
    pub(crate) path: PathBuf,
    pub(crate) stat: Stat,
    pub(crate) file: File,
    pub(crate) compressed: bool,
    /// Its first bytes, unpacked.
    pub(crate) sample: Vec<u8>,
    /// Of a compressed file: its unpacked length, and the tails at places that were asked for.
    measured: Option<(u64, BTreeMap<u64, u64>)>,
}

impl Probe {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Self::of(path, File::open(path)?)
    }

    /// Looks at a file that is already open; `path` is what it is called.
    pub(crate) fn of(path: &Path, file: File) -> io::Result<Self> {
        let stat = Stat::of(&file.metadata()?);
        let (compressed, sample) = {
            let opened = decompress::open(FileReader::new(&file, 0))?;
            let mut sample = Vec::new();
            let read = opened.bytes.take(SAMPLE as u64).read_to_end(&mut sample);
            if sample.is_empty() {
                read?;
            }
            (opened.compressed, sample)
        };
        Ok(Self { path: path.to_owned(), stat, file, compressed, sample, measured: None })
    }

    /// The unpacked bytes from the beginning.
    pub(crate) fn unpack(&self) -> io::Result<Opened<'_>> {
        decompress::open(FileReader::new(&self.file, 0))
    }

    /// The head of `len` bytes; none when the file is shorter.
    pub(crate) fn head(&self, len: usize) -> Option<Head> {
        Head::of(&self.sample, len)
    }

    /// Prepares [`Probe::tail_at`] and [`Probe::len`]: a compressed file is unpacked once, to its end or to where it is torn.
    pub(crate) fn measure(&mut self, offsets: impl Iterator<Item = u64>) -> io::Result<()> {
        if !self.compressed {
            return Ok(());
        }
        let mut wanted: Vec<u64> = offsets.collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut tails = BTreeMap::new();
        let mut input = self.unpack()?.bytes;
        let mut recent: Vec<u8> = Vec::new();
        let mut at = 0u64;
        let mut next = wanted.into_iter().peekable();
        loop {
            let stop = next.peek().map_or(u64::MAX, |wanted| wanted - at);
            recent.drain(..recent.len().saturating_sub(TAIL));
            let before = recent.len();
            let read = input.by_ref().take(stop.min(256 << 10)).read_to_end(&mut recent);
            at += (recent.len() - before) as u64;
            while next.next_if_eq(&at).is_some() {
                tails.insert(at, tail(&recent));
            }
            if read.is_err() || (recent.len() == before && stop > 0) {
                break;
            }
        }
        drop(input);
        self.measured = Some((at, tails));
        Ok(())
    }

    /// Unpacked bytes of the file.
    pub(crate) fn len(&self) -> u64 {
        self.measured.as_ref().map_or(self.stat.size, |(len, _)| *len)
    }

    /// The hash of the bytes before `offset`; none when the file does not reach so far.
    pub(crate) fn tail_at(&self, offset: u64) -> Option<u64> {
        if let Some((_, tails)) = &self.measured {
            return tails.get(&offset).copied();
        }
        let before = self.bytes_before(offset).ok()?;
        (before.len() as u64 == offset.min(TAIL as u64)).then(|| tail(&before))
    }

    /// Up to [`TAIL`] bytes before `offset` of a plain file.
    pub(crate) fn bytes_before(&self, offset: u64) -> io::Result<Vec<u8>> {
        let from = offset.saturating_sub(TAIL as u64);
        let mut before = Vec::new();
        FileReader::new(&self.file, from).take(offset - from).read_to_end(&mut before)?;
        Ok(before)
    }

    /// Whether `other` begins with everything this file holds. A torn archive holds what can be unpacked of it.
    pub(crate) fn begins(&self, other: &Self) -> io::Result<bool> {
        let (mut mine, mut others) = (self.unpack()?.bytes, other.unpack()?.bytes);
        let (mut a, mut b) = (Vec::new(), Vec::new());
        loop {
            a.clear();
            b.clear();
            let torn = mine.by_ref().take(256 << 10).read_to_end(&mut a).is_err();
            let _ = others.by_ref().take(a.len() as u64).read_to_end(&mut b);
            if a != b {
                return Ok(false);
            }
            if torn || a.is_empty() {
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::decompress::tests::gzip;

    fn probe(dir: &Path, name: &str, content: &[u8]) -> Probe {
        fs::write(dir.join(name), content).unwrap();
        Probe::open(&dir.join(name)).unwrap()
    }

    #[test]
    fn a_compressed_file_shows_the_same_as_the_plain_one() {
        let dir = tempfile::tempdir().unwrap();
        let text: Vec<u8> = (0..400_000u32).flat_map(|n| format!("{n}\n").into_bytes()).collect();
        let plain = probe(dir.path(), "a", &text);
        let mut packed = probe(dir.path(), "a.gz", &gzip(&text));
        let offsets = [1, 5_000, 262_144, 1_000_000, text.len() as u64, text.len() as u64 + 1];
        packed.measure(offsets.into_iter()).unwrap();
        assert_eq!(packed.len(), plain.len());
        assert_eq!(packed.head(1024), plain.head(1024));
        for offset in offsets {
            assert_eq!(packed.tail_at(offset), plain.tail_at(offset), "{offset}");
            assert_eq!(plain.tail_at(offset).is_some(), offset <= text.len() as u64);
        }
    }

    #[test]
    fn a_copy_in_progress_begins_its_original() {
        let dir = tempfile::tempdir().unwrap();
        let text = b"one line after another\n".repeat(30_000);
        let whole = probe(dir.path(), "whole", &text);
        let part = probe(dir.path(), "part", &text[..400_000]);
        let packed = gzip(&text);
        let torn = probe(dir.path(), "torn.gz", &packed[..packed.len() / 2]);
        let other = probe(dir.path(), "other", &[&text[..400_000], b"else\n"].concat());
        assert!(part.begins(&whole).unwrap());
        assert!(torn.begins(&whole).unwrap());
        assert!(!whole.begins(&part).unwrap());
        assert!(!other.begins(&whole).unwrap());
    }
}
