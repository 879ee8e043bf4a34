//! The names of older files: `x.log.1`, `x.log.2.gz` …; the higher, the older.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What may stand behind the number.
pub(super) const ENDINGS: [&str; 3] = ["", ".gz", ".zst"];

/// The name of the `number`th older file.
pub(super) fn numbered(path: &Path, number: u32, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}{ending}"));
    PathBuf::from(name)
}

/// An older file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Older {
    pub(super) number: u32,
    pub(super) ending: &'static str,
    pub(super) path: PathBuf,
}

/// The older files of `path`, the newest first.
pub(super) fn older(path: &Path) -> io::Result<Vec<Older>> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let file = entry.file_name();
        let Some(rest) = file.as_encoded_bytes().strip_prefix(name.as_encoded_bytes()) else { continue };
        if let Some((number, ending)) = std::str::from_utf8(rest).ok().and_then(parse) {
            found.push(Older { number, ending, path: entry.path() });
        }
    }
    found.sort_unstable_by_key(|older| older.number);
    Ok(found)
}

fn parse(rest: &str) -> Option<(u32, &'static str)> {
    let rest = rest.strip_prefix('.')?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let number: u32 = rest[..digits].parse().ok().filter(|number| *number > 0)?;
    let is_plain = number.to_string() == rest[..digits];
    let ending = ENDINGS.into_iter().find(|ending| *ending == &rest[digits..])?;
    is_plain.then_some((number, ending))
}

/// Frees the number 1: each older file up to the first gap takes the next number, and what would come beyond `count` goes.
pub(super) fn shift(path: &Path, count: Option<u32>) -> io::Result<()> {
    let found = older(path)?;
    let mut last = 0;
    while found.iter().any(|older| older.number == last + 1) {
        last += 1;
    }
    for older in found.iter().rev().filter(|older| older.number <= last) {
        let moved = if count.is_some_and(|count| older.number >= count) {
            fs::remove_file(&older.path)
        } else {
            fs::rename(&older.path, numbered(path, older.number + 1, older.ending))
        };
        match moved {
            // Somebody else took it away.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            moved => moved?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_number_and_a_known_ending_make_an_older_file() {
        let table = [
            (".1", Some((1, ""))),
            (".12.gz", Some((12, ".gz"))),
            (".3.zst", Some((3, ".zst"))),
            (".0", None),
            (".01", None),
            (".1.bz2", None),
            (".1.", None),
            (".", None),
            ("", None),
            (".2025-06-06", None),
            (".99999999999", None),
            (".1 ", None),
        ];
        for (rest, expected) in table {
            assert_eq!(parse(rest), expected, "{rest}");
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn numbers_go_up_to_the_first_gap_and_the_last_one_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        for name in ["x.log", "x.log.1", "x.log.2.gz", "x.log.4", "x.log.backup", "y.log.1"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        shift(&path, Some(5)).unwrap();
        let expected = ["x.log", "x.log.2", "x.log.3.gz", "x.log.4", "x.log.backup", "y.log.1"];
        assert_eq!(names(folder.path()), expected);
        shift(&path, Some(5)).unwrap();
        assert_eq!(names(folder.path()), expected, "the gap at 1 is free already");
        fs::write(folder.path().join("x.log.1"), "new").unwrap();
        shift(&path, Some(4)).unwrap();
        assert_eq!(names(folder.path()), ["x.log", "x.log.2", "x.log.3", "x.log.4.gz", "x.log.backup", "y.log.1"]);
        assert_eq!(fs::read_to_string(folder.path().join("x.log.3")).unwrap(), "x.log.1");
    }
}
