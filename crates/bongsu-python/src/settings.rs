//! The configuration of a log home: read as a Rust program's is, and what its handlers write to.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use bongsu_log::file::{FileOptions, LogFile};
use bongsu_log::settings::{SettingsError, effective, is_dictionary, read_table, write_effective, write_refreshed};
use bongsu_log::ship::Ship;
use bongsu_log::{
    Colour, Component, Config, Console, FileLimit, Layout, Level, component_file, create_home, file_stem, level_number,
    register_level,
};
use bongsu_model::SystemClock;
use pyo3::prelude::*;

use crate::clockface::Clockface;
use crate::console::{self, Stream};
use crate::core::core;
use crate::fault::{BongsuError, bongsu_error};
use crate::file::File;
use crate::gil::GilCell;
use crate::levels::Levels;
use crate::line::{Entry, Heads, Site, now};
use crate::ship::{Shipper, Shipping};
use crate::sink::{Out, Sink};

/// Adds the type and the functions.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Settings>()?;
    module.add_function(wrap_pyfunction!(add_level, module)?)?;
    module.add_function(wrap_pyfunction!(is_standard_dictionary, module)?)?;
    module.add_function(wrap_pyfunction!(use_zone, module)?)
}

/// What a program, its environment and a file say of a log home.
#[pyclass(frozen, module = "bongsu._core")]
pub(crate) struct Settings {
    config: GilCell<RefCell<Config>>,
    /// The file that was read.
    #[pyo3(get)]
    source: Option<PathBuf>,
    /// What stands in the file, as JSON, when it is one for `logging.config`.
    #[pyo3(get)]
    dictionary: Option<String>,
    /// Whether it names a time zone; the machine's is followed where it does not.
    says_zone: bool,
}

type Values = bongsu_log::Settings;

fn wrong(error: SettingsError) -> PyErr {
    bongsu_error(&error)
}

/// The values of a table in JSON.
fn table(json: &str, place: &str) -> PyResult<Values> {
    match serde_json::from_str(json) {
        Ok(table) => Values::from_table(&table, place).map_err(wrong),
        Err(error) => Err(BongsuError::new_err(format!("{place} is no table of keys: {error}"))),
    }
}

#[pymethods]
impl Settings {
    /// Reads a file, or else a table in JSON that stands for one, or else the file that is found unless the program has a
    /// `dictionary` of `logging.config`; then the environment; then `given`, the arguments of `start`.
    #[staticmethod]
    #[pyo3(signature = (file, config, dictionary, given, console = None, ship = true))]
    fn read(
        file: Option<PathBuf>,
        config: Option<&str>,
        dictionary: bool,
        given: &str,
        console: Option<bool>,
        ship: bool,
    ) -> PyResult<Self> {
        // A program may have set `TZ` since the machine's zone was looked up.
        jiff::tz::reset_system_time_zone_cache();
        let file = file.or_else(|| if config.is_none() && !dictionary { Values::found() } else { None });
        let source = file.map(|path| std::path::absolute(&path).unwrap_or(path));
        let mut schema = None;
        let below = match (&source, config) {
            (Some(path), _) => match Values::read(path) {
                Err(SettingsError::Dictionary { .. }) => {
                    let table = read_table(path).map_err(wrong)?;
                    schema = Some(serde_json::Value::from(table).to_string());
                    Values::default()
                }
                read => read.map_err(wrong)?,
            },
            (None, Some(config)) => table(config, "config")?,
            (None, None) => Values::default(),
        };
        let values = below.below(Values::from_environment().map_err(wrong)?);
        let says_zone = values.names().any(|name| name == "zone");
        let says_where = values.names().any(|name| name == "console.output");
        let values = values.below(table(given, "start()")?);
        let mut config = values.config();
        config.home = std::path::absolute(&config.home).unwrap_or(config.home);
        // The handlers of a dictionary show what is to be shown.
        let off = (dictionary || schema.is_some()) && !says_where;
        match (console, &config.console) {
            (Some(false), _) => config.console = Console::Off,
            (None, _) if off => config.console = Console::Off,
            (Some(true), Console::Off) => config.console = Console::Stdout,
            _ => {}
        }
        if !ship {
            config.ship_settings.clear();
        }
        if !config.ship_settings.is_empty() {
            let ship = Ship::from_settings(&config.ship_settings).and_then(|ship| ship.check().map(|()| ship));
            config.ship = Some(ship.map_err(|error| bongsu_error(&error))?);
        }
        Ok(Self { config: GilCell::new(RefCell::new(config)), source, dictionary: schema, says_zone })
    }

    /// The log home.
    #[getter]
    fn home(&self, py: Python<'_>) -> PathBuf {
        self.config.get(py).borrow().home.clone()
    }

