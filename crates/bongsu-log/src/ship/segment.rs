//! One file of a lane, as far as it is known without reading it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::batch::Span;
use super::lane::Lane;
use super::line;

/// Bytes read at once when the end of a file is looked for.
const STEP: u64 = 64 << 10;

#[derive(Debug)]
pub(super) struct Segment {
    lane: Arc<Lane>,
    number: u64,
    /// Where its whole lines end.
    pub(super) end: u64,
    done: u64,
    /// Where the request ended that may have come to the server.
    pending: u64,
    /// Lines that wait; none when they have not been counted.
    records: Option<u64>,
}

impl Segment {
    /// An empty file.
    pub(super) fn new(lane: &Arc<Lane>, number: u64) -> Self {
        Self { lane: Arc::clone(lane), number, end: 0, done: 0, pending: 0, records: Some(0) }
    }

    /// The files of a lane that was taken over, of which something waits; the others are deleted.
    pub(super) fn left_in(lane: &Arc<Lane>) -> io::Result<Vec<Self>> {
        let at = lane.cursor()?.position();
        let mut left = Vec::new();
        for number in lane.segments()? {
            let path = lane.segment(number);
            let file = OpenOptions::new().read(true).write(true).open(&path)?;
            let end = whole_lines(&file)?;
            file.set_len(end)?;
            let (done, pending) = if number == at.segment { (at.done.min(end), at.pending) } else { (0, 0) };
            if number < at.segment || done >= end {
                fs::remove_file(&path)?;
            } else {
                left.push(Self { lane: Arc::clone(lane), number, end, done, pending, records: None });
            }
        }
        Ok(left)
    }

    pub(super) fn lane(&self) -> &Arc<Lane> {
        &self.lane
    }

    pub(super) fn is_of(&self, lane: &Arc<Lane>) -> bool {
        Arc::ptr_eq(&self.lane, lane)
    }

    pub(super) fn is(&self, lane: &Arc<Lane>, number: u64) -> bool {
        self.number == number && self.is_of(lane)
    }

    pub(super) fn waits(&self) -> bool {
        self.done < self.end
    }

    /// Bytes that wait.
    pub(super) fn waiting(&self) -> u64 {
        self.end - self.done
    }

    /// Lines that wait, as far as they have been counted.
    pub(super) fn records(&self) -> u64 {
        self.records.unwrap_or_default()
    }

    /// A line was written.
    pub(super) fn added(&mut self, length: u64) {
        self.end += length;
        self.records = self.records.map(|records| records + 1);
    }

    /// Where the request ended that must be made again.
    pub(super) fn again(&self) -> Option<u64> {
        (self.pending > self.done).then_some(self.pending)
    }

    /// What waits, or of it what must be sent again first.
    pub(super) fn span(&self) -> Span {
        let again = self.again();
        let to = again.map_or(self.end, |pending| pending.min(self.end));
        Span { lane: Arc::clone(&self.lane), number: self.number, from: self.done, to, again }
    }

    /// The bytes up to `to`, which are so many lines, wait no more.
    pub(super) fn done(&mut self, to: u64, lines: u64) {
        self.done = to.clamp(self.done, self.end);
        self.records = self.records.map(|records| records.saturating_sub(lines));
    }

    /// Drops what waits behind `kept`, the whole file when that is none; says how many lines that were.
    pub(super) fn cut(&mut self, kept: Option<u64>) -> u64 {
        let path = self.lane.segment(self.number);
        let from = kept.unwrap_or(self.done);
        let dropped = match (kept, self.records) {
            (None, Some(records)) => records,
            _ => count(&path, from, self.end),
        };
        match kept {
            None => {
                self.delete();
                self.end = 0;
                self.done = 0;
            }
            Some(kept) => {
                let _ = OpenOptions::new().write(true).open(path).and_then(|file| file.set_len(kept));
                self.end = kept;
                self.records = self.records.map(|records| records.saturating_sub(dropped));
            }
        }
        dropped
    }

    pub(super) fn delete(&self) {
        let _ = fs::remove_file(self.lane.segment(self.number));
    }
}

/// The bytes of a file up to its last line end: a line that was being written when the process died is not there.
fn whole_lines(file: &File) -> io::Result<u64> {
    let mut end = file.metadata()?.len();
    while end > 0 {
        let from = end.saturating_sub(STEP);
        let mut bytes = vec![0; (end - from) as usize];
        file.read_exact_at(&mut bytes, from)?;
        if let Some(last) = bytes.iter().rposition(|byte| *byte == b'\n') {
            return Ok(from + last as u64 + 1);
        }
        end = from;
    }
    Ok(0)
}

/// The lines of a file between two places; none of one that cannot be read.
fn count(path: &std::path::Path, from: u64, to: u64) -> u64 {
    let mut bytes = vec![0; to.saturating_sub(from) as usize];
    let read = File::open(path).and_then(|file| file.read_exact_at(&mut bytes, from));
    if read.is_err() { 0 } else { line::lines(&bytes).count() as u64 }
}

#[cfg(test)]
mod tests {
    use bongsu_model::Timestamp;

    use super::super::cursor::Position;
    use super::*;

    fn lane(root: &tempfile::TempDir) -> Arc<Lane> {
        Arc::new(Lane::create(root.path(), &Lane::name(Timestamp::from_nanos(1), 1)).unwrap())
    }

    #[test]
    fn a_half_line_at_the_end_is_not_there() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("x");
        let long = "y".repeat(3 * STEP as usize);
        for (text, whole) in [("", 0), ("a", 0), ("a\n", 2), ("a\nb", 2), (&*format!("a\n{long}"), 2), (&long, 0)] {
            fs::write(&path, text).unwrap();
            assert_eq!(whole_lines(&File::open(&path).unwrap()).unwrap(), whole);
        }
    }

    #[test]
    fn what_a_dead_process_left_begins_where_it_stopped() {
        let root = tempfile::tempdir().unwrap();
        let lane = lane(&root);
        for (number, text) in [(0, "sent\n"), (1, "sent\nwait\n"), (2, "wait\nhalf"), (3, "half")] {
            fs::write(lane.segment(number), text).unwrap();
        }
        lane.cursor().unwrap().set(Position { segment: 1, done: 5, pending: 10 }).unwrap();
        let left = Segment::left_in(&lane).unwrap();
        let spans: Vec<_> =
            left.iter().map(Segment::span).map(|span| (span.number, span.from, span.to, span.again)).collect();
        assert_eq!(spans, [(1, 5, 10, Some(10)), (2, 0, 5, None)]);
        assert_eq!(lane.segments().unwrap(), [1, 2]);
        assert_eq!(fs::read_to_string(lane.segment(2)).unwrap(), "wait\n");
    }

    #[test]
    fn lines_that_are_dropped_are_counted() {
        let root = tempfile::tempdir().unwrap();
        let lane = lane(&root);
        fs::write(lane.segment(0), "1\n2\n3\n4\n").unwrap();
        let mut segment = Segment { end: 8, records: None, ..Segment::new(&lane, 0) };
        segment.done(2, 1);
        assert_eq!((segment.cut(Some(4)), segment.end, segment.waiting()), (2, 4, 2));
        assert_eq!(fs::read_to_string(lane.segment(0)).unwrap(), "1\n2\n");
        assert_eq!((segment.cut(None), segment.waits()), (1, false));
        assert!(!lane.segment(0).exists());
    }
}
