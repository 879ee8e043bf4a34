//! `bongsu report`: the daily report, shown and kept as JSON.

use std::path::PathBuf;

use bongsu_insight::{Grade, write_daily};
use clap::Args;

use super::analyze::{counted, health_rows};
use super::records::RecordArgs;
use crate::console::OutputFormat;
use crate::context::Context;
use crate::exit::Exit;
use crate::fault::Failure;
use crate::report::{self, Page};

/// Arguments of `report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    records: RecordArgs,
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    #[arg(long)]
    fail: bool,
}

/// The folder of reports in a data directory or a log home.
const FOLDER: &str = "reports";

/// Makes the report, shows it, and keeps it.
pub(crate) fn run(args: &ReportArgs, context: &Context) -> Result<Exit, Failure> {
    let analysis = args.records.analysis(context)?;
    let daily = analysis.daily()?;
    let console = &context.console;
    match console.format {
        OutputFormat::Json => console.json(&daily)?,
        OutputFormat::Csv => health_rows(&daily.health_report).write(console)?,
        OutputFormat::Table => {
            for line in report::daily(&Page::of(console), &daily, &analysis.window) {
                console.line(&line)?;
            }
        }
    }
    let beside = args.records.logs.as_ref().unwrap_or(&context.data).join(FOLDER);
    let path = write_daily(args.folder.as_ref().unwrap_or(&beside), &analysis.window, &daily)?;
    console.note(&console.words.tell("report-written", &[("path", path.display().to_string().into())]));
    analysis.tell_elsewhere(counted(&daily.health_report));
    Ok(if args.fail && daily.health_report.grade < Grade::Good { Exit::Nothing } else { Exit::Done })
}
