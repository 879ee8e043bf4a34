//! What the store's threads share.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use bongsu_model::{Clock, Dataset};
use bongsu_pattern::Miner;

use crate::conform::Widener;
use crate::counters::{Counters, StoreCounts};
use crate::delta::{TableFile, TableLog};
use crate::disk::Disk;
use crate::frame::Frame;
use crate::index::miner_of;
use crate::layout::Layout;
use crate::live::Live;
use crate::meta::Meta;
use crate::names::Columns;
use crate::refused::{Place, RefusedFiles, RefusedLine};
use crate::wal::Wal;
use crate::watch::ClockWatch;
use crate::{Snapshot, StoreConfig, StoreError};

/// What the store's threads share. Locks are taken in this order: `flushing`, a table's `log`, `wal`, `state`, a table's `columns`.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) layout: Layout,
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) config: StoreConfig,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) meta: Meta,
    pub(crate) wal: Mutex<Wal>,
    /// Held by whoever writes live rows to files.
    pub(crate) flushing: Mutex<RefusedFiles>,
    /// Held by whoever merges or removes files.
    pub(crate) maintaining: Mutex<ClockWatch>,
    pub(crate) state: Mutex<State>,
    /// Memory was given back.
    pub(crate) room: Condvar,
    /// There is something to do for the thread that flushes.
    pub(crate) wake: Condvar,
    pub(crate) next_id: AtomicU64,
    pub(crate) counters: Arc<Counters>,
    poison: OnceLock<String>,
}

/// What is in memory.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) tables: BTreeMap<Dataset, Table>,
    /// Bytes of all rows in memory.
    pub(crate) memory: usize,
    /// The last frame that was acknowledged.
    pub(crate) acked: u64,
    pub(crate) pending: Pending,
    /// Notes that are being written to the database.
    pub(crate) committing: Arc<BTreeMap<Vec<u8>, Vec<u8>>>,
    /// Why rows could not be written to files the last time; none when they could.
    pub(crate) trouble: Option<StoreError>,
    pub(crate) stop: bool,
}

/// Notes and refused lines that are in the log only.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    pub(crate) notes: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) refused: Vec<(Place, RefusedLine)>,
    pub(crate) bytes: usize,
    pub(crate) since: Option<Instant>,
}

/// One dataset.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) columns: Arc<Mutex<Columns>>,
    pub(crate) log: Arc<Mutex<TableLog>>,
    pub(crate) files: Arc<Vec<Arc<TableFile>>>,
    pub(crate) live: Live,
    pub(crate) sealed: VecDeque<Arc<Live>>,
    /// The last frame whose rows are in files.
    pub(crate) committed: u64,
    /// Why the table cannot be read; its rows in the log wait there.
    pub(crate) broken: Option<StoreError>,
    pub(crate) miner: Arc<OnceLock<Mutex<Miner>>>,
}

/// Locks, also when a thread panicked while it held the lock: what is behind our locks is whole at every moment.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Table {
    pub(crate) fn new(log: TableLog) -> Self {
        let mut columns = Columns::new();
        columns.adopt(log.schema());
        Self {
            columns: Arc::new(Mutex::new(columns)),
            files: Arc::new(log.files().values().cloned().collect()),
            committed: log.program(crate::delta::APP_WAL),
            log: Arc::new(Mutex::new(log)),
            live: Live::default(),
            sealed: VecDeque::new(),
            broken: None,
            miner: Arc::default(),
        }
    }

    /// What finds the templates of the table's rows.
    pub(crate) fn miner(&self) -> &Mutex<Miner> {
        self.miner.get_or_init(|| Mutex::new(miner_of(&self.files)))
    }

    /// Moves the live rows to those that wait to be written.
    pub(crate) fn seal(&mut self) {
        if self.live.rows > 0 {
            self.sealed.push_back(Arc::new(std::mem::take(&mut self.live)));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.live.rows == 0 && self.sealed.is_empty() && self.files.is_empty() && self.committed == 0
    }
}

impl State {
    /// Takes in a frame that is durable.
    pub(crate) fn apply(&mut self, number: u64, frame: Frame, seal: (usize, usize)) -> bool {
        self.acked = number;
        let mut full = false;
        if let (Some(rows), Some(table)) = (frame.rows, self.tables.get_mut(&frame.dataset)) {
            if table.live.is_too_wide_with(&rows, seal.0.saturating_mul(2)) {
                table.seal();
                full = true;
            }
            let grown = table.live.push(number, rows, frame.raw_bytes);
            self.memory = self.memory.saturating_add_signed(grown);
            if table.live.bytes >= seal.0 || table.live.rows >= seal.1 {
                table.seal();
                full = true;
            }
        }
        let pending = &mut self.pending;
        if !frame.notes.is_empty() || !frame.refused.is_empty() {
            pending.since.get_or_insert_with(Instant::now);
        }
        for note in frame.notes {
            pending.bytes += note.key.len() + note.value.len() + 64;
            pending.notes.insert(note.full_key(), note.value);
        }
        for (place, line) in (0..).map(|nth| (number, nth)).zip(frame.refused) {
            pending.bytes += line.raw.len() + line.source.len() + 192;
            pending.refused.push((place, line));
        }
        full
    }
}

