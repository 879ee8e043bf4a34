//! Health: one number, what makes it less than 100, and what to do about it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::{Advice, ErrorAnalysis, ErrorCounts, PerformanceAnalysis, Window, Words};

/// The slowest component's name when nothing was measured.
pub const SLOWEST_NONE: &str = "none";
/// Types of errors that the summary names.
const TOP_TYPES: usize = 3;
/// Components that are listed, the worst first.
const COMPONENTS: usize = 100;

/// Counts above which an issue stands, worst first, and the points it costs.
const ERRORS: [(u64, u8, Issue); 3] =
    [(100, 40, Issue::HighErrorRate), (50, 25, Issue::ModerateErrorRate), (20, 10, Issue::SomeErrors)];
const CRITICAL: [(u64, u8, Issue); 2] = [(5, 30, Issue::CriticalErrors), (0, 15, Issue::SomeCriticalErrors)];
const SLOW: [(u64, u8, Issue); 2] = [(20, 30, Issue::PerformanceIssues), (10, 15, Issue::SomeSlowOperations)];

/// Something that makes a system unwell; serialised as its name, such as `high_error_rate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Issue {
    /// More than 100 errors.
    HighErrorRate,
    /// More than 50 errors.
    ModerateErrorRate,
    /// More than 20 errors.
    SomeErrors,
    /// More than 5 critical errors.
    CriticalErrors,
    /// At least one critical error.
    SomeCriticalErrors,
    /// More than 20 slow operations.
    PerformanceIssues,
    /// More than 10 slow operations.
    SomeSlowOperations,
}

impl Issue {
    /// Every issue.
    pub const ALL: [Self; 7] = [
        Self::HighErrorRate,
        Self::ModerateErrorRate,
        Self::SomeErrors,
        Self::CriticalErrors,
        Self::SomeCriticalErrors,
        Self::PerformanceIssues,
        Self::SomeSlowOperations,
    ];
}

/// A score in one word; shown and serialised with its light, such as `🟢 Excellent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grade {
    /// Below 70.
    Poor,
    /// 70 and more.
    Fair,
    /// 80 and more.
    Good,
    /// 90 and more.
    Excellent,
}

impl Grade {
    /// The grade of a score from 0 to 100.
    pub const fn of(score: u8) -> Self {
        match score {
            90.. => Self::Excellent,
            80.. => Self::Good,
            70.. => Self::Fair,
            _ => Self::Poor,
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Poor => "🔴 Poor",
            Self::Fair => "🟠 Fair",
            Self::Good => "🟡 Good",
            Self::Excellent => "🟢 Excellent",
        })
    }
}

impl Serialize for Grade {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What health is told from: counts of everything, not of what a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Signs {
    errors: ErrorCounts,
    slow: u64,
}

impl Signs {
    /// The score from 100, never below 0, and each issue with the count that makes it.
    fn judge(self) -> (u8, Vec<(Issue, u64)>) {
        let measures = [(&ERRORS[..], self.errors.total), (&CRITICAL, self.errors.critical), (&SLOW, self.slow)];
        let mut score = 100u8;
        let mut issues = Vec::new();
        for (tiers, count) in measures {
            if let Some((_, points, issue)) = tiers.iter().find(|(above, ..)| count > *above) {
                score = score.saturating_sub(*points);
                issues.push((*issue, count));
            }
        }
        (score, issues)
    }
}

/// How well a system is, its recommendations not yet in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    /// The end of the window that was looked at, RFC 3339.
    pub timestamp: String,
    /// 0 to 100.
    pub health_score: u8,
    /// The score in a word.
    pub grade: Grade,
    /// What is amiss.
    pub issues: Vec<Issue>,
    /// Errors in short.
    pub error_summary: ErrorSummary,
    /// Performance in short.
    pub performance_summary: PerformanceSummary,
    /// What to do: one for each issue, in their order, then one for the commonest type of error.
    pub advice: Vec<Advice>,
    /// The same component by component, the worst first: of those that logged an error or an operation, at most 100.
    pub components: Vec<(String, ComponentHealth)>,
}

/// Errors in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorSummary {
    /// Every error.
    pub total_errors: u64,
    /// Those of the level CRITICAL.
    pub critical_errors: u64,
    /// The three commonest types, the commonest first.
    pub top_error_types: Vec<String>,
}

/// Performance in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PerformanceSummary {
    /// Every operation that was measured.
    pub total_operations: u64,
    /// Those above their category's threshold.
    pub slow_operations: u64,
    /// The component with the highest mean; `none` when nothing was measured.
    pub slowest_component: String,
}

/// How well one component is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComponentHealth {
    /// 0 to 100, by the same rules as the whole.
    pub health_score: u8,
    /// The score in a word.
    pub grade: Grade,
    /// What is amiss.
    pub issues: Vec<Issue>,
    /// Errors.
    pub total_errors: u64,
    /// Critical errors.
    pub critical_errors: u64,
    /// Operations that were measured.
    pub total_operations: u64,
    /// Those above their category's threshold.
    pub slow_operations: u64,
}

/// Health with its recommendations in words. Names of fields are a contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HealthReport {
    /// The end of the window that was looked at, RFC 3339.
    pub timestamp: String,
    /// 0 to 100.
    pub health_score: u8,
    /// The score in a word, with its light.
    pub grade: Grade,
    /// What is amiss.
    pub issues: Vec<Issue>,
    /// Errors in short.
    pub error_summary: ErrorSummary,
    /// Performance in short.
    pub performance_summary: PerformanceSummary,
    /// What to do, in the reader's language.
    pub recommendations: Vec<String>,
    /// Component by component, the worst first.
    #[serde(serialize_with = "as_map")]
    pub components: Vec<(String, ComponentHealth)>,
}

