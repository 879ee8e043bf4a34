//! Questions as JSON: read whole, with every mistake told.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use futures::StreamExt;
use serde::de::DeserializeOwned;

use crate::errors::ApiError;
use crate::limits::Account;
use crate::unpack::too_large;

/// Most bytes of a question.
const LONGEST: usize = 1 << 20;

/// How a body is read.
pub(crate) struct Reading {
    /// Most bytes.
    pub(crate) most: usize,
    /// Longest time without a byte.
    pub(crate) pause: Duration,
}

/// The body's bytes, counted in `account` while they come.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    reading: &Reading,
    account: &mut Account,
) -> Result<Bytes, ApiError> {
    let told = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if told.is_some_and(|bytes| bytes > reading.most) {
        return Err(too_large(reading.most));
    }
    account.hold(told.unwrap_or(0))?;
    let mut bytes = Vec::with_capacity(told.unwrap_or(0));
    let mut parts = body.into_data_stream();
    loop {
        let part = tokio::time::timeout(reading.pause, parts.next()).await.map_err(|_| too_slow())?;
        let Some(part) = part else { return Ok(bytes.into()) };
        let part = part.map_err(|cause| {
            let message = format!("the body did not come whole: {cause}");
            ApiError::new(StatusCode::BAD_REQUEST, "broken-body", message).hint("send the request again")
        })?;
        if bytes.len() + part.len() > reading.most {
            return Err(too_large(reading.most));
        }
        account.hold(bytes.len() + part.len())?;
        bytes.extend_from_slice(&part);
    }
}

/// A question of the shape `T`.
pub(crate) async fn question<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
    pause: Duration,
    account: &mut Account,
) -> Result<T, ApiError> {
    let bytes = read(headers, body, &Reading { most: LONGEST, pause }, account).await?;
    parse(&bytes)
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes).map_err(|cause| {
        let position = (cause.line() > 0).then(|| {
            let before = bytes.split(|byte| *byte == b'\n').take(cause.line() - 1);
            before.map(|line| line.len() + 1).sum::<usize>() + cause.column().saturating_sub(1)
        });
        let id = if cause.is_data() { "wrong-question" } else { "wrong-json" };
        ApiError::new(StatusCode::BAD_REQUEST, id, format!("the body is not the question it should be: {cause}"))
            .position(position)
            .hint("`GET /api/v1/openapi.json` shows the members and their types")
    })
}

fn too_slow() -> ApiError {
    ApiError::new(StatusCode::REQUEST_TIMEOUT, "body-too-slow", "the rest of the body did not come in time")
        .hint("send the request again, in smaller pieces if the connection is slow")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::config::Limits;
    use crate::limits::Room;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        sql: String,
    }

    #[test]
    fn a_mistake_is_told_with_its_place() {
        assert_eq!(parse::<Asked>(br#"{"sql":"SELECT 1"}"#).unwrap().sql, "SELECT 1");
        let broken = parse::<Asked>(b"{\n \"sql\": }").unwrap_err().to_json();
        assert!(broken.contains(r#""id":"wrong-json""#) && broken.contains(r#""position":10"#), "{broken}");
        let other = parse::<Asked>(br#"{"sq":"SELECT 1"}"#).unwrap_err().to_json();
        assert!(other.contains("wrong-question") && other.contains("expected `sql`"), "{other}");
        assert!(parse::<Asked>(b"").is_err());
    }

    #[tokio::test]
    async fn a_body_is_bounded_in_size_and_in_time() {
        let room = Room::new(&Limits::default());
        let reading = Reading { most: 4, pause: Duration::from_millis(20) };
        let none = HeaderMap::new();
        let whole = read(&none, Body::from("1234"), &reading, &mut room.account()).await.unwrap();
        assert_eq!(whole, "1234");
        let long = read(&none, Body::from("12345"), &reading, &mut room.account()).await.unwrap_err();
        assert_eq!(long.status(), StatusCode::PAYLOAD_TOO_LARGE);
        let silent = Body::from_stream(futures::stream::pending::<std::io::Result<Bytes>>());
        let slow = read(&none, silent, &reading, &mut room.account()).await.unwrap_err();
        assert_eq!(slow.status(), StatusCode::REQUEST_TIMEOUT);
    }
}
