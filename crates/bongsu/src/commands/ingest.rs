//! `bongsu ingest`: files, folders and standard input into the data directory.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bongsu_format::Format;
use bongsu_model::{Dataset, Explain};
use bongsu_source::{Gather, Report, gather};
use clap::Args;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::console::{Console, OutputFormat};
use crate::context::Context;
use crate::exit::Exit;
use crate::fault::{Failure, Fault, phrase};
use crate::heap;
use crate::journals::make_whole;
use crate::paint::Ink;
use crate::progress::Bar;
use crate::storage::writer;
use crate::text::{bytes, csv_line, number, seconds};

/// Arguments of `ingest`.
#[derive(Debug, Args)]
pub(crate) struct IngestArgs {
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    #[arg(long, short, value_name = "NAME", default_value = Dataset::DEFAULT)]
    dataset: Dataset,
    #[arg(long, short, value_name = "NAME")]
    service: Option<String>,
    #[arg(long, value_name = "NAME")]
    format: Option<Format>,
    #[arg(long, value_name = "YEAR", value_parser = year)]
    year: Option<i16>,
    #[arg(long, short)]
    follow: bool,
    #[arg(long)]
    again: bool,
}

/// A text that is no year whose times can be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a year from {} to {}", YEARS.start(), YEARS.end())]
pub(crate) struct NoYear;

/// Years whose times can be kept.
const YEARS: RangeInclusive<i16> = 1678..=2261;

impl Explain for NoYear {
    fn id(&self) -> &'static str {
        "cli-year"
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        vec![("first", YEARS.start().to_string()), ("last", YEARS.end().to_string())]
    }

    fn hint(&self) -> Option<String> {
        Some("write it with four digits, such as 2025".into())
    }
}

fn year(text: &str) -> Result<i16, NoYear> {
    text.parse().ok().filter(|year| YEARS.contains(year)).ok_or(NoYear)
}

impl IngestArgs {
    fn reads_stdin(&self) -> bool {
        self.paths == [Path::new("-")]
    }

    fn options(&self, context: &Context) -> Gather {
        Gather {
            dataset: self.dataset.clone(),
            service: self.service.clone(),
            format: self.format,
            year: self.year,
            zone: context.zone(),
            again: self.again,
            follow: self.follow,
            max_line: usize::try_from(context.settings().ingest.max_line.0).unwrap_or(usize::MAX),
            without: Some(context.data.clone()),
            ..Gather::default()
        }
    }
}

/// Gathers until the end of the input or until Ctrl-C; what was read until then is kept.
pub(crate) fn run(args: &IngestArgs, context: &Context) -> Result<Exit, Failure> {
    let stop = stop_on_signals()?;
    let store = writer(context, None, args.follow)?;
    args.paths.iter().for_each(|path| make_whole(path, &context.console));
    if !args.follow {
        heap::keep_longer();
    }
    let console = &context.console;
    if args.follow {
        console.note(&console.words.say("ingest-following"));
    }
    let bar = Bar::new(console);
    let gathered = gather(&args.paths, &args.options(context), &store, &*context.clock, &bar, &stop);
    bar.finish();
    let closed = store.close();
    let report = gathered?;
    closed?;
    let interrupted = stop.load(Ordering::Relaxed);
    show(&report, args, console)?;
    if interrupted {
        // What a pipe had left is gone; a file can be read on.
        let id = if args.reads_stdin() { "ingest-interrupted-input" } else { "ingest-interrupted" };
        let kept = [("rows", number(report.accepted).into()), ("rows_n", report.accepted.into())];
        console.note(&console.words.tell(id, &kept));
        return Ok(Exit::Interrupted);
    }
    Ok(Exit::Done)
}

/// A flag that the first Ctrl-C raises; the second one ends the process at once.
fn stop_on_signals() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&stop))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stop)))
            .map_err(Fault::Signals)?;
    }
    Ok(stop)
}

fn show(report: &Report, args: &IngestArgs, console: &Console) -> Result<(), Failure> {
    match console.format {
        OutputFormat::Json => console.json(report)?,
        OutputFormat::Csv => {
            console.bytes(b"accepted,refused,bytes,seconds,formats\n")?;
            let cells = [report.accepted.to_string(), report.refused.to_string(), report.bytes.to_string()];
            let rest = [report.seconds.to_string(), formats(report, " ")];
            console.bytes(csv_line(&cells.into_iter().chain(rest).collect::<Vec<_>>()).as_bytes())?;
        }
        OutputFormat::Table => {
            for line in summary(report, args.reads_stdin(), console) {
                console.line(&line)?;
            }
        }
    }
    if report.refused > 0 {
        console.hint("ingest-refused-hint", &[]);
    }
    Ok(())
}

fn formats(report: &Report, between: &str) -> String {
    let pairs: Vec<_> = report.formats.iter().map(|(name, count)| format!("{name}={count}")).collect();
    pairs.join(between)
}