impl Shared {
    #[expect(clippy::too_many_arguments, reason = "each is one part of a store")]
    pub(crate) fn new(
        layout: Layout,
        disk: Arc<dyn Disk>,
        config: StoreConfig,
        clock: Arc<dyn Clock>,
        meta: Meta,
        wal: Wal,
        refused: RefusedFiles,
        state: State,
        next_id: u64,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            layout,
            disk,
            config,
            clock,
            meta,
            wal: Mutex::new(wal),
            flushing: Mutex::new(refused),
            maintaining: Mutex::default(),
            state: Mutex::new(state),
            room: Condvar::new(),
            wake: Condvar::new(),
            next_id: AtomicU64::new(next_id),
            counters,
            poison: OnceLock::new(),
        }
    }

    /// Milliseconds since the epoch.
    pub(crate) fn millis(&self) -> i64 {
        self.clock.now().micros() / 1_000
    }

    /// The first of `count` sequence numbers that nobody else gets.
    pub(crate) fn take_ids(&self, count: u64) -> u64 {
        self.next_id.fetch_add(count, Ordering::Relaxed)
    }

    /// Stops every further acknowledgement, because what is on disk is not known any more.
    pub(crate) fn poison(&self, cause: &StoreError) -> StoreError {
        let cause = match cause {
            StoreError::Poisoned { cause } => cause.clone(),
            other => other.to_string(),
        };
        if self.poison.set(cause.clone()).is_ok() {
            tracing::error!(%cause, "the store takes no more data");
        }
        StoreError::Poisoned { cause: self.poison.get().cloned().unwrap_or(cause) }
    }

    pub(crate) fn check_poison(&self) -> Result<(), StoreError> {
        self.poison.get().map_or(Ok(()), |cause| Err(StoreError::Poisoned { cause: cause.clone() }))
    }

    /// What was done since the store was opened, and how it is now.
    pub(crate) fn counts(&self) -> StoreCounts {
        let live_bytes = lock(&self.state).memory as u64;
        StoreCounts { live_bytes, poisoned: self.poison.get().is_some(), ..self.counters.now() }
    }

    /// The table of `dataset`, which is made when there is none.
    pub(crate) fn table(&self, dataset: &Dataset) -> Result<Table, StoreError> {
        let shallow = |table: &Table| -> Result<Table, StoreError> {
            table.broken.clone().map_or(Ok(()), Err)?;
            Ok(table.without_rows())
        };
        if let Some(table) = lock(&self.state).tables.get(dataset) {
            return shallow(table);
        }
        let table = Table::new(TableLog::load(&self.layout.table(dataset))?);
        shallow(lock(&self.state).tables.entry(dataset.clone()).or_insert(table))
    }

    /// What `dataset` holds now.
    pub(crate) fn snapshot(&self, dataset: &Dataset) -> Result<Snapshot, StoreError> {
        let state = lock(&self.state);
        let table = state.tables.get(dataset).filter(|table| !table.is_empty() || table.broken.is_some());
        let table = table.ok_or_else(|| StoreError::UnknownDataset { dataset: dataset.clone() })?;
        table.broken.clone().map_or(Ok(()), Err)?;
        let files = Arc::clone(&table.files);
        let waiting = table.sealed.iter().flat_map(|sealed| &sealed.batches).chain(&table.live.batches);
        let live: Vec<_> = waiting.cloned().collect();
        let schema = Arc::clone(lock(&table.columns).schema());
        drop(state);
        let mut widener = Widener::default();
        let live: Result<Vec<_>, _> = live.iter().map(|rows| widener.widen(rows, &schema)).collect();
        let live = live.map_err(|error| StoreError::BadBatch { what: error.to_string() })?;
        Ok(Snapshot { schema, files: files.iter().map(|file| file.data.clone()).collect(), live })
    }
}

impl Table {
    /// A handle on the table: all of it but the rows in memory.
    pub(crate) fn without_rows(&self) -> Self {
        Self {
            columns: Arc::clone(&self.columns),
            log: Arc::clone(&self.log),
            files: Arc::clone(&self.files),
            live: Live::default(),
            sealed: VecDeque::new(),
            committed: self.committed,
            broken: self.broken.clone(),
            miner: Arc::clone(&self.miner),
        }
    }
}
