//! Making a table's log anew from what can still be read of the old one and from the files that lie there.
//!
//! Each row is to be there once. What a sound commit knows is believed. A file that none knows is
//!
//! - the work of a commit that is damaged, or of one that a crash prevented,
//! - a flush, whose rows may still be in the write-ahead log or may have come to another file since, or
//! - a rewrite, whose footer names the files it replaces.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;
use bongsu_model::{Clock, Dataset, SystemClock, column};
use xxhash_rust::xxh3::Xxh3Default;

use crate::action::{self, Action, Add};
use crate::check::Problem;
use crate::delta::{
    APP_ID, APP_WAL, Commit, TAG_CRC, TAG_FOOTER, TAG_INDEX, TAG_SUMS, TAG_TIME, TableFile, TableLog, ends,
};
use crate::disk::Disk;
use crate::frame::Frame;
use crate::layout::Layout;
use crate::maintain::data_files;
use crate::merge::Input;
use crate::names::{Columns, DAY};
use crate::parquet::{INDEX_KEY, REPLACES_KEY, SUMS_KEY};
use crate::repair::quarantine;
use crate::{Damage, StoreError, Sums, WayOut, checkpoint, recover};

/// A table's log made anew.
pub(crate) struct Rebuilt {
    pub(crate) log: TableLog,
    /// Where the old one is now.
    pub(crate) kept: PathBuf,
    /// Files that no sound commit knew and that are damaged themselves; they were set aside.
    pub(crate) problems: Vec<Problem>,
}

/// What can still be read of a table's log.
#[derive(Default)]
struct Salvage {
    adds: BTreeMap<String, Add>,
    removed: BTreeSet<String>,
    programs: BTreeMap<String, u64>,
    columns: Columns,
}

/// A file that no sound commit knows.
struct Unknown {
    add: Add,
    input: Input,
    replaces: Vec<String>,
}

/// Makes the log of `dataset`'s table anew.
pub(crate) fn rebuild(disk: &dyn Disk, layout: &Layout, dataset: &Dataset) -> Result<Rebuilt, StoreError> {
    let root = layout.table(dataset);
    let mut known = Salvage::read(&root)?;
    let mut problems = Vec::new();
    let mut unknown = Vec::new();
    for (name, path) in data_files(&root)? {
        if known.adds.contains_key(&name) || known.removed.contains(&name) {
            continue;
        }
        match Unknown::open(&root, &name, &path) {
            Ok(file) => unknown.push(file),
            Err(what) => {
                let way_out = WayOut::TakenOutAndMoved { to: quarantine(disk, layout, &path)? };
                problems.push(Problem { path, what, way_out, repaired: true });
            }
        }
    }
    let (rewrites, flushes): (Vec<_>, Vec<_>) = unknown.into_iter().partition(|file| !file.replaces.is_empty());
    // Older ones first, as their names are sorted: a rewrite of a rewrite comes behind it.
    for file in &rewrites {
        known.take_rewrite(file);
    }
    if !flushes.is_empty() {
        known.take_flushes(layout, dataset, &root, &flushes)?;
    }
    let kept = quarantine(disk, layout, &root.join("_delta_log"))?;
    let mut log = TableLog::empty(&root);
    let Salvage { adds, programs, columns, .. } = known;
    let actions = adds.into_values().map(Action::add);
    let actions = actions.chain(programs.iter().map(|(program, version)| Action::txn(program, *version))).collect();
    let millis = SystemClock.now().micros() / 1_000;
    let commit = Commit { operation: "RESTORE", schema: Some(columns.schema()), actions, millis };
    log.commit(disk, &commit, |_| true)?;
    Ok(Rebuilt { log, kept, problems })
}

impl Salvage {
    /// The newest checkpoint, and every commit behind it, as far as they are sound.
    fn read(root: &Path) -> Result<Self, StoreError> {
        let mut known = Self::default();
        let folder = root.join("_delta_log");
        let mut checkpoint =
            checkpoint::newest(&folder)?.and_then(|version| Some((version, checkpoint::read(root, version).ok()?)));
        for (version, path) in commits(&folder)? {
            if checkpoint.as_ref().is_some_and(|(upto, _)| *upto < version) {
                known.restart(checkpoint.take().map(|(_, actions)| actions));
            }
            let text = fs::read(&path).map_err(|error| StoreError::io("read", &path, error))?;
            action::decode(&text).unwrap_or_default().into_iter().for_each(|action| known.take(action));
        }
        known.restart(checkpoint.map(|(_, actions)| actions));
        Ok(known)
    }

