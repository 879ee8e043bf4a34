//! When to stop: the signals that ask for it.

use tokio::signal::unix::{SignalKind, signal};

use crate::ServerError;

/// Waits for the first SIGTERM or SIGINT. Call it before anything that must end in order begins: signals that come
/// after the call are not lost.
pub fn signals() -> Result<impl Future<Output = ()> + Send, ServerError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(ServerError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(ServerError::Signals)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
