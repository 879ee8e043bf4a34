//! The thread that sends what the spool holds.
//!
//! One request at a time, so that the records of a logger come in their order. Before a request goes out for the first time
//! its bounds are noted in the lane's cursor and made durable; until the server has answered, whoever owns the lane, this process
//! or one after it, sends exactly that request under the same key. So the server keeps it once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bongsu_model::Clock;

use super::backoff::Backoff;
use super::batch::{Batch, Span};
use super::body;
use super::counters::{Counters, add};
use super::cursor::{Cursor, Position};
use super::options::{Packing, Protocol};
use super::post::{Post, Request};
use super::refused::Refused;
use super::spool::{Next, Spool};
use super::verdict::{Refusals, Verdict};

/// How often it is looked for lanes of processes that died.
const LOOK: Duration = Duration::from_secs(5);

pub(super) struct Sender {
    pub(super) spool: Arc<Spool>,
    pub(super) post: Box<dyn Post>,
    pub(super) protocol: Protocol,
    pub(super) packing: Packing,
    pub(super) batch_bytes: u64,
    pub(super) batch_records: u64,
    pub(super) backoff: Backoff,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) counters: Arc<Counters>,
    pub(super) trouble: Arc<Trouble>,
    /// The cursor of the lane that is being sent.
    pub(super) cursor: Option<(String, Cursor)>,
    pub(super) refused: Refused,
}

/// Why nothing is sent just now.
#[derive(Debug, Default)]
pub(super) struct Trouble(Mutex<Option<String>>);

impl Trouble {
    fn set(&self, why: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }

    pub(super) fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What became of a batch.
enum Outcome {
    Done(Refusals),
    /// None of its records is wanted.
    Aside(String),
    /// One of its records is not wanted.
    Halve,
    /// The end has come.
    Stopped,
}

impl Sender {
    /// Works until the spool is ended.
    pub(super) fn run(mut self) {
        let mut looked = self.clock.monotonic();
        loop {
            match self.spool.next(LOOK) {
                Next::Stop => break,
                Next::Idle => {}
                Next::Send(span) => self.send(&span),
            }
            if self.clock.monotonic().saturating_sub(looked) >= LOOK {
                looked = self.clock.monotonic();
                if let Err(cause) = self.spool.take_over() {
                    self.trouble.set(Some(format!("the spool of a dead process could not be taken over: {cause}")));
                }
            }
        }
        // Its file is closed before the lane may be removed.
        self.cursor = None;
        self.spool.stopped();
    }

    pub(super) fn send(&mut self, span: &Span) {
        let batch = match Batch::read(span.clone(), self.batch_bytes, self.batch_records) {
            Ok(batch) => batch,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
                // Somebody deleted the file: there is nothing left of it to be sent.
                self.spool.done(span, u64::MAX);
                return;
            }
            Err(cause) => {
                self.fail(None, format!("the spool cannot be read: {cause}"));
                return;
            }
        };
        let mut left = vec![batch];
        while let Some(batch) = left.pop() {
            if !self.begin(&batch) {
                return;
            }
            match self.deliver(&batch) {
                Outcome::Stopped => return,
                Outcome::Done(refusals) => self.settle(&batch, &refusals),
                Outcome::Aside(why) => {
                    let count = batch.records().flatten().count();
                    let named = (0..count).map(|nth| (nth, why.clone())).collect();
                    self.settle(&batch, &Refusals { count: count as u64, named, why: None });
                }
                Outcome::Halve => {
                    if let Some((first, second)) = batch.halves() {
                        left.extend([second, first]);
                    }
                }
            }
        }
    }

    /// Notes what is going to be sent; says whether to go on.
    fn begin(&mut self, batch: &Batch) -> bool {
        let Span { lane, number, from, to, again } = batch.span();
        self.spool.sending(batch.span());
        let position = Position { segment: *number, done: *from, pending: again.unwrap_or(*to) };
        loop {
            let noted = self.cursor(batch.span()).and_then(|cursor| {
                cursor.set(position)?;
                // Where a file cannot be made durable, what survives a loss of power is the file system's matter.
                let _ = std::fs::File::open(lane.segment(*number)).and_then(|file| file.sync_data());
                let _ = cursor.sync();
                Ok(())
            });
            match noted {
                Ok(()) => return true,
                Err(cause) => {
                    if !self.fail(None, format!("the spool cannot be written: {cause}")) {
                        return false;
                    }
                }
            }
        }
    }

