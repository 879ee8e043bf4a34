//! What every request can reach.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::StatusCode;
use bongsu_model::Clock;
use bongsu_query::Engine;
use bongsu_store::Store;

use crate::config::{Limits, ServerConfig, Token};
use crate::errors::ApiError;
use crate::idempotency::Keys;
use crate::limits::Room;
use crate::metrics::Metrics;
use crate::trouble::Trouble;

/// The parts of a running server.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) store: Arc<Store>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: Limits,
    pub(crate) token: Option<Token>,
    pub(crate) room: Room,
    pub(crate) keys: Arc<Keys>,
    pub(crate) metrics: Metrics,
    pub(crate) trouble: Trouble,
    draining: AtomicBool,
}

impl App {
    pub(crate) fn new(config: ServerConfig, store: Arc<Store>, engine: Arc<Engine>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            engine,
            room: Room::new(&config.limits),
            keys: Arc::new(Keys::new(Arc::clone(&clock))),
            clock,
            limits: config.limits,
            token: config.token,
            metrics: Metrics::new(),
            trouble: Trouble::default(),
            draining: AtomicBool::new(false),
        }
    }

    /// From now on the server takes nothing new.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether records can be taken now, else why not.
    pub(crate) fn check_taking(&self) -> Result<(), ApiError> {
        if self.draining.load(Ordering::Relaxed) {
            return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "draining", "the server is stopping")
                .hint("send the request again to the server that takes its place"));
        }
        Ok(())
    }
}
