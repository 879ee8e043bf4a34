//! The table of templates: what the messages of each dataset have in common, and how many rows there are of each.
//!
//! It has the rows of every dataset; no dataset can be called like it. Counts come from the files' indexes, so that no row is
//! read for them but those that are in no file yet or in a file without an index. Times are the seconds in which the first
//! and the last row lie.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, Int64Array, Int64Builder, RecordBatch, StringViewArray, StringViewBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use bongsu_model::{Dataset, column};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DFSchema;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures::{StreamExt, TryStreamExt, stream};

use crate::catalog::Catalog;
use crate::tally::{Seen, Tally, Wanted, read_examples};

/// The table's name.
pub(crate) const TEMPLATES: &str = "templates";

const DATASET: &str = "dataset";
const TEMPLATE: &str = "template";
const FIRST_SEEN: &str = "first_seen";
const LAST_SEEN: &str = "last_seen";
const COUNT: &str = "count";
const EXAMPLE: &str = "example";

/// Microseconds in a second.
const SECOND: i64 = 1_000_000;
/// Rows of a batch.
const BATCH: usize = 8_192;

/// The columns that say something about a template.
pub(crate) fn fields() -> Vec<Field> {
    vec![
        Field::new(DATASET, DataType::Utf8View, false),
        Field::new(column::TEMPLATE_ID, DataType::Int64, false),
        Field::new(TEMPLATE, DataType::Utf8View, false),
        Field::new(FIRST_SEEN, column::time_type(), false),
        Field::new(LAST_SEEN, column::time_type(), false),
        Field::new(COUNT, DataType::Int64, false),
        Field::new(EXAMPLE, DataType::Utf8View, true),
    ]
}

/// The values of [`fields`].
pub(crate) fn columns(dataset: &Dataset, found: &[Seen]) -> Vec<ArrayRef> {
    let (mut names, mut texts, mut examples) =
        (StringViewBuilder::new(), StringViewBuilder::new(), StringViewBuilder::new());
    let time = || TimestampMicrosecondBuilder::with_capacity(found.len()).with_timezone("UTC");
    let (mut first, mut last) = (time(), time());
    let mut counts = Int64Builder::with_capacity(found.len());
    for seen in found {
        names.append_value(dataset.as_str());
        texts.append_value(&seen.text);
        first.append_value(seen.seconds.0.saturating_mul(SECOND));
        last.append_value(seen.seconds.1.saturating_mul(SECOND));
        counts.append_value(seen.rows as i64);
        examples.append_option(seen.example());
    }
    vec![
        Arc::new(names.finish()),
        Arc::new(found.iter().map(|seen| seen.id).collect::<Int64Array>()),
        Arc::new(texts.finish()),
        Arc::new(first.finish()),
        Arc::new(last.finish()),
        Arc::new(counts.finish()),
        Arc::new(examples.finish()),
    ]
}

/// The templates of every dataset.
#[derive(Debug)]
pub(crate) struct TemplatesTable {
    catalog: Catalog,
    schema: SchemaRef,
}

impl TemplatesTable {
    pub(crate) fn new(catalog: Catalog) -> Self {
        Self { catalog, schema: Arc::new(Schema::new(fields())) }
    }

    /// The datasets for whose names `filters` are true.
    fn datasets(&self, state: &dyn Session, filters: &[Expr]) -> Result<Vec<Dataset>> {
        let all = self.catalog.datasets();
        let names = all.iter().map(|dataset| Some(dataset.as_str())).collect::<StringViewArray>();
        let schema = Arc::new(Schema::new(vec![Field::new(DATASET, DataType::Utf8View, false)]));
        let names = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(names)])?;
        let Some(filter) = conjunction(filters.to_vec()) else { return Ok(all.to_vec()) };
        let filter = state.create_physical_expr(filter, &DFSchema::try_from(schema)?)?;
        let holds = filter.evaluate(&names)?.into_array(all.len())?;
        let Some(holds) = holds.as_boolean_opt() else { return Ok(all.to_vec()) };
        Ok(all
            .iter()
            .zip(holds)
            .filter(|(_, holds)| *holds == Some(true))
            .map(|(dataset, _)| dataset.clone())
            .collect())
    }
}

/// Whether the name of a dataset is all that `filter` asks for.
fn names_dataset(filter: &Expr) -> bool {
    let columns = filter.column_refs();
    !columns.is_empty() && columns.iter().all(|column| column.name == DATASET) && !filter.is_volatile()
}

#[async_trait]
impl TableProvider for TemplatesTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let judged = |filter: &&Expr| {
            if names_dataset(filter) {
                TableProviderFilterPushDown::Inexact
            } else {
                TableProviderFilterPushDown::Unsupported
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
        let filters: Vec<Expr> = filters.iter().filter(|filter| names_dataset(filter)).cloned().collect();
        let example = self.schema.index_of(EXAMPLE)?;
        let rows = TemplateRows {
            catalog: self.catalog.clone(),
            schema: Arc::clone(&self.schema),
            datasets: self.datasets(state, &filters)?,
            examples: projection.is_none_or(|projection| projection.contains(&example)),
        };
        let schema = Arc::clone(&self.schema);
        Ok(Arc::new(StreamingTableExec::try_new(schema, vec![Arc::new(rows)], projection, [], false, None)?))
    }
}

/// The rows of the table, counted when they are asked for.
#[derive(Debug, Clone)]
struct TemplateRows {
    catalog: Catalog,
    schema: SchemaRef,
    datasets: Vec<Dataset>,
    examples: bool,
}

impl TemplateRows {
    async fn of(&self, dataset: &Dataset, context: &Arc<TaskContext>) -> Result<RecordBatch> {
        let table = self.catalog.dataset(dataset).await?;
        let (snapshot, access) = (table.snapshot(), table.access());
        let wanted = Wanted { files: snapshot.files.clone(), condition: None, examples: self.examples };
        let mut tally = Tally::default();
        tally.count(snapshot, access, context, &wanted).await?;
        let mut found = tally.finish();
        if self.examples {
            read_examples(&mut found, &snapshot.schema, access, context).await?;
        }
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns(dataset, &found))?)
    }
}

impl PartitionStream for TemplateRows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let batches = stream::iter(self.datasets.clone()).then({
            let rows = Arc::new(self.clone());
            move |dataset| {
                let (rows, context) = (Arc::clone(&rows), Arc::clone(&context));
                async move { rows.of(&dataset, &context).await }
            }
        });
        let pieces = batches.map_ok(|batch| {
            let starts = (0..batch.num_rows()).step_by(BATCH);
            stream::iter(
                starts.map(move |at| Ok(batch.slice(at, BATCH.min(batch.num_rows() - at)))).collect::<Vec<_>>(),
            )
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), pieces.try_flatten()))
    }
}
