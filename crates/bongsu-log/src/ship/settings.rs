//! The table `ship` of a configuration.

use std::time::Duration;

use serde_json::Value;

use super::options::{Ship, Token, WhenFull};
use crate::file::{age, bytes};
use crate::{LogError, Metadata};

/// Options by the names that a configuration has for them.
pub(crate) const OPTIONS: [&str; 22] = [
    "url",
    "protocol",
    "token",
    "headers",
    "ca",
    "dataset",
    "service",
    "host",
    "level",
    "spool",
    "spool_size",
    "when_full",
    "block_for",
    "batch_records",
    "batch_bytes",
    "batch_age",
    "compression",
    "timeout",
    "connect_timeout",
    "retry_from",
    "retry_to",
    "flush_for",
];

impl Ship {
    /// What the table `ship` of a configuration says; its values are those of docs/shipping.md, sizes and times as people write them
    /// (`256 MiB`, `500 ms`).
    pub fn from_settings(table: &Metadata) -> Result<Self, LogError> {
        if let Some(name) = table.keys().find(|name| !OPTIONS.contains(&name.as_str())) {
            return Err(wrong("url", format!("there is no option `{name}`; there are {}", OPTIONS.join(", "))));
        }
        let url = text(table, "url")?.ok_or_else(|| wrong("url", "is missing".to_owned()))?;
        let mut ship = Self::to(url);
        let word = |option, error: super::UnknownWord| wrong(option, error.to_string());
        if let Some(protocol) = text(table, "protocol")? {
            ship.protocol = protocol.parse().map_err(|error| word("protocol", error))?;
        }
        if let Some(packing) = text(table, "compression")? {
            ship.compression = packing.parse().map_err(|error| word("compression", error))?;
        }
        if let Some(level) = text(table, "level")? {
            ship.level = crate::level(level)?;
        }
        let block_for = span(table, "block_for")?;
        if let Some(policy) = text(table, "when_full")? {
            if policy == "block" && block_for.is_none() {
                let why = "is missing: `block` needs the longest wait of a call, such as \"50 ms\"";
                return Err(wrong("block_for", why.to_owned()));
            }
            let block_for = block_for.unwrap_or_default();
            ship.when_full = WhenFull::named(policy, block_for).map_err(|error| word("when_full", error))?;
        }
        ship.token = text(table, "token")?.map(Token::new);
        ship.headers = headers(table)?;
        ship.ca = text(table, "ca")?.map(Into::into);
        ship.spool = text(table, "spool")?.map(Into::into);
        for (option, value) in
            [("dataset", &mut ship.dataset), ("service", &mut ship.service), ("host", &mut ship.host)]
        {
            *value = text(table, option)?.map(str::to_owned);
        }
        for (option, value) in [
            ("spool_size", &mut ship.spool_size),
            ("batch_bytes", &mut ship.batch_bytes),
            ("batch_records", &mut ship.batch_records),
        ] {
            *value = size(table, option)?.unwrap_or(*value);
        }
        for (option, value) in [
            ("batch_age", &mut ship.batch_age),
            ("timeout", &mut ship.timeout),
            ("connect_timeout", &mut ship.connect_timeout),
            ("retry_from", &mut ship.retry_from),
            ("retry_to", &mut ship.retry_to),
            ("flush_for", &mut ship.flush_for),
        ] {
            *value = span(table, option)?.unwrap_or(*value);
        }
        Ok(ship)
    }
}

/// Whether the option `name` may be `value`.
pub(crate) fn takes(name: &str, value: &Value) -> bool {
    let mut table = Metadata::new();
    table.insert("url".to_owned(), "http://x".into());
    table.insert("block_for".to_owned(), "1 s".into());
    table.insert(name.to_owned(), value.clone());
    Ship::from_settings(&table).is_ok()
}

fn wrong(option: &'static str, why: String) -> LogError {
    LogError::Ship { option, why }
}

fn text<'t>(table: &'t Metadata, option: &'static str) -> Result<Option<&'t str>, LogError> {
    match table.get(option) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        // What stands there may be a token: it is not repeated.
        Some(_) => Err(wrong(option, "is no text; write it in quotes".to_owned())),
    }
}

