//! The body of a request becomes batches while it comes in.

use bongsu_format::{Format, ParseOptions, Parsed, Parser};
use bongsu_model::{Batch, BatchBuilder, Refusal, Refused, Timestamp};

use crate::json_array::Splitter;
use crate::{Gather, SourceError};

/// What the sender says a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BodyKind {
    /// Nothing: an array of objects is recognised, everything else is read line by line.
    #[default]
    Auto,
    /// One JSON object a line; a line that is none is refused.
    JsonLines,
    /// One JSON array of objects; an element that is none is refused.
    JsonArray,
    /// Lines of any format.
    Text,
}

/// Why one line of a body was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// The line, from 1; of an array the element, from 1.
    pub line: u64,
    /// Byte in the body where it begins.
    pub offset: u64,
    /// Why.
    pub reason: Refusal,
}

/// What came of a body since the piece before.
#[derive(Debug, Clone)]
pub struct Piece {
    /// What to hand to the store; its refused lines are in it.
    pub batch: Batch,
    /// Rows in [`Piece::batch`].
    pub accepted: u64,
    /// Lines refused, also those past the limit on [`Piece::errors`].
    pub refused: u64,
    /// The first refused lines, at most [`Piece::MAX_ERRORS`].
    pub errors: Vec<LineError>,
}

impl Piece {
    /// Refused lines that are named.
    pub const MAX_ERRORS: usize = 100;
}

/// How far a body was read, and what must be known to go on from there in another process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BodyPlace {
    /// Bytes that need not come again.
    pub offset: u64,
    /// Lines, or elements of an array, in them.
    pub lines: u64,
    /// What the reader remembers of them: short text.
    pub memory: String,
}

/// Turns the body of a request into batches. Memory holds what [`BodyReader::take`] has not taken yet and the record that
/// is not whole yet.
///
/// ```
/// use bongsu_model::Timestamp;
/// use bongsu_source::{BodyKind, BodyReader, Gather};
///
/// let mut reader = BodyReader::new(BodyKind::Text, "http", Gather::default(), Timestamp::from_nanos(0));
/// reader.push(b"disk is", false, &mut |_| {});
/// reader.push(b" full\n", true, &mut |_| {});
/// let piece = reader.take().unwrap();
/// assert_eq!((piece.accepted, piece.refused), (1, 0));
/// ```
#[derive(Debug)]
pub struct BodyReader {
    way: Way,
    /// What waits for the end of a line, an element or a record.
    pending: Vec<u8>,
    /// Pending bytes before which nothing new can be seen in them.
    enough: usize,
    taking: Taking,
}

/// How the bytes are read.
#[derive(Debug)]
enum Way {
    /// What the body is has not been seen yet.
    Unknown,
    Lines(Box<Parser>),
    /// `skips`: the rest of a line that is too long is passed over.
    JsonLines {
        parser: Box<Parser>,
        skips: bool,
    },
    Array(Box<Parser>, Splitter),
}

/// Bytes of what is not whole past which it is not looked at with every byte that comes.
const MUCH: usize = 64 << 10;
/// Blank bytes at the beginning of a body after which it is no array.
const BLANK: usize = 64 << 10;
/// Bytes of refused lines that a batch keeps; past them only their reasons are kept.
const MAX_REFUSED: usize = 8 << 20;

impl BodyReader {
    /// A reader at the beginning of a body; `source` names where it came from (such as `http`) in refused entries.
    pub fn new(kind: BodyKind, source: &str, options: Gather, observed: Timestamp) -> Self {
        let taking = Taking {
            source: source.to_owned(),
            options,
            observed,
            base: 0,
            builder: BatchBuilder::new(),
            raw_bytes: 0,
            refused: Vec::new(),
            refused_bytes: 0,
            errors: Vec::new(),
            refusals: 0,
            lines: 0,
            counted: 0,
        };
        let way = match kind {
            BodyKind::Auto => Way::Unknown,
            BodyKind::Text => taking.text(),
            BodyKind::JsonLines => Way::JsonLines { parser: taking.json_parser(), skips: false },
            BodyKind::JsonArray => Way::Array(taking.json_parser(), Splitter::default()),
        };
        Self { way, pending: Vec::new(), enough: 0, taking }
    }

