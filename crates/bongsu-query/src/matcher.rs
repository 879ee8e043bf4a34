//! A search's condition, for rows that somebody else reads: for deleting what a search finds.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::datatypes::SchemaRef;
use bongsu_index::Ask;
use bongsu_model::TimeRange;
use bongsu_store::{DataFile, Snapshot};
use datafusion::common::DFSchema;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, Operator};
use datafusion::physical_expr::PhysicalExpr;

use crate::error::QueryError;
use crate::indexes::Indexes;
use crate::request::SearchNote;
use crate::{asks, candidates, lower};

/// Says of rows which of them a search finds.
#[derive(Debug)]
pub struct Matcher {
    schema: SchemaRef,
    /// None when every row is found.
    predicate: Option<Arc<dyn PhysicalExpr>>,
    range: TimeRange,
    ask: Ask,
    indexes: Arc<Indexes>,
    notes: Vec<SearchNote>,
}

impl Matcher {
    pub(crate) fn new(
        state: &SessionState,
        snapshot: &Snapshot,
        (filter, notes): (Option<Expr>, Vec<SearchNote>),
        range: TimeRange,
        indexes: Arc<Indexes>,
    ) -> Result<Self, QueryError> {
        let ask = filter.as_ref().map_or(Ask::Unknown, asks::ask);
        let columns = DFSchema::try_from(Arc::clone(&snapshot.schema)).map_err(QueryError::from)?;
        let both = lower::joined(filter.into_iter().chain(lower::within(&range)).collect(), Operator::And);
        let predicate = both.map(|expr| state.create_physical_expr(expr, &columns)).transpose();
        let predicate = predicate.map_err(QueryError::from)?;
        Ok(Self { schema: Arc::clone(&snapshot.schema), predicate, range, ask, indexes, notes })
    }

    /// What the search's author should know.
    pub fn notes(&self) -> &[SearchNote] {
        &self.notes
    }

    /// Whether the search can find a row in `file`.
    pub fn may_find_in(&self, file: &DataFile) -> bool {
        file.time.is_none_or(|time| self.range.overlaps(time.from, time.to))
            && !candidates::judge(std::slice::from_ref(file), &self.ask, &self.indexes).is_empty()
    }

    /// Which of `rows`, of any columns of the dataset, the search finds; null means that it does not.
    pub fn finds(&self, rows: &RecordBatch) -> Result<BooleanArray, QueryError> {
        let Some(predicate) = &self.predicate else {
            return Ok(BooleanArray::from(vec![true; rows.num_rows()]));
        };
        let count = rows.num_rows();
        let columns: Vec<ArrayRef> = self
            .schema
            .fields()
            .iter()
            .map(|field| match rows.column_by_name(field.name()) {
                Some(column) => Arc::clone(column),
                None => new_null_array(field.data_type(), count),
            })
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        let rows = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
            .map_err(QueryError::internal)?;
        let found = predicate.evaluate(&rows).and_then(|found| found.into_array(count)).map_err(QueryError::from)?;
        found
            .as_boolean_opt()
            .cloned()
            .ok_or_else(|| QueryError::internal(format!("a condition is {}", found.data_type())))
    }
}
