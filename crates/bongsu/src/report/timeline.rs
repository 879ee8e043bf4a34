//! Counts by hour as columns over a time axis.

use bongsu_insight::{HourCount, Window};
use bongsu_model::Timestamp;
use jiff::ToSpan;
use jiff::civil::DateTime;

use super::Page;
use crate::paint::Ink;
use crate::text::{number, pad};

/// Lines that the columns are high.
const HEIGHT: usize = 4;
/// Hours after which columns hold more than one hour.
const NARROW: usize = 72;

/// One column: the hour it begins with and its count.
struct Column {
    start: DateTime,
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
            format!("  {}", page.paint.put(Ink::Bad, cells.trim_end())).trim_end().to_owned()
        })
        .collect();
    lines.push(page.paint.put(Ink::Dim, &format!("  {}", axis(&columns, wide))));
    let values = [("count", number(peak.count).into()), ("hour", peak.hour.as_str().into())];
    lines.push(format!("  {}", page.paint.put(Ink::Dim, &page.words.tell("report-peak", &values))));
    lines
}

/// Every hour of the window, those without a count too; several hours a column when there are many. Of a window longer
/// than [`NARROW`] hours only the part from the first count to the last.
fn columns(counts: &[HourCount], window: &Window) -> Vec<Column> {
    let counts: Vec<(DateTime, u64)> =
        counts.iter().filter_map(|hour| Some((hour.hour.parse().ok()?, hour.count))).collect();
    let [from, to] = [window.range().from, window.range().to].map(|time| hour_of(time, window));
    let long = hours_between(from, to) >= NARROW as i64;
    let (Some((earliest, _)), Some((latest, _))) = (counts.first(), counts.last()) else { return vec![] };
    let (from, to) = if long { (*earliest, *latest) } else { (from, to) };
    let hours = hours_between(from, to).max(0) + 1;
    let each = (hours as usize).div_ceil(NARROW).max(1) as i64;
    let column = |nth: i64| Column { start: from.saturating_add((nth * each).hours()), count: 0 };
    let mut columns: Vec<Column> = (0..(hours + each - 1) / each).map(column).collect();
    for (hour, count) in counts {
        let nth = usize::try_from(hours_between(from, hour) / each).unwrap_or(0);
        if let Some(column) = columns.get_mut(nth) {
            column.count += count;
        }
    }
    columns
}

fn hour_of(time: Timestamp, window: &Window) -> DateTime {
    let local = time.to_jiff().to_zoned(window.zone.clone()).datetime();
    local.date().at(local.hour(), 0, 0, 0)
}

fn hours_between(from: DateTime, to: DateTime) -> i64 {
    to.duration_since(from).as_hours()
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

/// Labels under the columns, as many as there is room for: hours of a day, days of a month, months of years.
fn axis(columns: &[Column], wide: usize) -> String {
    let span = columns.first().zip(columns.last()).map_or(0, |(first, last)| hours_between(first.start, last.start));
    let (form, step) = match span {
        ..=30 => ("%H", 3),
        31..=8_000 => ("%m-%d", 12),
        _ => ("%Y-%m", 12),
    };
    let mut axis = String::new();
    for (nth, column) in columns.iter().enumerate().step_by(step) {
        let label = column.start.strftime(form).to_string();
        if nth * wide + label.len() <= columns.len() * wide {
            axis = pad(&axis, nth * wide);
            axis.push_str(&label);
        }
    }
    axis
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn window(hours: u32) -> Window {
        let at: jiff::Timestamp = "2025-06-06T12:30:00Z".parse().unwrap();
        Window::new(Timestamp::from_jiff(at).unwrap(), hours).in_zone(TimeZone::UTC)
    }

    fn counts(pairs: &[(&str, u64)]) -> Vec<HourCount> {
        pairs.iter().map(|(hour, count)| HourCount { hour: (*hour).to_owned(), count: *count }).collect()
    }

    #[test]
    fn a_day_has_a_column_an_hour_and_no_count_is_lost() {
        let columns = columns(&counts(&[("2025-06-05 12:00", 3), ("2025-06-06 12:00", 4)]), &window(24));
        assert_eq!(columns.len(), 25);
        assert_eq!((columns[0].count, columns[24].count), (3, 4));
    }

    #[test]
    fn years_fit_into_the_columns_too() {
        let pairs = [("2005-06-03 15:00", 1), ("2015-10-18 18:00", 456), ("2025-06-06 12:00", 2)];
        let columns = columns(&counts(&pairs), &window(u32::MAX));
        assert!(columns.len() <= NARROW, "{}", columns.len());
        assert_eq!(columns.iter().map(|column| column.count).sum::<u64>(), 459);
        assert!(axis(&columns, 1).starts_with("2005-06"), "{}", axis(&columns, 1));
    }
}
