//! What can go wrong, for the person who starts the server ([`ServerError`]) and for the one who asks it ([`ApiError`]).

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bongsu_model::{Explain, IntakeError, Phrase};
use bongsu_query::QueryError;
use bongsu_store::StoreError;
use serde::Serialize;

/// Why a server could not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Anybody on the network could read and write the logs.
    #[error("listening on {0} would open the logs to everybody who can reach it, because no token is set")]
    Open(SocketAddr),
    /// The token can be guessed or cannot be sent.
    #[error("the token must be {} or more visible ASCII characters", crate::Token::MIN)]
    Token,
    /// The address is none.
    #[error("`{address}` is not an address to listen on: {cause}")]
    Address {
        /// As it was given.
        address: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {cause}")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The process cannot be told to stop.
    #[error("cannot watch for signals: {0}")]
    Signals(std::io::Error),
    /// The store failed at the end. What was acknowledged is in its write-ahead log.
    #[error("{0}")]
    Store(StoreError),
    /// The store's last flush did not come to its end. What was acknowledged is in its write-ahead log.
    #[error("the store could not be flushed: {0}")]
    Flush(String),
}

impl Explain for ServerError {
    fn id(&self) -> &'static str {
        match self {
            Self::Open(_) => "server-open",
            Self::Token => "server-token",
            Self::Address { .. } => "server-address",
            Self::Bind { .. } => "server-bind",
            Self::Signals(_) => "server-signals",
            Self::Store(cause) => cause.id(),
            Self::Flush(_) => "server-flush",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Open(address) => vec![("address", address.to_string())],
            Self::Token => vec![("min", crate::Token::MIN.to_string())],
            Self::Address { address, cause } => vec![("address", address.clone()), ("cause", cause.to_string())],
            Self::Bind { address, cause } => vec![("address", address.to_string()), ("cause", cause.to_string())],
            Self::Signals(cause) => vec![("cause", cause.to_string())],
            Self::Store(cause) => cause.args(),
            Self::Flush(cause) => vec![("cause", cause.clone())],
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Open(_) => "set a token with `--token` or `BONGSU_TOKEN`, or listen on 127.0.0.1".into(),
            Self::Token => "make one with `openssl rand -hex 32`".into(),
            Self::Address { .. } => "write host and port, for example `127.0.0.1:5105`".into(),
            Self::Bind { cause, .. } if cause.kind() == std::io::ErrorKind::AddrInUse => {
                "another program listens there: stop it, or choose another port with `--http`".into()
            }
            Self::Bind { .. } => "choose an address of this machine and a port above 1023 with `--http`".into(),
            Self::Signals(_) => "start the server where signals can be handled".into(),
            Self::Store(cause) => return cause.hint(),
            Self::Flush(_) => "nothing is lost: mend the cause and start again; `bongsu check` tells more".into(),
        })
    }

    fn part(&self) -> Option<(&'static str, &dyn Phrase)> {
        match self {
            Self::Store(cause) => cause.part(),
            _ => None,
        }
    }
}

/// What a client is told when its request cannot be answered:
/// `{"error":{"id":…,"message":…,"hint":…,"position":…}}` with an honest status, and `"kept"` beside it when a part of what
/// was sent is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    status: StatusCode,
    body: Told,
    kept: Option<Box<Kept>>,
    retry_after: Option<Duration>,
}

/// What is kept of a body that could not be kept whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Kept {
    /// Records.
    pub(crate) accepted: u64,
    /// Lines that were refused.
    pub(crate) refused: u64,
    /// Bytes of the body, unpacked, in which they all lie and that need not be sent again.
    pub(crate) bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Told {
    id: Cow<'static, str>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<usize>,
}

