//! Query languages → one filter tree → `DataFusion`.
//!
//! In: [`bongsu_store::Tables`], which say what rows there are, and questions: searches ([`SearchRequest`]), patterns
//! ([`PatternsRequest`]) and SQL.
//! Out: streams of Arrow record batches, and [`rows`] to write them as JSON lines, CSV or Arrow IPC.
//!
//! Must never know: how rows came into the store, a line format, HTTP, a terminal.

mod asks;
mod attributes;
mod bounded;
mod candidates;
mod catalog;
mod context;
mod count;
mod cube;
mod depth;
mod engine;
mod error;
mod fields;
pub mod filter;
mod guard;
mod indexes;
mod lexer;
mod limits;
mod lower;
mod matcher;
mod memory;
mod newest;
mod parse;
mod patterns;
mod percentile;
mod planning;
mod provider;
mod prune;
mod reader;
mod regex;
mod request;
pub mod rows;
mod scan;
mod session;
mod sketched;
mod sketches;
mod slices;
mod sql;
mod sql_error;
mod sql_mistake;
mod stand_in;
mod stop;
mod suggest;
mod sums;
mod syntax;
mod tally;
mod templates;
mod text;
mod text_function;
pub mod timerange;
mod value;
mod watch;
mod words;
mod workers;

pub use datafusion::execution::SendableRecordBatchStream;
pub use engine::Engine;
pub use error::QueryError;
pub use filter::Filter;
pub use limits::Limits;
pub use matcher::Matcher;
pub use memory::Heap;
pub use parse::parse;
pub use patterns::{PatternCounts, Patterns, PatternsRequest};
pub use request::{Found, SearchNote, SearchRequest};
pub use sql_error::SqlError;
pub use sql_mistake::{SqlExpected, SqlMistake};
pub use syntax::{Advice, Expected, Met, Mistake, RegexMistake, Span, SyntaxError};
