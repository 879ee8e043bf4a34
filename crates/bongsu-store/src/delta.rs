//! A dataset's Delta table: which files it has, and commits that change that.
//!
//! A commit is written to a file of its own, made durable, and only then given its name in the log, if nobody else has
//! taken that name: a crash leaves either no commit or a whole one. Checkpoints and the reading of them are `deltalake`'s.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::Schema;
use bongsu_model::{TimeRange, Timestamp, column};
use serde_json::Value;

use crate::action::{self, Action, Add};
use crate::checkpoint;
use crate::disk::Disk;
use crate::sums::SumsPlace;
use crate::{Damage, DataFile, StoreError};

/// The program name under which the last frame whose rows are in the table is noted.
pub(crate) const APP_WAL: &str = "bongsu-wal";
/// The program name under which the next `_id` is noted.
pub(crate) const APP_ID: &str = "bongsu-id";
/// Tags of a file in the log.
pub(crate) const TAG_CRC: &str = "bongsu.crc32c";
pub(crate) const TAG_RAW: &str = "bongsu.rawBytes";
pub(crate) const TAG_TIME: &str = "bongsu.timeMicros";
pub(crate) const TAG_INDEX: &str = crate::parquet::INDEX_KEY;
pub(crate) const TAG_SUMS: &str = crate::parquet::SUMS_KEY;
pub(crate) const TAG_FOOTER: &str = "bongsu.footerCrc32c";
/// How often a commit is tried again when others commit too.
const TRIES: usize = 100;

/// A file of a table.
#[derive(Debug, Clone)]
pub(crate) struct TableFile {
    pub(crate) add: Add,
    pub(crate) data: DataFile,
    pub(crate) raw_bytes: u64,
    pub(crate) crc: Option<u32>,
}

/// A Delta table as of one version.
#[derive(Debug, Clone)]
pub(crate) struct TableLog {
    root: PathBuf,
    /// None before the first commit.
    version: Option<u64>,
    id: String,
    schema: Schema,
    files: BTreeMap<String, Arc<TableFile>>,
    removed: BTreeMap<String, i64>,
    programs: BTreeMap<String, i64>,
    checkpoint: Option<u64>,
}

/// What a commit is to do.
pub(crate) struct Commit<'a> {
    pub(crate) operation: &'static str,
    /// The columns that the table must have then.
    pub(crate) schema: Option<&'a Schema>,
    pub(crate) actions: Vec<Action>,
    pub(crate) millis: i64,
}

