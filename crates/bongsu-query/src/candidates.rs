//! Which rows of which files a question has to look at, as far as the files' indexes say.

use std::sync::Arc;

use bongsu_index::{Ask, Group, Rows, Verdict};
use bongsu_model::{TimeRange, Timestamp};
use bongsu_store::DataFile;
use datafusion::datasource::physical_plan::parquet::{ParquetAccessPlan, RowGroupAccess};
use parquet::arrow::arrow_reader::{RowSelection, RowSelector};

use crate::indexes::Indexes;

/// Pieces of a row group past which it costs more to skip than to read.
const MAX_PIECES: usize = 4_096;

/// A file with rows that a question may want.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) file: DataFile,
    /// What is known of its row groups; none when it has no index.
    pub(crate) groups: Option<Arc<Vec<Judged>>>,
}

/// A row group and what is known about its rows.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) rows: u32,
    pub(crate) time: Option<TimeRange>,
    pub(crate) verdict: Verdict,
}

/// The files that can have rows for which `ask` holds.
pub(crate) fn judge(files: &[DataFile], ask: &Ask, indexes: &Indexes) -> Vec<Candidate> {
    if ask.is_unknown() {
        return files.iter().map(|file| Candidate { file: file.clone(), groups: None }).collect();
    }
    let found = files.iter().filter_map(|file| {
        let Some(index) = indexes.of(file) else { return Some(Candidate { file: file.clone(), groups: None }) };
        let groups: Vec<_> =
            index.groups.iter().map(|group| Judged::new(group, ask.judge(group, &index.source))).collect();
        Candidate { file: file.clone(), groups: Some(Arc::new(groups)) }.present()
    });
    let found = found.collect();
    indexes.trim();
    found
}

/// Of `files`, those with rows for which `ask` can hold, too.
pub(crate) fn narrow(files: Vec<Candidate>, ask: &Ask, indexes: &Indexes) -> Vec<Candidate> {
    if ask.is_unknown() {
        return files;
    }
    let narrowed = files.into_iter().filter_map(|candidate| {
        let (Some(groups), Some(index)) = (&candidate.groups, indexes.of(&candidate.file)) else {
            return Some(candidate);
        };
        let judge = |(judged, group): (&Judged, &Group)| {
            let may = judged.verdict.may.and(&ask.judge(group, &index.source).may);
            Judged { verdict: Verdict { may, must: Rows::none() }, ..judged.clone() }
        };
        let groups = Arc::new(groups.iter().zip(&index.groups).map(judge).collect());
        Candidate { groups: Some(groups), ..candidate }.present()
    });
    narrowed.collect()
}

impl Judged {
    pub(crate) fn new(group: &Group, verdict: Verdict) -> Self {
        Self { rows: group.rows(), time: group.time().map(|(from, to)| range(from, to)), verdict }
    }
}

fn range(from: i64, to: i64) -> TimeRange {
    TimeRange { from: Timestamp::from_micros(from), to: Timestamp::from_micros(to).plus_nanos(999) }
}

impl Candidate {
    /// The rows that may be wanted, group by group.
    pub(crate) fn rows(&self) -> u64 {
        match &self.groups {
            Some(groups) => groups.iter().map(|group| group.verdict.may.len()).sum(),
            None => self.file.rows,
        }
    }

    /// Only rows in `range`, as far as the row groups' times tell; none when there are none.
    pub(crate) fn within(&self, range: &TimeRange) -> Option<Self> {
        let inside = |time: Option<TimeRange>| time.is_none_or(|time| range.overlaps(time.from, time.to));
        if !inside(self.file.time) {
            return None;
        }
        let Some(groups) = &self.groups else { return Some(self.clone()) };
        let within = |group: &Judged| {
            let may = if inside(group.time) { group.verdict.may.clone() } else { Rows::none() };
            let whole = group.time.is_some_and(|time| time.from >= range.from && time.to <= range.to);
            let must = if whole { group.verdict.must.clone() } else { Rows::none() };
            Judged { verdict: Verdict { may, must }, ..group.clone() }
        };
        Self { file: self.file.clone(), groups: Some(Arc::new(groups.iter().map(within).collect())) }.present()
    }

    /// None when there is no row.
    pub(crate) fn present(self) -> Option<Self> {
        let any = self.groups.as_ref().is_none_or(|groups| groups.iter().any(|group| !group.verdict.may.is_empty()));
        any.then_some(self)
    }

    /// Parts the rows that surely are wanted from those that have to be looked at; each is none when it has no row.
    pub(crate) fn split(&self) -> (Option<Self>, Option<Self>) {
        let Some(groups) = &self.groups else { return (None, Some(self.clone())) };
        let part = |rows: fn(&Verdict) -> Rows| {
            let groups: Vec<_> = groups
                .iter()
                .map(|group| {
                    let may = rows(&group.verdict);
                    Judged { verdict: Verdict { must: Rows::none(), may }, ..group.clone() }
                })
                .collect();
            Self { file: self.file.clone(), groups: Some(Arc::new(groups)) }.present()
        };
        (part(|verdict| verdict.must.clone()), part(|verdict| verdict.may.without(&verdict.must)))
    }

    /// The times in which its rows lie, and about how many they are: those that may be wanted, and those that surely are.
    pub(crate) fn shares(&self) -> Vec<(Option<TimeRange>, u64, u64)> {
        match &self.groups {
            None => vec![(self.file.time, self.file.rows, 0)],
            Some(groups) => groups
                .iter()
                .map(|group| (group.time.or(self.file.time), group.verdict.may.len(), group.verdict.must.len()))
                .collect(),
        }
    }

    /// How the file is to be read; none when all of it is.
    pub(crate) fn access(&self) -> Option<ParquetAccessPlan> {
        let groups = self.groups.as_ref()?;
        let whole = |group: &Judged| group.verdict.may.len() == u64::from(group.rows);
        if groups.iter().all(whole) {
            return None;
        }
        Some(ParquetAccessPlan::new(groups.iter().map(access).collect()))
    }
}

fn access(group: &Judged) -> RowGroupAccess {
    let may = &group.verdict.may;
    if may.is_empty() {
        return RowGroupAccess::Skip;
    }
    if may.len() == u64::from(group.rows) || may.ranges().len() > MAX_PIECES {
        return RowGroupAccess::Scan;
    }
    let mut at = 0;
    let mut selectors = Vec::with_capacity(may.ranges().len() * 2 + 1);
    let mut push = |selector: RowSelector| {
        if selector.row_count > 0 {
            selectors.push(selector);
        }
    };
    for range in may.ranges() {
        push(RowSelector::skip((range.start - at) as usize));
        push(RowSelector::select((range.end - range.start) as usize));
        at = range.end;
    }
    push(RowSelector::skip((group.rows - at) as usize));
    RowGroupAccess::Selection(RowSelection::from(selectors))
}
