//! Lines that could not be taken, and why: files of JSON lines in `refused/`, and the write-ahead log until then.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bongsu_model::{Dataset, Refusal, TimeRange, Timestamp};
use serde::{Deserialize, Serialize};

use crate::disk::{Disk, write_whole};
use crate::layout::Layout;
use crate::{Damage, StoreError, format, recover};

/// Bytes of one file of refused lines.
const FILE_BYTES: u64 = 32 << 20;

/// One refused line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedLine {
    /// When it was refused.
    pub time: Timestamp,
    /// The dataset it was meant for.
    pub dataset: Dataset,
    /// File or input it came from.
    pub source: String,
    /// Byte offset in `source`.
    pub offset: u64,
    /// Why.
    pub reason: Refusal,
    /// The line, cut at [`bongsu_model::Refused::MAX_RAW`] bytes.
    pub raw: Vec<u8>,
}

/// Which refused lines are asked for.
#[derive(Debug, Clone, Default)]
pub struct RefusedFilter {
    /// When they were refused.
    pub range: TimeRange,
    /// Only those meant for this dataset.
    pub dataset: Option<Dataset>,
}

/// Refused lines, oldest first.
pub type RefusedLines = Box<dyn Iterator<Item = Result<RefusedLine, StoreError>> + Send>;

/// Which line of which frame: the order in which lines were refused.
pub(crate) type Place = (u64, u32);

/// A refused line as it stands in a file.
#[derive(Serialize, Deserialize)]
struct Stored {
    time: String,
    dataset: String,
    source: String,
    offset: u64,
    reason: String,
    raw: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    raw_base64: Option<String>,
    frame: u64,
    nth: u32,
    /// The checksum of the line without it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    crc32c: Option<String>,
}

impl Stored {
    fn new((frame, nth): Place, line: &RefusedLine) -> Self {
        let text = String::from_utf8_lossy(&line.raw);
        let exact = matches!(text, std::borrow::Cow::Borrowed(_));
        let stored = Self {
            time: line.time.to_string(),
            dataset: line.dataset.to_string(),
            source: line.source.clone(),
            offset: line.offset,
            reason: line.reason.to_string(),
            raw_base64: (!exact).then(|| BASE64_STANDARD.encode(&line.raw)),
            raw: text.into_owned(),
            frame,
            nth,
            crc32c: None,
        };
        Self { crc32c: Some(stored.sum()), ..stored }
    }

    /// What a line of a file says; none when it is damaged.
    fn read(text: &[u8]) -> Option<Self> {
        let mut stored: Self = serde_json::from_slice(text).ok()?;
        match stored.crc32c.take() {
            Some(expected) if expected != stored.sum() => None,
            _ => Some(stored),
        }
    }

    fn sum(&self) -> String {
        format!("{:08x}", crc32c::crc32c(&serde_json::to_vec(self).unwrap_or_default()))
    }

    fn line(self) -> Option<RefusedLine> {
        let raw =
            self.raw_base64.and_then(|text| BASE64_STANDARD.decode(text).ok()).unwrap_or_else(|| self.raw.into_bytes());
        Some(RefusedLine {
            time: Timestamp::from_jiff(self.time.parse().ok()?)?,
            dataset: self.dataset.parse().ok()?,
            source: self.source,
            offset: self.offset,
            reason: Refusal::from_text(&self.reason),
            raw,
        })
    }
}

impl RefusedFilter {
    fn passes(&self, line: &RefusedLine) -> bool {
        self.range.contains(line.time) && self.dataset.as_ref().is_none_or(|dataset| *dataset == line.dataset)
    }
}

/// The refused lines of the data directory `data` that pass `filter`, oldest first. Works beside a running writer.
pub fn refused(data: &Path, filter: &RefusedFilter) -> Result<RefusedLines, StoreError> {
    let layout = Layout::new(data);
    format::check(&layout)?;
    let waiting = recover::refused_in_log(&layout)?;
    let files = list(&layout.refused())?;
    let mut last: Place = (0, 0);
    let filter = filter.clone();
    let mut files = files.into_iter();
    let mut open: Option<(PathBuf, BufReader<File>)> = None;
    let mut waiting = waiting.into_iter();
    let next = move || -> Option<Result<RefusedLine, StoreError>> {
        loop {
            let Some((path, reader)) = &mut open else {
                let Some((_, path)) = files.next() else { break };
                match File::open(&path) {
                    Ok(file) => open = Some((path, BufReader::new(file))),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    Err(error) => return Some(Err(StoreError::io("read", &path, error))),
                }
                continue;
            };
            let mut text = Vec::new();
            match reader.read_until(b'\n', &mut text) {
                Err(error) => {
                    let error = StoreError::io("read", path, error);
                    open = None;
                    return Some(Err(error));
                }
                Ok(_) if text.last() != Some(&b'\n') => {
                    open = None;
                    continue;
                }
                Ok(_) => {}
            }
            let Some(stored) = Stored::read(&text) else {
                return Some(Err(Damage::RefusedLine.of(path)));
            };
            // A line may stand twice when the store went down between writing it and noting that it was written.
            let place = (stored.frame, stored.nth);
            if place <= last {
                continue;
            }
            last = place;
            if let Some(line) = stored.line().filter(|line| filter.passes(line)) {
                return Some(Ok(line));
            }
        }
        let (_, line) = waiting.find(|(place, line)| *place > last && filter.passes(line))?;
        Some(Ok(line))
    };
    Ok(Box::new(std::iter::from_fn(next)))
}

