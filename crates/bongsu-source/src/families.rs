//! Which files of a log home are one log: `application.log`, `application.log.1`, `application.log.2.gz` and
//! `archive/2025/application.log.2025-06-06.zst` are.

use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

const COMPRESSED: [&str; 6] = [".gz", ".zst", ".zstd", ".xz", ".bz2", ".gzip"];
const FOLDERS: [&str; 5] = ["app", "error", "performance", "system", "audit"];

/// The log that a file of a log home belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Family {
    /// `app`, `error`, `performance`, `system` or `audit`.
    pub(crate) folder: String,
    /// The name that the live file has, such as `application.log`.
    pub(crate) name: String,
}

impl Family {
    /// The family of the file at `inside`, a path relative to its log home; none when the file is no log of the home.
    pub(crate) fn of(inside: &Path) -> Option<Self> {
        let name = stem(inside)?;
        let mut folders = inside.parent()?.components().map(|part| part.as_os_str().to_string_lossy());
        let first = folders.next()?;
        let folder = if first == "archive" {
            let kept = folders.find(|folder| FOLDERS.contains(&folder.as_ref()));
            kept.map_or_else(|| usual_folder(&name).to_owned(), |folder| folder.to_string())
        } else {
            FOLDERS.iter().find(|folder| **folder == first).map(|folder| (*folder).to_owned())?
        };
        Some(Self { folder, name })
    }

    /// The log that every record goes to with its function and line.
    pub(crate) fn is_application(&self) -> bool {
        self.folder == "app" && self.name.starts_with("application")
    }

    /// A short name for notes.
    pub(crate) fn id(&self) -> u32 {
        xxh3_64(format!("{}/{}", self.folder, self.name).as_bytes()) as u32
    }

    /// The order of reading. Errors come first, so that their kept copy is the one that an analysis of the folder reads;
    /// then the richest copy.
    pub(crate) fn order(&self) -> (u8, &str, &str) {
        let rank = match () {
            () if self.folder == "error" => 0,
            () if self.is_application() => 1,
            () => 2,
        };
        (rank, &self.folder, &self.name)
    }
}

/// Where a log of this name lies while it is live.
fn usual_folder(name: &str) -> &'static str {
    let word = name.split('.').next().unwrap_or(name);
    match word {
        "error" => "error",
        "audit" => "audit",
        _ if word.ends_with("_performance") => "performance",
        _ => "app",
    }
}

/// The name a file had before it was rotated and compressed, in lower case.
pub(crate) fn stem(path: &Path) -> Option<String> {
    let mut name = path.file_name()?.to_string_lossy().to_lowercase();
    loop {
        let before = name.len();
        if let Some(ending) = COMPRESSED.iter().find(|ending| name.ends_with(**ending)) {
            name.truncate(before - ending.len());
        }
        let kept = without_stamp(&name).len();
        if kept > 0 {
            name.truncate(kept);
        }
        if name.len() == before {
            break;
        }
    }
    // Some rotate by putting the stamp before the ending: `application.2025-06-06_00-00-00_123456.log`.
    if let Some((front, ending)) = name.rsplit_once('.') {
        let kept = without_stamp(front);
        if !kept.is_empty() && kept.len() < front.len() && !ending.is_empty() {
            name = format!("{kept}.{ending}");
        }
    }
    Some(name)
}

/// `name` without a number or a date at its end.
fn without_stamp(name: &str) -> &str {
    let front =
        name.trim_end_matches(|sign: char| sign.is_ascii_digit() || matches!(sign, '-' | '_' | ':' | 't' | 'z'));
    let stamp = name.get(front.len()..).unwrap_or_default();
    let digits = stamp.bytes().filter(u8::is_ascii_digit).count();
    if let Some(before) = front.strip_suffix('.') {
        // `.1`, `.20250606`, `.2025-06-06_00-00-00`
        if digits > 0 && stamp.starts_with(|sign: char| sign.is_ascii_digit()) {
            return before;
        }
    }
    // `-20250606`, `_2025-06-06`: only whole dates, so that `worker-2` stays itself.
    let tied = stamp.starts_with(['-', '_']) && digits >= 8;
    if tied { front } else { name }
}

/// How old a file of a family is, compared with its kin: the oldest sorts first, the live file last.
pub(crate) fn age_order(path: &Path) -> (u8, std::cmp::Reverse<u64>, String) {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let plain = COMPRESSED.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
    let number = plain.rsplit_once('.').and_then(|(_, number)| number.parse::<u64>().ok());
    match number {
        _ if stem(path).as_deref() == Some(plain) => (2, std::cmp::Reverse(0), name),
        Some(number) if number < 100_000 => (1, std::cmp::Reverse(number), name),
        _ => (0, std::cmp::Reverse(0), name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotated_and_compressed_files_have_the_name_of_the_live_one() {
        for name in [
            "application.log",
            "application.log.1",
            "application.log.12.gz",
            "application.log.2025-06-06",
            "application.log.20250606.zst",
            "application.log-20250606.xz",
            "application.log.2025-06-06_00-00-00.bz2",
            "application.2025-06-06_00-00-00_123456.log.gz",
            "application_20250606.log",
            "Application.log.gz",
        ] {
            assert_eq!(stem(Path::new(name)).as_deref(), Some("application.log"), "{name}");
        }
        for name in ["worker-2.log", "worker2.log", "test", "2025.log", "http2", "1"] {
            assert_eq!(stem(Path::new(name)).as_deref(), Some(name));
        }
    }

    #[test]
    fn archived_files_belong_to_the_folder_of_their_live_file() {
        for (path, folder) in [
            ("app/application.log.3", "app"),
            ("error/error.log", "error"),
            ("archive/2025/application.log.1.gz", "app"),
            ("archive/2025/error.log.7.gz", "error"),
            ("archive/2025/api_performance.log.1", "performance"),
            ("archive/2025/performance/api.log.1", "performance"),
        ] {
            assert_eq!(Family::of(Path::new(path)).map(|family| family.folder).as_deref(), Some(folder), "{path}");
        }
        for path in ["reports/daily.json", "application.log", "config/logging_config.json"] {
            assert_eq!(Family::of(Path::new(path)), None, "{path}");
        }
    }

    #[test]
    fn oldest_first_and_live_last() {
        let mut names = ["a.log", "a.log.1", "a.log.10.gz", "a.log.2", "a.log.2025-06-06"].map(Path::new);
        names.sort_by_key(|name| age_order(name));
        assert_eq!(names, ["a.log.2025-06-06", "a.log.10.gz", "a.log.2", "a.log.1", "a.log"].map(Path::new));
    }
}
