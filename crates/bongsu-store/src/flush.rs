//! From live rows to files: sealed rows become Parquet files and one Delta commit, notes go to the database, and what the
//! write-ahead log still holds of them is deleted.
//!
//! A Delta commit names the last frame whose rows it adds, and the database the last frame whose notes it holds: after a
//! crash at any point exactly the frames behind are taken from the log again.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

use bongsu_model::Dataset;

use crate::StoreError;
use crate::action::{Action, Add};
use crate::checkpoint;
use crate::delta::{APP_ID, APP_WAL, Commit, TableLog};
use crate::live::Live;
use crate::meta::Progress;
use crate::partition::{DayFiles, Target, in_order};
use crate::refused::RefusedFiles;
use crate::shared::{Shared, Table, lock};
use crate::wal::Done;

/// Bytes of notes and refused lines in memory that are written out at once.
const PENDING_BYTES: usize = 16 << 20;
/// Commits of the Delta log that a checkpoint replaces stay for those who are reading them.
const LOG_KEPT: Duration = Duration::from_hours(1);
/// Bytes of a finished log segment that make the next one worth while.
const WORTH_ROTATING: u64 = 1 << 20;
/// How long to wait after rows could not be written.
const RETRY: Duration = Duration::from_secs(1);

/// Which rows are to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// Those that are old enough or too many.
    Due,
    /// All.
    All,
}

impl Shared {
    /// Writes rows and notes to where they stay.
    pub(crate) fn flush(&self, which: Which) -> Result<(), StoreError> {
        let mut refused = lock(&self.flushing);
        let done = self.check_poison().and_then(|()| self.flush_locked(which, &mut refused));
        let done = done.map_err(|error| match error {
            StoreError::DiskFull { .. } | StoreError::BadBatch { .. } | StoreError::Poisoned { .. } => error,
            other => self.poison(&other),
        });
        lock(&self.state).trouble = done.as_ref().err().cloned();
        self.room.notify_all();
        done
    }

    fn flush_locked(&self, which: Which, refused: &mut MutexGuard<'_, RefusedFiles>) -> Result<(), StoreError> {
        self.seal(which);
        let mut wrote = false;
        while let Some((dataset, table, sealed)) = self.next_sealed() {
            self.write(&dataset, &table, &sealed)?;
            wrote = true;
        }
        if wrote || self.pending_due(which) {
            self.commit_pending(refused)?;
        }
        self.trim_log(if which == Which::All { WORTH_ROTATING } else { u64::MAX })
    }

    /// Moves live rows that are due to those that wait.
    fn seal(&self, which: Which) {
        let mut state = lock(&self.state);
        let waiting = state.tables.values().any(|table| !table.sealed.is_empty());
        let tight = !waiting && state.memory > self.config.memory_bytes / 4 * 3;
        let largest = state.tables.values().map(|table| table.live.bytes).max().unwrap_or(0);
        for table in state.tables.values_mut() {
            let old = table.live.since.is_some_and(|since| since.elapsed() >= self.config.seal_age);
            if which == Which::All || old || (tight && table.live.bytes == largest) {
                table.seal();
            }
        }
    }

    fn next_sealed(&self) -> Option<(Dataset, Table, Arc<Live>)> {
        let state = lock(&self.state);
        state.tables.iter().filter(|(_, table)| table.broken.is_none()).find_map(|(dataset, table)| {
            Some((dataset.clone(), table.without_rows(), Arc::clone(table.sealed.front()?)))
        })
    }

    fn write(&self, dataset: &Dataset, table: &Table, sealed: &Arc<Live>) -> Result<(), StoreError> {
        let schema = Arc::clone(lock(&table.columns).schema());
        let ordered =
            in_order(&sealed.batches, &schema).map_err(|error| StoreError::BadBatch { what: error.to_string() })?;
        let root = self.layout.table(dataset);
        let name = || self.take_ids(1);
        let zstd_level = self.config.compaction.zstd_level;
        let (disk, millis, miner) = (&*self.disk, self.millis(), table.miner());
        // Live rows are bounded already; their last frame may have brought more.
        let group_bytes = self.config.seal_bytes.saturating_mul(2);
        let target = Target { disk, root: &root, zstd_level, name: &name, millis, miner, replaces: &[], group_bytes };
        let adds = match ordered.first() {
            None => vec![],
            Some(first) => {
                let mut files = DayFiles::new(&target, first.schema_ref(), sealed.rows);
                ordered.iter().try_for_each(|rows| files.write(rows))?;
                files.finish(sealed.raw_bytes).inspect(|adds| self.counters.flushed(adds))?
            }
        };
        drop(ordered);
        let made: Vec<_> = adds.iter().map(|add| root.join(&add.path)).collect();
        let committed = self.commit_rows(dataset, table, sealed, &schema, adds);
        if committed.as_ref().is_err_and(StoreError::is_full) {
            for path in made {
                let _ = self.disk.remove(&path);
            }
        }
        committed
    }

    fn commit_rows(
        &self,
        dataset: &Dataset,
        table: &Table,
        sealed: &Arc<Live>,
        schema: &arrow::datatypes::Schema,
        adds: Vec<Add>,
    ) -> Result<(), StoreError> {
        let mut log = lock(&table.log);
        let mut actions: Vec<_> = adds.into_iter().map(Action::add).collect();
        actions.push(Action::txn(APP_WAL, sealed.last));
        actions.push(Action::txn(APP_ID, self.next_id.load(Ordering::Relaxed)));
        let commit = Commit { operation: "WRITE", schema: Some(schema), actions, millis: self.millis() };
        log.commit(&*self.disk, &commit, |_| true)?;
        self.publish(dataset, &log, Some(sealed));
        self.tend_log(&mut log);
        Ok(())
    }