impl Health {
    /// Told from the errors and the performance of the same window.
    pub fn of(window: &Window, errors: &ErrorAnalysis, performance: &PerformanceAnalysis) -> Self {
        let counts = ErrorCounts { total: errors.total_errors, critical: errors.total_critical };
        let (health_score, issues) = Signs { errors: counts, slow: performance.total_slow_operations }.judge();
        let types = &errors.error_types.0;
        let mut advice: Vec<_> = issues.iter().map(|(issue, count)| Advice::for_issue(*issue, *count)).collect();
        advice.extend(types.first().map(|(name, count)| Advice::for_type(name, *count)));
        Self {
            timestamp: window.rfc3339(window.at),
            health_score,
            grade: Grade::of(health_score),
            issues: issues.into_iter().map(|(issue, _)| issue).collect(),
            error_summary: ErrorSummary {
                total_errors: counts.total,
                critical_errors: counts.critical,
                top_error_types: types.iter().take(TOP_TYPES).map(|(name, _)| name.clone()).collect(),
            },
            performance_summary: PerformanceSummary {
                total_operations: performance.total_operations,
                slow_operations: performance.total_slow_operations,
                slowest_component: slowest(performance),
            },
            advice,
            components: components(errors, performance),
        }
    }

    /// The same with the recommendations in words.
    pub fn report(&self, words: &dyn Words) -> HealthReport {
        HealthReport {
            timestamp: self.timestamp.clone(),
            health_score: self.health_score,
            grade: self.grade,
            issues: self.issues.clone(),
            error_summary: self.error_summary.clone(),
            performance_summary: self.performance_summary.clone(),
            recommendations: self.advice.iter().map(|advice| words.advice(advice)).collect(),
            components: self.components.clone(),
        }
    }
}

/// The component with the highest mean; of equal ones the first in the order of names.
fn slowest(performance: &PerformanceAnalysis) -> String {
    let stats = performance.component_stats.iter();
    stats
        .reduce(|slowest, next| if next.1.avg_time > slowest.1.avg_time { next } else { slowest })
        .map_or(SLOWEST_NONE, |(name, _)| name)
        .to_owned()
}

fn components(errors: &ErrorAnalysis, performance: &PerformanceAnalysis) -> Vec<(String, ComponentHealth)> {
    let mut signs = BTreeMap::<&str, (Signs, u64)>::new();
    for (name, counts) in &errors.components {
        signs.entry(name).or_default().0.errors = *counts;
    }
    for (name, stats) in &performance.component_stats {
        let (sign, operations) = signs.entry(name).or_default();
        sign.slow = stats.slow_operations;
        *operations = stats.count;
    }
    let mut worst: Vec<_> = signs
        .into_iter()
        .map(|(name, (sign, total_operations))| (name.to_owned(), component(sign, total_operations)))
        .collect();
    worst.sort_by_key(|(_, health)| {
        (health.health_score, Reverse((health.critical_errors, health.total_errors, health.slow_operations)))
    });
    worst.truncate(COMPONENTS);
    worst
}

fn component(signs: Signs, total_operations: u64) -> ComponentHealth {
    let (health_score, issues) = signs.judge();
    ComponentHealth {
        health_score,
        grade: Grade::of(health_score),
        issues: issues.into_iter().map(|(issue, _)| issue).collect(),
        total_errors: signs.errors.total,
        critical_errors: signs.errors.critical,
        total_operations,
        slow_operations: signs.slow,
    }
}

fn as_map<S: Serializer>(components: &[(String, ComponentHealth)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(components.iter().map(|(name, health)| (name, health)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(total: u64, critical: u64, slow: u64) -> (u8, Vec<Issue>) {
        let (score, issues) = Signs { errors: ErrorCounts { total, critical }, slow }.judge();
        (score, issues.into_iter().map(|(issue, _)| issue).collect())
    }

    #[test]
    fn each_edge_of_each_measure() {
        use Issue::{
            CriticalErrors, HighErrorRate, ModerateErrorRate, PerformanceIssues, SomeCriticalErrors, SomeErrors,
            SomeSlowOperations,
        };
        for (signs, score, issues) in [
            ((0, 0, 0), 100, vec![]),
            ((20, 0, 0), 100, vec![]),
            ((21, 0, 0), 90, vec![SomeErrors]),
            ((50, 0, 0), 90, vec![SomeErrors]),
            ((51, 0, 0), 75, vec![ModerateErrorRate]),
            ((100, 0, 0), 75, vec![ModerateErrorRate]),
            ((101, 0, 0), 60, vec![HighErrorRate]),
            ((1, 1, 0), 85, vec![SomeCriticalErrors]),
            ((5, 5, 0), 85, vec![SomeCriticalErrors]),
            ((6, 6, 0), 70, vec![CriticalErrors]),
            ((0, 0, 10), 100, vec![]),
            ((0, 0, 11), 85, vec![SomeSlowOperations]),
            ((0, 0, 20), 85, vec![SomeSlowOperations]),
            ((0, 0, 21), 70, vec![PerformanceIssues]),
            ((101, 6, 21), 0, vec![HighErrorRate, CriticalErrors, PerformanceIssues]),
        ] {
            assert_eq!(judge(signs.0, signs.1, signs.2), (score, issues), "{signs:?}");
        }
    }

    #[test]
    fn grades_begin_at_their_scores() {
        for (score, grade) in [
            (100, "🟢 Excellent"),
            (90, "🟢 Excellent"),
            (89, "🟡 Good"),
            (80, "🟡 Good"),
            (79, "🟠 Fair"),
            (70, "🟠 Fair"),
            (69, "🔴 Poor"),
            (0, "🔴 Poor"),
        ] {
            assert_eq!(Grade::of(score).to_string(), grade, "{score}");
        }
    }
}
