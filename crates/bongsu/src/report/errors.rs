//! The page of the error analysis.

use bongsu_insight::{CriticalError, ErrorAnalysis, Window};

use super::Page;
use super::timeline::timeline;
use crate::paint::Ink;
use crate::text::{number, pad_left, width};

/// The whole page.
pub(crate) fn errors(page: &Page<'_>, errors: &ErrorAnalysis, window: &Window) -> Vec<String> {
    let mut lines = page.title("report-errors-title", window);
    let ink = if errors.total_errors > 0 { Ink::Bad } else { Ink::Good };
    lines.push(format!(
        "{} {} · {} {}",
        page.say("report-errors"),
        page.paint.put(ink, &number(errors.total_errors)),
        page.say("report-critical"),
        page.paint.put(if errors.total_critical > 0 { Ink::Worst } else { Ink::Good }, &number(errors.total_critical)),
    ));
    lines.extend(sections(page, errors, window));
    lines
}

/// Types, hours, messages and critical errors, each where there are any.
pub(super) fn sections(page: &Page<'_>, errors: &ErrorAnalysis, window: &Window) -> Vec<String> {
    let mut lines = page.section("report-types");
    if errors.total_errors == 0 {
        lines.push(page.nothing("report-no-errors"));
        return lines;
    }
    lines.extend(page.bars(&errors.error_types.0, Ink::Bad));
    if !errors.error_timeline.is_empty() {
        lines.extend(page.section("report-timeline"));
        lines.extend(timeline(page, &errors.error_timeline, window));
    }
    lines.extend(page.section("report-frequent"));
    let columns = errors.frequent_errors.iter().map(|message| number(message.count).len()).max().unwrap_or(0);
    for message in &errors.frequent_errors {
        let count = pad_left(&number(message.count), columns);
        lines.push(format!("  {}  {}", page.paint.put(Ink::Warn, &count), page.cut(&message.message, columns + 4)));
    }
    if !errors.critical_errors.is_empty() {
        lines.extend(page.section("report-critical-list"));
        lines.extend(errors.critical_errors.iter().flat_map(|error| critical(page, error)));
    }
    lines
}

/// A critical error: when and where on one line, what on the next.
fn critical(page: &Page<'_>, error: &CriticalError) -> Vec<String> {
    let time = error.timestamp.as_deref().map(|time| time.get(..19).unwrap_or(time).replace('T', " "));
    let place = match (&error.file, error.line_num) {
        (Some(file), Some(line)) => format!("{file}:{line}"),
        (Some(file), None) => file.clone(),
        (None, _) => String::new(),
    };
    let parts = [time.unwrap_or_default(), place, error.component.clone()];
    let head: Vec<_> = parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect();
    let mark = page.paint.put(Ink::Worst, "●");
    let head = page.cut(&head.join(" · "), width("  ● "));
    let first_line = error.message.lines().next().unwrap_or_default();
    vec![format!("  {mark} {}", page.paint.put(Ink::Dim, &head)), format!("    {}", page.cut(first_line, 4))]
}
