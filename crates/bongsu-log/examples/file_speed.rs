//! How fast lines go into a log file: `cargo run --release -p bongsu-log --example file_speed [THREADS]`.
//!
//! Prints the time that a call takes while the drainer keeps up, and what goes through a file of 10 MiB with five older ones.

#![allow(clippy::print_stdout, reason = "its figures are for a person")]

use std::error::Error;
use std::time::{Duration, Instant};

use bongsu_log::file::{FileOptions, LogFile, Mode, Retention, Rotation};

const LINE: &[u8; 100] =
    b"[2025-06-06 12:00:00] INFO     movies          load                 L 12 | film 12 has been loaded.\n";

fn main() -> Result<(), Box<dyn Error>> {
    let threads: usize = std::env::args().nth(1).map_or(Ok(1), |threads| threads.parse())?;
    let folder = tempfile::tempdir()?;
    for (name, mode, count) in [("journal", Mode::Journal, 4_000_000), ("plain", Mode::Plain, 200_000)] {
        let options = FileOptions {
            rotation: Rotation::at(10 << 20),
            retention: Retention::last(5),
            mode,
            ..FileOptions::default()
        };
        let log = LogFile::open(&folder.path().join(format!("{name}.log")), options)?;
        calls(name, &log)?;
        through(name, &log, threads, count)?;
    }
    Ok(())
}

/// The median time of a call, of bursts that fit into the journal.
fn calls(name: &str, log: &LogFile) -> Result<(), Box<dyn Error>> {
    let mut bursts = Vec::new();
    for _ in 0..200 {
        log.flush()?;
        let begun = Instant::now();
        for _ in 0..1_000 {
            log.write(LINE)?;
        }
        bursts.push(begun.elapsed());
        std::thread::sleep(Duration::from_millis(2));
    }
    bursts.sort();
    println!("{name}: {} ns a call", bursts[bursts.len() / 2].as_nanos() / 1_000);
    Ok(())
}

/// Lines a second, all of them in the file at the end, and the processor time that each took.
fn through(name: &str, log: &LogFile, threads: usize, count: usize) -> Result<(), Box<dyn Error>> {
    let (begun, processor) = (Instant::now(), processor_time()?);
    std::thread::scope(|scope| {
        let writers: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| (0..count / threads).try_for_each(|_| log.write(LINE)))).collect();
        writers
            .into_iter()
            .try_for_each(|writer| writer.join().map_err(|_| std::io::Error::other("a writer panicked"))?)
    })?;
    log.flush()?;
    let took = begun.elapsed().as_secs_f64();
    let used = processor_time()?.saturating_sub(processor).as_nanos() / count as u128;
    println!(
        "{name}: {:.2} million lines/s, {used} ns of processor time a line, {threads} threads",
        count as f64 / took / 1e6
    );
    Ok(())
}

/// The processor time of this process, of all its threads.
fn processor_time() -> Result<Duration, Box<dyn Error>> {
    let line = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<_> = line.rsplit_once(')').map_or("", |(_, rest)| rest).split_ascii_whitespace().collect();
    let ticks = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(Duration::from_millis(ticks * 10))
}
