//! Mines the lines of a file: how fast, and which templates. `mine FILE [COUNT]` shows the COUNT most frequent ones.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use std::time::Instant;

use bongsu_pattern::{Miner, MinerConfig, Template, merge};

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap_or_else(|| "/dev/stdin".to_owned());
    let show = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(50);
    let text = std::fs::read_to_string(file)?;
    let messages: Vec<&str> = text.lines().collect();
    let mut miner = Miner::new(MinerConfig::default());
    let mut counts: Vec<u64> = Vec::new();
    let (mut variables, mut bytes) = (0_u64, 0);
    let begin = Instant::now();
    for message in &messages {
        let slot = miner.learn(message) as usize;
        if slot >= counts.len() {
            counts.resize(slot + 1, 0);
        }
        counts[slot] += 1;
        for range in miner.variables() {
            variables += 1;
            bytes += range.len();
        }
    }
    let seconds = begin.elapsed().as_secs_f64();
    let templates: Vec<&Template> = miner.templates().iter().collect();
    let into = merge(&templates);
    let mut joined = vec![0; counts.len()];
    for (slot, &count) in counts.iter().enumerate() {
        joined[into[slot]] += count;
    }
    let total = messages.len();
    println!(
        "{total} messages of {} bytes, {:.2} s, {:.2} M/s",
        text.len() / total.max(1),
        seconds,
        total as f64 / seconds / 1e6
    );
    println!("{variables} variable tokens, {:.0} % of the bytes", 100.0 * bytes as f64 / text.len().max(1) as f64);
    let groups = joined.iter().filter(|&&count| count > 0).count();
    println!("{} templates, {groups} after joining", templates.len());
    let mut order: Vec<usize> = (0..joined.len()).filter(|&slot| joined[slot] > 0).collect();
    order.sort_by_key(|&slot| std::cmp::Reverse(joined[slot]));
    for slot in order.into_iter().take(show) {
        println!("{:>9}  {}", joined[slot], templates[slot].text().escape_debug());
    }
    Ok(())
}
