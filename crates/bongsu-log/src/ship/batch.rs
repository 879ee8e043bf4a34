//! What one request carries: some lines of one file of the spool.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::lane::Lane;
use super::line;

/// Bytes of one file that are to be sent.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) lane: Arc<Lane>,
    pub(super) number: u64,
    pub(super) from: u64,
    pub(super) to: u64,
    /// Where the request ended that was sent before without an answer; it must be made again as it was.
    pub(super) again: Option<u64>,
}

/// Some whole lines, in their order.
#[derive(Debug)]
pub(super) struct Batch {
    span: Span,
    bytes: Arc<[u8]>,
    lines: Vec<Line>,
}

#[derive(Debug, Clone)]
struct Line {
    /// In the batch's bytes.
    place: Range<usize>,
    /// In the file.
    end: u64,
}

impl Batch {
    /// Reads the beginning of `span`, at most so many bytes and records but one record at least; all of a request that is to be
    /// made again.
    pub(super) fn read(span: Span, most_bytes: u64, most_records: u64) -> io::Result<Self> {
        let file = File::open(span.lane.segment(span.number))?;
        let whole = span.to.saturating_sub(span.from);
        let mut wanted = if span.again.is_some() { whole } else { whole.min(most_bytes) };
        let mut bytes = read(&file, span.from, wanted)?;
        while !bytes.contains(&b'\n') && wanted < whole {
            wanted = wanted.saturating_mul(2).min(whole);
            bytes = read(&file, span.from, wanted)?;
            // The one record that is longer than a request usually is.
            let first = bytes.iter().position(|byte| *byte == b'\n');
            bytes.truncate(first.map_or(bytes.len(), |at| at + 1));
        }
        let most = if span.again.is_some() { usize::MAX } else { usize::try_from(most_records).unwrap_or(usize::MAX) };
        let mut lines = Vec::new();
        let mut at = 0;
        for line in line::lines(&bytes).take(most) {
            let place = at..at + line.len();
            at = place.end;
            lines.push(Line { place, end: span.from + at as u64 });
        }
        let to = if span.again.is_some() || lines.is_empty() { span.to } else { span.from + at as u64 };
        Ok(Self { span: Span { to, ..span }, bytes: bytes.into(), lines })
    }

    /// The name of the request, the same whenever it is made of the same bytes.
    pub(super) fn key(&self) -> String {
        let Span { lane, number, from, to, again } = &self.span;
        format!("{}-{number}-{from}-{}", lane.id(), again.unwrap_or(*to))
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    /// The number of lines, damaged ones too.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// The records as JSON; none for a line that is damaged.
    pub(super) fn records(&self) -> impl Iterator<Item = Option<&[u8]>> {
        self.lines.iter().map(|line| line::open(self.text(line)))
    }

    /// The lines that are damaged.
    pub(super) fn damaged(&self) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().map(|line| self.text(line)).filter(|line| line::open(line).is_none())
    }

    fn text(&self, line: &Line) -> &[u8] {
        self.bytes.get(line.place.clone()).unwrap_or_default()
    }

    /// The two halves; none of a batch of one line.
    pub(super) fn halves(&self) -> Option<(Self, Self)> {
        let middle = self.len() / 2;
        let cut = self.lines.get(..middle)?.last()?.end;
        let half = |from, to, lines: &[Line]| Self {
            span: Span { from, to, again: None, lane: Arc::clone(&self.span.lane), number: self.span.number },
            bytes: Arc::clone(&self.bytes),
            lines: lines.to_vec(),
        };
        let (first, second) = self.lines.split_at(middle);
        Some((half(self.span.from, cut, first), half(cut, self.span.to, second)))
    }
}

fn read(file: &File, from: u64, wanted: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(wanted).unwrap_or(usize::MAX)];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, from + filled as u64) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use bongsu_model::Timestamp;

    use super::*;

    struct Home(tempfile::TempDir, Arc<Lane>);

    impl Home {
        fn with(records: &[&str]) -> (Self, u64) {
            let root = tempfile::tempdir().unwrap();
            let lane = Lane::create(root.path(), &Lane::name(Timestamp::from_nanos(1), 1)).unwrap();
            let mut bytes = Vec::new();
            for record in records {
                let mut sealed = record.as_bytes().to_vec();
                line::seal(&mut sealed);
                bytes.extend(sealed);
            }
            std::fs::write(lane.segment(0), &bytes).unwrap();
            (Self(root, Arc::new(lane)), bytes.len() as u64)
        }

        fn span(&self, from: u64, to: u64, again: Option<u64>) -> Span {
            Span { lane: Arc::clone(&self.1), number: 0, from, to, again }
        }
    }

    fn texts(batch: &Batch) -> Vec<&str> {
        batch.records().map(|record| record.map_or("damaged", |json| std::str::from_utf8(json).unwrap())).collect()
    }

    #[test]
    fn a_batch_is_cut_at_whole_lines_and_has_one_at_least() {
        let (home, end) = Home::with(&["{1}", "{22}", "{a long one of its own}", "{4}"]);
        let read = |from, bytes, records| Batch::read(home.span(from, end, None), bytes, records).unwrap();
        let first = read(0, 30, 100);
        assert_eq!(texts(&first), ["{1}", "{22}"]);
        let second = read(first.span().to, 8, 100);
        assert_eq!(texts(&second), ["{a long one of its own}"]);
        assert_eq!(texts(&read(0, 1_000, 3)).len(), 3);
        assert_eq!(read(0, 1_000, 100).span().to, end);
        assert!(home.0.path().exists());
    }

    #[test]
    fn what_is_sent_again_is_the_same_request_whatever_the_limits_are_now() {
        let (home, end) = Home::with(&["{1}", "{2}", "{3}"]);
        let first = Batch::read(home.span(0, end, None), 30, 100).unwrap();
        let to = first.span().to;
        let again = Batch::read(home.span(0, to, Some(to)), 1, 1).unwrap();
        assert_eq!((again.key(), texts(&again)), (first.key(), texts(&first)));
        // A loss of power took the end of the file: still the request of that name.
        let shorter = Batch::read(home.span(0, to - 13, Some(to)), 1, 1).unwrap();
        assert_eq!((shorter.key(), shorter.len()), (first.key(), 1));
    }

    #[test]
    fn halves_have_each_record_once_and_names_of_their_own() {
        let (home, end) = Home::with(&["{1}", "{2}", "{3}"]);
        let whole = Batch::read(home.span(0, end, None), 1_000, 100).unwrap();
        let (first, second) = whole.halves().unwrap();
        assert_eq!((texts(&first), texts(&second)), (vec!["{1}"], vec!["{2}", "{3}"]));
        assert_eq!((first.span().from, first.span().to, second.span().to), (0, second.span().from, end));
        assert!(first.key() != second.key() && second.key() != whole.key());
        assert!(first.halves().is_none());
        let reread = Batch::read(home.span(0, first.span().to, None), 1_000, 100).unwrap();
        assert_eq!(reread.key(), first.key());
    }

    #[test]
    fn a_damaged_line_is_left_out() {
        let (home, end) = Home::with(&["{1}", "{2}"]);
        let path = home.1.segment(0);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[1] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let batch = Batch::read(home.span(0, end, None), 1_000, 100).unwrap();
        assert_eq!(texts(&batch), ["damaged", "{2}"]);
        assert_eq!(batch.damaged().count(), 1);
    }
}
