//! Going on reading what is appended: looks at every input now and then and reads what has changed.
//!
//! Growth, truncation, rotation and new files are told apart as between two runs, by content; only a file that is renamed
//! to where no input looks needs more: it stays open until its writer has let go of it.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::SourceError;
use crate::collector::Collector;
use crate::gathering::not_a_file;
use crate::identity::Living;
use crate::inputs::{FileId, Input, Stat, describe, expand};
use crate::log_home::Homes;
use crate::probe::Probe;
use crate::reading::{self, Ending};

/// Files that are held open; of others a rotation out of sight between two looks may hide their last lines.
const OPEN: usize = 256;

/// A file that is looked at.
#[derive(Debug)]
struct Tail {
    path: PathBuf,
    file: Option<File>,
    stat: Stat,
    changed: Instant,
    /// Its last whole lines have been kept too.
    is_settled: bool,
}

/// Reads until the stop flag is raised.
pub(crate) fn run(paths: &[PathBuf], inputs: Vec<Input>, to: &mut Collector<'_>) -> Result<(), SourceError> {
    let mut following = Following { tails: HashMap::new(), refused: HashSet::new(), homes: Homes::default() };
    // Streams end by themselves or with the stop flag; files are followed beside none of them.
    let (files, streams): (Vec<_>, Vec<_>) = inputs
        .into_iter()
        .partition(|input| matches!(input, Input::File { .. } | Input::Refused { .. } | Input::Without));
    following.look(files, to)?;
    for stream in streams {
        not_a_file(to, stream)?;
    }
    let mut left_out = to.report.left_out;
    while !to.with.stopped() {
        to.flush()?;
        pause(to);
        let inputs = expand(paths, false, to.with.options.without.as_deref())?;
        following.look(inputs, to)?;
        // The same files are left out at every look.
        left_out = left_out.min(to.report.left_out);
        to.report.left_out = left_out;
    }
    following.close(to)
}

/// Sleeps until the next look or the stop.
fn pause(to: &Collector<'_>) {
    let until = Instant::now() + to.with.options.poll;
    while !to.with.stopped() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        std::thread::sleep(left.min(Duration::from_millis(50)));
    }
}

struct Following {
    tails: HashMap<FileId, Tail>,
    refused: HashSet<PathBuf>,
    homes: Homes,
}

impl Following {
    fn look(&mut self, inputs: Vec<Input>, to: &mut Collector<'_>) -> Result<(), SourceError> {
        let living = Living::of(&inputs);
        let mut seen = HashSet::new();
        for input in self.homes.order(inputs, &mut to.report) {
            match input {
                Input::File { path, stat, .. } => {
                    seen.insert(stat.id);
                    self.file(&path, stat, &living, to)?;
                }
                Input::Refused { path, reason } => {
                    if self.refused.insert(path.clone()) {
                        to.refuse_input(&path, reason, &[]);
                    }
                }
                Input::Without => to.report.without_data = true,
                Input::Stdin | Input::Stream { .. } => {}
            }
        }
        self.drain(&seen, &living, to)?;
        self.limit();
        Ok(())
    }

    /// Reads a file that has changed since the last look, or whose last record has had time to end.
    fn file(&mut self, path: &Path, stat: Stat, living: &Living, to: &mut Collector<'_>) -> Result<(), SourceError> {
        let settle = to.with.options.settle;
        if let Some(tail) = self.tails.get_mut(&stat.id) {
            path.clone_into(&mut tail.path);
            if tail.stat == stat && (tail.is_settled || tail.changed.elapsed() < settle) {
                return Ok(());
            }
        }
        let probe = match Probe::open(path) {
            Ok(probe) => probe,
            Err(error) => {
                if self.refused.insert(path.to_owned()) {
                    to.refuse_input(path, describe(&error), &[]);
                }
                return Ok(());
            }
        };
        // The file may have been exchanged since the folder was listed; what was opened counts.
        let stat = probe.stat;
        let now = to.with.clock.now().nanos();
        let age = Duration::from_nanos(u64::try_from(now.saturating_sub(stat.modified)).unwrap_or(u64::MAX));
        let tail = self.tails.entry(stat.id).or_insert_with(|| Tail {
            path: path.to_owned(),
            file: None,
            stat,
            changed: Instant::now().checked_sub(age.min(settle)).unwrap_or_else(Instant::now),
            is_settled: false,
        });
        if tail.stat != stat {
            tail.stat = stat;
            tail.changed = Instant::now();
        }
        tail.is_settled = tail.changed.elapsed() >= settle;
        if tail.file.is_none() {
            tail.file = probe.file.try_clone().ok();
        }
        let ending = if tail.is_settled { Ending::Lines } else { Ending::Leave };
        reading::file(to, living, probe, self.homes.member(path), ending)
    }

