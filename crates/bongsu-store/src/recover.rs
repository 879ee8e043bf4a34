//! Reading the write-ahead log back: after a crash by the writer, at any time by readers.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::io::{ErrorKind, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use bongsu_model::{Explain, Phrase};

use crate::check::Problem;
use crate::disk::{Disk, write_whole};
use crate::frame::Frame;
use crate::layout::Layout;
use crate::refused::{Place, RefusedLine};
use crate::segment::{self, SEGMENT_HEADER, Scan, SegmentHeader, scan};
use crate::shared::lock;
use crate::wal::SegmentUse;
use crate::{Damage, StoreError, WayOut};

/// What the log held beside its frames.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) segments: Vec<SegmentUse>,
    /// The number of the next frame, as far as the log can tell.
    pub(crate) next: u64,
    /// All `_id`s given so far are below this sequence number, as far as the log can tell.
    pub(crate) next_id: u64,
    /// Damage that was set aside.
    pub(crate) problems: Vec<Problem>,
}

/// Takes frames, with their numbers, in the order they were acknowledged.
pub(crate) type Each<'a> = &'a mut dyn FnMut(u64, &[u8]) -> Result<(), StoreError>;

/// That the write-ahead log is damaged, and that rows of it are therefore missing. It is told, not returned: the rest is
/// read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the write-ahead log is damaged, and records of it are missing: {}: {what}", path.display())]
pub struct LogDamage {
    path: PathBuf,
    what: Damage,
    way_out: WayOut,
}

impl LogDamage {
    fn new(path: &Path, range: &Range<usize>, way_out: WayOut) -> Self {
        let what = Damage::Bytes { from: range.start as u64, to: range.end as u64 };
        Self { path: path.to_owned(), what, way_out }
    }

    fn tell(&self) {
        let error: &(dyn Error + 'static) = self;
        tracing::warn!(error, way_out = %self.way_out);
    }
}

impl Explain for LogDamage {
    fn id(&self) -> &'static str {
        "store-log-damaged"
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        vec![("path", self.path.display().to_string())]
    }

    fn hint(&self) -> Option<String> {
        Some(self.way_out.to_string())
    }

    fn parts(&self) -> Vec<(&'static str, &dyn Phrase)> {
        vec![("what", &self.what), ("way_out", &self.way_out)]
    }
}

/// Tells, once for each file, that readers of it lack rows.
fn tell_readers(path: &Path, damage: &[Range<usize>]) {
    static TOLD: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    // Without its header a segment still has all its rows.
    let Some(range) = damage.iter().find(|range| range.end > SEGMENT_HEADER) else { return };
    if lock(&TOLD).insert(path.to_owned()) {
        LogDamage::new(path, range, WayOut::Repair).tell();
    }
}

/// The frames of the log as they are, for readers: what a writer is just writing is left out, and so is damage, which is
/// told.
pub(crate) fn read(layout: &Layout, each: Each<'_>) -> Result<(), StoreError> {
    let segments = match segment::list(&layout.wal()) {
        Err(error) if error.is_missing() => return Ok(()),
        other => other?,
    };
    let count = segments.len();
    for (nth, (_, path)) in segments.into_iter().enumerate() {
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            // Its rows have come to files meanwhile, which are looked at after the log.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(StoreError::io("read", &path, error)),
        };
        let found = scan(&bytes);
        tell_readers(&path, &damage(&bytes, &found, nth + 1 == count));
        for (header, body) in found.frames {
            each(header.number, &bytes[body])?;
        }
    }
    Ok(())
}

/// The refused lines that are in the log.
pub(crate) fn refused_in_log(layout: &Layout) -> Result<Vec<(Place, RefusedLine)>, StoreError> {
    let mut lines = Vec::new();
    read(layout, &mut |number, body| {
        if let Some((frame, _)) = Frame::peek(body) {
            let places = (0..).map(|nth| (number, nth));
            lines.extend(places.zip(frame.refused));
        }
        Ok(())
    })?;
    Ok(lines)
}

/// The frames of the log, for the writer: a torn end is cut off, damage is moved to `quarantine/`.
pub(crate) fn recover(layout: &Layout, disk: &dyn Disk, each: Each<'_>) -> Result<Log, StoreError> {
    let mut log = Log { next: 1, ..Log::default() };
    let segments = segment::list(&layout.wal())?;
    let count = segments.len();
    for (nth, (first, path)) in segments.into_iter().enumerate() {
        let bytes = fs::read(&path).map_err(|error| StoreError::io("read", &path, error))?;
        let found = scan(&bytes);
        log.next = log.next.max(found.header.map_or(first, |header| header.first));
        log.next_id = log.next_id.max(found.header.map_or(0, |header| header.next_id));
        let mut used = SegmentUse::new(path.clone());
        used.bytes = bytes.len() as u64;
        for (header, body) in &found.frames {
            let body = &bytes[body.clone()];
            let Some((frame, has_rows)) = Frame::peek(body) else { continue };
            used.add(header.number, has_rows.then_some(&frame.dataset));
            log.next = log.next.max(header.number + 1);
            log.next_id = log.next_id.max(frame.next_id);
            each(header.number, body)?;
        }
        mend(layout, disk, &path, &bytes, &found, nth + 1 == count, &mut log.problems)?;
        log.segments.push(used);
    }
    Ok(log)
}

