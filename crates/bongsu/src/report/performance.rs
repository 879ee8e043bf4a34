//! The page of the performance analysis.

use bongsu_insight::{PerformanceAnalysis, SlowOperation, Window};

use super::Page;
use crate::paint::Ink;
use crate::table::Table;
use crate::text::{fit, number, seconds};

/// Components and operations that are listed.
const LISTED: usize = 10;
/// Columns that a name may take in a table.
const NAME: usize = 24;

/// The whole page.
pub(crate) fn performance(page: &Page<'_>, performance: &PerformanceAnalysis, window: &Window) -> Vec<String> {
    let mut lines = page.title("report-performance-title", window);
    let slow = performance.total_slow_operations;
    lines.push(format!(
        "{} {} · {} {}",
        page.say("report-operations"),
        page.paint.put(Ink::Accent, &number(performance.total_operations)),
        page.say("report-slow"),
        page.paint.put(if slow > 0 { Ink::Warn } else { Ink::Good }, &number(slow)),
    ));
    lines.extend(sections(page, performance));
    lines
}

/// Components and slow operations, each where there are any.
pub(super) fn sections(page: &Page<'_>, performance: &PerformanceAnalysis) -> Vec<String> {
    let mut lines = page.section("report-components");
    if performance.total_operations == 0 {
        lines.push(page.nothing("report-no-operations"));
        return lines;
    }
    lines.extend(components(page, performance));
    lines.extend(page.section("report-slow-list"));
    if performance.slow_operations.is_empty() {
        lines.push(page.nothing("report-no-slow"));
    } else {
        lines.extend(slow(page, performance));
    }
    if let Some(bottleneck) = &performance.bottleneck {
        let name = format!(
            "{}/{} ({:.0}%, {})",
            bottleneck.component,
            bottleneck.operation,
            bottleneck.share * 100.0,
            seconds(bottleneck.total_time)
        );
        lines.push(String::new());
        lines.push(page.cut(&page.words.tell("report-bottleneck", &[("name", name.into())]), 0));
    }
    lines
}

fn components(page: &Page<'_>, performance: &PerformanceAnalysis) -> Vec<String> {
    let mut stats: Vec<_> = performance.component_stats.iter().collect();
    stats.sort_by(|(_, a), (_, b)| b.total_time.total_cmp(&a.total_time));
    let headings = ["report-component", "report-count", "report-mean", "p50", "p95", "report-max", "report-slow"];
    let mut table = Table::new(headings.map(|id| page.say(id)).to_vec()).numbers(&[1, 2, 3, 4, 5, 6]);
    for (name, stats) in stats.iter().take(LISTED) {
        table.row(vec![
            fit(name, NAME).into_owned(),
            number(stats.count),
            seconds(stats.avg_time),
            seconds(stats.p50),
            seconds(stats.p95),
            seconds(stats.max_time),
            number(stats.slow_operations),
        ]);
    }
    let mut lines = indented(page, &table);
    lines.extend(more(page, stats.len()));
    lines
}

fn slow(page: &Page<'_>, performance: &PerformanceAnalysis) -> Vec<String> {
    let headings = ["report-component", "report-operation", "report-duration", "report-limit", "report-over"];
    let mut table = Table::new(headings.map(|id| page.say(id)).to_vec()).numbers(&[2, 3, 4]);
    let row = |slow: &SlowOperation| {
        vec![
            fit(&slow.component, NAME - 4).into_owned(),
            fit(&slow.operation, NAME).into_owned(),
            seconds(slow.duration),
            seconds(slow.threshold),
            format!("{:.1}", slow.slowness_factor),
        ]
    };
    performance.slow_operations.iter().take(LISTED).for_each(|slow| table.row(row(slow)));
    let mut lines = indented(page, &table);
    lines.extend(more(page, usize::try_from(performance.total_slow_operations).unwrap_or(usize::MAX)));
    lines
}

fn indented(page: &Page<'_>, table: &Table) -> Vec<String> {
    let lines = table.lines(Some(page.width.saturating_sub(2)));
    let ink = |nth: usize| if nth < 2 { Ink::Dim } else { Ink::Plain };
    lines.iter().enumerate().map(|(nth, line)| format!("  {}", page.paint.put(ink(nth), line))).collect()
}

/// How many are not listed, when there are such.
fn more(page: &Page<'_>, all: usize) -> Option<String> {
    let left = all.checked_sub(LISTED).filter(|left| *left > 0)?;
    let text = page.words.tell("report-more", &[("count", number(left as u64).into())]);
    Some(format!("  {}", page.paint.put(Ink::Dim, &text)))
}