    /// Goes on where another reader of the same body was.
    pub fn resume(kind: BodyKind, source: &str, options: Gather, observed: Timestamp, place: &BodyPlace) -> Self {
        let mut reader = Self::new(kind, source, options, observed);
        let taking = &mut reader.taking;
        (taking.base, taking.lines) = (place.offset, place.lines);
        let (way, memory) = place.memory.split_once('\n').unwrap_or((&place.memory, ""));
        reader.way = match way {
            "text" => {
                let options = taking.options.parse_options(taking.observed);
                Way::Lines(Box::new(Parser::resume(options, memory)))
            }
            "lines" => Way::JsonLines { parser: taking.json_parser(), skips: memory == "skips" },
            "array" => Way::Array(taking.json_parser(), Splitter::resume(memory)),
            _ => reader.way,
        };
        reader
    }

    /// How far the body was read.
    pub fn place(&self) -> BodyPlace {
        let memory = match &self.way {
            Way::Unknown => String::new(),
            Way::Lines(parser) => format!("text\n{}", parser.memory()),
            Way::JsonLines { skips, .. } => format!("lines\n{}", if *skips { "skips" } else { "" }),
            Way::Array(_, splitter) => format!("array\n{}", splitter.memory()),
        };
        BodyPlace { offset: self.taking.base, lines: self.taking.lines, memory }
    }

    /// About how many bytes wait to be taken.
    pub fn held(&self) -> usize {
        self.taking.builder.bytes() + self.taking.refused_bytes
    }

    /// Rows that wait to be taken.
    pub fn rows(&self) -> usize {
        self.taking.builder.rows()
    }

    /// Bytes that wait for the end of a record.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Reads what comes next of the body; `last` says that nothing follows. `consumed` is shown all bytes that are done
    /// with, in their order.
    pub fn push(&mut self, bytes: &[u8], last: bool, consumed: &mut dyn FnMut(&[u8])) {
        self.pending.extend_from_slice(bytes);
        if !last && self.pending.len() < self.enough {
            return;
        }
        let used = self.read(last);
        let done = self.pending.get(..used).unwrap_or_default();
        consumed(done);
        let counts_lines = !matches!(self.way, Way::Array(..));
        self.taking.pass(done, counts_lines);
        self.pending.drain(..used);
        // What is not whole is looked at again when there is half as much more of it, not with every byte that comes.
        self.enough = if self.pending.len() > MUCH { self.pending.len() / 2 * 3 } else { 0 };
        // A line of many MiB must not hold its memory for ever.
        if self.pending.capacity() > self.pending.len().saturating_mul(2).max(16 * MUCH) {
            self.pending.shrink_to(8 * MUCH);
        }
    }

    /// Ends the batch and begins an empty one.
    pub fn take(&mut self) -> Result<Piece, SourceError> {
        let taking = &mut self.taking;
        let rows = taking.builder.finish().map_err(|error| SourceError::Columns(error.to_string()))?;
        taking.refused_bytes = 0;
        Ok(Piece {
            accepted: rows.num_rows() as u64,
            refused: std::mem::take(&mut taking.refusals),
            errors: std::mem::take(&mut taking.errors),
            batch: Batch {
                dataset: taking.options.dataset.clone(),
                rows,
                raw_bytes: std::mem::take(&mut taking.raw_bytes),
                refused: std::mem::take(&mut taking.refused),
                notes: Vec::new(),
            },
        })
    }

    /// Reads what is whole in the pending bytes; returns how many of them are done with.
    fn read(&mut self, last: bool) -> usize {
        let Self { way, pending, taking, .. } = self;
        if matches!(way, Way::Unknown) {
            match begins_array(pending) {
                None if !last && pending.len() < BLANK => return 0,
                Some(true) => *way = Way::Array(taking.json_parser(), Splitter::default()),
                _ => *way = taking.text(),
            }
        }
        match way {
            Way::Unknown => 0,
            Way::Lines(parser) => parser.parse(pending, taking.base, last, &mut |parsed| match parsed {
                Parsed::Refused { bytes, continues: true, .. } => taking.extend_refused(bytes),
                parsed => taking.take(parsed, None, pending),
            }),
            Way::JsonLines { parser, skips } => taking.json_lines(parser, pending, last, skips),
            Way::Array(parser, splitter) => taking.array(parser, pending, last, splitter),
        }
    }
}

/// Whether a body is an array of objects, and not a log line that begins with its time in brackets; none when its
/// beginning does not tell yet.
fn begins_array(body: &[u8]) -> Option<bool> {
    let body = body.trim_ascii_start();
    let Some(inside) = body.strip_prefix(b"[") else { return (!body.is_empty()).then_some(false) };
    inside.trim_ascii_start().first().map(|first| matches!(first, b'{' | b']'))
}

