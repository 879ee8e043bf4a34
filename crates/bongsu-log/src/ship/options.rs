//! How records are shipped; every field has its default.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use bongsu_model::Level;

use crate::LogError;
use crate::mask::Rules;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// What a body of more bytes than this, unpacked, would be kept in pieces by the server.
const LONGEST_BODY: u64 = 4 * MIB;

/// The set-up of shipping: where to, how much is kept on disk meanwhile, and what happens when there is no room.
///
/// ```
/// use bongsu_log::ship::{Ship, WhenFull};
///
/// let ship = Ship { service: Some("movies".into()), when_full: WhenFull::DropNewest, ..Ship::to("http://127.0.0.1:5105") };
/// assert_eq!(ship.address().unwrap(), "http://127.0.0.1:5105/api/v1/ingest");
/// ```
///
/// `Debug` shows where to and how, and no secret.
#[derive(Clone)]
pub struct Ship {
    /// Where the server is: `http://HOST:PORT` or `https://HOST`; with a path when the server's is not the usual one.
    pub url: String,
    /// How the server is spoken to: `bongsu`.
    pub protocol: Protocol,
    /// The token that the server asks for.
    pub token: Option<Token>,
    /// More headers of each request, such as a tenant's.
    pub headers: Vec<(String, String)>,
    /// A PEM file of the authorities to trust in place of the public ones.
    pub ca: Option<PathBuf>,
    /// The dataset of a bongsu server; none is the server's own choice, `logs`.
    pub dataset: Option<String>,
    /// The name of the program, on each record that has none.
    pub service: Option<String>,
    /// The name of the machine, on each record that has none; the machine's own.
    pub host: Option<String>,
    /// The least level that is shipped: DEBUG.
    pub level: Level,
    /// The folder of the spool; `.bongsu/ship` in the log home. To be on a disk of this machine.
    pub spool: Option<PathBuf>,
    /// Bytes on disk that the spool of this process may take, with what it took over from processes that died: 256 MiB.
    pub spool_size: u64,
    /// What happens to a record for which the spool has no room: the oldest go.
    pub when_full: WhenFull,
    /// Most records of a request: 8,192.
    pub batch_records: u64,
    /// Most bytes of a request before they are packed, except where one record has more: 1 MiB, at most 4 MiB.
    pub batch_bytes: u64,
    /// How long a record waits for others: 500 ms.
    pub batch_age: Duration,
    /// How requests are packed: gzip. A server that does not take that (415) gets them plain.
    pub compression: Packing,
    /// How long a request may take: 30 s.
    pub timeout: Duration,
    /// How long a connection may take to be made: 5 s.
    pub connect_timeout: Duration,
    /// The wait before a request is sent again, doubled with each failure: 100 ms.
    pub retry_from: Duration,
    /// The longest such wait; one that the server asks for is kept, up to an hour: 30 s.
    pub retry_to: Duration,
    /// How long [`crate::Logging::shutdown`] may wait for the last records to be sent: 2 s. The rest is sent after the next
    /// start.
    pub flush_for: Duration,
}

impl fmt::Debug for Ship {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Ship")
            .field("url", &Rules::default().mask(&self.url))
            .field("protocol", &self.protocol)
            .field("token", &self.token)
            .field("headers", &headers)
            .field("dataset", &self.dataset)
            .field("service", &self.service)
            .field("level", &self.level)
            .field("spool", &self.spool)
            .field("spool_size", &self.spool_size)
            .field("when_full", &self.when_full)
            .finish_non_exhaustive()
    }
}

