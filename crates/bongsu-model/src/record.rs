//! One log record, borrowed from the bytes it was read from.

use std::borrow::Cow;

use crate::{Level, Timestamp};

/// A value of a field that bongsu has no column of its own for.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Str(Cow<'a, str>),
    /// JSON text of a list or of an object too deep to be split into columns.
    Json(Cow<'a, str>),
}

/// One log record. Every source becomes this; every question is asked of columns made from it.
///
/// Strings borrow from the input where they can, so that a parser need not copy. Field names are those of the stored
/// columns; see the table "The record" in the documentation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record<'a> {
    /// The source's own id of the record; without one the store gives it a sequence number.
    pub id: Option<Cow<'a, str>>,
    /// When it happened; none when the line has no time, the arrival time is stored then.
    pub time: Option<Timestamp>,
    /// How much it matters; none when unknown.
    pub level: Option<Level>,
    /// The program or component.
    pub service: Option<Cow<'a, str>>,
    /// Logger, module or tag.
    pub logger: Option<Cow<'a, str>>,
    /// Machine or container.
    pub host: Option<Cow<'a, str>>,
    /// The line without what was parsed out of it.
    pub message: Cow<'a, str>,
    /// Lower-case hex, 32 digits.
    pub trace_id: Option<Cow<'a, str>>,
    /// Lower-case hex, 16 digits.
    pub span_id: Option<Cow<'a, str>>,
    /// Function that logged.
    pub function: Option<Cow<'a, str>>,
    /// Source file that logged.
    pub file: Option<Cow<'a, str>>,
    /// Line in [`Record::file`].
    pub line: Option<i64>,
    /// Name of the operation a performance record measured.
    pub operation: Option<Cow<'a, str>>,
    /// Seconds that [`Record::operation`] took.
    pub duration: Option<f64>,
    /// Where the line was read: a file's path, or the name of an input.
    pub source: Option<Cow<'a, str>>,
    /// Byte offset of the line's beginning in [`Record::source`].
    pub offset: Option<u64>,
    /// How the record was written: what is needed to give it back as it was sent.
    pub shape: Option<Cow<'a, str>>,
    /// Everything else, in the order written; nested names joined with dots.
    pub fields: Vec<(Cow<'a, str>, Value<'a>)>,
}
