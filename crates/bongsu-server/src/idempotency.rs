//! Requests that are sent again: one key takes effect once.
//!
//! The answer to a request with an `Idempotency-Key` is noted in the same batch as its rows, so that either both are on
//! disk or neither is. For 24 hours, across restarts, a request with the same key and the same content gets that answer
//! byte for byte and adds nothing; one with the same key and other content is refused (422), since it must be a
//! mistake. Of two that come at one time the second waits for the first. A request that was refused as a whole is not
//! remembered: it may be mended and sent again.
//!
//! A body that is kept in pieces has with each of them a note of how far it was kept. When it comes again, also after a
//! crash, what is kept already is compared and passed over, and the rest is added.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use axum::http::{HeaderMap, StatusCode};
use bongsu_model::{Batch, Clock, Dataset, Intake, IntakeError, Note, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedMutexGuard;
use xxhash_rust::xxh3::Xxh3;

use crate::errors::ApiError;

/// The notes' table.
pub(crate) const TABLE: &str = "idempotency";

/// How long an answer is remembered.
const REMEMBERED_NANOS: i64 = 24 * 3_600 * 1_000_000_000;

/// Most bytes of a key.
const LONGEST: usize = 255;

/// Keys that are forgotten in one batch.
const FORGET_AT_ONCE: usize = 10_000;

/// A client's name for one request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key(Box<str>);

impl Key {
    /// What `Idempotency-Key` holds.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Option<Self>, ApiError> {
        let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
        match value.to_str() {
            Ok(text) if (1..=LONGEST).contains(&text.len()) => Ok(Some(Self(text.into()))),
            _ => Err(ApiError::new(StatusCode::BAD_REQUEST, "idempotency-key", "the `Idempotency-Key` cannot be used")
                .hint("make it 1 to 255 visible ASCII characters, a new random UUID for each new request")),
        }
    }
}

/// What tells one request's content from another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Print(u128);

/// A print that is being made of a content that comes in pieces.
#[derive(Clone)]
pub(crate) struct Printing(Xxh3);

impl Printing {
    /// Begins with what stands before the content; where one part ends and the next begins matters.
    pub(crate) fn new(parts: &[&[u8]]) -> Self {
        let mut hash = Xxh3::new();
        for part in parts {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash)
    }

    /// Adds what comes next of the content.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The print of what has come.
    pub(crate) fn print(&self) -> Print {
        Print(self.0.digest128())
    }
}

/// The keys of a store, and those that are being worked on.
#[derive(Debug)]
pub(crate) struct Keys {
    clock: Arc<dyn Clock>,
    turns: Mutex<HashMap<Key, Arc<tokio::sync::Mutex<()>>>>,
}

/// The right to work on a key; others with the same key wait until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    keys: Arc<Keys>,
    key: Key,
    _guard: OwnedMutexGuard<()>,
}

impl Keys {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, turns: Mutex::default() }
    }

    /// Waits until nobody works on `key`.
    pub(crate) async fn turn(self: &Arc<Self>, key: Key) -> Turn {
        let lock = Arc::clone(self.lock().entry(key.clone()).or_default());
        Turn { keys: Arc::clone(self), key, _guard: lock.lock_owned().await }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Arc<tokio::sync::Mutex<()>>>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the keys whose time is over; says how many.
    pub(crate) fn forget_old(&self, intake: &dyn Intake) -> Result<usize, IntakeError> {
        let now = self.clock.now();
        let old: Vec<Vec<u8>> = intake
            .notes(TABLE, b"")?
            .into_iter()
            .filter(|(_, value)| Noted::decode(value).is_none_or(|noted| noted.is_old(now)))
            .map(|(key, _)| key)
            .collect();
        for some in old.chunks(FORGET_AT_ONCE) {
            let notes = some.iter().map(|key| Note { table: TABLE, key: key.clone(), value: Vec::new() }).collect();
            let _acked = intake.submit(only_notes(notes))?;
        }
        Ok(old.len())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut turns = self.keys.lock();
        // The map and this turn's guard hold the lock; a third holder is somebody who waits.
        if turns.get(&self.key).is_some_and(|lock| Arc::strong_count(lock) <= 2) {
            turns.remove(&self.key);
        }
    }
}

/// What is known of a request with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Known {
    /// It was kept, and got this answer.
    Whole(Print, Vec<u8>),
    /// Its beginning was kept.
    Part(Part),
}

