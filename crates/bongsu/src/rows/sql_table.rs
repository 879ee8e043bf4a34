//! Rows of any columns as a table for people.

use bongsu_query::{QueryError, SendableRecordBatchStream};
use futures::StreamExt;

use super::cell::Cells;
use crate::console::Console;
use crate::context::Context;
use crate::fault::{Failure, Fault};
use crate::paint::Ink;
use crate::table::Table;
use crate::text::tame;

/// Rows whose widths are measured together, so that any number of rows takes bounded memory.
const TOGETHER: usize = 1_000;

/// Columns of a terminal that a column needs to be readable.
const NARROWEST: usize = 8;

/// Writes the rows; gives their number. Where more columns are asked for than a terminal has room for, each row stands
/// upright: a line for each column that has a value.
pub(crate) async fn write(mut rows: SendableRecordBatchStream, context: &Context) -> Result<u64, Failure> {
    let schema = rows.schema();
    let headings: Vec<_> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let numeric = |nth: &usize| schema.field(*nth).data_type().is_numeric();
    let numbers: Vec<_> = (0..headings.len()).filter(numeric).collect();
    let zone = context.zone();
    let upright = context.console.width.is_some_and(|width| headings.len() * NARROWEST > width);
    let fresh = || Table::new(headings.clone()).numbers(&numbers);
    let (mut table, mut held, mut count) = (fresh(), 0, 0);
    while let Some(batch) = rows.next().await {
        let batch = batch.map_err(QueryError::from)?;
        let cells = Cells::new(&batch, &zone)?;
        for row in 0..batch.num_rows() {
            if upright {
                let cells = headings.iter().enumerate().map(|(nth, name)| (name, cells.text(nth, row)));
                write_upright(count + row as u64 + 1, cells, &context.console)?;
                continue;
            }
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
    if held > 0 || count == 0 && !upright {
        table.write(&context.console)?;
    }
    Ok(count)
}

fn write_upright<'n>(
    nth: u64,
    cells: impl Iterator<Item = (&'n String, Option<String>)>,
    console: &Console,
) -> Result<(), Fault> {
    console.line(&console.paint.put(Ink::Dim, &format!("── {nth} ──")))?;
    let mut table = Table::without_header();
    for (name, value) in cells {
        if let Some(value) = value {
            table.row(vec![name.clone(), tame(&value).into_owned()]);
        }
    }
    table.write(console)
}
