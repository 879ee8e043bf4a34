//! One body on its way into the store: its bytes are read, become rows and are kept, piece by piece, so that a body of any
//! length takes the memory of one piece.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bongsu_model::{Batch, Intake, IntakeError, Phrase};
use bongsu_source::{BodyKind, BodyPlace, BodyReader, Gather, Piece};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::app::App;
use crate::errors::{ApiError, Kept};
use crate::idempotency::{self, Known, Part, Printing, reused};
use crate::limits::Account;
use crate::unpack::too_large;

/// Bytes of a body that are kept together, all or none: what one request of most clients has.
pub(crate) const PIECE: usize = 4 << 20;
/// Bytes that are read at once: between two such steps it is seen what the rows take.
const STEP: usize = 32 << 10;
/// Rows of a piece.
const ROWS: usize = 65_536;
/// Bytes that the rows of a piece take.
const HELD: usize = PIECE / 2 * 5;
/// How long a piece of a body waits for room when earlier ones are kept: to refuse it then is dear.
pub(crate) const GOING_ON: Duration = Duration::from_mins(1);
/// What refused lines and records name as the place they came from.
const SOURCE: &str = "http";

/// Bytes of memory that a piece made of `plain` bytes takes until it is kept: the bytes, or what is written of the rows, and
/// the rows themselves, whose columns come in blocks.
pub(crate) fn cost(plain: usize) -> usize {
    plain / 2 * 7 + (512 << 10)
}

/// What is to be done with a body.
pub(crate) struct Wanted {
    pub(crate) kind: BodyKind,
    pub(crate) options: Gather,
    pub(crate) key: Option<idempotency::Turn>,
    pub(crate) printing: Printing,
}

/// See the module. Its bytes are written to it.
pub(crate) struct Keep {
    app: Arc<App>,
    reader: BodyReader,
    printing: Printing,
    key: Option<idempotency::Turn>,
    before: Option<Known>,
    /// Bytes that have come, and those of them that belong to the piece that is being made.
    come: u64,
    since: usize,
    /// Bytes that waited for the end of a record when the piece began.
    carried: usize,
    kept: Kept,
    errors: Vec<Value>,
    account: Account,
    /// Bytes that `account` is enough for.
    enough: usize,
    failure: Option<ApiError>,
}

/// The answer to a request whose body was kept.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    accepted: u64,
    refused: u64,
    errors: &'a [Value],
}

/// What becomes of a body that came to its end.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) text: Vec<u8>,
    pub(crate) replayed: bool,
}

impl Keep {
    /// Ready for the first byte; blocks.
    pub(crate) fn new(app: Arc<App>, wanted: Wanted) -> Result<Self, ApiError> {
        let Wanted { kind, options, key, printing } = wanted;
        let before = match &key {
            Some(key) => key.known(app.store.as_ref())?,
            None => None,
        };
        let now = app.clock.now();
        let (reader, kept, errors) = match &before {
            Some(Known::Part(part)) => {
                let place = BodyPlace { offset: part.offset, lines: part.lines, memory: part.memory.clone() };
                let kept = Kept { accepted: part.accepted, refused: part.refused, bytes: part.offset };
                (BodyReader::resume(kind, SOURCE, options, now, &place), kept, part.errors.clone())
            }
            _ => (BodyReader::new(kind, SOURCE, options, now), Kept::default(), vec![]),
        };
        let account = app.room.rows();
        Ok(Self {
            app,
            reader,
            printing,
            key,
            before,
            come: 0,
            since: 0,
            carried: 0,
            kept,
            errors,
            account,
            enough: 0,
            failure: None,
        })
    }

    /// Whether a part of the body is kept already.
    pub(crate) fn has_begun(&self) -> bool {
        self.kept.bytes > 0
    }

    /// The failure, together with what is kept all the same.
    pub(crate) fn told(&self, failure: ApiError) -> ApiError {
        if self.has_begun() { failure.kept(self.kept) } else { failure }
    }

    /// Why a write failed.
    pub(crate) fn failure(&mut self) -> Option<ApiError> {
        self.failure.take()
    }

    /// Bytes that wait for the end of a record.
    pub(crate) fn pending(&self) -> usize {
        self.reader.pending()
    }

    /// Bytes that have come.
    pub(crate) fn come(&self) -> usize {
        usize::try_from(self.come).unwrap_or(usize::MAX)
    }

    /// Makes room for `plain` bytes, and for those that wait for the end of a record; blocks.
    pub(crate) fn make_room(&mut self, plain: usize) -> Result<(), ApiError> {
        let plain = plain + self.carried;
        if self.has_begun() {
            self.account.wait_for(GOING_ON);
        }
        Handle::current().block_on(self.account.hold(cost(plain)))?;
        self.enough = plain;
        Ok(())
    }

