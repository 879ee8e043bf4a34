//! `POST /api/v1/sql`: one statement that reads.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;

use crate::app::App;
use crate::errors::ApiError;
use crate::{asked, negotiate, rows};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    sql: String,
}

/// The statement's answer.
pub(crate) async fn sql(State(app): State<Arc<App>>, request: Request) -> Result<Response, ApiError> {
    let (head, body) = request.into_parts();
    let form = negotiate::wanted(&head.headers)?;
    let asked: Asked = asked::question(&head.headers, body, app.limits.body_pause, &mut app.room.question()).await?;
    let turn = app.room.query().await?;
    let rows = app.engine.sql(&asked.sql).await?;
    rows::answer(rows.schema(), rows, form, turn, app.limits.answer_time).await
}