/// How many refused lines were deleted because there were too many.
pub fn refused_dropped(data: &Path) -> u64 {
    let path = Layout::new(data).refused().join("DROPPED");
    fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

/// The files of refused lines, oldest first, with their numbers.
pub(crate) fn list(folder: &Path) -> Result<Vec<(u64, PathBuf)>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(StoreError::io("read", folder, error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| StoreError::io("read", folder, error))?.path();
        let number = path.file_name().and_then(|name| number_of(name.to_str()?));
        files.extend(number.map(|number| (number, path)));
    }
    files.sort();
    Ok(files)
}

fn number_of(name: &str) -> Option<u64> {
    name.strip_suffix(".jsonl")?.split_once('-')?.0.parse().ok()
}

/// Writes refused lines to files: the one writer's side.
#[derive(Debug)]
pub(crate) struct RefusedFiles {
    folder: PathBuf,
    /// The file that was last written to and its durable length, as the database has them.
    place: Option<(String, u64)>,
    limit: u64,
}

impl RefusedFiles {
    /// Goes on from `place`: what was written behind it belongs to no commit and is cut off.
    pub(crate) fn open(
        folder: &Path,
        disk: &dyn Disk,
        place: Option<(String, u64)>,
        limit: u64,
    ) -> Result<Self, StoreError> {
        let files = list(folder)?;
        let Some((name, len)) = &place else {
            return Ok(Self { folder: folder.to_owned(), place: end_of(&files)?, limit });
        };
        let last = number_of(name);
        if files.iter().any(|(number, path)| Some(*number) == last && size(path) < *len) {
            // It was cut by somebody else; what is written next must not leave a gap.
            return Ok(Self { folder: folder.to_owned(), place: end_of(&files)?, limit });
        }
        for (number, path) in files {
            let fail = |error| StoreError::io("write", &path, error);
            if Some(number) > last {
                disk.remove(&path).map_err(fail)?;
            } else if Some(number) == last {
                disk.append(&path).and_then(|mut file| file.truncate(*len)).map_err(fail)?;
            }
        }
        Ok(Self { folder: folder.to_owned(), place, limit })
    }

    /// Appends lines durably; the answer is what the database must note for them to count.
    pub(crate) fn append(
        &mut self,
        disk: &dyn Disk,
        now: Timestamp,
        lines: &[(Place, RefusedLine)],
    ) -> Result<Option<(String, u64)>, StoreError> {
        if lines.is_empty() {
            return Ok(self.place.clone());
        }
        let (name, len) = match self.place.clone() {
            Some((name, len)) if len < FILE_BYTES => (name, len),
            before => {
                let number = before.and_then(|(name, _)| number_of(&name)).map_or(1, |number| number + 1);
                (format!("{number:08}-{}.jsonl", crate::day::day_name(i64::from(now.utc_day()))), 0)
            }
        };
        let path = self.folder.join(&name);
        let mut text = Vec::new();
        for (place, line) in lines {
            serde_json::to_writer(&mut text, &Stored::new(*place, line))
                .map_err(|error| StoreError::damaged(&path, error))?;
            text.push(b'\n');
        }
        let write = || -> std::io::Result<()> {
            let mut file = disk.append(&path)?;
            file.truncate(len)?;
            file.write_all(&text)?;
            file.sync()?;
            disk.sync_dir(&self.folder)
        };
        write().map_err(|error| StoreError::io("write", &path, error))?;
        Ok(Some((name, len + text.len() as u64)))
    }