/// The beginning of a request whose rest did not come, or could not be kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Part {
    /// Of that beginning.
    pub(crate) print: u128,
    /// Bytes in it.
    pub(crate) offset: u64,
    /// Lines in it.
    pub(crate) lines: u64,
    /// What is needed to read on.
    pub(crate) memory: String,
    /// Records.
    pub(crate) accepted: u64,
    /// Lines refused.
    pub(crate) refused: u64,
    /// The first of them, as the answer names them.
    pub(crate) errors: Vec<serde_json::Value>,
}

impl Part {
    /// Fails unless the beginning of the request that comes now is the one that is kept.
    pub(crate) fn check(&self, print: Print) -> Result<(), ApiError> {
        if Print(self.print) == print { Ok(()) } else { Err(reused()) }
    }
}

/// The key was used for something else.
pub(crate) fn reused() -> ApiError {
    let message = "this `Idempotency-Key` has come before, with other content";
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused", message)
        .hint("use a new key for each new request, and the same key only to send the very same request again")
}

impl Turn {
    /// What became of the request with this key that came before, if one did.
    pub(crate) fn known(&self, intake: &dyn Intake) -> Result<Option<Known>, ApiError> {
        let noted = intake.note(TABLE, self.key.0.as_bytes())?.and_then(|value| Noted::decode(&value));
        Ok(noted.filter(|noted| !noted.is_old(self.keys.clock.now())).map(|noted| noted.known))
    }

    /// What must be kept together with the rows, so that a replay gets `text`.
    pub(crate) fn answered(&self, print: Print, text: &[u8]) -> Note {
        self.note(Known::Whole(print, text.to_vec()))
    }

    /// What must be kept together with rows of a body of which more is to come.
    pub(crate) fn begun(&self, print: Print, part: Part) -> Note {
        self.note(Known::Part(Part { print: print.0, ..part }))
    }

    fn note(&self, known: Known) -> Note {
        let noted = Noted { at: self.keys.clock.now(), known };
        Note { table: TABLE, key: self.key.0.as_bytes().to_vec(), value: noted.encode() }
    }
}

/// What is noted under a key: a kind, when, and what is known.
#[derive(Debug, PartialEq, Eq)]
struct Noted {
    at: Timestamp,
    known: Known,
}

impl Noted {
    /// Kinds of notes. 1 was a whole request whose print was made of its compressed bytes.
    const WHOLE: u8 = 2;
    const PART: u8 = 3;

    fn encode(&self) -> Vec<u8> {
        let kind = if matches!(self.known, Known::Whole(..)) { Self::WHOLE } else { Self::PART };
        let mut bytes = vec![kind];
        bytes.extend(self.at.nanos().to_be_bytes());
        match &self.known {
            Known::Whole(print, text) => {
                bytes.extend(print.0.to_be_bytes());
                bytes.extend(text);
            }
            // Nothing in a part fails to be written as JSON.
            Known::Part(part) => bytes.extend(serde_json::to_vec(part).unwrap_or_default()),
        }
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        let (at, rest) = rest.split_first_chunk()?;
        let known = match *kind {
            Self::WHOLE => {
                let (print, text) = rest.split_first_chunk()?;
                Known::Whole(Print(u128::from_be_bytes(*print)), text.to_vec())
            }
            Self::PART => Known::Part(serde_json::from_slice(rest).ok()?),
            _ => return None,
        };
        Some(Self { at: Timestamp::from_nanos(i64::from_be_bytes(*at)), known })
    }

    fn is_old(&self, now: Timestamp) -> bool {
        now > self.at.plus_nanos(REMEMBERED_NANOS)
    }
}

