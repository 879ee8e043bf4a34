//! What a gathering did, in numbers.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bongsu_model::{Phrase, Refusal};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// What was gathered. Its JSON is part of the command line's contract.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// Records that were kept.
    pub accepted: u64,
    /// Lines and whole inputs that were refused.
    pub refused: u64,
    /// Bytes read in this run, after decompression, without those that had been read before.
    pub bytes: u64,
    /// Seconds it took.
    pub seconds: f64,
    /// Accepted records by the format they were written in.
    pub formats: BTreeMap<String, u64>,
    /// Records left out because another file of the same log home holds them too.
    pub duplicates: u64,
    /// Files and streams that something was read from.
    pub files: u64,
    /// Files left alone because everything in them had been read before.
    pub skipped: u64,
    /// Files whose last record is still being written; the next run reads it.
    pub unfinished: u64,
    /// Records that had been kept without their end (the file ended in the middle of the line) and were now kept whole.
    pub completed: u64,
    /// Hidden files of a log home and those below its `reports/`, `alerts/` and `config/`: they hold no log lines and were
    /// left alone.
    pub left_out: u64,
    /// [`crate::Gather::without`] lay among the inputs and was left alone.
    pub without_data: bool,
    /// Inputs refused as a whole; at most [`Report::MAX_INPUTS`] are named, `refused` counts all.
    pub inputs_refused: Vec<InputRefused>,
}

/// An input that was refused as a whole. Its JSON has the reason as a text and as `reason_id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputRefused {
    /// Which one.
    pub path: PathBuf,
    /// Why.
    pub reason: Refusal,
}

impl Serialize for InputRefused {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("InputRefused", 3)?;
        fields.serialize_field("path", &self.path.to_string_lossy())?;
        fields.serialize_field("reason", &self.reason.to_string())?;
        fields.serialize_field("reason_id", self.reason.id())?;
        fields.end()
    }
}

impl Report {
    /// Refused inputs that a report names.
    pub const MAX_INPUTS: usize = 1_000;

    pub(crate) fn name_input(&mut self, path: PathBuf, reason: Refusal) {
        if self.inputs_refused.len() < Self::MAX_INPUTS {
            self.inputs_refused.push(InputRefused { path, reason });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_the_names_of_the_command_line() {
        let mut report = Report { accepted: 2, ..Report::default() };
        report.formats.insert("json".into(), 2);
        report.name_input("/dev/null".into(), Refusal::Device);
        let json = serde_json::to_value(&report).unwrap();
        for (name, value) in [("accepted", "2"), ("refused", "0"), ("formats", r#"{"json":2}"#), ("duplicates", "0")] {
            assert_eq!(json[name].to_string(), value, "{name}");
        }
        let refused = serde_json::json!({
            "path": "/dev/null", "reason": "a device; name it itself to read it", "reason_id": "refused-device",
        });
        assert_eq!(json["inputs_refused"], serde_json::json!([refused]));
    }

    #[test]
    fn names_no_more_refused_inputs_than_the_limit() {
        let mut report = Report::default();
        for _ in 0..Report::MAX_INPUTS + 5 {
            report.name_input("x".into(), Refusal::NoFile);
        }
        assert_eq!(report.inputs_refused.len(), Report::MAX_INPUTS);
    }
}