    /// Notes that the database has what [`RefusedFiles::append`] answered, and deletes the oldest files past the limit.
    pub(crate) fn committed(&mut self, disk: &dyn Disk, place: Option<(String, u64)>) -> Result<(), StoreError> {
        self.place = place;
        let files = list(&self.folder)?;
        let mut total: u64 = files.iter().map(|(_, path)| size(path)).sum();
        for (_, path) in files.iter().take(files.len().saturating_sub(1)) {
            if total <= self.limit {
                break;
            }
            total -= size(path);
            let lines = fs::read(path).map_or(0, |text| text.split(|byte| *byte == b'\n').count() as u64 - 1);
            let dropped = self.folder.join("DROPPED");
            let before: u64 = fs::read_to_string(&dropped).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
            tracing::warn!(lines, file = %path.display(), "too many refused lines; the oldest are deleted");
            write_whole(disk, &dropped, format!("{}\n", before + lines).as_bytes())
                .and_then(|()| disk.remove(path))
                .map_err(|error| StoreError::io("write", path, error))?;
        }
        Ok(())
    }
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |meta| meta.len())
}

/// The bytes up to the end of the last whole line.
fn whole_lines(text: &[u8]) -> usize {
    text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1)
}

/// A file in which something is wrong.
pub(crate) struct Broken {
    pub(crate) path: PathBuf,
    pub(crate) what: Damage,
    /// The lines that are sound.
    pub(crate) sound: Vec<u8>,
}

/// The files of refused lines in which something is wrong. `place` is the last file and its length, as the database has them.
pub(crate) fn broken(folder: &Path, place: Option<&(String, u64)>) -> Result<Vec<Broken>, StoreError> {
    let mut broken = Vec::new();
    let last = place.and_then(|(name, len)| Some((number_of(name)?, *len)));
    for (number, path) in list(folder)? {
        let mut text = fs::read(&path).map_err(|error| StoreError::io("read", &path, error))?;
        let found = text.len() as u64;
        let expected = match last {
            // No commit knows it, and it may be unfinished.
            Some((last, _)) if number > last => continue,
            Some((last, len)) => Some(if number == last { len } else { found }),
            None => None,
        };
        text.truncate(expected.map_or_else(|| whole_lines(&text), |len| len as usize));
        let lines = text.split_inclusive(|byte| *byte == b'\n');
        let (sound, damaged): (Vec<&[u8]>, Vec<_>) =
            lines.partition(|line| line.ends_with(b"\n") && Stored::read(line).is_some());
        let what = match expected.filter(|expected| found < *expected) {
            Some(expected) => Damage::Size { found, expected },
            None if damaged.is_empty() => continue,
            None => Damage::RefusedLine,
        };
        broken.push(Broken { path, what, sound: sound.concat() });
    }
    Ok(broken)
}

/// The last file and where its last whole line ends: what to go on from when the database knows nothing.
fn end_of(files: &[(u64, PathBuf)]) -> Result<Option<(String, u64)>, StoreError> {
    let Some((_, path)) = files.last() else { return Ok(None) };
    let text = fs::read(path).map_err(|error| StoreError::io("read", path, error))?;
    let len = whole_lines(&text);
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Some((name, len as u64)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::RealDisk;

    fn line(raw: &[u8]) -> RefusedLine {
        RefusedLine {
            time: Timestamp::from_nanos(1_234_567_891),
            dataset: Dataset::default(),
            source: "a.log".into(),
            offset: 9,
            reason: Refusal::Zip,
            raw: raw.to_vec(),
        }
    }

    #[test]
    fn what_no_commit_knows_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        fs::create_dir_all(layout.refused()).unwrap();
        fs::create_dir_all(layout.wal()).unwrap();
        format::check_or_write(&layout, &RealDisk).unwrap();
        let now = Timestamp::from_nanos(0);
        let mut files = RefusedFiles::open(&layout.refused(), &RealDisk, None, 1 << 20).unwrap();
        let place = files.append(&RealDisk, now, &[((1, 0), line(b"\xff\0binary"))]).unwrap();
        files.committed(&RealDisk, place.clone()).unwrap();
        files.append(&RealDisk, now, &[((2, 0), line(b"never committed"))]).unwrap();
        let mut files = RefusedFiles::open(&layout.refused(), &RealDisk, place, 1 << 20).unwrap();
        let place = files.append(&RealDisk, now, &[((2, 0), line(b"committed"))]).unwrap();
        files.committed(&RealDisk, place).unwrap();
        let all: Vec<_> =
            refused(folder.path(), &RefusedFilter::default()).unwrap().collect::<Result<Vec<_>, _>>().unwrap();
        assert_eq!(all, [line(b"\xff\0binary"), line(b"committed")]);
    }
}
