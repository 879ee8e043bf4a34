//! The one place where shipping meets the network.

use std::time::Duration;

use bongsu_model::Timestamp;
use ureq::Agent;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use super::options::Ship;
use crate::LogError;

/// Bytes of an answer that are read.
const LONGEST_ANSWER: u64 = 1 << 20;

/// One request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'r> {
    /// What makes it safe to send again.
    pub(super) key: Option<&'r str>,
    pub(super) content_type: &'static str,
    /// How the body is packed.
    pub(super) encoding: Option<&'static str>,
    pub(super) body: &'r [u8],
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// What `Retry-After` says.
    pub(super) retry_after: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// How long the server asks to wait.
    pub(super) fn asked(&self, now: Timestamp) -> Option<Duration> {
        let text = self.retry_after.as_deref()?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok().and_then(Timestamp::from_jiff)?;
        Some(Duration::from_nanos(u64::try_from(at.nanos().saturating_sub(now.nanos())).unwrap_or_default()))
    }
}

/// Sends requests; the error is in words, and then nobody knows whether the request came through.
pub(super) trait Post: Send {
    fn post(&mut self, request: Request<'_>) -> Result<Answer, String>;
}

/// Over HTTP, on connections that stay open.
pub(super) struct Http {
    agent: Agent,
    address: String,
    headers: Vec<(String, String)>,
}

impl Http {
    pub(super) fn new(ship: &Ship) -> Result<Self, LogError> {
        let roots = match &ship.ca {
            None => RootCerts::WebPki,
            Some(path) => {
                let wrong = |why: String| LogError::Ship { option: "ca", why: format!("`{}`: {why}", path.display()) };
                let pem = std::fs::read(path).map_err(|cause| wrong(cause.to_string()))?;
                let mut certificates = Vec::new();
                for item in parse_pem(&pem) {
                    if let PemItem::Certificate(certificate) = item.map_err(|cause| wrong(cause.to_string()))? {
                        certificates.push(certificate);
                    }
                }
                if certificates.is_empty() {
                    return Err(wrong("there is no certificate in it".to_owned()));
                }
                RootCerts::from(certificates)
            }
        };
        // A redirection is not followed: the token is for the server that was named.
        let config = Agent::config_builder()
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .timeout_global(Some(ship.timeout))
            .timeout_connect(Some(ship.connect_timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("bongsu-log/", env!("CARGO_PKG_VERSION")))
            .build();
        let mut headers = ship.headers.clone();
        headers.extend(ship.token.iter().map(|token| ("authorization".to_owned(), format!("Bearer {}", token.0))));
        Ok(Self { agent: config.into(), address: ship.address()?, headers })
    }
}

impl Post for Http {
    fn post(&mut self, request: Request<'_>) -> Result<Answer, String> {
        let mut builder = self.agent.post(&self.address).header("content-type", request.content_type);
        if let Some(encoding) = request.encoding {
            builder = builder.header("content-encoding", encoding);
        }
        if let Some(key) = request.key {
            builder = builder.header("idempotency-key", key);
        }
        for (name, value) in &self.headers {
            builder = builder.header(name, value);
        }
        let mut response = builder.send(request.body).map_err(|cause| cause.to_string())?;
        let status = response.status().as_u16();
        let retry_after =
            response.headers().get("retry-after").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body =
            response.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec().map_err(|cause| cause.to_string())?;
        Ok(Answer { status, retry_after, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_asked_for_in_seconds_or_by_a_date() {
        let now = Timestamp::from_nanos(784_111_777 * 1_000_000_000);
        let asked = |text: &str| Answer { retry_after: Some(text.into()), ..Answer::default() }.asked(now);
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:47 GMT"), Some(Duration::from_secs(10)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:27 GMT"), Some(Duration::ZERO));
        assert_eq!((asked("soon"), asked("-1"), Answer::default().asked(now)), (None, None, None));
    }

    #[test]
    fn authorities_that_cannot_be_read_are_an_error_that_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let ship = Ship { ca: Some(path.clone()), ..Ship::to("https://x") };
        for text in [None, Some(""), Some("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n")] {
            if let Some(text) = text {
                std::fs::write(&path, text).unwrap();
            }
            let said = Http::new(&ship).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(said.contains("ca.pem"), "{text:?}: {said}");
        }
    }
}
