//! What can go wrong in a store, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bongsu_model::{Dataset, Explain, Phrase};

use crate::Damage;

/// Why the store could not do what it was asked. Every variant names the file or dataset and has a hint.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// There is no data directory at this path, or it has no FORMAT file.
    #[error("{path} is not a bongsu data directory")]
    NotAStore {
        /// The directory.
        path: PathBuf,
    },
    /// The data directory was written by a newer bongsu.
    #[error("{path} has format {found}; this bongsu reads up to format {known}")]
    TooNew {
        /// The data directory.
        path: PathBuf,
        /// The format it has.
        found: u32,
        /// The newest format this program knows.
        known: u32,
    },
    /// Another process writes to the data directory.
    #[error("{path} is in use by process {pid}{}", server.as_ref().map(|s| format!(", which serves {s}")).unwrap_or_default())]
    Locked {
        /// The data directory.
        path: PathBuf,
        /// The other process, as it wrote it down; 0 when it had not yet.
        pid: u32,
        /// Address of the server that the other process runs, if it does.
        server: Option<String>,
    },
    /// The data directory cannot be written to.
    #[error("{path} cannot be written to: {reason}")]
    ReadOnly {
        /// The data directory.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// The disk is full: what was submitted was not kept.
    #[error("no space is left for {path}")]
    DiskFull {
        /// The file that could not grow.
        path: PathBuf,
    },
    /// An earlier write failed in a way that leaves open what is on disk, so nothing more is acknowledged.
    #[error("the store stopped taking data after a failed write: {cause}")]
    Poisoned {
        /// The first failure.
        cause: String,
    },
    /// The system refused a file operation.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried: `read`, `write`, `sync`, …
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: Arc<io::Error>,
    },
    /// A file does not hold what it should.
    #[error("{path} is damaged: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: Damage,
    },
    /// A dataset that was asked for does not exist.
    #[error("there is no dataset `{dataset}`")]
    UnknownDataset {
        /// The name.
        dataset: Dataset,
    },
    /// A batch that the store cannot keep as it is.
    #[error("the rows cannot be stored: {what}")]
    BadBatch {
        /// Why.
        what: String,
    },
    /// The store was closed meanwhile.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path: path.to_owned() },
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied if action != "read" => {
                Self::ReadOnly { path: path.to_owned(), reason: source.to_string() }
            }
            _ => Self::Io { action, path: path.to_owned(), source: Arc::new(source) },
        }
    }

    /// That a library could not read `path`, in its words.
    #[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
    pub(crate) fn damaged(path: &Path, cause: impl ToString) -> Self {
        Damage::Unreadable { cause: cause.to_string() }.of(path)
    }

    pub(crate) fn is_full(&self) -> bool {
        matches!(self, Self::DiskFull { .. })
    }

    /// Whether the file that was asked for does not exist.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

impl Explain for StoreError {
    fn id(&self) -> &'static str {
        match self {
            Self::NotAStore { .. } => "store-missing",
            Self::TooNew { .. } => "store-too-new",
            Self::Locked { .. } => "store-locked",
            Self::ReadOnly { .. } => "store-read-only",
            Self::DiskFull { .. } => "store-disk-full",
            Self::Poisoned { .. } => "store-poisoned",
            Self::Io { .. } => "store-io",
            Self::Damaged { .. } => "store-damaged",
            Self::UnknownDataset { .. } => "store-unknown-dataset",
            Self::BadBatch { .. } => "store-bad-batch",
            Self::Closed => "store-closed",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        let show = |path: &PathBuf| path.display().to_string();
        match self {
            Self::NotAStore { path } | Self::DiskFull { path } => vec![("path", show(path))],
            Self::TooNew { path, found, known } => {
                vec![("path", show(path)), ("found", found.to_string()), ("known", known.to_string())]
            }
            Self::Locked { path, pid, server } => {
                vec![("path", show(path)), ("pid", pid.to_string()), ("server", server.clone().unwrap_or_default())]
            }
            Self::ReadOnly { path, reason } => vec![("path", show(path)), ("reason", reason.clone())],
            Self::Poisoned { cause } => vec![("cause", cause.clone())],
            Self::Io { action, path, source } => {
                vec![("action", (*action).to_owned()), ("path", show(path)), ("reason", source.to_string())]
            }
            Self::Damaged { path, what } => vec![("path", show(path)), ("what", what.to_string())],
            Self::UnknownDataset { dataset } => vec![("dataset", dataset.to_string())],
            Self::BadBatch { what } => vec![("what", what.clone())],
            Self::Closed => vec![],
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotAStore { .. } => {
                "name the directory with --data or BONGSU_DATA, or create it by ingesting something".into()
            }
            Self::TooNew { .. } => "use the bongsu that wrote it, or a newer one".into(),
            Self::Locked { server: Some(address), .. } => {
                format!("send the data to the server at {address} instead, or stop it; reading works meanwhile")
            }
            Self::Locked { pid, .. } => format!("wait for process {pid} to end, or stop it; reading works meanwhile"),
            Self::ReadOnly { .. } => "make the directory writable; searching works without that".into(),
            Self::DiskFull { .. } => "free some space, or set a retention; the store goes on by itself then".into(),
            Self::Poisoned { .. } => {
                "look after the disk, then restart: everything acknowledged is kept, and searching goes on".into()
            }
            Self::Io { .. } => "check the disk and the permissions, then try again".into(),
            Self::Damaged { .. } => "run `bongsu check --repair`: it sets the damage aside and keeps the rest".into(),
            Self::UnknownDataset { .. } => "`bongsu stats` lists the datasets there are".into(),
            Self::BadBatch { .. } => "send smaller batches".into(),
            Self::Closed => "open the store again".into(),
        })
    }

    fn part(&self) -> Option<(&'static str, &dyn Phrase)> {
        match self {
            Self::Damaged { what, .. } => Some(("what", what)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_and_a_read_only_one_are_told_apart() {
        let full = StoreError::io("write", Path::new("wal/1"), io::ErrorKind::StorageFull.into());
        assert!(full.is_full());
        let locked = StoreError::io("create", Path::new("wal"), io::ErrorKind::PermissionDenied.into());
        assert_eq!(locked.id(), "store-read-only");
        let unread = StoreError::io("read", Path::new("wal"), io::ErrorKind::PermissionDenied.into());
        assert_eq!(unread.id(), "store-io");
    }
}