    fn cursor(&mut self, span: &Span) -> std::io::Result<&mut Cursor> {
        let id = span.lane.id();
        let (_, cursor) = match self.cursor.take().filter(|(lane, _)| lane == id) {
            Some(known) => self.cursor.insert(known),
            None => self.cursor.insert((id.to_owned(), span.lane.cursor()?)),
        };
        Ok(cursor)
    }

    /// Sends a batch until there is an answer that counts.
    fn deliver(&mut self, batch: &Batch) -> Outcome {
        if batch.records().flatten().next().is_none() {
            return Outcome::Done(Refusals::default());
        }
        let mut body = body::make(self.protocol, self.packing, batch.records().flatten());
        let key = batch.key();
        loop {
            let (asked, why) = match self.ask(Some(&key), &body) {
                Verdict::Taken(refusals) => {
                    self.backoff.reset();
                    self.trouble.set(None);
                    return Outcome::Done(refusals);
                }
                Verdict::Known { why } => return Outcome::Aside(why),
                // The same records under the same key: what a server tells requests apart by is what is in them.
                Verdict::Packing if self.packing != Packing::None => {
                    self.packing = Packing::None;
                    body = body::make(self.protocol, self.packing, batch.records().flatten());
                    continue;
                }
                Verdict::Packing => (None, "HTTP 415: not even plain requests are taken".to_owned()),
                Verdict::Later { asked, why } => (asked, why),
                Verdict::Never { why } => match self.probe() {
                    Verdict::Taken(_) if batch.len() == 1 => return Outcome::Aside(why),
                    Verdict::Taken(_) => return Outcome::Halve,
                    Verdict::Later { asked, .. } => (asked, why),
                    Verdict::Never { .. } | Verdict::Known { .. } | Verdict::Packing => (None, why),
                },
            };
            if !self.fail(asked, why) {
                return Outcome::Stopped;
            }
            add(&self.counters.retried, 1);
        }
    }

    /// Whether a request without records is taken: if not, it is not for a record that one was refused.
    fn probe(&mut self) -> Verdict {
        let body = body::make(self.protocol, self.packing, std::iter::empty());
        self.ask(None, &body)
    }

    fn ask(&mut self, key: Option<&str>, body: &[u8]) -> Verdict {
        let request =
            Request { key, content_type: body::content_type(self.protocol), encoding: self.packing.encoding(), body };
        match self.post.post(request) {
            Ok(answer) => Verdict::of(self.protocol, &answer, self.clock.now()),
            Err(why) => Verdict::Later { asked: None, why },
        }
    }

    /// Waits before the next try; says whether to make one.
    fn fail(&mut self, asked: Option<Duration>, why: String) -> bool {
        self.trouble.set(Some(why));
        let wait = self.backoff.next(asked);
        self.spool.pause(wait)
    }

    /// Sets aside what was refused or is damaged, counts, and is done with the batch.
    fn settle(&mut self, batch: &Batch, refusals: &Refusals) {
        let records: Vec<&[u8]> = batch.records().flatten().collect();
        let named = refusals.named.iter().filter_map(|(nth, why)| Some((*records.get(*nth)?, why.as_str())));
        let unnamed = refusals.why.iter().flat_map(|why| records.iter().map(move |record| (*record, why.as_str())));
        let damaged = batch.damaged().map(|line| (line, "damaged in the spool"));
        if let Err(cause) = self.refused.add(self.clock.now(), named.chain(unnamed).chain(damaged)) {
            self.trouble.set(Some(format!("what was refused could not be set aside: {cause}")));
        }
        let refused = refusals.count.min(records.len() as u64);
        add(&self.counters.sent, records.len() as u64 - refused);
        add(&self.counters.refused, refused);
        add(&self.counters.damaged, (batch.len() - records.len()) as u64);
        let Span { number, to, .. } = batch.span();
        let position = Position { segment: *number, done: *to, pending: *to };
        // If this fails the request is made again after the next start, and the server knows its key.
        let _ = self.cursor(batch.span()).and_then(|cursor| cursor.set(position));
        self.spool.done(batch.span(), batch.len() as u64);
    }
}
