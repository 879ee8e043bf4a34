//! Rows to files: one day a file, in row groups that follow each other in time and are each arranged for search.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use arrow::array::{Array, AsArray, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::{DataType, Field, Int16Type, Schema, SchemaRef, TimestampMicrosecondType};
use arrow::error::ArrowError;
use bongsu_index::arrange;
use bongsu_model::column;
use bongsu_pattern::Miner;
use serde_json::{Map, Value, json};

use crate::StoreError;
use crate::action::Add;
use crate::conform::{Widener, id_text};
use crate::day::{day_name, day_of, micros_text};
use crate::delta::{TAG_CRC, TAG_FOOTER, TAG_INDEX, TAG_RAW, TAG_SUMS, TAG_TIME};
use crate::disk::Disk;
use crate::names::DAY;
use crate::parquet::{ParquetFile, ROW_GROUP, Written};
use crate::shared::lock;
use crate::weight::{fitting, weights};

/// The microseconds of the column `time`.
pub(crate) fn times(rows: &RecordBatch) -> &[i64] {
    rows.column_by_name(column::TIME)
        .and_then(|time| time.as_primitive_opt::<TimestampMicrosecondType>())
        .map_or(&[], |time| time.values())
}

/// Rows in one schema and in the order of `time`.
pub(crate) fn in_order(batches: &[RecordBatch], dataset: &SchemaRef) -> Result<Vec<RecordBatch>, ArrowError> {
    let used: BTreeSet<&str> =
        batches.iter().flat_map(|rows| rows.schema_ref().fields()).map(|field| field.name().as_str()).collect();
    let fields: Vec<_> =
        dataset.fields().iter().filter(|field| used.contains(field.name().as_str())).cloned().collect();
    let schema = Arc::new(Schema::new(fields));
    let mut widener = Widener::default();
    let wide: Vec<_> = batches.iter().map(|rows| widener.widen(rows, &schema)).collect::<Result<_, _>>()?;
    let mut last = i64::MIN;
    let sorted = wide.iter().flat_map(times).all(|time| std::mem::replace(&mut last, *time) <= *time);
    if sorted {
        return Ok(wide);
    }
    let all = concat_batches(&schema, &wide)?;
    drop(wide);
    Ok(vec![take_record_batch(&all, &order_of(&all))?])
}

/// The rows' numbers in the order of time, equal times in the order they came.
fn order_of(rows: &RecordBatch) -> UInt32Array {
    UInt32Array::from_iter_values(in_time(rows).into_iter().map(|(_, _, row)| row))
}

/// Microsecond, nanoseconds beyond it and number of each row, in the order of time, equal times in the order they came.
pub(crate) fn in_time(rows: &RecordBatch) -> Vec<(i64, i16, u32)> {
    let nanos = rows.column_by_name(column::TIME_NS).and_then(|nanos| nanos.as_primitive_opt::<Int16Type>());
    let beyond = |row: usize| nanos.filter(|nanos| nanos.is_valid(row)).map_or(0, |nanos| nanos.value(row));
    let mut order: Vec<(i64, i16, u32)> =
        times(rows).iter().enumerate().map(|(row, time)| (*time, beyond(row), row as u32)).collect();
    order.sort_unstable();
    order
}

/// Where and how files are written.
pub(crate) struct Target<'a> {
    pub(crate) disk: &'a dyn Disk,
    /// The table's folder.
    pub(crate) root: &'a Path,
    pub(crate) zstd_level: i32,
    /// Numbers that no other file is named by.
    pub(crate) name: &'a (dyn Fn() -> u64 + Sync),
    pub(crate) millis: i64,
    /// Finds the rows' templates.
    pub(crate) miner: &'a Mutex<Miner>,
    /// The files whose rows are written again.
    pub(crate) replaces: &'a [String],
    /// Bytes in memory of a row group past which it is written, however few rows it has.
    pub(crate) group_bytes: usize,
}

/// Rows of a row group when `rows` rows are to be written: groups of equal size and about [`ROW_GROUP`] rows, not one full and
/// one nearly empty.
pub(crate) fn group_rows(rows: usize) -> usize {
    let groups = (rows + ROW_GROUP / 2) / ROW_GROUP;
    rows.div_ceil(groups.max(1)).max(1)
}

