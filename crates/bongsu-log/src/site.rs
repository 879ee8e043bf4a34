//! The place in a program that a record comes from, and the macros that catch it.

/// Function, file and line of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site {
    /// The function's own name, without its modules.
    pub function: &'static str,
    /// The source file as the compiler names it.
    pub file: &'static str,
    /// Line in [`Site::file`], from 1.
    pub line: u32,
}

impl Site {
    /// A site whose function is the last part of `path`, the type name of an item inside it.
    #[doc(hidden)]
    pub fn inside(path: &'static str, file: &'static str, line: u32) -> Self {
        let mut outer = path.strip_suffix("::here").unwrap_or(path);
        while let Some(rest) = outer.strip_suffix("::{{closure}}") {
            outer = rest;
        }
        let function = outer.rsplit("::").next().unwrap_or(outer);
        Self { function, file, line }
    }
}

/// The [`Site`] where it stands.
///
/// ```
/// fn load() -> bongsu_log::Site {
///     bongsu_log::site!()
/// }
/// assert_eq!(load().function, "load");
/// ```
#[macro_export]
macro_rules! site {
    () => {{
        fn here() {}
        fn name_of<T>(_: T) -> &'static str {
            ::std::any::type_name::<T>()
        }
        static SITE: ::std::sync::OnceLock<$crate::Site> = ::std::sync::OnceLock::new();
        *SITE.get_or_init(|| $crate::Site::inside(name_of(here), ::std::file!(), ::std::line!()))
    }};
}

/// Logs at a [`Level`](crate::Level), the logger first: `log!(logger, Level::Info, "{} rows", n)`. The message is formatted only when
/// the logger's level lets it through.
///
/// ```
/// use bongsu_log::{Config, Console, Level, Logging, register_level};
///
/// # let folder = tempfile::tempdir()?;
/// # let home = folder.path().to_owned();
/// # let logging = Logging::start(Config { home: home.clone(), console: Console::Off, ..Config::default() })?;
/// let audit = register_level("AUDIT", 35)?;
/// let log = logging.get_logger("door", None, Level::Info)?;
/// bongsu_log::log!(log, audit, "opened by {}", "kim");
/// logging.flush()?;
/// assert!(std::fs::read_to_string(home.join("app/door.log"))?.ends_with(" AUDIT    door            | opened by kim\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[macro_export]
macro_rules! log {
    ($logger:expr, $level:expr, $($message:tt)+) => {{
        let logger = &$logger;
        let level = &$level;
        if logger.is_on(level) {
            logger.log(level, $crate::site!(), ::std::format_args!($($message)+));
        }
    }};
}

/// Logs at DEBUG: `debug!(logger, "{} rows", n)`.
#[macro_export]
macro_rules! debug {
    ($logger:expr, $($message:tt)+) => { $crate::log!($logger, $crate::Level::Debug, $($message)+) };
}

/// Logs at INFO: `info!(logger, "{} rows", n)`.
#[macro_export]
macro_rules! info {
    ($logger:expr, $($message:tt)+) => { $crate::log!($logger, $crate::Level::Info, $($message)+) };
}

/// Logs at WARNING: `warning!(logger, "{} rows", n)`.
#[macro_export]
macro_rules! warning {
    ($logger:expr, $($message:tt)+) => { $crate::log!($logger, $crate::Level::Warning, $($message)+) };
}

/// Logs at ERROR: `error!(logger, "{} rows", n)`.
#[macro_export]
macro_rules! error {
    ($logger:expr, $($message:tt)+) => { $crate::log!($logger, $crate::Level::Error, $($message)+) };
}

/// Logs at CRITICAL: `critical!(logger, "{} rows", n)`.
#[macro_export]
macro_rules! critical {
    ($logger:expr, $($message:tt)+) => { $crate::log!($logger, $crate::Level::Critical, $($message)+) };
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_site_names_its_function_even_from_a_closure() {
        let inside = || site!();
        assert_eq!(inside().function, "a_site_names_its_function_even_from_a_closure");
        assert!(site!().file.ends_with("site.rs"));
    }
}
