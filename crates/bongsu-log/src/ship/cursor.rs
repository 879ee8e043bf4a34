//! How far a lane was sent, and which bytes may have been sent without an answer.
//!
//! Two places in one file are written in turn, each with a number and a checksum: whatever a crash does to the one that is
//! being written, the other still tells where the lane was before. The file never grows, so that a full disk cannot
//! stop it.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::line;

/// Where a lane stands.
///
/// Files before `segment` are done with. Of `segment` the bytes before `done` are done with, and those up to `pending` are
/// one request that may have come to the server: it must be sent again exactly as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Position {
    pub(super) segment: u64,
    pub(super) done: u64,
    pub(super) pending: u64,
}

#[derive(Debug)]
pub(super) struct Cursor {
    file: File,
    turn: u64,
    position: Position,
}

/// Bytes of a place: a whole sector, which a disk writes at once.
const PLACE: u64 = 512;

impl Cursor {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(path)?;
        file.write_all_at(&[b'\n'; 2 * PLACE as usize], 0)?;
        Ok(Self { file, turn: 0, position: Position::default() })
    }

    /// The cursor in a file that another process left, at the beginning if neither place can be read.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut cursor = Self { file, turn: 0, position: Position::default() };
        for place in [0, PLACE] {
            let mut bytes = [0; PLACE as usize];
            let read = cursor.file.read_at(&mut bytes, place)?;
            if let Some((turn, position)) = read_place(&bytes[..read])
                && turn > cursor.turn
            {
                (cursor.turn, cursor.position) = (turn, position);
            }
        }
        Ok(cursor)
    }

    pub(super) fn position(&self) -> Position {
        self.position
    }

    pub(super) fn set(&mut self, position: Position) -> io::Result<()> {
        let turn = self.turn + 1;
        let Position { segment, done, pending } = position;
        let mut text = format!("{turn} {segment} {done} {pending}").into_bytes();
        line::seal(&mut text);
        self.file.write_all_at(&text, turn % 2 * PLACE)?;
        (self.turn, self.position) = (turn, position);
        Ok(())
    }

    /// Makes what was set last survive a loss of power.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

fn read_place(bytes: &[u8]) -> Option<(u64, Position)> {
    let line = line::open(line::lines(bytes).next()?)?;
    let mut numbers = std::str::from_utf8(line).ok()?.split(' ').map(str::parse::<u64>);
    let mut next = || numbers.next()?.ok();
    let (turn, segment, done, pending) = (next()?, next()?, next()?, next()?);
    (done <= pending).then_some((turn, Position { segment, done, pending }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(segment: u64, done: u64) -> Position {
        Position { segment, done, pending: done + 5 }
    }

    #[test]
    fn the_last_position_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cursor");
        let mut cursor = Cursor::create(&path).unwrap();
        assert_eq!(Cursor::open(&path).unwrap().position(), Position::default());
        for round in 1..6 {
            cursor.set(at(round, round * 100)).unwrap();
            assert_eq!(Cursor::open(&path).unwrap().position(), at(round, round * 100));
        }
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 2 * PLACE);
    }

    #[test]
    fn a_torn_place_leaves_the_position_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cursor");
        let mut cursor = Cursor::create(&path).unwrap();
        cursor.set(at(1, 10)).unwrap();
        cursor.set(at(2, 20)).unwrap();
        for (place, left) in [(0, at(1, 10)), (PLACE, at(2, 20))] {
            let before = std::fs::read(&path).unwrap();
            cursor.file.write_all_at(b"9", place + 2).unwrap();
            let read = Cursor::open(&path).unwrap();
            assert_eq!(read.position(), left);
            cursor.file.write_all_at(&before, 0).unwrap();
        }
        std::fs::write(&path, b"garbage").unwrap();
        assert_eq!(Cursor::open(&path).unwrap().position(), Position::default());
    }

    #[test]
    fn a_cursor_that_was_read_goes_on_in_the_right_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cursor");
        Cursor::create(&path).unwrap().set(at(1, 10)).unwrap();
        Cursor::open(&path).unwrap().set(at(1, 20)).unwrap();
        Cursor::open(&path).unwrap().set(at(1, 30)).unwrap();
        assert_eq!(Cursor::open(&path).unwrap().position(), at(1, 30));
    }
}