/// The parts of a segment that are no sound frame and no write that was broken off.
fn damage(bytes: &[u8], found: &Scan, newest: bool) -> Vec<Range<usize>> {
    let mut damage = found.damage.clone();
    if found.header.is_none() && bytes.len() >= SEGMENT_HEADER && damage.is_empty() {
        damage.push(0..SEGMENT_HEADER);
    }
    if !found.tail.is_empty() && (!newest || whole_frame(bytes, &found.tail)) {
        damage.push(found.tail.clone());
    }
    damage
}

/// Sets aside what is no sound frame.
fn mend(
    layout: &Layout,
    disk: &dyn Disk,
    path: &Path,
    bytes: &[u8],
    found: &Scan,
    newest: bool,
    problems: &mut Vec<Problem>,
) -> Result<(), StoreError> {
    let damage = damage(bytes, found, newest);
    if !damage.is_empty() {
        for range in &damage {
            problems.push(set_aside(layout, disk, path, bytes, range)?);
        }
        return rewrite(disk, path, bytes, found);
    }
    if found.tail.is_empty() {
        return Ok(());
    }
    tracing::info!(file = %path.display(), bytes = found.tail.len(), "an unfinished write was cut off");
    let cut = || -> std::io::Result<()> {
        let mut file = disk.append(path)?;
        file.truncate(found.tail.start as u64)?;
        file.sync()
    };
    cut().map_err(|error| StoreError::io("write", path, error))
}

/// Whether the end of a segment is a frame with all its bytes, some of which are wrong: it may have been acknowledged.
fn whole_frame(bytes: &[u8], tail: &Range<usize>) -> bool {
    crate::frame::Header::decode(&bytes[tail.clone()])
        .is_some_and(|header| tail.len() >= crate::frame::HEADER + header.body)
}

fn set_aside(
    layout: &Layout,
    disk: &dyn Disk,
    path: &Path,
    bytes: &[u8],
    range: &Range<usize>,
) -> Result<Problem, StoreError> {
    let folder = layout.quarantine();
    let stem = path.file_name().unwrap_or_default().to_string_lossy();
    let copy = folder.join(format!("{stem}-{}.bin", range.start));
    disk.create_dir(&folder)
        .and_then(|()| write_whole(disk, &copy, &bytes[range.clone()]))
        .map_err(|error| StoreError::io("write", &copy, error))?;
    let damage = LogDamage::new(path, range, WayOut::BytesMoved { to: copy });
    damage.tell();
    let LogDamage { path, what, way_out } = damage;
    Ok(Problem { path, what, way_out, repaired: true })
}

/// Writes a segment anew with its sound frames only.
fn rewrite(disk: &dyn Disk, path: &Path, bytes: &[u8], found: &Scan) -> Result<(), StoreError> {
    let first = found.frames.first().map_or(1, |(header, _)| header.number);
    let header = found.header.unwrap_or(SegmentHeader { first, next_id: 0 });
    let mut sound = Vec::with_capacity(bytes.len());
    sound.write_all(&header.encode()).map_err(|error| StoreError::io("write", path, error))?;
    for (_, body) in &found.frames {
        sound.extend(&bytes[body.start - crate::frame::HEADER..body.end]);
    }
    write_whole(disk, path, &sound).map_err(|error| StoreError::io("write", path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_are_told_of_rows_that_are_missing_not_of_a_write_that_was_broken_off() {
        let header = SegmentHeader { first: 1, next_id: 1 }.encode();
        let frame = |number: u64| {
            let body = [number as u8; 40];
            let header = crate::frame::Header { number, body: body.len(), body_crc: crc32c::crc32c(&body) };
            [header.encode().as_slice(), &body].concat()
        };
        let whole = [header.as_slice(), &frame(1), &frame(2)].concat();
        let found = |bytes: &[u8], newest| damage(bytes, &scan(bytes), newest);
        assert!(found(&whole, true).is_empty());
        let broken_off = &whole[..whole.len() - 5];
        assert!(found(broken_off, true).is_empty());
        let second = SEGMENT_HEADER + frame(1).len();
        let lost = second..broken_off.len();
        assert_eq!(found(broken_off, false), [lost], "another segment follows");
        for (at, lost) in [(SEGMENT_HEADER + 50, SEGMENT_HEADER..second), (whole.len() - 1, second..whole.len())] {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert_eq!(found(&changed, true), [lost]);
        }
    }

    #[test]
    fn says_where_and_the_way_out() {
        let damage = LogDamage::new(Path::new("wal/1.wal"), &(100..200), WayOut::Repair);
        let text =
            "the write-ahead log is damaged, and records of it are missing: wal/1.wal: bytes 100 to 200 are damaged";
        assert_eq!(damage.to_string(), text);
        assert!(damage.hint().is_some_and(|hint| hint.contains("bongsu check --repair")));
    }
}
