//! What is done in the background: keys whose time is over are forgotten.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::app::App;

/// Time between two rounds.
const EVERY: Duration = Duration::from_hours(1);

/// Goes its rounds until the stop.
pub(crate) async fn rounds(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let mut rounds = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            _ = rounds.tick() => forget(&app).await,
            _ = stopped.changed() => break,
        }
    }
}

async fn forget(app: &Arc<App>) {
    let app = Arc::clone(app);
    let forgotten = tokio::task::spawn_blocking(move || app.keys.forget_old(app.store.as_ref())).await;
    match forgotten {
        Ok(Ok(keys)) => tracing::debug!(keys, "old idempotency keys are forgotten"),
        Ok(Err(cause)) => tracing::warn!(%cause, "old idempotency keys could not be forgotten"),
        Err(cause) => tracing::warn!(%cause, "the upkeep failed"),
    }
}
