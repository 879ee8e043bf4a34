//! HTTP: log records in, rows out, and the state of the server.
//!
//! In: requests on one port; the paths decide (see `GET /` and `/api/v1/openapi.json`). Out: records into a
//! [`bongsu_store::Store`], acknowledged once they are on disk; rows from a [`bongsu_query::Engine`] as JSON lines, CSV or
//! Arrow. Every error is `{"error":{"id","message","hint","position"?}}` with an honest status; every request has bounds
//! ([`Limits`]).
//!
//! Must never know: how a store keeps records, how a query is run, a line format's inside, a terminal.

mod app;
mod asked;
mod config;
mod drain;
mod errors;
mod guard;
mod health;
mod idempotency;
mod ingest;
mod keep;
mod limits;
mod metrics;
mod negotiate;
mod patterns;
mod router;
mod rows;
mod search;
mod serve;
mod shutdown;
mod sql;
mod store_metrics;
mod trouble;
mod unpack;
mod upkeep;
mod write_pause;

pub use config::{Limits, ServerConfig, Token};
pub use errors::ServerError;
pub use serve::{Listeners, serve};
pub use shutdown::signals;
