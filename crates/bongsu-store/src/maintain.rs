//! Rounds of compaction, retention and clean-up.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::{Instant, SystemTime};

use bongsu_model::{Dataset, Timestamp};

use crate::action::Action;
use crate::delta::{Commit, TableFile};
use crate::rebuild::number_of;
use crate::shared::{Shared, Table, lock};
use crate::watch::ClockWatch;
use crate::{Maintenance, Retention, StoreError};

/// Milliseconds that the time of a removal may lie ahead of the clock.
const AHEAD: i64 = 86_400_000;

impl Shared {
    /// One round over all datasets.
    pub(crate) fn maintain(&self) -> Result<Maintenance, StoreError> {
        let mut watch = lock(&self.maintaining);
        self.check_poison()?;
        let by_age = self.believes_clock(&mut watch);
        self.maintain_all(by_age).map_err(|error| match error {
            StoreError::Poisoned { .. } => self.poison(&error),
            other => other,
        })
    }

    /// Whether the clock may decide which rows are old.
    fn believes_clock(&self, watch: &mut ClockWatch) -> bool {
        let state = lock(&self.state);
        let files = state.tables.values().flat_map(|table| table.files.iter());
        let written = files.map(|file| file.add.modification_time).max();
        drop(state);
        let written = written.map(|millis| Timestamp::from_micros(millis.saturating_mul(1_000)));
        watch.believes(self.clock.now(), Instant::now(), written, self.config.clock_hold)
    }

    fn maintain_all(&self, by_age: bool) -> Result<Maintenance, StoreError> {
        let datasets: Vec<_> = lock(&self.state)
            .tables
            .iter()
            .filter(|(_, table)| table.broken.is_none())
            .map(|(dataset, table)| (dataset.clone(), table.without_rows()))
            .collect();
        let mut done = Maintenance::default();
        for (dataset, table) in datasets {
            self.expire(&dataset, &table, by_age, &mut done)?;
            let table = self.table(&dataset)?;
            self.compact(&dataset, &table, &mut done)?;
            let before = self.millis() - self.config.grace.as_millis() as i64;
            done.deleted_files += self.delete_removed(&table, before)?;
            done.deleted_files += self.delete_orphans(&table, true)?;
        }
        Ok(done)
    }

    /// What the thread that maintains does until it is told to stop.
    pub(crate) fn maintain_until_stopped(&self) {
        let Some(every) = self.config.maintain_every else { return };
        loop {
            let next = Instant::now() + every;
            let mut state = lock(&self.state);
            while !state.stop && Instant::now() < next {
                let left = next.saturating_duration_since(Instant::now());
                state = self.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            }
            if state.stop {
                return;
            }
            drop(state);
            if let Err(error) = self.maintain() {
                tracing::warn!(%error, "maintenance was broken off");
            }
        }
    }

    /// Takes files out of the table that retention does not keep.
    fn expire(&self, dataset: &Dataset, table: &Table, by_age: bool, done: &mut Maintenance) -> Result<(), StoreError> {
        let retention = self.config.retention_of(dataset);
        let retention = Retention { age: retention.age.filter(|_| by_age), ..retention };
        let expired = expired(&table.files, retention, self.clock.now().nanos());
        if expired.is_empty() {
            return Ok(());
        }
        let millis = self.millis();
        let actions = expired.iter().map(|file| Action::remove(file.add.removal(millis, true))).collect();
        let commit = Commit { operation: "DELETE", schema: None, actions, millis };
        let mut log = lock(&table.log);
        let still = log
            .commit(&*self.disk, &commit, |log| expired.iter().all(|file| log.files().contains_key(&file.add.path)))?;
        self.publish(dataset, &log, None);
        if still {
            done.expired_files += expired.len() as u64;
            done.expired_rows += expired.iter().map(|file| file.data.rows).sum::<u64>();
        }
        Ok(())
    }

    /// Deletes files that were taken out of the table up to `before`, in milliseconds: long enough ago that no query reads
    /// them any more.
    pub(crate) fn delete_removed(&self, table: &Table, before: i64) -> Result<u64, StoreError> {
        // A clock that was ahead then would keep them until it is right again.
        let ahead = self.millis().saturating_add(AHEAD);
        let is_due = |removed: i64| removed <= before || removed > ahead;
        let mut log = lock(&table.log);
        let due: Vec<_> =
            log.removed().iter().filter(|(_, removed)| is_due(**removed)).map(|(path, _)| path.clone()).collect();
        let mut deleted = 0;
        for path in due {
            let full = log.root().join(&path);
            match self.disk.remove(&full) {
                Ok(()) => deleted += 1,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(StoreError::io("remove", &full, error)),
            }
            log.forget_removed(&path);
        }
        Ok(deleted)
    }

