//! `/health`, `/ready`, `/metrics`: what a supervisor asks.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use serde_json::json;

use crate::app::App;
use crate::errors::ApiError;
use crate::store_metrics;

/// The process lives.
pub(crate) async fn health() -> Response {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") })).into_response()
}

/// Records can be taken.
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    app.check_taking()?;
    app.trouble.check(app.clock.now())?;
    Ok(Json(json!({ "status": "ready" })).into_response())
}

/// Counts of the server and figures of the store.
pub(crate) async fn metrics(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    let text = tokio::task::spawn_blocking(move || exposition(&app))
        .await
        .map_err(|cause| ApiError::internal(cause.to_string()))??;
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

fn exposition(app: &App) -> Result<String, ApiError> {
    let stats = app.store.stats().map_err(|cause| ApiError::explained(&cause))?;
    let store = store_metrics::registry(&stats, &app.store.counts());
    let mut text = String::new();
    let heap = app.engine.limits().heap.and_then(|heap| (heap.used)());
    app.metrics.memory(app.room.taken(), heap.unwrap_or_default());
    app.metrics
        .encode(&mut text)
        .and_then(|()| encode_registry(&mut text, &store))
        .and_then(|()| encode_eof(&mut text))
        .map_err(|cause| ApiError::internal(cause.to_string()))?;
    Ok(text)
}
