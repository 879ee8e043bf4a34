//! Bytes in pieces of any size become records.

use std::borrow::Cow;

use bongsu_model::{Record, Refusal, Value};

use crate::container::{self, Around};
use crate::csv;
use crate::detect::{Reader, joins};
use crate::join::{Joiner, MAX_BYTES, MAX_LINES};
use crate::joined::Joined;
use crate::json::{self, JsonReader};
use crate::line::{self, Extent, owned};
use crate::time::Calendar;
use crate::{Format, ParseOptions, journald, postgres, utf8};

/// What a piece of the input turned out to be.
#[expect(clippy::large_enum_variant, reason = "nearly all are records; a box would cost each of them an allocation")]
#[derive(Debug, Clone, PartialEq)]
pub enum Parsed<'a> {
    /// One record.
    Record {
        /// What was read. Its `source`, `offset` and `id` are the caller's to fill.
        record: Record<'a>,
        /// Where its first byte lies: `base_offset` plus its place in the bytes given.
        offset: u64,
        /// The bytes it was made from: its lines, the last line end left out. The header of a CSV file is part of its
        /// first record.
        bytes: &'a [u8],
        /// How it was written.
        format: Format,
    },
    /// Bytes that cannot become a record.
    Refused {
        /// Where the first of them lies.
        offset: u64,
        /// The bytes.
        bytes: &'a [u8],
        /// Why.
        reason: Refusal,
        /// These bytes go on with the refused line of the call before: not another refused line, only more of it.
        continues: bool,
    },
}

/// Reads one input: recognises its format, joins what belongs together, remembers what later lines need.
#[derive(Debug)]
pub struct Parser {
    reader: Reader,
    wrappers: JsonReader,
    forced: Option<Format>,
    max_line: usize,
    memory: Memory,
}

/// What later lines need to know about earlier ones. Only what was consumed changes it.
#[derive(Debug, Clone)]
struct Memory {
    /// A byte order mark was looked for.
    marked: bool,
    begun: bool,
    format: Format,
    header: Option<csv::Header>,
    /// A record reached its bound: lines that go on with it begin another.
    bound: Option<Joiner>,
    refusing: Option<Refusing>,
}

/// Why the bytes to come are refused, up to where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusing {
    Line,
    Utf16,
}

/// What stands at a place in the input.
enum Next<'a> {
    End,
    /// A line whose end has not come.
    Unfinished,
    /// A line that goes on in one that has not come.
    Split,
    Blank(usize),
    TooLong {
        end: usize,
        next: usize,
    },
    Line(Logical<'a>),
}

/// A line, out of its wrapper if it had one.
struct Logical<'a> {
    text: Cow<'a, str>,
    end: usize,
    next: usize,
    around: Option<Around<'a>>,
    escaped: bool,
    /// A prefix was left out.
    shortened: bool,
}

impl Logical<'_> {
    /// Leaves the prefix out of a line that explains the record whose first line is `head`; says whether it does.
    fn explain(&mut self, head: &str) -> bool {
        let Some(kept) = postgres::explanation(head, &self.text).map(str::len) else { return false };
        let from = self.text.len() - kept;
        self.text = match &self.text {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(from..).unwrap_or_default()),
            Cow::Owned(text) => Cow::Owned(text.get(from..).unwrap_or_default().to_owned()),
        };
        self.shortened = true;
        true
    }
}

/// What one step made of the input.
enum Step {
    /// More bytes are needed.
    More,
    /// Nothing but line ends up to here.
    Skip(usize),
    /// The record that the step was given to fill.
    Record {
        format: Format,
        end: usize,
        next: usize,
    },
    Refused {
        end: usize,
        next: usize,
        reason: Refusal,
        refusing: Option<Refusing>,
    },
}

#[derive(Clone, Copy)]
struct Input<'a> {
    bytes: &'a [u8],
    last: bool,
}

impl<'a> Input<'a> {
    fn slice(self, from: usize, to: usize) -> &'a [u8] {
        self.bytes.get(from..to).unwrap_or_default()
    }

    /// End of the line that begins at `at` and the beginning of the next; none when it is unfinished.
    fn line(self, at: usize) -> Option<(usize, usize)> {
        let rest = self.slice(at, self.bytes.len());
        let (end, next) = match memchr::memchr(b'\n', rest) {
            Some(end) => (at + end, at + end + 1),
            None if self.last => (self.bytes.len(), self.bytes.len()),
            None => return None,
        };
        let end = if self.slice(at, end).ends_with(b"\r") { end - 1 } else { end };
        Some((end, next))
    }
}

