//! Reading a data directory without writing to it.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use bongsu_model::Dataset;

use crate::conform::Widener;
use crate::delta::{APP_WAL, TableLog};
use crate::frame::Frame;
use crate::layout::Layout;
use crate::names::Columns;
use crate::recover;
use crate::shared::lock;
use crate::{Snapshot, StoreError, Tables, format};

/// How often a table is read again when its log changes under the reader's hands.
const TRIES: usize = 5;

/// Reads a data directory, also while a [`crate::Store`] in another process writes to it, and also when the directory cannot
/// be written to. Sees every acknowledged row once.
#[derive(Debug)]
pub struct Reader {
    layout: Layout,
    logs: Mutex<HashMap<Dataset, TableLog>>,
}

/// A dataset at one moment: its table, and the rows of the log that are not in it.
pub(crate) struct View {
    pub(crate) log: TableLog,
    pub(crate) waiting: Vec<Waiting>,
}

/// Rows that are in the log only.
pub(crate) struct Waiting {
    frame: u64,
    pub(crate) rows: RecordBatch,
    pub(crate) raw_bytes: u64,
}

impl Reader {
    /// Opens the data directory at `data`.
    pub fn open(data: &Path) -> Result<Self, StoreError> {
        let layout = Layout::new(data);
        format::check(&layout)?;
        Ok(Self { layout, logs: Mutex::default() })
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// `dataset` now. The log is read before the table: what the writer moves meanwhile is then seen in the table, and left
    /// out of what was read in the log by the number of its frame.
    pub(crate) fn view(&self, dataset: &Dataset) -> Result<View, StoreError> {
        let known = lock(&self.logs).get(dataset).cloned();
        let committed = known.as_ref().map_or(0, |log| log.program(APP_WAL));
        let mut waiting = Vec::new();
        recover::read(&self.layout, &mut |number, body| {
            let ours = |(head, has_rows): (Frame, bool)| has_rows && head.dataset == *dataset && number > committed;
            if Frame::peek(body).is_some_and(ours) {
                let frame = Frame::decode(body, true).map_err(|e| StoreError::damaged(&self.layout.wal(), e))?;
                let raw_bytes = frame.raw_bytes;
                waiting.extend(frame.rows.map(|rows| Waiting { frame: number, rows, raw_bytes }));
            }
            Ok(())
        })?;
        let log = self.load(dataset, known)?;
        let committed = log.program(APP_WAL);
        waiting.retain(|waiting| waiting.frame > committed);
        lock(&self.logs).insert(dataset.clone(), log.clone());
        Ok(View { log, waiting })
    }

    fn load(&self, dataset: &Dataset, known: Option<TableLog>) -> Result<TableLog, StoreError> {
        if let Some(mut log) = known
            && log.refresh_if_there().is_ok()
        {
            return Ok(log);
        }
        let mut tries = 0;
        loop {
            match TableLog::load(&self.layout.table(dataset)) {
                Err(_) if tries < TRIES => tries += 1,
                other => return other,
            }
        }
    }
}

impl Tables for Reader {
    fn datasets(&self) -> Result<Vec<Dataset>, StoreError> {
        let mut names = BTreeSet::new();
        recover::read(&self.layout, &mut |_, body| {
            names.extend(Frame::peek(body).filter(|(_, has_rows)| *has_rows).map(|(head, _)| head.dataset));
            Ok(())
        })?;
        names.extend(table_folders(&self.layout)?);
        Ok(names.into_iter().collect())
    }

    fn snapshot(&self, dataset: &Dataset) -> Result<Snapshot, StoreError> {
        let view = self.view(dataset)?;
        if view.log.version().is_none() && view.waiting.is_empty() {
            return Err(StoreError::UnknownDataset { dataset: dataset.clone() });
        }
        let mut columns = Columns::new();
        columns.adopt(view.log.schema());
        view.waiting.iter().for_each(|waiting| columns.adopt(waiting.rows.schema_ref()));
        let schema = Arc::clone(columns.schema());
        let mut widener = Widener::default();
        let live: Result<_, _> = view.waiting.iter().map(|waiting| widener.widen(&waiting.rows, &schema)).collect();
        let live = live.map_err(|error| StoreError::BadBatch { what: error.to_string() })?;
        Ok(Snapshot { schema, files: view.log.files().values().map(|file| file.data.clone()).collect(), live })
    }
}

/// The datasets that have a table.
pub(crate) fn table_folders(layout: &Layout) -> Result<Vec<Dataset>, StoreError> {
    let folder = layout.tables();
    let entries = match fs::read_dir(&folder).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(StoreError::io("read", &folder, error)),
    };
    let with_log = entries.into_iter().filter(|entry| entry.path().join("_delta_log").is_dir());
    let mut names: Vec<Dataset> = with_log.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    names.sort();
    Ok(names)
}
