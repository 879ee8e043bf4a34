//! Names of datasets (indexes, streams): one dataset is one table.

use std::fmt;
use std::str::FromStr;

use crate::Explain;

/// Path prefixes of the HTTP server and tables of the engine, which no dataset may be called.
const RESERVED: [&str; 9] = ["ui", "api", "health", "ready", "metrics", "loki", "v1", "v2", "services"];
const TABLES: [&str; 2] = ["templates", "information_schema"];

/// The name of a dataset: lower-case letters, digits, `_`, `-` and `.`, 1 to 128 bytes, beginning with a letter, a
/// digit or `_`. It is the table's name in SQL and its folder's name on disk.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dataset(Box<str>);

/// Why a name cannot be a dataset's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatasetError {
    /// The name has another form than [`Dataset`] allows.
    #[error("`{0}` cannot be the name of a dataset")]
    Form(String),
    /// The name is a path of the server or a table of the engine.
    #[error("`{0}` is reserved and cannot be the name of a dataset")]
    Reserved(String),
}

impl Explain for DatasetError {
    fn id(&self) -> &'static str {
        match self {
            Self::Form(_) => "dataset-form",
            Self::Reserved(_) => "dataset-reserved",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        let (Self::Form(name) | Self::Reserved(name)) = self;
        vec![("name", name.clone())]
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Form(_) => {
                "use 1 to 128 lower-case letters, digits, `_`, `-` or `.`, beginning with a letter or digit".into()
            }
            Self::Reserved(name) => format!("choose another name, for example `{name}_logs`"),
        })
    }
}

impl Dataset {
    /// The dataset that is used when none is named.
    pub const DEFAULT: &'static str = "logs";

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Dataset {
    fn default() -> Self {
        Self(Self::DEFAULT.into())
    }
}

impl FromStr for Dataset {
    type Err = DatasetError;

    fn from_str(name: &str) -> Result<Self, DatasetError> {
        let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'.');
        let first = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let formed = name.len() <= 128 && name.bytes().next().is_some_and(first) && name.bytes().all(inner);
        if !formed {
            return Err(DatasetError::Form(name.to_owned()));
        }
        if RESERVED.contains(&name) || TABLES.contains(&name) {
            return Err(DatasetError::Reserved(name.to_owned()));
        }
        Ok(Self(name.into()))
    }
}

impl fmt::Display for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_a_table_and_a_folder_can_be_called() {
        for name in ["logs", "app-2026.11", "_internal", "9lives"] {
            assert_eq!(name.parse::<Dataset>().unwrap().as_str(), name);
        }
    }

    #[test]
    fn refuses_paths_upper_case_and_reserved_names() {
        for name in ["", "..", ".hidden", "a/b", "Logs", "로그", "a b", &"x".repeat(129)] {
            assert_eq!(name.parse::<Dataset>(), Err(DatasetError::Form(name.to_owned())), "{name}");
        }
        for name in ["api", "templates", "v1"] {
            assert_eq!(name.parse::<Dataset>(), Err(DatasetError::Reserved(name.to_owned())));
        }
    }
}
