//! What can be wrong with a file of the store, and what is or was done about it.

use std::path::{Path, PathBuf};

use bongsu_model::Phrase;

use crate::StoreError;

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// A file that something refers to is not there.
    #[error("it is missing")]
    Missing,
    /// A commit without actions.
    #[error("it is empty")]
    Empty,
    /// FORMAT holds something else.
    #[error("it does not name a format")]
    NoFormat,
    /// The last checkpoint of a table's log.
    #[error("its checkpoint cannot be read")]
    Checkpoint,
    /// The database with the notes.
    #[error("the database cannot be read")]
    Database,
    /// A file in `refused/`.
    #[error("a line of it is not a refused line")]
    RefusedLine,
    /// A commit lost against others again and again.
    #[error("other programs commit so often that there is no room for ours")]
    Crowded,
    /// The header of a segment of the write-ahead log.
    #[error("its header is damaged")]
    Header,
    /// A part of a segment.
    #[error("bytes {from} to {to} are damaged")]
    Bytes {
        /// The first damaged byte.
        from: u64,
        /// The first byte behind the damage.
        to: u64,
    },
    /// The end of a segment.
    #[error("its end, from byte {from} on, is damaged")]
    End {
        /// The first damaged byte.
        from: u64,
    },
    /// A frame whose bytes are sound and mean nothing.
    #[error("frame {number}: {cause}")]
    Frame {
        /// Which one.
        number: u64,
        /// Why it cannot be read.
        cause: String,
    },
    /// The file was cut or grew.
    #[error("it has {found} bytes instead of {expected}")]
    Size {
        /// Bytes it has.
        found: u64,
        /// Bytes it was written with.
        expected: u64,
    },
    /// Bytes were changed.
    #[error("its checksum is wrong: its bytes have changed since it was written")]
    Checksum,
    /// Rows are missing, or there are too many.
    #[error("it has {found} rows instead of {expected}")]
    Rows {
        /// Rows it has.
        found: u64,
        /// Rows it was written with.
        expected: u64,
    },
    /// The system or a library could not read it.
    #[error("it cannot be read: {cause}")]
    Unreadable {
        /// In their words.
        cause: String,
    },
}

impl Damage {
    /// The error that says this of `path`.
    pub(crate) fn of(self, path: &Path) -> StoreError {
        StoreError::Damaged { path: path.to_owned(), what: self }
    }

    /// What `error` says is wrong with the file that it names.
    pub(crate) fn told_by(error: &StoreError) -> Self {
        match error {
            StoreError::Damaged { what, .. } => what.clone(),
            StoreError::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => Self::Missing,
            StoreError::Io { source, .. } => Self::Unreadable { cause: source.to_string() },
            other => Self::Unreadable { cause: other.to_string() },
        }
    }
}

impl Phrase for Damage {
    fn id(&self) -> &'static str {
        match self {
            Self::Missing => "damage-missing",
            Self::Empty => "damage-empty",
            Self::NoFormat => "damage-no-format",
            Self::Checkpoint => "damage-checkpoint",
            Self::Database => "damage-database",
            Self::RefusedLine => "damage-refused-line",
            Self::Crowded => "damage-crowded",
            Self::Header => "damage-header",
            Self::Bytes { .. } => "damage-bytes",
            Self::End { .. } => "damage-end",
            Self::Frame { .. } => "damage-frame",
            Self::Size { .. } => "damage-size",
            Self::Checksum => "damage-checksum",
            Self::Rows { .. } => "damage-rows",
            Self::Unreadable { .. } => "damage-unreadable",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Bytes { from, to } => vec![("from", from.to_string()), ("to", to.to_string())],
            Self::End { from } => vec![("from", from.to_string())],
            Self::Frame { number, cause } => vec![("number", number.to_string()), ("cause", cause.clone())],
            Self::Size { found, expected } | Self::Rows { found, expected } => {
                vec![("found", found.to_string()), ("expected", expected.to_string())]
            }
            Self::Unreadable { cause } => vec![("cause", cause.clone())],
            _ => vec![],
        }
    }
}

/// What to do about damage, or what was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WayOut {
    /// Nothing was done yet.
    #[error("run `bongsu check --repair`: it sets the damage aside and keeps the rest")]
    Repair,
    /// FORMAT.
    #[error("it was written anew")]
    WrittenAnew,
    /// The database with the notes.
    #[error("it was moved to {} and begun anew; files that were gathered before are gathered again from their beginning", to.display())]
    DatabaseMoved {
        /// Where it is now.
        to: PathBuf,
    },
    /// A table's log.
    #[error("the table's log was made anew from its files; the old one is in {}", to.display())]
    LogRebuilt {
        /// Where the old one is now.
        to: PathBuf,
    },
    /// A data file that is not there.
    #[error("it was taken out of the table; everything else can be read")]
    TakenOut,
    /// A data file.
    #[error("it was taken out of the table and moved to {}; everything else can be read", to.display())]
    TakenOutAndMoved {
        /// Where it is now.
        to: PathBuf,
    },
    /// A file of refused lines.
    #[error("it was moved to {}; its sound lines are kept", to.display())]
    LinesMoved {
        /// Where it is now.
        to: PathBuf,
    },
    /// Bytes of the write-ahead log.
    #[error("they were moved to {}; the frames around them are kept", to.display())]
    BytesMoved {
        /// Where they are now.
        to: PathBuf,
    },
}

impl Phrase for WayOut {
    fn id(&self) -> &'static str {
        match self {
            Self::Repair => "way-out-repair",
            Self::WrittenAnew => "way-out-written-anew",
            Self::DatabaseMoved { .. } => "way-out-database-moved",
            Self::LogRebuilt { .. } => "way-out-log-rebuilt",
            Self::TakenOut => "way-out-taken-out",
            Self::TakenOutAndMoved { .. } => "way-out-taken-out-and-moved",
            Self::LinesMoved { .. } => "way-out-lines-moved",
            Self::BytesMoved { .. } => "way-out-bytes-moved",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::DatabaseMoved { to }
            | Self::LogRebuilt { to }
            | Self::TakenOutAndMoved { to }
            | Self::LinesMoved { to }
            | Self::BytesMoved { to } => vec![("to", to.display().to_string())],
            Self::Repair | Self::WrittenAnew | Self::TakenOut => vec![],
        }
    }
}
