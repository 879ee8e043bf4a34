//! Opening the data directory: to write, to read, or to ask.

use std::sync::Arc;
use std::time::Duration;

use bongsu_query::{Engine, Heap, Limits};
use bongsu_store::{CompactionConfig, Reader, Retention, Store, StoreConfig, Tables};

use crate::config::{Keep, Settings};
use crate::context::Context;
use crate::fault::Failure;
use crate::heap;

/// Rounds of compaction do not come faster, whatever the configuration says.
const SHORTEST: Duration = Duration::from_millis(10);

/// Opens the data directory as its one writer.
///
/// `server` is the address of the server that this process runs, for those who find the directory taken; a process that
/// `stays` merges files in the background, a short visit does not.
pub(crate) fn writer(context: &Context, server: Option<String>, stays: bool) -> Result<Store, Failure> {
    let every = context.settings().compaction.every.0.max(SHORTEST);
    let maintain_every = stays.then_some(every);
    let config = StoreConfig { server, maintain_every, ..store_config(context.settings()) };
    Ok(Store::open(&context.data, config, Arc::clone(&context.clock))?)
}

/// Opens the data directory to read it, also beside its writer.
pub(crate) fn reader(context: &Context) -> Result<Arc<Reader>, Failure> {
    Ok(Arc::new(Reader::open(&context.data)?))
}

/// An engine over `tables` within the configured limits.
pub(crate) fn engine(context: &Context, tables: Arc<dyn Tables>) -> Result<Engine, Failure> {
    let query = &context.settings().query;
    let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    let cache = size(query.cache.0);
    let limits = Limits {
        memory: size(query.memory.0),
        heap: Some(Heap { used: heap::used, most: size(query.ceiling.0) }),
        footers: cache / 3 * 2,
        indexes: cache / 3,
        time: query.time.0,
        spill_bytes: query.spill.0,
        ..Limits::default()
    };
    Ok(Engine::new(tables, limits)?)
}

fn store_config(settings: &Settings) -> StoreConfig {
    let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    let retention = |keep: &Keep| Retention { age: keep.age, bytes: keep.size };
    let (store, compaction) = (&settings.store, &settings.compaction);
    StoreConfig {
        memory_bytes: size(store.memory.0),
        seal_rows: store.flush_rows.0,
        seal_bytes: size(store.flush_bytes.0),
        seal_age: store.flush_after.0,
        segment_bytes: store.segment.0,
        grace: store.grace.0,
        refused_bytes: store.refused.0,
        compaction: CompactionConfig {
            target_rows: compaction.rows.0 as u64,
            target_bytes: compaction.bytes.0,
            min_files: compaction.files.0,
            memory: size(compaction.memory.0),
            ..CompactionConfig::default()
        },
        retention: Retention {
            age: settings.retention.age.value.map(|age| age.0),
            bytes: settings.retention.size.value.map(|size| size.0),
        },
        retention_of: settings
            .retention
            .datasets
            .0
            .iter()
            .map(|(name, keep)| (name.clone(), retention(keep)))
            .collect(),
        ..StoreConfig::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_of_the_configuration_are_those_of_the_store() {
        let (ours, theirs) = (store_config(&Settings::default()), StoreConfig::default());
        assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
    }
}
