//! The threads on which questions are worked out, apart from those of the program that asks: a question that computes
//! for long delays nobody who only waits.

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use futures::StreamExt;
use tokio::runtime::{Builder, Runtime};

use crate::error::QueryError;

/// Bytes of a thread's stack: enough for a plan as deep as [`crate::depth`] lets one be. Memory is taken as it is used.
const STACK: usize = 8 << 20;
/// Threads that read files, for each one that computes.
const READERS: usize = 4;
/// Batches that are worked out before somebody asks for them.
const AHEAD: usize = 2;

/// See the module.
#[derive(Debug)]
pub(crate) struct Workers(Option<Runtime>);

impl Workers {
    pub(crate) fn new(threads: usize) -> Result<Self, QueryError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads)
            .max_blocking_threads(threads * READERS)
            .thread_stack_size(STACK)
            .thread_name("bongsu-query")
            .enable_time()
            .build()
            .map_err(QueryError::internal)?;
        Ok(Self(Some(runtime)))
    }

    fn runtime(&self) -> Result<&Runtime> {
        self.0.as_ref().ok_or_else(|| DataFusionError::Internal("the workers are gone".into()))
    }

    /// The result of `work`. A panic in it goes on here.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn_on(work, self.runtime()?.handle());
        match tasks.join_next().await {
            Some(Ok(result)) => result,
            Some(Err(error)) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(error) => Err(DataFusionError::External(Box::new(error))),
            },
            None => Err(DataFusionError::Internal("the workers are gone".into())),
        }
    }

    /// `rows`, worked out here. Dropping them stops the work.
    pub(crate) fn stream(&self, mut rows: SendableRecordBatchStream) -> Result<SendableRecordBatchStream> {
        let mut builder = RecordBatchReceiverStream::builder(rows.schema(), AHEAD);
        let out = builder.tx();
        builder.spawn_on(
            async move {
                while let Some(batch) = rows.next().await {
                    let failed = batch.is_err();
                    if out.send(batch).await.is_err() || failed {
                        break;
                    }
                }
                Ok(())
            },
            self.runtime()?.handle(),
        );
        Ok(builder.build())
    }
}

impl Drop for Workers {
    /// An engine may be dropped inside another runtime, where nothing may wait.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