    /// Takes a checkpoint in place of the commits before it, of which it does not have what they took out.
    fn restart(&mut self, checkpoint: Option<Vec<Action>>) {
        let Some(actions) = checkpoint else { return };
        let before = std::mem::take(self);
        self.removed = before.removed;
        for action in actions {
            self.take(action);
        }
    }

    fn take(&mut self, action: Action) {
        if let Some(meta) = action.meta_data
            && let Ok(schema) = action::schema_of(&meta.schema_string)
        {
            self.columns.adopt(&schema);
        }
        if let Some(add) = action.add {
            self.removed.remove(&add.path);
            self.adds.insert(add.path.clone(), add);
        }
        if let Some(remove) = action.remove {
            self.adds.remove(&remove.path);
            self.removed.insert(remove.path);
        }
        if let Some(txn) = action.txn.filter(|txn| [APP_WAL, APP_ID].contains(&txn.app_id.as_str())) {
            self.raise(&txn.app_id, txn.version.cast_unsigned());
        }
    }

    fn raise(&mut self, program: &str, version: u64) {
        let have = self.programs.entry(program.to_owned()).or_default();
        *have = (*have).max(version);
    }

    /// A rewrite takes the place of what it replaces, unless a sound commit has taken some of that out: then its work was
    /// done again by others.
    fn take_rewrite(&mut self, file: &Unknown) {
        if file.replaces.iter().any(|name| self.removed.contains(name)) {
            return;
        }
        for name in &file.replaces {
            self.adds.remove(name);
        }
        self.adopt(file);
    }

    /// A flush counts when its rows are nowhere else: not in files that are known, and not in frames that will be replayed.
    fn take_flushes(
        &mut self,
        layout: &Layout,
        dataset: &Dataset,
        root: &Path,
        flushes: &[Unknown],
    ) -> Result<(), StoreError> {
        let waiting = self.waiting(layout, dataset)?;
        let mut held = self.held(root, flushes);
        for file in flushes {
            let rows = file.input.prints()?;
            if rows.iter().all(|row| held.contains(row) || waiting.contains_key(row)) {
                continue;
            }
            // Some of its frames are gone, so it was committed, and with it all that came before them.
            if let Some(last) = rows.iter().filter_map(|row| waiting.get(row)).max() {
                self.raise(APP_WAL, *last);
            }
            self.adopt(file);
            held.extend(rows);
        }
        Ok(())
    }

    /// The rows of frames that the table does not contain, with the number of their frame.
    fn waiting(&self, layout: &Layout, dataset: &Dataset) -> Result<HashMap<u64, u64>, StoreError> {
        let committed = self.programs.get(APP_WAL).copied().unwrap_or(0);
        let mut waiting = HashMap::new();
        recover::read(layout, &mut |number, body| {
            let ours = |(head, has_rows): (Frame, bool)| has_rows && head.dataset == *dataset && number > committed;
            if Frame::peek(body).is_some_and(ours)
                && let Some(rows) = Frame::decode(body, true).ok().and_then(|frame| frame.rows)
            {
                waiting.extend(prints(&rows).into_iter().map(|print| (print, number)));
            }
            Ok(())
        })?;
        Ok(waiting)
    }

    /// The rows of known files that lie in the same day as one of `flushes`.
    fn held(&self, root: &Path, flushes: &[Unknown]) -> HashSet<u64> {
        let days: HashSet<_> = flushes.iter().map(|file| day_of(&file.add.path)).collect();
        let same_day = self.adds.values().filter(|add| days.contains(&day_of(&add.path)));
        let files = same_day.map(|add| TableFile::new(root, add.clone()));
        files.filter_map(|file| Input::open_sound(&file).ok()?.prints().ok()).flatten().collect()
    }

    fn adopt(&mut self, file: &Unknown) {
        self.columns.adopt(file.input.schema());
        if let Some(number) = number_of(&file.add.path) {
            self.raise(APP_ID, number + 1);
        }
        self.adds.insert(file.add.path.clone(), file.add.clone());
    }
}

