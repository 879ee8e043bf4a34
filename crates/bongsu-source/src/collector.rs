//! Records of many inputs become batches, each with what must be remembered of the inputs it came from.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use bongsu_format::{Format, Parsed, Parser};
use bongsu_model::{Batch, BatchBuilder, Clock, Intake, Refusal, Refused};

use crate::checkpoint::Checkpoints;
use crate::copies::{Copies, Member};
use crate::{Gather, Progress, ProgressState, Report, SourceError};

/// How much is in memory at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Rows that end a batch.
    pub(crate) rows: usize,
    /// Bytes that end a batch.
    pub(crate) bytes: usize,
    /// Bytes that are read at once.
    pub(crate) chunk: usize,
    /// Bytes that are parsed at once; a batch can only end between two such pieces.
    pub(crate) slice: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: 65_536, bytes: 8 << 20, chunk: 1 << 20, slice: 256 << 10 }
    }
}

/// What everything that reads has at hand.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    pub(crate) options: &'a Gather,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) progress: &'a dyn Progress,
    pub(crate) stop: &'a AtomicBool,
    pub(crate) limits: Limits,
}

impl Surroundings<'_> {
    pub(crate) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Takes a batch and tells how many batches are on disk by now.
pub(crate) type Deliver<'a> = dyn FnMut(Batch) -> Result<u64, SourceError> + 'a;

/// The batch that is being filled, and what this run has done so far.
pub(crate) struct Collector<'a> {
    pub(crate) with: Surroundings<'a>,
    pub(crate) report: Report,
    pub(crate) checkpoints: Checkpoints<'a>,
    copies: Copies<'a>,
    formats: [u64; Format::ALL.len()],
    builder: BatchBuilder,
    raw_bytes: u64,
    refused: Vec<Refused>,
    refused_bytes: usize,
    deliver: &'a mut Deliver<'a>,
    on_disk: u64,
    /// Records looked at since the last batch, also those left out as copies: their counts are in memory too.
    looked_at: usize,
    /// Bytes on disk of the inputs that are behind, and of all.
    pub(crate) behind: u64,
    pub(crate) total: Option<u64>,
}

/// Where the records of a piece come from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub(crate) source: &'a str,
    pub(crate) member: Option<Member>,
}

/// What the last piece of an input became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Nothing,
    Record { began: u64 },
    Refused,
}

impl<'a> Collector<'a> {
    pub(crate) fn new(
        with: Surroundings<'a>,
        intake: &'a dyn Intake,
        only_memory: bool,
        deliver: &'a mut Deliver<'a>,
    ) -> Result<Self, SourceError> {
        let dataset = &with.options.dataset;
        let now = u64::try_from(with.clock.now().nanos()).unwrap_or(0);
        Ok(Self {
            with,
            report: Report::default(),
            checkpoints: Checkpoints::load(intake, dataset, now)?,
            copies: Copies::new(intake, dataset, with.options.again, only_memory),
            formats: [0; Format::ALL.len()],
            builder: BatchBuilder::new(),
            raw_bytes: 0,
            refused: Vec::new(),
            refused_bytes: 0,
            deliver,
            on_disk: 0,
            looked_at: 0,
            behind: 0,
            total: None,
        })
    }

    /// Whether the batch should end before `more` bytes are parsed into it.
    pub(crate) fn is_full(&self, more: usize) -> bool {
        let held = self.builder.bytes() + self.refused_bytes;
        let waiting = self.builder.rows() > 0 || !self.refused.is_empty();
        self.looked_at >= self.with.limits.rows || (waiting && held + more > self.with.limits.bytes)
    }

