//! The configuration: every key with its meaning, what it accepts, and its place in [`Config`].
//!
//! From this table come the reading of files and of the environment, the errors, the effective configuration and the reference page.

use serde_json::Value;

use super::accepts::Accepts;
use super::node::Node;
use super::show;
use super::values::{self, Wrong, need, or};
use crate::Config;

/// A key of the configuration.
#[derive(Debug)]
pub struct Key {
    /// Its name, with the tables around it: `console.level`.
    pub path: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// What its values may be.
    pub accepts: Accepts,
    /// The default, where [`Config::default`] has one of the machine.
    pub(super) default: Option<&'static str>,
    /// Whether a running program can take it.
    pub at_run_time: bool,
    /// Takes a value; keys that hold several add it to those that there are.
    pub(super) set: fn(&mut Config, &Node) -> Result<(), Wrong>,
    /// The value that a configuration has; none when the key would not stand there.
    pub(super) get: fn(&Config) -> Option<Value>,
}

impl Key {
    const fn new(
        path: &'static str,
        doc: &'static str,
        accepts: Accepts,
        set: fn(&mut Config, &Node) -> Result<(), Wrong>,
        get: fn(&Config) -> Option<Value>,
    ) -> Self {
        Self { path, doc, accepts, default: None, at_run_time: false, set, get }
    }

