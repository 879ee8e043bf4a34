//! Real logs of eight systems against their ground truth, in the folder that `BONGSU_LOGHUB` names.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "helpers of tests")]

use std::collections::HashMap;
use std::path::PathBuf;

use bongsu_format::{Format, ParseOptions, Parsed, Parser};
use bongsu_model::{Level, Record, Timestamp};
use jiff::tz::TimeZone;

/// The rows of a CSV file by the names of its header.
fn rows(path: PathBuf) -> Vec<HashMap<String, String>> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let header = cells(lines.next().unwrap());
    lines.map(|line| header.iter().cloned().zip(cells(line)).collect()).collect()
}

fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut signs = line.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '"' if quoted && signs.peek() == Some(&'"') => cell.push(signs.next().unwrap()),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            _ => cell.push(sign),
        }
    }
    cells.push(cell);
    cells
}

/// The time of a row, in UTC, `format` as `strptime` reads it.
fn time(text: &str, format: &str) -> Timestamp {
    let civil = jiff::civil::DateTime::strptime(format, text).unwrap_or_else(|error| panic!("{text}: {error}"));
    Timestamp::from_jiff(civil.to_zoned(TimeZone::UTC).unwrap().timestamp()).unwrap()
}

type Row = HashMap<String, String>;

/// Reads a system's file and compares each record with its row: time, level where the system has one, and message.
fn check(system: &str, level: bool, expected_time: impl Fn(&Row) -> Timestamp) -> Vec<(Record<'static>, Format)> {
    let Ok(folder) = std::env::var("BONGSU_LOGHUB") else {
        eprintln!("skipped: BONGSU_LOGHUB does not name the folder of the real logs");
        return Vec::new();
    };
    let folder = PathBuf::from(folder).join(system);
    let bytes: &'static [u8] = std::fs::read(folder.join(format!("{system}_2k.log"))).unwrap().leak();
    let rows = rows(folder.join(format!("{system}_2k.log_structured.csv")));
    let mut options = ParseOptions::new(time("2026-06-01 00:00:00", "%Y-%m-%d %H:%M:%S"));
    options.zone = TimeZone::UTC;
    options.year = Some(2005);
    let mut records = Vec::new();
    let consumed = Parser::new(options).parse(bytes, 0, true, &mut |parsed| match parsed {
        Parsed::Record { record, format, .. } => records.push((record, format)),
        Parsed::Refused { reason, .. } => panic!("refused: {reason}"),
    });
    assert_eq!(consumed, bytes.len());
    assert_eq!(records.len(), 2_000, "{system}");
    for ((record, format), row) in records.iter().zip(&rows) {
        assert_eq!(record.time, Some(expected_time(row)), "{format}: {row:?} {record:?}");
        let expected = level.then(|| Level::known(&row["Level"]).unwrap());
        assert_eq!(record.level, expected, "{format}: {row:?} {record:?}");
        let (message, content) = (record.message.trim(), row["Content"].trim());
        assert!(content.ends_with(message) || message.ends_with(content), "{format}: {row:?} {record:?}");
        assert!(message.len() + 40 >= content.len(), "{format}: {row:?} {record:?}");
    }
    records
}

#[test]
fn apache() {
    check("Apache", true, |row| time(&row["Time"], "%a %b %d %H:%M:%S %Y"));
}

#[test]
fn bgl() {
    let records = check("BGL", true, |row| {
        let second = row["Timestamp"].parse::<i64>().unwrap() * 1_000_000_000;
        let fraction = time(&row["Time"], "%Y-%m-%d-%H.%M.%S.%f").nanos() % 1_000_000_000;
        Timestamp::from_nanos(second + fraction)
    });
    assert!(records.iter().all(|(record, _)| record.logger.is_some()));
}

#[test]
fn hdfs() {
    let records = check("HDFS", true, |row| time(&format!("{} {}", row["Date"], row["Time"]), "%y%m%d %H%M%S"));
    assert!(records.iter().all(|(record, _)| record.logger.as_deref().is_some_and(|name| name.starts_with("dfs."))));
}

#[test]
fn hadoop() {
    let records = check("Hadoop", true, |row| {
        time(&format!("{} {}", row["Date"], row["Time"].replace(',', ".")), "%Y-%m-%d %H:%M:%S%.f")
    });
    assert!(records.iter().all(|(record, format)| record.logger.is_some() && *format == Format::Log4j));
}

#[test]
fn health_app() {
    let records = check("HealthApp", false, |row| {
        let parts: Vec<_> = row["Time"].split([':', '-']).map(|part| format!("{part:0>2}")).collect();
        time(&format!("{} {}:{}:{}.{:0>3}", parts[0], parts[1], parts[2], parts[3], parts[4]), "%Y%m%d %H:%M:%S%.f")
    });
    assert!(records.iter().all(|(record, _)| record.logger.is_some()));
}

#[test]
fn linux() {
    let records = check("Linux", false, |row| {
        time(&format!("2005 {} {} {}", row["Month"], row["Date"], row["Time"]), "%Y %b %d %H:%M:%S")
    });
    assert!(records.iter().all(|(record, _)| record.host.as_deref() == Some("combo")));
}

#[test]
fn open_ssh() {
    let records = check("OpenSSH", false, |row| {
        time(&format!("2005 {} {} {}", row["Date"], row["Day"], row["Time"]), "%Y %b %d %H:%M:%S")
    });
    assert!(records.iter().all(|(record, _)| record.service.as_deref() == Some("sshd")));
}

#[test]
fn zookeeper() {
    let records = check("Zookeeper", true, |row| {
        time(&format!("{} {}", row["Date"], row["Time"].replace(',', ".")), "%Y-%m-%d %H:%M:%S%.f")
    });
    assert!(records.iter().all(|(record, _)| record.logger.is_some()));
}
