//! The lines around a hit: those before and behind it in the file it was gathered from, or those of the same logger and
//! host at the time.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::{
    SortColumn, SortOptions, concat_batches, filter_record_batch, lexsort_to_indices, take_record_batch,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use bongsu_model::column;
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, lit};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::SessionContext;
use futures::TryStreamExt;

use crate::lower::field;
use crate::provider::DatasetTable;

/// The column that tells lines around hits from hits.
pub(crate) const CONTEXT: &str = "_context";
/// Hits whose surroundings are looked up at most.
pub(crate) const MAX_HITS: usize = 1_000;
/// Lines on each side of a hit at most.
pub(crate) const MAX_LINES: usize = 1_000;

/// `schema` and the column [`CONTEXT`].
pub(crate) fn schema(schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter().cloned();
    let flag = Arc::new(Field::new(CONTEXT, DataType::Boolean, false));
    Arc::new(Schema::new(fields.chain([flag]).collect::<Vec<_>>()))
}

/// `hits` with `lines` rows on each side of every one of them, newest first.
pub(crate) async fn around(
    state: SessionState,
    table: Arc<DatasetTable>,
    schema: SchemaRef,
    hits: SendableRecordBatchStream,
    lines: usize,
) -> Result<SendableRecordBatchStream> {
    let plain = hits.schema();
    let hits = concat_batches(&plain, &hits.try_collect::<Vec<_>>().await?)?;
    let session = SessionContext::new_with_state(state);
    let mut seen: HashSet<String> = ids(&hits).collect();
    let mut parts = vec![flagged(&hits, &schema, false)?];
    for row in 0..hits.num_rows() {
        for direction in [Direction::Before, Direction::Behind] {
            let (condition, order) = neighbours(&hits, row, direction)?;
            let near = session.read_table(Arc::clone(&table) as Arc<_>)?.filter(condition)?;
            for batch in near.sort(order)?.limit(0, Some(lines))?.collect().await? {
                let new: BooleanArray = ids(&batch).map(|id| Some(seen.insert(id))).collect();
                parts.push(flagged(&filter_record_batch(&batch, &new)?, &schema, true)?);
            }
        }
    }
    let rows = newest_first(&concat_batches(&schema, &parts)?)?;
    Ok(Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::iter([Ok(rows)]))))
}

fn ids(batch: &RecordBatch) -> impl Iterator<Item = String> + '_ {
    let ids = batch.column_by_name(column::ID).and_then(|ids| ids.as_string_view_opt());
    (0..batch.num_rows()).map(move |row| ids.map_or_else(String::new, |ids| ids.value(row).to_owned()))
}

fn flagged(batch: &RecordBatch, schema: &SchemaRef, flag: bool) -> Result<RecordBatch> {
    let mut columns = batch.columns().to_vec();
    columns.push(Arc::new(BooleanArray::from(vec![flag; batch.num_rows()])) as ArrayRef);
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

fn newest_first(rows: &RecordBatch) -> Result<RecordBatch> {
    let options = Some(SortOptions { descending: true, nulls_first: false });
    let keys: Vec<SortColumn> = [column::TIME, column::TIME_NS, column::ID]
        .into_iter()
        .filter_map(|name| Some(SortColumn { values: Arc::clone(rows.column_by_name(name)?), options }))
        .collect();
    Ok(take_record_batch(rows, &lexsort_to_indices(&keys, None)?)?)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Before,
    Behind,
}

impl Direction {
    fn from(self, value: Expr, mark: ScalarValue) -> Expr {
        match self {
            Self::Before => value.lt(lit(mark)),
            Self::Behind => value.gt(lit(mark)),
        }
    }
}

/// Which rows stand on one side of a hit, and in which order the nearest come first.
fn neighbours(
    hits: &RecordBatch,
    row: usize,
    direction: Direction,
) -> Result<(Expr, Vec<datafusion::logical_expr::SortExpr>)> {
    let value = |name: &str| match hits.column_by_name(name) {
        Some(column) => ScalarValue::try_from_array(column, row),
        None => Ok(ScalarValue::Null),
    };
    let nearest = |name: &str| field(name).sort(direction == Direction::Behind, direction == Direction::Before);
    let (source, offset) = (value(column::SOURCE)?, value(column::OFFSET)?);
    if !source.is_null() && !offset.is_null() {
        let condition = field(column::SOURCE).eq(lit(source)).and(direction.from(field(column::OFFSET), offset));
        return Ok((condition, vec![nearest(column::OFFSET)]));
    }
    let (time, id) = (value(column::TIME)?, value(column::ID)?);
    let side = direction.from(field(column::TIME), time.clone());
    let mut condition = side.or(field(column::TIME).eq(lit(time)).and(direction.from(field(column::ID), id)));
    for name in [column::HOST, column::LOGGER, column::SERVICE] {
        let same = value(name)?;
        let equal = if same.is_null() { field(name).is_null() } else { field(name).eq(lit(same)) };
        condition = condition.and(equal);
    }
    Ok((condition, vec![nearest(column::TIME), nearest(column::ID)]))
}
