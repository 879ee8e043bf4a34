//! Reading a file: which language it is in, where its keys stand.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::accepts::Accepts;
use super::error::SettingsError;
use super::nearest::nearest;
use super::node::{Entry, Node, Unread, What};
use super::tree::{KEYS, Key, key};
use super::values::{Mistake, Wrong};
use super::{Format, Given, Settings, json, toml, yaml};
use crate::{Config, Metadata};

/// The most bytes of a configuration.
const LARGEST: u64 = 1 << 20;

/// The files that are looked for in the working folder.
pub(super) const NAMES: [&str; 4] =
    ["bongsu-logging.toml", "bongsu-logging.yaml", "bongsu-logging.yml", "bongsu-logging.json"];

pub(super) fn found(named: Option<&OsStr>, folder: &Path) -> Option<PathBuf> {
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        return Some(named.into());
    }
    NAMES.iter().map(|name| folder.join(name)).find(|path| path.is_file())
}

pub(super) fn read(path: &Path) -> Result<Settings, SettingsError> {
    let (text, format) = contents(path)?;
    parse(&text, format, Some(&path.display().to_string()))
}

/// The table in the file at `path`, whatever its keys are: for one of another schema, as Python's `logging.config` has.
pub fn read_table(path: impl AsRef<Path>) -> Result<Metadata, SettingsError> {
    let path = path.as_ref();
    let (text, format) = contents(path)?;
    let name = path.display().to_string();
    let table = table(&text, format, &|line| format!("{name}:{line}"))?;
    Ok(table.into_iter().map(|entry| (entry.key, entry.value.json())).collect())
}

/// The text of a file and its language.
fn contents(path: &Path) -> Result<(String, Format), SettingsError> {
    let mut text = text_of(path).map_err(|source| SettingsError::Unreadable { path: path.to_owned(), source })?;
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    let format = format(path, &text);
    Ok((text, format))
}

fn text_of(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 1 MiB"));
    }
    Ok(text)
}

/// The language of a file.
fn format(path: &Path, text: &str) -> Format {
    let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase();
    match ending.as_str() {
        "toml" => Format::Toml,
        "yaml" | "yml" => Format::Yaml,
        "json" => Format::Json,
        _ => guess(text),
    }
}

/// JSON begins with a brace; of a line with `=` and `:` the first one tells TOML from YAML.
fn guess(text: &str) -> Format {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let first = lines.next().unwrap_or_default();
    if first.starts_with('{') {
        return Format::Json;
    }
    let sign = first.find(['=', ':']).and_then(|at| first.get(at..));
    if first.starts_with('[') || sign.is_some_and(|sign| sign.starts_with('=')) { Format::Toml } else { Format::Yaml }
}

/// Reads `text`, which is what the file `name` holds.
pub(super) fn parse(text: &str, format: Format, name: Option<&str>) -> Result<Settings, SettingsError> {
    let place = |line: usize| name.map_or_else(|| format!("line {line}"), |name| format!("{name}:{line}"));
    keys(table(text, format, &place)?, &place)
}

/// The entries of the table that `text` is.
fn table(text: &str, format: Format, place: &impl Fn(usize) -> String) -> Result<Vec<Entry>, SettingsError> {
    let root = match format {
        Format::Toml => toml::read(text),
        Format::Yaml => yaml::read(text),
        Format::Json => json::read(text),
    };
    let root = root.map_err(|unread| match unread {
        Unread::Syntax { line, reason } => SettingsError::Syntax { place: place(line), format, reason },
        Unread::Twice { line, key, first } => SettingsError::Twice { place: place(line), key, first },
    })?;
    match root.what {
        What::Null => Ok(Vec::new()),
        What::Table(entries) => Ok(entries),
        _ => {
            let reason = format!("it is {}, and should be a table of keys", root.shown());
            Err(SettingsError::Syntax { place: place(root.line), format, reason })
        }
    }
}

/// Settings of the keys in these entries.
pub(super) fn keys(entries: Vec<Entry>, place: &impl Fn(usize) -> String) -> Result<Settings, SettingsError> {
    if is_dictionary(entries.iter().map(|entry| entry.key.as_str())) {
        let version = entries.iter().find(|entry| entry.key == "version");
        return Err(SettingsError::Dictionary { place: place(version.map_or(0, |entry| entry.line)) });
    }
    let mut found = Vec::new();
    collect("", entries, &mut found, place)?;
    take(found, place)
}

/// Whether a table with these keys is a dictionary for Python's `logging.config`.
pub fn is_dictionary<'k>(keys: impl IntoIterator<Item = &'k str>) -> bool {
    const OTHERS: [&str; 7] =
        ["handlers", "formatters", "filters", "loggers", "root", "disable_existing_loggers", "incremental"];
    let (mut version, mut others) = (false, false);
    for key in keys {
        version |= key == "version";
        others |= OTHERS.contains(&key);
    }
    version && others
}

/// A value and its key.
pub(super) struct Found {
    pub(super) key: &'static Key,
    pub(super) value: Node,
}

