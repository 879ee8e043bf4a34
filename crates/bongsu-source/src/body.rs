//! The body of a request becomes one batch.

use std::collections::BTreeMap;

use bongsu_model::{Batch, Clock};

use crate::{Gather, SourceError};

/// What the sender says a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BodyKind {
    /// Nothing: an array of objects is recognised, everything else is read line by line.
    #[default]
    Auto,
    /// One JSON object a line; a line that is none is refused.
    JsonLines,
    /// One JSON array of objects; an element that is none is refused.
    JsonArray,
    /// Lines of any format.
    Text,
}

/// Why one line of a body was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// The line, from 1; of an array the element, from 1.
    pub line: u64,
    /// Byte in the body where it begins.
    pub offset: u64,
    /// Why, in English.
    pub reason: String,
}

/// A body as a batch, and what could not be taken.
#[derive(Debug, Clone)]
pub struct Body {
    /// What to hand to the store; its refused lines are in it.
    pub batch: Batch,
    /// Rows in [`Body::batch`].
    pub accepted: u64,
    /// Lines refused, also those past the limit on [`Body::errors`].
    pub refused: u64,
    /// The first refused lines, at most [`Body::MAX_ERRORS`].
    pub errors: Vec<LineError>,
    /// Accepted rows by format.
    pub formats: BTreeMap<String, u64>,
}

impl Body {
    /// Refused lines that are named.
    pub const MAX_ERRORS: usize = 100;
}

/// Turns the body of a request into one batch; `source` names where it came from (such as `http`) in refused entries.
pub fn batch_from_bytes(
    body: &[u8],
    kind: BodyKind,
    source: &str,
    options: &Gather,
    clock: &dyn Clock,
) -> Result<Body, SourceError> {
    let _ = (body, kind, source, options, clock);
    Err(SourceError::NoInput)
}
