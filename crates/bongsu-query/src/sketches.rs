//! Sketches of columns of numbers by service, taken from the files' indexes instead of from rows.
//!
//! A statement that asks for quantiles of such columns, of all rows or by service, merges the sketches of a table with a row for
//! each row group and service. Row groups that lie in the wanted time only in part, live rows and files without an index come to
//! that table row by row.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryBuilder, RecordBatch, StringViewBuilder, new_null_array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use bongsu_index::{Ask, Group, Numbers, Rows, Sketched, Verdict};
use bongsu_model::column;
use bongsu_store::Snapshot;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::Result;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExecBuilder;

use crate::asks;
use crate::candidates::{self, Candidate, Judged};
use crate::cube::Span;
use crate::prune;
use crate::scan::Access;
use crate::sketched::number;
use crate::stand_in::{RowByRow, united};

/// The column with the sketches of the column `name`.
pub(crate) fn sketch_of(name: &str) -> String {
    format!("_sketch:{name}")
}

/// Whether the sketches can tell which rows pass `filter`: it is about the service, or says between which times.
pub(crate) fn can_filter(filter: &Expr) -> bool {
    let known = [column::TIME, column::SERVICE];
    filter.column_refs().iter().all(|column| known.contains(&column.name.as_str()))
        && !filter.is_volatile()
        && Span::of(std::slice::from_ref(filter)).is_some()
}

/// Whether `filter` wants rows with a number in the one column that is asked for.
pub(crate) fn is_present(filter: &Expr, sketched: &[Expr]) -> bool {
    matches!((filter, sketched), (Expr::IsNotNull(of), [only]) if number(of).is_some() && number(of) == number(only))
}

/// A dataset's numbers as a table of `time`, `service` and, for each column, a row's own number and a sketch of many.
#[derive(Debug)]
pub(crate) struct Sketches {
    snapshot: Arc<Snapshot>,
    access: Access,
    columns: Vec<Field>,
    schema: SchemaRef,
}

impl Sketches {
    pub(crate) fn new(snapshot: Arc<Snapshot>, access: Access, columns: Vec<Field>) -> Self {
        let mut fields = vec![
            Field::new(column::TIME, column::time_type(), true),
            Field::new(column::SERVICE, DataType::Utf8View, true),
        ];
        fields.extend(columns.iter().map(|column| column.clone().with_nullable(true)));
        fields.extend(columns.iter().map(|column| Field::new(sketch_of(column.name()), DataType::Binary, true)));
        Self { snapshot, access, columns, schema: Arc::new(Schema::new(fields)) }
    }

    fn has(&self, expr: &Expr) -> bool {
        matches!(expr, Expr::Column(of) if self.columns.iter().any(|column| *column.name() == of.name))
    }

    /// The rows of a dataset, each with its own numbers and without a sketch.
    fn row_by_row(&self) -> RowByRow<'_> {
        let (own, sketches) = self.schema.fields().split_at(2 + self.columns.len());
        let columns = own.iter().map(|field| field.name().as_str()).collect();
        let same = sketches.iter().map(|field| (field.name().as_str(), ScalarValue::Binary(None))).collect();
        RowByRow { snapshot: &self.snapshot, access: &self.access, columns, same }
    }

    /// The rows of `plan`, which has this table's columns, for which `filters` are true.
    fn of_services(
        &self,
        state: &dyn Session,
        plan: Arc<dyn ExecutionPlan>,
        filters: Vec<Expr>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(filter) = conjunction(filters) else { return Ok(plan) };
        let predicate = state.create_physical_expr(filter, &DFSchema::try_from(Arc::clone(&self.schema))?)?;
        Ok(Arc::new(FilterExecBuilder::new(predicate, plan).build()?))
    }

    /// Takes what the files' indexes know of row groups that lie in `span`; gives the row groups that have to be read.
    fn take(&self, span: Span, found: &mut Found<'_>) -> Vec<Candidate> {
        let mut left = Vec::new();
        for file in prune::by_time(&self.snapshot.files, &span.range()) {
            let Some(index) = self.access.indexes.of(&file) else {
                left.push(Candidate { file, groups: None });
                continue;
            };
            let mut groups = Vec::with_capacity(index.groups.len());
            for group in &index.groups {
                let known =
                    span.has(group.time()) && group.numbers(&index.source).is_some_and(|known| found.add(known));
                let may = if known { Rows::none() } else { wanted(span, group) };
                groups.push(Judged::new(group, Verdict { may, must: Rows::none() }));
            }
            left.extend(Candidate { file, groups: Some(Arc::new(groups)) }.present());
        }
        self.access.indexes.trim();
        left
    }
}

