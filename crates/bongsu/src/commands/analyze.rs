//! `bongsu analyze errors|performance|health|daily`: over the data directory or a log home.

use std::path::{Path, PathBuf};

use bongsu_insight::{Grade, Health};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::records::RecordArgs;
use crate::console::OutputFormat;
use crate::context::Context;
use crate::exit::Exit;
use crate::fault::{Failure, Fault};
use crate::report::{self, Page};
use crate::table::Table;

/// Arguments of `analyze`.
#[derive(Debug, Args)]
pub(crate) struct AnalyzeArgs {
    #[command(subcommand)]
    what: What,
}

/// Which analysis.
#[derive(Debug, Subcommand)]
enum What {
    Errors(Request),
    Performance(Request),
    Health(Request),
    Daily(Request),
}

/// What every analysis takes.
#[derive(Debug, Args)]
struct Request {
    #[command(flatten)]
    records: RecordArgs,
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[arg(long)]
    fail: bool,
}

/// Analyses, keeps the result where that was asked for, and shows it.
pub(crate) fn run(args: &AnalyzeArgs, context: &Context) -> Result<Exit, Failure> {
    let unwell = match &args.what {
        What::Errors(request) => errors(request, context)?,
        What::Performance(request) => performance(request, context)?,
        What::Health(request) => health(request, context)?,
        What::Daily(request) => daily(request, context)?,
    };
    let (What::Errors(request) | What::Performance(request) | What::Health(request) | What::Daily(request)) =
        &args.what;
    Ok(if unwell && request.fail { Exit::Nothing } else { Exit::Done })
}

fn errors(request: &Request, context: &Context) -> Result<bool, Failure> {
    let analysis = request.records.analysis(context)?;
    let errors = analysis.errors()?;
    deliver(
        &errors,
        request,
        context,
        |page| report::errors(page, &errors, &analysis.window),
        || {
            let mut table = Table::new(vec!["type".into(), "count".into()]);
            errors.error_types.0.iter().for_each(|(name, count)| table.row(vec![name.clone(), count.to_string()]));
            table
        },
    )?;
    analysis.tell_elsewhere(errors.total_errors);
    Ok(errors.total_errors > 0)
}

fn performance(request: &Request, context: &Context) -> Result<bool, Failure> {
    let analysis = request.records.analysis(context)?;
    let performance = analysis.performance()?;
    deliver(
        &performance,
        request,
        context,
        |page| report::performance(page, &performance, &analysis.window),
        || {
            let names = ["component", "count", "total_time", "avg_time", "max_time", "p50", "p95", "p99"];
            let mut table = Table::new(names.map(str::to_owned).to_vec());
            for (name, stats) in &performance.component_stats {
                let times = [stats.total_time, stats.avg_time, stats.max_time, stats.p50, stats.p95, stats.p99];
                let times = times.map(|time| time.to_string());
                table.row([name.clone(), stats.count.to_string()].into_iter().chain(times).collect());
            }
            table
        },
    )?;
    analysis.tell_elsewhere(performance.total_operations);
    Ok(performance.total_slow_operations > 0)
}

fn health(request: &Request, context: &Context) -> Result<bool, Failure> {
    let analysis = request.records.analysis(context)?;
    let (errors, performance) = analysis.both()?;
    let words = |advice: &bongsu_insight::Advice| report::advice(advice, &context.console.words);
    let health = Health::of(&analysis.window, &errors, &performance).report(&words);
    deliver(
        &health,
        request,
        context,
        |page| report::health(page, &health, &analysis.window),
        || health_rows(&health),
    )?;
    analysis.tell_elsewhere(counted(&health));
    Ok(health.grade < Grade::Good)
}

fn daily(request: &Request, context: &Context) -> Result<bool, Failure> {
    let analysis = request.records.analysis(context)?;
    let daily = analysis.daily()?;
    let health = &daily.health_report;
    deliver(&daily, request, context, |page| report::daily(page, &daily, &analysis.window), || health_rows(health))?;
    analysis.tell_elsewhere(counted(health));
    Ok(health.grade < Grade::Good)
}

/// Errors and operations that a report is about.
pub(super) fn counted(health: &bongsu_insight::HealthReport) -> u64 {
    health.error_summary.total_errors + health.performance_summary.total_operations
}

/// The score and its figures as rows: of everything, whose name is empty, then of each component.
pub(super) fn health_rows(health: &bongsu_insight::HealthReport) -> Table {
    let names = ["component", "health_score", "total_errors", "critical_errors", "total_operations", "slow_operations"];
    let mut table = Table::new(names.map(str::to_owned).to_vec());
    let (errors, performance) = (&health.error_summary, &health.performance_summary);
    let all = [
        u64::from(health.health_score),
        errors.total_errors,
        errors.critical_errors,
        performance.total_operations,
        performance.slow_operations,
    ];
    let mut row = |name: &str, numbers: [u64; 5]| {
        table.row(std::iter::once(name.to_owned()).chain(numbers.map(|number| number.to_string())).collect());
    };
    row("", all);
    for (name, part) in &health.components {
        let score = u64::from(part.health_score);
        row(name, [score, part.total_errors, part.critical_errors, part.total_operations, part.slow_operations]);
    }
    table
}

/// Keeps the result in the file that was asked for and writes it to standard output.
fn deliver(
    document: &impl Serialize,
    request: &Request,
    context: &Context,
    lines: impl FnOnce(&Page<'_>) -> Vec<String>,
    rows: impl FnOnce() -> Table,
) -> Result<(), Failure> {
    let console = &context.console;
    if let Some(path) = &request.output {
        keep(path, document)?;
    }
    match console.format {
        OutputFormat::Json => console.json(document)?,
        OutputFormat::Csv => rows().write(console)?,
        OutputFormat::Table => show(&lines(&Page::of(console)), context)?,
    }
    if let Some(path) = &request.output {
        console.note(&console.words.tell("report-written", &[("path", path.display().to_string().into())]));
    }
    Ok(())
}

fn keep(path: &Path, document: &impl Serialize) -> Result<(), Failure> {
    let mut text = serde_json::to_vec_pretty(document).map_err(|error| Fault::Rows(error.into()))?;
    text.push(b'\n');
    Ok(std::fs::write(path, text).map_err(Fault::write(path))?)
}

fn show(lines: &[String], context: &Context) -> Result<(), Failure> {
    lines.iter().try_for_each(|line| context.console.line(line))?;
    Ok(())
}
