//! The configuration in effect: written beside the logs, and changed while the program runs.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::Value;

use super::tree::KEYS;
use crate::{Config, LogError, Logging, Metadata};

/// Where it is written in a log home.
const FILE: [&str; 2] = ["config", "logging_config.json"];

/// Every key with the value that it has in `config`, secrets hidden. It can be read as a configuration again.
///
/// ```
/// let effective = bongsu_log::settings::effective(&bongsu_log::Config::default());
/// assert_eq!(effective["console"]["level"], "INFO");
/// ```
pub fn effective(config: &Config) -> Metadata {
    let mut root = Metadata::new();
    for key in KEYS {
        let Some(value) = (key.get)(config) else { continue };
        match key.path.split_once('.') {
            None => {
                root.insert(key.path.to_owned(), value);
            }
            Some((table, name)) => {
                let table = root.entry(table).or_insert_with(|| Metadata::new().into());
                if let Value::Object(table) = table {
                    table.insert(name.to_owned(), value);
                }
            }
        }
    }
    root
}

/// Writes the configuration in effect into `config/logging_config.json` of the log home. A reader sees the one before or this one, whole.
pub fn write_effective(home: &Path, effective: &Metadata) -> Result<(), LogError> {
    let [folder, name] = FILE;
    let folder = home.join(folder);
    fs::create_dir_all(&folder).map_err(|source| LogError::Folder { path: folder.clone(), source })?;
    let path = folder.join(name);
    let text = format!("{:#}\n", Value::from(effective.clone()));
    let fresh = folder.join(format!(".{name}.{}", std::process::id()));
    let written = fs::File::create(&fresh)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&fresh, &path));
    written.map_err(|source| {
        // What is left of it is of no use; that it cannot be deleted changes nothing.
        let _ = fs::remove_file(&fresh);
        LogError::File { path, source }
    })
}

/// Writes the configuration `before` into the log home with those keys of `new` that a running program can take. Gives the names of
/// the others whose values differ: they need a restart.
pub fn write_refreshed(home: &Path, before: &Metadata, new: Metadata) -> Result<Vec<&'static str>, LogError> {
    // The writer of a program shows as no output.
    let same =
        |path| value(before, path) == value(&new, path) || (path == "console.output" && value(before, path).is_none());
    let restart = KEYS.iter().filter(|key| !key.at_run_time && !same(key.path)).map(|key| key.path).collect();
    let mut now = new;
    for key in KEYS.iter().filter(|key| !key.at_run_time) {
        put(&mut now, key.path, value(before, key.path).cloned());
    }
    write_effective(home, &now)?;
    Ok(restart)
}

/// The value of a key in a configuration.
fn value<'m>(effective: &'m Metadata, path: &str) -> Option<&'m Value> {
    match path.split_once('.') {
        None => effective.get(path),
        Some((table, name)) => effective.get(table)?.get(name),
    }
}

impl Logging {
    /// Reads the file at `path` and the environment anew, and takes the levels and the mask that they say; keys that they do not name
    /// have their defaults. Gives the keys whose values are others than those at the start and need a restart of the program. On an
    /// error everything stays as it was.
    ///
    /// ```
    /// # use bongsu_log::{Config, Logging};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("logging.toml");
    /// # let home = folder.path().join("logs").display().to_string();
    /// std::fs::write(&path, format!("home = '{home}'\nconsole.output = 'off'"))?;
    /// let logging = Logging::start(Config::from_file(&path)?)?;
    /// std::fs::write(&path, format!("home = '{home}'\nconsole.output = 'off'\nerror.level = 'CRITICAL'\nsync = 'each'"))?;
    /// assert_eq!(logging.reload(&path)?, ["sync"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reload(&self, path: impl AsRef<Path>) -> Result<Vec<&'static str>, LogError> {
        self.refresh(&Config::from_file(path)?)
    }

    /// Takes the levels and the mask of `config`, as [`Logging::reload`] does: for a program that sets some of them in its code.
    pub fn refresh(&self, config: &Config) -> Result<Vec<&'static str>, LogError> {
        // First: it may fail, and then all stays as it was.
        let restart = write_refreshed(self.home(), &self.0.started_with, effective(config))?;
        self.0.levels.set(config);
        self.set_logger_levels(config.loggers.clone());
        self.set_mask(config.mask.clone());
        Ok(restart)
    }
}

/// Puts the value of a key in a configuration, or takes it out.
fn put(effective: &mut Metadata, path: &str, value: Option<Value>) {
    let (table, name) = match path.split_once('.') {
        None => (effective, path),
        Some((table, name)) => {
            let table = effective.entry(table).or_insert_with(|| Metadata::new().into());
            let Value::Object(table) = table else { return };
            (table, name)
        }
    };
    match value {
        Some(value) => {
            table.insert(name.to_owned(), value);
        }
        None => {
            table.shift_remove(name);
        }
    }
}
