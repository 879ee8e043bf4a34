//! Record batches to text and bytes: JSON lines, a JSON array, CSV, an Arrow IPC stream.
//!
//! `time` and `time_ns` become one RFC 3339 time in UTC with nine digits.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::error::QueryError;

/// The forms in which rows can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One JSON object a line.
    JsonLines,
    /// One JSON array of objects.
    JsonArray,
    /// RFC 4180 with a header.
    Csv,
    /// An Arrow IPC stream.
    Arrow,
}

/// What becomes of a null in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    /// The key is left out: rows of a search.
    Omit,
    /// The key stays, with `null`: rows of SQL.
    Keep,
}

/// Writes batches of one schema to `out`.
pub struct RowWriter<W: Write> {
    out: W,
    form: Form,
    nulls: Nulls,
}

impl<W: Write> RowWriter<W> {
    /// A writer of rows of `schema`; writes what comes before the first row.
    pub fn new(out: W, form: Form, nulls: Nulls, _schema: &SchemaRef) -> Result<Self, QueryError> {
        Ok(Self { out, form, nulls })
    }

    /// Writes the rows of one batch.
    pub fn write(&mut self, _batch: &RecordBatch) -> Result<(), QueryError> {
        let _ = (&self.form, &self.nulls);
        Err(QueryError::Output { reason: "rows cannot be written yet".into() })
    }

    /// The writer below, to take away what was written so far.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    /// Writes what comes after the last row and gives the writer back.
    pub fn finish(self) -> Result<W, QueryError> {
        Ok(self.out)
    }
}