    /// Deletes files that no commit knows: a crash left them behind. Only `old` ones, because another program may just be
    /// writing them, or all that have names of ours.
    pub(crate) fn delete_orphans(&self, table: &Table, old: bool) -> Result<u64, StoreError> {
        // Nobody writes files meanwhile.
        let _flushing = lock(&self.flushing);
        let log = lock(&table.log);
        let mut deleted = 0;
        for (name, path) in data_files(log.root())? {
            let goes = self.is_old(&path) || (!old && number_of(&name).is_some());
            if log.files().contains_key(&name) || log.removed().contains_key(&name) || !goes {
                continue;
            }
            self.disk.remove(&path).map_err(|error| StoreError::io("remove", &path, error))?;
            deleted += 1;
        }
        Ok(deleted)
    }

    fn is_old(&self, path: &Path) -> bool {
        let changed = fs::metadata(path).and_then(|meta| meta.modified()).ok();
        changed.and_then(|at| SystemTime::now().duration_since(at).ok()).is_some_and(|age| age >= self.config.grace)
    }
}

/// The Parquet files in the day folders of a table, with their paths in the log.
pub(crate) fn data_files(root: &Path) -> Result<Vec<(String, PathBuf)>, StoreError> {
    let read = |folder: &Path| -> Result<Vec<PathBuf>, StoreError> {
        match fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
            Ok(entries) => Ok(entries.into_iter().map(|entry| entry.path()).collect()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(vec![]),
            Err(error) => Err(StoreError::io("read", folder, error)),
        }
    };
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut files = Vec::new();
    for folder in read(root)? {
        if !name(&folder).starts_with("_day=") {
            continue;
        }
        let parquet = read(&folder)?.into_iter().filter(|path| path.extension().is_some_and(|ext| ext == "parquet"));
        files.extend(parquet.map(|path| (format!("{}/{}", name(&folder), name(&path)), path)));
    }
    files.sort();
    Ok(files)
}

fn expired(files: &[Arc<TableFile>], retention: Retention, now: i64) -> Vec<Arc<TableFile>> {
    let mut by_age: Vec<_> =
        files.iter().filter_map(|file| Some((file.data.time?.to.nanos(), Arc::clone(file)))).collect();
    by_age.sort_by_key(|(last, file)| (*last, file.add.path.clone()));
    let oldest = retention.age.map(|age| now.saturating_sub(i64::try_from(age.as_nanos()).unwrap_or(i64::MAX)));
    let mut total: u64 = files.iter().map(|file| file.data.size).sum();
    by_age
        .into_iter()
        .take_while(|(last, file)| {
            let goes = oldest.is_some_and(|oldest| *last < oldest) || retention.bytes.is_some_and(|most| total > most);
            total -= if goes { file.data.size } else { 0 };
            goes
        })
        .map(|(_, file)| file)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;
    use crate::action::Add;
    use crate::delta::TAG_TIME;

    fn file(name: &str, last_second: i64) -> Arc<TableFile> {
        let tags = BTreeMap::from([(TAG_TIME.to_owned(), Some(format!("0..{}", last_second * 1_000_000)))]);
        Arc::new(TableFile::new(
            Path::new("/"),
            Add { path: name.into(), size: 10, tags: Some(tags), ..Add::default() },
        ))
    }

    #[test]
    fn old_files_and_those_past_the_limit_go() {
        let files = [file("new", 100), file("old", 10), file("middle", 50)];
        let names = |age, bytes| -> Vec<String> {
            let retention = Retention { age: Some(Duration::from_secs(age)), bytes };
            expired(&files, retention, 110_000_000_000).iter().map(|file| file.add.path.clone()).collect()
        };
        assert_eq!(names(90, None), ["old"]);
        assert_eq!(names(1_000, None), Vec::<String>::new());
        assert_eq!(names(1_000, Some(20)), ["old"]);
        assert_eq!(names(1_000, Some(19)), ["old", "middle"]);
        assert_eq!(names(1, None), ["old", "middle", "new"]);
    }
}