    /// Makes the log home and its folders, writes what killed programs left to write in it and, with `tell`, the configuration in
    /// effect.
    fn make_home(&self, py: Python<'_>, tell: bool) -> PyResult<()> {
        let config = self.config.get(py).borrow();
        let made = create_home(&config.home)
            .and_then(|()| bongsu_log::recover(&config.home))
            .and_then(|_| if tell { write_effective(&config.home, &effective(&config)) } else { Ok(()) });
        made.map_err(|error| bongsu_error(&error))
    }

    /// Takes the levels and the mask of a newer configuration; the names of the keys that need a restart. On an error everything
    /// stays as it was.
    fn refresh(&self, py: Python<'_>, newer: &Bound<'_, Self>) -> PyResult<Vec<&'static str>> {
        let mut config = self.config.get(py).borrow_mut();
        let (follows, newer) = (!newer.get().says_zone, newer.get().config.get(py).borrow());
        if follows && !self.says_zone {
            config.zone = newer.zone.clone();
        }
        let restart = write_refreshed(&config.home, &effective(&config), effective(&newer));
        let restart = restart.map_err(|error| bongsu_error(&error))?;
        config.console_level = newer.console_level.clone();
        config.levels = newer.levels.clone();
        config.loggers = newer.loggers.clone();
        config.mask = newer.mask.clone();
        config.private.clone_from(&newer.private);
        Ok(restart)
    }

    /// Every key with its value, secrets hidden, as JSON.
    fn effective(&self, py: Python<'_>) -> String {
        serde_json::Value::from(effective(&self.config.get(py).borrow())).to_string()
    }

    /// Has lines written in the time zone of this configuration.
    fn use_zone(&self, py: Python<'_>) -> PyResult<()> {
        let clock = &core(py)?.clock;
        if self.says_zone {
            clock.set_zone(self.config.get(py).borrow().zone.clone());
        } else {
            clock.follow_machine();
        }
        Ok(())
    }

    /// Whether `SIGTERM` waits for lines.
    #[getter]
    fn sigterm(&self, py: Python<'_>) -> bool {
        self.config.get(py).borrow().on_sigterm
    }

    /// Has `text` written to those of the sinks that are files when a signal ends the process, at INFO, by a logger and a place.
    fn last_words(
        &self,
        py: Python<'_>,
        sinks: Vec<Bound<'_, Sink>>,
        logger: &str,
        function: String,
        path: String,
        text: String,
    ) -> PyResult<()> {
        let of_file = |sink: Bound<'_, Sink>| match &sink.get().out {
            Out::File(file) => Some((sink.get().layout.clone(), file.clone())),
            _ => None,
        };
        let files: Vec<_> = sinks.into_iter().filter_map(of_file).collect();
        let zone = self.config.get(py).borrow().zone.clone();
        let (heads, site) = (Heads::new("INFO", 20, logger), Site::new(function, path, 0));
        let write = move || {
            let clock = Clockface::new();
            clock.set_zone(zone);
            let entry = Entry {
                nanos: now(),
                heads: &heads,
                site: Some(&site),
                message: text.as_bytes(),
                fields: &(),
                span: None,
            };
            for (layout, file) in &files {
                let mut line = Vec::new();
                entry.render(layout, &clock, &mut line);
                // There is nobody left to tell.
                let _ = file.write(&line);
            }
        };
        Ok(bongsu_log::file::last_words(Some(Box::new(write)))?)
    }

    /// Loggers that keep their records to themselves where they do not propagate.
    #[getter]
    fn private(&self, py: Python<'_>) -> Vec<String> {
        self.config.get(py).borrow().private.clone()
    }

    /// The least level of loggers that have no other, if the configuration says one.
    #[getter]
    fn level(&self, py: Python<'_>) -> Option<u8> {
        self.config.get(py).borrow().loggers.all.as_ref().map(level_number)
    }

    /// The loggers that the configuration names, with their levels.
    fn logger_levels(&self, py: Python<'_>) -> Vec<(String, u8)> {
        let config = self.config.get(py).borrow();
        config.loggers.named.iter().map(|(name, level)| (name.clone(), level_number(level))).collect()
    }

    /// The level that the configuration says in place of the program for a logger.
    fn level_of(&self, py: Python<'_>, name: &str) -> Option<u8> {
        self.config.get(py).borrow().loggers.of(name).map(level_number)
    }

    /// The least level of a handler: `console`, `application`, `error`, `component` or `performance`.
    fn handler_level(&self, py: Python<'_>, handler: &str) -> u8 {
        let config = self.config.get(py).borrow();
        let level = match handler {
            "console" => Some(&config.console_level),
            "application" => config.levels.application.as_ref(),
            "error" => config.levels.error.as_ref(),
            "component" => config.levels.component.as_ref(),
            _ => config.levels.performance.as_ref(),
        };
        level.map_or(0, level_number)
    }

    /// The console; none when it is off.
    fn console(&self, py: Python<'_>) -> Option<Sink> {
        let config = self.config.get(py).borrow();
        let stream = match config.console {
            Console::Stdout | Console::Writer(_) => Stream::Stdout,
            Console::Stderr => Stream::Stderr,
            Console::Off => return None,
        };
        let colours = match config.console_colour {
            Colour::Auto => None,
            Colour::Always => Some(true),
            Colour::Never => Some(false),
        };
        let out = Out::Console(console::Console::new(stream, colours));
        Some(Sink { layout: config.layouts.console.clone(), out })
    }

    /// `app/application.log`.
    fn application(&self, py: Python<'_>) -> PyResult<Sink> {
        let config = self.config.get(py).borrow();
        let path = config.home.join("app").join("application.log");
        sink(&config, &path, config.application, &config.layouts.application)
    }

    /// `error/error.log`.
    fn error(&self, py: Python<'_>) -> PyResult<Sink> {
        let config = self.config.get(py).borrow();
        sink(&config, &config.home.join("error").join("error.log"), config.error, &config.layouts.error)
    }

    /// The path of a component's file; none when `app/application.log` has its records already.
    #[pyo3(signature = (name, log_file = None))]
    fn component_path(&self, py: Python<'_>, name: &str, log_file: Option<&str>) -> PyResult<Option<PathBuf>> {
        let config = self.config.get(py).borrow();
        let file = Component::file(&config.components, config.component, name, log_file);
        let path = file.map(|(file, _)| component_file(&config.home, &file)).transpose();
        path.map_err(|error| bongsu_error(&error))
    }

    /// The file of a component at that path.
    fn component(&self, py: Python<'_>, name: &str, path: PathBuf) -> PyResult<Sink> {
        let config = self.config.get(py).borrow();
        let file = Component::file(&config.components, config.component, name, None);
        let limit = file.map_or(config.component, |(_, limit)| limit);
        sink(&config, &path, limit, &config.layouts.component)
    }

    /// The path of the file of a component's durations.
    fn performance_path(&self, py: Python<'_>, component: &str) -> PathBuf {
        let file = format!("{}_performance.log", file_stem(component));
        self.config.get(py).borrow().home.join("performance").join(file)
    }

    /// The file of durations at that path.
    fn performance(&self, py: Python<'_>, path: PathBuf) -> PyResult<Sink> {
        let config = self.config.get(py).borrow();
        sink(&config, &path, config.performance, &config.layouts.performance)
    }

    /// The files of the levels; none when there are to be none.
    fn level_files(&self, py: Python<'_>) -> Option<Sink> {
        let config = self.config.get(py).borrow();
        let options = config.component.within(&config.file_options());
        let levels = || Box::new(Levels::new(config.home.join("app"), options));
        config.level_files.then(|| Sink { layout: config.layouts.component.clone(), out: Out::Levels(levels()) })
    }

    /// Begins to ship records; none when nobody wants them.
    fn shipper(&self, py: Python<'_>) -> PyResult<Option<Shipper>> {
        let config = self.config.get(py).borrow();
        let Some(ship) = config.ship.clone() else { return Ok(None) };
        Shipping::start(ship, &config.home, std::sync::Arc::new(SystemClock)).map(|shipping| Some(Shipper(shipping)))
    }
}

/// A file that is kept as the configuration says.
fn sink(config: &Config, path: &Path, limit: FileLimit, layout: &Layout) -> PyResult<Sink> {
    let options: FileOptions = limit.within(&config.file_options());
    let file = LogFile::open(path, options).map_err(|error| bongsu_error(&error))?;
    Ok(Sink { layout: layout.clone(), out: Out::File(File::of(file)) })
}

/// Makes a level that a program added known to configurations. False when it cannot be one there.
#[pyfunction]
fn add_level(name: &str, number: u8) -> bool {
    Level::known(name).is_none() && register_level(name, number).is_ok()
}

/// Whether a mapping with these keys is one for `logging.config.dictConfig`.
#[pyfunction]
fn is_standard_dictionary(keys: Vec<String>) -> bool {
    is_dictionary(keys.iter().map(String::as_str))
}

/// Has lines written in the machine's time zone again.
#[pyfunction]
fn use_zone(py: Python<'_>) -> PyResult<()> {
    core(py)?.clock.follow_machine();
    Ok(())
}
