//! Which files can hold rows that a question asks for, before any of them is opened.
//!
//! Row groups and pages are left out later, by the statistics and bloom filters inside the files. Whatever else comes to
//! be known about a file (token filters, counts by minute) belongs here: it answers the same question for a smaller part.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, TimestampMicrosecondArray, UInt64Array};
use arrow::datatypes::SchemaRef;
use bongsu_model::{TimeRange, column};
use bongsu_store::DataFile;
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, ScalarValue};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;

/// The files that can have rows in `range`.
pub(crate) fn by_time(files: &[DataFile], range: &TimeRange) -> Vec<DataFile> {
    let inside = |file: &&DataFile| file.time.is_none_or(|time| range.overlaps(time.from, time.to));
    files.iter().filter(inside).cloned().collect()
}

/// The files that can have rows for which `predicate` is true.
pub(crate) fn by_predicate(files: &[DataFile], predicate: &Arc<dyn PhysicalExpr>, schema: &SchemaRef) -> Vec<DataFile> {
    let kept = PruningPredicateBuilder::new()
        .with_file_schema(Arc::clone(schema))
        .try_build(Arc::clone(predicate))
        .and_then(|pruning| pruning.prune(&Times(files)));
    match kept {
        Ok(kept) => files.iter().zip(kept).filter(|(_, kept)| *kept).map(|(file, _)| file.clone()).collect(),
        // Nothing can be said about this predicate: every file is read.
        Err(_) => files.to_vec(),
    }
}

/// What is known about files without opening them.
struct Times<'a>(&'a [DataFile]);

impl Times<'_> {
    fn ends(&self, column: &Column, end: impl Fn(TimeRange) -> i64) -> Option<ArrayRef> {
        if column.name != column::TIME {
            return None;
        }
        let ends: TimestampMicrosecondArray = self.0.iter().map(|file| file.time.map(&end)).collect();
        Some(Arc::new(ends.with_timezone("UTC")))
    }
}

impl PruningStatistics for Times<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.ends(column, |time| time.from.micros())
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.ends(column, |time| time.to.micros())
    }

    fn num_containers(&self) -> usize {
        self.0.len()
    }

    fn null_counts(&self, _: &Column) -> Option<ArrayRef> {
        None
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        let rows: UInt64Array = self.0.iter().map(|file| Some(file.rows)).collect();
        Some(Arc::new(rows))
    }

    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}
