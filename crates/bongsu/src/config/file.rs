//! Reading `bongsu.toml` and the environment, with errors that name the place and the accepted values.

use std::io;
use std::path::{Path, PathBuf};

use bongsu_model::{Explain, Phrase};
use toml::Table;
use toml::de::{DeTable, DeValue};

use super::accepts::Accepts;
use super::setting::{Mistake, Wrong, unknown};
use super::tree::Settings;

/// The name of the file in a data directory.
const NAME: &str = "bongsu.toml";

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file that was named is not there or not readable.
    #[error("cannot read the configuration {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not TOML.
    #[error("{}:{line}: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What the parser said.
        reason: String,
    },
    /// There is no such key.
    #[error("{place}: there is no setting `{key}`")]
    Key {
        /// The file and the line.
        place: String,
        /// As it was written.
        key: String,
        /// The keys that stand there.
        known: Vec<String>,
    },
    /// The key has no such value.
    #[error("{place}: {shown} is not a value of `{key}`")]
    Value {
        /// The file and the line, or the environment variable.
        place: String,
        /// The key.
        key: String,
        /// As it was written.
        shown: String,
        /// The values it may have.
        accepts: Accepts,
    },
}

impl ConfigError {
    fn nearest(key: &str, known: &[String]) -> Option<String> {
        let last = key.rsplit('.').next().unwrap_or(key);
        known
            .iter()
            .map(|name| (distance(last, name), name))
            .filter(|(distance, name)| *distance <= name.len().max(3) / 3 + 1)
            .min()
            .map(|(_, name)| name.clone())
    }
}

/// Edits between two words (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let cost = if x == *y { corner } else { 1 + corner.min(row[j]).min(row[j + 1]) };
            corner = row[j + 1];
            row[j + 1] = cost;
        }
    }
    row[b.len()]
}

impl Explain for ConfigError {
    fn id(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "config-unreadable",
            Self::Syntax { .. } => "config-syntax",
            Self::Key { .. } => "config-key",
            Self::Value { .. } => "config-value",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Unreadable { path, .. } => vec![("path", path.display().to_string())],
            Self::Syntax { path, line, reason } => {
                vec![("path", path.display().to_string()), ("line", line.to_string()), ("reason", reason.clone())]
            }
            Self::Key { place, key, known } => {
                let nearest = Self::nearest(key, known).unwrap_or_default();
                let guess = if nearest.is_empty() { "no" } else { "yes" };
                vec![
                    ("place", place.clone()),
                    ("key", key.clone()),
                    ("known", known.join(", ")),
                    ("nearest", nearest),
                    ("guess", guess.to_owned()),
                ]
            }
            Self::Value { place, key, shown, accepts } => vec![
                ("place", place.clone()),
                ("key", key.clone()),
                ("shown", shown.clone()),
                ("accepts", accepts.to_string()),
            ],
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unreadable { .. } => "look at --config, BONGSU_CONFIG and the file's permissions".into(),
            Self::Syntax { .. } => "write it as TOML; `bongsu config` shows an example".into(),
            Self::Key { key, known, .. } => match Self::nearest(key, known) {
                Some(name) => format!("did you mean `{name}`? accepted here: {}", known.join(", ")),
                None => format!("accepted here: {}", known.join(", ")),
            },
            Self::Value { accepts, .. } => format!("accepted: {accepts}"),
        })
    }

    fn part(&self) -> Option<(&'static str, &dyn Phrase)> {
        match self {
            Self::Value { accepts, .. } => Some(("accepts", accepts)),
            _ => None,
        }
    }
}

/// The settings in effect and where they came from.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    /// The settings.
    pub(crate) settings: Settings,
    /// The file that was read.
    pub(crate) file: Option<PathBuf>,
    /// The environment variables that were read.
    pub(crate) variables: Vec<String>,
}

impl Loaded {
    /// Reads the file that was named, else the one in the data directory if there is one, then the environment.
    pub(crate) fn read(
        data: &Path,
        named: Option<&Path>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let mut loaded = Self::default();
        let path = named.map_or_else(|| data.join(NAME), Path::to_path_buf);
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                read_file(&mut loaded.settings, &path, &text)?;
                loaded.file = Some(path);
            }
            Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(ConfigError::Unreadable { path, source }),
        }
        loaded.read_environment(environment)?;
        Ok(loaded)
    }

    fn read_environment(&mut self, environment: impl Fn(&str) -> Option<String>) -> Result<(), ConfigError> {
        for section in self.settings.sections() {
            for field in section.fields.into_iter().filter(|field| field.value.in_environment()) {
                let name = variable(section.name, field.name);
                let Some(text) = environment(&name) else { continue };
                if !field.value.read_text(&text) {
                    return Err(ConfigError::Value {
                        place: name,
                        key: format!("{}.{}", section.name, field.name),
                        shown: format!("{text:?}"),
                        accepts: field.value.accepts(),
                    });
                }
                self.variables.push(name);
            }
        }
        Ok(())
    }
}

/// The environment variable of a setting.
pub(crate) fn variable(section: &str, field: &str) -> String {
    format!("BONGSU_{}_{}", section.to_ascii_uppercase(), field.to_ascii_uppercase())
}

