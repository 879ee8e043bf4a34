//! The engine: one question in, one stream of rows out.

use std::sync::Arc;

use bongsu_store::Tables;
use datafusion::execution::SendableRecordBatchStream;

use crate::error::QueryError;
use crate::limits::Limits;
use crate::request::{Found, SearchRequest};

/// Answers searches and SQL over the datasets of a store. Cheap to share: wrap it in an [`Arc`].
#[derive(Debug)]
pub struct Engine {
    tables: Arc<dyn Tables>,
    limits: Limits,
}

impl Engine {
    /// An engine over `tables`; fails when the folder for temporary files cannot be used.
    pub fn new(tables: Arc<dyn Tables>, limits: Limits) -> Result<Self, QueryError> {
        Ok(Self { tables, limits })
    }

    /// The datasets this engine reads.
    pub fn tables(&self) -> &Arc<dyn Tables> {
        &self.tables
    }

    /// What one question may cost.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The rows that match, newest first. Errors on the way come through the stream; [`QueryError::from`] reads them.
    pub async fn search(&self, request: &SearchRequest) -> Result<SendableRecordBatchStream, QueryError> {
        Ok(self.find(request).await?.rows)
    }

    /// As [`Engine::search`], together with what the search's author should know.
    pub async fn find(&self, _request: &SearchRequest) -> Result<Found, QueryError> {
        Err(QueryError::internal("search is not there yet"))
    }

    /// The answer to one SQL statement that reads.
    pub async fn sql(&self, _sql: &str) -> Result<SendableRecordBatchStream, QueryError> {
        Err(QueryError::internal("SQL is not there yet"))
    }
}
