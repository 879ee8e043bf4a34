//! Compaction: many small files of a day become few large ones. One compactor a table, and that is the writer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::datatypes::{Schema, SchemaRef};
use bongsu_model::Dataset;

use crate::action::{Action, Add};
use crate::day::{day_name, day_of};
use crate::delta::{APP_ID, Commit, TableFile};
use crate::merge::{GroupSize, Input, Merge};
use crate::names::DAY;
use crate::parquet::ROW_GROUP;
use crate::partition::{DayFiles, Target, group_rows};
use crate::shared::{Shared, Table, lock};
use crate::{CompactionConfig, Maintenance, StoreError};

/// Files that are merged at once.
const MAX_INPUTS: usize = 64;

type Group = Vec<Arc<TableFile>>;

/// Which files are worth merging, day by day, in the order of time. `today` may still grow and is left alone until there
/// is more to merge.
fn groups(files: &[Arc<TableFile>], config: &CompactionConfig, today: &str) -> Vec<Group> {
    let mut days: BTreeMap<&str, Group> = BTreeMap::new();
    for file in files {
        // A file with about a row group gains nothing by being written again.
        let whole = (ROW_GROUP as u64 / 2).min(config.target_rows / 2);
        let small = file.data.rows < whole && file.data.size < config.target_bytes / 2;
        if let (true, Some(Some(day))) = (small, file.add.partition_values.get(DAY)) {
            days.entry(day).or_default().push(Arc::clone(file));
        }
    }
    let mut groups = Vec::new();
    for (day, mut small) in days {
        small.sort_by_key(|file| (file.data.time.map(|time| time.from), file.add.path.clone()));
        let mut group: Group = vec![];
        let (mut rows, mut bytes) = (0, 0);
        for file in small {
            let full = rows + file.data.rows > config.target_rows || bytes + file.data.size > config.target_bytes;
            if full || group.len() >= MAX_INPUTS {
                groups.extend(worth_it(std::mem::take(&mut group), day == today, config.min_files));
                (rows, bytes) = (0, 0);
            }
            rows += file.data.rows;
            bytes += file.data.size;
            group.push(file);
        }
        groups.extend(worth_it(group, day == today, config.min_files));
    }
    groups
}

/// What of the memory a row group may have: two wait to be given, one is given and one encoded.
const GROUP: usize = 4;

impl CompactionConfig {
    fn group_bytes(&self) -> usize {
        self.memory / GROUP
    }
}

/// The files of a group that are worth merging now. A day that still grows waits for more files, and a file larger than all
/// the others together waits with it, so that a row is written a few times only.
fn worth_it(mut group: Group, grows: bool, min_files: usize) -> Option<Group> {
    if grows {
        let total: u64 = group.iter().map(|file| file.data.rows).sum();
        group.retain(|file| file.data.rows <= total - file.data.rows);
    }
    let enough = if grows { min_files.max(2) } else { 2 };
    (group.len() >= enough).then_some(group)
}

