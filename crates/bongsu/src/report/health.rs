//! The page of the health score.

use bongsu_insight::{Advice, ComponentHealth, Grade, HealthReport, Issue, SLOWEST_NONE, Window};
use fluent_bundle::FluentValue;

use super::Page;
use crate::paint::Ink;
use crate::text::{fit, number, pad, pad_left, width};
use crate::words::Words;

/// Columns of the score's bar at most.
const BAR: usize = 40;
/// Components that are listed.
const LISTED: usize = 8;

/// A recommendation in the reader's language.
pub(crate) fn advice(advice: &Advice, words: &Words) -> String {
    let mut values: Vec<(&str, FluentValue<'_>)> = Vec::new();
    for (name, value) in &advice.args {
        match value.parse() {
            Ok(count) => values.extend([(*name, number(count).into()), ("n", count.into())]),
            Err(_) => values.push((name, value.as_str().into())),
        }
    }
    words.tell(advice.id, &values)
}

/// The whole page.
pub(crate) fn health(page: &Page<'_>, health: &HealthReport, window: &Window) -> Vec<String> {
    let mut lines = page.title("report-health-title", window);
    lines.extend(summary(page, health));
    lines.extend(components(page, health));
    lines.extend(recommendations(page, health));
    lines
}

/// Grade, score, counts and issues.
pub(super) fn summary(page: &Page<'_>, health: &HealthReport) -> Vec<String> {
    let ink = ink(health.grade);
    let bar = page.width.saturating_sub(BAR).clamp(10, BAR);
    let full = usize::from(health.health_score) * bar / 100;
    let (done, rest) = ("█".repeat(full), "░".repeat(bar - full));
    let mut lines = vec![
        String::new(),
        format!(
            "  {} {}  {} {}  {}{}",
            light(health.grade),
            page.paint.put(ink, &page.say(name(health.grade))),
            page.say("report-score"),
            page.paint.put(ink, &format!("{}/100", health.health_score)),
            page.paint.put(ink, &done),
            page.paint.put(Ink::Dim, &rest),
        ),
        String::new(),
    ];
    let (errors, performance) = (&health.error_summary, &health.performance_summary);
    let counts = [
        ("report-errors", errors.total_errors),
        ("report-critical", errors.critical_errors),
        ("report-operations", performance.total_operations),
        ("report-slow", performance.slow_operations),
    ];
    lines.push(format!("  {}", counted(page, &counts)));
    if performance.slowest_component != SLOWEST_NONE {
        let name = [("name", performance.slowest_component.as_str().into())];
        lines.push(format!("  {}", page.cut(&page.words.tell("report-slowest", &name), 2)));
    }
    let mark = page.paint.put(Ink::Warn, "▲");
    for issue in &health.issues {
        lines.push(format!("  {mark} {}", page.say(issue_name(*issue))));
    }
    if health.issues.is_empty() {
        lines.push(format!("  {} {}", page.paint.put(Ink::Good, "✔"), page.say("report-no-issues")));
    }
    lines
}

/// `errors 3 · slow 1`.
fn counted(page: &Page<'_>, counts: &[(&str, u64)]) -> String {
    let counts: Vec<_> = counts.iter().map(|(id, count)| format!("{} {}", page.say(id), number(*count))).collect();
    counts.join(" · ")
}

/// The worst components, where there is more than one.
fn components(page: &Page<'_>, health: &HealthReport) -> Vec<String> {
    if health.components.len() < 2 {
        return vec![];
    }
    let mut lines = page.section("report-health-by-component");
    let listed = &health.components[..health.components.len().min(LISTED)];
    let columns = listed.iter().map(|(name, _)| width(name)).max().unwrap_or(0).min(page.width / 3);
    lines.extend(listed.iter().map(|(name, part)| component(page, name, part, columns)));
    if health.components.len() > LISTED {
        let left = (health.components.len() - LISTED) as u64;
        let text = page.words.tell("report-more", &[("count", number(left).into())]);
        lines.push(format!("  {}", page.paint.put(Ink::Dim, &text)));
    }
    lines
}

fn component(page: &Page<'_>, name: &str, part: &ComponentHealth, columns: usize) -> String {
    let counts = [
        ("report-errors", part.total_errors),
        ("report-critical", part.critical_errors),
        ("report-slow", part.slow_operations),
    ];
    let counts: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
    let score = pad_left(&part.health_score.to_string(), 3);
    let line = format!(
        "  {} {}  {}",
        light(part.grade),
        pad(&fit(name, columns), columns),
        page.paint.put(ink(part.grade), &score)
    );
    format!("{line}  {}", page.paint.put(Ink::Dim, &counted(page, &counts))).trim_end().to_owned()
}

/// What to do, numbered.
pub(super) fn recommendations(page: &Page<'_>, health: &HealthReport) -> Vec<String> {
    if health.recommendations.is_empty() {
        return vec![];
    }
    let mut lines = page.section("report-recommendations");
    for (nth, text) in health.recommendations.iter().enumerate() {
        lines.extend(page.bullet(&format!("{}.", nth + 1), text));
    }
    lines
}

/// The grade's light, `🟢` to `🔴`.
fn light(grade: Grade) -> String {
    grade.to_string().split(' ').next().unwrap_or_default().to_owned()
}

fn name(grade: Grade) -> &'static str {
    match grade {
        Grade::Excellent => "grade-excellent",
        Grade::Good => "grade-good",
        Grade::Fair => "grade-fair",
        Grade::Poor => "grade-poor",
    }
}

fn ink(grade: Grade) -> Ink {
    match grade {
        Grade::Excellent | Grade::Good => Ink::Good,
        Grade::Fair => Ink::Warn,
        Grade::Poor => Ink::Bad,
    }
}

fn issue_name(issue: Issue) -> &'static str {
    match issue {
        Issue::HighErrorRate => "issue-high-error-rate",
        Issue::ModerateErrorRate => "issue-moderate-error-rate",
        Issue::SomeErrors => "issue-some-errors",
        Issue::CriticalErrors => "issue-critical-errors",
        Issue::SomeCriticalErrors => "issue-some-critical-errors",
        Issue::PerformanceIssues => "issue-performance-issues",
        Issue::SomeSlowOperations => "issue-some-slow-operations",
    }
}