/// Files being written from rows that come in the order of time. Files that are not finished are deleted.
pub(crate) struct DayFiles<'a> {
    target: &'a Target<'a>,
    schema: SchemaRef,
    group_rows: usize,
    open: Option<Open>,
    done: Vec<Add>,
    made: Vec<PathBuf>,
    folders: BTreeSet<PathBuf>,
    new_folder: bool,
    kept: bool,
}

struct Open {
    day: i64,
    path: String,
    /// Begun with the first row group.
    file: Option<ParquetFile>,
    full: PathBuf,
    from: i64,
    to: i64,
    /// Rows that are to be a row group together.
    waiting: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
}

impl<'a> DayFiles<'a> {
    /// Files for about `rows` rows of `schema`, which has every column that a file has.
    pub(crate) fn new(target: &'a Target<'a>, schema: &SchemaRef, rows: usize) -> Self {
        Self {
            target,
            schema: with_template(schema),
            group_rows: group_rows(rows),
            open: None,
            done: vec![],
            made: vec![],
            folders: BTreeSet::new(),
            new_folder: false,
            kept: false,
        }
    }

    /// Adds rows, in the order of time within a row group.
    pub(crate) fn write(&mut self, rows: &RecordBatch) -> Result<(), StoreError> {
        let mut at = 0;
        let weights = weights(rows);
        while at < rows.num_rows() {
            let times = &times(rows)[at..];
            let Some(first) = times.first() else { break };
            let day = day_of(*first);
            let open = match self.open.take() {
                Some(open) if open.day == day => open,
                before => {
                    self.end(before)?;
                    self.begin(day, *first)?
                }
            };
            let open = self.open.insert(open);
            let same_day = times.iter().take_while(|time| day_of(**time) == day);
            let len = same_day.take(self.group_rows - open.rows).count();
            let len =
                fitting(weights[at..at + len].iter().copied(), self.target.group_bytes.saturating_sub(open.bytes));
            let times = &times[..len];
            open.from = times.iter().copied().min().map_or(open.from, |time| time.min(open.from));
            open.to = times.iter().copied().max().map_or(open.to, |time| time.max(open.to));
            open.waiting.push(rows.slice(at, len));
            open.rows += len;
            open.bytes += weights[at..at + len].iter().sum::<usize>();
            at += len;
            let next = weights.get(at).copied().unwrap_or_default();
            if open.rows == self.group_rows || open.bytes.saturating_add(next) > self.target.group_bytes {
                Self::write_group(self.target, &self.schema, open)?;
            }
        }
        Ok(())
    }

    /// Makes the rows that wait a row group.
    pub(crate) fn end_group(&mut self) -> Result<(), StoreError> {
        match &mut self.open {
            Some(open) => Self::write_group(self.target, &self.schema, open),
            None => Ok(()),
        }
    }

    fn write_group(target: &Target<'_>, schema: &SchemaRef, open: &mut Open) -> Result<(), StoreError> {
        let bad = |error: ArrowError| StoreError::BadBatch { what: error.to_string() };
        let waiting = std::mem::take(&mut open.waiting);
        (open.rows, open.bytes) = (0, 0);
        let mut widener = Widener::default();
        let waiting: Vec<_> =
            waiting.iter().map(|rows| widener.widen(rows, schema)).collect::<Result<_, _>>().map_err(bad)?;
        if waiting.is_empty() {
            return Ok(());
        }
        let group = arrange(&waiting, &mut lock(target.miner)).map_err(bad)?;
        // Encoding takes memory of its own.
        drop(waiting);
        let mut file = match open.file.take() {
            Some(file) => file,
            None => ParquetFile::create(target.disk, &open.full, &group.rows, target.zstd_level)?,
        };
        file.write_group(&group)?;
        open.file = Some(file);
        Ok(())
    }

    fn begin(&mut self, day: i64, from: i64) -> Result<Open, StoreError> {
        let folder = format!("{DAY}={}", day_name(day));
        let place = self.target.root.join(&folder);
        if !place.is_dir() {
            self.target.disk.create_dir(&place).map_err(|error| StoreError::io("create", &place, error))?;
            self.new_folder = true;
        }
        self.folders.insert(place);
        loop {
            let name = id_text((self.target.name)());
            let path = format!("{folder}/part-{}.zstd.parquet", String::from_utf8_lossy(&name));
            let full = self.target.root.join(&path);
            if full.exists() {
                // A crash left it behind before anything was told of its name.
                continue;
            }
            self.made.push(full.clone());
            return Ok(Open { day, path, file: None, full, from, to: from, waiting: vec![], rows: 0, bytes: 0 });
        }
    }

