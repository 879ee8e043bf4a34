//! Requests that are sent again: one key takes effect once.
//!
//! The answer to a request with an `Idempotency-Key` is noted in the same batch as its rows, so that either both are on
//! disk or neither is. For 24 hours, across restarts, a request with the same key and the same content gets that answer
//! byte for byte and adds nothing; one with the same key and other content is refused (422), since it must be a
//! mistake. Of two that come at one time the second waits for the first. A request that was refused as a whole is not
//! remembered: it may be mended and sent again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use axum::http::{HeaderMap, StatusCode};
use bongsu_model::{Batch, Clock, Dataset, Intake, IntakeError, Note, Timestamp};
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

impl Print {
    /// The print of some parts; where one ends and the next begins matters.
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Xxh3::new();
        for part in parts {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.digest128())
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
            .filter(|(_, value)| Answer::decode(value).is_none_or(|answer| answer.is_old(now)))
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

impl Turn {
    /// The answer that a request with this key and this content got, if one did.
    pub(crate) fn first_answer(&self, print: Print, intake: &dyn Intake) -> Result<Option<Vec<u8>>, ApiError> {
        let known = intake.note(TABLE, self.key.0.as_bytes())?;
        let answer = known.and_then(|value| Answer::decode(&value));
        match answer {
            Some(answer) if answer.is_old(self.keys.clock.now()) => Ok(None),
            Some(answer) if answer.print != print => Err(ApiError::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "this `Idempotency-Key` has come before, with other content",
            )
            .hint("use a new key for each new request, and the same key only to send the very same request again")),
            answer => Ok(answer.map(|answer| answer.text)),
        }
    }

    /// What must be kept together with the rows, so that a replay gets `text`.
    pub(crate) fn note(&self, print: Print, text: &[u8]) -> Note {
        let answer = Answer { at: self.keys.clock.now(), print, text: text.to_vec() };
        Note { table: TABLE, key: self.key.0.as_bytes().to_vec(), value: answer.encode() }
    }
}

/// What is noted under a key: a version, when, the content's print, the answer.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    at: Timestamp,
    print: Print,
    text: Vec<u8>,
}

impl Answer {
    const VERSION: u8 = 1;

    fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![Self::VERSION];
        bytes.extend(self.at.nanos().to_be_bytes());
        bytes.extend(self.print.0.to_be_bytes());
        bytes.extend(&self.text);
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (at, rest) = rest.split_first_chunk()?;
        let (print, text) = rest.split_first_chunk()?;
        (*version == Self::VERSION).then(|| Self {
            at: Timestamp::from_nanos(i64::from_be_bytes(*at)),
            print: Print(u128::from_be_bytes(*print)),
            text: text.to_vec(),
        })
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
    struct Noted(Mutex<BTreeMap<Vec<u8>, Vec<u8>>>);

    impl Intake for Noted {
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
        let (intake, print) = (Noted::default(), Print::of(&[b"body"]));
        let turn = keys.turn(key("k")).await;
        assert_eq!(turn.first_answer(print, &intake).unwrap(), None);
        let _ = intake.submit(only_notes(vec![turn.note(print, b"answer")])).unwrap();
        clock.set(Timestamp::from_nanos(24 * HOUR));
        assert_eq!(turn.first_answer(print, &intake).unwrap().unwrap(), b"answer");
        let other = turn.first_answer(Print::of(&[b"other"]), &intake).unwrap_err();
        assert_eq!(other.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(keys.forget_old(&intake).unwrap(), 0);
        clock.set(Timestamp::from_nanos(24 * HOUR + 1));
        assert_eq!(turn.first_answer(print, &intake).unwrap(), None);
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

    #[test]
    fn prints_tell_parts_apart() {
        assert_ne!(Print::of(&[b"ab", b"c"]), Print::of(&[b"a", b"bc"]));
        assert_eq!(Print::of(&[b"ab", b"c"]), Print::of(&[b"ab", b"c"]));
    }

    #[test]
    fn a_note_of_another_version_is_no_answer() {
        assert_eq!(Answer::decode(b""), None);
        assert_eq!(Answer::decode(&[9; 40]), None);
        let answer = Answer { at: Timestamp::from_nanos(-5), print: Print(7), text: b"x".to_vec() };
        assert_eq!(Answer::decode(&answer.encode()), Some(answer));
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
