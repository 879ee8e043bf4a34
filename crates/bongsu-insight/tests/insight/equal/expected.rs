//! The report as a plain computation over the list of events has it, without anything of the crate under test.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::events::{AT, Event, How, What, local};
use super::home::{is_detailed_error, is_json, is_timeless, split};

const DAY: i64 = 86_400;
/// The rule that the tests add to the six.
pub(crate) const OWN: (&str, &str) = ("disk_full", "disk full");

struct Found<'e> {
    event: &'e Event,
    level: &'e str,
    message: &'e str,
    timeless: bool,
}

pub(crate) fn report(events: &[Event]) -> Value {
    let errors = errors_inside(events);
    let slow = operations_inside(events).iter().filter(|(_, millis, limit, _)| millis > limit).count();
    json!({
        "health_report": health(&errors, events, slow),
        "error_analysis": error_analysis(&errors, events),
        "performance_analysis": performance_analysis(events),
    })
}

fn inside(secs: i64) -> bool {
    (AT - DAY..=AT).contains(&secs)
}

fn errors_inside(events: &[Event]) -> Vec<Found<'_>> {
    let mut errors = Vec::new();
    for event in events {
        if let What::Error { level, message, how } = &event.what {
            let timeless = *how == How::Timeless;
            if timeless || inside(event.secs) {
                errors.push(Found { event, level, message, timeless });
            }
        }
    }
    errors
}

/// Name, milliseconds, milliseconds allowed and component.
fn operations_inside(events: &[Event]) -> Vec<(&str, i64, i64, &str)> {
    let mut operations = Vec::new();
    for event in events {
        if let What::Operation { name, millis, threshold } = &event.what
            && inside(event.secs)
        {
            operations.push((*name, *millis, *threshold, event.component));
        }
    }
    operations
}

fn kind(line: &str) -> &'static str {
    let line = line.to_lowercase();
    if line.contains(OWN.1) {
        return OWN.0;
    }
    let after = line.find("error").map_or("", |at| &line[at + 5..]);
    let rules = [
        ("connectionerror", "connection_error"),
        ("timeouterror", "timeout_error"),
        ("http 404", "not_found_error"),
        ("http 500", "server_error"),
        ("validationerror", "validation_error"),
    ];
    for (word, kind) in rules {
        if after.contains(word) {
            return kind;
        }
    }
    if line.contains("critical") { "critical_error" } else { "other" }
}

/// The commonest first; of equally common ones in the order of names.
fn ranked(counts: &BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut ranked: Vec<_> = counts.iter().map(|(name, count)| (name.clone(), *count)).collect();
    ranked.sort_by_key(|(name, count)| (-(*count as i64), name.clone()));
    ranked
}

