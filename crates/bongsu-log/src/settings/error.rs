//! Why a configuration cannot be used.

use std::io;
use std::path::PathBuf;

use bongsu_model::{Explain, Phrase};

use super::Format;
use super::accepts::Accepts;

/// Why a configuration cannot be used. `place` is the file and the line, or the environment variable.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read the logging configuration `{}`: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The text breaks the rules of its language.
    #[error("{place}: this is not {format}: {reason}")]
    Syntax {
        /// Where.
        place: String,
        /// The language it was read as.
        format: Format,
        /// What the parser said.
        reason: String,
    },
    /// There is no such key.
    #[error("{place}: there is no key `{key}`{}", guess(nearest.as_deref()))]
    Key {
        /// Where.
        place: String,
        /// As it was written, with the tables around it.
        key: String,
        /// A known one like it.
        nearest: Option<String>,
        /// The keys that may stand there.
        known: String,
    },
    /// There is no such environment variable.
    #[error("there is no variable `{name}`{}", guess(nearest.as_deref()))]
    Variable {
        /// As it was written.
        name: String,
        /// A known one like it.
        nearest: Option<String>,
    },
    /// The key has no such value.
    #[error("{place}: `{key}` is {found}; write {accepts}")]
    Value {
        /// Where.
        place: String,
        /// The key.
        key: String,
        /// As it was written.
        found: String,
        /// The values it may have.
        accepts: Accepts,
    },
    /// The key stands there twice.
    #[error("{place}: `{key}` stands in line {first} already")]
    Twice {
        /// Where it stands again.
        place: String,
        /// The key.
        key: String,
        /// The line it stands in first.
        first: usize,
    },
    /// The file has the schema of Python's `logging.config`.
    #[error("{place}: this is a dictionary for Python's logging.config, not a configuration of bongsu")]
    Dictionary {
        /// Where its `version` stands.
        place: String,
    },
}

fn guess(nearest: Option<&str>) -> String {
    nearest.map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default()
}

impl Explain for SettingsError {
    fn id(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "log-config-unreadable",
            Self::Syntax { .. } => "log-config-syntax",
            Self::Key { .. } => "log-config-key",
            Self::Variable { .. } => "log-config-variable",
            Self::Value { .. } => "log-config-value",
            Self::Twice { .. } => "log-config-twice",
            Self::Dictionary { .. } => "log-config-dictionary",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        let like = |nearest: &Option<String>| nearest.clone().unwrap_or_else(|| "none".to_owned());
        match self {
            Self::Unreadable { path, source } => {
                vec![("path", path.display().to_string()), ("cause", source.to_string())]
            }
            Self::Syntax { place, format, reason } => {
                vec![("place", place.clone()), ("format", format.to_string()), ("reason", reason.clone())]
            }
            Self::Key { place, key, nearest, known } => {
                vec![
                    ("place", place.clone()),
                    ("key", key.clone()),
                    ("nearest", like(nearest)),
                    ("known", known.clone()),
                ]
            }
            Self::Variable { name, nearest } => vec![("name", name.clone()), ("nearest", like(nearest))],
            Self::Value { place, key, found, accepts } => vec![
                ("place", place.clone()),
                ("key", key.clone()),
                ("found", found.clone()),
                ("accepts", accepts.to_string()),
            ],
            Self::Twice { place, key, first } => {
                vec![("place", place.clone()), ("key", key.clone()), ("line", first.to_string())]
            }
            Self::Dictionary { place } => vec![("place", place.clone())],
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unreadable { .. } => "look at the path, at BONGSU_LOG_CONFIG and at the file's permissions".into(),
            Self::Syntax { .. } => {
                "a name that ends with .toml, .yaml, .yml or .json says the language; without one the text decides".into()
            }
            Self::Key { known, .. } => format!("known here: {known}"),
            Self::Variable { .. } => {
                "the variables are those of the keys: BONGSU_LOG_CONSOLE_LEVEL is `console.level`".into()
            }
            Self::Value { .. } => "docs/logging-configuration.md has every key with its values".into(),
            Self::Twice { .. } => "keep one of them".into(),
            Self::Dictionary { .. } => {
                "give it to logging.config.dictConfig in Python, with `bongsu.Handler` as the class of its handlers; a Rust \
                 program needs a file with keys such as `console.level`"
                    .into()
            }
        })
    }

    fn part(&self) -> Option<(&'static str, &dyn Phrase)> {
        match self {
            Self::Value { accepts, .. } => Some(("accepts", accepts)),
            _ => None,
        }
    }
}
