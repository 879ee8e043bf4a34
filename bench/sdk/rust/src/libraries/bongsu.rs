//! bongsu-log: its loggers, its layer for `tracing`, its backend for `log`, and its log file alone.

use std::hint::black_box;
use std::io::Write;
use std::ops::Range;

use bongsu_log::file::{FileOptions, LogFile, Retention, Rotation};
use bongsu_log::{Config, Console, FileLimit, HandlerLevels, Layout, Layouts, Level, Logger, Logging, info};

use super::{Library, OLDER, write_by_log, write_by_tracing};
use crate::{Place, Result};

/// One file, as the others write: no console, no files of components, and no caller's place in the line.
fn started(place: &Place) -> Result<Logging> {
    Ok(Logging::start(Config {
        home: place.folder.clone(),
        console: Console::Off,
        application: FileLimit { bytes: place.rotate as u64, older: OLDER as u32 },
        levels: HandlerLevels { component: Some(Level::Critical), ..HandlerLevels::default() },
        layouts: Layouts { application: Layout::Component, ..Layouts::default() },
        ..Config::default()
    })?)
}

struct Named(Logging, Logger);

impl Library for Named {
    fn write(&self, numbers: Range<u64>) {
        let log = &self.1;
        for number in numbers {
            info!(log, "req {number} user={}", black_box("bob"));
        }
    }

    fn close(self: Box<Self>) {
        self.0.shutdown();
    }
}

pub(super) fn one_file(place: &Place) -> Result<Box<dyn Library>> {
    named(started(place)?)
}

/// As it comes: the console (to nowhere), all records in one file with the caller's place, and in the file of their component.
pub(super) fn home(place: &Place) -> Result<Box<dyn Library>> {
    let limit = FileLimit { bytes: place.rotate as u64, older: OLDER as u32 };
    named(Logging::start(Config {
        home: place.folder.clone(),
        application: limit,
        component: limit,
        ..Config::default()
    })?)
}

fn named(logging: Logging) -> Result<Box<dyn Library>> {
    let log = logging.get_logger("bench", None, Level::Info)?;
    Ok(Box::new(Named(logging, log)))
}

struct Facade(Logging, fn(Range<u64>));

impl Library for Facade {
    fn write(&self, numbers: Range<u64>) {
        self.1(numbers);
    }

    fn close(self: Box<Self>) {
        self.0.shutdown();
    }
}

pub(super) fn tracing_layer(place: &Place) -> Result<Box<dyn Library>> {
    let logging = started(place)?;
    logging.init_tracing(None, Level::Info)?;
    Ok(Box::new(Facade(logging, write_by_tracing)))
}

pub(super) fn log_backend(place: &Place) -> Result<Box<dyn Library>> {
    let logging = started(place)?;
    logging.init_log(None, Level::Info)?;
    Ok(Box::new(Facade(logging, write_by_log)))
}

struct File(LogFile);

impl Library for File {
    fn write(&self, numbers: Range<u64>) {
        let mut line = Vec::new();
        for number in numbers {
            line.clear();
            let written = writeln!(
                line,
                "[2025-06-06 12:00:00] INFO     bench           | req {number} user={}",
                black_box("bob")
            );
            if let Err(error) = written.and_then(|()| self.0.write(&line)) {
                eprintln!("{error}");
            }
        }
    }

    fn close(self: Box<Self>) {
        if let Err(error) = self.0.flush() {
            eprintln!("{error}");
        }
    }
}

/// The log file without loggers: the caller makes the line, without a clock and without a look for secrets.
pub(super) fn log_file(place: &Place) -> Result<Box<dyn Library>> {
    let options = FileOptions {
        rotation: Rotation::at(place.rotate as u64),
        retention: Retention::last(OLDER as u32),
        ..FileOptions::default()
    };
    Ok(Box::new(File(LogFile::open(&place.file(), options)?)))
}
