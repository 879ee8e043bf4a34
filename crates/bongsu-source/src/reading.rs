//! Reading one input: from where it was left to its end, record by record.

use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use bongsu_format::Parser;
use bongsu_model::Refusal;

use crate::SourceError;
use crate::binary;
use crate::checkpoint::{Entry, Slot};
use crate::collector::{Collector, Origin, Outcome};
use crate::copies::Member;
use crate::fingerprint::{Head, TAIL, tail};
use crate::identity::{Known, Living, recognise};
use crate::inputs::{Stat, describe};
use crate::probe::{FileReader, Probe};
use crate::window::Window;

/// What becomes of the last record of a file, which may not be finished yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Kept once the file has stood still for a moment, left for the next run otherwise.
    Settle,
    /// Left.
    Leave,
    /// Kept up to the last line end; an unfinished line is left.
    Lines,
    /// Kept, whatever it is.
    Take,
}

/// One input while it is read.
pub(crate) struct Reading<'p> {
    path: &'p Path,
    source: String,
    member: Option<Member>,
    pub(crate) window: Window,
    parser: Parser,
    /// Where the last record began; none when what came last was refused.
    began: Option<u64>,
    /// The file's entry; none for a stream, which cannot be resumed.
    file: Option<(Stat, Option<Slot>)>,
}

impl<'p> Reading<'p> {
    pub(crate) fn stream(collector: &Collector<'_>, path: &'p Path) -> Self {
        let options = collector.with.options.parse_options(collector.with.clock.now());
        Self {
            path,
            source: path.to_string_lossy().into_owned(),
            member: None,
            window: Window::new(),
            parser: Parser::new(options),
            began: None,
            file: None,
        }
    }

    /// Parses the first `upto` pending bytes; `last`: what is behind them is no part of their records.
    pub(crate) fn parse(&mut self, to: &mut Collector<'_>, upto: usize, last: bool) -> Result<(), SourceError> {
        let mut upto = upto;
        let mut size = to.with.limits.slice;
        while upto > 0 {
            let whole = upto <= size;
            let expected = upto.min(size);
            if to.is_full(expected) {
                self.remember(to, None, false);
                to.flush()?;
            }
            let bytes = self.window.pending().get(..expected).unwrap_or_default();
            let origin = Origin { source: &self.source, member: self.member };
            let (used, outcome) = to.parse(&mut self.parser, bytes, self.window.offset(), last && whole, origin)?;
            match outcome {
                Outcome::Nothing => {}
                Outcome::Record { began } => self.began = Some(began),
                Outcome::Refused => self.began = None,
            }
            self.window.consume(used);
            upto -= used;
            size = if used > 0 { to.with.limits.slice } else { size * 2 };
            if used == 0 && whole {
                break;
            }
        }
        Ok(())
    }

    /// Pending bytes up to and with the last line end.
    pub(crate) fn lines(&self) -> usize {
        self.window.pending().iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
    }

    /// Keeps what is pending as `ending` says.
    fn end(&mut self, to: &mut Collector<'_>, ending: Ending) -> Result<(), SourceError> {
        let open = self.window.pending().last().is_some_and(|byte| *byte != b'\n');
        match ending {
            Ending::Leave | Ending::Settle => {}
            Ending::Lines => self.parse(to, self.lines(), true)?,
            Ending::Take => {
                let from = self.window.offset();
                self.parse(to, self.window.pending().len(), true)?;
                let open_record = self.began.filter(|began| open && *began >= from);
                self.remember(to, open_record, true);
                return Ok(());
            }
        }
        if ending != Ending::Lines && !self.window.pending().is_empty() {
            to.report.unfinished += 1;
        }
        self.remember(to, None, false);
        Ok(())
    }

