//! The page of the daily report: health first, then its reasons, then what to do.

use bongsu_insight::{DailyReport, Window};

use super::{Page, errors, health, performance};

/// The whole page.
pub(crate) fn daily(page: &Page<'_>, report: &DailyReport, window: &Window) -> Vec<String> {
    let mut lines = page.title("report-title", window);
    lines.extend(health::summary(page, &report.health_report));
    lines.extend(errors::sections(page, &report.error_analysis, window));
    lines.extend(performance::sections(page, &report.performance_analysis));
    lines.extend(health::recommendations(page, &report.health_report));
    lines
}
