//! `bongsu sql`: rows of one statement that reads.

use clap::Args;

use crate::console::OutputFormat;
use crate::context::Context;
use crate::exit::Exit;
use crate::fault::Failure;
use crate::rows::table;
use crate::storage::{engine, reader};
use crate::text::number;

/// Arguments of `sql`.
#[derive(Debug, Args)]
pub(crate) struct SqlArgs {
    #[arg(value_name = "SQL")]
    sql: String,
    #[arg(long)]
    fail: bool,
}

/// Asks and shows.
pub(crate) fn run(args: &SqlArgs, context: &Context) -> Result<Exit, Failure> {
    let engine = engine(context, reader(context)?)?;
    let rows = context.block_on(engine.sql(&args.sql))?;
    let count = table(rows, context)?;
    let console = &context.console;
    if console.format == OutputFormat::Table {
        console.note(&console.words.tell("rows-count", &[("count", number(count).into()), ("n", count.into())]));
    }
    Ok(if count == 0 && args.fail { Exit::Nothing } else { Exit::Done })
}
