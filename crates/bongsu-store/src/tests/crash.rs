//! The process ends at any change to the disk: what was acknowledged is there once after the next start.

use std::sync::Arc;

use bongsu_model::Intake;

use super::kit::*;
use crate::disk::faulty::FaultyDisk;
use crate::{Reader, RefusedFilter, Store, refused};

/// What a run got acknowledged.
#[derive(Default)]
pub(super) struct Acked {
    messages: Vec<String>,
    note: Option<String>,
    lines: Vec<String>,
}

/// Submits `batches`, flushes and maintains until something fails.
pub(super) fn run(store: &Store, acked: &mut Acked, batches: i64) -> Option<()> {
    for nth in 0..batches {
        let messages: Vec<_> = (0..9).map(|row| format!("{nth:02} {row:02}")).collect();
        let mut batch = batch("logs", &messages, NOW - (nth % 2) * DAY);
        batch.notes.push(note("at", &nth.to_string()));
        batch.refused.push(refused_line(&format!("line {nth}")));
        let _ = store.submit(batch).ok()?;
        acked.messages.extend(messages);
        acked.note = Some(nth.to_string());
        acked.lines.push(format!("line {nth}"));
        if nth % 3 == 2 {
            store.flush().ok()?;
        }
        if nth % 6 == 5 {
            let _ = store.maintain().ok()?;
        }
    }
    Some(())
}

/// Everything acknowledged is there once; of what was not, each batch is there whole or not at all.
pub(super) fn verify(folder: &std::path::Path, acked: &Acked, context: &str) {
    let store = open(folder);
    assert!(store.problems().is_empty(), "{context}: {:?}", store.problems());
    for round in 0..2 {
        let found = messages_of(&store, "logs");
        let mut once = found.clone();
        once.dedup();
        assert_eq!(once, found, "{context}, round {round}: rows are there twice");
        assert!(
            found.starts_with(&acked.messages),
            "{context}, round {round}: rows are lost: {} of {}",
            found.len(),
            acked.messages.len()
        );
        assert_eq!(found.len() % 9, 0, "{context}, round {round}");
        let noted = store.note("files", b"at").unwrap().map(|value| String::from_utf8(value).unwrap());
        let last = found.len() / 9;
        assert_eq!(noted, last.checked_sub(1).map(|nth| nth.to_string()), "{context}: the note goes with the rows");
        let lines: Vec<_> = refused(folder, &RefusedFilter::default())
            .unwrap()
            .map(|line| String::from_utf8(line.unwrap().raw).unwrap())
            .collect();
        assert_eq!(lines, (0..last).map(|nth| format!("line {nth}")).collect::<Vec<_>>(), "{context}, round {round}");
        assert!(acked.lines.len() <= lines.len());
        store.flush().unwrap();
        let _ = store.maintain().unwrap();
    }
    let more = batch("logs", &["99 00".into()], NOW);
    let _ = store.submit(more).unwrap();
    assert_eq!(messages_of(&store, "logs").last().unwrap(), "99 00");
}

#[test]
fn ending_at_any_change_loses_and_doubles_nothing() {
    // Each prime step lands on another kind of change; the whole range, one by one, takes a minute.
    for changes in (1..).step_by(7) {
        let folder = quick_folder();
        let disk = FaultyDisk::new();
        let mut acked = Acked::default();
        disk.die_after(changes);
        if let Ok(store) = open_on(Arc::new(disk.clone()), folder.path()) {
            let _ = run(&store, &mut acked, 14);
        }
        verify(folder.path(), &acked, &format!("after {changes} changes"));
        if !disk.was_hit() {
            assert!(changes > 100, "the run made only {changes} changes");
            break;
        }
    }
}

#[test]
fn after_a_failed_sync_nothing_is_acknowledged_and_exactly_what_was_is_kept() {
    for nth in 1..=200 {
        let folder = quick_folder();
        let disk = FaultyDisk::new();
        let mut acked = Acked::default();
        let store = open_on(Arc::new(disk.clone()), folder.path()).unwrap();
        disk.fail_sync(nth);
        let _ = run(&store, &mut acked, 60);
        assert!(disk.was_hit(), "sync {nth}");
        // Also waits for the thread that met the fault.
        assert!(store.flush().is_err() && store.maintain().is_err());
        for _ in 0..3 {
            let error = store.submit(batch("logs", &["never".into()], NOW)).unwrap_err().to_string();
            assert!(error.contains("stopped taking data"), "sync {nth}: {error}");
        }
        assert!(store.counts().poisoned);
        assert_eq!(messages_of(&store, "logs"), acked.messages, "sync {nth}: reading goes on");
        drop(store);
        assert_eq!(messages_of(&Reader::open(folder.path()).unwrap(), "logs"), acked.messages, "sync {nth}");
        verify(folder.path(), &acked, &format!("sync {nth}"));
    }
}
