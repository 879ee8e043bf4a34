//! The datasets, and their templates, as tables of SQL. Each dataset is looked at once in a question, however often the
//! question names it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::{Field, Schema};
use async_trait::async_trait;
use bongsu_model::{Dataset, column};
use bongsu_store::{Snapshot, Tables};
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::TableType;

use crate::error::QueryError;
use crate::provider::DatasetTable;
use crate::scan::Access;
use crate::session::row_bytes;
use crate::session::{CATALOG, SCHEMA};
use crate::suggest::similar;
use crate::templates::{TEMPLATES, TemplatesTable};

/// The datasets there are. The default one always is, if only without rows.
pub(crate) fn datasets(tables: &dyn Tables) -> Result<Vec<Dataset>, QueryError> {
    let mut datasets = tables.datasets()?;
    if !datasets.contains(&Dataset::default()) {
        datasets.insert(0, Dataset::default());
    }
    Ok(datasets)
}

/// What `dataset` holds now.
pub(crate) fn snapshot(tables: &dyn Tables, dataset: &Dataset) -> Result<Snapshot, QueryError> {
    let known = tables.datasets()?;
    if known.contains(dataset) {
        return Ok(tables.snapshot(dataset)?);
    }
    if *dataset == Dataset::default() {
        let fields: Vec<Field> = column::core().into_iter().map(|(name, kind)| Field::new(name, kind, true)).collect();
        return Ok(Snapshot { schema: Arc::new(Schema::new(fields)), files: vec![], live: vec![] });
    }
    let similar = similar(dataset.as_str(), known.iter().map(Dataset::as_str));
    Err(QueryError::NoDataset { name: dataset.to_string(), similar })
}

/// The tables of one question.
#[derive(Debug, Clone)]
pub(crate) struct Catalog {
    tables: Arc<dyn Tables>,
    datasets: Vec<Dataset>,
    access: Access,
    seen: Arc<Mutex<HashMap<String, Arc<DatasetTable>>>>,
}

impl Catalog {
    /// Fails when the store cannot say what datasets there are.
    pub(crate) fn new(tables: Arc<dyn Tables>, access: Access) -> Result<Self, QueryError> {
        let datasets = datasets(tables.as_ref())?;
        Ok(Self { tables, datasets, access, seen: Arc::default() })
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.datasets.iter().map(Dataset::as_str).chain([TEMPLATES])
    }

    pub(crate) fn datasets(&self) -> &[Dataset] {
        &self.datasets
    }

    /// Bytes that a row of the widest table has, of those that were looked at.
    pub(crate) fn row_bytes(&self) -> usize {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.values().map(|table| row_bytes(table.snapshot())).max().unwrap_or_default()
    }

    pub(crate) async fn dataset(&self, dataset: &Dataset) -> Result<Arc<DatasetTable>> {
        if let Some(seen) = self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(dataset.as_str()) {
            return Ok(Arc::clone(seen));
        }
        let (tables, dataset) = (Arc::clone(&self.tables), dataset.clone());
        let name = dataset.to_string();
        let snapshot = tokio::task::spawn_blocking(move || snapshot(tables.as_ref(), &dataset))
            .await
            .map_err(|error| DataFusionError::External(Box::new(error)))?
            .map_err(QueryError::into_stream)?;
        let table = Arc::new(DatasetTable::new(Arc::new(snapshot), self.access.clone()));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(seen.entry(name).or_insert(table)))
    }
}

#[async_trait]
impl SchemaProvider for Catalog {
    fn table_names(&self) -> Vec<String> {
        self.names().map(str::to_owned).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        if name == TEMPLATES {
            return Ok(Some(Arc::new(TemplatesTable::new(self.clone()))));
        }
        let Some(dataset) = self.datasets.iter().find(|dataset| dataset.as_str() == name) else { return Ok(None) };
        Ok(Some(self.dataset(dataset).await?))
    }

    /// To list the tables, none of them is looked at.
    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        Ok(self.table_exist(name).then_some(TableType::Base))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }
}

impl CatalogProvider for Catalog {
    fn schema_names(&self) -> Vec<String> {
        vec![SCHEMA.to_owned()]
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        (name == SCHEMA).then(|| Arc::new(self.clone()) as Arc<dyn SchemaProvider>)
    }
}

impl CatalogProviderList for Catalog {
    fn register_catalog(&self, _: String, _: Arc<dyn CatalogProvider>) -> Option<Arc<dyn CatalogProvider>> {
        None
    }

    fn catalog_names(&self) -> Vec<String> {
        vec![CATALOG.to_owned()]
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        (name == CATALOG).then(|| Arc::new(self.clone()) as Arc<dyn CatalogProvider>)
    }
}
