//! What `check` does about damage.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use arrow::datatypes::Schema;
use bongsu_model::{Clock, SystemClock};

use crate::action::{self, Action, Add};
use crate::delta::{APP_ID, APP_WAL, Commit, TAG_INDEX, TAG_TIME, TableFile, TableLog};
use crate::disk::Disk;
use crate::layout::Layout;
use crate::maintain::data_files;
use crate::merge::Input;
use crate::names::{Columns, DAY};
use crate::{StoreError, WayOut};

/// Moves a file or a folder to `quarantine/`; returns where it is then.
pub(crate) fn quarantine(disk: &dyn Disk, layout: &Layout, path: &Path) -> Result<PathBuf, StoreError> {
    let folder = layout.quarantine();
    disk.create_dir(&folder).map_err(|error| StoreError::io("create", &folder, error))?;
    let inside = path.strip_prefix(layout.root()).unwrap_or(path);
    let name = inside.to_string_lossy().replace('/', "-");
    let place = (0..1_000)
        .map(|nth: u32| folder.join(if nth == 0 { name.clone() } else { format!("{name}.{nth}") }))
        .find(|place| !place.exists())
        .unwrap_or_else(|| folder.join(&name));
    disk.rename(path, &place).map_err(|error| StoreError::io("move", path, error))?;
    for changed in [Some(folder.as_path()), path.parent()].into_iter().flatten() {
        disk.sync_dir(changed).map_err(|error| StoreError::io("sync", changed, error))?;
    }
    Ok(place)
}

/// Takes a damaged or missing file out of its table; returns what was done.
pub(crate) fn take_out(
    disk: &dyn Disk,
    layout: &Layout,
    log: &mut TableLog,
    file: &TableFile,
) -> Result<WayOut, StoreError> {
    let millis = SystemClock.now().micros() / 1_000;
    let actions = vec![Action::remove(file.add.removal(millis, true))];
    let commit = Commit { operation: "FSCK", schema: None, actions, millis };
    log.commit(disk, &commit, |log| log.files().contains_key(&file.add.path))?;
    if !file.data.path.exists() {
        return Ok(WayOut::TakenOut);
    }
    Ok(WayOut::TakenOutAndMoved { to: quarantine(disk, layout, &file.data.path)? })
}

/// What can still be read of a table's log.
#[derive(Default)]
struct Salvage {
    adds: BTreeMap<String, Add>,
    removed: BTreeSet<String>,
    programs: BTreeMap<String, u64>,
}

/// Makes a table's log anew from what can be read of the old one and from the files that lie there. Returns it and where
/// the old one is now.
///
/// A file that only a damaged commit knew is taken in when it is sound. When that commit was a compaction, the rows of the
/// files it replaced may come back a second time, because nothing says any more that they were replaced.
pub(crate) fn rebuild(disk: &dyn Disk, layout: &Layout, root: &Path) -> Result<(TableLog, PathBuf), StoreError> {
    let mut known = Salvage::default();
    for path in commits(&root.join("_delta_log"))? {
        let text = fs::read(&path).map_err(|error| StoreError::io("read", &path, error))?;
        for action in action::decode(&text).unwrap_or_default() {
            known.take(action);
        }
    }
    let mut columns = Columns::new();
    let mut actions = Vec::new();
    for (name, path) in data_files(root)? {
        if known.removed.contains(&name) {
            continue;
        }
        let Ok(input) = Input::open(&path) else { continue };
        columns.adopt(input.schema());
        let add = known.adds.remove(&name).unwrap_or_else(|| add_of(&name, &path, &input));
        actions.push(Action::add(add));
    }
    actions.extend(known.programs.iter().map(|(program, version)| Action::txn(program, *version)));
    let kept = quarantine(disk, layout, &root.join("_delta_log"))?;
    let mut log = TableLog::empty(root);
    let millis = SystemClock.now().micros() / 1_000;
    let schema: &Schema = columns.schema();
    let commit = Commit { operation: "RESTORE", schema: Some(schema), actions, millis };
    log.commit(disk, &commit, |_| true)?;
    Ok((log, kept))
}

impl Salvage {
    fn take(&mut self, action: Action) {
        if let Some(add) = action.add {
            self.removed.remove(&add.path);
            self.adds.insert(add.path.clone(), add);
        }
        if let Some(remove) = action.remove {
            self.adds.remove(&remove.path);
            self.removed.insert(remove.path);
        }
        if let Some(txn) = action.txn.filter(|txn| [APP_WAL, APP_ID].contains(&txn.app_id.as_str())) {
            let version = self.programs.entry(txn.app_id).or_default();
            *version = (*version).max(txn.version.cast_unsigned());
        }
    }
}

fn add_of(name: &str, path: &Path, input: &Input) -> Add {
    let time = input.time().map(|(from, to)| (TAG_TIME.to_owned(), Some(format!("{from}..{to}"))));
    let index = input.index().map(|index| (TAG_INDEX.to_owned(), Some(index)));
    let tags: BTreeMap<_, _> = time.into_iter().chain(index).collect();
    let day = name.strip_prefix("_day=").and_then(|rest| rest.split_once('/')).map(|(day, _)| day.to_owned());
    Add {
        path: name.to_owned(),
        partition_values: BTreeMap::from([(DAY.to_owned(), day)]),
        size: fs::metadata(path).map_or(0, |meta| meta.len().cast_signed()),
        modification_time: 0,
        data_change: true,
        stats: Some(format!("{{\"numRecords\":{}}}", input.rows())),
        tags: (!tags.is_empty()).then_some(tags),
    }
}

fn commits(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = entries.map_err(|error| StoreError::io("read", folder, error))?;
    let mut paths: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ext| ext == "json"));
    paths.sort();
    Ok(paths)
}
