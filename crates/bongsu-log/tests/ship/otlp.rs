//! OpenTelemetry's protocol, read back by a server that knows its JSON.

use serde_json::Value;

use crate::server::{Fate, Server};
use crate::{each_once_in_order, log, number, start, stats};
use bongsu_log::ship::{Protocol, Ship};

/// The bodies in an export request, which is checked on the way.
fn bodies(request: &Value) -> Vec<String> {
    let mut bodies = Vec::new();
    for resource in request["resourceLogs"].as_array().unwrap() {
        let attributes = resource["resource"]["attributes"].as_array().unwrap();
        let service = attributes.iter().find(|attribute| attribute["key"] == "service.name").unwrap();
        assert_eq!(service["value"]["stringValue"], "movies");
        for scope in resource["scopeLogs"].as_array().unwrap() {
            assert!(scope["scope"]["name"].is_string());
            for record in scope["logRecords"].as_array().unwrap() {
                record["timeUnixNano"].as_str().unwrap().parse::<u64>().unwrap();
                assert_eq!((&record["severityNumber"], &record["severityText"]), (&9.into(), &"INFO".into()));
                let attributes = record["attributes"].as_array().unwrap();
                let line = attributes.iter().find(|attribute| attribute["key"] == "code.line.number").unwrap();
                line["value"]["intValue"].as_str().unwrap().parse::<i64>().unwrap();
                bodies.push(record["body"]["stringValue"].as_str().unwrap().to_owned());
            }
        }
    }
    bodies
}

#[test]
fn a_collector_gets_each_record_in_the_order_of_its_logger() {
    let server = Server::start(|nth, request| {
        assert_eq!((request.path.as_str(), request.headers["content-type"].as_str()), ("/v1/logs", "application/json"));
        if nth == 1 { Fate::Answer(503, None, String::new()) } else { Fate::Kept }
    });
    let folder = tempfile::tempdir().unwrap();
    let ship = Ship { protocol: Protocol::Otlp, batch_records: 70, ..crate::ship(&server.url()) };
    let logging = start(folder.path(), ship);
    log(&logging, 0..500);
    logging.shutdown();
    let bodies: Vec<_> =
        server.kept().iter().flat_map(|request| bodies(&serde_json::from_slice(&request.body).unwrap())).collect();
    let numbers: Vec<_> = bodies.iter().filter_map(|body| number(body)).collect();
    each_once_in_order(&numbers, 500);
    assert_eq!((bodies.len(), stats(&logging).sent), (502, 502));
}

#[test]
fn what_a_collector_rejects_is_counted_and_set_aside() {
    let answer = r#"{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}"#;
    let server =
        Server::start(move |nth, _| if nth == 0 { Fate::Answer(200, None, answer.into()) } else { Fate::Kept });
    let folder = tempfile::tempdir().unwrap();
    let logging = start(folder.path(), Ship { protocol: Protocol::Otlp, ..crate::ship(&server.url()) });
    server.wait_for(|server| !server.requests().is_empty());
    logging.shutdown();
    assert_eq!((stats(&logging).refused, stats(&logging).handed), (1, 2));
    let aside = std::fs::read_to_string(folder.path().join(".bongsu/ship/refused.jsonl")).unwrap();
    assert!(aside.contains("1 of these records were rejected: too old"), "{aside}");
}
