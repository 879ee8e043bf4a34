//! The one writer of a data directory.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use arrow::array::{Array, RecordBatch};
use bongsu_model::{Acked, Batch, Clock, Dataset, Intake, IntakeError, Note, NotedPair, column};

use crate::check::Problem;
use crate::commit::Committer;
use crate::conform::conform;
use crate::counters::Counters;
use crate::delta::{APP_ID, TableLog};
use crate::disk::{Disk, RealDisk};
use crate::flush::Which;
use crate::frame::{Frame, StoredNote};
use crate::layout::Layout;
use crate::live::compact;
use crate::lock::Lock;
use crate::meta::{Meta, note_key};
use crate::recover::recover;
use crate::refused::{RefusedFiles, RefusedLine};
use crate::shared::{Shared, State, Table, lock};
use crate::wal::Wal;
use crate::{
    DeleteError, Deleted, Deletion, Snapshot, StoreConfig, StoreCounts, StoreError, StoreStats, Tables, format, stats,
};

/// Rows of a batch up to which bytes that no row refers to are given back.
const SMALL: usize = 1_024;

/// The one writer of a data directory.
///
/// [`Intake::submit`] returns once the rows are in the fsynced write-ahead log; they can be queried from then on. Threads in
/// the background write them to Parquet files. Dropping a store leaves everything as a crash would: nothing is lost, and
/// the next [`Store::open`] takes the rest from the log. [`Store::close`] writes everything to files first.
#[derive(Debug)]
pub struct Store {
    shared: Arc<Shared>,
    committer: Committer,
    threads: Vec<JoinHandle<()>>,
    problems: Vec<Problem>,
    _lock: Lock,
}

impl Store {
    /// Opens the data directory `data`, which is made when there is none, and takes back from the write-ahead log what a
    /// crash left there.
    ///
    /// Fails when another process writes to it, when it is read-only, when a newer bongsu wrote it, or when its database is
    /// damaged. Damage to one dataset leaves the others usable.
    pub fn open(data: &Path, config: StoreConfig, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        Self::open_on(Arc::new(RealDisk), data, config, clock)
    }

    pub(crate) fn open_on(
        disk: Arc<dyn Disk>,
        data: &Path,
        config: StoreConfig,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let layout = Layout::new(data);
        if layout.root().exists() && format::read(&layout)?.is_some() {
            format::check(&layout)?;
        }
        create_root(&*disk, layout.root()).map_err(|error| StoreError::io("create", layout.root(), error))?;
        let lock = Lock::take(&layout, config.server.as_deref())?;
        for folder in [layout.wal(), layout.tables(), layout.meta(), layout.refused()] {
            disk.create_dir(&folder).map_err(|error| StoreError::io("create", &folder, error))?;
        }
        disk.sync_dir(layout.root()).map_err(|error| StoreError::io("sync", layout.root(), error))?;
        format::check_or_write(&layout, &*disk)?;
        let (shared, problems) = load(layout, disk, config, clock)?;
        let shared = Arc::new(shared);
        let committer = Committer::start(Arc::clone(&shared))?;
        let threads = start_threads(&shared)?;
        Ok(Self { shared, committer, threads, problems, _lock: lock })
    }

