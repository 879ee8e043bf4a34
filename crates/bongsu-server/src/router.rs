//! Which path is answered by whom, and what is said about a path that is not there.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use serde_json::json;

use crate::app::App;
use crate::errors::ApiError;
use crate::{drain, guard, health, ingest, patterns, search, sql};

/// A path, a method that it is asked with, and what it is for.
pub(crate) struct Route {
    pub(crate) path: &'static str,
    pub(crate) method: &'static str,
    pub(crate) about: &'static str,
}

/// Every path that is answered.
pub(crate) const ROUTES: [Route; 10] = [
    Route { path: "/", method: "GET", about: "this list" },
    Route { path: "/health", method: "GET", about: "200 while the process lives" },
    Route { path: "/ready", method: "GET", about: "200 while records are taken, 503 with the reason otherwise" },
    Route { path: "/metrics", method: "GET", about: "counters for Prometheus" },
    Route { path: "/api/v1/ingest", method: "POST", about: "keep log records: ?dataset= &service= &format=" },
    Route { path: "/api/v1/search", method: "POST", about: "find records: {query, since, until, limit, dataset}" },
    Route { path: "/api/v1/sql", method: "POST", about: "ask in SQL: {sql}" },
    Route { path: "/api/v1/patterns", method: "GET", about: "what messages have in common: ?query= &since= &limit=" },
    Route {
        path: "/api/v1/patterns",
        method: "POST",
        about: "what messages have in common: {query, since, until, limit, dataset, raw}",
    },
    Route { path: "/api/v1/openapi.json", method: "GET", about: "this interface for programs" },
];

const OPENAPI: &str = include_str!("openapi.json");

fn handler(route: &Route) -> MethodRouter<Arc<App>> {
    match route.path {
        "/" => get(index),
        "/health" => get(health::health),
        "/ready" => get(health::ready),
        "/metrics" => get(health::metrics),
        "/api/v1/ingest" => post(ingest::ingest),
        "/api/v1/search" => post(search::search),
        "/api/v1/sql" => post(sql::sql),
        "/api/v1/patterns" if route.method == "POST" => post(patterns::patterns),
        "/api/v1/patterns" => get(patterns::patterns),
        _ => get(openapi),
    }
}

/// The whole interface.
pub(crate) fn router(app: &Arc<App>) -> Router {
    ROUTES
        .iter()
        .fold(Router::new(), |router, route| router.route(route.path, handler(route)))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(Arc::clone(app), watch))
        .with_state(Arc::clone(app))
}

/// Bytes that are read of the body of somebody who may not ask, for the sake of an answer that arrives.
const FROM_STRANGERS: usize = 1 << 20;

/// Lets in who may ask, and counts every answer.
async fn watch(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (began, _busy) = (Instant::now(), app.metrics.began());
    let path = ROUTES.iter().find(|route| route.path == request.uri().path()).map_or("other", |route| route.path);
    let method = name_of(request.method());
    let (request, rest) = drain::lend(request);
    let (response, wanted) = match guard::check(path, request.headers(), app.token.as_ref()) {
        Ok(()) => (next.run(request).await, app.limits.body),
        Err(refusal) => {
            drop(request);
            (refusal.into_response(), FROM_STRANGERS)
        }
    };
    if response.status().is_client_error() || response.status().is_server_error() {
        rest.drain(wanted).await;
    }
    let (status, took) = (response.status().as_u16(), began.elapsed());
    app.metrics.answered(path, method, status, took);
    tracing::debug!(path, method, status, ?took, "answered");
    response
}

/// The method as a label; clients may invent any number of others.
fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}

async fn index() -> Response {
    let endpoints: serde_json::Map<_, _> =
        ROUTES.iter().map(|route| (format!("{} {}", route.method, route.path), json!(route.about))).collect();
    Json(json!({ "name": "bongsu", "version": env!("CARGO_PKG_VERSION"), "endpoints": endpoints })).into_response()
}

async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], OPENAPI).into_response()
}

async fn unknown(uri: Uri) -> ApiError {
    let path = uri.path();
    let mut close: Vec<(usize, &str)> = ROUTES
        .iter()
        .map(|route| (distance(path, route.path), route.path))
        .filter(|(distance, known)| *distance <= known.len() / 3)
        .collect();
    close.sort_unstable();
    let error = ApiError::new(StatusCode::NOT_FOUND, "no-such-path", format!("there is nothing at `{path}`"));
    if close.is_empty() {
        return error.hint("`GET /` lists every path");
    }
    let names: Vec<String> = close.iter().take(3).map(|(_, path)| format!("`{path}`")).collect();
    error.hint(format!("did you mean {}?", names.join(" or ")))
}

async fn wrong_method(method: Method, uri: Uri) -> Response {
    let path = uri.path();
    let wanted: Vec<&str> = ROUTES.iter().filter(|route| route.path == path).map(|route| route.method).collect();
    let message = format!("`{path}` is not asked with {method}");
    let hint = format!("use {}", wanted.join(" or "));
    let mut response =
        ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "wrong-method", message).hint(hint).into_response();
    let allow = wanted.join(",").replace("GET", "GET,HEAD");
    if let Ok(allow) = HeaderValue::from_str(&allow) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

/// How many bytes must be added, removed or replaced to make `a` of `b`; at most the length of the longer one.
fn distance(a: &str, b: &str) -> usize {
    const LONGEST: usize = 200;
    if a.len() > LONGEST {
        return a.len().max(b.len());
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, byte) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(byte != other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, wanted) in [("", "", 0), ("abc", "", 3), ("/sql", "/sqll", 1), ("kitten", "sitting", 3)] {
            assert_eq!(distance(a, b), wanted, "{a} {b}");
        }
    }

    #[tokio::test]
    async fn an_unknown_path_names_the_close_ones() {
        let close = unknown("/api/v1/serach".parse().unwrap()).await.to_json();
        assert!(close.contains("did you mean `/api/v1/search`"), "{close}");
        let far = unknown("/nothing/like/it".parse().unwrap()).await.to_json();
        assert!(far.contains("`GET /` lists"), "{far}");
    }

    #[test]
    fn every_route_is_in_the_openapi_document_and_no_other() {
        let document: serde_json::Value = serde_json::from_str(OPENAPI).unwrap();
        let mut described: Vec<String> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, methods)| {
                methods.as_object().unwrap().keys().map(move |method| format!("{} {path}", method.to_uppercase()))
            })
            .collect();
        let mut answered: Vec<String> = ROUTES.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
        described.sort();
        answered.sort();
        assert_eq!(described, answered);
    }
}
