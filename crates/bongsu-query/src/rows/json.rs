//! Rows as JSON, one object a line.

use std::sync::Arc;

use arrow::array::{Array, RecordBatch, RecordBatchOptions};
use arrow::datatypes::Schema;
use arrow::json::WriterBuilder;
use arrow::json::writer::LineDelimited;

use super::{Nulls, failed};
use crate::error::QueryError;

/// The rows of `batch`, each on a line of its own.
pub(super) fn lines(batch: &RecordBatch, nulls: Nulls) -> Result<Vec<u8>, QueryError> {
    let mut out = Vec::with_capacity(batch.num_rows() * 256);
    let thin;
    let batch = if nulls == Nulls::Omit {
        thin = without_empty_columns(batch)?;
        &thin
    } else {
        batch
    };
    let mut writer = WriterBuilder::new().with_explicit_nulls(nulls == Nulls::Keep).build::<_, LineDelimited>(&mut out);
    writer.write(batch).map_err(failed)?;
    writer.finish().map_err(failed)?;
    drop(writer);
    Ok(out)
}

/// A dataset may have a thousand columns of which a batch uses ten.
fn without_empty_columns(batch: &RecordBatch) -> Result<RecordBatch, QueryError> {
    let schema = batch.schema();
    let (fields, columns): (Vec<_>, Vec<_>) = schema
        .fields()
        .iter()
        .zip(batch.columns())
        .filter(|(_, column)| column.logical_null_count() < column.len())
        .map(|(field, column)| (Arc::clone(field), Arc::clone(column)))
        .unzip();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options).map_err(failed)
}