fn read_file(settings: &mut Settings, path: &Path, text: &str) -> Result<(), ConfigError> {
    let line_of = |offset: usize| text[..offset.min(text.len())].matches('\n').count() + 1;
    let root = DeTable::parse(text).map_err(|error| ConfigError::Syntax {
        path: path.to_owned(),
        line: line_of(error.span().map_or(0, |span| span.start)),
        reason: error.message().to_owned(),
    })?;
    read_tables(settings, root.get_ref()).map_err(|(key, wrong)| {
        let line = wrong.span.map_or(1, |span| line_of(span.start));
        let place = format!("{}:{line}", path.display());
        match wrong.what {
            Mistake::Key { key: name, known } if key.is_empty() => ConfigError::Key { place, key: name, known },
            Mistake::Key { key: name, known } => ConfigError::Key { place, key: format!("{key}.{name}"), known },
            Mistake::Value { shown, accepts } => ConfigError::Value { place, key, shown, accepts },
        }
    })
}

fn read_tables(settings: &mut Settings, root: &DeTable<'_>) -> Result<(), (String, Wrong)> {
    let mut sections = settings.sections();
    let names: Vec<_> = sections.iter().map(|section| section.name).collect();
    for (name, value) in root {
        let section = sections.iter_mut().find(|section| section.name == name.get_ref());
        let (Some(section), DeValue::Table(table)) = (section, value.get_ref()) else {
            return Err((String::new(), unknown(name.span(), name.get_ref(), &names)));
        };
        let fields: Vec<_> = section.fields.iter().map(|field| field.name).collect();
        for (key, value) in table {
            let Some(field) = section.fields.iter_mut().find(|field| field.name == key.get_ref()) else {
                return Err((section.name.to_owned(), unknown(key.span(), key.get_ref(), &fields)));
            };
            let path = format!("{}.{}", section.name, field.name);
            field.value.read(value).map_err(|wrong| (path, wrong))?;
        }
    }
    Ok(())
}

impl Settings {
    /// The settings as they would stand in a file.
    pub(crate) fn to_table(&self) -> Table {
        let mut copy = self.clone();
        let mut root = Table::new();
        for section in copy.sections() {
            let fields = section.fields.iter().filter_map(|field| Some((field.name.to_owned(), field.value.show()?)));
            let table: Table = fields.collect();
            if !table.is_empty() {
                root.insert(section.name.to_owned(), toml::Value::Table(table));
            }
        }
        root
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, ConfigError> {
        let mut settings = Settings::default();
        read_file(&mut settings, Path::new("b.toml"), text).map(|()| settings)
    }

    fn said(text: &str) -> String {
        let error = read(text).unwrap_err();
        format!("{error}\n{}", error.hint().unwrap())
    }

    #[test]
    fn what_is_shown_reads_back_as_the_same_settings() {
        let text = "[time]\nzone = \"Asia/Seoul\"\n[query]\nlimit = 7\nmemory = \"1 GB\"\n[http]\nlisten = [\"0.0.0.0:80\"]\n\
                    [retention.datasets.logs]\nage = \"30d\"\n[[errors.rules]]\ntype = \"disk\"\npattern = \"ENOSPC\"\n";
        let settings = read(text).unwrap();
        assert_eq!(settings.query.limit.0, 7);
        assert_eq!(settings.query.memory.0, 1_000_000_000);
        let again = read(&toml::to_string(&settings.to_table()).unwrap()).unwrap();
        assert_eq!(again, settings);
    }

    #[test]
    fn mistakes_name_the_line_and_what_was_meant() {
        let table = [
            ("\n[qery]\nlimit = 1\n", "b.toml:2: there is no setting `qery`\ndid you mean `query`? accepted here: "),
            (
                "[query]\nlimt = 1\n",
                "b.toml:2: there is no setting `query.limt`\ndid you mean `limit`? accepted here: ",
            ),
            (
                "[query]\n\nlimit = 0\n",
                "b.toml:3: 0 is not a value of `query.limit`\naccepted: a whole number, 1 or more",
            ),
            (
                "[query]\ntime = \"soon\"\n",
                "b.toml:2: \"soon\" is not a value of `query.time`\naccepted: a length of time",
            ),
            (
                "[time]\nzone = \"Mars/Olympus\"\n",
                "b.toml:2: \"Mars/Olympus\" is not a value of `time.zone`\naccepted: ",
            ),
            ("[http]\nlisten = [\"x\"]\n", "b.toml:2: \"x\" is not a value of `http.listen`\naccepted: addresses"),
            ("[retention.datasets.logs]\nages = \"1d\"\n", "b.toml:2: there is no setting `retention.datasets.ages`\n"),
            ("[[errors.rules]]\ntype = \"a\"\npattern = \"(\"\n", "b.toml:3: \"(\" is not a value of `errors.rules`\n"),
            ("[query\n", "b.toml:1: "),
        ];
        for (text, start) in table {
            let said = said(text);
            assert!(said.starts_with(start), "{said}");
        }
    }

    #[test]
    fn the_environment_overrules_the_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(NAME), "[query]\nlimit = 7\ntime = \"5s\"\n").unwrap();
        let environment = |name: &str| (name == "BONGSU_QUERY_LIMIT").then(|| "9".to_owned());
        let loaded = Loaded::read(folder.path(), None, environment).unwrap();
        assert_eq!(loaded.settings.query.limit.0, 9);
        assert_eq!(loaded.settings.query.time.0.as_secs(), 5);
        assert_eq!(loaded.variables, ["BONGSU_QUERY_LIMIT"]);
        let wrong = Loaded::read(folder.path(), None, |_| Some("0".to_owned())).unwrap_err();
        assert!(wrong.to_string().starts_with("BONGSU_"), "{wrong}");
    }

    #[test]
    fn a_missing_file_matters_only_when_it_was_named() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Loaded::read(folder.path(), None, |_| None).unwrap().file.is_none());
        let named = folder.path().join("other.toml");
        assert!(Loaded::read(folder.path(), Some(&named), |_| None).is_err());
    }
}
