//! Where records go that the server will not have: a file beside the spool's lanes, with the reasons.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bongsu_model::Timestamp;
use serde_json::{Value, json};

/// Bytes after which the file is moved to `refused.1.jsonl`, in place of the one before.
const FULL: u64 = 16 << 20;

#[derive(Debug)]
pub(super) struct Refused {
    path: PathBuf,
}

impl Refused {
    pub(super) fn new(root: &Path) -> Self {
        Self { path: root.join("refused.jsonl") }
    }

    /// Adds records, each with the reason why it is there.
    pub(super) fn add<'r>(&self, now: Timestamp, records: impl Iterator<Item = (&'r [u8], &'r str)>) -> io::Result<()> {
        let mut lines = String::new();
        for (record, reason) in records {
            let record = serde_json::from_slice(record)
                .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(record).trim_end()));
            lines.push_str(&json!({ "at": now.to_string(), "reason": reason, "record": record }).to_string());
            lines.push('\n');
        }
        if lines.is_empty() {
            return Ok(());
        }
        if fs::metadata(&self.path).is_ok_and(|data| data.len() > FULL) {
            fs::rename(&self.path, self.path.with_file_name("refused.1.jsonl"))?;
        }
        OpenOptions::new().create(true).append(true).open(&self.path)?.write_all(lines.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_kept_with_their_reasons_and_the_file_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let refused = Refused::new(folder.path());
        let now = Timestamp::from_nanos(0);
        refused.add(now, std::iter::empty()).unwrap();
        assert!(!refused.path.exists());
        refused.add(now, [(&b"{\"Body\":\"x\"}"[..], "too old"), (b"half\n", "damaged")].into_iter()).unwrap();
        assert_eq!(
            fs::read_to_string(&refused.path).unwrap(),
            "{\"at\":\"1970-01-01T00:00:00.000000000Z\",\"reason\":\"too old\",\"record\":{\"Body\":\"x\"}}\n\
             {\"at\":\"1970-01-01T00:00:00.000000000Z\",\"reason\":\"damaged\",\"record\":\"half\"}\n"
        );
        fs::write(&refused.path, vec![b'x'; FULL as usize + 1]).unwrap();
        refused.add(now, [(&b"{}"[..], "r")].into_iter()).unwrap();
        assert!(fs::metadata(&refused.path).unwrap().len() < 100);
        assert!(folder.path().join("refused.1.jsonl").exists());
    }
}