    fn take(&mut self, mut bytes: &[u8]) -> Result<(), ApiError> {
        let come = self.come;
        self.come += bytes.len() as u64;
        let most = self.app.limits.unpacked;
        if self.come > most as u64 {
            return Err(too_large(most));
        }
        match &self.before {
            None => {}
            Some(Known::Whole(..)) => {
                self.printing.add(bytes);
                return Ok(());
            }
            Some(Known::Part(part)) => {
                let left = usize::try_from(part.offset.saturating_sub(come)).unwrap_or(usize::MAX);
                let (known, new) = bytes.split_at(left.min(bytes.len()));
                self.printing.add(known);
                if self.come < part.offset {
                    return Ok(());
                }
                if let Err(reused) = part.check(self.printing.print()) {
                    self.kept = Kept::default();
                    return Err(reused);
                }
                self.before = None;
                bytes = new;
            }
        }
        for step in bytes.chunks(STEP) {
            self.since += step.len();
            if self.carried + self.since > self.enough {
                // More came out than a body of this size usually has.
                self.make_room(PIECE.max(self.since))?;
            }
            self.read(step, false);
            if self.since >= PIECE + STEP || self.reader.rows() >= ROWS || self.reader.held() >= HELD {
                self.end_piece()?;
            }
        }
        Ok(())
    }

    fn read(&mut self, bytes: &[u8], last: bool) {
        let Self { reader, printing, .. } = self;
        reader.push(bytes, last, &mut |done| printing.add(done));
    }

    /// Keeps what has come so far, and gives its memory back; blocks until it is on disk.
    pub(crate) fn end_piece(&mut self) -> Result<(), ApiError> {
        if self.reader.held() > 0 {
            self.keep_piece()?;
        }
        self.account.release();
        (self.since, self.enough, self.carried) = (0, 0, self.reader.pending());
        Ok(())
    }

    fn keep_piece(&mut self) -> Result<(), ApiError> {
        let (mut piece, kept) = self.piece()?;
        if let Some(key) = &self.key {
            let BodyPlace { offset, lines, memory } = self.reader.place();
            let (errors, Kept { accepted, refused, .. }) = (self.errors.clone(), kept);
            let part = Part { print: 0, offset, lines, memory, accepted, refused, errors };
            piece.batch.notes.push(key.begun(self.printing.print(), part));
        }
        self.submit(piece, kept)
    }

    /// The rows that wait, and what is kept once they are.
    fn piece(&mut self) -> Result<(Piece, Kept), ApiError> {
        let mut piece = self.reader.take().map_err(|wrong| ApiError::explained(&wrong))?;
        let room = Piece::MAX_ERRORS.saturating_sub(self.errors.len());
        let named = std::mem::take(&mut piece.errors).into_iter().take(room);
        self.errors.extend(named.map(
            |error| json!({ "line": error.line, "reason": error.reason.to_string(), "reason_id": error.reason.id() }),
        ));
        let bytes = self.reader.place().offset;
        let kept =
            Kept { accepted: self.kept.accepted + piece.accepted, refused: self.kept.refused + piece.refused, bytes };
        Ok((piece, kept))
    }

    fn submit(&mut self, piece: Piece, kept: Kept) -> Result<(), ApiError> {
        let Piece { batch, accepted, refused, .. } = piece;
        let dataset = batch.dataset.clone();
        if batch.rows.num_rows() > 0 || !batch.refused.is_empty() || !batch.notes.is_empty() {
            self.keep(batch)?;
        }
        self.app.metrics.ingested(dataset.as_str(), accepted, refused, kept.bytes - self.kept.bytes);
        self.kept = kept;
        Ok(())
    }

    /// Hands a batch to the store, again and again while the store is busy and earlier pieces are kept.
    fn keep(&self, batch: Batch) -> Result<(), ApiError> {
        let store = self.app.store.as_ref();
        if !self.has_begun() {
            let _acked = store.submit(batch)?;
            return Ok(());
        }
        let until = Instant::now() + GOING_ON;
        loop {
            match store.submit(batch.clone()) {
                Err(IntakeError::Busy { .. }) if Instant::now() < until => {}
                done => {
                    let _acked = done?;
                    return Ok(());
                }
            }
        }
    }

    /// Keeps the last piece, and says what to answer; blocks until everything is on disk.
    pub(crate) fn finish(&mut self) -> Result<Done, ApiError> {
        match self.before.take() {
            None => {}
            Some(Known::Whole(print, text)) if print == self.printing.print() => {
                self.app.metrics.replayed();
                return Ok(Done { text, replayed: true });
            }
            Some(_) => {
                self.kept = Kept::default();
                return Err(reused());
            }
        }
        self.read(&[], true);
        let (mut piece, kept) = self.piece()?;
        let answer = Answer { accepted: kept.accepted, refused: kept.refused, errors: &self.errors };
        let mut text = serde_json::to_vec(&answer).map_err(|cause| ApiError::internal(cause.to_string()))?;
        text.push(b'\n');
        if let Some(key) = &self.key {
            piece.batch.notes.push(key.answered(self.printing.print(), &text));
        }
        self.submit(piece, kept)?;
        Ok(Done { text, replayed: false })
    }
}

impl Write for Keep {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.take(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(failure) => {
                self.failure = Some(failure);
                Err(io::Error::other("the body was not kept"))
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
