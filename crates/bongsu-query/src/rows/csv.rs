//! Rows as CSV.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow::csv::WriterBuilder;
use arrow::datatypes::{DataType, Field, Schema};

use super::{Nulls, failed, json};
use crate::error::QueryError;

/// Writes the rows of `batch`, below the names of its columns if `header` says so.
pub(super) fn write(out: &mut impl Write, batch: &RecordBatch, header: bool) -> Result<(), QueryError> {
    let schema = batch.schema();
    let mut fields = Vec::with_capacity(batch.num_columns());
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        let column = if field.data_type().is_nested() { as_json(column)? } else { Arc::clone(column) };
        fields.push(Field::new(field.name(), column.data_type().clone(), true));
        columns.push(column);
    }
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(failed)?;
    WriterBuilder::new().with_header(header).build(out).write(&batch).map_err(failed)
}

/// A column of lists or objects as texts of JSON.
fn as_json(column: &ArrayRef) -> Result<ArrayRef, QueryError> {
    let schema = Schema::new(vec![Field::new("v", column.data_type().clone(), true)]);
    let batch = RecordBatch::try_new(Arc::new(schema), vec![Arc::clone(column)]).map_err(failed)?;
    let lines = String::from_utf8(json::lines(&batch, Nulls::Keep)?).map_err(failed)?;
    let values = lines.lines().enumerate().map(|(row, line)| {
        let value = line.strip_prefix("{\"v\":").and_then(|line| line.strip_suffix('}'));
        value.filter(|_| column.is_valid(row))
    });
    let texts: StringArray = values.collect();
    debug_assert_eq!(texts.data_type(), &DataType::Utf8);
    Ok(Arc::new(texts))
}
