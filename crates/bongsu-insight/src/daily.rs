//! The daily report: health, errors and performance of one window, in one document.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::{ErrorAnalysis, Health, HealthReport, InsightError, PerformanceAnalysis, Window, Words};

/// A day's report. Names of fields are a contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DailyReport {
    /// The date at the window's end, in its zone: `2026-11-20`.
    pub report_date: String,
    /// How well the system is.
    pub health_report: HealthReport,
    /// What went wrong.
    pub error_analysis: ErrorAnalysis,
    /// How long things took.
    pub performance_analysis: PerformanceAnalysis,
}

impl DailyReport {
    /// The report of one window, its recommendations in `words`.
    pub fn of(window: &Window, errors: ErrorAnalysis, performance: PerformanceAnalysis, words: &dyn Words) -> Self {
        Self {
            report_date: window.date().to_string(),
            health_report: Health::of(window, &errors, &performance).report(words),
            error_analysis: errors,
            performance_analysis: performance,
        }
    }
}

/// The name of the report's file: `daily_log_report_20261120.json`, by the date at the window's end in its zone.
pub fn report_name(window: &Window) -> String {
    format!("daily_log_report_{}.json", window.date().strftime("%Y%m%d"))
}

/// Writes the report into the folder `reports`, which is made when it is missing, and gives its path.
///
/// A reader sees the report that was there before or the new one, never a half.
pub fn write_daily(reports: &Path, window: &Window, report: &DailyReport) -> Result<PathBuf, InsightError> {
    let path = reports.join(report_name(window));
    match replace(&path, report) {
        Ok(()) => Ok(path),
        Err(cause) => Err(InsightError::Write { path, cause }),
    }
}

fn replace(path: &Path, report: &DailyReport) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}.tmp", std::process::id()));
    let written = write_synced(Path::new(&draft), report).and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        // The first error is the one to tell; the draft may not even exist.
        let _ = fs::remove_file(&draft);
        return written;
    }
    File::open(folder)?.sync_all()
}

fn write_synced(draft: &Path, report: &DailyReport) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(report)?;
    text.push(b'\n');
    let mut file = File::create(draft)?;
    file.write_all(&text)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Advice, ErrorTally, PerformanceTally, Rules};
    use bongsu_model::Timestamp;
    use jiff::tz::TimeZone;

    fn window(at: &str) -> Window {
        Window::new(Timestamp::from_jiff(at.parse().unwrap()).unwrap(), 24)
            .in_zone(TimeZone::get("Asia/Seoul").unwrap())
    }

    fn empty(window: &Window) -> DailyReport {
        let rules = Rules::new(&[]).unwrap();
        let words = |advice: &Advice| advice.id.to_owned();
        let errors = ErrorTally::new(window, &rules).finish();
        DailyReport::of(window, errors, PerformanceTally::new(window).finish(), &words)
    }

    #[test]
    fn the_name_has_the_local_date_of_the_windows_end() {
        assert_eq!(report_name(&window("2025-06-06T15:00:00Z")), "daily_log_report_20250607.json");
        assert_eq!(report_name(&window("2025-06-06T14:59:59Z")), "daily_log_report_20250606.json");
    }

    #[test]
    fn a_second_report_takes_the_place_of_the_first_and_leaves_nothing_behind() {
        let home = tempfile::tempdir().unwrap();
        let reports = home.path().join("reports");
        let window = window("2025-06-06T12:00:00Z");
        let report = empty(&window);
        let first = write_daily(&reports, &window, &report).unwrap();
        fs::write(&first, "old").unwrap();
        let path = write_daily(&reports, &window, &report).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["report_date"], "2025-06-06");
        assert_eq!(back["health_report"]["grade"], "🟢 Excellent");
        assert!(text.ends_with("}\n"));
        assert_eq!(fs::read_dir(&reports).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("file");
        fs::write(&file, "").unwrap();
        let window = window("2025-06-06T12:00:00Z");
        let error = write_daily(&file.join("reports"), &window, &empty(&window)).unwrap_err();
        assert!(error.to_string().contains("daily_log_report_20250606.json"), "{error}");
    }
}