    /// Writes every acknowledged row to files, and every note to the database.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.shared.flush(Which::All)
    }

    /// One round of compaction, retention and clean-up of all datasets.
    pub fn maintain(&self) -> Result<Maintenance, StoreError> {
        self.shared.maintain()
    }

    /// Deletes rows of `dataset` that were acknowledged before. Either all of them are gone then, durably, or none is.
    ///
    /// Live rows are written to files first, and the write-ahead log is emptied of them. The files that hold such rows are
    /// written again without them; the old ones leave the disk after the grace time, or with [`Deletion::at_once`] now.
    /// Copies elsewhere are not touched: `quarantine/`, refused lines, backups.
    pub fn delete<E>(&self, dataset: &Dataset, wanted: &Deletion<'_, E>) -> Result<Deleted, DeleteError<E>> {
        self.shared.delete(dataset, wanted)
    }

    /// Damage that [`Store::open`] found and set aside.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// How much the store holds.
    pub fn stats(&self) -> Result<StoreStats, StoreError> {
        stats::of_store(&self.shared)
    }

    /// What the store has done since it was opened.
    pub fn counts(&self) -> StoreCounts {
        self.shared.counts()
    }

    /// Removes notes, durably.
    pub fn forget_notes(&self, table: &'static str, keys: &[Vec<u8>]) -> Result<(), StoreError> {
        let notes = keys.iter().map(|key| Note { table, key: key.clone(), value: vec![] }).collect();
        let frame = self.frame(Dataset::default(), None, 0, notes, vec![]);
        self.shared.check_poison()?;
        self.committer.commit(frame).map(|_| ())
    }

    /// Writes everything to files and lets go of the data directory.
    pub fn close(self) -> Result<(), StoreError> {
        self.flush()?;
        self.shared.trim_log(0)
    }

    #[cfg(test)]
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    fn frame(
        &self,
        dataset: Dataset,
        rows: Option<RecordBatch>,
        raw_bytes: u64,
        notes: Vec<Note>,
        refused: Vec<bongsu_model::Refused>,
    ) -> Frame {
        let time = self.shared.clock.now();
        let refused = refused.into_iter().map(|line| RefusedLine {
            time,
            dataset: dataset.clone(),
            source: line.source,
            offset: line.offset,
            reason: line.reason,
            raw: line.raw,
        });
        let refused = refused.collect();
        let notes =
            notes.into_iter().map(|note| StoredNote { table: note.table.to_owned(), key: note.key, value: note.value });
        Frame { notes: notes.collect(), refused, rows, raw_bytes, next_id: self.shared.take_ids(0), dataset }
    }

    fn keep(&self, batch: Batch) -> Result<Acked, StoreError> {
        self.shared.check_poison()?;
        let rows = if batch.rows.num_rows() == 0 {
            None
        } else {
            check_time(&batch.rows)?;
            let table = self.shared.table(&batch.dataset)?;
            let first_id = self.shared.take_ids(batch.rows.num_rows() as u64);
            let rows = conform(&mut lock(&table.columns), &batch.rows, first_id)?;
            Some(if rows.num_rows() <= SMALL { compact(&rows) } else { rows })
        };
        let frame = self.frame(batch.dataset, rows, batch.raw_bytes, batch.notes, batch.refused);
        self.committer.commit(frame)
    }

    /// Waits until there is memory for more rows.
    fn wait_for_room(&self) -> Result<(), IntakeError> {
        let shared = &self.shared;
        let deadline = Instant::now() + shared.config.busy_after;
        let mut state = lock(&shared.state);
        while state.memory > shared.config.memory_bytes {
            shared.wake.notify_all();
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || shared.check_poison().is_err() {
                let trouble = shared.check_poison().err().or_else(|| state.trouble.clone());
                return Err(match trouble {
                    Some(error) => IntakeError::Refused(Box::new(error)),
                    None => IntakeError::Busy { retry_after_ms: 1_000 },
                });
            }
            let waited = shared.room.wait_timeout(state, left);
            state = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
        Ok(())
    }
}

/// What one round of [`Store::maintain`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Maintenance {
    /// Files that were merged into fewer.
    pub merged_files: u64,
    /// Files that merging made.
    pub made_files: u64,
    /// Files that retention took out.
    pub expired_files: u64,
    /// Rows in them.
    pub expired_rows: u64,
    /// Files deleted from the disk.
    pub deleted_files: u64,
}

