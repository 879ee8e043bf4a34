//! A full disk, and memory that is full because the disk is.

use std::sync::Arc;
use std::time::Duration;

use bongsu_model::{FixedClock, Intake, IntakeError, Timestamp};

use super::kit::*;
use crate::disk::faulty::FaultyDisk;
use crate::{Store, StoreConfig, StoreError};

#[test]
fn a_full_disk_refuses_and_recovers_by_itself() {
    for space in (0..30_000).step_by(1_013) {
        let folder = tempfile::tempdir().unwrap();
        let disk = FaultyDisk::new();
        let store = open_on(Arc::new(disk.clone()), folder.path()).unwrap();
        disk.space(space);
        let (mut kept, mut turned_away) = (vec![], 0);
        for nth in 0..30 {
            let messages: Vec<_> = (0..9).map(|row| format!("{nth:02} {row:02}")).collect();
            match store.submit(batch("logs", &messages, NOW)) {
                Ok(_) => kept.extend(messages),
                Err(IntakeError::Refused(error)) => {
                    assert_eq!(error.id(), "store-disk-full", "{error}");
                    turned_away += 1;
                }
                Err(other) => panic!("{other}"),
            }
            if nth % 7 == 6
                && let Err(error) = store.flush()
            {
                assert!(matches!(error, StoreError::DiskFull { .. }), "{error}");
            }
            assert_eq!(messages_of(&store, "logs"), kept, "{space} bytes");
        }
        assert!(turned_away > 0 || !disk.was_hit() || space > 10_000);
        disk.space(i64::MAX);
        let _ = store.submit(batch("logs", &["zz".into()], NOW)).unwrap();
        kept.push("zz".into());
        store.flush().unwrap();
        assert_eq!(messages_of(&store, "logs"), kept);
        drop(store);
        assert_eq!(messages_of(&open(folder.path()), "logs"), kept, "{space} bytes");
    }
}

#[test]
fn memory_is_bounded_and_the_sender_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::new();
    let config = StoreConfig { memory_bytes: 50_000, busy_after: Duration::from_millis(20), ..small() };
    let clock = Arc::new(FixedClock::new(Timestamp::from_nanos(NOW)));
    let store = Store::open_on(Arc::new(disk.clone()), folder.path(), config, clock).unwrap();
    let mut kept = 0;
    let messages: Vec<_> = (0..20).map(|row| format!("{row:02}{}", "x".repeat(100))).collect();
    // Whoever holds this writes rows to files: nobody can.
    let stuck = crate::shared::lock(&store.shared().flushing);
    let busy = (0..1_000).find_map(|nth| {
        let batch = batch(if nth % 2 == 0 { "a" } else { "b" }, &messages, NOW);
        store.submit(batch).map(|acked| kept += acked.rows).err()
    });
    assert!(matches!(busy, Some(IntakeError::Busy { retry_after_ms: 1.. })), "{busy:?}");
    assert!(kept > 20);
    drop(stuck);
    store.flush().unwrap();
    let _ = store.submit(batch("a", &messages, NOW)).unwrap();
    assert_eq!(rows_of(&store, "a").len() + rows_of(&store, "b").len(), kept as usize + 20);
}