/// The keys of a table and of those in it.
fn collect(
    above: &str,
    entries: Vec<Entry>,
    found: &mut Vec<Found>,
    place: &impl Fn(usize) -> String,
) -> Result<(), SettingsError> {
    for Entry { key: name, line, value } in entries {
        let path = format!("{above}{name}");
        if let Some(key) = key(&path) {
            if let Some(first) = found.iter().find(|found| found.key.path == path) {
                return Err(SettingsError::Twice { place: place(line), key: path, first: first.value.line });
            }
            found.push(Found { key, value });
            continue;
        }
        let below = format!("{path}.");
        if !KEYS.iter().any(|key| key.path.starts_with(&below)) {
            return Err(unknown(place(line), path, above));
        }
        match value.what {
            What::Null => {}
            What::Table(entries) => collect(&below, entries, found, place)?,
            _ => {
                let accepts = Accepts::Keys(names(&below));
                return Err(SettingsError::Value { place: place(line), key: path, found: value.shown(), accepts });
            }
        }
    }
    Ok(())
}

/// The keys in the table `above`, whose name ends with its point.
fn names(above: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for rest in KEYS.iter().filter_map(|key| key.path.strip_prefix(above)) {
        let name = rest.split('.').next().unwrap_or(rest);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

fn unknown(place: String, key: String, above: &str) -> SettingsError {
    let tables = KEYS.iter().filter_map(|key| Some(key.path.split_once('.')?.0));
    let like = nearest(&key, KEYS.iter().map(|key| key.path).chain(tables)).map(str::to_owned);
    SettingsError::Key { place, key, nearest: like, known: names(above) }
}

/// Settings of these values, each of which is put in a configuration to see whether it is sound.
pub(super) fn take(found: Vec<Found>, place: &impl Fn(usize) -> String) -> Result<Settings, SettingsError> {
    let mut given: Vec<_> = found
        .into_iter()
        .filter(|found| found.value.what != What::Null)
        .filter_map(|Found { key, value }| {
            let nth = KEYS.iter().position(|known| known.path == key.path)?;
            Some(Given { nth, value })
        })
        .collect();
    given.sort_by_key(|given| given.nth);
    let mut config = Config::default();
    for Given { nth, value } in &given {
        let Some(key) = KEYS.get(*nth) else { continue };
        (key.set)(&mut config, value).map_err(|wrong| said(key, wrong, place))?;
    }
    Ok(Settings { given })
}

/// What is wrong with the value of `key`, as it is said.
pub(super) fn said(key: &Key, wrong: Wrong, place: &impl Fn(usize) -> String) -> SettingsError {
    let Wrong { line, below, what } = wrong;
    let (place, path) = (place(line), format!("{}{below}", key.path));
    match what {
        Mistake::Value { found, accepts } => {
            SettingsError::Value { place, key: path, found, accepts: accepts.unwrap_or_else(|| key.accepts.clone()) }
        }
        Mistake::Key(known) => {
            let last = path.rsplit('.').next().unwrap_or_default();
            let like = nearest(last, known.iter().copied()).map(str::to_owned);
            SettingsError::Key { place, nearest: like, known: known.join(", "), key: path }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_the_language_and_else_the_text() {
        let table = [
            ("x.toml", "a: 1", Format::Toml),
            ("x.YML", "", Format::Yaml),
            ("x.json", "a = 1", Format::Json),
            ("x", "\n {\"a\": 1}", Format::Json),
            ("x.conf", "# toml\n\n[console]", Format::Toml),
            ("x.conf", "level = 'a:b'", Format::Toml),
            ("x.conf", "level: a=b", Format::Yaml),
            ("x", "", Format::Yaml),
        ];
        for (path, text, expected) in table {
            assert_eq!(format(Path::new(path), text), expected, "{path} {text}");
        }
    }

    #[test]
    fn the_first_file_in_the_folder_is_found_and_one_that_was_named_must_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let find = |named: Option<&Path>| {
            found(named.map(Path::as_os_str), folder.path()).map_or_else(|| Ok(Settings::default()), |path| read(&path))
        };
        assert_eq!(find(None).unwrap().names().count(), 0);
        std::fs::write(folder.path().join("bongsu-logging.json"), r#"{"sync": "each", "mode": "plain"}"#).unwrap();
        assert_eq!(find(None).unwrap().names().count(), 2);
        std::fs::write(folder.path().join("bongsu-logging.toml"), "sync = 'each'").unwrap();
        assert_eq!(find(None).unwrap().names().collect::<Vec<_>>(), ["sync"]);
        assert_eq!(find(Some(Path::new(""))).unwrap().names().count(), 1);
        assert!(find(Some(&folder.path().join("other.toml"))).is_err());
        assert!(find(Some(folder.path())).is_err(), "a folder");
    }

    #[test]
    fn a_file_without_end_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.toml");
        std::fs::write(&path, "#".repeat(LARGEST as usize + 1)).unwrap();
        assert!(read(&path).unwrap_err().to_string().ends_with("x.toml`: it is larger than 1 MiB"));
        std::fs::write(&path, b"home = '\xff'").unwrap();
        assert!(read(&path).is_err());
    }
}
