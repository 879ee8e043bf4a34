//! Messages a second that one core learns, variables included: `cargo bench -p bongsu-pattern`.
//!
//! `BONGSU_MESSAGES` may name a file with a message a line; otherwise messages like those of common programs are made.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use std::time::Instant;

use bongsu_pattern::{Miner, MinerConfig};

const ROUNDS: usize = 5;

/// What `{n}`, `{x}`, `{ip}` and `{w}` are replaced in: a number, a hexadecimal id, an address, one of a few words.
const EVENTS: [&str; 16] = [
    "Failed password for {w} from {ip} port {n} ssh2",
    "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={ip}  user={w}",
    "Receiving block blk_{n} src: /{ip}:{n} dest: /{ip}:50010",
    "BLOCK* NameSystem.addStoredBlock: blockMap updated: {ip}:50010 is added to blk_{n} size 67108864",
    "{ip} - \"GET /articles/{w}/{n} HTTP/1.1\" 200 {n} \"-\" \"Mozilla/5.0 (X11; Linux x86_64; rv:{n}.0) Gecko/20100101 Firefox/{n}.0\"",
    "traceID={x} orgID={n} msg=\"POST /push.v1.PusherService/Push (200) {n}.{n}ms\"",
    "[req-{x}] [instance: {x}] VM Stopped (Lifecycle Event)",
    "Progress of TaskAttempt attempt_{n}_0020_m_000000_0 is : 0.{n}",
    "connection from {ip} (host-{n}.example.net) at Fri Jun 17 07:07:00 2005",
    "\"Error syncing pod, skipping\" err=\"failed to \\\"StartContainer\\\" for \\\"{w}\\\"\" pod=\"{w}/{w}-{x}\" podUID=\"{x}\"",
    "Session {n} of user {w} opened",
    "{n} double-hummer alignment exceptions",
    "audit: type=1400 audit({n}.{n}:{n}): apparmor=\"DENIED\" operation=\"ptrace\" profile=\"cri-containerd\" pid={n} comm=\"pidof\"",
    "{\"duration\":{n},\"level\":\"debug\",\"method\":\"GET\",\"msg\":\"request completed\",\"remote\":\"{ip}:{n}\",\"status\":200}",
    "Interrupted while waiting for message on queue",
    "Adding protocol org.apache.hadoop.mapreduce.v2.api.MRClientProtocolPB to the server",
];
const WORDS: [&str; 8] = ["root", "admin", "guest", "oracle", "backup", "mail", "www", "git"];

fn main() {
    let messages = match std::env::var_os("BONGSU_MESSAGES").map(std::fs::read_to_string) {
        Some(Ok(text)) => text.lines().map(str::to_owned).collect(),
        Some(Err(error)) => return println!("BONGSU_MESSAGES: {error}"),
        None => made(200_000),
    };
    let bytes: usize = messages.iter().map(String::len).sum();
    println!("{} messages of {} bytes", messages.len(), bytes / messages.len().max(1));
    let mut miner = Miner::new(MinerConfig::default());
    for round in 0..ROUNDS {
        let begin = Instant::now();
        let varying: usize = messages
            .iter()
            .map(|message| {
                miner.learn(message);
                miner.variables().map(|range| range.len()).sum::<usize>()
            })
            .sum();
        let seconds = begin.elapsed().as_secs_f64();
        println!(
            "round {round}: {:.2} M messages/s, {:.0} MB/s, {} templates, {:.0} % of the bytes vary",
            messages.len() as f64 / seconds / 1e6,
            bytes as f64 / seconds / 1e6,
            miner.templates().len(),
            100.0 * varying as f64 / bytes as f64,
        );
    }
}

fn made(count: u64) -> Vec<String> {
    let mut seed = 1_u64;
    let mut random = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed >> 33
    };
    let mut message = |_| {
        let mut rest = EVENTS[random() as usize % EVENTS.len()];
        let mut message = String::new();
        while let Some((before, after)) = rest.split_once('{') {
            message.push_str(before);
            let Some((name, after)) = after.split_once('}').filter(|(name, _)| name.len() < 3) else {
                message.push('{');
                rest = after;
                continue;
            };
            let value = match name {
                "n" => random().to_string(),
                "x" => format!("{:08x}{:08x}", random(), random()),
                "ip" => format!("10.{}.{}.{}", random() % 256, random() % 256, random() % 256),
                _ => WORDS[random() as usize % WORDS.len()].to_owned(),
            };
            message.push_str(&value);
            rest = after;
        }
        message + rest
    };
    (0..count).map(&mut message).collect()
}
