//! Rows from long ago and from the future, and a clock that jumps.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bongsu_model::{Batch, BatchBuilder, FixedClock, Intake, Record, TimeRange, Timestamp};

use super::kit::*;
use crate::{Reader, Retention, Store, StoreConfig, Tables, stats};

/// A row of each: the first and the last nanosecond there is, 1970, last month, now, tomorrow, the next century.
const TIMES: [(&str, i64); 8] = [
    ("first of all", i64::MIN),
    ("before 1970", -1),
    ("1970", 0),
    ("late", NOW - 30 * DAY),
    ("now", NOW),
    ("tomorrow", NOW + DAY),
    ("2100", 47_482 * DAY),
    ("2262", i64::MAX),
];

fn submit(store: &Store) {
    let mut builder = BatchBuilder::new();
    for (message, nanos) in TIMES {
        let time = Some(Timestamp::from_nanos(nanos));
        builder.push(&Record { time, message: message.into(), ..Record::default() }, Timestamp::from_nanos(NOW));
    }
    let rows = builder.finish().unwrap();
    let batch = Batch { dataset: dataset("logs"), rows, raw_bytes: 80, refused: vec![], notes: vec![] };
    assert_eq!(store.submit(batch).unwrap().rows, TIMES.len() as u64);
}

fn open_with(data: &Path, retention: Retention) -> (Store, Arc<FixedClock>) {
    let clock = Arc::new(FixedClock::new(Timestamp::from_nanos(NOW)));
    let config = StoreConfig { retention, clock_hold: Duration::from_millis(300), ..small() };
    (Store::open(data, config, Arc::clone(&clock) as _).unwrap(), clock)
}

fn all() -> Vec<String> {
    let mut all: Vec<_> = TIMES.iter().map(|(message, _)| (*message).to_owned()).collect();
    all.sort();
    all
}

#[test]
fn rows_of_every_time_are_kept_and_their_files_say_when_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open_with(folder.path(), Retention::default());
    submit(&store);
    assert_eq!(messages_of(&store, "logs"), all());
    store.flush().unwrap();
    assert_eq!(messages_of(&store, "logs"), all());
    let files = store.snapshot(&dataset("logs")).unwrap().files;
    assert_eq!(files.len(), TIMES.len());
    for (message, nanos) in TIMES {
        let time = Timestamp::from_nanos(nanos);
        let holding: Vec<_> = files.iter().filter(|file| file.time.unwrap().contains(time)).collect();
        assert_eq!(holding.len(), 1, "{message}: {files:?}");
    }
    let _ = store.maintain().unwrap();
    store.close().unwrap();
    let reader = Reader::open(folder.path()).unwrap();
    assert_eq!(messages_of(&reader, "logs"), all());
    let time = stats(folder.path()).unwrap().datasets[0].time.unwrap();
    let whole = TimeRange { from: Timestamp::from_nanos(i64::MIN), to: Timestamp::from_nanos(i64::MAX) };
    assert!(time.from <= whole.from.max(time.from) && time.to.micros() == whole.to.micros(), "{time:?}");
}

#[test]
fn retention_by_age_spares_the_future_and_by_bytes_takes_the_oldest_first() {
    let folder = tempfile::tempdir().unwrap();
    let week = Retention { age: Some(Duration::from_hours(7 * 24)), bytes: None };
    let (store, _) = open_with(folder.path(), week);
    submit(&store);
    store.flush().unwrap();
    assert_eq!(store.maintain().unwrap().expired_rows, 4);
    assert_eq!(messages_of(&store, "logs"), ["2100", "2262", "now", "tomorrow"]);
    // A row that comes late is taken, and goes with the next round.
    let _ = store.submit(batch("logs", &["late again".into()], NOW - 20 * DAY)).unwrap();
    store.flush().unwrap();
    assert_eq!(messages_of(&store, "logs").len(), 5);
    assert_eq!(store.maintain().unwrap().expired_rows, 1);
    drop(store);

    let size: u64 = Reader::open(folder.path()).unwrap().snapshot(&dataset("logs")).unwrap().files[0].size;
    let two = Retention { age: None, bytes: Some(size * 5 / 2) };
    let (store, _) = open_with(folder.path(), two);
    assert_eq!(store.maintain().unwrap().expired_rows, 2);
    assert_eq!(messages_of(&store, "logs"), ["2100", "2262"]);
}

#[test]
fn a_clock_that_jumps_ahead_does_not_delete_until_it_has_held() {
    let folder = tempfile::tempdir().unwrap();
    let week = Retention { age: Some(Duration::from_hours(7 * 24)), bytes: None };
    let (store, clock) = open_with(folder.path(), week);
    submit(&store);
    store.flush().unwrap();
    assert_eq!(store.maintain().unwrap().expired_rows, 4);
    // Ten years ahead, for a moment.
    clock.set(Timestamp::from_nanos(NOW + 3_650 * DAY));
    assert_eq!(store.maintain().unwrap().expired_rows, 0);
    clock.set(Timestamp::from_nanos(NOW));
    assert_eq!(store.maintain().unwrap().expired_rows, 0);
    // A day back: rows and files are named as before, and nothing is doubled.
    clock.set(Timestamp::from_nanos(NOW - DAY));
    let _ = store.submit(batch("logs", &["clock went back".into()], NOW)).unwrap();
    store.flush().unwrap();
    assert_eq!(store.maintain().unwrap().expired_rows, 0);
    assert_eq!(messages_of(&store, "logs").len(), 5);
    // Ten years ahead, and it stays so.
    clock.set(Timestamp::from_nanos(NOW + 3_650 * DAY));
    assert_eq!(store.maintain().unwrap().expired_rows, 0);
    let began = std::time::Instant::now();
    let mut expired = 0;
    while expired == 0 && began.elapsed() < Duration::from_secs(30) {
        std::thread::yield_now();
        expired = store.maintain().unwrap().expired_rows;
    }
    assert_eq!(expired, 3);
    assert_eq!(messages_of(&store, "logs"), ["2100", "2262"]);
    drop(store);
    // After a start the last write tells what to expect.
    let week_from_2100 = Retention { age: Some(Duration::from_hours(7 * 24)), bytes: None };
    let (store, clock) = open_with(folder.path(), week_from_2100);
    clock.set(Timestamp::from_nanos(i64::MAX - 1));
    assert_eq!(store.maintain().unwrap().expired_rows, 0);
    assert_eq!(messages_of(&store, "logs"), ["2100", "2262"]);
}