impl Parser {
    /// A parser at the beginning of an input.
    pub fn new(options: ParseOptions) -> Self {
        let ParseOptions { zone, now, year, format, max_line } = options;
        let memory =
            Memory { marked: false, begun: false, format: Format::Text, header: None, bound: None, refusing: None };
        let reader = Reader::new(Calendar::new(zone, now, year), format);
        Self { reader, wrappers: JsonReader::new(), forced: format, max_line, memory }
    }

    /// A parser that goes on in the middle of an input, with the [`Parser::memory`] of the one that read what is before.
    pub fn resume(options: ParseOptions, memory: &str) -> Self {
        let mut parser = Self::new(options);
        let (format, header) = memory.split_once('\n').unwrap_or((memory, ""));
        parser.memory.begun = !memory.is_empty();
        parser.memory.format = format.parse().unwrap_or(Format::Text);
        parser.memory.header = csv::Header::read(header, true);
        parser
    }

    /// What a parser must know to go on from here in another run: short text, such as the header of a CSV file; empty
    /// at the beginning.
    pub fn memory(&self) -> String {
        if !self.memory.begun {
            return String::new();
        }
        let header = self.memory.header.as_ref().map_or("", csv::Header::text);
        format!("{}\n{header}", self.memory.format)
    }

    /// Reads records from `bytes`, which begins where the last call stopped consuming.
    ///
    /// `last`: no more bytes will come. Returns how many bytes were consumed; the rest (an unfinished line, or a record
    /// that may go on on the next line) must be presented again with more bytes behind it. When nothing is consumed the
    /// caller must give more. Never panics; every byte consumed is in exactly one [`Parsed`], or is a line end or blank.
    /// A line longer than `max_line` is refused in pieces, each consumed at once, so memory stays bounded.
    ///
    /// ```
    /// use bongsu_format::{Format, ParseOptions, Parsed, Parser};
    ///
    /// let mut parser = Parser::new(ParseOptions::new(bongsu_model::Timestamp::from_nanos(0)));
    /// let bytes = b"[2025-06-06 12:00:00] ERROR    api             | it broke\n  and how\n[2025-06-06 12:00";
    /// let mut messages = Vec::new();
    /// let consumed = parser.parse(bytes, 0, false, &mut |parsed| {
    ///     if let Parsed::Record { record, format, .. } = parsed {
    ///         assert_eq!(format, Format::BongsuComponent);
    ///         messages.push(record.message.into_owned());
    ///     }
    /// });
    /// // The last line is unfinished, so the record before it may still go on.
    /// assert_eq!((consumed, messages.len()), (0, 0));
    /// parser.parse(b"[2025-06-06 12:00:00] ERROR    api             | it broke\n  and how\n", 0, true, &mut |parsed| {
    ///     if let Parsed::Record { record, .. } = parsed {
    ///         messages.push(record.message.into_owned());
    ///     }
    /// });
    /// assert_eq!(messages, ["it broke\n  and how"]);
    /// ```
    pub fn parse<'a>(
        &mut self,
        bytes: &'a [u8],
        base_offset: u64,
        last: bool,
        sink: &mut dyn FnMut(Parsed<'a>),
    ) -> usize {
        let input = Input { bytes, last };
        let Some(mut at) = self.begin(input, base_offset, sink) else { return 0 };
        loop {
            let offset = base_offset + at as u64;
            let mut record = Record::default();
            at = match self.step(input, at, &mut record) {
                Step::More => return at,
                Step::Skip(next) => next,
                Step::Record { format, end, next } => {
                    sink(Parsed::Record { record, offset, bytes: input.slice(at, end), format });
                    next
                }
                Step::Refused { end, next, reason, refusing } => {
                    self.memory.begun = true;
                    self.memory.refusing = refusing;
                    self.memory.bound = None;
                    let bytes = input.slice(at, end);
                    sink(Parsed::Refused { offset, bytes, reason, continues: false });
                    next
                }
            };
        }
    }