fn size(table: &Metadata, option: &'static str) -> Result<Option<u64>, LogError> {
    let Some(given) = table.get(option) else { return Ok(None) };
    let size = given.as_u64().or_else(|| given.as_str().and_then(bytes));
    size.map(Some).ok_or_else(|| wrong(option, format!("`{given}` is no size or number, such as \"64 MiB\" or 8192")))
}

fn span(table: &Metadata, option: &'static str) -> Result<Option<Duration>, LogError> {
    let Some(given) = table.get(option) else { return Ok(None) };
    let span = given.as_str().and_then(age);
    span.map(Some).ok_or_else(|| wrong(option, format!("`{given}` is no time, such as \"500 ms\" or \"30 s\"")))
}

fn headers(table: &Metadata) -> Result<Vec<(String, String)>, LogError> {
    let given = match table.get("headers") {
        None => return Ok(Vec::new()),
        Some(Value::Object(given)) => given,
        Some(_) => return Err(wrong("headers", "is no table of names and texts".to_owned())),
    };
    let header = |(name, value): (&String, &Value)| match value {
        Value::String(value) => Ok((name.clone(), value.clone())),
        _ => Err(wrong("headers", format!("the value of `{name}` is no text; write it in quotes"))),
    };
    given.iter().map(header).collect()
}

#[cfg(test)]
mod tests {
    use bongsu_model::Level;
    use serde_json::json;

    use super::super::{Packing, Protocol};
    use super::*;

    fn read(table: Value) -> Result<Ship, String> {
        let Value::Object(table) = table else { panic!("{table}") };
        Ship::from_settings(&table).map_err(|error| error.to_string())
    }

    #[test]
    fn every_option_has_its_name() {
        let mut table = json!({
            "url": "https://logs.example", "protocol": "otlp", "token": "t-12345", "headers": {"X-Tenant": "films"},
            "ca": "/etc/ca.pem", "dataset": "d", "service": "s", "host": "h", "level": "warning", "spool": "/var/spool/s",
            "spool_size": "1 GiB", "when_full": "block", "block_for": "50 ms", "batch_records": 10, "batch_bytes": "64 KiB",
            "batch_age": "1 s", "compression": "none", "timeout": "9 s", "connect_timeout": "2 s", "retry_from": "10 ms",
            "retry_to": "1 minute", "flush_for": "3 s",
        });
        assert!(OPTIONS.iter().all(|option| table.get(*option).is_some()));
        let ship = read(table.clone()).unwrap();
        assert_eq!((ship.protocol, ship.level, ship.compression), (Protocol::Otlp, Level::Warning, Packing::None));
        assert_eq!(ship.headers, [("X-Tenant".to_owned(), "films".to_owned())]);
        assert_eq!(ship.when_full, WhenFull::Block(Duration::from_millis(50)));
        assert_eq!((ship.spool_size, ship.batch_records, ship.batch_bytes), (1 << 30, 10, 64 << 10));
        assert_eq!((ship.retry_to, ship.flush_for), (Duration::from_mins(1), Duration::from_secs(3)));
        table["urll"] = json!("x");
        assert!(read(table).unwrap_err().contains("`urll`"));
    }

    #[test]
    fn a_wrong_value_names_its_option_and_what_it_may_be() {
        for (option, value, said) in [
            ("url", json!(7), "is no text"),
            ("token", json!(12_345_678), "quotes"),
            ("when_full", json!("block"), "50 ms"),
            ("timeout", json!("soon"), "30 s"),
            ("spool_size", json!("big"), "64 MiB"),
            ("when_full", json!("panic"), "drop-oldest"),
            ("headers", json!(["a"]), "names and texts"),
        ] {
            let mut table = json!({"url": "http://x"});
            table[option] = value;
            let wrong = read(table).unwrap_err();
            assert!(wrong.contains(said) && !wrong.contains("12345678"), "{option}: {wrong}");
        }
        assert!(read(json!({})).unwrap_err().contains("missing"));
    }
}
