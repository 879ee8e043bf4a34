//! Why the store took nothing the last time, for those who ask whether the server is ready.

use std::sync::{Mutex, PoisonError};

use axum::http::StatusCode;
use bongsu_model::Timestamp;

use crate::errors::ApiError;

/// How long a full disk counts without being met again: the next request finds out whether there is room by now.
const FULL_NANOS: i64 = 10 * 1_000_000_000;

/// The last failure of the store.
#[derive(Debug, Default)]
pub(crate) struct Trouble(Mutex<Option<(ApiError, Timestamp)>>);

impl Trouble {
    /// Remembers `failure` when it is the store's and not the client's.
    pub(crate) fn note(&self, failure: &ApiError, now: Timestamp) {
        if matches!(failure.status(), StatusCode::SERVICE_UNAVAILABLE | StatusCode::INSUFFICIENT_STORAGE) {
            *self.lock() = Some((failure.clone(), now));
        }
    }

    /// The store takes records again.
    pub(crate) fn over(&self) {
        *self.lock() = None;
    }

    /// Fails with what keeps the store from taking records.
    pub(crate) fn check(&self, now: Timestamp) -> Result<(), ApiError> {
        match &*self.lock() {
            Some((failure, at))
                if failure.status() != StatusCode::INSUFFICIENT_STORAGE || now < at.plus_nanos(FULL_NANOS) =>
            {
                Err(failure.as_unready())
            }
            _ => Ok(()),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(ApiError, Timestamp)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(status: StatusCode) -> ApiError {
        ApiError::new(status, "failure", "it failed")
    }

    #[test]
    fn only_the_store_s_own_failures_count() {
        let (trouble, now) = (Trouble::default(), Timestamp::from_nanos(0));
        for status in [StatusCode::BAD_REQUEST, StatusCode::TOO_MANY_REQUESTS, StatusCode::UNPROCESSABLE_ENTITY] {
            trouble.note(&failure(status), now);
            assert!(trouble.check(now).is_ok(), "{status}");
        }
    }

    #[test]
    fn a_full_disk_is_forgotten_after_a_while_and_a_poisoned_store_is_not() {
        let (trouble, late) = (Trouble::default(), Timestamp::from_nanos(FULL_NANOS));
        trouble.note(&failure(StatusCode::INSUFFICIENT_STORAGE), Timestamp::from_nanos(0));
        assert_eq!(trouble.check(Timestamp::from_nanos(1)).unwrap_err().status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(trouble.check(late).is_ok());
        trouble.note(&failure(StatusCode::SERVICE_UNAVAILABLE), Timestamp::from_nanos(0));
        assert!(trouble.check(late).is_err());
        trouble.over();
        assert!(trouble.check(late).is_ok());
    }
}
