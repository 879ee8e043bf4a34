//! Questions as JSON: read whole, with every mistake told.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use futures::StreamExt;
use serde::de::DeserializeOwned;

use crate::errors::ApiError;
use crate::limits::Account;
use crate::unpack::too_large;

/// Most bytes of a question.
const LONGEST: usize = 1 << 20;

/// Bytes that a body is expected to have at first when the client does not say.
const FIRST: usize = 64 << 10;

/// A body that is coming in.
pub(crate) struct Incoming {
    parts: BodyDataStream,
    /// What the client says how long it is.
    told: Option<usize>,
    come: usize,
    /// A part that did not fit the piece it came in.
    left: Bytes,
    most: usize,
    pause: Duration,
}

impl Incoming {
    /// A body of at most `most` bytes, which never makes us wait longer than `pause` for more.
    pub(crate) fn new(headers: &HeaderMap, body: Body, most: usize, pause: Duration) -> Result<Self, ApiError> {
        let told = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        if told.is_some_and(|bytes| bytes > most) {
            return Err(too_large(most));
        }
        Ok(Self { parts: body.into_data_stream(), told, come: 0, left: Bytes::new(), most, pause })
    }

    /// The next bytes, `most` of them unless the body ends before; and whether it does. `account` holds them, and `beside`
    /// bytes more.
    pub(crate) async fn piece(
        &mut self,
        most: usize,
        account: &mut Account,
        beside: usize,
    ) -> Result<(Vec<u8>, bool), ApiError> {
        let mut size = match self.told {
            Some(told) => (told.saturating_sub(self.come) + self.left.len()).min(most),
            None => FIRST.min(most),
        };
        account.hold(beside + size).await?;
        let mut piece = Vec::with_capacity(size);
        loop {
            if self.left.len() > size - piece.len() && size < most {
                size = size.saturating_mul(2).max(piece.len() + self.left.len()).min(most);
                account.hold(beside + size).await?;
                piece.reserve_exact(size - piece.len());
            }
            let room = size - piece.len();
            piece.extend_from_slice(&self.left.split_to(room.min(self.left.len())));
            if piece.len() == most && self.told.is_none_or(|told| self.come < told || !self.left.is_empty()) {
                return Ok((piece, false));
            }
            let part = tokio::time::timeout(self.pause, self.parts.next()).await.map_err(|_| too_slow())?;
            let Some(part) = part else { return Ok((piece, true)) };
            self.left = part.map_err(|cause| {
                let message = format!("the body did not come whole: {cause}");
                ApiError::new(StatusCode::BAD_REQUEST, "broken-body", message).hint("send the request again")
            })?;
            self.come += self.left.len();
            if self.come > self.most {
                return Err(too_large(self.most));
            }
        }
    }
}

/// A question of the shape `T`.
pub(crate) async fn question<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
    pause: Duration,
    account: &mut Account,
) -> Result<T, ApiError> {
    let mut incoming = Incoming::new(headers, body, LONGEST, pause)?;
    let (bytes, _) = incoming.piece(LONGEST + 1, account, 0).await?;
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

    fn incoming(body: Body) -> Incoming {
        Incoming::new(&HeaderMap::new(), body, 10, Duration::from_millis(20)).unwrap()
    }

    fn account() -> Account {
        Room::new(&Limits::default()).body()
    }

    #[tokio::test]
    async fn a_body_is_bounded_in_size_and_in_time() {
        let long = incoming(Body::from("12345678901")).piece(20, &mut account(), 0).await.unwrap_err();
        assert_eq!(long.status(), StatusCode::PAYLOAD_TOO_LARGE);
        let mut told = HeaderMap::new();
        told.insert(header::CONTENT_LENGTH, 11.into());
        assert!(Incoming::new(&told, Body::empty(), 10, Duration::ZERO).is_err());
        let silent = Body::from_stream(futures::stream::pending::<std::io::Result<Bytes>>());
        let slow = incoming(silent).piece(20, &mut account(), 0).await.unwrap_err();
        assert_eq!(slow.status(), StatusCode::REQUEST_TIMEOUT);
    }

    #[tokio::test]
    async fn a_body_comes_in_pieces_of_one_size() {
        let parts = ["12", "345", "", "6789"].map(|part| Ok::<_, std::io::Error>(Bytes::from(part)));
        let mut body = incoming(Body::from_stream(futures::stream::iter(parts)));
        for wanted in [(&b"1234"[..], false), (b"5678", false), (b"9", true)] {
            let (piece, last) = body.piece(4, &mut account(), 0).await.unwrap();
            assert_eq!((&piece[..], last), wanted);
        }
        let mut told = HeaderMap::new();
        told.insert(header::CONTENT_LENGTH, 8.into());
        let mut body = Incoming::new(&told, Body::from("12345678"), 10, Duration::from_secs(1)).unwrap();
        assert_eq!(body.piece(4, &mut account(), 0).await.unwrap(), (b"1234".to_vec(), false));
        assert_eq!(body.piece(4, &mut account(), 0).await.unwrap(), (b"5678".to_vec(), true));
    }

    #[tokio::test]
    async fn a_body_of_unknown_size_is_held_as_it_comes() {
        let long = vec![b'x'; 300 << 10];
        let room = Room::new(&Limits::default());
        let mut account = room.body();
        let mut body =
            Incoming::new(&HeaderMap::new(), Body::from(long.clone()), 1 << 20, Duration::from_secs(1)).unwrap();
        let (piece, last) = body.piece(1 << 20, &mut account, 0).await.unwrap();
        assert_eq!((piece, last), (long, true));
        assert!((300 << 10..700 << 10).contains(&room.taken()), "{}", room.taken());
    }
}