impl TableLog {
    /// A table without commits.
    pub(crate) fn empty(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            version: None,
            id: String::new(),
            schema: Schema::empty(),
            files: BTreeMap::new(),
            removed: BTreeMap::new(),
            programs: BTreeMap::new(),
            checkpoint: None,
        }
    }

    /// Reads the table in the folder `root`; one without commits when there is none.
    pub(crate) fn load(root: &Path) -> Result<Self, StoreError> {
        let mut log = Self::empty(root);
        if log.folder().is_dir() {
            let first = log.commit_path(0);
            if log.folder().join("_last_checkpoint").exists() || !first.exists() {
                log.load_checkpoint()?;
            }
            log.refresh()?;
        }
        Ok(log)
    }

    fn load_checkpoint(&mut self) -> Result<(), StoreError> {
        let Some(version) = checkpoint::newest(&self.folder())? else { return Ok(()) };
        match checkpoint::read(&self.root, version) {
            Ok(actions) => {
                actions.into_iter().try_for_each(|action| self.apply(action, &self.folder()))?;
                self.version = Some(version);
                self.checkpoint = Some(version);
                Ok(())
            }
            Err(_) if self.commit_path(0).exists() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Takes in the commits that were made since.
    pub(crate) fn refresh(&mut self) -> Result<(), StoreError> {
        while self.take_next()? {}
        let next = self.version.map_or(0, |version| version + 1);
        let newest = newest_commit(&self.folder())?;
        if newest.is_some_and(|newest| newest >= next) {
            let path = self.commit_path(next);
            return if path.exists() { self.refresh() } else { Err(Damage::Missing.of(&path)) };
        }
        Ok(())
    }

    /// Takes in the commits that were made since, if there is a table.
    pub(crate) fn refresh_if_there(&mut self) -> Result<(), StoreError> {
        if self.folder().is_dir() { self.refresh() } else { Ok(()) }
    }

    fn take_next(&mut self) -> Result<bool, StoreError> {
        let next = self.version.map_or(0, |version| version + 1);
        let path = self.commit_path(next);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(StoreError::io("read", &path, error)),
        };
        let actions = action::decode(&text).map_err(|damage| damage.of(&path))?;
        for action in actions {
            self.apply(action, &path)?;
        }
        self.version = Some(next);
        Ok(true)
    }

    fn apply(&mut self, action: Action, path: &Path) -> Result<(), StoreError> {
        if let Some(meta) = action.meta_data {
            self.schema = action::schema_of(&meta.schema_string).map_err(|error| StoreError::damaged(path, error))?;
            self.id = meta.id;
        }
        if let Some(txn) = action.txn {
            self.programs.insert(txn.app_id, txn.version);
        }
        if let Some(add) = action.add {
            self.removed.remove(&add.path);
            self.files.insert(add.path.clone(), Arc::new(TableFile::new(&self.root, add)));
        }
        if let Some(remove) = action.remove {
            self.files.remove(&remove.path);
            self.removed.insert(remove.path, remove.deletion_timestamp.unwrap_or(0));
        }
        Ok(())
    }

    /// Commits, behind whatever others have committed meanwhile. `still` looks at the table as it is just before: when it
    /// says no, nothing is committed and the answer is false.
    pub(crate) fn commit(
        &mut self,
        disk: &dyn Disk,
        commit: &Commit<'_>,
        still: impl Fn(&Self) -> bool,
    ) -> Result<bool, StoreError> {
        for _ in 0..TRIES {
            if !still(self) {
                return Ok(false);
            }
            let next = self.version.map_or(0, |version| version + 1);
            let actions = self.complete(commit);
            if self.write(disk, next, commit, &actions)? {
                let path = self.commit_path(next);
                for action in actions {
                    self.apply(action, &path)?;
                }
                self.version = Some(next);
                return Ok(true);
            }
            self.refresh()?;
        }
        Err(Damage::Crowded.of(&self.folder()))
    }

    fn complete(&self, commit: &Commit<'_>) -> Vec<Action> {
        let mut actions = Vec::with_capacity(commit.actions.len() + 2);
        let lacks = |schema: &&Schema| schema.fields().iter().any(|field| self.schema.index_of(field.name()).is_err());
        if self.version.is_none() {
            actions.push(Action::protocol());
        }
        if let Some(schema) = commit.schema.filter(|schema| self.version.is_none() || lacks(schema)) {
            let id = if self.id.is_empty() { new_id(&self.root, commit.millis) } else { self.id.clone() };
            actions.push(Action::meta_data(id, schema, commit.millis));
        }
        actions.extend(commit.actions.iter().cloned());
        actions
    }

    /// Writes a commit; false when another one has its number.
    fn write(
        &self,
        disk: &dyn Disk,
        version: u64,
        commit: &Commit<'_>,
        actions: &[Action],
    ) -> Result<bool, StoreError> {
        let folder = self.folder();
        let path = self.commit_path(version);
        let fail = |error| StoreError::io("write", &path, error);
        if version == 0 {
            disk.create_dir(&folder).map_err(fail)?;
            for made in [Some(self.root.as_path()), self.root.parent()].into_iter().flatten() {
                disk.sync_dir(made).map_err(fail)?;
            }
        }
        let text = action::encode(commit.operation, commit.millis, actions)
            .map_err(|error| StoreError::damaged(&path, error))?;
        let temporary = self.root.join(".commit.tmp");
        let _ = disk.remove(&temporary);
        let mut file = disk.create(&temporary).map_err(fail)?;
        file.write_all(&text).and_then(|()| file.sync()).map_err(fail)?;
        let linked = disk.link(&temporary, &path);
        let _ = disk.remove(&temporary);
        match linked {
            // The commit has its name: whether it survives a power loss is not known, so nothing may be undone.
            Ok(()) => disk
                .sync_dir(&folder)
                .map(|()| true)
                .map_err(|error| StoreError::Poisoned { cause: fail(error).to_string() }),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(fail(error)),
        }
    }

    /// Makes a checkpoint when `every` commits were made since the last, and deletes commits that it replaces.
    pub(crate) fn checkpoint_when_due(&mut self, disk: &dyn Disk, every: u64) -> Result<bool, StoreError> {
        let Some(version) = self.version else { return Ok(false) };
        if version + 1 < self.checkpoint.map_or(0, |last| last + 1) + every {
            return Ok(false);
        }
        checkpoint::write(disk, &self.root, version)?;
        self.checkpoint = Some(version);
        Ok(true)
    }

    /// The table's files by their paths in the log.
    pub(crate) fn files(&self) -> &BTreeMap<String, Arc<TableFile>> {
        &self.files
    }

    /// Files that were taken out of the table, with the time of that in milliseconds; the oldest are not known.
    pub(crate) fn removed(&self) -> &BTreeMap<String, i64> {
        &self.removed
    }

    /// Forgets a file that was taken out of the table and is deleted now.
    pub(crate) fn forget_removed(&mut self, path: &str) {
        self.removed.remove(path);
    }

    /// How far `program` has noted that it is.
    pub(crate) fn program(&self, program: &str) -> u64 {
        self.programs.get(program).map_or(0, |version| version.cast_unsigned())
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    pub(crate) fn version(&self) -> Option<u64> {
        self.version
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.root.join("_delta_log")
    }

    fn commit_path(&self, version: u64) -> PathBuf {
        self.folder().join(format!("{version:020}.json"))
    }
}

fn newest_commit(folder: &Path) -> Result<Option<u64>, StoreError> {
    let read = |error| StoreError::io("read", folder, error);
    let mut newest = None;
    for entry in fs::read_dir(folder).map_err(read)? {
        let name = entry.map_err(read)?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".json")?.parse::<u64>().ok());
        newest = newest.max(number);
    }
    Ok(newest)
}