fn only_notes(notes: Vec<Note>) -> Batch {
    let rows = RecordBatch::new_empty(Arc::new(Schema::empty()));
    Batch { dataset: Dataset::default(), rows, raw_bytes: 0, refused: Vec::new(), notes }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bongsu_model::{Acked, FixedClock, NotedPair};

    use super::*;

    const HOUR: i64 = 3_600 * 1_000_000_000;

    #[derive(Debug, Default)]
    struct Notes(Mutex<BTreeMap<Vec<u8>, Vec<u8>>>);

    impl Intake for Notes {
        fn submit(&self, batch: Batch) -> Result<Acked, IntakeError> {
            let mut notes = self.0.lock().unwrap();
            for note in batch.notes {
                if note.value.is_empty() {
                    notes.remove(&note.key);
                } else {
                    notes.insert(note.key, note.value);
                }
            }
            Ok(Acked { rows: 0, frame: 0 })
        }

        fn note(&self, _: &str, key: &[u8]) -> Result<Option<Vec<u8>>, IntakeError> {
            Ok(self.0.lock().unwrap().get(key).cloned())
        }

        fn notes(&self, _: &str, _: &[u8]) -> Result<Vec<NotedPair>, IntakeError> {
            Ok(self.0.lock().unwrap().clone().into_iter().collect())
        }
    }

    fn key(text: &str) -> Key {
        Key(text.into())
    }

    #[tokio::test]
    async fn an_answer_is_given_again_for_a_day_and_to_its_own_content_only() {
        let clock = Arc::new(FixedClock::default());
        let keys = Arc::new(Keys::new(clock.clone()));
        let (intake, print) = (Notes::default(), print_of(b"body"));
        let turn = keys.turn(key("k")).await;
        assert_eq!(turn.known(&intake).unwrap(), None);
        let part = Part { offset: 5, memory: "text\n".into(), accepted: 2, ..Part::default() };
        let _ = intake.submit(only_notes(vec![turn.begun(print, part)])).unwrap();
        let Some(Known::Part(part)) = turn.known(&intake).unwrap() else { panic!("no part") };
        assert_eq!((part.offset, part.accepted, part.memory.as_str()), (5, 2, "text\n"));
        part.check(print).unwrap();
        assert_eq!(part.check(print_of(b"other")).unwrap_err().status(), StatusCode::UNPROCESSABLE_ENTITY);
        let _ = intake.submit(only_notes(vec![turn.answered(print, b"answer")])).unwrap();
        clock.set(Timestamp::from_nanos(24 * HOUR));
        assert_eq!(turn.known(&intake).unwrap(), Some(Known::Whole(print, b"answer".to_vec())));
        assert_eq!(keys.forget_old(&intake).unwrap(), 0);
        clock.set(Timestamp::from_nanos(24 * HOUR + 1));
        assert_eq!(turn.known(&intake).unwrap(), None);
        assert_eq!(keys.forget_old(&intake).unwrap(), 1);
        assert!(intake.0.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn the_second_of_two_waits_and_nothing_is_left_behind() {
        let keys = Arc::new(Keys::new(Arc::new(FixedClock::default())));
        let first = keys.turn(key("k")).await;
        let other = keys.turn(key("other")).await;
        let mut second = std::pin::pin!(keys.turn(key("k")));
        assert!(futures::poll!(second.as_mut()).is_pending());
        drop(first);
        drop(second.await);
        drop(other);
        assert!(keys.lock().is_empty());
    }

    fn print_of(body: &[u8]) -> Print {
        let mut printing = Printing::new(&[b"query", b"kind"]);
        body.chunks(3).for_each(|part| printing.add(part));
        printing.print()
    }

    #[test]
    fn prints_tell_parts_apart_and_not_pieces() {
        assert_ne!(Printing::new(&[b"ab", b"c"]).print(), Printing::new(&[b"a", b"bc"]).print());
        let mut whole = Printing::new(&[b"query", b"kind"]);
        whole.add(b"a body");
        assert_eq!(print_of(b"a body"), whole.print());
        assert_ne!(print_of(b"a body"), print_of(b"a bod"));
    }

    #[test]
    fn a_note_of_another_kind_is_no_answer() {
        assert_eq!(Noted::decode(b""), None);
        for kind in [0, 1, 9] {
            assert_eq!(Noted::decode(&[kind; 40]), None);
        }
        for known in [Known::Whole(Print(7), b"x".to_vec()), Known::Part(Part { offset: 3, ..Part::default() })] {
            let noted = Noted { at: Timestamp::from_nanos(-5), known };
            assert_eq!(Noted::decode(&noted.encode()), Some(noted));
        }
    }

    #[test]
    fn a_key_has_a_form() {
        let mut headers = HeaderMap::new();
        assert_eq!(Key::of(&headers).unwrap(), None);
        for (text, good) in [("a", true), ("", false), (&"x".repeat(255), true), (&"x".repeat(256), false)] {
            headers.insert("idempotency-key", text.parse().unwrap());
            assert_eq!(Key::of(&headers).is_ok(), good, "{text}");
        }
    }
}