impl Shared {
    /// Merges small files of `dataset`.
    pub(crate) fn compact(&self, dataset: &Dataset, table: &Table, done: &mut Maintenance) -> Result<(), StoreError> {
        let today = day_name(day_of(self.clock.now().micros()));
        for group in groups(&table.files, &self.config.compaction, &today) {
            if lock(&self.state).stop {
                break;
            }
            self.check_poison()?;
            match self.merge(dataset, table, &group) {
                Ok((merged, made)) => {
                    done.merged_files += if made > 0 { merged } else { 0 };
                    done.made_files += made;
                }
                Err(error @ (StoreError::Damaged { .. } | StoreError::Io { .. })) => {
                    tracing::warn!(%dataset, %error, "files could not be merged");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Row groups of files that are written again, of about `rows` rows in all.
    pub(crate) fn group_size(&self, rows: usize) -> GroupSize {
        GroupSize { rows: group_rows(rows), bytes: self.config.compaction.group_bytes() }
    }

    /// Merges files of a group, as many as memory allows; returns how many they were, and how many were made of them: none
    /// when the table has changed meanwhile.
    fn merge(&self, dataset: &Dataset, table: &Table, group: &[Arc<TableFile>]) -> Result<(u64, u64), StoreError> {
        // Damage must not be written again under a checksum that is right.
        let mut inputs = Vec::with_capacity(group.len());
        let mut footers = 0;
        for file in group {
            let input = Input::open_sound(file)?;
            footers += input.footer_bytes();
            inputs.push(input);
            // Those of files with many columns are larger than their rows. The other files wait for the next round.
            if footers > self.config.compaction.group_bytes() && inputs.len() > 1 {
                break;
            }
        }
        let group = &group[..inputs.len()];
        let schema = union(&inputs, lock(&table.columns).schema());
        let replaces: Vec<_> = group.iter().map(|file| file.add.path.clone()).collect();
        let rows = group.iter().map(|file| file.data.rows).sum::<u64>() as usize;
        let raw_bytes = group.iter().map(|file| file.raw_bytes).sum();
        let mut merge = Merge::new(inputs, schema, self.group_size(rows));
        let adds = self.write_again(table, &mut merge, rows, raw_bytes, &replaces)?;
        let made = adds.len() as u64;
        let root = self.layout.table(dataset);
        let paths: Vec<_> = adds.iter().map(|add| root.join(&add.path)).collect();
        let committed = self.replace(dataset, table, group, adds);
        if matches!(committed, Ok(false)) || committed.as_ref().is_err_and(StoreError::is_full) {
            for path in paths {
                let _ = self.disk.remove(&path);
            }
        }
        committed.map(|committed| (group.len() as u64, if committed { made } else { 0 }))
    }

    /// Writes the rows that `merge` gives, about `rows` of them, to new files in the stead of those in `replaces`.
    pub(crate) fn write_again(
        &self,
        table: &Table,
        merge: &mut Merge,
        rows: usize,
        raw_bytes: u64,
        replaces: &[String],
    ) -> Result<Vec<Add>, StoreError> {
        let root = lock(&table.log).root().to_owned();
        let name = || self.take_ids(1);
        let zstd_level = self.config.compaction.zstd_level;
        let (disk, millis, miner) = (&*self.disk, self.millis(), table.miner());
        let group_bytes = self.config.compaction.group_bytes();
        let target = Target { disk, root: &root, zstd_level, name: &name, millis, miner, replaces, group_bytes };
        let mut files = DayFiles::new(&target, merge.schema(), rows);
        while let Some(rows) = merge.next()? {
            files.write(&rows)?;
            drop(rows);
            files.end_group()?;
        }
        files.finish(raw_bytes).inspect(|adds| self.counters.compacted(adds))
    }

    fn replace(
        &self,
        dataset: &Dataset,
        table: &Table,
        group: &[Arc<TableFile>],
        adds: Vec<Add>,
    ) -> Result<bool, StoreError> {
        let millis = self.millis();
        let removals = group.iter().map(|file| Action::remove(file.add.removal(millis, false)));
        let adds = adds.into_iter().map(|add| Action::add(Add { data_change: false, ..add }));
        // The files' names are taken from the same numbers as the rows' ids, and none may come again.
        let numbers = Action::txn(APP_ID, self.next_id.load(Ordering::Relaxed));
        let actions = removals.chain(adds).chain([numbers]).collect();
        let commit = Commit { operation: "OPTIMIZE", schema: None, actions, millis };
        let mut log = lock(&table.log);
        let still =
            log.commit(&*self.disk, &commit, |log| group.iter().all(|file| log.files().contains_key(&file.add.path)))?;
        self.publish(dataset, &log, None);
        Ok(still)
    }
}

/// The dataset's columns that `inputs` have.
pub(crate) fn union(inputs: &[Input], dataset: &SchemaRef) -> SchemaRef {
    let used: BTreeSet<&str> =
        inputs.iter().flat_map(|input| input.schema().fields()).map(|field| field.name().as_str()).collect();
    let fields: Vec<_> =
        dataset.fields().iter().filter(|field| used.contains(field.name().as_str())).cloned().collect();
    Arc::new(Schema::new(fields))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn file(name: &str, day: &str, rows: u64) -> Arc<TableFile> {
        let add = Add {
            path: name.into(),
            partition_values: BTreeMap::from([(DAY.to_owned(), Some(day.to_owned()))]),
            size: 10,
            stats: Some(format!("{{\"numRecords\":{rows}}}")),
            ..Add::default()
        };
        Arc::new(TableFile::new(Path::new("/"), add))
    }

    #[test]
    fn only_small_files_of_one_day_are_merged() {
        let config = CompactionConfig { target_rows: 100, ..CompactionConfig::default() };
        let files = [
            file("a", "2025-06-01", 40),
            file("b", "2025-06-01", 40),
            file("c", "2025-06-01", 40),
            file("large", "2025-06-01", 90),
            file("alone", "2025-06-02", 1),
            file("d", "2025-06-03", 1),
            file("e", "2025-06-03", 1),
        ];
        let names = |today| -> Vec<Vec<String>> {
            groups(&files, &config, today).iter().map(|g| g.iter().map(|f| f.add.path.clone()).collect()).collect()
        };
        assert_eq!(names("2025-06-09"), [vec!["a", "b"], vec!["d", "e"]]);
        assert_eq!(names("2025-06-03"), [vec!["a", "b"]]);
    }
}
