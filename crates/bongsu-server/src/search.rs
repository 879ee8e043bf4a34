//! `POST /api/v1/search`: the search language.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use bongsu_model::{Dataset, TimeRange, Timestamp};
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

/// When and where a question looks.
pub(crate) struct Scope {
    pub(crate) range: TimeRange,
    pub(crate) dataset: Dataset,
    pub(crate) now: Timestamp,
    pub(crate) zone: TimeZone,
}

/// Rows that match, newest first: all times and 100 rows unless the question says otherwise.
pub(crate) async fn search(State(app): State<Arc<App>>, request: Request) -> Result<Response, ApiError> {
    let (head, body) = request.into_parts();
    let form = negotiate::wanted(&head.headers)?;
    let asked: Asked = asked::question(&head.headers, body, app.limits.body_pause, &mut app.room.question()).await?;
    let request = app.search_request(asked)?;
    let turn = app.room.query().await?;
    let found = app.engine.find(&request).await?;
    let mut response = rows::answer(found.rows.schema(), found.rows, form, turn, app.limits.answer_time).await?;
    rows::tell(&mut response, &found.notes);
    Ok(response)
}

impl App {
    fn search_request(&self, asked: Asked) -> Result<SearchRequest, ApiError> {
        let Scope { range, dataset, now, zone } =
            self.scope(asked.since.as_deref(), asked.until.as_deref(), asked.dataset.as_deref())?;
        let limit = Some(asked.limit.unwrap_or(ROWS));
        Ok(SearchRequest { range, limit, dataset, zone, now, ..SearchRequest::new(asked.query) })
    }

    /// What the words of a question for time and place mean.
    pub(crate) fn scope(
        &self,
        since: Option<&str>,
        until: Option<&str>,
        dataset: Option<&str>,
    ) -> Result<Scope, ApiError> {
        let (now, zone) = (self.clock.now(), TimeZone::system());
        let range = timerange::between(since, until, now, &zone).map_err(|wrong| ApiError::explained(&wrong))?;
        let dataset = match dataset {
            Some(name) => name.parse().map_err(|wrong: bongsu_model::DatasetError| ApiError::explained(&wrong))?,
            None => Dataset::default(),
        };
        Ok(Scope { range, dataset, now, zone })
    }
}