/// The result in a few lines for a person.
fn summary(report: &Report, from_stdin: bool, console: &Console) -> Vec<String> {
    let (words, paint) = (&console.words, console.paint);
    let tell = |id: &str, count: u64| words.tell(id, &[("count", number(count).into()), ("n", count.into())]);
    let mut lines = Vec::new();
    if report.accepted == 0 && report.bytes == 0 {
        lines.push(words.say("ingest-nothing-new"));
    } else {
        let speed = report.bytes as f64 / report.seconds.max(1e-6);
        let values = [
            ("rows", number(report.accepted).into()),
            ("rows_n", report.accepted.into()),
            ("files", number(report.files).into()),
            ("files_n", report.files.into()),
            ("bytes", bytes(report.bytes).into()),
            ("seconds", seconds(report.seconds).into()),
            ("speed", bytes(speed as u64).into()),
        ];
        let id = if from_stdin { "ingest-summary-input" } else { "ingest-summary" };
        let mark = if report.accepted > 0 { paint.put(Ink::Good, "✔") } else { paint.put(Ink::Bad, "✘") };
        lines.push(format!("{mark} {}", words.tell(id, &values)));
        if report.accepted > 0 {
            lines
                .push(paint.put(Ink::Dim, &words.tell("ingest-formats", &[("formats", formats(report, ", ").into())])));
        }
    }
    let inputs = report.inputs_refused.len() as u64;
    if report.refused > inputs {
        lines.push(paint.put(Ink::Warn, &tell("ingest-refused", report.refused - inputs)));
    }
    if inputs > 0 {
        lines.push(paint.put(Ink::Warn, &tell("ingest-refused-inputs", inputs)));
        let named = report.inputs_refused.iter().take(10);
        lines.extend(named.map(|input| format!("  {}: {}", input.path.display(), phrase(&input.reason, words))));
    }
    let counts = [
        ("ingest-duplicates", report.duplicates),
        ("ingest-left-out", report.left_out),
        ("ingest-skipped", report.skipped),
        ("ingest-unfinished", report.unfinished),
        ("ingest-completed", report.completed),
    ];
    lines.extend(
        counts.iter().filter(|(_, count)| *count > 0).map(|(id, count)| paint.put(Ink::Dim, &tell(id, *count))),
    );
    if report.without_data {
        lines.push(paint.put(Ink::Dim, &words.say("ingest-without-data")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use bongsu_model::Refusal;

    use super::*;
    use crate::lang::Lang;
    use crate::words::Words;

    fn console(lang: Lang) -> Console {
        Console::to_writer(Words::new(lang), OutputFormat::Table, Box::new(Vec::new()))
    }

    fn report() -> Report {
        let mut report =
            Report { accepted: 12_345, refused: 2, bytes: 5_000_000, seconds: 0.5, files: 3, ..Report::default() };
        report.formats.insert("json".to_owned(), 12_345);
        report.duplicates = 7;
        report.left_out = 3;
        report
    }

    #[test]
    fn the_summary_says_what_was_kept_and_what_was_not() {
        let english = summary(&report(), false, &console(Lang::En));
        assert_eq!(
            english,
            [
                "✔ 12,345 records kept from 3 files · 5.0 MB in 500.0 ms (10.0 MB/s)",
                "formats: json=12345",
                "2 lines refused",
                "7 copies of records that another file of the log home holds were left out",
                "3 files of the log home hold no log lines (hidden, or in reports/, alerts/, config/)",
            ]
        );
        let korean = summary(&report(), false, &console(Lang::Ko));
        assert_eq!(
            korean,
            [
                "✔ 파일 3개에서 로그 12,345건을 저장했습니다 · 5.0 MB, 500.0 ms (10.0 MB/s)",
                "형식: json=12345",
                "2줄을 수집하지 못했습니다",
                "로그 홈의 다른 파일에 이미 있는 로그 7건은 제외했습니다",
                "로그 홈에서 로그가 아닌 파일 3개는 제외했습니다(숨김 파일, reports/, alerts/, config/)",
            ]
        );
    }

    #[test]
    fn one_is_not_many() {
        let one = Report { accepted: 1, refused: 1, files: 1, skipped: 1, ..Report::default() };
        let lines = summary(&one, false, &console(Lang::En));
        assert!(lines[0].starts_with("✔ 1 record kept from 1 file ·"), "{lines:?}");
        assert_eq!(lines[2..], ["1 line refused", "1 file had been read before (--again reads once more)"]);
    }

    #[test]
    fn what_keeps_nothing_has_no_tick() {
        let mut unread = Report { refused: 1, ..Report::default() };
        unread.inputs_refused.push(bongsu_source::InputRefused { path: "/x".into(), reason: Refusal::Permission });
        let lines = summary(&unread, false, &console(Lang::En));
        assert_eq!(lines, ["nothing new", "1 input refused", "  /x: no permission to read it"]);
        let refused = Report { refused: 2, bytes: 9, files: 1, ..Report::default() };
        let lines = summary(&refused, false, &console(Lang::En));
        assert!(lines[0].starts_with("✘ 0 records kept from 1 file"), "{lines:?}");
        assert_eq!(lines[1..], ["2 lines refused"]);
    }

    #[test]
    fn a_line_that_was_kept_in_two_states_is_told() {
        let grown = Report { accepted: 1, bytes: 9, files: 1, completed: 1, ..Report::default() };
        let told = |lang| summary(&grown, false, &console(lang)).pop().unwrap();
        assert_eq!(
            told(Lang::En),
            "1 record whose end had not been written yet is kept whole now, beside its beginning"
        );
        assert_eq!(told(Lang::Ko), "끝나지 않은 채 저장했던 로그 1건을 이번에 전체 내용으로 다시 저장했습니다");
    }

    #[test]
    fn a_second_run_says_that_nothing_is_new() {
        let again = Report { skipped: 3, ..Report::default() };
        let lines = summary(&again, false, &console(Lang::En));
        assert_eq!(lines, ["nothing new", "3 files had been read before (--again reads once more)"]);
    }
}
