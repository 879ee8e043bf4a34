//! Rows with long cells and with many columns: what a row group, a merge and a file may hold of them.

use std::path::Path;
use std::sync::Arc;

use bongsu_model::{Batch, BatchBuilder, Intake, Record, Timestamp, Value};
use parquet::basic::Compression;
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::kit::*;
use crate::merge::{GroupSize, Input, Merge};
use crate::parquet::MOST_CONTEXTS;
use crate::weight::weights;
use crate::{CompactionConfig, Store, StoreConfig, Tables};

const MIB: usize = 1 << 20;
const CELL: usize = 200_000;

fn store(folder: &Path, seal_bytes: usize) -> Store {
    let compaction = CompactionConfig { min_files: 2, memory: 8 * MIB, ..CompactionConfig::default() };
    let config = StoreConfig { seal_bytes, segment_bytes: 64 << 20, compaction, ..StoreConfig::default() };
    Store::open(folder, config, clock()).unwrap()
}

/// Messages of so many bytes, each a different one.
fn long(name: &str, rows: usize, bytes: usize) -> Vec<String> {
    let filler = "0123456789abcdef ".repeat(bytes / 17);
    (0..rows).map(|row| format!("{name} {row:04} {filler}")).collect()
}

/// The rows of each row group, file by file.
fn groups(store: &Store, name: &str) -> Vec<Vec<usize>> {
    let of = |path: &Path| {
        let file = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
        file.metadata().row_groups().iter().map(|group| group.num_rows() as usize).collect()
    };
    store.snapshot(&dataset(name)).unwrap().files.iter().map(|file| of(&file.path)).collect()
}

#[test]
fn row_groups_of_long_cells_are_closed_early_by_bytes() {
    let folder = quick_folder();
    let store = store(folder.path(), 2 * MIB);
    let mut all = Vec::new();
    for nth in 0..3 {
        let messages = long(&format!("batch {nth}"), 41, CELL);
        let _ = store.submit(batch("wide", &messages, NOW - 2 * DAY + nth * 100_000_000_000)).unwrap();
        store.flush().unwrap();
        all.extend(messages);
    }
    all.sort();
    // A flush writes row groups of twice what may lie in memory; a merge of a quarter of its memory.
    let flushed: Vec<usize> = groups(&store, "wide").concat();
    assert!(flushed.iter().all(|rows| *rows <= 4 * MIB / CELL), "{flushed:?}");
    assert_eq!((flushed.len(), flushed.iter().sum::<usize>()), (9, 123), "{flushed:?}");
    assert_eq!(messages_of(&store, "wide"), all);
    assert_eq!(store.maintain().unwrap().made_files, 1);
    let merged: Vec<usize> = groups(&store, "wide").concat();
    assert!(merged.iter().all(|rows| *rows <= 2 * MIB / CELL), "{merged:?}");
    assert!((13..=18).contains(&merged.len()), "{merged:?}");
    assert_eq!(messages_of(&store, "wide"), all);
}

#[test]
fn short_rows_fill_their_row_groups_as_ever() {
    let folder = quick_folder();
    let store = Store::open(folder.path(), StoreConfig::default(), clock()).unwrap();
    for nth in 0..2 {
        let messages: Vec<_> = (0..40_000).map(|row| format!("{nth} {row:05}")).collect();
        let _ = store.submit(batch("logs", &messages, NOW - 3 * DAY + nth)).unwrap();
        store.flush().unwrap();
    }
    assert_eq!(store.maintain().unwrap().made_files, 1);
    assert_eq!(groups(&store, "logs"), [[80_000]]);
}

/// Merges the files of a dataset; whatever is given, and all that is held meanwhile, must be within `most` bytes and a batch.
fn merge_within(store: &Store, name: &str, most: usize, one_batch: usize) -> usize {
    let snapshot = store.snapshot(&dataset(name)).unwrap();
    let inputs: Vec<_> = snapshot.files.iter().map(|file| Input::open(&file.path).unwrap()).collect();
    let schema = Arc::clone(inputs[0].schema());
    let mut merge = Merge::new(inputs, schema, GroupSize { rows: 131_072, bytes: most });
    let mut rows = 0;
    while let Some(given) = merge.next().unwrap() {
        let bytes: usize = weights(&given).iter().sum();
        assert!(bytes <= most, "{bytes}");
        assert!(merge.most_held() <= 2 * most + one_batch, "{}", merge.most_held());
        rows += given.num_rows();
    }
    rows
}

#[test]
fn merging_many_files_of_one_time_holds_no_more_than_two_row_groups() {
    let folder = quick_folder();
    let store = store(folder.path(), 8 * MIB);
    for nth in 0..30 {
        let messages = long(&format!("file {nth}"), 20, 50_000);
        let _ = store.submit(batch("wide", &messages, NOW - 2 * DAY + nth)).unwrap();
        store.flush().unwrap();
    }
    assert_eq!(merge_within(&store, "wide", 2 * MIB, MIB + MIB / 4), 600);
}

#[test]
fn a_row_group_larger_than_memory_is_merged_a_part_at_a_time() {
    let folder = quick_folder();
    let store = store(folder.path(), 64 * MIB);
    let _ = store.submit(batch("wide", &long("one", 200, CELL), NOW - 2 * DAY)).unwrap();
    store.flush().unwrap();
    assert_eq!(groups(&store, "wide"), [[200]]);
    assert_eq!(merge_within(&store, "wide", 2 * MIB, 5 * MIB), 200);
}

#[test]
fn a_file_of_many_columns_packs_the_largest_with_zstd() {
    let folder = quick_folder();
    let store = store(folder.path(), 64 * MIB);
    let mut builder = BatchBuilder::new();
    let names: Vec<String> = (0..600).map(|n| format!("k{n}")).collect();
    for row in 0..20 {
        let long = |nth: usize| if nth == 555 { "long ".repeat(300) } else { format!("v{row}") };
        let fields = names.iter().enumerate();
        let fields = fields.map(|(nth, name)| (name.as_str().into(), Value::Str(long(nth).into()))).collect();
        builder.push(&Record { fields, message: "many".into(), ..Record::default() }, Timestamp::from_nanos(NOW));
    }
    let rows = builder.finish().unwrap();
    let rows = Batch { dataset: dataset("fields"), rows, raw_bytes: 1, refused: vec![], notes: vec![] };
    let _ = store.submit(rows).unwrap();
    store.flush().unwrap();
    let path = store.snapshot(&dataset("fields")).unwrap().files[0].path.clone();
    let file = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
    let columns = file.metadata().row_group(0).columns();
    let packed = columns.iter().filter(|column| matches!(column.compression(), Compression::ZSTD(_)));
    let packed: Vec<String> = packed.map(|column| column.column_path().string()).collect();
    assert!(columns.len() > 600 && packed.len() <= MOST_CONTEXTS, "{} of {}", packed.len(), columns.len());
    assert!(packed.iter().any(|name| name == "k555"), "{packed:?}");
    assert_eq!(messages_of(&store, "fields").len(), 20);
}
