//! Keeps a question within its time, and turns what goes wrong below into errors that say what to do.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{FutureExt, StreamExt};

use crate::error::{QueryError, own};
use crate::limits::Limits;
use crate::memory::CEILING;
use crate::reader::Opened;
use crate::sql_error::SqlError;
use crate::stop::{Stop, StopOnDrop};

/// The time that a question may still take, and what is needed to explain why it fails.
#[derive(Debug)]
pub(crate) struct Guard {
    left: Duration,
    limits: Limits,
    opened: Opened,
    /// Whatever becomes of the question, its work ends with it.
    _stop: StopOnDrop,
}

impl Guard {
    pub(crate) fn new(limits: &Limits, opened: Opened, stop: &Stop) -> Self {
        Self { left: limits.time, limits: limits.clone(), opened, _stop: stop.on_drop() }
    }

    /// Waits for `work`, which is stopped when the question's time is over. A panic in it becomes an error.
    pub(crate) async fn run<T>(
        &mut self,
        work: impl Future<Output = Result<T, DataFusionError>>,
    ) -> Result<T, QueryError> {
        let begun = Instant::now();
        let done = tokio::time::timeout(self.left, AssertUnwindSafe(work).catch_unwind()).await;
        self.left = self.left.saturating_sub(begun.elapsed());
        match done {
            Err(_) => Err(QueryError::TimedOut { limit: self.limits.time }),
            Ok(Ok(Ok(value))) => Ok(value),
            Ok(Ok(Err(error))) => Err(self.explain(error).await),
            Ok(Err(panic)) => {
                let text = panic
                    .downcast_ref::<String>()
                    .map(String::as_str)
                    .or_else(|| panic.downcast_ref::<&str>().copied())
                    .unwrap_or("no reason given");
                let error = QueryError::internal(text);
                Err(self.damage().await.unwrap_or(error))
            }
        }
    }

    async fn damage(&self) -> Option<QueryError> {
        let opened = self.opened.clone();
        tokio::task::spawn_blocking(move || opened.damaged()).await.ok().flatten()
    }

    async fn explain(&self, error: DataFusionError) -> QueryError {
        if let Some(own) = own(&error) {
            return own.clone();
        }
        match error.find_root() {
            DataFusionError::ResourcesExhausted(text) if text.contains("temp") || text.contains("disk") => {
                QueryError::Spill { reason: text.clone() }
            }
            DataFusionError::ResourcesExhausted(text) if text.contains(CEILING) => {
                QueryError::Ceiling { limit: self.limits.heap.map_or(0, |heap| heap.most) }
            }
            DataFusionError::ResourcesExhausted(_) => QueryError::Memory { limit: self.limits.memory },
            // A join without memory asks its left side once more, to put it on disk; not every side gives its rows twice.
            DataFusionError::Internal(text) if text.contains("no data to spill") => {
                QueryError::Memory { limit: self.limits.memory }
            }
            // The engine takes a regular expression that is too large, or is none, for a defect of its own.
            DataFusionError::Internal(text) if text.contains("did not compile") => {
                sql(text.split_once("Compute error: ").map_or(text.as_str(), |(_, cause)| cause))
            }
            DataFusionError::IoError(io) if io.kind() == std::io::ErrorKind::StorageFull => {
                QueryError::Spill { reason: io.to_string() }
            }
            DataFusionError::ArrowError(arrow, _)
                if matches!(
                    arrow.as_ref(),
                    ArrowError::ComputeError(_)
                        | ArrowError::CastError(_)
                        | ArrowError::ParseError(_)
                        | ArrowError::DivideByZero
                        | ArrowError::ArithmeticOverflow(_)
                ) =>
            {
                sql(&arrow.to_string())
            }
            DataFusionError::Execution(text)
            | DataFusionError::NotImplemented(text)
            | DataFusionError::Plan(text)
            | DataFusionError::Configuration(text) => match self.damage().await {
                Some(damage) => damage,
                None => sql(text),
            },
            root => {
                let text = root.strip_backtrace();
                self.damage().await.unwrap_or_else(|| QueryError::internal(text))
            }
        }
    }

    /// `rows`, kept within the question's time. The time in which nobody asks for rows does not count.
    pub(crate) fn stream(self, rows: SendableRecordBatchStream) -> SendableRecordBatchStream {
        let schema = rows.schema();
        let guarded = futures::stream::unfold(Some((self, rows)), |state| async {
            let (mut guard, mut rows) = state?;
            match guard.run(async { rows.next().await.transpose() }).await {
                Ok(None) => None,
                Ok(Some(batch)) => Some((Ok(batch), Some((guard, rows)))),
                Err(error) => Some((Err(error.into_stream()), None)),
            }
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, guarded))
    }
}

fn sql(message: &str) -> QueryError {
    SqlError::told(message).into()
}
