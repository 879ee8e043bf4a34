//! Templates of eight systems against their ground truth, in the folder that `BONGSU_LOGHUB` names.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

use std::collections::HashMap;
use std::path::Path;

use bongsu_pattern::{Miner, MinerConfig, Template, merge};

const SYSTEMS: [&str; 8] = ["Apache", "BGL", "HDFS", "Hadoop", "HealthApp", "Linux", "OpenSSH", "Zookeeper"];

/// Message and true template of each row.
fn rows(path: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let header = cells(lines.next().unwrap());
    let column = |name| header.iter().position(|cell| cell == name).unwrap();
    let (message, template) = (column("Content"), column("EventTemplate"));
    lines.map(cells).map(|row| (row[message].clone(), row[template].clone())).collect()
}

fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut signs = line.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '"' if quoted && signs.peek() == Some(&'"') => cell.push(signs.next().unwrap()),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            _ => cell.push(sign),
        }
    }
    cells.push(cell);
    cells
}

/// The joined template of each message, mined in order.
fn mine(rows: &[(String, String)]) -> Vec<String> {
    let mut miner = Miner::new(MinerConfig::default());
    let slots: Vec<_> = rows.iter().map(|(message, _)| miner.learn(message) as usize).collect();
    let templates: Vec<&Template> = miner.templates().iter().collect();
    for ((message, _), &slot) in rows.iter().zip(&slots) {
        assert!(templates[slot].matches(message), "{} {message}", templates[slot]);
    }
    let into = merge(&templates);
    slots.into_iter().map(|slot| templates[into[slot]].text().to_owned()).collect()
}

/// Share of the lines whose group holds exactly the lines of the true group.
fn group_accuracy(mined: &[String], rows: &[(String, String)]) -> f64 {
    let (mut pairs, mut of_mined, mut of_truth) = (HashMap::new(), HashMap::new(), HashMap::new());
    for (mined, (_, truth)) in mined.iter().zip(rows) {
        *pairs.entry((mined, truth)).or_insert(0) += 1;
        *of_mined.entry(mined).or_insert(0) += 1;
        *of_truth.entry(truth).or_insert(0) += 1;
    }
    let right = pairs.iter().filter(|((mined, truth), count)| of_mined[mined] == **count && of_truth[truth] == **count);
    f64::from(right.map(|(_, count)| count).sum::<i32>()) / rows.len() as f64
}

#[test]
fn groups_are_those_of_the_truth() {
    let Some(folder) = std::env::var_os("BONGSU_LOGHUB") else {
        eprintln!("skipped: BONGSU_LOGHUB does not name the folder of the real logs");
        return;
    };
    let mut sum = 0.0;
    for system in SYSTEMS {
        let rows = rows(&Path::new(&folder).join(system).join(format!("{system}_2k.log_structured_lunar.csv")));
        assert_eq!(rows.len(), 2_000, "{system}");
        let mined = mine(&rows);
        let accuracy = group_accuracy(&mined, &rows);
        let groups = mined.iter().collect::<std::collections::HashSet<_>>().len();
        eprintln!("{system:10} {accuracy:.4} {groups} groups");
        if std::env::var("BONGSU_LOGHUB_SHOW").is_ok_and(|name| name == system) {
            show(&mined, &rows);
        }
        assert!(accuracy > 0.8, "{system}: {accuracy}");
        sum += accuracy;
    }
    let mean = sum / SYSTEMS.len() as f64;
    eprintln!("{:10} {mean:.4}", "mean");
    assert!(mean >= 0.95, "{mean}");
}

/// Prints the true groups that were not found, and as what their lines were mined.
fn show(mined: &[String], rows: &[(String, String)]) {
    let mut groups: HashMap<&str, HashMap<&str, u32>> = HashMap::new();
    let mut truths: HashMap<&str, std::collections::HashSet<&str>> = HashMap::new();
    for (mined, (_, truth)) in mined.iter().zip(rows) {
        *groups.entry(truth).or_default().entry(mined).or_default() += 1;
        truths.entry(mined).or_default().insert(truth);
    }
    let wrong = groups.iter().filter(|(_, parts)| parts.len() > 1 || parts.keys().any(|part| truths[part].len() > 1));
    for (truth, parts) in wrong {
        eprintln!("\n{} {truth}", parts.values().sum::<u32>());
        for (part, count) in parts {
            eprintln!("    {count} {part}{}", if truths[part].len() > 1 { "   (others too)" } else { "" });
        }
    }
}
