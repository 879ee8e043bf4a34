//! The store against a model of it: a list of rows and a map of notes.

use std::collections::BTreeMap;

use bongsu_model::Intake;
use proptest::prelude::*;

use super::kit::*;
use crate::{Reader, RefusedFilter, refused};

#[derive(Debug, Clone)]
enum Step {
    Submit { dataset: usize, rows: usize, day: i64, seconds: i64, note: Option<u8>, forget: bool, refused: bool },
    Delete { dataset: usize, digit: u8, at_once: bool },
    Flush,
    Maintain,
    Crash,
    Close,
}

fn step() -> impl Strategy<Value = Step> {
    let submit = (0..2usize, 0..40usize, 0..3i64, 0..5_000i64, any::<Option<u8>>(), any::<bool>(), any::<bool>());
    let submit = submit.prop_map(|(dataset, rows, day, seconds, note, forget, refused)| Step::Submit {
        dataset,
        rows,
        day,
        seconds,
        note: note.map(|note| note % 5),
        forget,
        refused,
    });
    let delete = (0..2usize, b'0'..=b'9', any::<bool>());
    let delete = delete.prop_map(|(dataset, digit, at_once)| Step::Delete { dataset, digit, at_once });
    prop_oneof![6 => submit, 1 => delete, 1 => Just(Step::Flush), 1 => Just(Step::Maintain), 1 => Just(Step::Crash), 1 => Just(Step::Close)]
}

const DATASETS: [&str; 2] = ["logs", "other"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn rows_notes_and_refused_lines_are_there_once(steps in prop::collection::vec(step(), 1..40)) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Some(open(folder.path()));
        let mut rows: [Vec<String>; 2] = Default::default();
        let mut notes: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        let mut lines: Vec<String> = Vec::new();
        for (nth, step) in steps.into_iter().enumerate() {
            match step {
                Step::Submit { dataset, rows: count, day, seconds, note: key, forget, refused } => {
                    let messages: Vec<_> = (0..count).map(|row| format!("{nth:04} {row:04}")).collect();
                    let mut batch = batch(DATASETS[dataset], &messages, NOW - day * DAY + seconds * 1_000_000_000);
                    if let Some(key) = key {
                        let (key, value) = (format!("k{key}"), if forget { String::new() } else { nth.to_string() });
                        batch.notes.push(note(&key, &value));
                        if forget { notes.remove(key.as_bytes()); } else { notes.insert(key.into(), value.into()); }
                    }
                    if refused {
                        batch.refused.push(refused_line(&format!("line {nth}")));
                        lines.push(format!("line {nth}"));
                    }
                    let acked = store.as_ref().unwrap().submit(batch).unwrap();
                    prop_assert_eq!(acked.rows, count as u64);
                    rows[dataset].extend(messages);
                }
                Step::Delete { dataset, digit, at_once } => {
                    let ending = char::from(digit);
                    let before = rows[dataset].len();
                    rows[dataset].retain(|message| !message.ends_with(ending));
                    if before > 0 {
                        let done = super::delete::delete(store.as_ref().unwrap(), DATASETS[dataset], &ending.to_string(), at_once);
                        prop_assert_eq!(done.rows, (before - rows[dataset].len()) as u64);
                        prop_assert!(!done.left_in_log);
                    }
                }
                Step::Flush => store.as_ref().unwrap().flush().unwrap(),
                Step::Maintain => drop(store.as_ref().unwrap().maintain().unwrap()),
                Step::Crash => {
                    drop(store.take());
                    store = Some(open(folder.path()));
                }
                Step::Close => {
                    store.take().unwrap().close().unwrap();
                    store = Some(open(folder.path()));
                }
            }
            let store = store.as_ref().unwrap();
            let reader = Reader::open(folder.path()).unwrap();
            for (dataset, rows) in DATASETS.iter().zip(&mut rows) {
                rows.sort();
                prop_assert_eq!(&messages_of(store, dataset), &*rows);
                prop_assert_eq!(&messages_of(&reader, dataset), &*rows);
            }
            let noted: BTreeMap<_, _> = store.notes("files", b"").unwrap().into_iter().collect();
            prop_assert_eq!(&noted, &notes);
            let read: Vec<_> = refused(folder.path(), &RefusedFilter::default()).unwrap()
                .map(|line| String::from_utf8(line.unwrap().raw).unwrap()).collect();
            prop_assert_eq!(&read, &lines);
        }
    }
}
