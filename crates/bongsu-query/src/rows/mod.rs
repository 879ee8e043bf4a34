//! Record batches to text and bytes: JSON lines, a JSON array, CSV, an Arrow IPC stream.
//!
//! In text, `time` and `time_ns` become one RFC 3339 time in UTC with nine digits. An Arrow stream has the columns as
//! they are.

mod csv;
mod json;
mod time;

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::StreamWriter;

use crate::error::QueryError;

pub use time::rfc3339;

/// The forms in which rows can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One JSON object a line.
    JsonLines,
    /// One JSON array of objects.
    JsonArray,
    /// RFC 4180 with a header; lists and objects are JSON in it.
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

/// Writes batches of one schema.
///
/// ```
/// use std::sync::Arc;
/// use arrow::array::{ArrayRef, RecordBatch, StringViewArray, TimestampMicrosecondArray};
/// use bongsu_query::rows::{Form, Nulls, RowWriter};
///
/// let time: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![0]).with_timezone("UTC"));
/// let text: ArrayRef = Arc::new(StringViewArray::from(vec!["ready"]));
/// let rows = RecordBatch::try_from_iter([("time", time), ("message", text)]).unwrap();
///
/// let mut writer = RowWriter::new(Vec::new(), Form::JsonLines, Nulls::Omit, &rows.schema()).unwrap();
/// writer.write(&rows).unwrap();
/// let lines = String::from_utf8(writer.finish().unwrap()).unwrap();
/// assert_eq!(lines, "{\"time\":\"1970-01-01T00:00:00.000000000Z\",\"message\":\"ready\"}\n");
/// ```
pub struct RowWriter<W: Write> {
    inner: Inner<W>,
    rows: u64,
}

enum Inner<W: Write> {
    Json { out: W, array: bool, nulls: Nulls },
    Csv { out: W, started: bool, schema: SchemaRef },
    Arrow(Box<StreamWriter<W>>),
}

/// The rows could not be put into this form, or `out` did not take them.
pub(crate) fn failed(error: impl std::fmt::Display) -> QueryError {
    QueryError::Output { reason: error.to_string() }
}

impl<W: Write> RowWriter<W> {
    /// A writer of rows of `schema` to `out`. What stands before the first row is written at once.
    pub fn new(mut out: W, form: Form, nulls: Nulls, schema: &SchemaRef) -> Result<Self, QueryError> {
        let inner = match form {
            Form::JsonLines => Inner::Json { out, array: false, nulls },
            Form::JsonArray => {
                out.write_all(b"[").map_err(failed)?;
                Inner::Json { out, array: true, nulls }
            }
            Form::Csv => Inner::Csv { out, started: false, schema: schema.clone() },
            Form::Arrow => Inner::Arrow(Box::new(StreamWriter::try_new(out, schema).map_err(failed)?)),
        };
        Ok(Self { inner, rows: 0 })
    }

    /// Writes the rows of one batch.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), QueryError> {
        match &mut self.inner {
            Inner::Json { out, array, nulls } => {
                let lines = json::lines(&time::shown(batch)?, *nulls)?;
                if *array {
                    for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                        out.write_all(if self.rows == 0 { b"" } else { b",\n" }).map_err(failed)?;
                        out.write_all(line).map_err(failed)?;
                        self.rows += 1;
                    }
                    return Ok(());
                }
                out.write_all(&lines).map_err(failed)?;
            }
            Inner::Csv { out, started, .. } => {
                csv::write(out, &time::shown(batch)?, !*started)?;
                *started = true;
            }
            Inner::Arrow(writer) => writer.write(batch).map_err(failed)?,
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    /// Rows written so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// What the rows are written to, for instance to take away what is there so far.
    pub fn get_mut(&mut self) -> &mut W {
        match &mut self.inner {
            Inner::Json { out, .. } | Inner::Csv { out, .. } => out,
            Inner::Arrow(writer) => writer.get_mut(),
        }
    }

    /// Writes what stands behind the last row, and gives back what the rows were written to.
    pub fn finish(self) -> Result<W, QueryError> {
        match self.inner {
            Inner::Json { mut out, array, .. } => {
                if array {
                    out.write_all(b"]\n").map_err(failed)?;
                }
                Ok(out)
            }
            Inner::Csv { mut out, started, schema } => {
                if !started {
                    csv::write(&mut out, &time::shown(&RecordBatch::new_empty(schema))?, true)?;
                }
                Ok(out)
            }
            Inner::Arrow(writer) => writer.into_inner().map_err(failed),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        Array, ArrayRef, Float64Array, Int16Array, Int64Array, ListArray, StringViewArray, TimestampMicrosecondArray,
    };
    use arrow::datatypes::Int64Type;
    use arrow::ipc::reader::StreamReader;

    use super::*;

    fn rows() -> RecordBatch {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("time", Arc::new(TimestampMicrosecondArray::from(vec![Some(1), None]).with_timezone("UTC"))),
            ("time_ns", Arc::new(Int16Array::from(vec![Some(7), None]))),
            ("message", Arc::new(StringViewArray::from(vec![Some("a \"b\", c\nd"), None]))),
            ("duration", Arc::new(Float64Array::from(vec![Some(f64::NAN), Some(0.5)]))),
            ("n", Arc::new(Int64Array::from(vec![None, Some(i64::MAX)]))),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    fn written(form: Form, nulls: Nulls, batches: &[RecordBatch]) -> String {
        let mut writer = RowWriter::new(Vec::new(), form, nulls, &batches[0].schema()).unwrap();
        for batch in batches {
            writer.write(batch).unwrap();
        }
        String::from_utf8(writer.finish().unwrap()).unwrap()
    }

    #[test]
    fn json_lines_of_a_search_leave_nulls_out() {
        insta::assert_snapshot!(written(Form::JsonLines, Nulls::Omit, &[rows()]));
    }

    #[test]
    fn json_of_sql_keeps_nulls_in_one_array() {
        insta::assert_snapshot!(written(Form::JsonArray, Nulls::Keep, &[rows(), rows()]));
        assert_eq!(written(Form::JsonArray, Nulls::Keep, &[rows().slice(0, 0)]), "[]\n");
    }

    #[test]
    fn csv_has_one_header_and_json_in_its_lists() {
        let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>([Some([Some(1), None]), None]));
        let batch = RecordBatch::try_from_iter([("message", rows().column(2).clone()), ("list", list)]).unwrap();
        insta::assert_snapshot!(written(Form::Csv, Nulls::Keep, &[batch.clone(), batch.clone()]));
        assert_eq!(written(Form::Csv, Nulls::Keep, &[batch.slice(0, 0)]), "message,list\n");
    }

    #[test]
    fn arrow_gives_back_the_same_columns() {
        let mut writer = RowWriter::new(Vec::new(), Form::Arrow, Nulls::Keep, &rows().schema()).unwrap();
        writer.write(&rows()).unwrap();
        let bytes = writer.finish().unwrap();
        let back: Vec<_> = StreamReader::try_new(bytes.as_slice(), None).unwrap().collect::<Result<_, _>>().unwrap();
        assert_eq!(back[0].column(0).to_data(), rows().column(0).to_data());
        assert_eq!(back[0].num_rows(), 2);
    }
}