/// The rows of `group` that can lie in `span`.
fn wanted(span: Span, group: &Group) -> Rows {
    if span.touches(group.time()) { Rows::all(group.rows()) } else { Rows::none() }
}

/// Sketches that were found, a row for each row group and service.
struct Found<'a> {
    columns: &'a [Field],
    /// Whether services without a number are left out.
    present: bool,
    services: StringViewBuilder,
    sketches: Vec<BinaryBuilder>,
    rows: usize,
}

impl Found<'_> {
    /// Adds what is known of a row group; does not when a column is missing in it.
    fn add(&mut self, numbers: &Numbers) -> bool {
        let columns: Option<Vec<_>> = self.columns.iter().map(|column| numbers.column(column.name())).collect();
        let Some(columns) = columns else { return false };
        for (nth, service) in numbers.services.iter().enumerate() {
            let of = |column: &&[Sketched]| {
                column.iter().find(|(service, _)| *service as usize == nth).map(|(_, bytes)| bytes.clone())
            };
            let sketches: Vec<_> = columns.iter().map(of).collect();
            if self.present && sketches.iter().all(Option::is_none) {
                continue;
            }
            self.services.append_option(service.as_deref());
            self.rows += 1;
            self.sketches.iter_mut().zip(sketches).for_each(|(column, sketch)| column.append_option(sketch));
        }
        true
    }

    fn batch(mut self, schema: &SchemaRef) -> Result<RecordBatch> {
        let mut columns: Vec<ArrayRef> = vec![new_null_array(&column::time_type(), self.rows)];
        columns.push(Arc::new(self.services.finish()));
        columns.extend(self.columns.iter().map(|column| new_null_array(column.data_type(), self.rows)));
        columns.extend(self.sketches.iter_mut().map(|sketches| Arc::new(sketches.finish()) as ArrayRef));
        Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
    }
}

#[async_trait]
impl TableProvider for Sketches {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Exact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let span = Span::of(filters).unwrap_or(Span::NONE);
        let sketches = self.columns.iter().map(|_| BinaryBuilder::new()).collect();
        let present = filters.iter().any(|filter| matches!(filter, Expr::IsNotNull(of) if self.has(of)));
        let services = StringViewBuilder::new();
        let mut found = Found { columns: &self.columns, present, services, sketches, rows: 0 };
        let left = self.take(span, &mut found);
        let mut parts: Vec<Arc<dyn ExecutionPlan>> = Vec::with_capacity(2);
        let batch = found.batch(&self.schema)?;
        if batch.num_rows() > 0 {
            let known = MemorySourceConfig::try_new_exec(&[vec![batch]], Arc::clone(&self.schema), None)?;
            // Their times lie in the span, so that only the service is asked for.
            let by_service: Vec<Expr> = filters
                .iter()
                .filter(|filter| filter.column_refs().iter().all(|of| of.name == column::SERVICE))
                .cloned()
                .collect();
            parts.push(self.of_services(state, known, by_service)?);
        }
        if !left.is_empty() || !self.snapshot.live.is_empty() || parts.is_empty() {
            let ask = Ask::And(filters.iter().map(asks::ask).collect());
            let left = candidates::narrow(left, &ask, &self.access.indexes);
            parts.push(self.row_by_row().plan(state, left, &self.snapshot.live, filters)?);
        }
        united(parts, &self.schema, projection)
    }
}