impl Ship {
    /// To the bongsu server at `url`.
    pub fn to(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            protocol: Protocol::Bongsu,
            token: None,
            headers: Vec::new(),
            ca: None,
            dataset: None,
            service: None,
            host: None,
            level: Level::Debug,
            spool: None,
            spool_size: 256 * MIB,
            when_full: WhenFull::DropOldest,
            batch_records: 8_192,
            batch_bytes: MIB,
            batch_age: Duration::from_millis(500),
            compression: Packing::Gzip,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            retry_from: Duration::from_millis(100),
            retry_to: Duration::from_secs(30),
            flush_for: Duration::from_secs(2),
        }
    }

    /// To the OpenTelemetry collector, or anything else that takes OTLP over HTTP, at `url`.
    pub fn to_otlp(url: impl Into<String>) -> Self {
        Self { protocol: Protocol::Otlp, ..Self::to(url) }
    }

    /// Where requests go: the path that the protocol has when [`Ship::url`] names none.
    pub fn address(&self) -> Result<String, LogError> {
        // It may have a password in it: it is not repeated.
        if self.url.contains(['?', '#', '@', ' ']) {
            let why =
                "it has a part that does not belong there: a user, a query or a blank; a token goes in `ship.token`";
            return Err(self.wrong("url", why.to_owned()));
        }
        let wrong = |what: &str| self.wrong("url", format!("`{}` {what}", self.url));
        let (scheme, rest) = self.url.split_once("://").ok_or_else(|| wrong("has no scheme"))?;
        if !matches!(scheme, "http" | "https") {
            return Err(wrong("is neither http nor https"));
        }
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        if host.is_empty() {
            return Err(wrong("names no host"));
        }
        let path = if path.is_empty() { self.protocol.path() } else { path };
        let mut address = format!("{scheme}://{host}/{path}");
        if let (Protocol::Bongsu, Some(dataset)) = (self.protocol, &self.dataset) {
            address.push_str("?dataset=");
            percent(dataset, &mut address);
        }
        Ok(address)
    }

    /// Fails where a value cannot be worked with, and names it.
    pub fn check(&self) -> Result<(), LogError> {
        self.address()?;
        if self.spool_size < 64 * KIB {
            return Err(self.wrong("spool_size", format!("{} bytes are too few: 64 KiB or more", self.spool_size)));
        }
        if self.batch_records == 0 || self.batch_records > 65_536 {
            return Err(self.wrong("batch_records", format!("{} is not from 1 to 65,536", self.batch_records)));
        }
        if !(KIB..=LONGEST_BODY).contains(&self.batch_bytes) {
            return Err(self.wrong("batch_bytes", format!("{} is not from 1 KiB to 4 MiB", self.batch_bytes)));
        }
        if self.timeout.is_zero() || self.connect_timeout.is_zero() {
            return Err(self.wrong("timeout", "no request can be sent in no time".to_owned()));
        }
        if self.retry_from.is_zero() || self.retry_from > self.retry_to {
            return Err(self.wrong("retry_from", "it must be more than 0 and not more than `retry_to`".to_owned()));
        }
        let whole = |text: &str| !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if let Some((name, _)) = self.headers.iter().find(|(name, value)| !whole(name) || !whole(value)) {
            return Err(self.wrong("headers", format!("`{name}` and its value must be visible ASCII")));
        }
        if self.token.as_ref().is_some_and(|token| !whole(&token.0)) {
            return Err(self.wrong("token", "it must be visible ASCII".to_owned()));
        }
        Ok(())
    }

    #[allow(clippy::unused_self)]
    fn wrong(&self, option: &'static str, why: String) -> LogError {
        LogError::Ship { option, why }
    }
}

/// Bytes of a file of the spool: what is dropped at once when the oldest go.
pub(super) fn segment_size(spool_size: u64) -> u64 {
    (spool_size / 16).clamp(4 * KIB, 4 * MIB)
}

fn percent(text: &str, out: &mut String) {
    use fmt::Write as _;
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

/// A secret that no output shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(pub(super) String);

impl Token {
    /// The token as the server knows it.
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(crate::mask::HIDDEN)
    }
}

/// How a server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// `bongsu`: JSON lines to `/api/v1/ingest`. A request that is sent again takes effect once.
    Bongsu,
    /// `otlp`: OpenTelemetry's logs as JSON to `/v1/logs`. It has no word for a request that is sent again: after a failure
    /// in the middle of one, the server may have its records twice.
    Otlp,
}

impl Protocol {
    fn path(self) -> &'static str {
        match self {
            Self::Bongsu => "api/v1/ingest",
            Self::Otlp => "v1/logs",
        }
    }
}

/// What happens to a record for which the spool has no room. What is lost is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// `drop-oldest`: the oldest records go, a sixteenth of the spool at once.
    DropOldest,
    /// `drop-newest`: the record goes.
    DropNewest,
    /// `block`: the program waits for room up to this long; then the record goes.
    Block(Duration),
}

/// How requests are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// `none`.
    None,
    /// `gzip`.
    Gzip,
    /// `zstd`.
    #[cfg(feature = "zstd")]
    Zstd,
}

