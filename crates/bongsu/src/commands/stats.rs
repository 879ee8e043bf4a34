//! `bongsu stats`: rows, bytes and times of each dataset, or files and bytes of a log home.

use std::path::{Path, PathBuf};

use bongsu_insight::{HomeStats, home_stats};
use bongsu_store::{DatasetStats, StoreStats};
use clap::Args;
use serde_json::{Value, json};

use crate::console::OutputFormat;
use crate::context::Context;
use crate::exit::Exit;
use crate::fault::Failure;
use crate::journals::make_whole;
use crate::table::Table;
use crate::text::{bytes, local, number};

/// Arguments of `stats`.
#[derive(Debug, Args)]
pub(crate) struct StatsArgs {
    #[arg(long, value_name = "DIR")]
    logs: Option<PathBuf>,
}

/// Counts and shows.
pub(crate) fn run(args: &StatsArgs, context: &Context) -> Result<Exit, Failure> {
    match &args.logs {
        Some(dir) => home(dir, context),
        None => store(context),
    }?;
    Ok(Exit::Done)
}

fn home(dir: &Path, context: &Context) -> Result<(), Failure> {
    let console = &context.console;
    make_whole(dir, console);
    let stats: HomeStats = home_stats(dir)?;
    if console.format == OutputFormat::Json {
        return Ok(console.json(&stats)?);
    }
    let csv = console.format == OutputFormat::Csv;
    let headings = if csv {
        ["folder", "files", "bytes"].map(str::to_owned)
    } else {
        ["stats-folder", "stats-files", "stats-bytes"].map(|id| console.words.say(id))
    };
    let mut table = Table::new(headings.to_vec()).numbers(&[1, 2]);
    let size = |value: u64| if csv { value.to_string() } else { bytes(value) };
    for (name, folder) in &stats.folders {
        table.row(vec![name.clone(), count(folder.files, console.format), size(folder.bytes)]);
    }
    if console.format == OutputFormat::Table {
        let total = console.words.say("stats-total");
        table.row(vec![total, number(stats.total.files), bytes(stats.total.bytes)]);
    }
    Ok(table.write(console)?)
}

fn store(context: &Context) -> Result<(), Failure> {
    let console = &context.console;
    let stats = bongsu_store::stats(&context.data)?;
    if console.format == OutputFormat::Json {
        return Ok(console.json(&document(&stats))?);
    }
    let csv = console.format == OutputFormat::Csv;
    if stats.datasets.is_empty() && !csv {
        console.note(&console.words.say("stats-none"));
        console.hint("stats-none-hint", &[]);
        return Ok(());
    }
    let headings = if csv { CSV.map(str::to_owned) } else { HEADINGS.map(|id| console.words.say(id)) };
    let mut table = Table::new(headings.to_vec()).numbers(&[1, 2, 3, 4, 5]);
    for dataset in &stats.datasets {
        table.row(if csv { exact(dataset) } else { shown(dataset, context) });
    }
    Ok(table.write(console)?)
}

const HEADINGS: [&str; 8] = [
    "stats-dataset",
    "stats-rows",
    "stats-raw",
    "stats-stored",
    "stats-ratio",
    "stats-files",
    "stats-from",
    "stats-to",
];
const CSV: [&str; 8] = ["dataset", "rows", "raw_bytes", "stored_bytes", "ratio", "files", "from", "to"];

fn count(value: u64, format: OutputFormat) -> String {
    if format == OutputFormat::Csv { value.to_string() } else { number(value) }
}

/// Stored bytes as a share of raw ones; none while nothing is in files.
fn ratio(stats: &DatasetStats) -> Option<f64> {
    (stats.raw_bytes > 0 && stats.stored_bytes > 0).then(|| stats.stored_bytes as f64 / stats.raw_bytes as f64)
}

fn shown(stats: &DatasetStats, context: &Context) -> Vec<String> {
    let zone = context.zone();
    let narrow = context.console.page() < "2025-06-01 12:00:00".len() * 5;
    let letters = if narrow { "2025-06-01".len() } else { "2025-06-01 12:00:00".len() };
    let time = |time: Option<bongsu_model::Timestamp>| {
        time.map_or_else(String::new, |time| local(time, &zone).chars().take(letters).collect())
    };
    vec![
        stats.dataset.to_string(),
        number(stats.rows),
        bytes(stats.raw_bytes),
        bytes(stats.stored_bytes),
        ratio(stats).map_or_else(String::new, |ratio| format!("{:.1}%", ratio * 100.0)),
        number(stats.files),
        time(stats.time.map(|range| range.from)),
        time(stats.time.map(|range| range.to)),
    ]
}

fn exact(stats: &DatasetStats) -> Vec<String> {
    let time = |time: Option<bongsu_model::Timestamp>| time.map_or_else(String::new, |time| time.to_string());
    vec![
        stats.dataset.to_string(),
        stats.rows.to_string(),
        stats.raw_bytes.to_string(),
        stats.stored_bytes.to_string(),
        ratio(stats).map_or_else(String::new, |ratio| ratio.to_string()),
        stats.files.to_string(),
        time(stats.time.map(|range| range.from)),
        time(stats.time.map(|range| range.to)),
    ]
}

fn document(stats: &StoreStats) -> Value {
    let dataset = |stats: &DatasetStats| {
        json!({
            "dataset": stats.dataset.as_str(),
            "rows": stats.rows,
            "live_rows": stats.live_rows,
            "raw_bytes": stats.raw_bytes,
            "stored_bytes": stats.stored_bytes,
            "ratio": ratio(stats),
            "files": stats.files,
            "from": stats.time.map(|range| range.from.to_string()),
            "to": stats.time.map(|range| range.to.to_string()),
        })
    };
    json!({
        "datasets": stats.datasets.iter().map(dataset).collect::<Vec<_>>(),
        "wal_bytes": stats.wal_bytes,
        "refused_bytes": stats.refused_bytes,
    })
}

#[cfg(test)]
mod tests {
    use bongsu_model::{Dataset, TimeRange, Timestamp};

    use super::*;

    fn sample() -> DatasetStats {
        let range = TimeRange { from: Timestamp::from_nanos(0), to: Timestamp::from_nanos(1) };
        DatasetStats {
            dataset: Dataset::default(),
            rows: 2_000,
            raw_bytes: 1_000,
            stored_bytes: 125,
            files: 1,
            live_rows: 0,
            time: Some(range),
        }
    }

    #[test]
    fn json_has_exact_numbers_and_nine_digits() {
        let stats = StoreStats { datasets: vec![sample()], wal_bytes: 7, refused_bytes: 0 };
        let document = document(&stats);
        assert_eq!(document["datasets"][0]["ratio"], 0.125);
        assert_eq!(document["datasets"][0]["to"], "1970-01-01T00:00:00.000000001Z");
        assert_eq!(document["wal_bytes"], 7);
    }

    #[test]
    fn nothing_stored_has_no_ratio() {
        assert_eq!(ratio(&DatasetStats { stored_bytes: 0, ..sample() }), None);
        assert_eq!(exact(&sample())[4], "0.125");
    }
}