    /// Writes down how far the file has been read.
    fn remember(&mut self, to: &mut Collector<'_>, open_record: Option<u64>, done: bool) {
        let Some((stat, slot)) = &mut self.file else { return };
        let Some(head) = self.window.head() else { return };
        let mut entry = Entry::new(self.path, *stat, self.window.offset(), self.window.tail());
        entry.open_record = open_record;
        entry.done = done;
        entry.log = self.member.map(Member::log);
        entry.memory = self.parser.memory();
        *slot = Some(to.checkpoints.put(*slot, head, entry));
    }
}

/// Reads what is new in a file.
pub(crate) fn file(
    to: &mut Collector<'_>,
    living: &Living,
    mut probe: Probe,
    member: Option<Member>,
    ending: Ending,
) -> Result<(), SourceError> {
    if probe.sample.is_empty() {
        return Ok(());
    }
    let known = recognise(&mut probe, member, &mut to.checkpoints, living, to.with.options.again)?;
    let is_forced = to.with.options.format.is_some();
    let (entry, old) = match known {
        Known::CopyOfLiving => {
            to.report.skipped += 1;
            return Ok(());
        }
        Known::New { old } => (None, old),
        Known::Resume { entry, old } if entry.refused && is_forced => (None, old),
        Known::Resume { entry, old } => (Some(entry), old),
    };
    if entry.is_none()
        && !is_forced
        && let Some(reason) = binary::refusal(&probe.sample)
    {
        refuse_whole(to, &probe, old, reason);
        return Ok(());
    }
    if let Some(entry) = &entry
        && has_nothing_new(entry, &probe)
    {
        to.report.skipped += 1;
        if !entry.is_of(&probe.stat) || probe.path.to_string_lossy() != entry.path {
            let renewed = Entry { log: member.map(Member::log), ..entry.renewed(&probe.path, probe.stat) };
            if let Some(head) = Head::of(&probe.sample, (entry.offset as usize).min(crate::fingerprint::HEAD)) {
                to.checkpoints.put(old, head, renewed);
            }
        }
        return Ok(());
    }
    to.report.files += 1;
    match read(to, &probe, entry, old, member, ending)? {
        Ok(()) => {}
        Err(error) => {
            let cause = describe(&error);
            let reason = if probe.compressed { Refusal::TornArchive { cause: Box::new(cause) } } else { cause };
            to.refuse_input(&probe.path, reason, &[]);
        }
    }
    Ok(())
}

fn has_nothing_new(entry: &Entry, probe: &Probe) -> bool {
    if entry.refused || (probe.compressed && entry.done && entry.is_of(&probe.stat)) {
        return true;
    }
    entry.offset == probe.len()
}

fn refuse_whole(to: &mut Collector<'_>, probe: &Probe, old: Option<Slot>, reason: Refusal) {
    to.refuse_input(&probe.path, reason, &probe.sample);
    let len = probe.sample.len().min(crate::fingerprint::HEAD);
    if let Some(head) = Head::of(&probe.sample, len) {
        let mut entry = Entry::new(&probe.path, probe.stat, probe.sample.len() as u64, tail(&probe.sample));
        entry.refused = true;
        to.checkpoints.put(old, head, entry);
    }
}

/// Reads from the entry's place to the end. The inner error is the input's: what came before it has been kept.
fn read(
    to: &mut Collector<'_>,
    probe: &Probe,
    entry: Option<Entry>,
    old: Option<Slot>,
    member: Option<Member>,
    ending: Ending,
) -> Result<io::Result<()>, SourceError> {
    let mut reading = Reading { member, file: Some((probe.stat, old)), ..Reading::stream(to, &probe.path) };
    let mut input: Box<dyn Read + '_> = if probe.compressed {
        match probe.unpack() {
            Ok(opened) => opened.bytes,
            Err(error) => return Ok(Err(error)),
        }
    } else {
        Box::new(FileReader::new(&probe.file, 0))
    };
    if let Some(entry) = entry {
        match resume(to, probe, &entry, &mut reading) {
            Ok(Some(from)) => input = from,
            Ok(None) => {}
            Err(error) => return Ok(Err(error)),
        }
    }
    let result = pump(to, probe, &mut reading, &mut *input, ending);
    if to.with.stopped() {
        reading.remember(to, None, false);
    }
    result
}

