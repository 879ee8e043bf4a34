//! What lies in a log home: files and bytes of each of its folders.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bongsu_model::JOURNALS;
use serde::Serialize;

use crate::InsightError;

/// Folders deep that are looked into: a log home has two, and links may make circles.
const DEEPEST: usize = 16;

/// Files and bytes of a log home.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct HomeStats {
    /// Each folder of the log home (`app`, `error` …) with everything below it; `.` is what lies beside them.
    pub folders: BTreeMap<String, FolderStats>,
    /// All of it.
    pub total: FolderStats,
    /// Folders and files that could not be read, and are not counted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<PathBuf>,
}

/// Files and bytes of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct FolderStats {
    /// Regular files.
    pub files: u64,
    /// Their lengths, bytes.
    pub bytes: u64,
}

impl FolderStats {
    fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }
}

/// Counts the regular files of the log home `dir`, folder by folder; symbolic links are not followed.
pub fn home_stats(dir: &Path) -> Result<HomeStats, InsightError> {
    let mut stats = HomeStats::default();
    let listed = fs::read_dir(dir).map_err(|cause| InsightError::List { path: dir.to_owned(), cause })?;
    for entry in listed {
        let entry = entry.map_err(|cause| InsightError::List { path: dir.to_owned(), cause })?;
        let path = entry.path();
        let (name, depth) = match entry.file_type() {
            Ok(kind) if kind.is_dir() => (entry.file_name().to_string_lossy().into_owned(), 1),
            _ => (".".to_owned(), 0),
        };
        let mut folder = stats.folders.get(&name).copied().unwrap_or_default();
        count(&path, depth, &mut folder, &mut stats.unreadable);
        if depth > 0 || folder.files > 0 {
            stats.folders.insert(name, folder);
        }
    }
    for folder in stats.folders.values() {
        stats.total.files += folder.files;
        stats.total.bytes += folder.bytes;
    }
    stats.unreadable.sort();
    Ok(stats)
}

fn count(path: &Path, depth: usize, folder: &mut FolderStats, unreadable: &mut Vec<PathBuf>) {
    if look(path, depth, folder, unreadable).is_err() {
        unreadable.push(path.to_owned());
    }
}

fn look(path: &Path, depth: usize, folder: &mut FolderStats, unreadable: &mut Vec<PathBuf>) -> io::Result<()> {
    let about = fs::symlink_metadata(path)?;
    if about.is_file() {
        folder.add(about.len());
    } else if about.is_dir() && depth <= DEEPEST && path.file_name() != Some(OsStr::new(JOURNALS)) {
        for entry in fs::read_dir(path)? {
            count(&entry?.path(), depth + 1, folder, unreadable);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_each_folder_with_what_lies_below_it() {
        let home = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = home.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("app/a.log", "12345");
        write("app/b.log.1.gz", "123");
        write("app/.bongsu/a.log.lock", "12");
        write("archive/2025/a.log", "1");
        write("archive/2026/a.log", "22");
        write("README", "7777777");
        fs::create_dir(home.path().join("alerts")).unwrap();
        std::os::unix::fs::symlink(home.path(), home.path().join("app/circle")).unwrap();

        let stats = home_stats(home.path()).unwrap();
        let of = |name: &str| stats.folders.get(name).map(|folder| (folder.files, folder.bytes));
        assert_eq!(of("app"), Some((2, 8)));
        assert_eq!(of("archive"), Some((2, 3)));
        assert_eq!(of("alerts"), Some((0, 0)));
        assert_eq!(of("."), Some((1, 7)));
        assert_eq!(stats.total, FolderStats { files: 5, bytes: 18 });
        assert_eq!(stats.folders.len(), 4);
        assert!(stats.unreadable.is_empty());
    }

    #[test]
    fn a_home_that_is_not_there_is_named() {
        let error = home_stats(Path::new("no/such/home")).unwrap_err();
        assert!(error.to_string().contains("no/such/home"));
    }
}