#[derive(Serialize)]
struct Wrapped<'a> {
    error: &'a Told,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<&'a Kept>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, id: &'static str, message: impl Into<String>) -> Self {
        let body = Told { id: id.into(), message: message.into(), hint: None, position: None };
        Self { status, body, kept: None, retry_after: None }
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.body.hint = Some(hint.into());
        self
    }

    /// Byte offset in what was sent, where the mistake lies.
    #[must_use]
    pub(crate) fn position(mut self, position: Option<usize>) -> Self {
        self.body.position = position;
        self
    }

    /// The beginning of what was sent is kept all the same.
    #[must_use]
    pub(crate) fn kept(mut self, kept: Kept) -> Self {
        let way = format!(
            "the first {} bytes of the body, unpacked, are kept: send the rest, or all of it with the same `Idempotency-Key`",
            kept.bytes
        );
        self.body.hint = Some(self.body.hint.map_or_else(|| way.clone(), |hint| format!("{hint}; {way}")));
        self.kept = Some(Box::new(kept));
        self
    }

    /// The request was right but came at a wrong time.
    pub(crate) fn busy(message: impl Into<String>, after: Duration) -> Self {
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", message)
            .hint("send the same request again after the time that `Retry-After` names");
        error.retry_after = Some(after);
        error
    }

    pub(crate) fn explained(error: &dyn Explain) -> Self {
        let mut told = Self::new(status_of(error.id()), error.id(), error.to_string());
        told.body.hint = error.hint();
        told
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
            .hint("this is a mistake in bongsu: please report it with the server's log")
    }

    /// The same reason as an answer to whoever asks whether the server is ready.
    #[must_use]
    pub(crate) fn as_unready(&self) -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, ..self.clone() }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// The error as one line of JSON.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(&Wrapped { error: &self.body, kept: self.kept.as_deref() })
            .unwrap_or_else(|_| r#"{"error":{"id":"internal","message":"an error that cannot be told"}}"#.to_owned())
    }
}

impl From<IntakeError> for ApiError {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::Busy { retry_after_ms } => {
                let message = "the store cannot keep up with what comes in";
                Self::busy(message, Duration::from_millis(retry_after_ms))
            }
            IntakeError::Refused(cause) => Self::explained(cause.as_ref()),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.to_json() + "\n"));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(after) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(after.as_millis().div_ceil(1_000).max(1) as u64));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<QueryError> for ApiError {
    fn from(error: QueryError) -> Self {
        let position = match &error {
            QueryError::Syntax(wrong) => Some(wrong.column().saturating_sub(1)),
            _ => None,
        };
        Self::explained(&error).position(position)
    }
}

/// The status that belongs to an error of another crate, by its stable id.
fn status_of(id: &str) -> StatusCode {
    match id {
        "query-no-dataset" | "store-unknown-dataset" => StatusCode::NOT_FOUND,
        "query-timed-out" => StatusCode::GATEWAY_TIMEOUT,
        "query-memory" | "query-ceiling" => StatusCode::UNPROCESSABLE_ENTITY,
        "store-bad-batch" => StatusCode::PAYLOAD_TOO_LARGE,
        "query-spill" | "store-disk-full" => StatusCode::INSUFFICIENT_STORAGE,
        "query-output" => StatusCode::NOT_ACCEPTABLE,
        "store-poisoned" | "store-closed" | "store-read-only" => StatusCode::SERVICE_UNAVAILABLE,
        "query-internal" | "query-damaged-file" => StatusCode::INTERNAL_SERVER_ERROR,
        id if id.starts_with("store-") => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_object_without_empty_members() {
        let bare = ApiError::new(StatusCode::BAD_REQUEST, "wrong", "it is wrong");
        assert_eq!(bare.to_json(), r#"{"error":{"id":"wrong","message":"it is wrong"}}"#);
        let full = bare.hint("do it right").position(Some(3));
        assert_eq!(
            full.to_json(),
            r#"{"error":{"id":"wrong","message":"it is wrong","hint":"do it right","position":3}}"#
        );
    }

    #[test]
    fn what_is_kept_of_a_body_is_told_beside_the_error() {
        let error = ApiError::new(StatusCode::BAD_REQUEST, "broken", "it broke").hint("mend it");
        let json = error.kept(Kept { accepted: 7, refused: 1, bytes: 99 }).to_json();
        assert!(json.ends_with(r#","kept":{"accepted":7,"refused":1,"bytes":99}}"#), "{json}");
        assert!(json.contains("mend it; the first 99 bytes"), "{json}");
    }

    #[test]
    fn errors_of_the_store_have_honest_statuses() {
        let path = std::path::PathBuf::from("wal/1");
        for (error, status) in [
            (StoreError::DiskFull { path: path.clone() }, StatusCode::INSUFFICIENT_STORAGE),
            (StoreError::Poisoned { cause: "fsync".into() }, StatusCode::SERVICE_UNAVAILABLE),
            (StoreError::Damaged { path, what: bongsu_store::Damage::Missing }, StatusCode::INTERNAL_SERVER_ERROR),
        ] {
            assert_eq!(ApiError::explained(&error).status(), status, "{error}");
            assert_eq!(ApiError::from(IntakeError::Refused(Box::new(error))).status(), status);
        }
    }

    #[test]
    fn a_busy_store_says_when_to_come_back_in_whole_seconds() {
        let response = ApiError::from(IntakeError::Busy { retry_after_ms: 1_200 }).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
    }
}
