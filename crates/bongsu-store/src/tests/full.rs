//! A disk that is really full: a small file system of the machine's memory, which only root may mount.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use bongsu_model::{Batch, Intake, IntakeError};

use super::kit::*;
use crate::disk::RealDisk;
use crate::{RefusedFilter, StoreError, refused};

/// A file system of `size` bytes, unmounted when dropped; none without the right to mount one.
struct SmallDisk(Option<tempfile::TempDir>);

impl SmallDisk {
    fn new(size: u64) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(folder.path())
            .output()
            .is_ok_and(|done| done.status.success());
        if !mounted {
            eprintln!("skipped: no right to mount a file system");
            return None;
        }
        Some(Self(Some(folder)))
    }

    fn path(&self) -> &Path {
        self.0.as_ref().unwrap().path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let gone = Command::new("umount").arg("-l").arg(self.path()).status().is_ok_and(|status| status.success());
        if !gone {
            // What is behind the mount must not be deleted.
            let _ = self.0.take().map(tempfile::TempDir::keep);
        }
    }
}

fn noisy(nth: i64, seed: &mut u64) -> Batch {
    let messages: Vec<_> = (0..9)
        .map(|row| {
            let mut noise = String::new();
            for _ in 0..20 {
                *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let _ = write!(noise, "{:08x}", *seed >> 32);
            }
            format!("{nth:04} {row:02} {noise}")
        })
        .collect();
    let mut batch = batch("logs", &messages, NOW - nth % 2 * DAY);
    batch.notes.push(note(&format!("at {nth}"), &nth.to_string()));
    batch.refused.push(refused_line(&format!("line {nth}")));
    batch
}

#[test]
fn a_full_file_system_refuses_before_the_answer_and_recovers_by_itself() {
    let mut seed = 1;
    // How much is left decides what meets the end of the disk: the log, a data file, a commit, the database.
    for left in [0, 20, 60, 90, 130, 180, 240, 300, 400, 500].map(|kibi| kibi << 10) {
        let Some(disk) = SmallDisk::new(8 << 20) else { return };
        let data = disk.path().join("data");
        let store = open_on(Arc::new(RealDisk), &data).unwrap();
        let (mut rows, mut batches, mut turned_away) = (0, 0, 0);
        for nth in 0..3 {
            rows += store.submit(noisy(nth, &mut seed)).unwrap().rows;
            batches += 1;
        }
        store.flush().unwrap();
        let filler = disk.path().join("filler");
        let mut file = fs::File::create(&filler).unwrap();
        while file.write_all(&[1; 4_096]).is_ok() {}
        let len = file.metadata().unwrap().len();
        file.set_len(len.saturating_sub(left)).unwrap();
        drop(file);
        let mut full = 0;
        for nth in 3..200 {
            match store.submit(noisy(nth, &mut seed)) {
                Ok(acked) => {
                    rows += acked.rows;
                    batches += 1;
                }
                Err(IntakeError::Refused(error)) => {
                    assert_eq!(error.id(), "store-disk-full", "{left} bytes left: {error}");
                    turned_away += 1;
                }
                Err(other) => panic!("{other}"),
            }
            if nth % 5 == 0
                && let Err(error) = store.flush()
            {
                assert!(matches!(error, StoreError::DiskFull { .. }), "{left} bytes left: {error}");
                full += 1;
            }
            if turned_away == 3 {
                break;
            }
        }
        assert!(
            turned_away == 3 && (full > 0 || left == 0),
            "{left} bytes left: {turned_away} refusals, {full} flushes"
        );
        assert_eq!(messages_of(&store, "logs").len(), rows as usize, "{left} bytes left: reading goes on");
        assert_eq!(store.notes("files", b"").unwrap().len(), batches, "{left} bytes left");
        fs::remove_file(&filler).unwrap();
        rows += store.submit(noisy(999, &mut seed)).unwrap().rows;
        batches += 1;
        store.flush().unwrap();
        let _ = store.maintain().unwrap();
        assert!(!store.counts().poisoned);
        store.close().unwrap();
        let store = open(&data);
        assert!(store.problems().is_empty());
        assert_eq!(messages_of(&store, "logs").len(), rows as usize, "{left} bytes left");
        assert_eq!(store.notes("files", b"").unwrap().len(), batches, "{left} bytes left");
        assert_eq!(refused(&data, &RefusedFilter::default()).unwrap().count(), batches, "{left} bytes left");
    }
}
