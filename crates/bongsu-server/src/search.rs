//! `POST /api/v1/search`: the search language.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::response::Response;
use bongsu_model::Dataset;
use bongsu_query::{SearchRequest, timerange};
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::app::App;
use crate::errors::ApiError;
use crate::{asked, negotiate, rows};

/// Rows when the question does not say how many.
const ROWS: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    query: String,
    since: Option<String>,
    until: Option<String>,
    limit: Option<usize>,
    dataset: Option<String>,
}

/// Rows that match, newest first: all times and 100 rows unless the question says otherwise.
pub(crate) async fn search(State(app): State<Arc<App>>, request: Request) -> Result<Response, ApiError> {
    let (head, body) = request.into_parts();
    let form = negotiate::wanted(&head.headers)?;
    let asked: Asked = asked::question(&head.headers, body, app.limits.body_pause, &mut app.room.account()).await?;
    let request = app.search_request(asked)?;
    let turn = app.room.query().await?;
    let found = app.engine.find(&request).await?;
    let mut response = rows::answer(found.rows.schema(), found.rows, form, turn, app.limits.answer_time).await?;
    for note in found.notes {
        if let Ok(note) = HeaderValue::from_str(&note.to_string()) {
            response.headers_mut().append("bongsu-note", note);
        }
    }
    Ok(response)
}

impl App {
    fn search_request(&self, asked: Asked) -> Result<SearchRequest, ApiError> {
        let (now, zone) = (self.clock.now(), TimeZone::system());
        let range = timerange::between(asked.since.as_deref(), asked.until.as_deref(), now, &zone)
            .map_err(|wrong| ApiError::explained(&wrong))?;
        let dataset = match asked.dataset {
            Some(name) => name.parse().map_err(|wrong: bongsu_model::DatasetError| ApiError::explained(&wrong))?,
            None => Dataset::default(),
        };
        let limit = Some(asked.limit.unwrap_or(ROWS));
        Ok(SearchRequest { range, limit, dataset, zone, now, ..SearchRequest::new(asked.query) })
    }
}
