//! `POST /api/v1/ingest`: a body of log records, kept before it is answered.

use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use bongsu_format::Format;
use bongsu_model::{Dataset, DatasetError};
use bongsu_source::{BodyKind, Gather};
use serde::Deserialize;
use tokio::runtime::Handle;

use crate::app::App;
use crate::asked::Incoming;
use crate::errors::ApiError;
use crate::idempotency::{Key, Printing};
use crate::keep::{Done, GOING_ON, Keep, PIECE, Wanted};
use crate::limits::{Account, Turn};
use crate::unpack::{Packing, Unpacker, broken};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    dataset: Option<String>,
    service: Option<String>,
    format: Option<String>,
}

/// A body at work: what it is unpacked by, and kept by behind that.
struct Work {
    unpacker: Unpacker<Keep>,
    packing: Packing,
    _turn: Turn,
}

/// Keeps the records of the body, and answers once they are on disk.
pub(crate) async fn ingest(State(app): State<Arc<App>>, request: Request) -> Result<Response, ApiError> {
    let (head, body) = request.into_parts();
    let options = options(&head.uri)?;
    let kind = kind(&head.headers)?;
    let packing = Packing::of(&head.headers)?;
    let key = Key::of(&head.headers)?;
    app.check_taking()?;
    let turn = app.room.ingest().await?;
    let incoming = Incoming::new(&head.headers, body, app.limits.body, app.limits.body_pause)?;
    let printing = Printing::new(&[head.uri.query().unwrap_or_default().as_bytes(), &[kind as u8]]);
    let key = match key {
        Some(key) => Some(app.keys.turn(key).await),
        None => None,
    };
    let wanted = Wanted { kind, options, key, printing };
    let done = match keep(&app, incoming, packing, wanted, turn).await {
        Ok(done) => {
            app.trouble.over();
            done
        }
        Err(failure) => {
            app.trouble.note(&failure, app.clock.now());
            return Err(failure);
        }
    };
    let mut response = Response::new(done.text.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if done.replayed {
        response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// Keeps a body while it comes in.
async fn keep(
    app: &Arc<App>,
    mut incoming: Incoming,
    packing: Packing,
    wanted: Wanted,
    turn: Turn,
) -> Result<Done, ApiError> {
    let begun = Arc::clone(app);
    let mut work = blocking(move || {
        let unpacker = Unpacker::new(packing, Keep::new(begun, wanted)?).map_err(|cause| broken(&cause))?;
        Ok(Work { unpacker, packing, _turn: turn })
    })
    .await?;
    let mut account = app.room.body();
    loop {
        let beside = work.beside();
        let keep = work.unpacker.out();
        if keep.has_begun() {
            account.wait_for(GOING_ON);
        }
        let come = incoming.piece(PIECE, &mut account, beside).await;
        let (bytes, last) = come.map_err(|failure| keep.told(failure))?;
        // The work goes on when the client is gone: it gives everything back at its own end.
        let stepped = blocking(move || work.step(bytes, last, account).map(|next| (work, next))).await?;
        match stepped {
            (_, Next::Done(done)) => return Ok(done),
            (back, Next::More(held)) => (work, account) = (back, held),
        }
    }
}

/// What comes after a step.
enum Next {
    More(Account),
    Done(Done),
}

impl Work {
    /// Bytes that the body takes between two pieces.
    fn beside(&mut self) -> usize {
        let keep = self.unpacker.out();
        keep.pending() + self.packing.window(keep.come())
    }

    /// Takes the next packed bytes, which `account` holds; blocks.
    fn step(&mut self, bytes: Vec<u8>, last: bool, account: Account) -> Result<Next, ApiError> {
        self.try_step(bytes, last, account).map_err(|failure| self.unpacker.out().told(failure))
    }

    fn try_step(&mut self, bytes: Vec<u8>, last: bool, mut account: Account) -> Result<Next, ApiError> {
        let plain = self.packing.plain(bytes.len()).min(PIECE);
        let beside = self.beside();
        self.unpacker.out().make_room(plain)?;
        if self.packing == Packing::None {
            // From here on the account of what is made of them holds the bytes too.
            Handle::current().block_on(account.hold(beside))?;
        }
        let mut written = self.unpacker.write(&bytes);
        drop(bytes);
        if last && written.is_ok() {
            written = self.unpacker.finish();
        }
        let keep = self.unpacker.out();
        if let Err(cause) = written {
            return Err(keep.failure().unwrap_or_else(|| broken(&cause)));
        }
        if last {
            return Ok(Next::Done(keep.finish()?));
        }
        keep.end_piece()?;
        Ok(Next::More(account))
    }
}

/// The result of work that blocks.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|cause| ApiError::internal(format!("the body was not kept: {cause}")))?
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
