//! Performance analysis: how long operations took, which were slow, and where the time went.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use bongsu_model::Timestamp;
use serde::Serialize;

use crate::{Category, PerformanceRow, Window, component_of, quantile};

/// Slow operations that are listed.
const LISTED: usize = 20;

/// How long things took in a window, seconds. Names of fields are a contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PerformanceAnalysis {
    /// `Last 24 hours`.
    pub analysis_period: String,
    /// Every operation that was measured.
    pub total_operations: u64,
    /// Operations that took longer than their category may, also those that `slow_operations` does not list.
    pub total_slow_operations: u64,
    /// The twenty worst by `slowness_factor`.
    pub slow_operations: Vec<SlowOperation>,
    /// Figures of each component.
    pub component_stats: BTreeMap<String, ComponentStats>,
    /// The operation that took the largest part of the time of all.
    pub bottleneck: Option<Bottleneck>,
}

/// An operation that took longer than its category may.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlowOperation {
    /// RFC 3339 with nine digits, in the window's zone; none when the line had no time.
    pub timestamp: Option<String>,
    /// Who did it.
    pub component: String,
    /// What was done.
    pub operation: String,
    /// Seconds it took.
    pub duration: f64,
    /// Seconds it may take.
    pub threshold: f64,
    /// `duration` by `threshold`.
    pub slowness_factor: f64,
    /// What kind of work it was.
    pub category: Category,
}

/// Durations of one component, seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComponentStats {
    /// Operations.
    pub count: u64,
    /// Sum.
    pub total_time: f64,
    /// Mean.
    pub avg_time: f64,
    /// Longest.
    pub max_time: f64,
    /// Median; quantiles are exact, with linear interpolation as numpy's default.
    pub p50: f64,
    /// 95 of 100 took at most this.
    pub p95: f64,
    /// 99 of 100 took at most this.
    pub p99: f64,
    /// Slow operations among them.
    pub slow_operations: u64,
}

/// Where the most time went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bottleneck {
    /// Who did it.
    pub component: String,
    /// What was done.
    pub operation: String,
    /// Seconds in all.
    pub total_time: f64,
    /// Part of the time of all operations, 0 to 1.
    pub share: f64,
}

/// Takes rows one by one and keeps their durations and the worst of them.
#[derive(Debug)]
pub struct PerformanceTally {
    window: Window,
    components: HashMap<String, Component>,
    total: u64,
    slow: u64,
    worst: Vec<Worst>,
}

#[derive(Debug, Default)]
struct Component {
    operations: HashMap<String, Vec<f64>>,
    slow: u64,
}

#[derive(Debug, PartialEq)]
struct Worst {
    factor: f64,
    duration: f64,
    time: Option<Timestamp>,
    component: String,
    operation: String,
    category: Category,
}

impl Worst {
    /// The worst first; of equally bad ones the longest, then the earliest, then in the order of names.
    fn order(&self, other: &Self) -> Ordering {
        (other.factor.total_cmp(&self.factor))
            .then_with(|| other.duration.total_cmp(&self.duration))
            .then_with(|| self.time.cmp(&other.time))
            .then_with(|| self.component.cmp(&other.component))
            .then_with(|| self.operation.cmp(&other.operation))
    }
}

impl PerformanceTally {
    /// Nothing seen yet.
    pub fn new(window: &Window) -> Self {
        Self { window: window.clone(), components: HashMap::new(), total: 0, slow: 0, worst: Vec::new() }
    }

    /// Counts `row` if it lies inside the window and its duration is a length of time.
    pub fn push(&mut self, row: &PerformanceRow<'_>) {
        if !self.window.contains(row.time) || !row.duration.is_finite() || row.duration < 0.0 {
            return;
        }
        let name = component_of(row.service, row.logger);
        let category = Category::of(row.operation);
        let slow = row.duration > category.threshold();
        self.total += 1;
        update(&mut self.components, name, |component| {
            component.slow += u64::from(slow);
            update(&mut component.operations, row.operation, |durations| durations.push(row.duration));
        });
        if slow {
            self.slow += 1;
            self.keep(row, name, category);
        }
    }

    fn keep(&mut self, row: &PerformanceRow<'_>, component: &str, category: Category) {
        let factor = row.duration / category.threshold();
        if self.worst.len() == LISTED && self.worst.last().is_some_and(|least| factor < least.factor) {
            return;
        }
        let operation = row.operation.to_owned();
        let worst = Worst {
            factor,
            duration: row.duration,
            time: row.time,
            component: component.to_owned(),
            operation,
            category,
        };
        let at = self.worst.partition_point(|other| other.order(&worst).is_le());
        self.worst.insert(at, worst);
        self.worst.truncate(LISTED);
    }

