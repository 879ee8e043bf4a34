//! The real logs that bongsu ships, so that an installed binary can show them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::fault::{Failure, Fault};

macro_rules! shipped {
    ($($name:literal)+) => {
        [$(($name, include_bytes!(concat!("../../../../samples/", $name)) as &[u8])),+]
    };
}

const FILES: [(&str, &[u8]); 7] = shipped![
    "nginx/access.log"
    "nginx/error.log"
    "postgresql/postgresql.log"
    "python/app.log"
    "python/train.log"
    "syslog/auth.log"
    "syslog/cron.log"
];

/// How many files there are.
pub(super) const COUNT: usize = FILES.len();

/// Where they are put: beside the log home.
pub(super) fn folder(home: &Path) -> PathBuf {
    home.parent().unwrap_or(Path::new("")).join("bongsu-samples")
}

/// Writes them; those that are there with the same bytes are left alone.
pub(super) fn write(folder: &Path) -> Result<(), Failure> {
    for (name, bytes) in FILES {
        let path = folder.join(name);
        if fs::read(&path).is_ok_and(|found| found == bytes) {
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(Fault::write(parent))?;
        }
        fs::write(&path, bytes).map_err(Fault::write(&path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_log_of_the_samples_folder_is_shipped() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples");
        let mut logs = Vec::new();
        for program in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
            let here = fs::read_dir(&program).unwrap().map(|entry| entry.unwrap().path());
            logs.extend(here.filter(|path| path.extension().is_some_and(|kind| kind == "log")));
        }
        let mut names: Vec<_> =
            logs.iter().map(|path| path.strip_prefix(&folder).unwrap().display().to_string()).collect();
        names.sort();
        assert_eq!(names, FILES.map(|(name, _)| name));
    }

    #[test]
    fn they_lie_beside_the_home_and_are_written_once() {
        let folder = tempfile::tempdir().unwrap();
        let samples = super::folder(&folder.path().join("logs"));
        assert_eq!(samples, folder.path().join("bongsu-samples"));
        write(&samples).unwrap();
        let first = samples.join("nginx/access.log");
        let before = fs::metadata(&first).unwrap().modified().unwrap();
        write(&samples).unwrap();
        assert_eq!(fs::metadata(&first).unwrap().modified().unwrap(), before);
        assert_eq!(super::folder(Path::new("logs")), Path::new("bongsu-samples"));
    }
}
