//! Rows of any columns as a table for people.

use bongsu_query::{QueryError, SendableRecordBatchStream};
use futures::StreamExt;

use super::cell::Cells;
use crate::context::Context;
use crate::fault::Failure;
use crate::table::Table;
use crate::text::tame;

/// Rows whose widths are measured together, so that any number of rows takes bounded memory.
const TOGETHER: usize = 1_000;

/// Writes the rows; gives their number.
pub(crate) async fn write(mut rows: SendableRecordBatchStream, context: &Context) -> Result<u64, Failure> {
    let schema = rows.schema();
    let headings: Vec<_> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let numeric = |nth: &usize| schema.field(*nth).data_type().is_numeric();
    let numbers: Vec<_> = (0..headings.len()).filter(numeric).collect();
    let zone = context.zone();
    let fresh = || Table::new(headings.clone()).numbers(&numbers);
    let (mut table, mut held, mut count) = (fresh(), 0, 0);
    while let Some(batch) = rows.next().await {
        let batch = batch.map_err(QueryError::from)?;
        let cells = Cells::new(&batch, &zone)?;
        for row in 0..batch.num_rows() {
            let cell = |nth| tame(&cells.text(nth, row).unwrap_or_default()).into_owned();
            table.row((0..headings.len()).map(cell).collect());
            held += 1;
            if held == TOGETHER {
                std::mem::replace(&mut table, fresh()).write(&context.console)?;
                held = 0;
            }
        }
        count += batch.num_rows() as u64;
    }
    if held > 0 || count == 0 {
        table.write(&context.console)?;
    }
    Ok(count)
}