/// Puts `reading` where the entry says and gives the bytes from there.
fn resume<'p>(
    to: &mut Collector<'_>,
    probe: &'p Probe,
    entry: &Entry,
    reading: &mut Reading<'_>,
) -> io::Result<Option<Box<dyn Read + 'p>>> {
    let next = bytes_at(probe, entry.offset, 2)?;
    let goes_on = !(next.starts_with(b"\n") || next.starts_with(b"\r\n"));
    let from = match entry.open_record {
        // The line that had no end has got one further on: it is read again, whole.
        Some(began) if goes_on => {
            to.report.completed += 1;
            began
        }
        _ => entry.offset,
    };
    let before = bytes_at(probe, from.saturating_sub(TAIL as u64), from.min(TAIL as u64) as usize)?;
    reading.window = Window::resume(from, before, &probe.sample);
    let options = to.with.options.parse_options(to.with.clock.now());
    reading.parser = Parser::resume(options, &entry.memory);
    stream_at(probe, from).map(Some)
}

/// The unpacked bytes from `from` on.
fn stream_at(probe: &Probe, from: u64) -> io::Result<Box<dyn Read + '_>> {
    if !probe.compressed {
        return Ok(Box::new(FileReader::new(&probe.file, from)));
    }
    let mut bytes = probe.unpack()?.bytes;
    io::copy(&mut bytes.by_ref().take(from), &mut io::sink())?;
    Ok(bytes)
}

fn bytes_at(probe: &Probe, from: u64, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream_at(probe, from)?.take(count as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn pump(
    to: &mut Collector<'_>,
    probe: &Probe,
    reading: &mut Reading<'_>,
    input: &mut dyn Read,
    ending: Ending,
) -> Result<io::Result<()>, SourceError> {
    let mut patience = 3;
    loop {
        let chunk = to.with.limits.chunk;
        let want = if reading.window.pending().len() > 4 * chunk { 4 * chunk } else { chunk };
        let read = reading.window.fill(input, want);
        if read.as_ref().is_ok_and(|count| *count > 0) {
            reading.parse(to, reading.window.pending().len(), false)?;
            if to.with.stopped() {
                return Ok(Ok(()));
            }
            let done = reading.window.offset();
            to.progress(&probe.path, if probe.compressed { probe.stat.size.min(done / 8) } else { done });
            continue;
        }
        let ending = match ending {
            _ if probe.compressed => Ending::Take,
            Ending::Settle if reading.window.pending().is_empty() => Ending::Take,
            Ending::Settle => {
                patience -= 1;
                match settle(to, probe) {
                    Stillness::Still => Ending::Take,
                    Stillness::Moved if patience > 0 => continue,
                    Stillness::Moved => Ending::Leave,
                }
            }
            other => other,
        };
        reading.end(to, ending)?;
        return Ok(read.map(|_| ()));
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Stillness {
    Still,
    Moved,
}

/// Waits until the file has not changed for the time that the options name, or has.
fn settle(to: &Collector<'_>, probe: &Probe) -> Stillness {
    let stat = |probe: &Probe| probe.file.metadata().map(|metadata| Stat::of(&metadata)).ok();
    let before = stat(probe);
    let modified = before.map_or(i64::MIN, |stat| stat.modified);
    let age =
        u64::try_from(to.with.clock.now().nanos().saturating_sub(modified)).map_or(Duration::MAX, Duration::from_nanos);
    let wait = to.with.options.settle.saturating_sub(age);
    let begin = Instant::now();
    while begin.elapsed() < wait && !to.with.stopped() {
        std::thread::sleep(wait.saturating_sub(begin.elapsed()).min(Duration::from_millis(20)));
        if stat(probe) != before {
            return Stillness::Moved;
        }
    }
    Stillness::Still
}
