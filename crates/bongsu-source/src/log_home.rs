//! A log home: one directory with `app/` and at least one of `error/ performance/ system/ audit/`, in which one record can
//! lie in several files.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use arrow::record_batch::RecordBatch;
use bongsu_model::{Batch, Clock};

use crate::collector::{Collector, Limits, Surroundings};
use crate::copies::Member;
use crate::families::{Family, age_order};
use crate::gathering::read_all;
use crate::inputs::{Input, expand};
use crate::memory::NoNotes;
use crate::{Gather, NoProgress, Report, SourceError};

/// Which records of a log home are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Records under `error/`, rotated and archived ones included.
    Errors,
    /// Records under `performance/`, rotated and archived ones included.
    Performance,
    /// Every record, copies once.
    All,
}

/// Whether `dir` is a log home.
pub fn is_home(dir: &Path) -> bool {
    dir.join("app").is_dir() && ["error", "performance", "system", "audit"].iter().any(|name| dir.join(name).is_dir())
}

/// The log home that `path`, a file or folder, lies in; none when it lies in none.
pub fn home_of(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|dir| is_home(dir)).map(Path::to_owned)
}

/// Reads the log home `dir` directly, without a store, and hands its rows to `rows` in batches. Copies of a record in
/// several files come once; so do files that were both rotated and compressed.
///
/// A folder with none of `app/`, `error/` and `performance/` is no log home and is read whole, whichever part is asked for.
pub fn read_home(
    dir: &Path,
    part: Part,
    options: &Gather,
    clock: &dyn Clock,
    rows: &mut dyn FnMut(RecordBatch),
) -> Result<Report, SourceError> {
    let began = Instant::now();
    let dir = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    fs::read_dir(&dir)
        .map_err(|error| SourceError::BadFolder { path: dir.clone(), reason: crate::inputs::describe(&error) })?;
    let mut inputs = expand(std::slice::from_ref(&dir), true, options.without.as_deref())?;
    if ["app", "error", "performance"].iter().any(|name| dir.join(name).is_dir()) {
        inputs.retain(|input| is_part(input, &dir, part));
    }
    let options = Gather { again: false, follow: false, ..options.clone() };
    let stop = AtomicBool::new(false);
    let with = Surroundings { options: &options, clock, progress: &NoProgress, stop: &stop, limits: Limits::default() };
    let mut deliver = |batch: Batch| {
        if batch.rows.num_rows() > 0 {
            rows(batch.rows);
        }
        Ok(0)
    };
    let mut collector = Collector::new(with, &NoNotes, true, &mut deliver)?;
    read_all(inputs, &mut collector, Homes::only(dir))?;
    let mut report = collector.finish()?;
    report.seconds = began.elapsed().as_secs_f64();
    Ok(report)
}

fn is_part(input: &Input, home: &Path, part: Part) -> bool {
    let folder = match part {
        Part::All => return true,
        Part::Errors => "error",
        Part::Performance => "performance",
    };
    let (Input::File { path, .. } | Input::Refused { path, .. } | Input::Stream { path }) = input else { return false };
    let family = path.strip_prefix(home).ok().and_then(Family::of);
    family.is_some_and(|family| family.folder == folder)
}

/// The log homes that the inputs of a run lie in.
#[derive(Debug, Default)]
pub(crate) struct Homes {
    /// Of each folder the home it lies in.
    known: HashMap<PathBuf, Option<PathBuf>>,
    /// Said to be a home, whatever is in it.
    given: Option<PathBuf>,
}

impl Homes {
    fn only(home: PathBuf) -> Self {
        Self { known: HashMap::new(), given: Some(home) }
    }

    fn home(&mut self, path: &Path) -> Option<PathBuf> {
        if let Some(home) = &self.given {
            return Some(home.clone());
        }
        let folder = path.parent()?;
        if let Some(home) = self.known.get(folder) {
            return home.clone();
        }
        let home = home_of(folder);
        self.known.insert(folder.to_owned(), home.clone());
        home
    }

