//! A log file, as this module needs it: how words of a program become the options of a file, and lines come to it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use bongsu_log::LogError;
use bongsu_log::file::{Compression, FileOptions, LogFile, Mode, Retention, Rotation, Sync};
use pyo3::prelude::*;
use pyo3::types::PyBool;

use crate::fault::{BongsuError, bongsu_error};

/// A file that whole lines are written to. Clones are the same one.
#[derive(Clone)]
pub(crate) struct File(LogFile);

/// How a file is kept, as a program says it: numbers or words.
pub(crate) enum Limit {
    /// Bytes after which it rotates, or the number of older ones.
    Number(u64),
    /// `10 MB or 00:00`, `5 files, 30 days`.
    Words(String),
}

impl Limit {
    /// What `given` for the argument `what` says; `least` is the smallest number, `expected` what is accepted.
    pub(crate) fn of(
        what: &str,
        given: Option<&Bound<'_, PyAny>>,
        least: u64,
        expected: &str,
    ) -> PyResult<Option<Self>> {
        let Some(given) = given else { return Ok(None) };
        if let Ok(words) = given.extract::<String>() {
            return Ok(Some(Self::Words(words)));
        }
        match given.extract::<u64>() {
            Ok(number) if number >= least && !given.is_instance_of::<PyBool>() => Ok(Some(Self::Number(number))),
            _ => Err(BongsuError::new_err(format!("{what}={}: expected {expected}", given.repr()?))),
        }
    }
}

/// When what was written is forced to the disk, as a program says it.
#[derive(FromPyObject)]
pub(crate) enum Every {
    /// So many seconds.
    Seconds(f64),
    /// `never`, `interval` (a second) or `each`.
    Word(String),
}

/// What [`File::open`] is told beside the path; what is none is as [`FileOptions`] has it.
#[derive(Default)]
pub(crate) struct Wish {
    pub(crate) rotation: Option<Limit>,
    pub(crate) retention: Option<Limit>,
    pub(crate) compression: Option<String>,
    pub(crate) archive: Option<PathBuf>,
    pub(crate) sync: Option<Every>,
    pub(crate) mode: Option<String>,
}

impl File {
    pub(crate) fn open(path: &std::path::Path, wish: Wish) -> PyResult<Self> {
        LogFile::open(path, options(wish)?).map(Self).map_err(|error| bongsu_error(&error))
    }

    /// A file that is open.
    pub(crate) fn of(file: LogFile) -> Self {
        Self(file)
    }

    /// Writes whole lines; they survive the end of the process when it is back.
    pub(crate) fn write(&self, lines: &[u8]) -> io::Result<()> {
        self.0.write(lines)
    }

    /// Everything written is in the file when it is back.
    pub(crate) fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}

fn options(wish: Wish) -> PyResult<FileOptions> {
    let mut options = FileOptions::default();
    if wish.rotation.is_some() {
        // Who says when a file rotates and not what goes expects nothing to go.
        options.retention = Retention { count: None, age: None, bytes: None };
    }
    match wish.rotation {
        Some(Limit::Number(bytes)) => options.rotation = Rotation::at(bytes),
        Some(Limit::Words(text)) => options.rotation = text.parse().map_err(|error: LogError| bongsu_error(&error))?,
        None => {}
    }
    match wish.retention {
        Some(Limit::Number(count)) => options.retention = Retention::last(u32::try_from(count).unwrap_or(u32::MAX)),
        Some(Limit::Words(text)) => options.retention = text.parse().map_err(|error: LogError| bongsu_error(&error))?,
        None => {}
    }
    if let Some(text) = wish.compression {
        options.compression = match &*text {
            "off" => Compression::Off,
            "gz" | "gzip" => Compression::Gzip,
            "zst" | "zstd" => Compression::Zstd,
            _ => return Err(refused("compression", &text, "off, gzip or zstd")),
        };
    }
    if let Some(sync) = wish.sync {
        options.sync = match sync {
            Every::Seconds(seconds) if seconds > 0.0 => {
                Sync::Interval(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
            }
            Every::Seconds(seconds) => return Err(refused("sync", &seconds.to_string(), SYNC)),
            Every::Word(word) => match &*word {
                "never" => Sync::Never,
                "interval" => Sync::Interval(Duration::from_secs(1)),
                "each" => Sync::Each,
                _ => return Err(refused("sync", &word, SYNC)),
            },
        };
    }
    if let Some(text) = wish.mode {
        options.mode = match &*text {
            "auto" => Mode::Auto,
            "journal" => Mode::Journal,
            "plain" => Mode::Plain,
            _ => return Err(refused("mode", &text, "auto, journal or plain")),
        };
    }
    options.archive = wish.archive;
    Ok(options)
}

const SYNC: &str = "never, interval, each or a number of seconds";

fn refused(what: &str, given: &str, expected: &str) -> PyErr {
    BongsuError::new_err(format!("unknown {what} `{given}`: expected {expected}"))
}
