//! The set-up from a file and from the environment, with the cargo feature `config`.
//!
//! A value is looked for in the program's code, then in the environment, then in a file, and is the default else:
//!
//! ```
//! use bongsu_log::{Config, Settings};
//! use bongsu_log::settings::Format;
//!
//! let file = Settings::from_str("[console]\nlevel = 'ERROR'\noutput = 'stderr'\n", Format::Toml)?;
//! let environment = Settings::from_variables([("BONGSU_LOG_CONSOLE_LEVEL".into(), "DEBUG".into())])?;
//! let mut config = file.below(environment).config();
//! assert_eq!(config.console_level, bongsu_log::Level::Debug);
//! config.archive = true;
//!
//! let wrong = Settings::from_str("rotation:\n  size: 10 MBB\n", Format::Yaml).unwrap_err();
//! assert_eq!(wrong.to_string(), r#"line 2: `rotation.size` is "10 MBB"; write a size such as "10 MiB" or "500 MB""#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Config::load`] reads the file that `BONGSU_LOG_CONFIG` names, else `bongsu-logging.toml`, `.yaml`, `.yml` or `.json` in the working
//! folder, and the environment. What is in effect stands in `config/logging_config.json` of the log home. [`Logging::reload`] reads
//! levels and masks anew.

mod accepts;
mod effective;
mod error;
mod file;
mod json;
mod nearest;
mod node;
#[cfg(test)]
mod page;
mod show;
#[cfg(test)]
mod tests;
mod toml;
mod tree;
mod values;
mod variables;
mod yaml;

use std::fmt;
use std::path::{Path, PathBuf};

pub use accepts::Accepts;
pub use effective::{effective, write_effective, write_refreshed};
pub use error::SettingsError;
pub use file::{is_dictionary, read_table};
use node::Node;
use tree::KEYS;
pub use tree::Key;

use crate::{Config, LogError, Logging, Metadata};

/// The language of a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Format {
    Toml,
    Yaml,
    Json,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
            Self::Json => "JSON",
        })
    }
}

/// Values for keys of the configuration, every one of them sound. `Debug` shows the keys: a value may be a secret.
#[derive(Clone, Default)]
pub struct Settings {
    /// In the order of [`KEYS`]; of two of one key the later counts.
    given: Vec<Given>,
}

#[derive(Clone)]
struct Given {
    /// Its place in [`KEYS`].
    nth: usize,
    value: Node,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

impl Settings {
    /// Reads the file at `path`: TOML, YAML or JSON as its name ends, else as it looks.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, SettingsError> {
        file::read(path.as_ref())
    }

    /// Reads a text.
    pub fn from_str(text: &str, format: Format) -> Result<Self, SettingsError> {
        file::parse(text, format, None)
    }

    /// Takes the values of a table that the program holds; mistakes name it `place`.
    ///
    /// ```
    /// let table = serde_json::json!({ "sync": "soon" });
    /// let wrong = bongsu_log::Settings::from_table(table.as_object().unwrap(), "start()").unwrap_err();
    /// assert!(wrong.to_string().starts_with(r#"start(): `sync` is "soon"; write "never""#), "{wrong}");
    /// ```
    pub fn from_table(table: &Metadata, place: &str) -> Result<Self, SettingsError> {
        file::keys(Node::table(table), &|_| place.to_owned())
    }

    /// Reads the file that [`Settings::found`] gives; nothing when there is none.
    pub fn find() -> Result<Self, SettingsError> {
        Self::found().map_or_else(|| Ok(Self::default()), Self::read)
    }

    /// The file that `BONGSU_LOG_CONFIG` names, else the first of `bongsu-logging.toml`, `.yaml`, `.yml` and `.json` that is in
    /// the working folder.
    pub fn found() -> Option<PathBuf> {
        file::found(std::env::var_os(variables::FILE).as_deref(), Path::new(""))
    }

    /// Reads the environment.
    pub fn from_environment() -> Result<Self, SettingsError> {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self::from_variables(std::env::vars_os().filter_map(text))
    }

    /// Takes the values of those variables whose names begin with `BONGSU_LOG_`; empty ones are as if they were not there.
    pub fn from_variables(variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, SettingsError> {
        variables::read(variables)
    }

    /// These and `upper`, which count before these. Of keys with several values, such as `loggers`, those of both are taken.
    #[must_use]
    pub fn below(mut self, upper: Self) -> Self {
        self.given.extend(upper.given);
        // Stable: of one key, the upper one stays behind.
        self.given.sort_by_key(|given| given.nth);
        self
    }

    /// Puts the values in `config`.
    pub fn apply(&self, config: &mut Config) {
        for Given { nth, value } in &self.given {
            if let Some(key) = KEYS.get(*nth) {
                // Each was taken by a configuration when it was read.
                let _ = (key.set)(config, value);
            }
        }
    }

    /// The defaults with these values in their place.
    pub fn config(&self) -> Config {
        let mut config = Config::default();
        self.apply(&mut config);
        config
    }

    /// The names of the keys that have a value.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.given.iter().filter_map(|given| KEYS.get(given.nth)).map(|key| key.path)
    }

    /// Every key that there is.
    pub fn keys() -> &'static [Key] {
        KEYS
    }
}

impl Config {
    /// The defaults, overruled by the file that [`Settings::find`] finds, overruled by the environment.
    pub fn load() -> Result<Self, LogError> {
        Ok(Settings::find().map_err(Box::new)?.below(Settings::from_environment().map_err(Box::new)?).config())
    }

    /// The defaults, overruled by the file at `path`, overruled by the environment.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("logging.json");
    /// std::fs::write(&path, r#"{"console": {"output": "off"}, "loggers": {"shop": "DEBUG"}}"#)?;
    /// let config = bongsu_log::Config::from_file(&path)?;
    /// assert_eq!(config.loggers.of("shop.orders"), Some(&bongsu_log::Level::Debug));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, LogError> {
        // The file first: it may add levels that the environment names.
        let file = Settings::read(path).map_err(Box::new)?;
        Ok(file.below(Settings::from_environment().map_err(Box::new)?).config())
    }
}

/// Starts the program's own logging as the file at `path` and the environment say.
pub fn start_from(path: impl AsRef<Path>) -> Result<Logging, LogError> {
    crate::start(Config::from_file(path)?)
}
