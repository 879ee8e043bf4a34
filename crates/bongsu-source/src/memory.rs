//! A store that keeps nothing on disk: for reading without a store, and for tests.

use bongsu_model::{Acked, Batch, Intake, IntakeError};

/// Remembers nothing: every file is new to it.
#[derive(Debug, Default)]
pub(crate) struct NoNotes;

impl Intake for NoNotes {
    fn submit(&self, batch: Batch) -> Result<Acked, IntakeError> {
        Ok(Acked { rows: batch.rows.num_rows() as u64, frame: 0 })
    }

    fn note(&self, _table: &str, _key: &[u8]) -> Result<Option<Vec<u8>>, IntakeError> {
        Ok(None)
    }

    fn notes(&self, _table: &str, _prefix: &[u8]) -> Result<Vec<(Vec<u8>, Vec<u8>)>, IntakeError> {
        Ok(Vec::new())
    }
}

#[cfg(test)]
pub(crate) use stand_in::MemoryIntake;

#[cfg(test)]
mod stand_in {
    use std::collections::BTreeMap;
    use std::sync::{Mutex, MutexGuard};

    use arrow::array::AsArray;
    use bongsu_model::{Explain, Note, Refused};

    use super::*;

    /// What survives of a process that was killed.
    #[derive(Debug, Default)]
    pub(crate) struct Kept {
        pub(crate) notes: BTreeMap<(&'static str, Vec<u8>), Vec<u8>>,
        pub(crate) rows: Vec<arrow::record_batch::RecordBatch>,
        pub(crate) refused: Vec<Refused>,
        /// Batches still taken; none for any number.
        pub(crate) until_death: Option<usize>,
        /// Times that the next batch is answered with "busy".
        pub(crate) busy: usize,
        pub(crate) batches: usize,
    }

    #[derive(Debug, thiserror::Error)]
    #[error("killed")]
    struct Killed;

    impl Explain for Killed {
        fn id(&self) -> &'static str {
            "killed"
        }

        fn args(&self) -> Vec<(&'static str, String)> {
            vec![]
        }

        fn hint(&self) -> Option<String> {
            None
        }
    }

    #[derive(Debug, Default)]
    pub(crate) struct MemoryIntake(Mutex<Kept>);

    impl MemoryIntake {
        pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
            self.0.lock().unwrap()
        }

        pub(crate) fn keep(&self, notes: Vec<Note>) {
            let mut kept = self.kept();
            for note in notes {
                if note.value.is_empty() {
                    kept.notes.remove(&(note.table, note.key));
                } else {
                    kept.notes.insert((note.table, note.key), note.value);
                }
            }
        }

        /// One text column of every row kept so far.
        pub(crate) fn column(&self, name: &str) -> Vec<String> {
            let kept = self.kept();
            let columns = kept.rows.iter().filter_map(|rows| rows.column_by_name(name));
            columns.flat_map(|column| column.as_string_view().iter().flatten().map(str::to_owned)).collect()
        }

        /// Every message kept so far, sorted.
        pub(crate) fn messages(&self) -> Vec<String> {
            let mut messages = self.column("message");
            messages.sort();
            messages
        }
    }

    impl Intake for MemoryIntake {
        fn submit(&self, batch: Batch) -> Result<Acked, IntakeError> {
            let mut kept = self.kept();
            if kept.busy > 0 {
                kept.busy -= 1;
                return Err(IntakeError::Busy { retry_after_ms: 1 });
            }
            if let Some(left) = &mut kept.until_death {
                *left = left.checked_sub(1).ok_or_else(|| IntakeError::Refused(Box::new(Killed)))?;
            }
            kept.batches += 1;
            kept.refused.extend(batch.refused);
            let acked = Acked { rows: batch.rows.num_rows() as u64, frame: kept.batches as u64 };
            kept.rows.push(batch.rows);
            drop(kept);
            self.keep(batch.notes);
            Ok(acked)
        }

        fn note(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, IntakeError> {
            let kept = self.kept();
            Ok(kept.notes.iter().find(|((t, k), _)| *t == table && k == key).map(|(_, value)| value.clone()))
        }

        fn notes(&self, table: &str, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Vec<u8>)>, IntakeError> {
            let kept = self.kept();
            let found = kept.notes.iter().filter(|((t, k), _)| *t == table && k.starts_with(prefix));
            Ok(found.map(|((_, key), value)| (key.clone(), value.clone())).collect())
        }
    }
}
