//! `POST /api/v1/ingest`: a body of log records, kept before it is answered.

use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use bongsu_format::Format;
use bongsu_model::{Clock, Dataset, DatasetError, Intake, Phrase};
use bongsu_source::{Body, BodyKind, Gather, batch_from_bytes};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::asked::{self, Reading};
use crate::errors::ApiError;
use crate::idempotency::{self, Key, Print};
use crate::limits::{Account, Turn};
use crate::unpack::{Packing, unpack};

/// What refused lines and records name as the place they came from.
const SOURCE: &str = "http";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    dataset: Option<String>,
    service: Option<String>,
    format: Option<String>,
}

#[derive(Debug, Serialize)]
struct Answer {
    accepted: u64,
    refused: u64,
    errors: Vec<LineError>,
}

#[derive(Debug, Serialize)]
struct LineError {
    line: u64,
    reason: String,
    reason_id: &'static str,
}

impl LineError {
    fn of(error: &bongsu_source::LineError) -> Self {
        Self { line: error.line, reason: error.reason.to_string(), reason_id: error.reason.id() }
    }
}

/// A body that waits to be kept, with everything that must be given back afterwards.
struct Work {
    body: Bytes,
    packing: Packing,
    kind: BodyKind,
    options: Gather,
    most: usize,
    print: Print,
    key: Option<idempotency::Turn>,
    account: Account,
    _turn: Turn,
}

/// What became of it.
struct Done {
    text: Vec<u8>,
    accepted: u64,
    refused: u64,
    bytes: u64,
    replayed: bool,
}

/// Keeps the records of the body, and answers once they are on disk.
pub(crate) async fn ingest(State(app): State<Arc<App>>, request: Request) -> Result<Response, ApiError> {
    let (head, body) = request.into_parts();
    let options = options(&head.uri)?;
    let kind = kind(&head.headers)?;
    let packing = Packing::of(&head.headers)?;
    let key = Key::of(&head.headers)?;
    app.check_taking()?;
    let turn = app.room.ingest()?;
    let mut account = app.room.account();
    let reading = Reading { most: app.limits.body, pause: app.limits.body_pause };
    let body = asked::read(&head.headers, body, &reading, &mut account).await?;
    let print = Print::of(&[&body, head.uri.query().unwrap_or_default().as_bytes(), &[kind as u8]]);
    let key = match key {
        Some(key) => Some(app.keys.turn(key).await),
        None => None,
    };
    let dataset = options.dataset.clone();
    let work = Work { body, packing, kind, options, most: app.limits.unpacked, print, key, account, _turn: turn };
    let (store, clock) = (Arc::clone(&app.store), Arc::clone(&app.clock));
    // The work goes on when the client is gone: it gives everything back at its own end.
    let done = tokio::task::spawn_blocking(move || keep(work, store.as_ref(), clock.as_ref()))
        .await
        .map_err(|cause| ApiError::internal(format!("the body was not kept: {cause}")))?;
    let done = match done {
        Ok(done) => {
            app.trouble.over();
            done
        }
        Err(failure) => {
            app.trouble.note(&failure, app.clock.now());
            return Err(failure);
        }
    };
    if done.replayed {
        app.metrics.replayed();
    } else {
        app.metrics.ingested(dataset.as_str(), done.accepted, done.refused, done.bytes);
    }
    let mut response = Response::new(done.text.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if done.replayed {
        response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    }
    Ok(response)
}

fn options(uri: &Uri) -> Result<Gather, ApiError> {
    let Query(params) = Query::<Params>::try_from_uri(uri).map_err(|wrong| {
        ApiError::new(StatusCode::BAD_REQUEST, "wrong-parameter", wrong.body_text())
            .hint("the parameters are dataset, service and format")
    })?;
    let dataset = match params.dataset {
        Some(name) => name.parse().map_err(|wrong: DatasetError| ApiError::explained(&wrong))?,
        None => Dataset::default(),
    };
    let format = match params.format {
        Some(name) => Some(name.parse::<Format>().map_err(|wrong| {
            ApiError::new(StatusCode::BAD_REQUEST, "unknown-format", wrong.to_string())
                .hint("leave `format` out: formats are recognised")
        })?),
        None => None,
    };
    Ok(Gather { dataset, service: params.service, format, ..Gather::default() })
}

/// What `Content-Type` says the body is. Only JSON lines are taken at their word, so that a broken one is refused and not
/// kept as text; other types are often sent without being meant, and the body tells more.
fn kind(headers: &HeaderMap) -> Result<BodyKind, ApiError> {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match name.as_str() {
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/json-lines" => {
            Ok(BodyKind::JsonLines)
        }
        name if name.starts_with("multipart/") => Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unknown-media-type",
            format!("a body of type `{name}` is not read"),
        )
        .hint("send the records themselves: JSON lines, a JSON array or text (`curl --data-binary @app.log`)")),
        _ => Ok(BodyKind::Auto),
    }
}

/// Keeps one body; blocks.
fn keep(mut work: Work, intake: &dyn Intake, clock: &dyn Clock) -> Result<Done, ApiError> {
    if let Some(key) = &work.key
        && let Some(text) = key.first_answer(work.print, intake)?
    {
        return Ok(Done { text, accepted: 0, refused: 0, bytes: 0, replayed: true });
    }
    let plain = unpack(work.body, work.packing, work.most, &mut work.account)?;
    let read = batch_from_bytes(&plain, work.kind, SOURCE, &work.options, clock);
    let Body { mut batch, accepted, refused, errors, .. } = read.map_err(|wrong| ApiError::explained(&wrong))?;
    let errors = errors.iter().map(LineError::of).collect();
    let mut text = serde_json::to_vec(&Answer { accepted, refused, errors })
        .map_err(|cause| ApiError::internal(cause.to_string()))?;
    text.push(b'\n');
    if let Some(key) = &work.key {
        batch.notes.push(key.note(work.print, &text));
    }
    if batch.rows.num_rows() > 0 || !batch.refused.is_empty() || !batch.notes.is_empty() {
        let _acked = intake.submit(batch)?;
    }
    Ok(Done { text, accepted, refused, bytes: plain.len() as u64, replayed: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(content_type: &str) -> Result<BodyKind, ApiError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        kind(&headers)
    }

    #[test]
    fn content_types() {
        assert_eq!(kind_of("application/x-ndjson; charset=utf-8").unwrap(), BodyKind::JsonLines);
        assert_eq!(kind_of("text/plain").unwrap(), BodyKind::Auto);
        assert_eq!(kind_of("application/json").unwrap(), BodyKind::Auto);
        assert_eq!(kind_of("application/x-www-form-urlencoded").unwrap(), BodyKind::Auto);
        assert_eq!(kind(&HeaderMap::new()).unwrap(), BodyKind::Auto);
        assert_eq!(
            kind_of("multipart/form-data; boundary=x").unwrap_err().status(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE
        );
    }

    #[test]
    fn parameters() {
        let good = options(&"/api/v1/ingest?dataset=web&service=check%20out".parse().unwrap()).unwrap();
        assert_eq!((good.dataset.as_str(), good.service.as_deref()), ("web", Some("check out")));
        for (query, id) in [
            ("datasets=web", "wrong-parameter"),
            ("dataset=..%2Fetc", "dataset-form"),
            ("dataset=api", "dataset-reserved"),
            ("format=morse", "unknown-format"),
        ] {
            let error = options(&format!("/?{query}").parse().unwrap()).unwrap_err();
            assert_eq!(error.status(), StatusCode::BAD_REQUEST);
            assert!(error.to_json().contains(id), "{}", error.to_json());
        }
    }
}
