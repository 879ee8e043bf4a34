//! `GET` and `POST /api/v1/patterns`: what messages have in common.

use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;
use bongsu_query::{PatternsRequest, QueryError};
use futures::stream;
use serde::Deserialize;

use crate::app::App;
use crate::errors::ApiError;
use crate::search::Scope;
use crate::{asked, negotiate, rows};

/// Patterns when the question does not say how many.
const PATTERNS: usize = 50;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    query: String,
    since: Option<String>,
    until: Option<String>,
    limit: Option<usize>,
    dataset: Option<String>,
    #[serde(default)]
    raw: bool,
}

/// Patterns, the most frequent first: of all times, and 50 of them unless the question says otherwise.
pub(crate) async fn patterns(State(app): State<Arc<App>>, request: Request) -> Result<Response, ApiError> {
    let (head, body) = request.into_parts();
    let form = negotiate::wanted(&head.headers)?;
    let asked = match head.method {
        Method::POST => asked::question(&head.headers, body, app.limits.body_pause, &mut app.room.question()).await?,
        _ => parameters(&head.uri)?,
    };
    let request = app.patterns_request(asked)?;
    let turn = app.room.query().await?;
    let found = app.engine.patterns(&request).await?;
    let batches = stream::iter([Ok::<_, QueryError>(found.rows.clone())]);
    let mut response = rows::answer(found.rows.schema(), batches, form, turn, app.limits.answer_time).await?;
    rows::tell(&mut response, &found.notes);
    Ok(response)
}

/// The question in an address.
fn parameters(uri: &Uri) -> Result<Asked, ApiError> {
    Query::try_from_uri(uri).map(|Query(asked)| asked).map_err(|wrong| {
        let message = format!("the parameters are not what they should be: {}", wrong.body_text());
        ApiError::new(StatusCode::BAD_REQUEST, "wrong-parameter", message)
            .hint("`GET /api/v1/openapi.json` shows the parameters and their types")
    })
}

impl App {
    fn patterns_request(&self, asked: Asked) -> Result<PatternsRequest, ApiError> {
        let Scope { range, dataset, now, zone } =
            self.scope(asked.since.as_deref(), asked.until.as_deref(), asked.dataset.as_deref())?;
        let (limit, raw) = (Some(asked.limit.unwrap_or(PATTERNS)), asked.raw);
        Ok(PatternsRequest { range, limit, dataset, raw, zone, now, ..PatternsRequest::new(asked.query) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_can_stand_in_the_address() {
        let read = |address: &str| parameters(&address.parse().unwrap());
        assert_eq!(read("/api/v1/patterns").unwrap(), Asked::default());
        let asked = read("/api/v1/patterns?query=level%3Aerror+timeout&since=1h&limit=3&raw=true&dataset=web").unwrap();
        let wanted = Asked {
            query: "level:error timeout".into(),
            since: Some("1h".into()),
            until: None,
            limit: Some(3),
            dataset: Some("web".into()),
            raw: true,
        };
        assert_eq!(asked, wanted);
        for wrong in ["limit=many", "lmit=3", "raw=perhaps"] {
            let told = read(&format!("/api/v1/patterns?{wrong}")).unwrap_err();
            assert_eq!(told.status(), StatusCode::BAD_REQUEST, "{wrong}");
            assert!(told.to_json().contains("wrong-parameter"), "{}", told.to_json());
        }
    }
}
