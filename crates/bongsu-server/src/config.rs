//! How a server is set up: where it listens, who may use it, how much it takes.

use std::net::SocketAddr;
use std::time::Duration;

use crate::ServerError;

/// What [`crate::serve`] needs to know.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Addresses to listen on, `host:port`; port 0 means any free one.
    pub http: Vec<String>,
    /// What clients must send as `Authorization: Bearer …`; required when any address is not a loopback one.
    pub token: Option<Token>,
    /// Bounds on what clients may ask for.
    pub limits: Limits,
}

impl ServerConfig {
    /// The address that is listened on when none is given.
    pub const DEFAULT_HTTP: &'static str = "127.0.0.1:5105";
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self { http: vec![Self::DEFAULT_HTTP.to_owned()], token: None, limits: Limits::default() }
    }
}

/// Bounds on what clients may ask for. Every one has an answer of its own when it is reached.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of one request's body as it is sent (413).
    pub body: usize,
    /// Bytes of one request's body after decompression (413).
    pub unpacked: usize,
    /// Bytes of memory of all bodies at work: what comes in, is unpacked, becomes rows and goes to disk. More wait for
    /// `ingest_wait`, then 429.
    pub bodies: usize,
    /// Open connections; more wait to be accepted.
    pub connections: usize,
    /// Ingest requests at work at one time; more wait for `ingest_wait`, then 429.
    pub ingests: usize,
    /// How long a request that adds records waits for its turn, and for memory.
    pub ingest_wait: Duration,
    /// Queries at work at one time; more wait for `query_wait`, then 429.
    pub queries: usize,
    /// How long a query waits for its turn.
    pub query_wait: Duration,
    /// How long one answer may take to be made and sent. The engine bounds the making by itself, and sooner; this bound
    /// is for clients that take the rows slowly. The connection is closed then.
    pub answer_time: Duration,
    /// How long a client may take to send a request's head; the connection is closed then.
    pub head_time: Duration,
    /// How long a client may send nothing in the middle of a body (408).
    pub body_pause: Duration,
    /// How long a client may take nothing of an answer; the connection is closed then.
    pub answer_pause: Duration,
    /// How long requests in flight may go on after a stop was asked for.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            body: 64 << 20,
            unpacked: 64 << 20,
            bodies: 32 << 20,
            connections: 1_024,
            ingests: 64,
            ingest_wait: Duration::from_secs(5),
            queries: cores.max(4),
            query_wait: Duration::from_secs(5),
            answer_time: Duration::from_mins(10),
            head_time: Duration::from_secs(10),
            body_pause: Duration::from_secs(15),
            answer_pause: Duration::from_secs(30),
            drain: Duration::from_secs(10),
        }
    }
}

/// A secret that clients present. Its text is never shown.
#[derive(Clone)]
pub struct Token(Box<str>);

impl Token {
    /// Fewest characters of a token.
    pub const MIN: usize = 16;

    /// Takes `text` as the token: 16 or more visible ASCII characters.
    pub fn new(text: &str) -> Result<Self, ServerError> {
        if text.len() < Self::MIN || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ServerError::Token);
        }
        Ok(Self(text.into()))
    }

    /// Whether `presented` is this token; takes as long for a wrong one as for the right one.
    pub(crate) fn matches(&self, presented: &str) -> bool {
        let (own, other) = (self.0.as_bytes(), presented.as_bytes());
        let differing = own
            .iter()
            .enumerate()
            .fold(own.len() ^ other.len(), |sum, (at, byte)| sum | usize::from(byte ^ other.get(at).unwrap_or(&0)));
        differing == 0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(***)")
    }
}

/// Refuses an address that other machines can reach when anybody could use it.
pub(crate) fn check_reach(address: SocketAddr, token: Option<&Token>) -> Result<(), ServerError> {
    if address.ip().to_canonical().is_loopback() || token.is_some() {
        return Ok(());
    }
    Err(ServerError::Open(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_matches_itself_only_and_is_not_shown() {
        let token = Token::new("0123456789abcdef").unwrap();
        assert!(token.matches("0123456789abcdef"));
        for other in ["", "0123456789abcde", "0123456789abcdeg", "0123456789abcdef0", "0123456789abcdef\0"] {
            assert!(!token.matches(other), "{other}");
        }
        assert!(!format!("{token:?}").contains("0123"));
    }

    #[test]
    fn a_short_or_unprintable_token_is_refused() {
        for text in ["", "short", "0123456789 abcdef", "0123456789abcdef\n", "비밀비밀비밀비밀비밀"] {
            assert!(Token::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn listening_beyond_loopback_needs_a_token() {
        let token = Token::new("0123456789abcdef").unwrap();
        for inside in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
            assert!(check_reach(inside.parse().unwrap(), None).is_ok(), "{inside}");
        }
        for outside in ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "[2001:db8::1]:1"] {
            assert!(check_reach(outside.parse().unwrap(), None).is_err(), "{outside}");
            assert!(check_reach(outside.parse().unwrap(), Some(&token)).is_ok(), "{outside}");
        }
    }
}
