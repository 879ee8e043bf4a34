//! Rows on their way to the client.
//!
//! The beginning of an answer is gathered before its head is sent, so that most errors have an honest status. An error
//! that comes later closes the connection before the answer's proper end, which every HTTP client reports; JSON lines
//! have the error as their last line before that.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use bongsu_query::rows::{Form, Nulls, RowWriter};
use bongsu_query::{QueryError, SendableRecordBatchStream};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use tokio::time::Instant;

use crate::errors::ApiError;
use crate::limits::Turn;
use crate::negotiate::media_type;

/// Bytes of an answer that are gathered before its head is sent.
const GATHERED: usize = 64 << 10;

/// Rows that are being sent.
struct Sending {
    rows: SendableRecordBatchStream,
    writer: Option<RowWriter<Vec<u8>>>,
    form: Form,
    end: Instant,
    _turn: Turn,
}

/// The answer that `rows` make, in the wanted form; the turn is held until the last of them has been taken.
pub(crate) async fn answer(
    rows: SendableRecordBatchStream,
    form: Form,
    turn: Turn,
    longest: Duration,
) -> Result<Response, ApiError> {
    let writer = RowWriter::new(Vec::new(), form, Nulls::Omit, &rows.schema())?;
    let mut sending = Sending { rows, writer: Some(writer), form, end: Instant::now() + longest, _turn: turn };
    let first = sending.gather().await?;
    let body = if sending.writer.is_none() { Body::from(first) } else { Body::from_stream(sending.stream(first)) };
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(form)));
    Ok(response)
}

impl Sending {
    /// The next bytes: many rows at once while they come quickly, the last ones when there is no writer afterwards.
    async fn gather(&mut self) -> Result<Bytes, ApiError> {
        while let Some(writer) = &mut self.writer {
            if writer.get_mut().len() >= GATHERED {
                return Ok(std::mem::take(writer.get_mut()).into());
            }
            let next = tokio::time::timeout_at(self.end, self.rows.next()).await.map_err(|_| too_slow())?;
            match next {
                Some(batch) => writer.write(&batch.map_err(QueryError::from)?)?,
                None => {
                    if let Some(writer) = self.writer.take() {
                        return Ok(writer.finish()?.into());
                    }
                }
            }
        }
        Ok(Bytes::new())
    }

    fn stream(self, first: Bytes) -> impl Stream<Item = io::Result<Bytes>> {
        stream::unfold(Step::Send(first, self), Step::next)
    }
}

enum Step {
    Send(Bytes, Sending),
    Gather(Sending),
    Break(ApiError),
    Done,
}

impl Step {
    async fn next(self) -> Option<(io::Result<Bytes>, Self)> {
        match self {
            Self::Send(bytes, sending) => Some((Ok(bytes), Self::Gather(sending))),
            Self::Gather(mut sending) => match sending.gather().await {
                Ok(bytes) if sending.writer.is_none() => Some((Ok(bytes), Self::Done)),
                Ok(bytes) => Some((Ok(bytes), Self::Gather(sending))),
                Err(error) if sending.form == Form::JsonLines => {
                    Some((Ok((error.to_json() + "\n").into()), Self::Break(error)))
                }
                Err(error) => Some((Err(io::Error::other(error.to_json())), Self::Done)),
            },
            Self::Break(error) => {
                // The line before goes out while this one waits: a broken body stops the connection at once.
                tokio::task::yield_now().await;
                Some((Err(io::Error::other(error.to_json())), Self::Done))
            }
            Self::Done => None,
        }
    }
}

fn too_slow() -> ApiError {
    ApiError::new(StatusCode::GATEWAY_TIMEOUT, "answer-too-slow", "the answer took longer to send than it may")
        .hint("ask for fewer rows, or for smaller ranges one after another")
}
