//! A dataset as a table of the engine below.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use bongsu_store::Snapshot;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DFSchema;
use datafusion::error::Result;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use crate::prune;
use crate::scan::{Access, Scan};

/// One dataset at one moment, for SQL.
///
/// Conditions are used to leave out files; the planner then moves them into the scan of each file itself.
#[derive(Debug)]
pub(crate) struct DatasetTable {
    snapshot: Arc<Snapshot>,
    access: Access,
}

impl DatasetTable {
    pub(crate) fn new(snapshot: Arc<Snapshot>, access: Access) -> Self {
        Self { snapshot, access }
    }
}

#[async_trait]
impl TableProvider for DatasetTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.snapshot.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = &self.snapshot.schema;
        let files = match conjunction(filters.to_vec()) {
            Some(filter) => {
                let columns = DFSchema::try_from(Arc::clone(schema))?;
                prune::by_predicate(&self.snapshot.files, &state.create_physical_expr(filter, &columns)?, schema)
            }
            None => self.snapshot.files.clone(),
        };
        let scan = Scan { access: &self.access, schema, files, live: &self.snapshot.live, projection, predicate: None };
        scan.plan(state.config_options())
    }
}