/// What is made of a body.
#[derive(Debug)]
struct Taking {
    source: String,
    options: Gather,
    observed: Timestamp,
    /// Where the bytes that are being read begin in the body.
    base: u64,
    builder: BatchBuilder,
    raw_bytes: u64,
    refused: Vec<Refused>,
    refused_bytes: usize,
    errors: Vec<LineError>,
    refusals: u64,
    /// Lines, or elements of an array, behind.
    lines: u64,
    /// Where in the bytes that are being read lines have been counted up to.
    counted: usize,
}

impl Taking {
    fn text(&self) -> Way {
        Way::Lines(Box::new(Parser::new(self.options.parse_options(self.observed))))
    }

    /// What holds JSON by contract is recognised as such, whatever format other inputs are forced to.
    fn json_parser(&self) -> Box<Parser> {
        Box::new(Parser::new(ParseOptions { format: None, ..self.options.parse_options(self.observed) }))
    }

    fn json_lines(&mut self, parser: &mut Parser, bytes: &[u8], last: bool, skips: &mut bool) -> usize {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let end = memchr::memchr(b'\n', rest).map(|end| at + end + 1);
            // One byte more may be half of a line end.
            let too_long = rest.len() > self.options.max_line + 1;
            let (end, ends) = match end {
                Some(end) => (end, true),
                None if last || *skips || too_long => (bytes.len(), false),
                None => break,
            };
            let line = bytes.get(at..end).unwrap_or_default();
            if *skips {
                self.extend_refused(line);
            } else {
                let nth = self.line_at(bytes, at);
                self.object(parser, line, self.base + at as u64, nth, &Refusal::NotObjectLine, bytes);
            }
            *skips = !ends && !last;
            at = end;
        }
        at
    }

    fn array(&mut self, parser: &mut Parser, bytes: &[u8], last: bool, splitter: &mut Splitter) -> usize {
        let mut at = 0;
        while let Some(element) = splitter.next(bytes, &mut at, self.base, last) {
            self.lines += 1;
            match element {
                Ok(element) => {
                    let joined: Vec<u8>;
                    // A record's end is a line's end to the parser: an object over several lines becomes one line.
                    let text = if has_line_end(element.text) {
                        joined =
                            element.text.iter().map(|b| if matches!(b, b'\n' | b'\r') { b' ' } else { *b }).collect();
                        &joined
                    } else {
                        element.text
                    };
                    self.object(parser, text, element.offset, self.lines, &Refusal::NotObject, bytes);
                }
                Err(broken) => {
                    let from = broken.offset.saturating_sub(self.base) as usize;
                    let rest = bytes.get(from..).unwrap_or_default();
                    self.refuse(broken.offset, self.lines, broken.reason, rest);
                }
            }
        }
        let rest = bytes.get(at..).unwrap_or_default();
        if rest.len() > self.options.max_line && !splitter.skips() {
            self.lines += 1;
            self.refuse(self.base + at as u64, self.lines, self.too_long(), rest);
            splitter.skip();
            at = bytes.len();
        }
        at
    }

    fn too_long(&self) -> Refusal {
        Refusal::TooLong { bytes: self.options.max_line as u64 }
    }

    /// Takes one JSON object; `text` holds nothing else.
    fn object(&mut self, parser: &mut Parser, text: &[u8], offset: u64, nth: u64, otherwise: &Refusal, within: &[u8]) {
        let text = text.trim_ascii_end();
        let blank = text.len() - text.trim_ascii_start().len();
        let (text, offset) = (text.get(blank..).unwrap_or_default(), offset + blank as u64);
        if text.is_empty() {
            return;
        }
        let is_object = text.starts_with(b"{") && (text.ends_with(b"}") || text.len() > self.options.max_line);
        if !is_object || text.len() > self.options.max_line {
            let reason = if is_object { self.too_long() } else { otherwise.clone() };
            self.refuse(offset, nth, reason, text);
            return;
        }
        parser.parse(text, offset, true, &mut |parsed| match parsed {
            Parsed::Record { format, bytes, .. } if !is_json(format) => {
                self.refuse(offset, nth, otherwise.clone(), bytes);
            }
            parsed => self.take(parsed, Some(nth), within),
        });
    }

    fn take(&mut self, parsed: Parsed<'_>, nth: Option<u64>, within: &[u8]) {
        match parsed {
            Parsed::Record { mut record, bytes, .. } => {
                if record.service.is_none() {
                    record.service = self.options.service.as_deref().map(Into::into);
                }
                self.builder.push(&record, self.observed);
                self.raw_bytes += bytes.len() as u64;
            }
            Parsed::Refused { continues: true, .. } => {}
            Parsed::Refused { offset, bytes, reason, .. } => {
                let nth = nth.unwrap_or_else(|| self.line_at(within, offset.saturating_sub(self.base) as usize));
                self.refuse(offset, nth, reason, bytes);
            }
        }
    }

    fn refuse(&mut self, offset: u64, nth: u64, reason: Refusal, raw: &[u8]) {
        self.refusals += 1;
        if self.errors.len() < Piece::MAX_ERRORS {
            self.errors.push(LineError { line: nth, offset, reason: reason.clone() });
        }
        let room = MAX_REFUSED.saturating_sub(self.refused_bytes).min(Refused::MAX_RAW);
        let raw = raw.get(..room).unwrap_or(raw).to_vec();
        // What is kept of a refused line beside its text.
        self.refused_bytes += raw.len() + self.source.len() + 128;
        self.refused.push(Refused { source: self.source.clone(), offset, reason, raw });
    }

    /// More of the line that was refused last.
    fn extend_refused(&mut self, more: &[u8]) {
        let Some(refused) = self.refused.last_mut() else { return };
        let room = Refused::MAX_RAW.saturating_sub(refused.raw.len());
        let more = more.get(..room).unwrap_or(more);
        refused.raw.extend_from_slice(more);
        self.refused_bytes += more.len();
    }

    /// The number of the line that holds the byte at `at` of the bytes that are being read; places only grow.
    fn line_at(&mut self, bytes: &[u8], at: usize) -> u64 {
        let between = bytes.get(self.counted..at).unwrap_or_default();
        self.lines += memchr::memchr_iter(b'\n', between).count() as u64;
        self.counted = self.counted.max(at);
        self.lines + 1
    }

    /// Leaves bytes behind that are done with.
    fn pass(&mut self, done: &[u8], counts_lines: bool) {
        if counts_lines {
            self.line_at(done, done.len());
        }
        self.counted = 0;
        self.base += done.len() as u64;
    }
}

