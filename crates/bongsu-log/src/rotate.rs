//! A log file that moves out of the way when it is full: `x.log` → `x.log.1` → `x.log.2` …

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::FileLimit;

/// A log file that many threads write to. Clones are the same one.
#[derive(Debug, Clone)]
pub(crate) struct LogFile(Arc<Mutex<RotatingFile>>);

impl LogFile {
    pub(crate) fn open(path: &Path, limit: FileLimit) -> io::Result<Self> {
        Ok(Self(Arc::new(Mutex::new(RotatingFile::open(path, limit)?))))
    }

    /// Writes whole lines.
    pub(crate) fn write(&self, lines: &[u8]) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_line(lines)
    }
}

/// Appends whole lines to a file and keeps it, and the number of older ones, within a limit.
#[derive(Debug)]
pub(crate) struct RotatingFile {
    path: PathBuf,
    limit: FileLimit,
    file: File,
    size: u64,
}

impl RotatingFile {
    pub(crate) fn open(path: &Path, limit: FileLimit) -> io::Result<Self> {
        let file = append_to(path)?;
        let size = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), limit, file, size })
    }

    /// Writes `line`, which ends with its line end, in one call to the system; rotates first if it would not fit.
    pub(crate) fn write_line(&mut self, line: &[u8]) -> io::Result<()> {
        let length = line.len() as u64;
        if self.size > 0 && self.size.saturating_add(length) > self.limit.bytes {
            self.rotate()?;
        }
        self.file.write_all(line)?;
        self.size += length;
        Ok(())
    }

    fn rotate(&mut self) -> io::Result<()> {
        if self.limit.older == 0 {
            self.file.set_len(0)?;
        } else {
            for number in (1..self.limit.older).rev() {
                move_if_there(&numbered(&self.path, number), &numbered(&self.path, number + 1))?;
            }
            move_if_there(&self.path, &numbered(&self.path, 1))?;
            self.file = append_to(&self.path)?;
        }
        self.size = 0;
        Ok(())
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    PathBuf::from(name)
}

fn move_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        moved => moved,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn the_oldest_goes_when_there_are_more_than_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        let mut file = RotatingFile::open(&path, FileLimit { bytes: 4, older: 2 }).unwrap();
        for line in ["aa\n", "bb\n", "cc\n", "dd\n"] {
            file.write_line(line.as_bytes()).unwrap();
        }
        assert_eq!(names(folder.path()), ["x.log", "x.log.1", "x.log.2"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), "dd\n");
        assert_eq!(fs::read_to_string(numbered(&path, 1)).unwrap(), "cc\n");
        assert_eq!(fs::read_to_string(numbered(&path, 2)).unwrap(), "bb\n");
    }

    #[test]
    fn a_line_that_just_fits_does_not_rotate_and_one_longer_than_the_limit_is_kept_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        let mut file = RotatingFile::open(&path, FileLimit { bytes: 6, older: 3 }).unwrap();
        file.write_line(b"aa\n").unwrap();
        file.write_line(b"bb\n").unwrap();
        assert_eq!(names(folder.path()), ["x.log"]);
        file.write_line(b"a long line\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a long line\n");
        assert_eq!(names(folder.path()), ["x.log", "x.log.1"]);
    }

    #[test]
    fn a_file_opened_again_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        let limit = FileLimit { bytes: 6, older: 1 };
        for line in ["aa\n", "bb\n", "cc\n"] {
            RotatingFile::open(&path, limit).unwrap().write_line(line.as_bytes()).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "cc\n");
        assert_eq!(fs::read_to_string(numbered(&path, 1)).unwrap(), "aa\nbb\n");
    }

    #[test]
    fn without_older_files_a_full_one_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        let mut file = RotatingFile::open(&path, FileLimit { bytes: 4, older: 0 }).unwrap();
        file.write_line(b"aa\n").unwrap();
        file.write_line(b"bb\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "bb\n");
        assert_eq!(names(folder.path()), ["x.log"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_files_together_hold_the_newest_lines_in_order(
            lengths in prop::collection::vec(1usize..12, 1..40), bytes in 8u64..40, older in 1u32..5
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.log");
            let mut file = RotatingFile::open(&path, FileLimit { bytes, older }).unwrap();
            let mut written = String::new();
            for (nth, length) in lengths.iter().enumerate() {
                let line = format!("{nth}{}\n", "x".repeat(*length));
                file.write_line(line.as_bytes()).unwrap();
                written.push_str(&line);
            }
            let mut kept = String::new();
            for number in (1..=older).rev() {
                kept.push_str(&fs::read_to_string(numbered(&path, number)).unwrap_or_default());
            }
            kept.push_str(&fs::read_to_string(&path).unwrap());
            prop_assert!(written.ends_with(&kept));
            prop_assert!(kept.len() as u64 >= bytes.min(written.len() as u64) / 2);
            prop_assert!(names(folder.path()).len() as u32 <= older + 1);
        }
    }
}
