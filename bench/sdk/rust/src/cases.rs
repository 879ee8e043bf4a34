//! What is measured.

use std::ops::Range;
use std::time::{Duration, Instant};

use rustix::process::{Signal, getpid, kill_process};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Map, Value, json};

use crate::Result;
use crate::libraries::Library;

/// Calls in a row when a quiet program logs, and how long it then does something else.
const BURST: u64 = 1_000;
const QUIET: Duration = Duration::from_millis(2);
const THREADS: u64 = 4;
/// Numbers of the records that warm up: apart from those that count.
const WARM_UP: Range<u64> = 900_000_000..900_002_000;

/// CPU time of all threads of this process.
fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or_default())
}

fn each(took: Duration, count: u64) -> f64 {
    took.as_nanos() as f64 / count as f64
}

fn told(figures: &[(&str, f64)]) -> Map<String, Value> {
    figures.iter().map(|(name, figure)| ((*name).to_owned(), json!(figure))).collect()
}

/// A program that logs now and then: what a call takes at the caller (the median burst), and of CPU in all until everything is
/// in the file.
pub(crate) fn hot(library: Box<dyn Library>, count: u64) -> Map<String, Value> {
    library.write(WARM_UP);
    std::thread::sleep(QUIET);
    let began = cpu();
    let mut bursts: Vec<Duration> = (0..count / BURST)
        .map(|nth| {
            let began = Instant::now();
            library.write(nth * BURST..(nth + 1) * BURST);
            let took = began.elapsed();
            std::thread::sleep(QUIET);
            took
        })
        .collect();
    library.close();
    let used = cpu() - began;
    bursts.sort();
    told(&[("caller_ns", each(bursts[bursts.len() / 2], BURST)), ("cpu_ns", each(used, count))])
}

/// A program that does nothing but log, until everything is in the file.
pub(crate) fn sustained(library: Box<dyn Library>, count: u64) -> Map<String, Value> {
    through(library, count, |library| library.write(0..count))
}

/// The same from four threads.
pub(crate) fn threads(library: Box<dyn Library>, count: u64) -> Map<String, Value> {
    let share = count / THREADS;
    through(library, count, |library| {
        std::thread::scope(|scope| {
            for nth in 0..THREADS {
                scope.spawn(move || library.write(nth * share..(nth + 1) * share));
            }
        });
    })
}

fn through(library: Box<dyn Library>, count: u64, write: impl FnOnce(&dyn Library)) -> Map<String, Value> {
    library.write(WARM_UP);
    std::thread::sleep(QUIET);
    let (began, used) = (Instant::now(), cpu());
    write(&*library);
    library.close();
    let (took, used) = (began.elapsed(), cpu() - used);
    told(&[("million_a_second", count as f64 / took.as_secs_f64() / 1e6), ("cpu_ns", each(used, count))])
}

/// Writes and dies at once.
pub(crate) fn crash(library: Box<dyn Library>, count: u64) -> Result<Map<String, Value>> {
    library.write(0..count);
    kill_process(getpid(), Signal::KILL)?;
    Err("alive after kill -9".into())
}
