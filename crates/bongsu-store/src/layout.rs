//! Where things lie in a data directory.

use std::path::{Path, PathBuf};

use bongsu_model::Dataset;

/// A data directory.
#[derive(Debug, Clone)]
pub(crate) struct Layout(PathBuf);

impl Layout {
    pub(crate) fn new(data: &Path) -> Self {
        Self(std::path::absolute(data).unwrap_or_else(|_| data.to_owned()))
    }

    pub(crate) fn root(&self) -> &Path {
        &self.0
    }

    pub(crate) fn format(&self) -> PathBuf {
        self.0.join("FORMAT")
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.0.join("LOCK")
    }

    pub(crate) fn wal(&self) -> PathBuf {
        self.0.join("wal")
    }

    pub(crate) fn tables(&self) -> PathBuf {
        self.0.join("tables")
    }

    pub(crate) fn table(&self, dataset: &Dataset) -> PathBuf {
        self.tables().join(dataset.as_str())
    }

    pub(crate) fn meta(&self) -> PathBuf {
        self.0.join("meta")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.meta().join("meta.redb")
    }

    pub(crate) fn refused(&self) -> PathBuf {
        self.0.join("refused")
    }

    pub(crate) fn quarantine(&self) -> PathBuf {
        self.0.join("quarantine")
    }
}
