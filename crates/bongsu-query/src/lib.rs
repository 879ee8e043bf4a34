//! Query languages → one filter tree → `DataFusion`.
//!
//! In: [`bongsu_store::Tables`], which say what rows there are, and questions: searches ([`SearchRequest`]) and SQL.
//! Out: streams of Arrow record batches, and [`rows`] to write them as JSON lines, CSV or Arrow IPC.
//!
//! Must never know: how rows came into the store, a line format, HTTP, a terminal.

mod engine;
mod error;
mod limits;
mod request;
pub mod rows;
mod syntax;
pub mod timerange;
mod words;

pub use datafusion::execution::SendableRecordBatchStream;
pub use engine::Engine;
pub use error::QueryError;
pub use limits::Limits;
pub use request::{Found, SearchNote, SearchRequest};
pub use syntax::{Mistake, Span, SyntaxError};