impl Drop for Store {
    fn drop(&mut self) {
        lock(&self.shared.state).stop = true;
        self.shared.wake.notify_all();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Intake for Store {
    fn submit(&self, batch: Batch) -> Result<Acked, IntakeError> {
        self.wait_for_room()?;
        self.keep(batch).map_err(|error| IntakeError::Refused(Box::new(error)))
    }

    fn note(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, IntakeError> {
        let key = note_key(table, key);
        {
            let state = lock(&self.shared.state);
            if let Some(value) = state.pending.notes.get(&key).or_else(|| state.committing.get(&key)) {
                return Ok(Some(value.clone()).filter(|value| !value.is_empty()));
            }
        }
        self.shared.meta.get(&key).map_err(|error| IntakeError::Refused(Box::new(error)))
    }

    fn notes(&self, table: &str, prefix: &[u8]) -> Result<Vec<NotedPair>, IntakeError> {
        let prefix = note_key(table, prefix);
        let (pending, committing) = {
            let state = lock(&self.shared.state);
            (state.pending.notes.clone(), Arc::clone(&state.committing))
        };
        let kept = self.shared.meta.list(&prefix).map_err(|error| IntakeError::Refused(Box::new(error)))?;
        let mut all: std::collections::BTreeMap<Vec<u8>, Vec<u8>> = kept.into_iter().collect();
        let newer = committing.iter().map(|(key, value)| (key.clone(), value.clone())).chain(pending);
        all.extend(newer.filter(|(key, _)| key.starts_with(&prefix)));
        let cut = table.len() + 1;
        Ok(all
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (key[cut..].to_vec(), value))
            .collect())
    }
}

impl Tables for Store {
    fn datasets(&self) -> Result<Vec<Dataset>, StoreError> {
        let state = lock(&self.shared.state);
        let known = state.tables.iter().filter(|(_, table)| !table.is_empty() || table.broken.is_some());
        Ok(known.map(|(dataset, _)| dataset.clone()).collect())
    }

    fn snapshot(&self, dataset: &Dataset) -> Result<Snapshot, StoreError> {
        self.shared.snapshot(dataset)
    }
}

/// Makes the data directory with all above it, durably.
fn create_root(disk: &dyn Disk, root: &Path) -> std::io::Result<()> {
    let parents: Vec<&Path> = root.ancestors().take_while(|folder| !folder.exists()).filter_map(Path::parent).collect();
    disk.create_dir(root)?;
    parents.into_iter().try_for_each(|parent| disk.sync_dir(parent))
}

fn check_time(rows: &RecordBatch) -> Result<(), StoreError> {
    let time = rows.column_by_name(column::TIME);
    if time.is_some_and(|time| *time.data_type() == column::time_type() && time.null_count() == 0) {
        return Ok(());
    }
    Err(StoreError::BadBatch { what: "a row has no time".into() })
}

/// Reads everything there is into memory: tables, notes that are in the log only, rows that are in the log only.
fn load(
    layout: Layout,
    disk: Arc<dyn Disk>,
    config: StoreConfig,
    clock: Arc<dyn Clock>,
) -> Result<(Shared, Vec<Problem>), StoreError> {
    let meta = Meta::open(&layout.database())?;
    disk.sync_dir(&layout.meta()).map_err(|error| StoreError::io("sync", &layout.meta(), error))?;
    let progress = meta.progress()?;
    let refused = RefusedFiles::open(&layout.refused(), &*disk, progress.refused, config.refused_bytes)?;
    let mut state = State { acked: progress.frame, ..State::default() };
    let mut next_id = 0;
    for dataset in crate::reader::table_folders(&layout)? {
        let (table, error) = match TableLog::load(&layout.table(&dataset)) {
            Ok(log) => (Table::new(log), None),
            Err(error) => (Table::new(TableLog::empty(&layout.table(&dataset))), Some(error)),
        };
        if let Some(error) = &error {
            tracing::error!(%dataset, %error, "a dataset cannot be read");
        }
        next_id = next_id.max(lock(&table.log).program(APP_ID));
        state.acked = state.acked.max(table.committed);
        state.tables.insert(dataset, Table { broken: error, ..table });
    }
    let log =
        recover(&layout, &*disk, &mut |number, body| take_back(&mut state, &layout, progress.frame, number, body))?;
    let next = log.next.max(state.acked + 1);
    let next_id = next_id.max(log.next_id);
    let closed: VecDeque<_> = log.segments.into();
    let counters = Arc::new(Counters::default());
    let wal = Wal::start(&layout.wal(), Arc::clone(&disk), next, next_id, closed, Arc::clone(&counters))?;
    Ok((Shared::new(layout, disk, config, clock, meta, wal, refused, state, next_id, counters), log.problems))
}

/// Takes a frame of the log back into memory, as far as it has not come to files and the database.
fn take_back(state: &mut State, layout: &Layout, noted: u64, number: u64, body: &[u8]) -> Result<(), StoreError> {
    let Some((head, has_rows)) = Frame::peek(body) else { return Ok(()) };
    if has_rows && !state.tables.contains_key(&head.dataset) {
        let table = Table::new(TableLog::load(&layout.table(&head.dataset))?);
        state.tables.insert(head.dataset.clone(), table);
    }
    let table = state.tables.get(&head.dataset);
    let wanted = has_rows && table.is_some_and(|table| table.broken.is_none() && table.committed < number);
    let decoded = Frame::decode(body, wanted).map_err(|error| StoreError::damaged(&layout.wal(), error))?;
    let frame = if number <= noted { Frame { notes: vec![], refused: vec![], ..decoded } } else { decoded };
    if let (Some(rows), Some(table)) = (&frame.rows, table) {
        lock(&table.columns).adopt(rows.schema_ref());
    }
    let acked = state.acked;
    state.apply(number, frame, (usize::MAX, usize::MAX));
    state.acked = acked.max(number);
    Ok(())
}

fn start_threads(shared: &Arc<Shared>) -> Result<Vec<JoinHandle<()>>, StoreError> {
    let start = |name: &str, work: fn(&Shared)| {
        let shared_too = Arc::clone(shared);
        let started = std::thread::Builder::new().name(name.into()).spawn(move || work(&shared_too));
        started.map_err(|error| StoreError::io("start a thread for", shared.layout.root(), error))
    };
    let mut threads = vec![start("bongsu-flush", Shared::flush_until_stopped)?];
    if shared.config.maintain_every.is_some() {
        threads.push(start("bongsu-maintain", Shared::maintain_until_stopped)?);
    }
    Ok(threads)
}