/// A table's id in the form of a UUID, made from where and when the table was.
fn new_id(root: &Path, millis: i64) -> String {
    let text = format!("{}\0{millis}\0{}", root.display(), std::process::id());
    let bits = xxhash_rust::xxh3::xxh3_128(text.as_bytes());
    let hex = format!("{bits:032x}");
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

impl TableFile {
    pub(crate) fn new(root: &Path, add: Add) -> Self {
        let tag = |name: &str| add.tags.as_ref().and_then(|tags| tags.get(name)?.clone());
        let stats: Value = add.stats.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let micros = tag(TAG_TIME).as_deref().and_then(ends);
        let index: Option<(u64, u64)> = tag(TAG_INDEX).as_deref().and_then(ends);
        let sums: Option<(u64, u64)> = tag(TAG_SUMS).as_deref().and_then(ends);
        let crc = |name: &str| tag(name).and_then(|text| u32::from_str_radix(&text, 16).ok());
        let raw_bytes = tag(TAG_RAW).and_then(|text| text.parse().ok()).unwrap_or(0);
        let data = DataFile {
            raw_bytes,
            path: root.join(unescape(&add.path)),
            size: add.size.cast_unsigned(),
            rows: stats.get("numRecords").and_then(Value::as_u64).unwrap_or(0),
            time: micros.map(|(from, to)| micros_range(from, to)).or_else(|| time_of(&stats)),
            index: index.map(|(from, to)| from..to),
            sums: sums.zip(crc(TAG_FOOTER)).map(|((from, to), footer)| SumsPlace { from, to, footer }),
        };
        let crc = crc(TAG_CRC);
        Self { add, data, raw_bytes, crc }
    }
}

/// Two numbers written as `1..2`.
pub(crate) fn ends<T: std::str::FromStr>(text: &str) -> Option<(T, T)> {
    let (from, to) = text.split_once("..")?;
    Some((from.parse().ok()?, to.parse().ok()?))
}

/// The times that a file of another program holds, by its statistics, which may be cut to whole milliseconds.
fn time_of(stats: &Value) -> Option<TimeRange> {
    let time = |ends: &str| -> Option<Timestamp> {
        Timestamp::from_jiff(stats.get(ends)?.get(column::TIME)?.as_str()?.parse().ok()?)
    };
    Some(TimeRange { from: time("minValues")?, to: time("maxValues")?.plus_nanos(999_999) })
}

/// The times that columns of whole microseconds from `from` to `to` stand for.
pub(crate) fn micros_range(from: i64, to: i64) -> TimeRange {
    TimeRange { from: Timestamp::from_micros(from), to: Timestamp::from_micros(to).plus_nanos(999) }
}

/// A path of the log, in which odd bytes stand as `%41`.
fn unescape(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let escaped = behind.get(..2).and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        if let Some(byte) = escaped.filter(|_| *first == b'%') {
            bytes.push(byte);
            rest = &behind[2..];
        } else {
            bytes.push(*first);
            rest = behind;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::RealDisk;
    use crate::names::Columns;

    fn add(name: &str) -> Action {
        let tags = BTreeMap::from([
            (TAG_CRC.to_owned(), Some("0000000a".to_owned())),
            (TAG_RAW.to_owned(), Some("77".to_owned())),
            (TAG_TIME.to_owned(), Some("-5..9".to_owned())),
        ]);
        Action::add(Add {
            path: format!("_day=2025-06-01/{name}"),
            partition_values: BTreeMap::from([("_day".to_owned(), Some("2025-06-01".to_owned()))]),
            size: 3,
            data_change: true,
            stats: Some(r#"{"numRecords":5}"#.into()),
            tags: Some(tags),
            ..Add::default()
        })
    }

    fn commit_files(log: &mut TableLog, names: &[&str]) {
        let columns = Columns::new();
        let actions = names.iter().map(|name| add(name)).chain([Action::txn(APP_WAL, names.len() as u64)]).collect();
        let commit = Commit { operation: "WRITE", schema: Some(columns.schema()), actions, millis: 1 };
        assert!(log.commit(&RealDisk, &commit, |_| true).unwrap());
    }

    #[test]
    fn two_writers_lose_nothing_to_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let mut one = TableLog::load(folder.path()).unwrap();
        let mut two = one.clone();
        commit_files(&mut one, &["a"]);
        commit_files(&mut two, &["b", "c"]);
        commit_files(&mut one, &["d"]);
        let log = TableLog::load(folder.path()).unwrap();
        assert_eq!((log.files().len(), log.version()), (4, Some(2)));
        assert_eq!(log.schema().fields().len(), 22);
    }

    #[test]
    fn a_checkpoint_keeps_everything_that_the_store_needs() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = TableLog::load(folder.path()).unwrap();
        commit_files(&mut log, &["a"]);
        commit_files(&mut log, &["b", "c"]);
        assert!(log.checkpoint_when_due(&RealDisk, 2).unwrap());
        assert!(!log.checkpoint_when_due(&RealDisk, 2).unwrap());
        for version in 0..2 {
            fs::remove_file(log.commit_path(version)).unwrap();
        }
        let mut back = TableLog::load(folder.path()).unwrap();
        assert_eq!(back.program(APP_WAL), 2);
        assert_eq!(back.schema(), log.schema());
        let file = &back.files()["_day=2025-06-01/b"];
        assert_eq!((file.crc, file.raw_bytes, file.data.rows), (Some(10), 77, 5));
        assert_eq!(file.data.time, Some(micros_range(-5, 9)));
        commit_files(&mut back, &["e"]);
        assert_eq!(TableLog::load(folder.path()).unwrap().files().len(), 4);
    }

    #[test]
    fn a_damaged_or_missing_commit_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = TableLog::load(folder.path()).unwrap();
        for name in ["a", "b", "c"] {
            commit_files(&mut log, &[name]);
        }
        let path = log.commit_path(1);
        fs::write(&path, "{\"add\"").unwrap();
        let error = TableLog::load(folder.path()).unwrap_err();
        assert!(error.to_string().contains("00000000000000000001.json"), "{error}");
        fs::remove_file(&path).unwrap();
        assert!(TableLog::load(folder.path()).unwrap_err().to_string().contains("00000000000000000001.json"));
    }

    #[test]
    fn escaped_paths_are_read() {
        assert_eq!(unescape("a%20b%2"), "a b%2");
    }
}
