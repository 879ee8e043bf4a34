//! Rows of an answer on their way to standard output: for people, as JSON lines, as CSV.

mod cell;
mod highlight;
mod record;
mod sql_table;
mod stream;

use arrow::array::RecordBatch;
use bongsu_query::rows::{Form, Nulls, RowWriter};
use bongsu_query::{QueryError, SendableRecordBatchStream};
use futures::StreamExt;

use crate::console::OutputFormat;
use crate::context::Context;
use crate::fault::Failure;

pub(crate) use cell::Cells;
pub(crate) use highlight::Highlight;
pub(crate) use record::RecordView;
pub(crate) use stream::Stream;

/// Writes log records, newest first as they come; gives their number.
pub(crate) fn records(
    rows: SendableRecordBatchStream,
    highlight: &Highlight,
    context: &Context,
) -> Result<u64, Failure> {
    match form(context) {
        Some(form) => exact(rows, form, Nulls::Omit, context),
        None => context.block_on(async {
            let view = RecordView::new(context.console.paint, context.zone(), highlight);
            let mut rows = rows;
            let mut count = 0;
            while let Some(batch) = rows.next().await {
                let batch = batch.map_err(QueryError::from)?;
                for line in view.lines(&batch)? {
                    context.console.line(&line)?;
                }
                count += batch.num_rows() as u64;
            }
            Ok(count)
        }),
    }
}

/// Writes rows of any columns, as a table for people; gives their number.
pub(crate) fn table(rows: SendableRecordBatchStream, context: &Context) -> Result<u64, Failure> {
    match form(context) {
        Some(form) => exact(rows, form, Nulls::Keep, context),
        None => context.block_on(sql_table::write(rows, context)),
    }
}

/// Writes rows that are all there in the form for programs, if that was asked for; says whether it was.
pub(crate) fn whole(rows: &RecordBatch, context: &Context) -> Result<bool, Failure> {
    let Some(form) = form(context) else { return Ok(false) };
    let mut writer = RowWriter::new(Vec::new(), form, Nulls::Keep, &rows.schema())?;
    writer.write(rows)?;
    context.console.bytes(&writer.finish()?)?;
    Ok(true)
}

fn form(context: &Context) -> Option<Form> {
    match context.console.format {
        OutputFormat::Table => None,
        OutputFormat::Json => Some(Form::JsonLines),
        OutputFormat::Csv => Some(Form::Csv),
    }
}

fn exact(mut rows: SendableRecordBatchStream, form: Form, nulls: Nulls, context: &Context) -> Result<u64, Failure> {
    context.block_on(async {
        let mut writer = RowWriter::new(Vec::new(), form, nulls, &rows.schema())?;
        let mut count = 0;
        while let Some(batch) = rows.next().await {
            let batch = batch.map_err(QueryError::from)?;
            writer.write(&batch)?;
            count += batch.num_rows() as u64;
            context.console.bytes(writer.get_mut())?;
            writer.get_mut().clear();
        }
        context.console.bytes(&writer.finish()?)?;
        Ok(count)
    })
}