    const fn by_default(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    const fn at_run_time(mut self) -> Self {
        self.at_run_time = true;
        self
    }

    /// The environment variable of the key; none when no variable can hold it.
    pub fn variable(&self) -> Option<String> {
        match self.path {
            "home" => Some("BONGSU_LOG_DIR".to_owned()),
            "components" | "ship" => None,
            path => Some(format!("{VARIABLES}{}", path.to_ascii_uppercase().replace('.', "_"))),
        }
    }
}

/// What the names of all variables begin with.
pub(super) const VARIABLES: &str = "BONGSU_LOG_";

/// The key of this name.
pub(super) fn key(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// The least level of a handler that writes files.
macro_rules! level {
    ($path:literal, $handler:ident, $doc:literal) => {
        Key::new(
            $path,
            $doc,
            Accepts::LevelOrAll,
            |config, node| {
                config.levels.$handler = need(node, or(node, "all", values::level))?;
                Ok(())
            },
            |config| Some(show::level(config.levels.$handler.as_ref(), "all")),
        )
        .at_run_time()
    };
}

/// The layout of a handler.
macro_rules! layout {
    ($path:literal, $handler:ident, $doc:literal) => {
        Key::new(
            $path,
            $doc,
            Accepts::Layout,
            |config, node| {
                config.layouts.$handler = need(node, values::layout(node))?;
                Ok(())
            },
            |config| Some(show::layout(&config.layouts.$handler)),
        )
    };
}

/// The size at which the files of a handler rotate.
macro_rules! size {
    ($path:literal, $handler:ident, $doc:literal) => {
        Key::new(
            $path,
            $doc,
            Accepts::Size,
            |config, node| {
                config.$handler.bytes = need(node, values::size(node))?;
                Ok(())
            },
            |config| Some(show::size(config.$handler.bytes)),
        )
    };
}

/// The number of older files of a handler.
macro_rules! count {
    ($path:literal, $handler:ident, $doc:literal) => {
        Key::new(
            $path,
            $doc,
            Accepts::Count,
            |config, node| {
                config.$handler.older = need(node, values::count(node))?;
                Ok(())
            },
            |config| Some(config.$handler.older.into()),
        )
    };
}

/// A field of [`Config`] with a reader and a way to show it.
macro_rules! field {
    ($path:literal, $accepts:ident, $($field:ident).+, $read:expr, $show:expr, $doc:literal) => {
        Key::new(
            $path,
            $doc,
            Accepts::$accepts,
            |config, node| {
                config.$($field).+ = need(node, $read(node))?;
                Ok(())
            },
            |config| $show(&config.$($field).+),
        )
    };
}

/// Every key, in the order in which they are taken: a key that counts for all files before those of one.
pub(super) static KEYS: &[Key] = &[
    field!(
        "home",
        Folder,
        home,
        |node| values::text(node).map(Into::into),
        |home: &std::path::PathBuf| Some(home.to_string_lossy().into()),
        "The log home: the folder that holds every log."
    )
    .by_default("logs"),
    field!(
        "zone",
        Zone,
        zone,
        values::zone,
        |zone: &jiff::tz::TimeZone| zone.iana_name().map(Into::into),
        "The time zone that lines are written in and by which files rotate."
    )
    .by_default("system"),
    Key::new(
        "levels",
        "Levels of your own, with their numbers.",
        Accepts::OwnLevels,
        |_, node| values::own_levels(node),
        |_| show::table(crate::levels::added().into_iter().map(|(name, number)| (name.to_owned(), number.into()))),
    )
    .by_default("none")
    .at_run_time(),
    field!(
        "level",
        LevelOrNone,
        loggers.all,
        |node| or(node, "none", values::level),
        |level: &Option<bongsu_model::Level>| Some(show::level(level.as_ref(), "none")),
        "The least level of every logger that `loggers` does not name; with \"none\" the program says it."
    )
    .at_run_time(),
    Key::new(
        "loggers",
        "The least levels of loggers by name, those below a name (`shop.orders`, `shop::orders`) included. They count in place of \
         what the program says.",
        Accepts::LoggerLevels,
        |config, node| {
            config.loggers.named.extend(values::logger_levels(node)?);
            Ok(())
        },
        |config| {
            let named = config.loggers.named.iter();
            show::table(named.map(|(name, level)| (name.clone(), level.name().into())))
        },
    )
    .at_run_time(),
    field!("console.output", Output, console, values::output, show::output, "Where lines for a person go."),
    field!(
        "console.level",
        Level,
        console_level,
        values::level,
        |level| Some(show::level(Some(level), "")),
        "The least level of the console."
    )
    .at_run_time(),
    layout!("console.layout", console, "How lines on the console read."),
    field!(
        "console.colour",
        Colour,
        console_colour,
        values::colour,
        |colour: &crate::Colour| Some(show::colour(*colour)),
        "Whether lines on the console have the colour of their level; \"auto\" is on a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`."
    ),
    Key::new(
        "rotation.size",
        "The size at which every log file moves to `.1`; `application.size` and the like count before it.",
        Accepts::Size,
        |config, node| {
            let bytes = need(node, values::size(node))?;
            for limit in [&mut config.application, &mut config.error, &mut config.component, &mut config.performance] {
                limit.bytes = bytes;
            }
            Ok(())
        },
        |config| {
            let common = config.application.bytes;
            let same = [config.error, config.component, config.performance].iter().all(|limit| limit.bytes == common);
            same.then(|| show::size(common))
        },
    ),
    field!(
        "rotation.times",
        Times,
        times,
        |node| or(node, "never", values::times),
        |times: &Option<crate::file::Schedule>| Some(times.map_or("never".into(), |times| times.to_string().into())),
        "Times at which every log file moves to `.1`, beside its size."
    ),
    field!(
        "rotation.compression",
        Compression,
        compression,
        values::compression,
        |compression: &crate::file::Compression| Some(show::compression(*compression)),
        "How older files are compressed; a Rust program needs the cargo feature of that name."
    ),
    Key::new(
        "retention.count",
        "The number of older files of every log; `application.count` and the like count before it.",
        Accepts::Count,
        |config, node| {
            let older = need(node, values::count(node))?;
            for limit in [&mut config.application, &mut config.error, &mut config.component, &mut config.performance] {
                limit.older = older;
            }
            Ok(())
        },
        |config| {
            let common = config.application.older;
            let same = [config.error, config.component, config.performance].iter().all(|limit| limit.older == common);
            same.then(|| common.into())
        },
    ),
    field!(
        "retention.age",
        AgeOrNone,
        keep_for,
        |node| or(node, "none", values::span),
        |age: &Option<std::time::Duration>| Some(age.map_or("none".into(), show::span)),
        "How long after its last line an older file is kept."
    ),
    field!(
        "retention.size",
        SizeOrNone,
        keep_bytes,
        |node| or(node, "none", values::size),
        |bytes: &Option<u64>| Some(bytes.map_or("none".into(), show::size)),
        "The most bytes in the older files of one log."
    ),
    field!(
        "retention.archive",
        Flag,
        archive,
        values::flag,
        |archive: &bool| Some((*archive).into()),
        "Whether older files beyond their number go to `archive/YYYY/` in place of being deleted."
    ),
    level!("application.level", application, "The least level of `app/application.log`."),
    layout!("application.layout", application, "How lines of `app/application.log` read."),
    size!("application.size", application, "The size at which `app/application.log` moves to `.1`."),
    count!("application.count", application, "The number of older files of `app/application.log`."),
    level!("error.level", error, "The least level of `error/error.log`."),
    layout!("error.layout", error, "How lines of `error/error.log` read."),
    size!("error.size", error, "The size at which `error/error.log` moves to `.1`."),
    count!("error.count", error, "The number of older files of `error/error.log`."),
    level!("component.level", component, "The least level of components' files."),
    layout!("component.layout", component, "How lines of components' files read."),
    size!("component.size", component, "The size at which a component's file moves to `.1`."),
    count!("component.count", component, "The number of older files of each component."),
    level!("performance.level", performance, "The least level of performance files."),
    layout!("performance.layout", performance, "How lines of performance files read."),
    size!("performance.size", performance, "The size at which a performance file moves to `.1`."),
    count!("performance.count", performance, "The number of older files of each performance file."),
    Key::new(
        "components",
        "Files of components that are not as those of the others, by the logger's name.",
        Accepts::Components,
        |config, node| values::components(node, &mut config.components),
        |config| {
            let components = config.components.iter();
            show::table(components.map(|(name, component)| (name.clone(), show::component(component))))
        },
    ),
    field!(
        "level_files",
        Flag,
        level_files,
        values::flag,
        |wanted: &bool| Some((*wanted).into()),
        "Whether each record also goes to the file of its level, `app/level_info.log` and so on, kept as a component's."
    ),
    field!(
        "sync",
        Sync,
        sync,
        values::sync,
        |sync: &crate::file::Sync| Some(show::sync(*sync)),
        "What a loss of power leaves: what the system has written by itself, all but the last such time, or every line whose call \
         returned. The end of the program takes nothing in any case."
    ),
    field!(
        "mode",
        Mode,
        mode,
        values::mode,
        |mode: &crate::file::Mode| Some(show::mode(*mode)),
        "How lines get into the files: through a journal in memory, plainly with one write a line, or as the file system allows."
    ),
    field!(
        "sigterm",
        Flag,
        on_sigterm,
        values::flag,
        |wait: &bool| Some((*wait).into()),
        "Whether `SIGTERM` waits, a quarter of a second at the longest, until all lines and the one that logging has stopped are in \
         their files."
    ),
    Key::new(
        "private",
        "Loggers of Python's `logging`, those below a name included, that keep their records to themselves where they have \
         `propagate = False`. The records of all others come to the log home.",
        Accepts::Names,
        |config, node| {
            config.private.extend(values::names(node)?);
            Ok(())
        },
        |config| show::names(&config.private),
    )
    .at_run_time(),
    Key::new(
        "mask.rules",
        "The kinds of secrets that are hidden in every record.",
        Accepts::MaskRules,
        |config, node| {
            let on = values::rules(node)?;
            let rules = std::mem::take(&mut config.mask);
            config.mask = crate::mask::Rule::ALL.into_iter().fold(rules, |rules, rule| {
                if on.contains(&rule) { rules.with(rule) } else { rules.without(rule) }
            });
            Ok(())
        },
        |config| Some(show::rules(&config.mask)),
    )
    .at_run_time(),
    Key::new(
        "mask.fields",
        "More names whose values are hidden, with the rule `names`.",
        Accepts::Names,
        |config, node| {
            let names = values::names(node)?;
            values::with_names(&mut config.mask, |rules| names.iter().fold(rules, |rules, name| rules.with_field(name)));
            Ok(())
        },
        |config| show::names(config.mask.fields()[0]),
    )
    .at_run_time(),
    Key::new(
        "mask.except",
        "Names whose values are left, which the rule `names` would hide.",
        Accepts::Names,
        |config, node| {
            let names = values::names(node)?;
            let leave = |rules| names.iter().fold(rules, |rules: crate::mask::Rules, name| rules.without_field(name));
            values::with_names(&mut config.mask, leave);
            Ok(())
        },
        |config| show::names(config.mask.fields()[1]),
    )
    .at_run_time(),
    Key::new(
        "mask.prefixes",
        "Beginnings of tokens of your own, which are hidden when at least so many letters, digits, `-` or `_` follow (16, and 16 \
         signs in all at least).",
        Accepts::Prefixes,
        |config, node| {
            for (begin, least) in values::prefixes(node)? {
                config.mask = std::mem::take(&mut config.mask).with_prefix(&begin, least);
            }
            Ok(())
        },
        |config| show::prefixes(&config.mask),
    )
    .at_run_time(),
    Key::new(
        "ship",
        "Where records are sent, for the part that sends them. `BONGSU_LOG_SHIP_TOKEN` is its `token`, and so on.",
        Accepts::Table,
        |config, node| values::ship(node, &mut config.ship_settings),
        show::ship,
    ),
];
