//! Deleting rows by what they hold: the files that hold some are written again without them.
//!
//! One Delta commit takes the old files out and the new ones in. A crash leaves the rows where they were, or deleted, and
//! files that nobody knows, which the next round of maintenance removes.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{BooleanArray, RecordBatch};
use bongsu_model::Dataset;

use crate::action::{Action, Add};
use crate::compact::union;
use crate::conform::Widener;
use crate::delta::{APP_ID, Commit, TableFile};
use crate::disk::Disk;
use crate::flush::Which;
use crate::merge::{Input, Kept, Merge};
use crate::shared::{Shared, Table, lock};
use crate::{Damage, DataFile, StoreError};

/// How often the files are looked at again when another program has changed the table meanwhile.
const TRIES: usize = 5;

/// Which rows are to be deleted, and how thoroughly.
pub struct Deletion<'a, E> {
    /// Whether a file can hold such rows; others are not read.
    pub files: &'a dyn Fn(&DataFile) -> bool,
    /// Which of the rows are meant; null means no. The batch has every column of the dataset, and the answer a value a row.
    pub rows: &'a dyn Fn(&RecordBatch) -> Result<BooleanArray, E>,
    /// Remove the old files from the disk at once, and every other file of the dataset that is no longer in use. Questions
    /// that are just reading them fail. Otherwise they stay for the grace time.
    pub at_once: bool,
}

/// What a deletion did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deleted {
    /// Rows that were deleted.
    pub rows: u64,
    /// Files that held them.
    pub files: u64,
    /// Files that were removed from the disk; the others go after the grace time.
    pub removed_files: u64,
    /// The write-ahead log still holds rows from before the deletion, because a dataset cannot be read and waits there.
    pub left_in_log: bool,
}

/// Why rows could not be deleted. None of them was.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError<E> {
    /// The store could not.
    #[error("{0}")]
    Store(StoreError),
    /// It could not be said of some rows whether they are meant.
    #[error("{0}")]
    Rows(E),
}

impl<E> From<StoreError> for DeleteError<E> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A file that holds rows to be deleted, and what takes its place.
struct Rewrite {
    file: Arc<TableFile>,
    adds: Vec<Add>,
    rows: u64,
}

/// The new files of a deletion, which go when it comes to nothing.
struct Rewrites<'a> {
    disk: &'a dyn Disk,
    root: PathBuf,
    all: Vec<Rewrite>,
    kept: bool,
}

impl Drop for Rewrites<'_> {
    fn drop(&mut self) {
        if !self.kept {
            for add in self.all.iter().flat_map(|rewrite| &rewrite.adds) {
                let _ = self.disk.remove(&self.root.join(&add.path));
            }
        }
    }
}

impl Shared {
    /// Deletes rows of `dataset` that were acknowledged before.
    pub(crate) fn delete<E>(&self, dataset: &Dataset, wanted: &Deletion<'_, E>) -> Result<Deleted, DeleteError<E>> {
        let _one_at_a_time = lock(&self.maintaining);
        self.check_poison()?;
        self.delete_alone(dataset, wanted).map_err(|error| match error {
            DeleteError::Store(error @ StoreError::Poisoned { .. }) => self.poison(&error).into(),
            other => other,
        })
    }

    fn delete_alone<E>(&self, dataset: &Dataset, wanted: &Deletion<'_, E>) -> Result<Deleted, DeleteError<E>> {
        self.snapshot_exists(dataset)?;
        // The segments of the log that hold the rows can then go with the flush.
        self.rotate_log()?;
        self.flush(Which::All)?;
        let mut done = Deleted::default();
        for tries in 0.. {
            let table = self.table(dataset)?;
            let mut rewrites = self.rewrite(dataset, &table, wanted)?;
            if !rewrites.all.is_empty() {
                if !self.replace_all(dataset, &table, &mut rewrites)? {
                    if tries < TRIES {
                        continue;
                    }
                    return Err(Damage::Crowded.of(&self.layout.table(dataset)).into());
                }
                done.rows = rewrites.all.iter().map(|rewrite| rewrite.rows).sum();
                done.files = rewrites.all.len() as u64;
            }
            break;
        }
        let table = self.table(dataset)?;
        if wanted.at_once {
            done.removed_files = self.delete_removed(&table, i64::MAX)? + self.delete_orphans(&table, false)?;
        }
        done.left_in_log = lock(&self.wal).has_closed();
        Ok(done)
    }