    /// What the rows told.
    pub fn finish(self) -> PerformanceAnalysis {
        let mut component_stats = BTreeMap::new();
        let mut heaviest: Option<Bottleneck> = None;
        for (component, Component { operations, slow }) in self.components {
            let mut all = Vec::with_capacity(operations.values().map(Vec::len).sum());
            for (operation, durations) in operations {
                all.extend_from_slice(&durations);
                let total_time = sum(durations);
                let here = Bottleneck { component: component.clone(), operation, total_time, share: 0.0 };
                if heaviest.as_ref().is_none_or(|other| here.heavier(other)) {
                    heaviest = Some(here);
                }
            }
            component_stats.insert(component, ComponentStats::of(all, slow));
        }
        let everything: f64 = component_stats.values().map(|stats| stats.total_time).sum();
        PerformanceAnalysis {
            analysis_period: self.window.period(),
            total_operations: self.total,
            total_slow_operations: self.slow,
            slow_operations: self.worst.into_iter().map(|worst| worst.shown(&self.window)).collect(),
            component_stats,
            bottleneck: heaviest
                .filter(|heaviest| heaviest.total_time > 0.0)
                .map(|heaviest| Bottleneck { share: heaviest.total_time / everything, ..heaviest }),
        }
    }
}

impl Worst {
    fn shown(self, window: &Window) -> SlowOperation {
        SlowOperation {
            timestamp: self.time.map(|time| window.rfc3339(time)),
            component: self.component,
            operation: self.operation,
            duration: self.duration,
            threshold: self.category.threshold(),
            slowness_factor: self.factor,
            category: self.category,
        }
    }
}

impl Bottleneck {
    /// More time; of equal ones the first in the order of names.
    fn heavier(&self, other: &Self) -> bool {
        let by_time = self.total_time.total_cmp(&other.total_time);
        let by_name = (&other.component, &other.operation).cmp(&(&self.component, &self.operation));
        by_time.then(by_name).is_gt()
    }
}

impl ComponentStats {
    fn of(mut durations: Vec<f64>, slow_operations: u64) -> Self {
        durations.sort_by(f64::total_cmp);
        let count = durations.len();
        let total_time: f64 = durations.iter().sum();
        Self {
            count: count as u64,
            total_time,
            avg_time: total_time / count.max(1) as f64,
            max_time: durations.last().copied().unwrap_or_default(),
            p50: quantile(&durations, 0.5),
            p95: quantile(&durations, 0.95),
            p99: quantile(&durations, 0.99),
            slow_operations,
        }
    }
}

/// The sum in ascending order: the same to the last bit in whatever order the rows came.
fn sum(mut durations: Vec<f64>) -> f64 {
    durations.sort_by(f64::total_cmp);
    durations.iter().sum()
}

/// Changes the value of `key`, made when it is new; the key is copied only then.
fn update<V: Default>(map: &mut HashMap<String, V>, key: &str, change: impl FnOnce(&mut V)) {
    match map.get_mut(key) {
        Some(value) => change(value),
        None => change(map.entry(key.to_owned()).or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(operation: &str, duration: f64) -> PerformanceRow<'_> {
        PerformanceRow { operation, duration, logger: Some("performance.api"), ..PerformanceRow::default() }
    }

    fn analyse<'a>(rows: impl IntoIterator<Item = PerformanceRow<'a>>) -> PerformanceAnalysis {
        let mut tally = PerformanceTally::new(&Window::new(Timestamp::from_nanos(0), 24));
        for row in rows {
            tally.push(&row);
        }
        tally.finish()
    }

    #[test]
    fn a_duration_at_the_threshold_is_not_slow() {
        let just_over = f64::from_bits(5.0f64.to_bits() + 1);
        let found = analyse([row("call", 5.0), row("call", just_over), row("select", 2.0), row("train", 10.0)]);
        assert_eq!((found.total_operations, found.total_slow_operations), (4, 1));
        assert!((found.slow_operations[0].slowness_factor - 1.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_no_length_of_time_is_not_counted() {
        let found = analyse([row("x", f64::NAN), row("x", -1.0), row("x", f64::INFINITY), row("x", 0.0)]);
        assert_eq!(found.total_operations, 1);
        assert_eq!(found.bottleneck, None);
    }

    #[test]
    fn the_twenty_worst_by_factor_and_all_of_them_counted() {
        let found = analyse((1..=30).map(|n| row("select", 2.0 + f64::from(n))).chain([row("train", 11.0)]));
        assert_eq!((found.total_slow_operations, found.slow_operations.len()), (31, 20));
        assert!((found.slow_operations[0].duration - 32.0).abs() < 1e-9);
        assert!(found.slow_operations.is_sorted_by(|a, b| a.slowness_factor >= b.slowness_factor));
    }

    #[test]
    fn the_bottleneck_took_the_most_time_in_all() {
        let found = analyse([row("load", 4.0), row("train", 3.0), row("train", 3.0)]);
        let bottleneck = found.bottleneck.unwrap();
        assert_eq!((bottleneck.component.as_str(), bottleneck.operation.as_str()), ("api", "train"));
        assert!((bottleneck.share - 0.6).abs() < 1e-12);
    }

    #[test]
    fn figures_do_not_depend_on_the_order_of_rows() {
        let rows: Vec<_> = (0u32..500).map(|n| row(["a", "b", "call"][n as usize % 3], f64::from(n) * 0.1)).collect();
        assert_eq!(analyse(rows.iter().copied()), analyse(rows.iter().rev().copied()));
    }
}
