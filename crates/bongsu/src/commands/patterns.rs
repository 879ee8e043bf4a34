//! `bongsu patterns`: what messages have in common, of a dataset or of a file, the most frequent first.

use std::path::PathBuf;

use arrow::array::RecordBatch;
use bongsu_format::Format;
use bongsu_model::{Dataset, Timestamp};
use bongsu_query::{Patterns, PatternsRequest, timerange};
use clap::Args;
use jiff::tz::TimeZone;

use super::limit::Limit;
use super::search::tell_notes;
use crate::console::{Console, OutputFormat};
use crate::context::Context;
use crate::exit::Exit;
use crate::fault::{Failure, Fault};
use crate::progress::Working;
use crate::rows::{self, Cells};
use crate::storage::{engine, reader};
use crate::table::Table;
use crate::text::{fit, number, tame, width};
use crate::unstored;
use crate::words::Words;

/// Arguments of `patterns`.
#[derive(Debug, Args)]
pub(crate) struct PatternsArgs {
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[arg(long, value_name = "QUERY")]
    query: Option<String>,
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[arg(long, short = 'n', value_name = "N", default_value = "50")]
    limit: Limit,
    #[arg(long, short, value_name = "NAME", default_value = Dataset::DEFAULT, conflicts_with = "file")]
    dataset: Dataset,
    #[arg(long, value_name = "NAME", requires = "file")]
    format: Option<Format>,
    #[arg(long)]
    raw: bool,
    #[arg(long)]
    fail: bool,
}

impl PatternsArgs {
    fn request(&self, now: Timestamp, context: &Context) -> Result<PatternsRequest, Failure> {
        let zone = context.zone();
        Ok(PatternsRequest {
            range: timerange::between(self.since.as_deref(), self.until.as_deref(), now, &zone)?,
            limit: self.limit.rows(),
            dataset: self.dataset.clone(),
            raw: self.raw,
            // A table has no room for them.
            examples: context.console.format != OutputFormat::Table,
            zone,
            now,
            ..PatternsRequest::new(self.query.clone().unwrap_or_default())
        })
    }
}

/// Counts and shows.
pub(crate) fn run(args: &PatternsArgs, context: &Context) -> Result<Exit, Failure> {
    let request = args.request(context.clock.now(), context)?;
    let found = match &args.file {
        Some(file) => unstored::patterns(file, args.format, &request, context)?,
        None => stored(&request, context)?,
    };
    let console = &context.console;
    if !rows::whole(&found.rows, context)? && found.rows.num_rows() > 0 {
        table(&found.rows, &console.words, &context.zone(), console.page())?.write(console)?;
    }
    console.flush()?;
    tell(&found, console);
    Ok(if found.records == 0 && args.fail { Exit::Nothing } else { Exit::Done })
}

fn stored(request: &PatternsRequest, context: &Context) -> Result<Patterns, Failure> {
    let engine = engine(context, reader(context)?)?;
    let _working = Working::new(&context.console, context.console.words.say("analyze-working"));
    Ok(context.block_on(engine.patterns(request))?)
}

/// What the person should know beside the rows.
fn tell(found: &Patterns, console: &Console) {
    tell_notes(&found.notes, console);
    let shown = found.rows.num_rows() as u64;
    if found.records == 0 {
        console.note(&console.words.say("patterns-none"));
    } else if shown < found.patterns {
        let values = [("shown", number(shown).into()), ("patterns", number(found.patterns).into())];
        console.note(&console.words.tell("patterns-more", &values));
    } else if console.format == OutputFormat::Table {
        let values = [
            ("patterns", number(found.patterns).into()),
            ("patterns_n", found.patterns.into()),
            ("records", number(found.records).into()),
            ("records_n", found.records.into()),
        ];
        console.note(&console.words.tell("patterns-summary", &values));
    }
}

const HEADINGS: [&str; 5] = ["patterns-count", "patterns-share", "patterns-first", "patterns-last", "patterns-pattern"];

/// Columns of a page on which both a date and a time of day have room.
const WIDE: usize = 110;
/// Columns that a pattern has at least.
const NARROWEST: usize = 20;

/// The patterns as a table of at most `page` columns: longer ones are cut.
fn table(rows: &RecordBatch, words: &Words, zone: &TimeZone, page: usize) -> Result<Table, Fault> {
    let cells = Cells::new(rows, zone)?;
    let named = |name: &str, row: usize| cells.named(name, row).unwrap_or_default();
    let part =
        shown_part((0..rows.num_rows()).flat_map(|row| ["first_seen", "last_seen"].map(|name| named(name, row))), page);
    let time = |name: &str, row: usize| named(name, row).get(part.clone()).unwrap_or_default().to_owned();
    let headings = HEADINGS.map(|id| words.say(id));
    let mut lines: Vec<[String; 5]> = Vec::with_capacity(rows.num_rows());
    for row in 0..rows.num_rows() {
        let count = named("count", row).parse().map(number).unwrap_or_default();
        let share = named("share", row).parse().map(percent).unwrap_or_default();
        let pattern = tame(&named("template", row)).replace(['\n', '\t'], " ");
        lines.push([count, share, time("first_seen", row), time("last_seen", row), pattern]);
    }
    let widest = |nth: usize| lines.iter().map(|line| &line[nth]).chain([&headings[nth]]).map(|cell| width(cell)).max();
    let taken: usize = (0..4).filter_map(widest).map(|columns| columns + 2).sum();
    let room = page.saturating_sub(taken).max(NARROWEST);
    let mut table = Table::new(headings.to_vec()).numbers(&[0, 1]);
    for [count, share, first, last, pattern] in lines {
        table.row(vec![count, share, first, last, fit(&pattern, room).into_owned()]);
    }
    Ok(table)
}

