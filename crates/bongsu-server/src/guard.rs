//! Who may ask: the token, and the browser of somebody who is on another site.

use std::net::IpAddr;

use axum::http::{HeaderMap, StatusCode, header};

use crate::config::Token;
use crate::errors::ApiError;

/// Paths that tell no more than that the server is there.
const OPEN: [&str; 2] = ["/health", "/ready"];

/// Lets a request pass, or says why not.
pub(crate) fn check(path: &str, headers: &HeaderMap, token: Option<&Token>) -> Result<(), ApiError> {
    let Some(token) = token else { return check_site(headers) };
    if OPEN.contains(&path) {
        return Ok(());
    }
    let presented = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match presented.and_then(bearer) {
        Some(presented) if token.matches(presented) => Ok(()),
        Some(_) => Err(ApiError::new(StatusCode::UNAUTHORIZED, "wrong-token", "the token is not the server's")
            .hint("send the token that the server was started with")),
        None => Err(ApiError::new(StatusCode::UNAUTHORIZED, "no-token", "this server answers only with its token")
            .hint("send `Authorization: Bearer TOKEN`")),
    }
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Without a token only this machine can ask; but a web page that is open in its browser could do so too, from a site
/// of its own or under a name that it made point here.
fn check_site(headers: &HeaderMap) -> Result<(), ApiError> {
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    let host = text(header::HOST);
    if let Some(host) = host.filter(|host| !is_this_machine(host)) {
        let message = format!("`{host}` is not a name of this machine");
        return Err(ApiError::new(StatusCode::FORBIDDEN, "other-host", message)
            .hint("ask under 127.0.0.1 or localhost, or start the server with a token"));
    }
    let origin = text(header::ORIGIN).map(|origin| origin.split_once("://").map_or(origin, |(_, host)| host));
    if origin.is_some_and(|origin| Some(origin) != host) {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "other-site", "a page of another site may not ask")
            .hint("start the server with a token, and send it"));
    }
    Ok(())
}

/// Whether a `Host` names an address, or this machine.
fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name.parse::<IpAddr>().is_ok() || name.eq_ignore_ascii_case("localhost") || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn with_a_token_only_its_bearers_pass() {
        let token = Token::new("0123456789abcdef").unwrap();
        let asked = |path, value| check(path, &headers(&[("authorization", value)]), Some(&token)).is_ok();
        assert!(asked("/api/v1/sql", "Bearer 0123456789abcdef"));
        assert!(asked("/api/v1/sql", "bearer  0123456789abcdef"));
        for wrong in ["Bearer 0123456789abcdeF", "Basic 0123456789abcdef", "0123456789abcdef", "Bearer"] {
            assert!(!asked("/api/v1/sql", wrong), "{wrong}");
        }
        assert!(check("/metrics", &headers(&[]), Some(&token)).is_err());
        assert!(check("/health", &headers(&[]), Some(&token)).is_ok());
    }

    #[test]
    fn without_a_token_only_this_machine_is_a_host() {
        for host in ["127.0.0.1:5105", "localhost", "LOCALHOST:1", "[::1]:5105", "bongsu.localhost:80"] {
            assert!(check("/", &headers(&[("host", host)]), None).is_ok(), "{host}");
        }
        for host in ["evil.example:5105", "localhost.evil.example", "evillocalhost"] {
            assert!(check("/", &headers(&[("host", host)]), None).is_err(), "{host}");
        }
    }

    #[test]
    fn without_a_token_a_page_of_another_site_may_not_ask() {
        let asked = |origin| check("/", &headers(&[("host", "127.0.0.1:5105"), ("origin", origin)]), None).is_ok();
        assert!(asked("http://127.0.0.1:5105"));
        assert!(!asked("http://127.0.0.1:8000"));
        assert!(!asked("https://evil.example"));
        assert!(!asked("null"));
    }
}