    fn end(&mut self, open: Option<Open>) -> Result<(), StoreError> {
        let Some(mut open) = open else { return Ok(()) };
        let schema = Arc::clone(&self.schema);
        Self::write_group(self.target, &schema, &mut open)?;
        let Some(file) = open.file else { return Ok(()) };
        let written = file.finish(self.target.replaces)?;
        self.done.push(Add {
            path: open.path,
            partition_values: BTreeMap::from([(DAY.to_owned(), Some(day_name(open.day)))]),
            size: written.size.cast_signed(),
            modification_time: self.target.millis,
            data_change: true,
            stats: Some(stats(&schema, &written, open.from, open.to)),
            tags: Some(BTreeMap::from([
                (TAG_CRC.to_owned(), Some(format!("{:08x}", written.crc))),
                (TAG_TIME.to_owned(), Some(format!("{}..{}", open.from, open.to))),
                (TAG_INDEX.to_owned(), Some(format!("{}..{}", written.index.start, written.index.end))),
                (TAG_SUMS.to_owned(), Some(format!("{}..{}", written.sums.from, written.sums.to))),
                (TAG_FOOTER.to_owned(), Some(format!("{:08x}", written.sums.footer))),
            ])),
        });
        Ok(())
    }

    /// Makes the files durable. `raw_bytes`, the bytes that all rows had as they came in, are shared out by rows.
    pub(crate) fn finish(mut self, raw_bytes: u64) -> Result<Vec<Add>, StoreError> {
        let open = self.open.take();
        self.end(open)?;
        let root = self.new_folder.then(|| self.target.root.to_owned());
        for folder in self.folders.iter().chain(root.iter()) {
            self.target.disk.sync_dir(folder).map_err(|error| StoreError::io("sync", folder, error))?;
        }
        let mut adds = std::mem::take(&mut self.done);
        share_out(&mut adds, raw_bytes);
        self.kept = true;
        Ok(adds)
    }
}

impl Drop for DayFiles<'_> {
    fn drop(&mut self) {
        if !self.kept {
            self.open = None;
            for path in &self.made {
                let _ = self.target.disk.remove(path);
            }
        }
    }
}

/// `schema` with the column of templates, which every file has.
fn with_template(schema: &SchemaRef) -> SchemaRef {
    if schema.index_of(column::TEMPLATE_ID).is_ok() {
        return Arc::clone(schema);
    }
    let id = Arc::new(Field::new(column::TEMPLATE_ID, DataType::Int64, true));
    Arc::new(Schema::new(schema.fields().iter().cloned().chain([id]).collect::<Vec<_>>()))
}

fn share_out(adds: &mut [Add], raw_bytes: u64) {
    let rows_of = |add: &Add| -> u64 {
        let stats: Option<Value> = add.stats.as_deref().and_then(|text| serde_json::from_str(text).ok());
        stats.and_then(|stats| stats.get("numRecords")?.as_u64()).unwrap_or(0)
    };
    let total: u64 = adds.iter().map(rows_of).sum();
    let (mut rows_before, mut bytes_before) = (0, 0);
    for add in adds {
        rows_before += rows_of(add);
        let bytes = (u128::from(raw_bytes) * u128::from(rows_before) / u128::from(total.max(1))) as u64;
        if let Some(tags) = &mut add.tags {
            tags.insert(TAG_RAW.to_owned(), Some((bytes - bytes_before).to_string()));
        }
        bytes_before = bytes;
    }
}

fn stats(schema: &Schema, written: &Written, from: i64, to: i64) -> String {
    let nulls: Map<String, Value> = schema
        .fields()
        .iter()
        .zip(&written.nulls)
        .map(|(field, nulls)| (field.name().clone(), (*nulls).into()))
        .collect();
    json!({
        "numRecords": written.rows,
        "minValues": {column::TIME: micros_text(from)},
        "maxValues": {column::TIME: micros_text(to)},
        "nullCount": nulls,
    })
    .to_string()
}