    fn family(&mut self, path: &Path) -> Option<(PathBuf, Option<Family>)> {
        let home = self.home(path)?;
        let family = Family::of(path.strip_prefix(&home).ok()?);
        Some((home, family))
    }

    /// The file's place among the logs of its home; none when it is no part of one.
    pub(crate) fn member(&mut self, path: &Path) -> Option<Member> {
        let (home, family) = self.family(path)?;
        let home = fs::canonicalize(&home).unwrap_or(home);
        Some(Member::new(&home, &family?))
    }

    /// Puts the files of each home in the order in which the copy to be kept of a record comes first and old lines before new
    /// ones, and leaves out hidden files and what bongsu itself wrote there.
    pub(crate) fn order(&mut self, inputs: Vec<Input>, report: &mut Report) -> Vec<Input> {
        let mut places: BTreeMap<PathBuf, usize> = BTreeMap::new();
        let mut keyed = Vec::with_capacity(inputs.len());
        for (nth, input) in inputs.into_iter().enumerate() {
            let family = match &input {
                Input::File { path, .. } => self.family(path),
                _ => None,
            };
            match (&input, family) {
                (Input::File { path, .. }, Some((home, Some(family)))) => {
                    let place = *places.entry(home).or_insert(nth);
                    let (rank, folder, log) = family.order();
                    let within = (rank, folder.to_owned(), log.to_owned(), Some(age_order(path)));
                    keyed.push((place, within, input));
                }
                (Input::File { path, named: false, .. }, Some((home, None))) if holds_no_log(path, &home) => {
                    report.left_out += 1;
                }
                _ => keyed.push((nth, (0, String::new(), String::new(), None), input)),
            }
        }
        keyed.sort_by(|(a, x, _), (b, y, _)| (a, x).cmp(&(b, y)));
        keyed.into_iter().map(|(_, _, input)| input).collect()
    }
}

/// Whether a file of a home is what bongsu itself wrote there, or hidden.
fn holds_no_log(path: &Path, home: &Path) -> bool {
    let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let first = path.strip_prefix(home).ok().and_then(|inside| inside.components().next());
    is_hidden
        || first.is_some_and(|first| ["reports", "alerts", "config"].iter().any(|name| first.as_os_str() == *name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x\n").unwrap();
        }
        dir
    }

    #[test]
    fn a_home_is_found_from_any_path_inside() {
        let dir = home(&["app/application.log", "error/error.log", "archive/2025/error.log.1"]);
        for inside in ["", "app", "archive/2025/error.log.1", "error/error.log"] {
            assert_eq!(home_of(&dir.path().join(inside)).as_deref(), Some(dir.path()), "{inside}");
        }
        let only_app = home(&["app/application.log"]);
        assert_eq!(home_of(&only_app.path().join("app")), None);
    }

    #[test]
    fn errors_come_first_then_the_richest_log_and_reports_are_left_out_unless_named() {
        let dir = home(&[
            "app/application.log",
            "app/application.log.1",
            "app/api.log",
            "error/error.log",
            "archive/2025/application.log.7.gz",
            "reports/daily.json",
            ".marker",
            "app/.bongsu/api.log.1-1.journal",
        ]);
        let mut report = Report::default();
        let inputs = expand(&[dir.path().to_owned()], true, None).unwrap();
        let inputs = Homes::default().order(inputs, &mut report);
        let names: Vec<_> = inputs
            .iter()
            .map(|input| match input {
                Input::File { path, .. } => path.strip_prefix(dir.path()).unwrap().to_str().unwrap(),
                other => panic!("{other:?}"),
            })
            .collect();
        let expected = [
            "error/error.log",
            "archive/2025/application.log.7.gz",
            "app/application.log.1",
            "app/application.log",
            "app/api.log",
        ];
        assert_eq!(names, expected);
        assert_eq!(report.left_out, 2);
        let report_file = expand(&[dir.path().join("reports/daily.json")], true, None).unwrap();
        assert_eq!(Homes::default().order(report_file, &mut report).len(), 1);
    }
}
