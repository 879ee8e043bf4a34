//! The write-ahead log: where acknowledged frames are until their rows are in files.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bongsu_model::Dataset;

use crate::StoreError;
use crate::counters::Counters;
use crate::disk::{Disk, DiskFile, write_pieces};
use crate::frame::{Body, HEADER, Header};
use crate::segment::{SEGMENT_HEADER, SegmentHeader, segment_path};

/// The log's end, to which the one writer appends, and the segments behind it.
#[derive(Debug)]
pub(crate) struct Wal {
    folder: PathBuf,
    disk: Arc<dyn Disk>,
    file: Box<dyn DiskFile>,
    len: u64,
    /// Bytes that are durable.
    synced: u64,
    next: u64,
    current: SegmentUse,
    closed: VecDeque<SegmentUse>,
    counters: Arc<Counters>,
}

/// What stands in the way of deleting a segment.
#[derive(Debug, Clone)]
pub(crate) struct SegmentUse {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    /// The last frame in it; 0 when it is empty.
    pub(crate) last: u64,
    /// The last frame with rows of each dataset.
    pub(crate) rows_of: BTreeMap<Dataset, u64>,
}

impl SegmentUse {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, bytes: 0, last: 0, rows_of: BTreeMap::new() }
    }

    /// Remembers a frame.
    pub(crate) fn add(&mut self, number: u64, rows_of: Option<&Dataset>) {
        self.last = number;
        if let Some(dataset) = rows_of {
            self.rows_of.insert(dataset.clone(), number);
        }
    }
}

/// Which frames are needed no longer.
pub(crate) struct Done<'a> {
    /// All notes and refused lines up to this frame are kept elsewhere.
    pub(crate) meta: u64,
    /// The rows of each dataset up to this frame are in files.
    pub(crate) rows: &'a dyn Fn(&Dataset) -> u64,
}

impl Done<'_> {
    fn covers(&self, segment: &SegmentUse) -> bool {
        segment.last <= self.meta && segment.rows_of.iter().all(|(dataset, last)| *last <= (self.rows)(dataset))
    }
}

impl Wal {
    /// Begins a new segment behind those in `closed`.
    pub(crate) fn start(
        folder: &Path,
        disk: Arc<dyn Disk>,
        next: u64,
        next_id: u64,
        mut closed: VecDeque<SegmentUse>,
        counters: Arc<Counters>,
    ) -> Result<Self, StoreError> {
        let (path, file) = create(folder, &*disk, SegmentHeader { first: next, next_id }, &counters)?;
        // An empty segment that was begun before has the same name, and the new one its place.
        closed.retain(|segment| segment.path != path);
        let len = SEGMENT_HEADER as u64;
        let current = SegmentUse::new(path);
        Ok(Self { folder: folder.to_owned(), disk, file, len, synced: len, next, current, closed, counters })
    }

    /// Writes a frame, which is durable after the next [`Wal::sync`]; returns its number.
    ///
    /// When the disk is full the log is as it was before. [`StoreError::Poisoned`] says that this could not be restored.
    pub(crate) fn append(&mut self, body: &Body, rows_of: Option<&Dataset>) -> Result<u64, StoreError> {
        let number = self.next;
        let header = Header { number, body: body.len(), body_crc: body.crc() }.encode();
        let pieces = std::iter::once(header.as_slice()).chain(body.pieces());
        if let Err(error) = write_pieces(&mut *self.file, pieces) {
            let error = StoreError::io("write", &self.current.path, error);
            self.file.truncate(self.len).map_err(|_| StoreError::Poisoned { cause: error.to_string() })?;
            return Err(error);
        }
        let bytes = (HEADER + body.len()) as u64;
        self.counters.logged(bytes);
        self.len += bytes;
        self.next += 1;
        self.current.add(number, rows_of);
        Ok(number)
    }

    /// Makes every frame that was appended durable.
    pub(crate) fn sync(&mut self) -> Result<(), StoreError> {
        let synced = self.file.sync();
        self.counters.synced();
        match synced {
            Ok(()) => {
                self.synced = self.len;
                Ok(())
            }
            Err(error) => {
                Err(StoreError::Poisoned { cause: StoreError::io("sync", &self.current.path, error).to_string() })
            }
        }
    }

    /// Takes away what is not durable, as far as the disk allows: who is told so and sends it once more shall not have it
    /// twice. Nothing may be written behind it.
    pub(crate) fn take_back(&mut self) {
        let _ = self.file.truncate(self.synced);
    }

    /// Bytes of the segment that is being written.
    pub(crate) fn segment_bytes(&self) -> u64 {
        self.len
    }

    /// Whether there are segments before the one that is being written.
    pub(crate) fn has_closed(&self) -> bool {
        !self.closed.is_empty()
    }

