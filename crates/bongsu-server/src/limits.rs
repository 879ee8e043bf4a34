//! Turns and bytes: how much is done at one time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Limits;
use crate::errors::ApiError;

/// What is left of the server's limits.
#[derive(Debug)]
pub(crate) struct Room {
    bodies: Arc<Semaphore>,
    ingests: Arc<Semaphore>,
    queries: Arc<Semaphore>,
    query_wait: Duration,
}

/// A turn, given back when it is dropped.
pub(crate) type Turn = OwnedSemaphorePermit;

/// Bytes are counted in blocks, so that the largest budget fits a semaphore.
const BLOCK: usize = 4 << 10;

/// When to try again after a refusal for lack of room.
const LATER: Duration = Duration::from_secs(1);

impl Room {
    pub(crate) fn new(limits: &Limits) -> Self {
        let permits = |count: usize| Arc::new(Semaphore::new(count.clamp(1, Semaphore::MAX_PERMITS)));
        Self {
            bodies: permits(limits.bodies.div_ceil(BLOCK)),
            ingests: permits(limits.ingests),
            queries: permits(limits.queries),
            query_wait: limits.query_wait,
        }
    }

    /// A turn to take in a body; none is waited for, since the client keeps its rows meanwhile.
    pub(crate) fn ingest(&self) -> Result<Turn, ApiError> {
        Arc::clone(&self.ingests)
            .try_acquire_owned()
            .map_err(|_| ApiError::busy("as many ingest requests as allowed are at work", LATER))
    }

    /// A turn to run a query, waited for as long as a query may wait.
    pub(crate) async fn query(&self) -> Result<Turn, ApiError> {
        match tokio::time::timeout(self.query_wait, Arc::clone(&self.queries).acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(ApiError::busy("as many queries as allowed are at work", LATER)),
        }
    }

    /// An empty account for the bytes of one body.
    pub(crate) fn account(&self) -> Account {
        Account { from: Arc::clone(&self.bodies), held: None, bytes: 0 }
    }
}

/// The bytes that one request holds, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Account {
    from: Arc<Semaphore>,
    held: Option<Turn>,
    bytes: usize,
}

impl Account {
    /// Makes the account hold `bytes` in all, or refuses.
    pub(crate) fn hold(&mut self, bytes: usize) -> Result<(), ApiError> {
        let more = bytes.div_ceil(BLOCK).saturating_sub(self.bytes.div_ceil(BLOCK));
        if more > 0 {
            let more = u32::try_from(more).unwrap_or(u32::MAX);
            let turn = Arc::clone(&self.from)
                .try_acquire_many_owned(more)
                .map_err(|_| ApiError::busy("the bodies that are at work leave no memory for this one", LATER))?;
            match &mut self.held {
                Some(held) => held.merge(turn),
                held => *held = Some(turn),
            }
        }
        self.bytes = self.bytes.max(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_when_the_account_is_dropped() {
        let room = Room::new(&Limits { bodies: 8 * BLOCK, ..Limits::default() });
        let mut first = room.account();
        first.hold(1).unwrap();
        first.hold(6 * BLOCK).unwrap();
        first.hold(10).unwrap();
        let mut second = room.account();
        second.hold(2 * BLOCK).unwrap();
        assert!(second.hold(2 * BLOCK + 1).is_err());
        drop(first);
        second.hold(8 * BLOCK).unwrap();
    }

    #[tokio::test]
    async fn a_query_waits_for_its_turn_and_not_for_ever() {
        let wait = Duration::from_millis(10);
        let room = Room::new(&Limits { queries: 1, query_wait: wait, ..Limits::default() });
        let turn = room.query().await.unwrap();
        assert!(room.query().await.is_err());
        drop(turn);
        assert!(room.query().await.is_ok());
    }
}
