//! A dataset as a table of the engine below.

use std::sync::Arc;

use arrow::datatypes::{Field, SchemaRef};
use async_trait::async_trait;
use bongsu_index::Ask;
use bongsu_store::Snapshot;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DFSchema;
use datafusion::error::Result;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use crate::asks;
use crate::candidates;
use crate::cube::Cube;
use crate::prune;
use crate::scan::{Access, Scan};
use crate::sketches::Sketches;

/// One dataset at one moment, for SQL.
///
/// Conditions are used to leave out files, and rows as far as the files' indexes say; the planner moves those that no index
/// knows into the scan of each file itself.
#[derive(Debug)]
pub(crate) struct DatasetTable {
    snapshot: Arc<Snapshot>,
    access: Access,
}

impl DatasetTable {
    pub(crate) fn new(snapshot: Arc<Snapshot>, access: Access) -> Self {
        Self { snapshot, access }
    }

    pub(crate) fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// Its counts by minute, level and service.
    pub(crate) fn cube(&self) -> Cube {
        Cube::new(Arc::clone(&self.snapshot), self.access.clone())
    }

    /// Sketches of its `columns` by service.
    pub(crate) fn sketches(&self, columns: Vec<Field>) -> Sketches {
        Sketches::new(Arc::clone(&self.snapshot), self.access.clone(), columns)
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
        let judged = |filter: &&Expr| {
            if asks::ask(filter).is_unknown() {
                TableProviderFilterPushDown::Inexact
            } else {
                TableProviderFilterPushDown::Exact
            }
        };
        Ok(filters.iter().map(judged).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = &self.snapshot.schema;
        let columns = DFSchema::try_from(Arc::clone(schema))?;
        let files = match conjunction(filters.to_vec()) {
            Some(filter) => {
                prune::by_predicate(&self.snapshot.files, &state.create_physical_expr(filter, &columns)?, schema)
            }
            None => self.snapshot.files.clone(),
        };
        // What an index can judge is answered here to the last row; the planner sees to the rest.
        let judged: Vec<(&Expr, Ask)> = filters.iter().map(|filter| (filter, asks::ask(filter))).collect();
        let judged = judged.into_iter().filter(|(_, ask)| !ask.is_unknown());
        let (exprs, asks): (Vec<Expr>, Vec<Ask>) = judged.map(|(filter, ask)| (filter.clone(), ask)).unzip();
        let predicate = conjunction(exprs).map(|expr| state.create_physical_expr(expr, &columns)).transpose()?;
        let ask = if asks.is_empty() { Ask::Unknown } else { Ask::And(asks) };
        let files = candidates::judge(&files, &ask, &self.access.indexes);
        let scan = Scan { access: &self.access, schema, files, live: &self.snapshot.live, projection, predicate };
        scan.plan(state.config_options())
    }
}
