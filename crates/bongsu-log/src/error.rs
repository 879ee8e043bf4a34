//! What can go wrong before a line is written.

use std::io;
use std::path::PathBuf;

use bongsu_model::Explain;

/// Why the logging of a program could not be set up. `Display` says what is wrong and where, [`Explain::hint`] what to do.
///
/// ```
/// use bongsu_log::Explain;
///
/// let error = bongsu_log::level("loud").unwrap_err();
/// assert_eq!(error.to_string(), "unknown level `loud`: expected TRACE, DEBUG, INFO, WARNING, ERROR or CRITICAL");
/// assert!(error.hint().is_some_and(|hint| hint.contains("register_level")));
/// ```
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A folder of the log home could not be made.
    #[error("cannot create the log folder `{}`: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// A log file could not be opened for writing.
    #[error("cannot open the log file `{}`: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// The name of a component's file is not a plain file name.
    #[error("`{0}` cannot be the name of a component's log file")]
    FileName(String),
    /// A text does not say when a log file rotates.
    #[error("`{0}` does not say when a log file rotates")]
    Rotation(String),
    /// A text does not say which older files are kept.
    #[error("`{0}` does not say which older log files are kept")]
    Retention(String),
    /// The library was built without this.
    #[error("log files cannot be compressed so: the feature `{0}` was not built in")]
    NotBuilt(&'static str),
    /// The logging was shut down before.
    #[error("logging was shut down; no logger can be made any more")]
    ShutDown,
    /// The program has a global logger of this library already.
    #[error("`{0}` has a global logger already")]
    AlreadySet(&'static str),
    /// A word that is no level's name.
    #[error("unknown level `{name}`: expected {}", crate::levels::names())]
    UnknownLevel {
        /// The word.
        name: String,
    },
    /// A level that cannot be added.
    #[error("`{name}` with the number {number} cannot be a level of your own")]
    LevelRefused {
        /// Its name.
        name: String,
        /// Its number.
        number: u8,
    },
    /// More levels than can be added.
    #[error("there is no room for the level `{name}`: 32 have been added")]
    TooManyLevels {
        /// Its name.
        name: String,
    },
    /// The configuration cannot be used.
    #[cfg(feature = "config")]
    #[error(transparent)]
    Settings(#[from] Box<crate::settings::SettingsError>),
    /// The program's own logging had started before it was set up.
    #[error("the program's logging has already started in `{}`", home.display())]
    Started {
        /// Its log home.
        home: PathBuf,
    },
    /// An option of shipping cannot be worked with.
    #[cfg(feature = "ship")]
    #[error("`ship.{option}`: {why}")]
    Ship {
        /// The option.
        option: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The spool of shipping could not be opened.
    #[cfg(feature = "ship")]
    #[error("cannot open the spool `{}`: {source}", path.display())]
    Spool {
        /// Its folder.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
}

/// What keeps a file from being opened or a folder from being made, as far as the advice is another.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    Descriptors,
    Name,
    Folder,
    File,
    Room,
    Rights,
}

impl Trouble {
    fn of(source: &io::Error) -> Self {
        match (source.raw_os_error(), source.kind()) {
            (Some(libc::EMFILE | libc::ENFILE), _) => Self::Descriptors,
            (_, io::ErrorKind::InvalidFilename | io::ErrorKind::InvalidInput) => Self::Name,
            (_, io::ErrorKind::IsADirectory) => Self::Folder,
            (_, io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists) => Self::File,
            (_, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => Self::Room,
            _ => Self::Rights,
        }
    }

    /// As translations of the hint tell it from others.
    const fn name(self) -> &'static str {
        match self {
            Self::Descriptors => "descriptors",
            Self::Name => "name",
            Self::Folder => "folder",
            Self::File => "file",
            Self::Room => "room",
            Self::Rights => "rights",
        }
    }

    const fn hint(self) -> &'static str {
        match self {
            Self::Descriptors => "close files that the program no longer needs, or raise its limit (`ulimit -n`)",
            Self::Name => "give a name of at most 255 bytes without NUL",
            Self::Folder => "a folder has this name: give the log file another",
            Self::File => {
                "a file stands where a folder is needed: choose another folder, with BONGSU_LOG_DIR or in the configuration"
            }
            Self::Room => "make room on the disk, or choose a folder on another",
            Self::Rights => "choose a folder that this user may write to, with BONGSU_LOG_DIR or in the configuration",
        }
    }
}

impl Explain for LogError {
    fn id(&self) -> &'static str {
        match self {
            Self::Folder { .. } => "log-folder",
            Self::File { .. } => "log-file",
            Self::FileName(_) => "log-file-name",
            Self::Rotation(_) => "log-rotation",
            Self::Retention(_) => "log-retention",
            Self::NotBuilt(_) => "log-not-built",
            Self::ShutDown => "log-shut-down",
            Self::AlreadySet(_) => "log-already-set",
            Self::UnknownLevel { .. } => "log-level",
            Self::LevelRefused { .. } => "log-level-refused",
            Self::TooManyLevels { .. } => "log-levels-full",
            Self::Started { .. } => "log-started",
            #[cfg(feature = "ship")]
            Self::Ship { .. } => "log-ship",
            #[cfg(feature = "ship")]
            Self::Spool { .. } => "log-spool",
            #[cfg(feature = "config")]
            Self::Settings(error) => error.id(),
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Folder { path, source } | Self::File { path, source } => {
                let trouble = Trouble::of(source).name();
                vec![
                    ("path", path.display().to_string()),
                    ("cause", source.to_string()),
                    ("trouble", trouble.to_owned()),
                ]
            }
            Self::FileName(name) | Self::TooManyLevels { name } => vec![("name", name.clone())],
            Self::Rotation(text) | Self::Retention(text) => vec![("text", text.clone())],
            Self::NotBuilt(feature) => vec![("feature", (*feature).to_owned())],
            Self::ShutDown => Vec::new(),
            Self::AlreadySet(library) => vec![("library", (*library).to_owned())],
            Self::UnknownLevel { name } => vec![("name", name.clone()), ("known", crate::levels::names())],
            Self::LevelRefused { name, number } => vec![("name", name.clone()), ("number", number.to_string())],
            Self::Started { home } => vec![("path", home.display().to_string())],
            #[cfg(feature = "ship")]
            Self::Ship { option, why } => vec![("option", (*option).to_owned()), ("why", why.clone())],
            #[cfg(feature = "ship")]
            Self::Spool { path, source } => vec![("path", path.display().to_string()), ("cause", source.to_string())],
            #[cfg(feature = "config")]
            Self::Settings(error) => error.args(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Folder { source, .. } | Self::File { source, .. } => Trouble::of(source).hint(),
                Self::FileName(_) => {
                    "give a file name without folders, such as `payments.log`; `application.log` is taken"
                }
                Self::Rotation(_) => {
                    "give a size (`10 MiB`), times (`00:00`, `monday at 06:00`, `hourly`, `1 week`), both joined by `or`, or `never`"
                }
                Self::Retention(_) => "give a number of files, an age and a size in any order (`10 files, 30 days, 2 GB`), or `all`",
                Self::NotBuilt(_) => "ask for the feature in Cargo.toml: bongsu-log = { features = [\"gzip\", \"zstd\"] }",
                Self::ShutDown => "start logging anew with Logging::start",
                Self::AlreadySet(_) => {
                    "set up bongsu first and once, or add Logging::layer or Logging::log_backend to the logger there is"
                }
                Self::UnknownLevel { .. } => "write one of these names in any case, or add your own with register_level",
                Self::LevelRefused { .. } => {
                    "give it a new name of letters, digits, `_` and `-`, and a number from 1 to 59 (INFO is 20, WARNING 30)"
                }
                Self::TooManyLevels { .. } => "give an added level another number in place of a new name",
                Self::Started { .. } => "call bongsu_log::start once, before anything is logged",
                #[cfg(feature = "ship")]
                Self::Ship { .. } => "docs/shipping.md tells what each option may be",
                #[cfg(feature = "ship")]
                Self::Spool { .. } => {
                    "choose a folder on a disk of this machine that this user may write to, with `ship.spool`"
                }
                #[cfg(feature = "config")]
                Self::Settings(error) => return error.hint(),
            }
            .to_owned(),
        )
    }

    #[cfg(feature = "config")]
    fn parts(&self) -> Vec<(&'static str, &dyn bongsu_model::Phrase)> {
        match self {
            Self::Settings(error) => error.parts(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::file::{FileOptions, LogFile};

    #[test]
    fn the_advice_is_for_what_went_wrong() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("taken"), "x").unwrap();
        fs::create_dir(folder.path().join("folder.log")).unwrap();
        let advice = |name: &str| {
            let error = LogFile::open(&folder.path().join(name), FileOptions::default()).unwrap_err();
            let told = error.args().iter().find(|(name, _)| *name == "trouble").unwrap().1.clone();
            (told, error.hint().unwrap())
        };
        for (name, trouble, hint) in [
            (format!("{}.log", "x".repeat(300)), "name", "255 bytes"),
            ("a\0b.log".to_owned(), "name", "without NUL"),
            ("folder.log".to_owned(), "folder", "a folder has this name"),
            ("taken/x.log".to_owned(), "file", "a file stands where"),
        ] {
            let (told, said) = advice(&name);
            assert!(told == trouble && said.contains(hint), "{name:?}: {told}, {said}");
        }
        for (number, hint) in [(libc::EMFILE, "ulimit -n"), (libc::ENOSPC, "make room"), (libc::EACCES, "may write to")]
        {
            let error = LogError::Folder { path: PathBuf::new(), source: io::Error::from_raw_os_error(number) };
            assert!(error.hint().unwrap().contains(hint), "{error}");
        }
    }
}
