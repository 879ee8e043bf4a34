//! Turns and bytes: how much is done at one time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Limits;
use crate::errors::ApiError;

/// What is left of the server's limits.
///
/// Bodies take memory twice: while their bytes come in, at the pace of a client, and while these become rows and go to
/// disk, at ours. Each has a budget of its own, so that slow clients never keep those waiting whose bytes are there.
#[derive(Debug)]
pub(crate) struct Room {
    bodies: Budget,
    rows: Budget,
    questions: Budget,
    ingests: Arc<Semaphore>,
    queries: Arc<Semaphore>,
    ingest_wait: Duration,
    query_wait: Duration,
}

/// A turn, given back when it is dropped.
pub(crate) type Turn = OwnedSemaphorePermit;

/// Bytes are counted in blocks, so that the largest budget fits a semaphore.
const BLOCK: usize = 4 << 10;

/// When to try again after a refusal for lack of room.
const LATER: Duration = Duration::from_secs(1);

/// Which part of the memory of bodies is for bytes that are still coming in: what is made of a byte takes more than twice
/// its room.
const INCOMING: usize = 3;

/// Bytes of all questions that are coming in.
const QUESTIONS: usize = 4 << 20;

impl Room {
    pub(crate) fn new(limits: &Limits) -> Self {
        let permits = |count: usize| Arc::new(Semaphore::new(count.clamp(1, Semaphore::MAX_PERMITS)));
        let incoming = limits.bodies / INCOMING;
        Self {
            bodies: Budget::new(incoming),
            rows: Budget::new(limits.bodies - incoming),
            questions: Budget::new(QUESTIONS),
            ingests: permits(limits.ingests),
            queries: permits(limits.queries),
            ingest_wait: limits.ingest_wait,
            query_wait: limits.query_wait,
        }
    }

    /// A turn to take in a body, waited for as long as such a request may wait.
    pub(crate) async fn ingest(&self) -> Result<Turn, ApiError> {
        match tokio::time::timeout(self.ingest_wait, Arc::clone(&self.ingests).acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(ApiError::busy("as many ingest requests as allowed are at work", LATER)),
        }
    }

    /// A turn to run a query, waited for as long as a query may wait.
    pub(crate) async fn query(&self) -> Result<Turn, ApiError> {
        match tokio::time::timeout(self.query_wait, Arc::clone(&self.queries).acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(ApiError::busy("as many queries as allowed are at work", LATER)),
        }
    }

    /// An empty account for the bytes of one body that are coming in.
    pub(crate) fn body(&self) -> Account {
        self.bodies.account(self.ingest_wait)
    }

    /// An empty account for the bytes of a question, which never waits for records that come in.
    pub(crate) fn question(&self) -> Account {
        self.questions.account(self.query_wait)
    }

    /// An empty account for what is made of the bytes of one body.
    pub(crate) fn rows(&self) -> Account {
        self.rows.account(self.ingest_wait)
    }

    /// Bytes that all bodies at work take.
    pub(crate) fn taken(&self) -> usize {
        self.bodies.taken() + self.rows.taken()
    }
}

/// Bytes that can be held at one time.
#[derive(Debug, Clone)]
struct Budget {
    blocks: Arc<Semaphore>,
    all: usize,
}

impl Budget {
    fn new(bytes: usize) -> Self {
        let all = bytes.div_ceil(BLOCK).clamp(1, Semaphore::MAX_PERMITS.min(u32::MAX as usize));
        Self { blocks: Arc::new(Semaphore::new(all)), all }
    }

    fn account(&self, wait: Duration) -> Account {
        Account { from: self.clone(), held: None, wait }
    }

    fn taken(&self) -> usize {
        (self.all - self.blocks.available_permits().min(self.all)) * BLOCK
    }
}

/// The bytes that one request holds, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Account {
    from: Budget,
    held: Option<Turn>,
    wait: Duration,
}

impl Account {
    /// Makes the account hold `bytes` in all: gives back what is too much, waits for what is missing, and refuses when
    /// that does not come in time. What is more than there is at all counts as all there is.
    pub(crate) async fn hold(&mut self, bytes: usize) -> Result<(), ApiError> {
        let wanted = bytes.div_ceil(BLOCK).min(self.from.all);
        let held = self.held.as_ref().map_or(0, Turn::num_permits);
        if wanted <= held {
            if let Some(turn) = &mut self.held {
                drop(turn.split(held - wanted));
            }
            return Ok(());
        }
        let more = u32::try_from(wanted - held).unwrap_or(u32::MAX);
        let taken = tokio::time::timeout(self.wait, Arc::clone(&self.from.blocks).acquire_many_owned(more)).await;
        let Ok(Ok(turn)) = taken else {
            return Err(ApiError::busy("the bodies that are at work leave no memory for this one", LATER));
        };
        match &mut self.held {
            Some(held) => held.merge(turn),
            held => *held = Some(turn),
        }
        Ok(())
    }

    /// Gives back everything.
    pub(crate) fn release(&mut self) {
        self.held = None;
    }

    /// From now on waits so long: a body whose beginning is kept already had better be kept whole.
    pub(crate) fn wait_for(&mut self, longest: Duration) {
        self.wait = longest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        let wait = Duration::from_millis(10);
        Limits { bodies: 24 * BLOCK, queries: 1, ingests: 1, query_wait: wait, ingest_wait: wait, ..Limits::default() }
    }

    #[tokio::test]
    async fn bytes_come_back_when_they_are_not_held_any_more() {
        let room = Room::new(&limits());
        let (mut first, mut second) = (room.body(), room.body());
        first.hold(1).await.unwrap();
        first.hold(6 * BLOCK).await.unwrap();
        second.hold(2 * BLOCK).await.unwrap();
        let refused = second.hold(2 * BLOCK + 1).await.unwrap_err();
        assert_eq!(refused.status(), axum::http::StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(room.taken(), 8 * BLOCK);
        first.hold(5 * BLOCK).await.unwrap();
        second.hold(3 * BLOCK).await.unwrap();
        drop(first);
        second.hold(8 * BLOCK).await.unwrap();
        second.release();
        assert_eq!(room.taken(), 0);
    }

    #[tokio::test]
    async fn what_comes_in_leaves_room_for_what_is_made_of_it() {
        let room = Room::new(&limits());
        let (mut body, mut rows) = (room.body(), room.rows());
        body.hold(usize::MAX).await.unwrap();
        rows.hold(usize::MAX).await.unwrap();
        assert_eq!(room.taken(), 24 * BLOCK);
        assert!(room.body().hold(1).await.is_err());
        assert!(room.rows().hold(1).await.is_err());
    }

    #[tokio::test]
    async fn a_turn_is_waited_for_and_not_for_ever() {
        let room = Room::new(&limits());
        let turns = (room.query().await.unwrap(), room.ingest().await.unwrap());
        assert!(room.query().await.is_err());
        assert!(room.ingest().await.is_err());
        drop(turns);
        assert!(room.query().await.is_ok());
        assert!(room.ingest().await.is_ok());
    }
}