    fn snapshot_exists(&self, dataset: &Dataset) -> Result<(), StoreError> {
        let state = lock(&self.state);
        let known = state.tables.get(dataset).is_some_and(|table| !table.is_empty() || table.broken.is_some());
        if known { Ok(()) } else { Err(StoreError::UnknownDataset { dataset: dataset.clone() }) }
    }

    fn rotate_log(&self) -> Result<(), StoreError> {
        let rotated = lock(&self.wal).rotate(self.next_id.load(Ordering::Relaxed));
        rotated.map_err(|error| if error.is_full() { error } else { self.poison(&error) })
    }

    /// Writes the files that hold such rows again, without them.
    fn rewrite<E>(
        &self,
        dataset: &Dataset,
        table: &Table,
        wanted: &Deletion<'_, E>,
    ) -> Result<Rewrites<'_>, DeleteError<E>> {
        let root = self.layout.table(dataset);
        let mut rewrites = Rewrites { disk: &*self.disk, root, all: vec![], kept: false };
        for file in table.files.iter().filter(|file| (wanted.files)(&file.data)) {
            // Damage must not be written again under a checksum that is right.
            let input = Input::open_sound(file)?;
            let kept = Self::judge(table, &input, wanted)?;
            let rows = kept.iter().flatten().map(|batch| (batch.len() - batch.true_count()) as u64).sum();
            if rows == 0 {
                continue;
            }
            let adds = self.write_kept(table, file, input, kept, file.data.rows.saturating_sub(rows))?;
            rewrites.all.push(Rewrite { file: Arc::clone(file), adds, rows });
        }
        Ok(rewrites)
    }

    /// Which rows of a file stay.
    fn judge<E>(table: &Table, input: &Input, wanted: &Deletion<'_, E>) -> Result<Kept, DeleteError<E>> {
        let schema = Arc::clone(lock(&table.columns).schema());
        let mut widener = Widener::default();
        let mut kept = Vec::with_capacity(input.groups());
        for group in 0..input.groups() {
            let mut batches = Vec::new();
            for batch in input.read_groups(vec![group])? {
                let batch = widener.widen(&batch?, &schema);
                let batch = batch.map_err(|error| StoreError::BadBatch { what: error.to_string() })?;
                let meant = (wanted.rows)(&batch).map_err(DeleteError::Rows)?;
                if meant.len() != batch.num_rows() {
                    let what = format!("{} answers for {} rows", meant.len(), batch.num_rows());
                    return Err(StoreError::BadBatch { what }.into());
                }
                batches.push(meant.iter().map(|meant| Some(meant != Some(true))).collect::<BooleanArray>());
            }
            kept.push(batches);
        }
        Ok(kept)
    }

    fn write_kept(
        &self,
        table: &Table,
        file: &TableFile,
        input: Input,
        kept: Kept,
        rows: u64,
    ) -> Result<Vec<Add>, StoreError> {
        if rows == 0 {
            return Ok(vec![]);
        }
        let schema = union(std::slice::from_ref(&input), lock(&table.columns).schema());
        let mut merge = Merge::new(vec![input], schema, self.group_size(rows as usize)).with_only(vec![kept]);
        let raw_bytes = u128::from(file.raw_bytes) * u128::from(rows) / u128::from(file.data.rows.max(1));
        let replaces = [file.add.path.clone()];
        self.write_again(table, &mut merge, rows as usize, raw_bytes as u64, &replaces)
    }

    /// Commits the new files in the stead of the old ones; false when the table has changed meanwhile.
    fn replace_all(&self, dataset: &Dataset, table: &Table, rewrites: &mut Rewrites<'_>) -> Result<bool, StoreError> {
        let millis = self.millis();
        let old = || rewrites.all.iter().map(|rewrite| &rewrite.file.add);
        let removals = old().map(|add| Action::remove(add.removal(millis, true)));
        let adds = rewrites.all.iter().flat_map(|rewrite| rewrite.adds.iter().cloned().map(Action::add));
        // The files' names are taken from the same numbers as the rows' ids, and none may come again.
        let numbers = Action::txn(APP_ID, self.next_id.load(Ordering::Relaxed));
        let actions = removals.chain(adds).chain([numbers]).collect();
        let commit = Commit { operation: "DELETE", schema: None, actions, millis };
        let mut log = lock(&table.log);
        let still = |log: &crate::delta::TableLog| old().all(|add| log.files().contains_key(&add.path));
        let committed = log.commit(&*self.disk, &commit, still);
        // A commit of which it is not known whether it is durable may need them.
        rewrites.kept = matches!(committed, Ok(true) | Err(StoreError::Poisoned { .. }));
        let committed = committed?;
        self.publish(dataset, &log, None);
        Ok(committed)
    }
}
