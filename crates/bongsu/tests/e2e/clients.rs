//! Real clients against a server that takes one request at a time: `requests`, `aiohttp` and `httpx` from `PyPI`, and curl.
//!
//! What they see is what counts: an answer with 429 and `Retry-After`, and not a connection that breaks while they send.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::support::python;
use crate::support::server::Server;

const SCRIPT: &str = include_str!("clients.py");
const PACKAGES: &[&str] = &["requests", "aiohttp", "httpx"];
const WITHIN: Duration = Duration::from_mins(2);

#[test]
fn clients_that_are_put_off_are_told_so_and_get_through() {
    let python = match python::with("clients", PACKAGES) {
        Ok(python) => python,
        Err(reason) => {
            eprintln!("skipped: {PACKAGES:?} cannot be installed: {}", reason.trim());
            return;
        }
    };
    let dir = tempfile::tempdir().unwrap();
    let settings = [("BONGSU_HTTP_INGESTS", "1"), ("BONGSU_HTTP_INGEST_WAIT", "1ms")];
    let server = Server::start_with(dir.path(), &[], &settings);
    let curl = ["/usr/bin/curl", "/bin/curl"].into_iter().find(|path| Path::new(path).exists()).unwrap_or_default();
    let mut command = Command::new(python);
    let done = python::run(command.args(["-c", SCRIPT, &server.address.to_string(), curl]), WITHIN).unwrap();
    let mut rows = 0;
    for line in String::from_utf8(done).unwrap().lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [client, put_off, brought] = words[..] else { panic!("{line}") };
        assert!(put_off.parse::<u32>().unwrap() > 0, "{client} was never put off");
        rows += brought.parse::<i64>().unwrap();
    }
    assert!(rows >= 4 * 48_000, "{rows}");
    assert_eq!(server.count(), rows);
    server.stop();
}