fn types(errors: &[Found<'_>]) -> Vec<(String, u64)> {
    let mut counts = BTreeMap::new();
    for error in errors {
        *counts.entry(kind(&error.event.line()).to_owned()).or_default() += 1;
    }
    ranked(&counts)
}

fn error_analysis(errors: &[Found<'_>], events: &[Event]) -> Value {
    let mut hours = BTreeMap::<String, u64>::new();
    let mut messages = BTreeMap::<String, u64>::new();
    for error in errors {
        if !error.timeless {
            *hours.entry(local(error.event.secs).strftime("%Y-%m-%d %H:00").to_string()).or_default() += 1;
        }
        *messages.entry(error.message.chars().take(100).collect()).or_default() += 1;
    }
    let hours: Vec<_> = hours.iter().map(|(hour, count)| json!({"hour": hour, "count": count})).collect();
    let frequent: Vec<_> = ranked(&messages)
        .into_iter()
        .take(10)
        .map(|(message, count)| json!({"message": message, "count": count}))
        .collect();
    json!({
        "analysis_period": "Last 24 hours",
        "total_errors": errors.len(),
        "total_critical": errors.iter().filter(|error| error.level == "CRITICAL").count(),
        "error_types": types(errors).into_iter().collect::<BTreeMap<_, _>>(),
        "error_timeline": hours,
        "frequent_errors": frequent,
        "critical_errors": critical_errors(events),
    })
}

fn quantile(ascending: &[f64], q: f64) -> f64 {
    let position = q * (ascending.len() - 1) as f64;
    let (low, high) = (ascending[position.floor() as usize], ascending[position.ceil() as usize]);
    let part = position - position.floor();
    if part < 0.5 { low + (high - low) * part } else { high - (high - low) * (1.0 - part) }
}

fn durations(events: &[Event]) -> BTreeMap<&str, Vec<f64>> {
    let mut durations = BTreeMap::<&str, Vec<f64>>::new();
    for (_, millis, _, component) in operations_inside(events) {
        durations.entry(component).or_default().push(millis as f64 / 1_000.0);
    }
    for seconds in durations.values_mut() {
        seconds.sort_by(f64::total_cmp);
    }
    durations
}

fn performance_analysis(events: &[Event]) -> Value {
    let operations = operations_inside(events);
    let stats: BTreeMap<_, _> = durations(events)
        .into_iter()
        .map(|(component, all)| {
            let total: f64 = all.iter().sum();
            let slow = operations.iter().filter(|(_, m, limit, c)| m > limit && *c == component).count();
            let stats = json!({
                "count": all.len(), "total_time": total, "avg_time": total / all.len() as f64,
                "max_time": all[all.len() - 1], "slow_operations": slow,
                "p50": quantile(&all, 0.5), "p95": quantile(&all, 0.95), "p99": quantile(&all, 0.99),
            });
            (component, stats)
        })
        .collect();
    json!({
        "analysis_period": "Last 24 hours",
        "total_operations": operations.len(),
        "total_slow_operations": operations.iter().filter(|(_, millis, limit, _)| millis > limit).count(),
        "slow_operations": slow_operations(events),
        "component_stats": stats,
    })
}

fn slow_operations(events: &[Event]) -> Vec<Value> {
    let mut slow = Vec::new();
    for event in events.iter().filter(|event| inside(event.secs)) {
        if let What::Operation { name, millis, threshold } = event.what
            && millis > threshold
        {
            let (duration, allowed) = (millis as f64 / 1_000.0, threshold as f64 / 1_000.0);
            slow.push((duration / allowed, millis, event.secs, event.component, name, threshold));
        }
    }
    slow.sort_by(|a, b| {
        b.0.total_cmp(&a.0).then_with(|| b.1.cmp(&a.1)).then_with(|| (a.2, a.3, a.4).cmp(&(b.2, b.3, b.4)))
    });
    slow.truncate(20);
    slow.into_iter()
        .map(|(_, millis, secs, component, operation, threshold)| {
            let (duration, threshold) = (millis as f64 / 1_000.0, threshold as f64 / 1_000.0);
            let category = match threshold as u32 {
                5 => "api_call",
                30 => "data_processing",
                2 => "database_operation",
                _ => "other",
            };
            json!({
                "timestamp": local(secs).strftime("%Y-%m-%dT%H:%M:%S.000000000+09:00").to_string(),
                "component": component, "operation": operation, "duration": duration, "threshold": threshold,
                "slowness_factor": duration / threshold, "category": category,
            })
        })
        .collect()
}

fn health(errors: &[Found<'_>], events: &[Event], slow: usize) -> Value {
    let critical = errors.iter().filter(|error| error.level == "CRITICAL").count();
    let mut score = 100;
    let mut issues = Vec::new();
    let mut minus = |points: i64, issue: &'static str| {
        score -= points;
        issues.push(issue);
    };
    if errors.len() > 100 {
        minus(40, "high_error_rate");
    } else if errors.len() > 50 {
        minus(25, "moderate_error_rate");
    } else if errors.len() > 20 {
        minus(10, "some_errors");
    }
    if critical > 5 {
        minus(30, "critical_errors");
    } else if critical > 0 {
        minus(15, "some_critical_errors");
    }
    if slow > 20 {
        minus(30, "performance_issues");
    } else if slow > 10 {
        minus(15, "some_slow_operations");
    }
    let grade = match score {
        90.. => "🟢 Excellent",
        80..=89 => "🟡 Good",
        70..=79 => "🟠 Fair",
        _ => "🔴 Poor",
    };
    let types = types(errors);
    let mut advice: Vec<String> = issues.iter().map(|issue| format!("advice-{}", issue.replace('_', "-"))).collect();
    advice.extend(types.first().map(|(name, _)| {
        if name == OWN.0 { "advice-type-own".to_owned() } else { format!("advice-type-{}", name.replace('_', "-")) }
    }));
    json!({
        "timestamp": "2025-06-06T12:00:00.000000000+09:00",
        "health_score": score,
        "grade": grade,
        "issues": issues,
        "error_summary": {
            "total_errors": errors.len(),
            "critical_errors": critical,
            "top_error_types": types.iter().take(3).map(|(name, _)| name).collect::<Vec<_>>(),
        },
        "performance_summary": {
            "total_operations": operations_inside(events).len(),
            "slow_operations": slow,
            "slowest_component": slowest(events),
        },
        "recommendations": advice,
    })
}

fn slowest(events: &[Event]) -> String {
    let mut slowest = ("none", -1.0);
    for (component, all) in durations(events) {
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        if mean > slowest.1 {
            slowest = (component, mean);
        }
    }
    slowest.0.to_owned()
}

/// File in `error/` and line in it, of each event that is an error; files in the order of their names.
fn places(events: &[Event]) -> Vec<(&Event, &'static str, usize)> {
    let mut places = Vec::new();
    let mut place = |names: [&'static str; 3], wanted: &dyn Fn(&Event) -> bool| {
        let lines: Vec<_> = events.iter().filter(|event| wanted(event)).collect();
        let (oldest, middle) = split(lines.len());
        for (nth, event) in lines.into_iter().enumerate() {
            let (name, line) = match nth {
                _ if names[1].is_empty() => (names[0], nth),
                _ if nth < oldest => (names[2], nth),
                _ if nth < oldest + middle => (names[1], nth - oldest),
                _ => (names[0], nth - oldest - middle),
            };
            places.push((event, name, line + 1));
        }
    };
    place(["error.log", "error.log.1", "error.log.2.gz"], &is_detailed_error);
    place(["json.log", "json.log.1", "json.log.2.gz"], &is_json);
    place(["plain.log", "", ""], &is_timeless);
    places
}

fn critical_errors(events: &[Event]) -> Vec<Value> {
    let mut critical = Vec::new();
    for (event, file, line) in places(events) {
        let What::Error { level: "CRITICAL", message, how } = &event.what else { continue };
        let time = (*how != How::Timeless).then_some(event.secs);
        if time.is_none_or(inside) {
            critical.push((time, file, line, event, message));
        }
    }
    critical.sort_by_key(|(time, file, line, ..)| (*time, *file, *line));
    let listed = critical.len().saturating_sub(10);
    critical
        .into_iter()
        .skip(listed)
        .map(|(time, file, line, event, message)| {
            // The line number of a packed file is not told by those who read plain files.
            let line = (!file.contains(".gz")).then_some(line);
            json!({
                "file": file, "line_num": line, "type": kind(&event.line()), "message": message, "severity": 21,
                "level": "CRITICAL", "component": event.component,
                "timestamp": time.map(|time| local(time).strftime("%Y-%m-%dT%H:%M:%S.000000000+09:00").to_string()),
            })
        })
        .collect()
}