    /// Makes the files of `log` visible, and at the same moment takes away the live rows that came to be in them.
    pub(crate) fn publish(&self, dataset: &Dataset, log: &TableLog, written: Option<&Arc<Live>>) {
        let files = Arc::new(log.files().values().cloned().collect());
        let mut state = lock(&self.state);
        let Some(table) = state.tables.get_mut(dataset) else { return };
        lock(&table.columns).adopt(log.schema());
        table.files = files;
        let Some(written) = written else { return };
        table.committed = written.last;
        table.sealed.pop_front();
        state.memory = state.memory.saturating_sub(written.bytes);
        drop(state);
        self.room.notify_all();
    }

    /// Checkpoints of the Delta log and what they make superfluous. That they fail costs time later, no data.
    fn tend_log(&self, log: &mut TableLog) {
        let tended = log.checkpoint_when_due(&*self.disk, self.config.checkpoint_every).and_then(|made| {
            let before = self.millis() - LOG_KEPT.as_millis() as i64;
            match log.version().filter(|_| made) {
                Some(version) => checkpoint::clean(log.root(), version, before).map(|_| ()),
                None => Ok(()),
            }
        });
        if let Err(error) = tended {
            tracing::warn!(%error, "no checkpoint was made");
        }
    }

    fn pending_due(&self, which: Which) -> bool {
        let state = lock(&self.state);
        let Some(since) = state.pending.since else { return false };
        which == Which::All || since.elapsed() >= self.config.seal_age || state.pending.bytes >= PENDING_BYTES
    }

    /// Writes notes and refused lines to where they stay.
    fn commit_pending(&self, files: &mut RefusedFiles) -> Result<(), StoreError> {
        let (frame, notes, lines) = {
            let mut state = lock(&self.state);
            let pending = std::mem::take(&mut state.pending);
            state.committing = Arc::new(pending.notes);
            (state.acked, Arc::clone(&state.committing), pending.refused)
        };
        let disk = &*self.disk;
        let written = files.append(disk, self.clock.now(), &lines).and_then(|refused| {
            let progress = Progress { frame, refused };
            let notes = notes.iter().map(|(key, value)| (Arc::from(key.as_slice()), value.clone()));
            self.meta.commit(notes, &progress).map(|()| progress)
        });
        let mut state = lock(&self.state);
        state.committing = Arc::default();
        match written {
            Ok(progress) => {
                drop(state);
                files.committed(disk, progress.refused)
            }
            Err(error) => {
                let newer = std::mem::take(&mut state.pending);
                let notes = Arc::unwrap_or_clone(notes);
                state.pending.notes = notes.into_iter().chain(newer.notes).collect::<BTreeMap<_, _>>();
                state.pending.refused = lines.into_iter().chain(newer.refused).collect();
                state.pending.bytes = newer.bytes;
                state.pending.since = newer.since.or_else(|| Some(Instant::now()));
                Err(error)
            }
        }
    }

    /// Deletes log segments that nobody needs; the one being written to as well when it has `rotate_from` bytes.
    pub(crate) fn trim_log(&self, rotate_from: u64) -> Result<(), StoreError> {
        let mut wal = lock(&self.wal);
        let state = lock(&self.state);
        let idle = state.pending.since.is_none();
        let meta = if idle { state.acked } else { self.meta.progress()?.frame };
        let waits = |table: &Table| table.live.rows > 0 || !table.sealed.is_empty() || table.broken.is_some();
        let upto = |table: &Table| if waits(table) { table.committed } else { table.committed.max(state.acked) };
        let committed: BTreeMap<_, _> =
            state.tables.iter().map(|(dataset, table)| (dataset.clone(), upto(table))).collect();
        drop(state);
        let done = Done { meta, rows: &|dataset| committed.get(dataset).copied().unwrap_or(0) };
        if wal.segment_bytes() >= rotate_from && wal.current_is_done(&done) {
            wal.rotate(self.next_id.load(Ordering::Relaxed))?;
        }
        wal.remove_done(&done)
    }

    /// What the thread that flushes does until it is told to stop.
    pub(crate) fn flush_until_stopped(&self) {
        loop {
            {
                let state = lock(&self.state);
                if state.stop {
                    return;
                }
                let wait = if state.trouble.is_some() { RETRY } else { self.until_due(&state) };
                if !wait.is_zero() {
                    let (state, _) =
                        self.wake.wait_timeout(state, wait).unwrap_or_else(std::sync::PoisonError::into_inner);
                    if state.stop {
                        return;
                    }
                    if state.trouble.is_none() && !self.until_due(&state).is_zero() {
                        continue;
                    }
                }
            }
            if self.check_poison().is_err() {
                return;
            }
            if let Err(error) = self.flush(Which::Due) {
                tracing::warn!(%error, "rows could not be written to files; they are kept in the write-ahead log");
            }
        }
    }

    /// How long until something is due.
    fn until_due(&self, state: &crate::shared::State) -> Duration {
        let usable = || state.tables.values().filter(|table| table.broken.is_none());
        let tight = state.memory > self.config.memory_bytes / 4 * 3;
        if usable().any(|table| !table.sealed.is_empty() || (tight && table.live.rows > 0))
            || state.pending.bytes >= PENDING_BYTES
        {
            return Duration::ZERO;
        }
        let oldest = usable().filter_map(|table| table.live.since).chain(state.pending.since).min();
        oldest.map_or(self.config.seal_age, |since| self.config.seal_age.saturating_sub(since.elapsed()))
    }
}