    /// Parses `bytes` into the batch. Returns how many were consumed, and what the last of them became.
    pub(crate) fn parse(
        &mut self,
        parser: &mut Parser,
        bytes: &[u8],
        offset: u64,
        last: bool,
        origin: Origin<'_>,
    ) -> Result<(usize, Outcome), SourceError> {
        let observed = self.with.clock.now();
        let service = self.with.options.service.as_deref();
        let mut outcome = Outcome::Nothing;
        let mut failed = None;
        let mut looked_at = 0;
        let used = parser.parse(bytes, offset, last, &mut |parsed| {
            looked_at += 1;
            match parsed {
                Parsed::Record { mut record, offset, bytes, format } => {
                    outcome = Outcome::Record { began: offset };
                    if let Some(member) = origin.member {
                        match self.copies.admit(member, &record) {
                            Ok(true) => {}
                            Ok(false) => {
                                self.report.duplicates += 1;
                                return;
                            }
                            Err(error) => failed = Some(error),
                        }
                    }
                    record.source = Some(origin.source.into());
                    record.offset = Some(offset);
                    if record.service.is_none() {
                        record.service = service.map(Into::into);
                    }
                    self.builder.push(&record, observed);
                    self.raw_bytes += bytes.len() as u64;
                    self.report.accepted += 1;
                    if let Some(count) = self.formats.get_mut(format as usize) {
                        *count += 1;
                    }
                }
                Parsed::Refused { offset, bytes, reason, continues } => {
                    outcome = Outcome::Refused;
                    if continues {
                        self.extend_refused(origin.source, bytes);
                    } else {
                        self.refuse(origin.source, offset, reason, bytes);
                    }
                }
            }
        });
        self.looked_at += looked_at;
        self.report.bytes += used as u64;
        failed.map_or(Ok((used, outcome)), Err)
    }

    /// Notes something that cannot become a record.
    pub(crate) fn refuse(&mut self, source: &str, offset: u64, reason: Refusal, raw: &[u8]) {
        let raw = raw.get(..Refused::MAX_RAW).unwrap_or(raw).to_vec();
        self.refused_bytes += raw.len() + source.len() + 128;
        self.refused.push(Refused { source: source.to_owned(), offset, reason, raw });
        self.report.refused += 1;
    }

    fn extend_refused(&mut self, source: &str, more: &[u8]) {
        let Some(refused) = self.refused.last_mut().filter(|refused| refused.source == source) else {
            return;
        };
        let room = Refused::MAX_RAW.saturating_sub(refused.raw.len());
        let more = more.get(..room).unwrap_or(more);
        refused.raw.extend_from_slice(more);
        self.refused_bytes += more.len();
    }

    /// Counts a whole input as refused and lets it be read about later.
    pub(crate) fn refuse_input(&mut self, path: &Path, reason: Refusal, raw: &[u8]) {
        tracing::warn!(path = %path.display(), %reason, "refused an input");
        self.refuse(&path.to_string_lossy(), 0, reason.clone(), raw);
        self.report.name_input(path.to_owned(), reason);
    }

    /// Ends the batch and hands it over. What the inputs' checkpoints are by now goes with it.
    pub(crate) fn flush(&mut self) -> Result<(), SourceError> {
        if self.builder.rows() == 0 && self.refused.is_empty() && !self.checkpoints.has_changed() {
            return Ok(());
        }
        let mut notes = self.checkpoints.notes();
        notes.extend(self.copies.notes(self.on_disk));
        let batch = Batch {
            dataset: self.with.options.dataset.clone(),
            rows: self.builder.finish().map_err(|error| SourceError::Columns(error.to_string()))?,
            raw_bytes: std::mem::take(&mut self.raw_bytes),
            refused: std::mem::take(&mut self.refused),
            notes,
        };
        self.refused_bytes = 0;
        self.looked_at = 0;
        self.on_disk = (self.deliver)(batch)?;
        Ok(())
    }

    /// Tells the watcher that `bytes` of the current input on disk are behind.
    pub(crate) fn progress(&self, current: &Path, bytes: u64) {
        self.with.progress.update(&ProgressState {
            bytes_done: self.behind + bytes,
            bytes_total: self.total,
            current,
            rows: self.report.accepted,
        });
    }

    /// Ends the last batch and gives the report.
    pub(crate) fn finish(mut self) -> Result<Report, SourceError> {
        self.flush()?;
        self.report.formats = name_formats(&self.formats);
        Ok(self.report)
    }
}

/// Counts by format's name, those that occurred.
pub(crate) fn name_formats(counts: &[u64; Format::ALL.len()]) -> BTreeMap<String, u64> {
    let named =
        Format::ALL.iter().map(|format| (format.to_string(), counts.get(*format as usize).copied().unwrap_or(0)));
    named.filter(|(_, count)| *count > 0).collect()
}