impl Packing {
    /// Its name in `Content-Encoding`.
    pub(super) fn encoding(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Gzip => Some("gzip"),
            #[cfg(feature = "zstd")]
            Self::Zstd => Some("zstd"),
        }
    }
}

/// A word that is none of an option's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is none of {known}")]
pub struct UnknownWord {
    /// The word.
    pub word: String,
    /// The words there are.
    pub known: &'static str,
}

fn unknown(word: &str, known: &'static str) -> UnknownWord {
    UnknownWord { word: word.to_owned(), known }
}

impl FromStr for Protocol {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "bongsu" => Ok(Self::Bongsu),
            "otlp" => Ok(Self::Otlp),
            _ => Err(unknown(word, "bongsu, otlp")),
        }
    }
}

impl FromStr for Packing {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "none" => Ok(Self::None),
            "gzip" => Ok(Self::Gzip),
            #[cfg(feature = "zstd")]
            "zstd" => Ok(Self::Zstd),
            _ if cfg!(feature = "zstd") => Err(unknown(word, "none, gzip, zstd")),
            _ => Err(unknown(word, "none, gzip")),
        }
    }
}

impl WhenFull {
    /// The policy of this name; `block` waits for `block_for`.
    pub fn named(word: &str, block_for: Duration) -> Result<Self, UnknownWord> {
        match word {
            "drop-oldest" => Ok(Self::DropOldest),
            "drop-newest" => Ok(Self::DropNewest),
            "block" => Ok(Self::Block(block_for)),
            _ => Err(unknown(word, "drop-oldest, drop-newest, block")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_without_a_path_gets_the_protocols() {
        let address = |ship: Ship| ship.address().unwrap();
        assert_eq!(address(Ship::to("https://logs.example/")), "https://logs.example/api/v1/ingest");
        assert_eq!(address(Ship::to_otlp("http://[::1]:4318")), "http://[::1]:4318/v1/logs");
        assert_eq!(address(Ship::to_otlp("http://x/otel/logs")), "http://x/otel/logs");
        let ship = Ship { dataset: Some("웹 1".into()), ..Ship::to("http://x") };
        assert_eq!(address(ship), "http://x/api/v1/ingest?dataset=%EC%9B%B9%201");
    }

    #[test]
    fn a_value_that_cannot_be_worked_with_is_named() {
        let good = Ship::to("http://x");
        good.check().unwrap();
        let second = Duration::from_secs(1);
        for (option, ship) in [
            ("url", Ship::to("localhost:5105")),
            ("url", Ship::to("ftp://x")),
            ("url", Ship::to("http:///x")),
            ("url", Ship::to("http://kim:pw@x")),
            ("spool_size", Ship { spool_size: 1, ..good.clone() }),
            ("batch_records", Ship { batch_records: 0, ..good.clone() }),
            ("batch_bytes", Ship { batch_bytes: 5 * MIB, ..good.clone() }),
            ("timeout", Ship { timeout: Duration::ZERO, ..good.clone() }),
            ("retry_from", Ship { retry_from: second * 2, retry_to: second, ..good.clone() }),
            ("headers", Ship { headers: vec![("x".into(), "a\nb".into())], ..good.clone() }),
            ("token", Ship { token: Some(Token::new("a\r\nb")), ..good.clone() }),
        ] {
            let said = ship.check().unwrap_err();
            assert!(matches!(said, LogError::Ship { option: named, .. } if named == option), "{said}");
            assert!(said.to_string().contains(option), "{said}");
        }
    }

    #[test]
    fn words_of_options_are_known_or_listed() {
        assert_eq!("otlp".parse(), Ok(Protocol::Otlp));
        assert_eq!("gzip".parse(), Ok(Packing::Gzip));
        let wait = Duration::from_millis(5);
        assert_eq!(WhenFull::named("block", wait), Ok(WhenFull::Block(wait)));
        let said = WhenFull::named("drop", wait).unwrap_err().to_string();
        assert_eq!(said, "`drop` is none of drop-oldest, drop-newest, block");
        assert!("snappy".parse::<Packing>().is_err() && "grpc".parse::<Protocol>().is_err());
    }

    #[test]
    fn a_token_is_never_shown() {
        let ship = Ship { token: Some(Token::new("s3cr3t")), ..Ship::to("http://x") };
        assert!(!format!("{ship:?}").contains("s3cr3t"));
    }
}
