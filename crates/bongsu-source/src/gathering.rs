//! One run over all inputs: reading and parsing here, handing over on a second thread.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use arrow::record_batch::RecordBatch;
use bongsu_model::{Batch, Clock, Intake, IntakeError};

use crate::collector::{Collector, Limits, Surroundings};
use crate::identity::Living;
use crate::inputs::{Input, describe, expand};
use crate::log_home::Homes;
use crate::memory::NoNotes;
use crate::probe::Probe;
use crate::reading::{self, Ending};
use crate::{Gather, Progress, Report, SourceError, follow, stream};

/// Gathers files, folders, patterns and standard input (`-`) into `intake`.
///
/// Every path must exist, else nothing is read. What cannot be read is counted in the report and the rest goes on.
/// Raising `stop` ends the gathering after the piece in hand; what was read until then is kept and reported.
///
/// A last line without a line end is kept when its file has stood still for [`Gather::settle`]; when the line goes on
/// later it is kept once more, whole, and counted in [`Report::completed`]. Followed files keep it when its end comes.
pub fn gather(
    paths: &[PathBuf],
    options: &Gather,
    intake: &dyn Intake,
    clock: &dyn Clock,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<Report, SourceError> {
    let with = Surroundings { options, clock, progress, stop, limits: Limits::default() };
    gather_with(paths, with, intake)
}

/// Reads files, folders, patterns and standard input (`-`) without a store and hands their rows to `rows` in batches. Nothing
/// is remembered: everything is read from its beginning. Otherwise as [`gather`].
pub fn read(
    paths: &[PathBuf],
    options: &Gather,
    clock: &dyn Clock,
    progress: &dyn Progress,
    rows: &mut dyn FnMut(RecordBatch) -> Result<(), SourceError>,
) -> Result<Report, SourceError> {
    let began = Instant::now();
    let inputs = expand(paths, true, options.without.as_deref())?;
    let options = Gather { again: false, follow: false, ..options.clone() };
    let stop = AtomicBool::new(false);
    let with = Surroundings { options: &options, clock, progress, stop: &stop, limits: Limits::default() };
    let mut deliver = |batch: Batch| {
        if batch.rows.num_rows() > 0 {
            rows(batch.rows)?;
        }
        Ok(0)
    };
    let mut collector = Collector::new(with, &NoNotes, true, &mut deliver)?;
    read_all(inputs, &mut collector, Homes::default())?;
    let mut report = collector.finish()?;
    report.seconds = began.elapsed().as_secs_f64();
    Ok(report)
}

pub(crate) fn gather_with(
    paths: &[PathBuf],
    with: Surroundings<'_>,
    intake: &dyn Intake,
) -> Result<Report, SourceError> {
    if paths.is_empty() {
        return Err(SourceError::NoInput);
    }
    let began = Instant::now();
    let inputs = expand(paths, true, with.options.without.as_deref())?;
    let on_disk = AtomicU64::new(0);
    // No room in the channel: one batch is being filled while another is being kept, and none waits between them.
    let (sender, receiver) = sync_channel::<Batch>(0);
    let (read, kept) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| keep(receiver, intake, with.stop, &on_disk));
        let read = {
            let mut deliver = |batch| match sender.send(batch) {
                Ok(()) => Ok(on_disk.load(Ordering::Acquire)),
                Err(_) => Err(SourceError::Stopped),
            };
            run(paths, inputs, with, intake, &mut deliver)
        };
        drop(sender);
        (read, writer.join())
    });
    kept.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    let mut report = read?;
    report.seconds = began.elapsed().as_secs_f64();
    Ok(report)
}

fn keep(
    batches: Receiver<Batch>,
    intake: &dyn Intake,
    stop: &AtomicBool,
    on_disk: &AtomicU64,
) -> Result<(), SourceError> {
    for batch in batches {
        loop {
            match intake.submit(batch.clone()) {
                Ok(_acked) => break,
                Err(IntakeError::Busy { retry_after_ms }) if !stop.load(Ordering::Relaxed) => {
                    std::thread::sleep(Duration::from_millis(retry_after_ms.clamp(1, 5_000)));
                }
                Err(error) => return Err(SourceError::from_intake(error)),
            }
        }
        on_disk.fetch_add(1, Ordering::Release);
    }
    Ok(())
}

fn run(
    paths: &[PathBuf],
    inputs: Vec<Input>,
    with: Surroundings<'_>,
    intake: &dyn Intake,
    deliver: &mut dyn FnMut(Batch) -> Result<u64, SourceError>,
) -> Result<Report, SourceError> {
    let mut collector = Collector::new(with, intake, false, deliver)?;
    if with.options.follow {
        follow::run(paths, inputs, &mut collector)?;
    } else {
        read_all(inputs, &mut collector, Homes::default())?;
    }
    collector.finish()
}

/// Reads each input to its end.
pub(crate) fn read_all(inputs: Vec<Input>, to: &mut Collector<'_>, mut homes: Homes) -> Result<(), SourceError> {
    let living = Living::of(&inputs);
    let inputs = homes.order(inputs, &mut to.report);
    to.total = total(&inputs);
    for input in inputs {
        if to.with.stopped() {
            break;
        }
        match input {
            Input::File { path, stat, .. } => {
                one_file(to, &living, &mut homes, &path)?;
                to.behind += stat.size;
                to.progress(&path, 0);
            }
            other => not_a_file(to, other)?,
        }
    }
    Ok(())
}

fn one_file(to: &mut Collector<'_>, living: &Living, homes: &mut Homes, path: &Path) -> Result<(), SourceError> {
    match Probe::open(path) {
        Ok(probe) => reading::file(to, living, probe, homes.member(path), Ending::Settle),
        Err(error) => {
            to.refuse_input(path, describe(&error), &[]);
            Ok(())
        }
    }
}

/// Reads a stream to its end; counts what cannot be read.
pub(crate) fn not_a_file(to: &mut Collector<'_>, input: Input) -> Result<(), SourceError> {
    match input {
        Input::Stdin => stream::read(to, Path::new("-"), || Ok(Box::new(std::io::stdin()))),
        Input::Stream { path } => {
            let opened = path.clone();
            stream::read(to, &path, move || Ok(Box::new(std::fs::File::open(opened)?)))
        }
        Input::Refused { path, reason } => {
            to.refuse_input(&path, reason, &[]);
            Ok(())
        }
        Input::Without => {
            to.report.without_data = true;
            Ok(())
        }
        Input::File { .. } => Ok(()),
    }
}

/// Bytes of all inputs on disk; none when one is a stream.
fn total(inputs: &[Input]) -> Option<u64> {
    let sizes = inputs.iter().map(|input| match input {
        Input::File { stat, .. } => Some(stat.size),
        Input::Refused { .. } | Input::Without => Some(0),
        Input::Stdin | Input::Stream { .. } => None,
    });
    sizes.sum()
}