impl Unknown {
    /// Opens a file that is sound, as far as it can tell itself.
    fn open(root: &Path, name: &str, path: &Path) -> Result<Self, Damage> {
        let told = |error: StoreError| Damage::told_by(&error);
        let bytes = fs::read(path).map_err(|error| told(StoreError::io("read", path, error)))?;
        let input = Input::open(path).map_err(told)?;
        let add = add_of(name, &bytes, &input);
        if let Some(sums) = Sums::of(&TableFile::new(root, add.clone()).data) {
            sums.check(0, &bytes).map_err(told)?;
        }
        for rows in input.read().map_err(told)? {
            rows.map_err(told)?;
        }
        let replaces = input.fact(REPLACES_KEY).map(|names| names.lines().map(str::to_owned).collect());
        Ok(Self { add, input, replaces: replaces.unwrap_or_default() })
    }
}

impl Input {
    /// What tells the file's rows from others.
    fn prints(&self) -> Result<Vec<u64>, StoreError> {
        let mut all = Vec::new();
        for rows in self.read()? {
            all.extend(prints(&rows?));
        }
        Ok(all)
    }
}

/// A number for each row that another row has only by a freak of chance: of its time, its id and its message.
fn prints(rows: &RecordBatch) -> Vec<u64> {
    let text = |name| rows.column_by_name(name).and_then(|texts| texts.as_string_view_opt());
    let time = rows.column_by_name(column::TIME).and_then(|t| t.as_primitive_opt::<TimestampMicrosecondType>());
    let (id, message) = (text(column::ID), text(column::MESSAGE));
    let one = |row: usize| {
        let mut hash = Xxh3Default::new();
        hash.update(&time.map_or(0, |time| time.value(row)).to_le_bytes());
        for texts in [id, message].into_iter().flatten().filter(|texts| texts.is_valid(row)) {
            hash.update(texts.value(row).as_bytes());
            hash.update(&[0xff]);
        }
        hash.digest()
    };
    (0..rows.num_rows()).map(one).collect()
}

/// The number in the name of a file that the store wrote.
pub(crate) fn number_of(name: &str) -> Option<u64> {
    let (_, rest) = name.rsplit_once("/part-")?;
    let digits = rest.strip_suffix(".zstd.parquet")?;
    u64::from_str_radix(digits, 32).ok()
}

fn day_of(name: &str) -> Option<&str> {
    name.strip_prefix("_day=")?.split_once('/').map(|(day, _)| day)
}

/// What a commit would say of the file `name` with these bytes.
fn add_of(name: &str, bytes: &[u8], input: &Input) -> Add {
    let time = input.time().map(|(from, to)| (TAG_TIME, format!("{from}..{to}")));
    let index = input.fact(INDEX_KEY).map(|index| (TAG_INDEX, index.to_owned()));
    let sums = input.fact(SUMS_KEY).map(|sums| (TAG_SUMS, sums.to_owned()));
    let behind = input.fact(SUMS_KEY).and_then(ends::<usize>).and_then(|(_, to)| bytes.get(to..));
    let footer = behind.map(|footer| (TAG_FOOTER, format!("{:08x}", crc32c::crc32c(footer))));
    let crc = (TAG_CRC, format!("{:08x}", crc32c::crc32c(bytes)));
    let tags = time.into_iter().chain(index).chain(sums).chain(footer).chain([crc]);
    Add {
        path: name.to_owned(),
        partition_values: BTreeMap::from([(DAY.to_owned(), day_of(name).map(str::to_owned))]),
        size: (bytes.len() as u64).cast_signed(),
        modification_time: 0,
        data_change: true,
        stats: Some(format!("{{\"numRecords\":{}}}", input.rows())),
        tags: Some(tags.map(|(tag, value)| (tag.to_owned(), Some(value))).collect()),
    }
}

/// The commits there are, by their versions.
fn commits(folder: &Path) -> Result<BTreeMap<u64, PathBuf>, StoreError> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = entries.map_err(|error| StoreError::io("read", folder, error))?;
    let version = |path: &Path| path.file_name()?.to_str()?.strip_suffix(".json")?.parse().ok();
    Ok(entries.iter().map(fs::DirEntry::path).filter_map(|path| Some((version(&path)?, path))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conform::id_text;

    #[test]
    fn the_number_in_a_name_is_read_back() {
        for number in [0, 31, 32, 1 << 40] {
            let name = format!("_day=2025-06-01/part-{}.zstd.parquet", String::from_utf8_lossy(&id_text(number)));
            assert_eq!((number_of(&name), day_of(&name)), (Some(number), Some("2025-06-01")));
        }
        assert_eq!(number_of("_day=2025-06-01/part-x1.parquet"), None);
    }
}
