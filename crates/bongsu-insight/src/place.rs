//! Which line of a log file an error stands on.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};

use crate::ErrorAnalysis;
use crate::errors::file_name;

/// Bytes of one log file that are read to count lines; an error further down keeps no number.
const FURTHEST: u64 = 256 << 20;
/// Bytes of a line that are looked at to know it again.
const LOOKED_AT: u64 = 64 << 10;
/// The fewest characters that tell one line from another.
const TELLING: usize = 4;

/// How packed files begin: gzip, zstd, xz, bzip2.
const PACKED: [&[u8]; 4] = [b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\0", b"BZh"];

/// Opens the log files that records were gathered from, so that line numbers can be told.
pub trait LogFiles: Sync {
    /// The bytes that offsets count, unpacked where the file is packed; none when the file cannot be read.
    fn open(&self, source: &str) -> Option<Box<dyn Read>>;
}

/// Files as they lie on disk; packed ones are left alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainFiles;

impl LogFiles for PlainFiles {
    fn open(&self, source: &str) -> Option<Box<dyn Read>> {
        // A FIFO would wait for a writer for ever: look before opening.
        std::fs::metadata(source).ok()?.is_file().then_some(())?;
        let mut bytes = BufReader::new(File::open(source).ok()?);
        let begin = bytes.fill_buf().ok()?;
        let packed = PACKED.iter().any(|magic| begin.starts_with(magic));
        (!packed).then(|| Box::new(bytes) as Box<dyn Read>)
    }
}

impl ErrorAnalysis {
    /// Gives each critical error the log file and the number of its line there, where the file still holds it at the
    /// place it was gathered from; an error whose file has moved on keeps what it had.
    pub fn number_lines(&mut self, files: &dyn LogFiles) {
        let mut wanted = HashMap::<String, Vec<(u64, usize)>>::new();
        for (nth, error) in self.critical_errors.iter().enumerate() {
            if let (Some(source), Some(offset)) = (&error.place.source, error.place.offset) {
                wanted.entry(source.clone()).or_default().push((offset, nth));
            }
        }
        for (source, mut places) in wanted {
            places.sort_unstable();
            let Some(file) = files.open(&source) else { continue };
            let mut lines = Lines { bytes: BufReader::new(file), at: 0, number: 1, fresh: true };
            for (offset, nth) in places {
                let error = &mut self.critical_errors[nth];
                let Some(number) = lines.number_at(offset, &error.message) else { break };
                if let Some(number) = number {
                    error.file = Some(file_name(&source).to_owned());
                    error.line_num = Some(number);
                }
            }
        }
    }
}

struct Lines<R> {
    bytes: BufReader<R>,
    at: u64,
    /// Number of the line that `at` lies in.
    number: u64,
    /// Whether `at` is the beginning of a line.
    fresh: bool,
}

impl<R: Read> Lines<R> {
    /// The number of the line that begins at `offset` and holds `message`; the outer none when the file ends before.
    #[allow(clippy::option_option)]
    fn number_at(&mut self, offset: u64, message: &str) -> Option<Option<u64>> {
        if offset > FURTHEST {
            return None;
        }
        while self.at < offset {
            let ahead = self.bytes.fill_buf().ok().filter(|ahead| !ahead.is_empty())?;
            let step = ahead.len().min((offset - self.at) as usize);
            self.number += memchr::memchr_iter(b'\n', &ahead[..step]).count() as u64;
            self.fresh = ahead[step - 1] == b'\n';
            self.at += step as u64;
            self.bytes.consume(step);
        }
        if !self.fresh {
            return Some(None);
        }
        let (number, mut line) = (self.number, Vec::new());
        let read = self.bytes.by_ref().take(LOOKED_AT).read_until(b'\n', &mut line).ok()?;
        self.at += read as u64;
        self.fresh = line.last() == Some(&b'\n');
        self.number += u64::from(self.fresh);
        Some((read > 0 && holds(&line, message)).then_some(number))
    }
}

/// Whether `line` can be the one that `message` was read from: it holds the longest piece of the message's first line
/// that every format writes as it is, or, where there is no such piece, writes letters as JSON may.
fn holds(line: &[u8], message: &str) -> bool {
    let first = message.lines().next().unwrap_or_default();
    let has = |piece: &str| memchr::memmem::find(line, piece.as_bytes()).is_some();
    let plain = longest(first, |c| !c.is_ascii_graphic() || matches!(c, '"' | '\\' | '/' | '<' | '>' | '&' | '\''));
    if plain.len() >= TELLING {
        return has(plain);
    }
    has(longest(first, |c| c.is_control() || matches!(c, '"' | '\\'))) || (!first.is_ascii() && has("\\u"))
}

fn longest(text: &str, between: impl Fn(char) -> bool) -> &str {
    text.split(between).max_by_key(|piece| piece.len()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorRow, ErrorTally, Rules, Window};
    use bongsu_model::Timestamp;

    const TEXT: &str = "one\nCRITICAL database down\n  at x\nCRITICAL \"디스크\" full\nlast";

    struct Memory(&'static str);

    impl LogFiles for Memory {
        fn open(&self, source: &str) -> Option<Box<dyn Read>> {
            (source == "/x/error.log").then(|| Box::new(self.0.as_bytes()) as Box<dyn Read>)
        }
    }

    fn places(text: &'static str, rows: &[(i64, &str)]) -> Vec<(Option<String>, Option<u64>)> {
        let rules = Rules::new(&[]).unwrap();
        let mut tally = ErrorTally::new(&Window::new(Timestamp::from_nanos(0), 1), &rules);
        for (offset, message) in rows {
            tally.push(&ErrorRow {
                level: Some("CRITICAL"),
                severity: Some(21),
                message,
                code_file: Some("db.py"),
                code_line: Some(7),
                source: Some("/x/error.log"),
                offset: Some(*offset),
                ..ErrorRow::default()
            });
        }
        let mut found = tally.finish();
        found.number_lines(&Memory(text));
        found.critical_errors.into_iter().map(|error| (error.file, error.line_num)).collect()
    }

    #[test]
    fn a_line_that_still_lies_there_has_its_number() {
        let second = TEXT.find("CRITICAL \"").unwrap() as i64;
        let found = places(TEXT, &[(second, "디스크 full"), (4, "database down")]);
        assert_eq!(found, [(Some("error.log".into()), Some(2)), (Some("error.log".into()), Some(4))]);
    }

    #[test]
    fn korean_alone_tells_lines_apart() {
        assert!(holds("CRITICAL 디스크 부족".as_bytes(), "디스크 부족"));
        assert!(holds(br#"{"message":"\ub514\uc2a4\ud06c"}"#, "디스크"));
        assert!(!holds("CRITICAL 메모리 부족".as_bytes(), "디스크 부족"));
    }

    #[test]
    fn packed_files_and_folders_are_not_read_as_they_lie() {
        let folder = tempfile::tempdir().unwrap();
        let opened = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            PlainFiles.open(path.to_str().unwrap()).is_some()
        };
        assert!(opened("plain", b"CRITICAL x") && opened("empty", b""));
        for magic in PACKED {
            assert!(!opened("packed", magic));
        }
        assert!(PlainFiles.open(folder.path().to_str().unwrap()).is_none());
    }

    #[test]
    fn a_file_that_moved_on_gives_no_number() {
        let code = (Some("db.py".to_owned()), Some(7));
        assert_eq!(places(TEXT, &[(5, "database down")]), std::slice::from_ref(&code));
        assert_eq!(places(TEXT, &[(0, "database down")]), std::slice::from_ref(&code));
        assert_eq!(places("short", &[(900, "database down")]), std::slice::from_ref(&code));
        assert_eq!(places("", &[(0, "database down")]), [code]);
    }
}
