//! Checkpoints of a Delta log, read and written by `deltalake`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::future::Future;
use std::path::{Path, PathBuf};

use deltalake::logstore::LogStore;
use deltalake::{DeltaTable, DeltaTableBuilder, DeltaTableError, ensure_table_uri};

use crate::action::{Action, Add, MetaData, Txn};
use crate::delta::{APP_ID, APP_WAL};
use crate::disk::{Disk, write_whole};
use crate::{Damage, StoreError, sums};

/// The newest version that has a checkpoint.
pub(crate) fn newest(folder: &Path) -> Result<Option<u64>, StoreError> {
    let read = |error| StoreError::io("read", folder, error);
    let mut newest = None;
    for entry in fs::read_dir(folder).map_err(read)? {
        let name = entry.map_err(read)?.file_name();
        let version = name.to_str().and_then(|name| {
            let (version, rest) = name.split_once(".checkpoint")?;
            rest.ends_with(".parquet").then(|| version.parse::<u64>().ok())?
        });
        newest = newest.max(version);
    }
    Ok(newest)
}

/// The file that has the checksum of the newest checkpoint that the store made.
const SUM: &str = "_bongsu_checkpoint";

fn place(root: &Path, version: u64) -> PathBuf {
    root.join("_delta_log").join(format!("{version:020}.checkpoint.parquet"))
}

/// Checks that a checkpoint is what was written, if that is known.
fn verify(root: &Path, version: u64) -> Result<(), StoreError> {
    let Some(expected) =
        fs::read_to_string(root.join("_delta_log").join(SUM)).ok().and_then(|text| sums::read_line(&text))
    else {
        return Ok(());
    };
    if expected.0 != version {
        return Ok(());
    }
    let path = place(root, version);
    let bytes = fs::read(&path).map_err(|error| StoreError::io("read", &path, error))?;
    if (bytes.len() as u64, crc32c::crc32c(&bytes)) == (expected.1, expected.2) {
        Ok(())
    } else {
        Err(Damage::Checksum.of(&path))
    }
}

/// What the table in `root` held at `version`, as if one commit had made it.
pub(crate) fn read(root: &Path, version: u64) -> Result<Vec<Action>, StoreError> {
    verify(root, version)?;
    let fail = |error: DeltaTableError| explain(root, version, &error);
    run(root, async {
        let table = open(root, version).await.map_err(fail)?;
        let state = table.snapshot().map_err(fail)?;
        let meta = serde_json::to_value(state.metadata()).and_then(serde_json::from_value::<MetaData>);
        let meta = meta.map_err(|error| StoreError::damaged(&root.join("_delta_log"), error))?;
        let mut actions = vec![Action { meta_data: Some(meta), ..Action::default() }];
        for app_id in [APP_WAL, APP_ID] {
            let store = table.log_store();
            if let Some(version) = state.transaction_version(store.as_ref(), app_id).await.map_err(fail)? {
                actions.push(Action { txn: Some(Txn { app_id: app_id.to_owned(), version }), ..Action::default() });
            }
        }
        #[expect(deprecated, reason = "the tags of a file can be had in no other way")]
        actions.extend(state.log_data().iter().map(|file| Action::add(from_kernel(file.add_action()))));
        Ok(actions)
    })
}

fn from_kernel(add: deltalake::kernel::Add) -> Add {
    Add {
        path: add.path,
        partition_values: add.partition_values.into_iter().collect(),
        size: add.size,
        modification_time: add.modification_time,
        data_change: add.data_change,
        stats: add.stats,
        tags: add.tags.map(|tags| tags.into_iter().collect::<BTreeMap<_, _>>()),
    }
}

/// Makes a checkpoint of `version` and makes it durable.
pub(crate) fn write(disk: &dyn Disk, root: &Path, version: u64) -> Result<(), StoreError> {
    let fail = |error: DeltaTableError| explain(root, version, &error);
    run(root, async {
        let table = open(root, version).await.map_err(fail)?;
        deltalake::checkpoints::create_checkpoint(&table, None).await.map_err(fail)
    })?;
    let (folder, made) = (root.join("_delta_log"), place(root, version));
    if made.exists() {
        let sum = folder.join(SUM);
        fs::read(&made)
            .and_then(|bytes| write_whole(disk, &sum, sums::line(version, &bytes).as_bytes()))
            .map_err(|error| StoreError::io("write", &sum, error))?;
    }
    for path in [made, folder.join("_last_checkpoint"), folder] {
        if path.exists() {
            File::open(&path).and_then(|file| file.sync_all()).map_err(|error| StoreError::io("sync", &path, error))?;
        }
    }
    Ok(())
}

/// Deletes commits and checkpoints older than `before` (milliseconds) that a newer checkpoint replaces.
pub(crate) fn clean(root: &Path, version: u64, before: i64) -> Result<usize, StoreError> {
    let fail = |error: DeltaTableError| explain(root, version, &error);
    run(root, async {
        let url = ensure_table_uri(root.to_string_lossy()).map_err(fail)?;
        let store = DeltaTableBuilder::from_url(url).and_then(|builder| builder.build_storage()).map_err(fail)?;
        let store: &dyn LogStore = store.as_ref();
        deltalake::checkpoints::cleanup_expired_logs_for(version, store, before, None).await.map_err(fail)
    })
}

async fn open(root: &Path, version: u64) -> Result<DeltaTable, DeltaTableError> {
    let url = ensure_table_uri(root.to_string_lossy())?;
    DeltaTableBuilder::from_url(url)?.with_version(version).load().await
}

fn explain(root: &Path, version: u64, error: &DeltaTableError) -> StoreError {
    let path = place(root, version);
    let path = if path.exists() { path } else { root.join("_delta_log") };
    StoreError::damaged(&path, error)
}

/// Runs a future on a thread and a runtime of its own, so that it may be asked for from inside any other: the runtime must end
/// on that thread too, since none may end inside another one.
fn run<T: Send>(root: &Path, future: impl Future<Output = Result<T, StoreError>> + Send) -> Result<T, StoreError> {
    let work = || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| StoreError::io("read", root, error))?;
        runtime.block_on(future)
    };
    std::thread::scope(|scope| scope.spawn(work).join()).map_err(|_| Damage::Checkpoint.of(root))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_can_be_asked_for_inside_another_runtime() {
        assert_eq!(run(Path::new("/"), async { Ok(7) }).unwrap(), 7);
    }
}
