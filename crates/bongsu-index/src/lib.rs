//! What is known about a group of rows without reading it.
//!
//! Rows of a group lie sorted by service, template, values of variables that have few of them, and time ([`arrange`]), so that
//! a few ranges say which rows have which template and values. Beside them the index holds the words and the grams of the variables, in which blocks an id
//! can be, how many rows each minute, level and service has, and which numbers. All of it may say "perhaps" too often and never "no"
//! wrongly.
//!
//! In: rows as they are written to a file. Out: bytes to be put beside them ([`Made`]), and answers to conditions on
//! rows ([`Ask`]): where they can hold, and where they surely do ([`Verdict`]).
//!
//! Must never know: files, query languages, `DataFusion`.

mod arrange;
mod ask;
mod automaton;
mod codec;
mod collect;
mod counts;
mod filter;
mod grams;
mod group;
mod ids;
mod numbers;
mod regex;
mod rows;
mod runs;
mod shape;
mod sketch;
mod text;
mod variants;
mod words;

pub use arrange::{Arranged, arrange};
pub use ask::{Ask, Verdict};
pub use automaton::Automaton;
pub use counts::{Count, Counts, MINUTE};
pub use group::{Entry, Group, Made, Source, decode_directory, encode_directory};
pub use ids::{BLOCK, IdColumn};
pub use numbers::{NumberColumn, Numbers, Sketched, is_sketched};
pub use regex::regex;
pub use rows::Rows;
pub use runs::{Known, Run, Shapes, Templates};
pub use shape::Shape;
pub use sketch::Sketch;
pub use text::TextAsk;
