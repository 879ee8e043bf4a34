//! `bongsu check`: verifies every file of the data directory, and repairs what can be.

use bongsu_model::Phrase;
use bongsu_store::{CheckOptions, CheckReport, Problem, check};
use clap::Args;
use serde_json::{Value, json};

use crate::console::OutputFormat;
use crate::context::Context;
use crate::exit::Exit;
use crate::fault::{Failure, phrase};
use crate::paint::Ink;
use crate::progress::Working;
use crate::text::{csv_line, number};

/// Arguments of `check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[arg(long)]
    repair: bool,
    #[arg(long)]
    deep: bool,
}

/// Checks; exit 1 when something is wrong that was not repaired.
pub(crate) fn run(args: &CheckArgs, context: &Context) -> Result<Exit, Failure> {
    let console = &context.console;
    let working = Working::new(console, console.words.say("check-working"));
    let report = check(&context.data, CheckOptions { deep: args.deep, repair: args.repair })?;
    drop(working);
    match console.format {
        OutputFormat::Json => console.json(&document(&report))?,
        OutputFormat::Csv => {
            console.bytes(b"path,what,way_out,repaired\n")?;
            for problem in &report.problems {
                console.bytes(csv_line(&cells(problem)).as_bytes())?;
            }
        }
        OutputFormat::Table => show(&report, args, context)?,
    }
    Ok(if report.is_sound() { Exit::Done } else { Exit::Failed })
}

fn show(report: &CheckReport, args: &CheckArgs, context: &Context) -> Result<(), Failure> {
    let console = &context.console;
    for problem in &report.problems {
        let (ink, mark) = if problem.repaired { (Ink::Good, "✔") } else { (Ink::Bad, "✘") };
        let (what, way_out) = (phrase(&problem.what, &console.words), phrase(&problem.way_out, &console.words));
        console.line(&format!("{} {}: {what}", console.paint.put(ink, mark), problem.path.display()))?;
        console.line(&console.paint.put(Ink::Dim, &format!("  → {way_out}")))?;
    }
    if report.problems.is_empty() {
        let counts = [
            ("files", number(report.files).into()),
            ("files_n", report.files.into()),
            ("rows", number(report.rows).into()),
            ("rows_n", report.rows.into()),
        ];
        let text = console.words.tell("check-sound", &counts);
        return Ok(console.line(&format!("{} {text}", console.paint.put(Ink::Good, "✔")))?);
    }
    let count = report.problems.len();
    let counts = [("count", number(count as u64).into()), ("n", count.into())];
    console.line(&console.words.tell("check-findings", &counts))?;
    if !report.is_sound() && !args.repair {
        console.hint("check-repair-hint", &[]);
    }
    Ok(())
}

fn document(report: &CheckReport) -> Value {
    let problem = |problem: &Problem| {
        json!({
            "path": problem.path.display().to_string(),
            "what": problem.what.to_string(),
            "what_id": problem.what.id(),
            "way_out": problem.way_out.to_string(),
            "way_out_id": problem.way_out.id(),
            "repaired": problem.repaired,
        })
    };
    json!({
        "sound": report.is_sound(),
        "problems": report.problems.iter().map(problem).collect::<Vec<_>>(),
        "files": report.files,
        "frames": report.frames,
        "rows": report.rows,
        "bytes": report.bytes,
    })
}

fn cells(problem: &Problem) -> Vec<String> {
    vec![
        problem.path.display().to_string(),
        problem.what.to_string(),
        problem.way_out.to_string(),
        problem.repaired.to_string(),
    ]
}