    /// Reads files that no input shows any more, and lets go of those that stand still.
    fn drain(&mut self, seen: &HashSet<FileId>, living: &Living, to: &mut Collector<'_>) -> Result<(), SourceError> {
        let gone: Vec<FileId> = self.tails.keys().filter(|id| !seen.contains(id)).copied().collect();
        let patience = to.with.options.settle.max(to.with.options.poll) * 4;
        for id in gone {
            let Some(tail) = self.tails.get_mut(&id) else { continue };
            let stat = tail.file.as_ref().and_then(|file| file.metadata().ok()).map(|metadata| Stat::of(&metadata));
            let has_changed =
                stat.is_some_and(|stat| stat.size != tail.stat.size || stat.modified != tail.stat.modified);
            if has_changed {
                tail.changed = Instant::now();
                tail.stat = stat.unwrap_or(tail.stat);
            }
            let is_over = tail.changed.elapsed() >= patience;
            if has_changed || is_over {
                let ending = if is_over { Ending::Take } else { Ending::Leave };
                self.last_words(id, living, ending, to)?;
            }
            if is_over {
                self.tails.remove(&id);
            }
        }
        Ok(())
    }

    fn last_words(
        &mut self,
        id: FileId,
        living: &Living,
        ending: Ending,
        to: &mut Collector<'_>,
    ) -> Result<(), SourceError> {
        let Some(tail) = self.tails.get(&id) else { return Ok(()) };
        let Some(Ok(file)) = tail.file.as_ref().map(File::try_clone) else { return Ok(()) };
        match Probe::of(&tail.path, file) {
            Ok(probe) => reading::file(to, living, probe, self.homes.member(&tail.path), ending),
            Err(error) => {
                to.refuse_input(&tail.path, describe(&error), &[]);
                Ok(())
            }
        }
    }

    /// Closes the files that have been still for longest.
    fn limit(&mut self) {
        let mut open: Vec<(Instant, FileId)> =
            self.tails.iter().filter(|(_, tail)| tail.file.is_some()).map(|(id, tail)| (tail.changed, *id)).collect();
        if open.len() > OPEN {
            open.sort_unstable_by(|a, b| b.cmp(a));
            for (_, id) in open.split_off(OPEN) {
                if let Some(tail) = self.tails.get_mut(&id) {
                    tail.file = None;
                }
            }
        }
    }

    /// At the stop: whole lines are kept, an unfinished one is left for the next run, unless its file is gone from sight.
    fn close(&mut self, to: &mut Collector<'_>) -> Result<(), SourceError> {
        let ids: Vec<FileId> = self.tails.keys().copied().collect();
        let living = Living::default();
        for id in ids {
            let Some(tail) = self.tails.get(&id) else { continue };
            let now = std::fs::metadata(&tail.path).ok().map(|metadata| Stat::of(&metadata));
            let in_sight = now.is_some_and(|now| now.id == id);
            if !in_sight {
                self.last_words(id, &living, Ending::Take, to)?;
            } else if now != Some(tail.stat) || !tail.is_settled {
                self.last_words(id, &living, Ending::Lines, to)?;
            }
        }
        Ok(())
    }
}
