//! A log file in a folder of its own, and what stands in it and in the older ones.

use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A new folder with a log file's path.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.0.path().join("x.log")
    }

    /// The names of files here, without the folder of journals.
    pub(crate) fn names(&self) -> Vec<String> {
        names(self.path())
    }

    /// The journals that are left.
    pub(crate) fn journals(&self) -> usize {
        let names = names(&self.path().join(".bongsu"));
        names.iter().filter(|name| name.ends_with(".journal")).count()
    }

    pub(crate) fn recover(&self) -> bongsu_log::Recovered {
        let recovered = bongsu_log::recover(self.path()).unwrap();
        assert!(recovered.failed.is_empty() && recovered.damaged.is_empty(), "{recovered:?}");
        recovered
    }

    /// The lines of the log file and all older ones, the oldest first. Stops the test at a NUL or half a line.
    pub(crate) fn lines(&self) -> Vec<String> {
        let number = |name: &str| {
            let rest = name.strip_prefix("x.log")?.trim_end_matches(".gz").trim_end_matches(".zst");
            if rest.is_empty() { Some(0) } else { rest.strip_prefix('.')?.parse::<u32>().ok() }
        };
        let mut files: Vec<_> = self.names().into_iter().filter_map(|name| Some((number(&name)?, name))).collect();
        files.sort_unstable_by(|one, other| other.cmp(one));
        let mut lines = Vec::new();
        for (_, name) in files {
            let text = String::from_utf8(read(&self.path().join(&name))).unwrap();
            assert!(!text.contains('\0'), "{name} has a NUL");
            assert!(text.is_empty() || text.ends_with('\n'), "{name} ends with half a line");
            lines.extend(text.lines().map(str::to_owned));
        }
        lines
    }
}

/// Whether `condition` comes true within `longest`.
pub(crate) fn comes(longest: Duration, condition: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    while !condition() {
        if begun.elapsed() > longest {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    true
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != ".bongsu")
        .collect();
    names.sort();
    names
}

/// What a file holds, unpacked.
pub(crate) fn read(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    let mut plain = Vec::new();
    match path.extension().and_then(|ending| ending.to_str()) {
        #[cfg(feature = "gzip")]
        Some("gz") => flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).map(drop).unwrap(),
        #[cfg(feature = "zstd")]
        Some("zst") => zstd::stream::copy_decode(bytes.as_slice(), &mut plain).unwrap(),
        _ => bytes.as_slice().read_to_end(&mut plain).map(drop).unwrap(),
    }
    plain
}

/// Stops the test unless each of `expected` stands in `lines` once, those that begin alike in their order, and nothing else
/// does but lines of `perhaps`, once at most.
pub(crate) fn assert_once(lines: &[String], expected: &[String], perhaps: impl Fn(&str) -> bool) {
    let mut found = HashMap::new();
    for (nth, line) in lines.iter().enumerate() {
        if let Some(before) = found.insert(line.as_str(), nth) {
            panic!("`{line}` stands twice, at {before} and {nth} of {}", lines.len());
        }
    }
    let mut last = HashMap::new();
    for line in expected {
        let place = found.remove(line.as_str()).unwrap_or_else(|| panic!("`{line}` is lost of {}", lines.len()));
        let writer = line.split(' ').next().unwrap();
        if let Some(before) = last.insert(writer, place) {
            assert!(before < place, "`{line}` stands before an earlier line");
        }
    }
    for line in found.keys() {
        assert!(perhaps(line), "`{line}` was never written");
    }
}
