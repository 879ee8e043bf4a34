//! Rows on their way to the client.
//!
//! The beginning of an answer is gathered before its head is sent, so that most errors have an honest status. An error
//! that comes later closes the connection before the answer's proper end, which every HTTP client reports; JSON lines
//! have the error as their last line before that.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringViewArray};
use arrow::datatypes::SchemaRef;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use bongsu_query::rows::{Form, Nulls, RowWriter};
use bongsu_query::{QueryError, SearchNote};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use tokio::time::Instant;

use crate::errors::ApiError;
use crate::limits::Turn;
use crate::negotiate::media_type;

/// Bytes of an answer that are gathered before its head is sent.
const GATHERED: usize = 64 << 10;
/// Bytes of text that are written at once.
const SLICE: usize = 1 << 20;

/// Puts what the asker should know beside the rows.
pub(crate) fn tell(response: &mut Response, notes: &[SearchNote]) {
    for note in notes {
        if let Ok(note) = HeaderValue::from_str(&note.to_string()) {
            response.headers_mut().append("bongsu-note", note);
        }
    }
}

/// Rows that are being sent.
struct Sending<S> {
    rows: S,
    /// Slices of the last batch that are not written yet.
    waiting: VecDeque<RecordBatch>,
    writer: Option<RowWriter<Vec<u8>>>,
    form: Form,
    end: Instant,
    _turn: Turn,
}

/// The answer that `rows` make, in the wanted form; the turn is held until the last of them has been taken.
pub(crate) async fn answer<S, E>(
    schema: SchemaRef,
    rows: S,
    form: Form,
    turn: Turn,
    longest: Duration,
) -> Result<Response, ApiError>
where
    S: Stream<Item = Result<RecordBatch, E>> + Send + Unpin + 'static,
    E: Send + 'static,
    QueryError: From<E>,
{
    let writer = RowWriter::new(Vec::new(), form, Nulls::Omit, &schema)?;
    let mut sending = Sending {
        rows,
        waiting: VecDeque::new(),
        writer: Some(writer),
        form,
        end: Instant::now() + longest,
        _turn: turn,
    };
    let first = sending.gather().await?;
    let body = if sending.writer.is_none() { Body::from(first) } else { Body::from_stream(sending.stream(first)) };
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(form)));
    Ok(response)
}

/// The batch in slices, none of which has much more text than is gathered, unless it is one row.
fn slices(batch: RecordBatch) -> VecDeque<RecordBatch> {
    let texts: Vec<&StringViewArray> =
        batch.columns().iter().filter_map(|column| column.as_string_view_opt()).collect();
    // Most batches are small as a whole, which is seen without looking at their rows.
    if texts.iter().map(|text| text.total_buffer_bytes_used()).sum::<usize>() <= SLICE {
        return VecDeque::from([batch]);
    }
    // The lower half of a view is the length of its text.
    let length = |text: &StringViewArray, row: usize| text.views().get(row).map_or(0, |view| *view as u32 as usize);
    let bytes = |row: usize| texts.iter().map(|text| length(text, row)).sum::<usize>();
    let (mut slices, mut from, mut size) = (VecDeque::new(), 0, 0);
    for row in 0..batch.num_rows() {
        let row_size = bytes(row);
        if size > 0 && size + row_size > SLICE {
            slices.push_back(batch.slice(from, row - from));
            (from, size) = (row, 0);
        }
        size += row_size;
    }
    slices.push_back(batch.slice(from, batch.num_rows() - from));
    slices
}

/// The slice with its own texts only: what it shares with the rest of its batch would be written too.
fn alone(slice: &RecordBatch) -> RecordBatch {
    let own = |column: &ArrayRef| match column.as_string_view_opt() {
        Some(text) => Arc::new(text.gc()) as ArrayRef,
        None => Arc::clone(column),
    };
    let columns = slice.columns().iter().map(own).collect();
    RecordBatch::try_new(slice.schema(), columns).unwrap_or_else(|_| slice.clone())
}

