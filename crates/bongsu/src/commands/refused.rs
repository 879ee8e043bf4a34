//! `bongsu refused`: lines that could not be taken, and why.

use std::collections::VecDeque;

use bongsu_model::{Dataset, Phrase};
use bongsu_store::{RefusedFilter, RefusedLine, refused};
use clap::Args;
use serde_json::{Value, json};

use super::limit::Limit;
use crate::console::OutputFormat;
use crate::context::Context;
use crate::exit::Exit;
use crate::fault::{Failure, phrase};
use crate::paint::Ink;
use crate::text::{csv_line, local, tame};

/// Arguments of `refused`.
#[derive(Debug, Args)]
pub(crate) struct RefusedArgs {
    #[arg(long, short = 'n', value_name = "N")]
    limit: Option<Limit>,
    #[arg(long, short, value_name = "NAME")]
    dataset: Option<Dataset>,
}

const DEFAULT_LIMIT: usize = 100;

/// Shows the newest refused lines, newest first.
pub(crate) fn run(args: &RefusedArgs, context: &Context) -> Result<Exit, Failure> {
    let filter = RefusedFilter { dataset: args.dataset.clone(), ..RefusedFilter::default() };
    let limit = args.limit.unwrap_or(Limit::Rows(DEFAULT_LIMIT)).rows().unwrap_or(usize::MAX);
    let mut newest = VecDeque::new();
    for line in refused(&context.data, &filter)? {
        newest.push_front(line?);
        newest.truncate(limit);
    }
    let console = &context.console;
    if console.format == OutputFormat::Csv {
        console.bytes(b"time,dataset,source,offset,reason,raw,reason_id\n")?;
    }
    for line in &newest {
        match console.format {
            OutputFormat::Table => show(line, context)?,
            OutputFormat::Json => console.line(&object(line).to_string())?,
            OutputFormat::Csv => console.bytes(csv_line(&cells(line)).as_bytes())?,
        }
    }
    if newest.is_empty() {
        console.note(&console.words.say("refused-none"));
    }
    Ok(Exit::Done)
}

fn show(line: &RefusedLine, context: &Context) -> Result<(), Failure> {
    const SHOWN: usize = 400;
    let console = &context.console;
    let place = console
        .words
        .tell("refused-where", &[("source", line.source.as_str().into()), ("offset", line.offset.to_string().into())]);
    let time = local(line.time, &context.zone());
    console.line(&format!(
        "{} {}  {}",
        console.paint.put(Ink::Dim, &time),
        console.paint.put(Ink::Accent, &place),
        console.paint.put(Ink::Bad, &phrase(&line.reason, &console.words))
    ))?;
    if line.raw.is_empty() {
        return Ok(());
    }
    let raw = String::from_utf8_lossy(&line.raw);
    let shown: String = tame(&raw).chars().map(|c| if c == '\n' { ' ' } else { c }).take(SHOWN).collect();
    Ok(console.line(&format!("    {shown}{}", if raw.chars().nth(SHOWN).is_some() { "…" } else { "" }))?)
}

fn object(line: &RefusedLine) -> Value {
    json!({
        "time": line.time.to_string(),
        "dataset": line.dataset.as_str(),
        "source": line.source,
        "offset": line.offset,
        "reason": line.reason.to_string(),
        "reason_id": line.reason.id(),
        "raw": String::from_utf8_lossy(&line.raw),
    })
}

fn cells(line: &RefusedLine) -> Vec<String> {
    vec![
        line.time.to_string(),
        line.dataset.to_string(),
        line.source.clone(),
        line.offset.to_string(),
        line.reason.to_string(),
        String::from_utf8_lossy(&line.raw).into_owned(),
        line.reason.id().to_owned(),
    ]
}
