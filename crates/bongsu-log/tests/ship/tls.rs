//! TLS, with an authority of one's own.
//!
//! The certificates in `tests/fixtures` are for these tests only; the authority's key was not kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bongsu_log::ship::Ship;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::server::{Fate, Server};
use crate::{each_once_in_order, log, ship, start, stats};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn server() -> Server {
    let certificate = CertificateDer::from_pem_file(fixture("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(fixture("server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    Server::start_with(
        |_, _| Fate::Kept,
        move |stream| {
            let connection = ServerConnection::new(Arc::clone(&config)).ok()?;
            Some(Box::new(StreamOwned::new(connection, stream)))
        },
    )
}

#[test]
fn records_come_over_tls_when_its_authority_is_trusted() {
    let (server, folder) = (server(), tempfile::tempdir().unwrap());
    let url = format!("https://localhost:{}", server.address.port());
    let logging = start(folder.path(), Ship { ca: Some(fixture("ca.pem")), ..ship(&url) });
    log(&logging, 0..100);
    logging.shutdown();
    each_once_in_order(&server.numbers(), 100);
}

#[test]
fn nothing_is_sent_to_a_server_that_is_not_trusted() {
    let (server, folder) = (server(), tempfile::tempdir().unwrap());
    let url = format!("https://localhost:{}", server.address.port());
    let flush_for = std::time::Duration::from_millis(300);
    let logging = start(folder.path(), Ship { flush_for, ..ship(&url) });
    while stats(&logging).retried == 0 {
        std::thread::yield_now();
    }
    let trouble = logging.shipper().unwrap().trouble().unwrap_or_default();
    assert!(trouble.contains("certificate"), "{trouble}");
    logging.shutdown();
    assert!(server.requests().is_empty());
    assert!(stats(&logging).spooled_bytes > 0);
}