fn has_line_end(text: &[u8]) -> bool {
    memchr::memchr2(b'\n', b'\r', text).is_some()
}

/// Formats whose lines are JSON objects.
fn is_json(format: Format) -> bool {
    matches!(format, Format::Json | Format::BongsuJson | Format::Docker | Format::JournaldJson)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(kind: BodyKind, options: Gather) -> BodyReader {
        BodyReader::new(kind, "http", options, Timestamp::from_nanos(1_000))
    }

    fn take(body: &str, kind: BodyKind) -> Piece {
        let mut whole = reader(kind, Gather::default());
        whole.push(body.as_bytes(), true, &mut |_| {});
        whole.take().unwrap()
    }

    /// Rows, refusals and their places, when the body comes `size` bytes at a time and every piece is taken by a reader
    /// that knows only where the one before stopped.
    fn in_pieces(body: &[u8], kind: BodyKind, size: usize) -> (u64, u64, Vec<LineError>, u64) {
        let (mut rows, mut refused, mut errors, mut raw) = (0, 0, vec![], 0);
        let (mut place, mut sent) = (BodyPlace::default(), 0);
        while sent < body.len() {
            let end = body.len().min(sent + size);
            let now = Timestamp::from_nanos(1_000);
            let mut reader = BodyReader::resume(kind, "http", Gather::default(), now, &place);
            let mut seen = Vec::new();
            reader.push(&body[place.offset as usize..end], end == body.len(), &mut |done| seen.extend_from_slice(done));
            assert_eq!(seen, body[place.offset as usize..reader.place().offset as usize]);
            place = reader.place();
            sent = end;
            let piece = reader.take().unwrap();
            rows += piece.accepted;
            refused += piece.refused;
            raw += piece.batch.raw_bytes;
            errors.extend(piece.errors);
        }
        assert_eq!(place.offset, body.len() as u64);
        (rows, refused, errors, raw)
    }

    #[test]
    fn pieces_of_any_size_give_what_the_whole_gives() {
        let lines = "{\"message\":\"a\"}\n\nplain words\n  {\"message\":\"b\"}\r\n{\"message\":\n{\"message\":\"c\"}";
        let array = " [{\"message\":\"a\"}, 7,\n {\n  \"message\": \"b\"\n}, {\"message\":\"]\"}, {\"message\"";
        let text = "2025-06-06 12:00:00 ERROR it broke\nTraceback (most recent call last):\n  File \"a.py\", line 1, in f\nValueError: no\nnext\n";
        for (body, kind) in
            [(lines, BodyKind::JsonLines), (array, BodyKind::Auto), (text, BodyKind::Auto), (lines, BodyKind::Text)]
        {
            let whole = in_pieces(body.as_bytes(), kind, body.len());
            assert!(whole.0 > 0, "{body}");
            for size in 1..body.len() {
                assert_eq!(in_pieces(body.as_bytes(), kind, size), whole, "{kind:?} in pieces of {size}: {body}");
            }
        }
    }

    #[test]
    fn a_line_that_is_no_object_is_refused_by_its_number() {
        let body =
            take("{\"message\":\"a\"}\n\nplain words\n  {\"message\":\"b\"}\r\n{\"message\":\n", BodyKind::JsonLines);
        assert_eq!((body.accepted, body.refused), (2, 2));
        let places: Vec<_> = body.errors.iter().map(|error| (error.line, error.offset)).collect();
        assert_eq!(places, [(3, 17), (5, 48)]);
        assert_eq!(body.batch.refused[0].raw, b"plain words");
        assert_eq!(body.batch.refused[0].source, "http");
    }

    #[test]
    fn an_array_is_recognised_and_its_bad_elements_named_by_number_and_place() {
        let body = take("[{\"message\":\"a\"}, 7,\n {\n  \"message\": \"b\"\n}, {\"message\"", BodyKind::Auto);
        assert_eq!((body.accepted, body.refused), (2, 2));
        let places: Vec<_> = body.errors.iter().map(|error| (error.line, error.offset)).collect();
        assert_eq!(places, [(2, 18), (4, 44)]);
    }

    #[test]
    fn text_is_taken_line_by_line_also_when_it_begins_with_a_bracket() {
        let body = take("[2025-06-06 12:00:00] one\n[2025-06-06 12:00:01] two\n", BodyKind::Auto);
        assert_eq!((body.accepted, body.refused, body.batch.rows.num_rows()), (2, 0, 2));
        assert_eq!(take("", BodyKind::Auto).accepted, 0);
        assert_eq!(take("   ", BodyKind::Auto).accepted, 0);
    }

    #[test]
    fn errors_are_bounded_and_counted_beyond() {
        let body = take(&"x\n".repeat(500), BodyKind::JsonLines);
        assert_eq!((body.refused, body.errors.len()), (500, Piece::MAX_ERRORS));
    }

    #[test]
    fn what_is_longer_than_a_line_may_be_is_refused_once_and_not_held() {
        let long = format!("{{\"message\":\"{}\"}}", "x".repeat(3 << 20));
        let after = "{\"message\":\"after\"}";
        for (kind, body) in [
            (BodyKind::JsonLines, format!("{long}\n{after}\n")),
            (BodyKind::JsonArray, format!("[{long},{after}]")),
            (BodyKind::Text, format!("{long}\n{after}\n")),
        ] {
            let mut reader = reader(kind, Gather { max_line: 1 << 20, ..Gather::default() });
            for (nth, part) in body.as_bytes().chunks(100_000).enumerate() {
                reader.push(part, (nth + 1) * 100_000 >= body.len(), &mut |_| {});
                assert!(reader.pending() < 2 << 20, "{kind:?} {}", reader.pending());
            }
            let piece = reader.take().unwrap();
            assert_eq!((piece.accepted, piece.refused, piece.errors[0].line), (1, 1, 1), "{kind:?} {:?}", piece.errors);
        }
    }

    #[test]
    fn blank_bytes_without_end_are_not_held() {
        let mut reader = reader(BodyKind::Auto, Gather::default());
        for _ in 0..100 {
            reader.push(&[b'\n'; 10_000], false, &mut |_| {});
            assert!(reader.pending() <= BLANK, "{}", reader.pending());
        }
    }

    #[test]
    fn a_service_is_given_to_records_without_one() {
        let mut reader = reader(BodyKind::Text, Gather { service: Some("shop".into()), ..Gather::default() });
        reader.push(b"words\n", true, &mut |_| {});
        assert!(reader.take().unwrap().batch.rows.column_by_name("service").is_some());
    }
}