    /// Begins the next segment. On an error the log goes on in the one it is in.
    pub(crate) fn rotate(&mut self, next_id: u64) -> Result<(), StoreError> {
        if self.len <= SEGMENT_HEADER as u64 {
            return Ok(());
        }
        let (path, file) =
            create(&self.folder, &*self.disk, SegmentHeader { first: self.next, next_id }, &self.counters)?;
        let mut before = std::mem::replace(&mut self.current, SegmentUse::new(path));
        before.bytes = self.len;
        self.closed.push_back(before);
        self.file = file;
        self.len = SEGMENT_HEADER as u64;
        self.synced = self.len;
        Ok(())
    }

    /// Deletes the oldest segments that are needed no longer.
    pub(crate) fn remove_done(&mut self, done: &Done<'_>) -> Result<(), StoreError> {
        let before = self.closed.len();
        while let Some(oldest) = self.closed.front().filter(|oldest| done.covers(oldest)) {
            match self.disk.remove(&oldest.path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StoreError::io("remove", &oldest.path, error));
                }
                _ => self.closed.pop_front(),
            };
        }
        if self.closed.len() == before {
            return Ok(());
        }
        self.disk.sync_dir(&self.folder).map_err(|error| StoreError::io("sync", &self.folder, error))
    }

    /// Whether nothing that is in the segment being written is needed.
    pub(crate) fn current_is_done(&self, done: &Done<'_>) -> bool {
        done.covers(&self.current)
    }
}

/// A new segment that is durable under its name.
fn create(
    folder: &Path,
    disk: &dyn Disk,
    header: SegmentHeader,
    counters: &Counters,
) -> Result<(PathBuf, Box<dyn DiskFile>), StoreError> {
    let path = segment_path(folder, header.first);
    let temporary = path.with_extension("tmp");
    let error = |error| StoreError::io("write", &path, error);
    let _ = disk.remove(&temporary);
    let mut file = disk.create(&temporary).map_err(error)?;
    let written = file
        .write_all(&header.encode())
        .and_then(|()| file.sync())
        .and_then(|()| disk.rename(&temporary, &path))
        .and_then(|()| disk.sync_dir(folder));
    if let Err(cause) = written {
        let _ = disk.remove(&temporary);
        return Err(error(cause));
    }
    counters.logged(SEGMENT_HEADER as u64);
    counters.synced();
    Ok((path, file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::faulty::FaultyDisk;
    use crate::segment::{list, scan};

    fn wal(folder: &Path, disk: &FaultyDisk) -> Wal {
        Wal::start(folder, Arc::new(disk.clone()), 1, 0, VecDeque::new(), Arc::default()).unwrap()
    }

    #[test]
    fn a_full_disk_leaves_the_frames_before_and_lets_later_ones_in() {
        let folder = tempfile::tempdir().unwrap();
        let disk = FaultyDisk::new();
        let mut wal = wal(folder.path(), &disk);
        assert_eq!(wal.append(&[1; 100][..].into(), None).unwrap(), 1);
        disk.space(50);
        assert!(wal.append(&[2; 100][..].into(), None).unwrap_err().is_full());
        disk.space(i64::MAX);
        assert_eq!(wal.append(&[3; 100][..].into(), None).unwrap(), 2);
        wal.sync().unwrap();
        let bytes = std::fs::read(&list(folder.path()).unwrap()[0].1).unwrap();
        let found = scan(&bytes);
        assert_eq!((found.frames.len(), found.damage.len(), found.tail.len()), (2, 0, 0));
        let counts = wal.counters.now();
        assert_eq!((counts.wal_bytes, counts.wal_fsyncs), (bytes.len() as u64, 2));
    }

    #[test]
    fn an_empty_segment_is_begun_again_and_not_deleted() {
        let folder = tempfile::tempdir().unwrap();
        drop(wal(folder.path(), &FaultyDisk::new()));
        let before = VecDeque::from([SegmentUse::new(segment_path(folder.path(), 1))]);
        let mut wal = Wal::start(folder.path(), Arc::new(FaultyDisk::new()), 1, 0, before, Arc::default()).unwrap();
        wal.remove_done(&Done { meta: 0, rows: &|_| 0 }).unwrap();
        assert_eq!(list(folder.path()).unwrap().len(), 1);
    }

    #[test]
    fn a_segment_goes_only_when_nobody_needs_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut wal = wal(folder.path(), &FaultyDisk::new());
        let dataset = Dataset::default();
        wal.append(&b"rows"[..].into(), Some(&dataset)).unwrap();
        wal.append(&b"a note"[..].into(), None).unwrap();
        wal.rotate(5).unwrap();
        for (meta, rows, left) in [(1, 1, 2), (2, 0, 2), (2, 1, 1)] {
            wal.remove_done(&Done { meta, rows: &|_| rows }).unwrap();
            assert_eq!(list(folder.path()).unwrap().len(), left, "{meta} {rows}");
        }
        assert_eq!(wal.append(&b"next"[..].into(), None).unwrap(), 3);
    }
}