/// Which letters of a time are shown: all of them up to the second where there is room, else only the time of day when all
/// of it is one day, else only the date.
fn shown_part(times: impl Iterator<Item = String>, page: usize) -> std::ops::Range<usize> {
    const DATE: usize = "2025-06-01".len();
    const SECOND: usize = "2025-06-01 12:00:00".len();
    if page >= WIDE {
        return 0..SECOND;
    }
    let mut days: Vec<String> = times.map(|time| time.chars().take(DATE).collect()).collect();
    days.sort_unstable();
    days.dedup();
    if days.len() == 1 { DATE + 1..SECOND } else { 0..DATE }
}

fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.0005 { "<0.1%".to_owned() } else { format!("{:.1}%", share * 100.0) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Float64Array, Int64Array, StringViewArray, TimestampMicrosecondArray};

    use super::*;
    use crate::lang::Lang;

    /// Patterns by count, share, first and last second, and template.
    fn rows(patterns: &[(i64, f64, i64, i64, &str)]) -> RecordBatch {
        let time =
            |times: Vec<i64>| -> ArrayRef { Arc::new(TimestampMicrosecondArray::from(times).with_timezone("UTC")) };
        let columns: [(&str, ArrayRef); 5] = [
            ("template", Arc::new(patterns.iter().map(|row| Some(row.4)).collect::<StringViewArray>())),
            ("first_seen", time(patterns.iter().map(|row| row.2 * 1_000_000).collect())),
            ("last_seen", time(patterns.iter().map(|row| row.3 * 1_000_000).collect())),
            ("count", Arc::new(patterns.iter().map(|row| row.0).collect::<Int64Array>())),
            ("share", Arc::new(patterns.iter().map(|row| Some(row.1)).collect::<Float64Array>())),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    const DAY: i64 = 1_749_168_000;

    fn shown(lang: Lang, rows: &RecordBatch, page: usize) -> String {
        table(rows, &Words::new(lang), &TimeZone::UTC, page).unwrap().lines(None).join("\n")
    }

    fn sample() -> RecordBatch {
        rows(&[
            (
                1_204_311,
                0.802_9,
                DAY,
                DAY + 86_399,
                "<*> <*> GET /api/v1/movies/<*>/recommendations?user=<*>&limit=<*> HTTP/1.1 200 <*>",
            ),
            (295_640, 0.197, DAY + 34_203, DAY + 86_100, "영화 <*>편의 추천을 <*>초 만에 계산했습니다\n<...>"),
            (7, 0.000_004, DAY + 40_000, DAY + 40_000, "queue is full"),
        ])
    }

    #[test]
    fn a_page_shows_counts_shares_times_and_as_much_of_a_pattern_as_fits() {
        insta::assert_snapshot!("patterns_En", shown(Lang::En, &sample(), 80));
        insta::assert_snapshot!("patterns_Ko", shown(Lang::Ko, &sample(), 80));
        insta::assert_snapshot!("patterns_wide_En", shown(Lang::En, &sample(), 130));
    }

    #[test]
    fn no_page_is_wider_than_it_may_be() {
        for lang in [Lang::En, Lang::Ko] {
            for page in [60, 80, 100, 109, 110, 200] {
                for line in shown(lang, &sample(), page).lines() {
                    assert!(width(line) <= page, "{page}: {line}");
                }
            }
        }
    }

    #[test]
    fn times_of_several_days_are_dates_where_there_is_little_room() {
        let times = |all: &[&str], page| shown_part(all.iter().map(|time| (*time).to_owned()), page);
        assert_eq!(times(&["2025-06-06 00:00:00.000", "2025-06-06 10:00:00.000"], 80), 11..19);
        assert_eq!(times(&["2025-06-06 00:00:00.000", "2025-06-07 10:00:00.000"], 80), 0..10);
        assert_eq!(times(&["2025-06-06 00:00:00.000"], 120), 0..19);
    }

    #[test]
    fn small_shares_are_not_nothing() {
        assert_eq!([1.0, 0.802_9, 0.000_5, 0.000_4, 0.0].map(percent), ["100.0%", "80.3%", "0.1%", "<0.1%", "0.0%"]);
    }
}
