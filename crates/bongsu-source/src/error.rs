//! Why nothing could be gathered at all. A single bad file or line is no error: it is counted and the rest goes on.

use std::path::PathBuf;

use bongsu_model::{Explain, IntakeError, Phrase, Refusal};

/// Why a gathering could not begin or had to end.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No path was given.
    #[error("no input was named")]
    NoInput,
    /// A path that was named does not exist; nothing has been read then.
    #[error("no such file or folder: {}", path.display())]
    NoSuchFile {
        /// The path as given.
        path: PathBuf,
        /// A name in the same folder that looks like it.
        near: Option<PathBuf>,
    },
    /// No file fits a pattern.
    #[error("no file fits the pattern `{pattern}`")]
    NothingFits {
        /// The pattern as given.
        pattern: String,
    },
    /// A pattern cannot be understood.
    #[error("the pattern `{pattern}` cannot be understood: {reason}")]
    BadPattern {
        /// The pattern as given.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A folder that should be read as a log home cannot be read.
    #[error("the folder {} cannot be read: {reason}", path.display())]
    BadFolder {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: Refusal,
    },
    /// The store did not take what was read.
    #[error("{0}")]
    Store(Box<dyn Explain + Send + Sync>),
    /// The store kept asking to wait until the stop flag was raised.
    #[error("stopped while the store was too busy to take what was read")]
    Stopped,
    /// Rows could not be put into columns.
    #[error("rows could not be put into columns: {0}")]
    Columns(String),
    /// A note of an earlier run cannot be read.
    #[error("what was remembered about files read before is damaged: {0}")]
    Notes(String),
}

impl SourceError {
    pub(crate) fn from_intake(error: IntakeError) -> Self {
        match error {
            IntakeError::Busy { .. } => Self::Stopped,
            IntakeError::Refused(cause) => Self::Store(cause),
        }
    }
}

impl Explain for SourceError {
    fn id(&self) -> &'static str {
        match self {
            Self::NoInput => "source-no-input",
            Self::NoSuchFile { near: None, .. } => "source-no-such-file",
            Self::NoSuchFile { near: Some(_), .. } => "source-no-such-file-near",
            Self::NothingFits { .. } => "source-nothing-fits",
            Self::BadPattern { .. } => "source-bad-pattern",
            Self::BadFolder { .. } => "source-bad-folder",
            Self::Store(cause) => cause.id(),
            Self::Stopped => "source-stopped",
            Self::Columns(_) => "source-columns",
            Self::Notes(_) => "source-notes",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NoInput | Self::Stopped => vec![],
            Self::NoSuchFile { path, near } => {
                let near = near.iter().map(|near| ("near", near.display().to_string()));
                std::iter::once(("path", path.display().to_string())).chain(near).collect()
            }
            Self::NothingFits { pattern } => vec![("pattern", pattern.clone())],
            Self::BadPattern { pattern, reason } => vec![("pattern", pattern.clone()), ("reason", reason.clone())],
            Self::BadFolder { path, reason } => {
                vec![("path", path.display().to_string()), ("reason", reason.to_string())]
            }
            Self::Store(cause) => cause.args(),
            Self::Columns(reason) | Self::Notes(reason) => vec![("reason", reason.clone())],
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoInput => "name files, folders or patterns, or `-` for standard input".into(),
            Self::NoSuchFile { near: Some(near), .. } => format!("did you mean {}?", near.display()),
            Self::NoSuchFile { near: None, .. } => "check the path; nothing has been read".into(),
            Self::NothingFits { .. } => {
                "quote the pattern so that the shell leaves it alone, or name the folder".into()
            }
            Self::BadPattern { .. } => {
                "use `*`, `?`, `**`, `[a-z]` and `{a,b}`; put `\\` before a sign that is meant as it stands".into()
            }
            Self::BadFolder { .. } => "check that the folder exists and that you may read it".into(),
            Self::Store(cause) => return cause.hint(),
            Self::Stopped => "run the same command again: it goes on where it stopped".into(),
            Self::Columns(_) => "send smaller pieces, or name the format with --format".into(),
            Self::Notes(_) => "run `bongsu check`; --again reads the files from their beginning".into(),
        })
    }

    fn part(&self) -> Option<(&'static str, &dyn Phrase)> {
        match self {
            Self::BadFolder { reason, .. } => Some(("reason", reason)),
            Self::Store(cause) => cause.part(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_tells_the_way_out() {
        let error = SourceError::NoSuchFile { path: "ap.log".into(), near: Some("app.log".into()) };
        assert_eq!(error.to_string(), "no such file or folder: ap.log");
        assert_eq!(error.hint().unwrap(), "did you mean app.log?");
        assert_eq!(error.args(), [("path", "ap.log".to_owned()), ("near", "app.log".to_owned())]);
    }
}
