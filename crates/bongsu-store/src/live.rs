//! Rows that are acknowledged and not in a file yet.

use std::collections::BTreeSet;
use std::time::Instant;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::DataType;
use std::sync::Arc;

use crate::weight::CELL;

/// Rows of a batch up to which it is joined with its neighbours.
const SMALL: usize = 8_192;

/// Rows of one dataset that are waiting to be written to a file.
#[derive(Debug, Default, Clone)]
pub(crate) struct Live {
    pub(crate) batches: Vec<RecordBatch>,
    pub(crate) rows: usize,
    /// Bytes in memory.
    pub(crate) bytes: usize,
    /// Bytes that the rows had as they came in.
    pub(crate) raw_bytes: u64,
    /// The last frame whose rows are here.
    pub(crate) last: u64,
    pub(crate) since: Option<Instant>,
    /// The columns that any of the rows have.
    columns: BTreeSet<String>,
}

impl Live {
    /// Whether these rows would make those that wait so wide together that writing them takes more than `most` bytes: rows
    /// of a file all have every column. They wait for another file then.
    pub(crate) fn is_too_wide_with(&self, rows: &RecordBatch, most: usize) -> bool {
        if self.rows == 0 {
            return false;
        }
        let fields = rows.schema_ref().fields();
        let new = fields.iter().filter(|field| !self.columns.contains(field.name())).count();
        let cells = (self.rows + rows.num_rows()).saturating_mul(self.columns.len() + new);
        new > 0 && cells.saturating_mul(CELL) > most
    }

    /// Adds the rows of a frame; returns by how many bytes the memory grew.
    pub(crate) fn push(&mut self, frame: u64, rows: RecordBatch, raw_bytes: u64) -> isize {
        let before = self.bytes;
        if self.batches.last().is_none_or(|last| last.schema_ref() != rows.schema_ref()) {
            self.columns.extend(rows.schema_ref().fields().iter().map(|field| field.name().clone()));
        }
        self.rows += rows.num_rows();
        self.bytes += rows.get_array_memory_size();
        self.raw_bytes += raw_bytes;
        self.last = frame;
        self.since.get_or_insert_with(Instant::now);
        self.batches.push(rows);
        self.join_small();
        self.bytes.cast_signed() - before.cast_signed()
    }

    /// Joins small batches at the end, so that a thousand requests of one row do not make a thousand batches. A batch is
    /// joined only with one at least half its size, so that a row is copied a few times at most.
    fn join_small(&mut self) {
        while let [.., before, last] = self.batches.as_slice() {
            let (many, few) = (before.num_rows(), last.num_rows());
            if many + few > SMALL || many > 2 * few || before.schema_ref() != last.schema_ref() {
                return;
            }
            let Ok(joined) = concat_batches(before.schema_ref(), [before, last]) else { return };
            let joined = compact(&joined);
            let freed = before.get_array_memory_size() + last.get_array_memory_size();
            self.bytes = (self.bytes + joined.get_array_memory_size()).saturating_sub(freed);
            self.batches.truncate(self.batches.len() - 2);
            self.batches.push(joined);
        }
    }
}

/// The same rows without bytes that no row refers to.
pub(crate) fn compact(rows: &RecordBatch) -> RecordBatch {
    let arrays: Vec<ArrayRef> = rows
        .columns()
        .iter()
        .map(|array| match array.data_type() {
            DataType::Utf8View => Arc::new(array.as_string_view().gc()) as ArrayRef,
            _ => Arc::clone(array),
        })
        .collect();
    RecordBatch::try_new(rows.schema(), arrays).unwrap_or_else(|_| rows.clone())
}

#[cfg(test)]
mod tests {
    use bongsu_model::{BatchBuilder, Record, Timestamp};

    use super::*;

    #[test]
    fn many_small_batches_become_few() {
        let mut live = Live::default();
        for n in 0..1_000u64 {
            let mut builder = BatchBuilder::new();
            let message = format!("a message that is too long to be kept inside a view, number {n}");
            builder.push(&Record { message: message.into(), ..Record::default() }, Timestamp::from_nanos(1));
            live.push(n, compact(&builder.finish().unwrap()), 10);
        }
        assert_eq!((live.rows, live.raw_bytes, live.last), (1_000, 10_000, 999));
        assert!(live.batches.len() < 12, "{}", live.batches.len());
        assert!(live.bytes < 400_000, "{}", live.bytes);
        let messages: Vec<_> = live
            .batches
            .iter()
            .flat_map(|rows| {
                let column = rows.column_by_name("message").unwrap().as_string_view();
                column
                    .iter()
                    .map(|text| text.unwrap().rsplit(' ').next().unwrap().parse::<u64>().unwrap())
                    .collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(messages, (0..1_000).collect::<Vec<_>>());
    }

    #[test]
    fn rows_of_many_columns_do_not_widen_many_rows_of_few() {
        let batch = |columns: usize, rows: usize| {
            let mut builder = BatchBuilder::new();
            let names: Vec<String> = (0..columns).map(|n| format!("k{n}")).collect();
            for _ in 0..rows {
                let fields = names.iter().map(|name| (name.as_str().into(), bongsu_model::Value::Int(1))).collect();
                builder.push(&Record { fields, ..Record::default() }, Timestamp::from_nanos(1));
            }
            builder.finish().unwrap()
        };
        let mut live = Live::default();
        assert!(!live.is_too_wide_with(&batch(500, 10), 0), "the first rows have to wait somewhere");
        live.push(1, batch(1, 10_000), 1);
        assert!(live.is_too_wide_with(&batch(500, 10), 1 << 20));
        assert!(!live.is_too_wide_with(&batch(500, 10), 1 << 30));
        assert!(!live.is_too_wide_with(&batch(1, 10_000), 0), "no column is new");
    }
}
