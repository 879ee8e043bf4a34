//! What tables that stand in for a dataset have in common: they know most from the files' indexes, and read the rest row by
//! row.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use bongsu_store::Snapshot;
use datafusion::catalog::Session;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::Result;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::expressions::{col, lit};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::union::UnionExec;

use crate::candidates::Candidate;
use crate::scan::{Access, Scan};

/// Some columns of a dataset's rows, and others that are the same in all of them.
pub(crate) struct RowByRow<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) access: &'a Access,
    pub(crate) columns: Vec<&'a str>,
    pub(crate) same: Vec<(&'a str, ScalarValue)>,
}

impl RowByRow<'_> {
    /// The rows of `files` and `live` ones for which `filters` are true.
    pub(crate) fn plan(
        self,
        state: &dyn Session,
        files: Vec<Candidate>,
        live: &[RecordBatch],
        filters: &[Expr],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = &self.snapshot.schema;
        let all = DFSchema::try_from(Arc::clone(schema))?;
        let predicate = conjunction(filters.to_vec()).map(|expr| state.create_physical_expr(expr, &all)).transpose()?;
        let projection: Vec<usize> = self.columns.iter().map(|name| schema.index_of(name)).collect::<Result<_, _>>()?;
        let scan = Scan { access: self.access, schema, files, live, projection: Some(&projection), predicate };
        let rows = scan.plan(state.config_options())?;
        let mut exprs: Vec<(Arc<dyn PhysicalExpr>, String)> = Vec::new();
        for name in self.columns {
            exprs.push((col(name, &rows.schema())?, name.to_owned()));
        }
        exprs.extend(self.same.into_iter().map(|(name, value)| (lit(value), name.to_owned())));
        Ok(Arc::new(ProjectionExec::try_new(exprs, rows)?))
    }
}

/// The rows of all `parts`, which have the columns of `schema`, and of these the chosen ones.
pub(crate) fn united(
    mut parts: Vec<Arc<dyn ExecutionPlan>>,
    schema: &Schema,
    projection: Option<&Vec<usize>>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let all = if parts.len() == 1 { parts.swap_remove(0) } else { UnionExec::try_new(parts)? };
    let Some(projection) = projection else { return Ok(all) };
    let names = projection.iter().map(|position| schema.field(*position).name().clone());
    let exprs = names.map(|name| Ok((col(&name, &all.schema())?, name))).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(ProjectionExec::try_new(exprs, all)?))
}