impl<S, E> Sending<S>
where
    S: Stream<Item = Result<RecordBatch, E>> + Unpin,
    QueryError: From<E>,
{
    /// The next bytes: many rows at once while they come quickly, the last ones when there is no writer afterwards.
    async fn gather(&mut self) -> Result<Bytes, ApiError> {
        while let Some(writer) = &mut self.writer {
            if writer.get_mut().len() >= GATHERED {
                return Ok(std::mem::take(writer.get_mut()).into());
            }
            if let Some(slice) = self.waiting.pop_front() {
                let slice = if self.form == Form::Arrow { alone(&slice) } else { slice };
                writer.write(&slice)?;
                continue;
            }
            let next = tokio::time::timeout_at(self.end, self.rows.next()).await.map_err(|_| too_slow())?;
            match next {
                Some(batch) => self.waiting = slices(batch.map_err(QueryError::from)?),
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

enum Step<S> {
    Send(Bytes, Sending<S>),
    Gather(Sending<S>),
    Break(ApiError),
    Done,
}

impl<S, E> Step<S>
where
    S: Stream<Item = Result<RecordBatch, E>> + Unpin,
    QueryError: From<E>,
{
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

#[cfg(test)]
mod tests {
    use arrow::array::Int64Array;
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;
    use crate::config::Limits;
    use crate::limits::Room;

    type Given = Result<RecordBatch, QueryError>;

    fn schema() -> SchemaRef {
        Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, true)]))
    }

    fn numbers(range: std::ops::Range<i64>) -> RecordBatch {
        RecordBatch::try_new(schema(), vec![Arc::new(Int64Array::from_iter_values(range))]).unwrap()
    }

    fn failure() -> Given {
        Err(QueryError::Internal { reason: "the disk is on fire".into() })
    }

    async fn ask(given: Vec<Given>, form: Form) -> Result<Response, ApiError> {
        let turn = Room::new(&Limits::default()).query().await.unwrap();
        answer(schema(), stream::iter(given), form, turn, Duration::from_mins(1)).await
    }

    /// What came before the end or the break, and whether it broke.
    async fn body(response: Response) -> (String, bool) {
        let mut parts = response.into_body().into_data_stream();
        let mut all = Vec::new();
        while let Some(part) = parts.next().await {
            let Ok(part) = part else { return (String::from_utf8(all).unwrap(), true) };
            all.extend_from_slice(&part);
        }
        (String::from_utf8(all).unwrap(), false)
    }

    #[tokio::test]
    async fn rows_come_whole_in_the_wanted_form() {
        let lines = ask(vec![Ok(numbers(0..2)), Ok(numbers(2..3))], Form::JsonLines).await.unwrap();
        assert_eq!(lines.headers()[header::CONTENT_TYPE], "application/x-ndjson");
        assert_eq!(body(lines).await, ("{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n".to_owned(), false));
        let none = ask(vec![], Form::Csv).await.unwrap();
        assert_eq!(body(none).await, ("n\n".to_owned(), false));
        let (many, broken) =
            body(ask(vec![Ok(numbers(0..50_000)), Ok(numbers(0..50_000))], Form::Csv).await.unwrap()).await;
        assert_eq!((many.lines().count(), broken), (100_001, false));
    }

    #[tokio::test]
    async fn long_texts_are_written_a_few_at_a_time() {
        let texts: ArrayRef =
            Arc::new(StringViewArray::from_iter_values((0..40).map(|n| format!("{n}{}", "x".repeat(300_000)))));
        let batch = RecordBatch::try_from_iter([("text", texts)]).unwrap();
        let cut = slices(batch.clone());
        assert_eq!((cut.len(), cut.iter().map(RecordBatch::num_rows).sum::<usize>()), (14, 40));
        assert!(alone(&cut[3]).get_array_memory_size() < 1_200_000);
        for form in [Form::JsonLines, Form::Arrow] {
            let turn = Room::new(&Limits::default()).query().await.unwrap();
            let given = stream::iter([Ok::<_, QueryError>(batch.clone())]);
            let response = answer(batch.schema(), given, form, turn, Duration::from_mins(1)).await.unwrap();
            let parts: Vec<Bytes> = response.into_body().into_data_stream().map(Result::unwrap).collect().await;
            let bytes: usize = parts.iter().map(Bytes::len).sum();
            assert!((12_000_000..12_100_000).contains(&bytes), "{form:?} {bytes}");
            assert!(parts.iter().all(|part| part.len() < 2_000_000), "{form:?}");
        }
    }

    #[tokio::test]
    async fn an_early_error_has_a_status_of_its_own() {
        let error = ask(vec![Ok(numbers(0..2)), failure()], Form::JsonLines).await.unwrap_err();
        assert_eq!(error.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[tokio::test]
    async fn a_late_error_breaks_the_answer_and_is_the_last_line_of_json() {
        let (text, broken) = body(ask(vec![Ok(numbers(0..50_000)), failure()], Form::JsonLines).await.unwrap()).await;
        assert!(broken);
        assert!(text.lines().last().unwrap().contains("the disk is on fire"));
        let (text, broken) = body(ask(vec![Ok(numbers(0..50_000)), failure()], Form::Csv).await.unwrap()).await;
        assert!(broken);
        assert!(!text.contains("fire"));
    }

    #[tokio::test]
    async fn an_answer_that_does_not_come_is_given_up() {
        let turn = Room::new(&Limits::default()).query().await.unwrap();
        let never = stream::pending::<Given>();
        let error = answer(schema(), never, Form::Csv, turn, Duration::from_millis(10)).await.unwrap_err();
        assert_eq!(error.status(), StatusCode::GATEWAY_TIMEOUT);
    }
}
