//! Counts by hour as columns over a time axis.

use std::collections::HashMap;

use bongsu_insight::{HourCount, Window};
use jiff::ToSpan;

use super::Page;
use crate::paint::Ink;
use crate::text::{number, pad};

/// Lines that the columns are high.
const HEIGHT: usize = 4;
/// Hours after which columns hold more than one hour.
const NARROW: usize = 72;

/// One column: the hour it begins with and its count.
struct Column {
    hour: String,
    count: u64,
}

/// The columns, their axis and their peak, a line each; nothing without counts.
pub(super) fn timeline(page: &Page<'_>, counts: &[HourCount], window: &Window) -> Vec<String> {
    let Some(peak) = counts.iter().rev().max_by_key(|hour| hour.count) else { return vec![] };
    let columns = columns(counts, window);
    let room = page.width.saturating_sub(4);
    let wide = (room / columns.len().max(1)).clamp(1, 3);
    let most = columns.iter().map(|column| column.count).max().unwrap_or(0).max(1);
    let mut lines: Vec<String> = (0..HEIGHT)
        .rev()
        .map(|floor| {
            let cells: String = columns.iter().map(|column| cell(column.count, most, floor, wide)).collect();
            format!("  {}", page.paint.put(Ink::Bad, cells.trim_end()))
        })
        .collect();
    lines.push(page.paint.put(Ink::Dim, &format!("  {}", axis(&columns, wide))));
    let values = [("count", number(peak.count).into()), ("hour", peak.hour.as_str().into())];
    lines.push(format!("  {}", page.paint.put(Ink::Dim, &page.words.tell("report-peak", &values))));
    lines
}

/// Every hour of the window, those without a count too; several hours a column when there are many.
fn columns(counts: &[HourCount], window: &Window) -> Vec<Column> {
    let by_hour: HashMap<&str, u64> = counts.iter().map(|hour| (hour.hour.as_str(), hour.count)).collect();
    let range = window.range();
    let (first, last) = (range.from.to_jiff(), range.to.to_jiff());
    let hours = usize::try_from(window.hours).unwrap_or(usize::MAX).min(24 * 366);
    let mut columns: Vec<Column> = Vec::new();
    for nth in 0..=hours {
        let Ok(time) = first.checked_add((nth as i64).hours()) else { break };
        let hour = time.min(last).to_zoned(window.zone.clone()).strftime("%Y-%m-%d %H:00").to_string();
        if columns.last().is_none_or(|column| column.hour != hour) {
            let count = by_hour.get(hour.as_str()).copied().unwrap_or(0);
            columns.push(Column { hour, count });
        }
    }
    let each = columns.len().div_ceil(NARROW).max(1);
    let merged = |hours: &[Column]| Column {
        hour: hours.first().map(|column| column.hour.clone()).unwrap_or_default(),
        count: hours.iter().map(|column| column.count).sum(),
    };
    columns.chunks(each).map(merged).collect()
}

/// The part of a column that stands on one floor.
fn cell(count: u64, most: u64, floor: usize, wide: usize) -> String {
    const EIGHTHS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    let height = (count as f64 / most as f64 * (HEIGHT * 8) as f64).round() as usize;
    let height = if count > 0 { height.max(1) } else { 0 };
    let part = height.saturating_sub(floor * 8).min(8);
    let ground = if count == 0 && floor == 0 { "·" } else { EIGHTHS[part] };
    let gap = usize::from(wide > 1);
    format!("{}{}", ground.repeat(wide - gap), " ".repeat(gap))
}

/// Hours under the columns, as many as there is room for; dates where the columns span days.
fn axis(columns: &[Column], wide: usize) -> String {
    let days = columns.len() > 30;
    let label = |hour: &str| if days { hour.get(5..10) } else { hour.get(11..13) }.unwrap_or("").to_owned();
    let step = if days { 12 } else { 3 };
    let mut axis = String::new();
    for (nth, column) in columns.iter().enumerate().step_by(step) {
        let label = label(&column.hour);
        if nth * wide + label.len() <= columns.len() * wide {
            axis = pad(&axis, nth * wide);
            axis.push_str(&label);
        }
    }
    axis
}