    /// Passes over a byte order mark and over what is left of a refused line. None when more bytes are needed.
    fn begin<'a>(&mut self, input: Input<'a>, base_offset: u64, sink: &mut dyn FnMut(Parsed<'a>)) -> Option<usize> {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        if let Some(refusing) = self.memory.refusing {
            let end = match refusing {
                Refusing::Line => memchr::memchr(b'\n', input.bytes),
                Refusing::Utf16 => None,
            };
            let piece = input.slice(0, end.unwrap_or(input.bytes.len()));
            let reason = if refusing == Refusing::Line { Refusal::LongLine } else { Refusal::Utf16Text };
            if !piece.is_empty() {
                sink(Parsed::Refused { offset: base_offset, bytes: piece, reason, continues: true });
            }
            if end.is_some() {
                self.memory.refusing = None;
            }
            return Some(end.map_or(input.bytes.len(), |end| end + 1));
        }
        if self.memory.begun || self.memory.marked || input.bytes.is_empty() {
            return Some(0);
        }
        if !input.last && input.bytes.len() < 3 {
            return None;
        }
        self.memory.marked = true;
        Some(if input.bytes.starts_with(MARK) { MARK.len() } else { 0 })
    }

    fn step<'a>(&mut self, input: Input<'a>, at: usize, record: &mut Record<'a>) -> Step {
        if at >= input.bytes.len() {
            return Step::More;
        }
        let rest = input.slice(at, input.bytes.len());
        if !self.memory.begun && (rest.starts_with(b"\xff\xfe") || rest.starts_with(b"\xfe\xff")) {
            let (end, next) = (input.bytes.len(), input.bytes.len());
            return Step::Refused { end, next, reason: Refusal::Utf16Text, refusing: Some(Refusing::Utf16) };
        }
        let export = matches!(self.forced, None | Some(Format::JournaldExport));
        if export
            && journald::begins(rest)
            && let Some(step) = self.journald(input, at, record)
        {
            return step;
        }
        if rest.starts_with(b"{")
            && let Some(step) = self.json_block(input, at, record)
        {
            return step;
        }
        if matches!(self.forced, None | Some(Format::Csv))
            && let Some(step) = self.csv(input, at, record)
        {
            return step;
        }
        match self.next(input, at) {
            Next::End | Next::Split => Step::More,
            Next::Unfinished => self.unfinished(input, at),
            Next::Blank(next) => Step::Skip(next),
            Next::TooLong { end, next } => Step::Refused { end, next, reason: Refusal::LongLine, refusing: None },
            Next::Line(head) => self.record(input, at, head, record),
        }
    }

    /// Whether the unfinished line that begins at `at` will be refused however it ends. Its last byte may be half of
    /// a line end.
    fn is_too_long(&self, input: Input<'_>, at: usize) -> bool {
        input.bytes.len().saturating_sub(at) > self.max_line + 1
    }

    fn unfinished(&self, input: Input<'_>, at: usize) -> Step {
        let len = input.bytes.len();
        if !self.is_too_long(input, at) {
            return Step::More;
        }
        Step::Refused { end: len, next: len, reason: Refusal::LongLine, refusing: Some(Refusing::Line) }
    }

    /// What stands at `at`.
    fn next<'a>(&mut self, input: Input<'a>, at: usize) -> Next<'a> {
        if at >= input.bytes.len() {
            return if input.last { Next::End } else { Next::Unfinished };
        }
        let Some((end, next)) = input.line(at) else { return Next::Unfinished };
        let raw = input.slice(at, end);
        if raw.trim_ascii_start().is_empty() {
            return Next::Blank(next);
        }
        if raw.len() > self.max_line {
            let end = if input.slice(end, next).starts_with(b"\r") { end + 1 } else { end };
            return Next::TooLong { end, next };
        }
        let (text, escaped) = utf8::decode(raw);
        if !matches!(self.forced, None | Some(Format::Docker | Format::Cri)) {
            return Next::Line(Logical { text, end, next, around: None, escaped, shortened: false });
        }
        match text {
            Cow::Borrowed(text) => self.unwrapped(input, text, end, next),
            Cow::Owned(_) => Next::Line(Logical { text, end, next, around: None, escaped, shortened: false }),
        }
    }

    /// Takes the wrapper of a container's line off, and joins the parts of a line that was split.
    fn unwrapped<'a>(&mut self, input: Input<'a>, text: &'a str, end: usize, next: usize) -> Next<'a> {
        let calendar = &self.reader.calendar;
        let Some(wrapped) = container::unwrap(text, &mut self.wrappers, calendar) else {
            return Next::Line(Logical {
                text: text.into(),
                end,
                next,
                around: None,
                escaped: false,
                shortened: false,
            });
        };
        let (mut text, mut end, mut next) = (wrapped.text, end, next);
        let (around, mut partial) = (wrapped.around, wrapped.partial);
        while partial && text.len() < MAX_BYTES {
            if next >= input.bytes.len() && input.last {
                break;
            }
            let Some((line_end, after)) = input.line(next) else {
                // A line that will be refused for its length cannot be the missing part.
                if input.bytes.len().saturating_sub(next) > self.max_line + 1 {
                    break;
                }
                return Next::Split;
            };
            if line_end - next > self.max_line {
                break;
            }
            let more = std::str::from_utf8(input.slice(next, line_end)).ok();
            let more = more.and_then(|more| container::unwrap(more, &mut self.wrappers, calendar));
            let Some(more) = more.filter(|more| more.around.same_stream(&around)) else { break };
            text.to_mut().push_str(&more.text);
            (end, next, partial) = (line_end, after, more.partial);
        }
        self.reader.calendar.take_guessed();
        Next::Line(Logical { text, end, next, around: Some(around), escaped: false, shortened: false })
    }

    /// A record: its first line, and the lines that go on with it.
    fn record<'a>(&mut self, input: Input<'a>, at: usize, head: Logical<'a>, record: &mut Record<'a>) -> Step {
        let bound = self.memory.bound.filter(|joiner| Joiner::clone(joiner).takes(&head.text, false));
        self.reader.calendar.take_guessed();
        let format = match (&head.text, bound) {
            (Cow::Borrowed(text), None) => self.reader.read(record, text, self.memory.format),
            (Cow::Owned(text), None) => {
                let mut borrowed = Record::default();
                let format = self.reader.read(&mut borrowed, text, self.memory.format);
                *record = owned(borrowed);
                format
            }
            (text, Some(_)) => {
                let (borrowed, format) = line::text(text).finish();
                *record = owned(borrowed);
                format
            }
        };
        let guessed = self.reader.calendar.take_guessed();
        let mut more = Joined::behind(head.end, head.next, head.escaped);
        let mut joiner = None;
        if joins(format) {
            let mut following = bound.unwrap_or_else(|| Joiner::new(&head.text, format != Format::Text));
            if bound.is_some() {
                following.takes(&head.text, false);
            }
            if !self.join(input, &head, format, &mut following, &mut more) {
                return Step::More;
            }
            joiner = Some(following);
        }
        if more.lines > 0 {
            more.extend(record, input.bytes, at, &head.text);
        }
        if more.escaped {
            record.fields.push(("encoding".into(), Value::Str("escaped".into())));
        }
        let shown = head.around.as_ref().map_or(format, |around| around.format);
        if let Some(around) = head.around {
            around.put_on(record, guessed);
        }
        self.memory.begun = true;
        self.memory.format = format;
        self.memory.bound = joiner.filter(|_| more.full);
        Step::Record { format: shown, end: more.end, next: more.next }
    }

    /// Collects the lines that go on with a record; false when more bytes are needed to tell.
    fn join<'a>(
        &mut self,
        input: Input<'a>,
        head: &Logical<'a>,
        format: Format,
        joiner: &mut Joiner,
        more: &mut Joined<'a>,
    ) -> bool {
        let indented = head.text.starts_with([' ', '\t']);
        let (mut at, mut after_blank) = (more.next, false);
        loop {
            let mut line = match self.next(input, at) {
                Next::Blank(next) => {
                    (at, after_blank) = (next, true);
                    continue;
                }
                Next::Split => return false,
                Next::Unfinished if !self.is_too_long(input, at) => return false,
                Next::Line(line) => line,
                Next::Unfinished | Next::End | Next::TooLong { .. } => return true,
            };
            let apart = match (&head.around, &line.around) {
                (None, None) => false,
                (Some(one), Some(other)) => !one.same_stream(other),
                _ => true,
            };
            let explains = format == Format::Postgres && !apart && line.explain(&head.text);
            let mut own_head = || {
                indented
                    && line.text.starts_with([' ', '\t'])
                    && self.reader.read(&mut Record::default(), &line.text, self.memory.format) != Format::Text
            };
            let before = *joiner;
            if !explains && (apart || !joiner.takes(&line.text, after_blank) || own_head()) {
                *joiner = before;
                return true;
            }
            if more.lines + 2 > MAX_LINES || more.bytes + line.text.len() > MAX_BYTES {
                *joiner = before;
                more.full = true;
                return true;
            }
            more.bytes += line.text.len();
            more.lines += 1;
            more.escaped |= line.escaped;
            more.end = line.end;
            more.next = line.next;
            at = line.next;
            let scattered = line.around.is_some() || line.shortened;
            more.take(line.text, scattered, after_blank);
            after_blank = false;
        }
    }

    /// A journal entry; none when it is longer than a line may be: its lines are read one by one then.
    fn journald<'a>(&mut self, input: Input<'a>, at: usize, record: &mut Record<'a>) -> Option<Step> {
        let (end, next) = match journald::entry(input.bytes, at, input.last, self.max_line) {
            Extent::Broken => return None,
            Extent::Ends { end, next } => (end, next),
            Extent::Unfinished => {
                return (!self.is_too_long(input, at)).then_some(Step::More);
            }
        };
        if end - at > self.max_line {
            return None;
        }
        self.memory.begun = true;
        self.memory.format = Format::JournaldExport;
        self.memory.bound = None;
        *record = journald::read(input.slice(at, end));
        Some(Step::Record { format: Format::JournaldExport, end, next })
    }

    /// A JSON object over several lines; none when these lines are no such thing: they are read one by one then.
    fn json_block<'a>(&mut self, input: Input<'a>, at: usize, record: &mut Record<'a>) -> Option<Step> {
        if !matches!(self.forced, None | Some(Format::Json | Format::BongsuJson | Format::JournaldJson)) {
            return None;
        }
        let (end, next) = match json::block(input.bytes, at, input.last, self.max_line) {
            Extent::Broken => return None,
            Extent::Unfinished => return Some(Step::More),
            Extent::Ends { end, next } => (end, next),
        };
        let text = std::str::from_utf8(input.slice(at, end)).ok()?;
        let format = self.reader.read(record, text, self.memory.format);
        if !matches!(format, Format::Json | Format::BongsuJson | Format::JournaldJson) {
            return None;
        }
        self.memory.begun = true;
        self.memory.format = format;
        self.memory.bound = None;
        Some(Step::Record { format, end, next })
    }

    /// A row of a CSV file, its header too when it is the first; none when the input is no CSV file here.
    fn csv<'a>(&mut self, input: Input<'a>, at: usize, record: &mut Record<'a>) -> Option<Step> {
        if self.memory.header.is_some() {
            return self.csv_row(input, at, record);
        }
        if self.memory.begun {
            return None;
        }
        let (end, next) = input.line(at)?;
        let header = csv::Header::read(std::str::from_utf8(input.slice(at, end)).ok()?, self.forced.is_some())?;
        let mut first = next;
        loop {
            let Some((end, next)) = input.line(first) else {
                return (!self.is_too_long(input, first)).then_some(Step::More);
            };
            if next == first {
                return None;
            }
            if !input.slice(first, end).trim_ascii().is_empty() {
                break;
            }
            first = next;
        }
        self.memory.header = Some(header);
        let step = self.csv_row(input, first, record);
        if !matches!(step, Some(Step::Record { .. })) {
            self.memory.header = None;
        }
        step
    }

    fn csv_row<'a>(&mut self, input: Input<'a>, at: usize, record: &mut Record<'a>) -> Option<Step> {
        let header = self.memory.header.as_ref()?;
        let (mut end, mut next) = input.line(at)?;
        let mut lines = 1;
        while csv::is_open(input.slice(at, end)) {
            if lines >= MAX_LINES || end - at > MAX_BYTES || next >= input.bytes.len() && input.last {
                return None;
            }
            let Some(more) = input.line(next) else {
                return (!self.is_too_long(input, next)).then_some(Step::More);
            };
            (end, next) = more;
            lines += 1;
        }
        if end - at > self.max_line {
            return None;
        }
        let (text, escaped) = utf8::decode(input.slice(at, end));
        let calendar = &self.reader.calendar;
        *record = match &text {
            Cow::Borrowed(text) => header.row(text, calendar)?.finish().0,
            Cow::Owned(text) => owned(header.row(text, calendar)?.finish().0),
        };
        if escaped {
            record.fields.push(("encoding".into(), Value::Str("escaped".into())));
        }
        self.memory.begun = true;
        self.memory.bound = None;
        self.memory.format = Format::Csv;
        Some(Step::Record { format: Format::Csv, end, next })
    }
}
