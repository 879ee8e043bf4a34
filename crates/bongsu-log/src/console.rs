//! The console handler.

use std::io::{self, IsTerminal, Write};

use bongsu_format::render::Layout;
use bongsu_model::{Level, Record};
use jiff::tz::TimeZone;

use crate::config::Console;

/// Writes simple lines for a person to read.
pub(crate) struct ConsoleHandler {
    out: Box<dyn Write + Send>,
    coloured: bool,
}

impl std::fmt::Debug for ConsoleHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConsoleHandler").field("coloured", &self.coloured).finish_non_exhaustive()
    }
}

impl ConsoleHandler {
    /// The handler for `console`; none when it is off.
    pub(crate) fn new(console: Console) -> Option<Self> {
        match console {
            Console::Off => None,
            Console::Writer(out) => Some(Self { out, coloured: false }),
            Console::Stdout => {
                let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                let out = io::stdout();
                let coloured = out.is_terminal() && !plain;
                Some(Self { out: Box::new(out), coloured })
            }
        }
    }

    pub(crate) fn write(&mut self, record: &Record<'_>, zone: &TimeZone) -> io::Result<()> {
        let mut line = String::with_capacity(64 + record.message.len());
        if self.coloured {
            line.push_str(colour(record.level.as_ref()));
        }
        Layout::Simple.render(record, zone, &mut line);
        line.push_str(if self.coloured { "\x1b[0m\n" } else { "\n" });
        self.out.write_all(line.as_bytes())?;
        self.out.flush()
    }
}

/// The terminal's code for a level's colour.
fn colour(level: Option<&Level>) -> &'static str {
    match level {
        Some(Level::Trace | Level::Debug) => "\x1b[2m",
        Some(Level::Info | Level::Custom(_)) | None => "\x1b[32m",
        Some(Level::Warning) => "\x1b[33m",
        Some(Level::Error) => "\x1b[31m",
        Some(Level::Critical) => "\x1b[1;31m",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use bongsu_model::Timestamp;

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(coloured: bool) -> String {
        let out = Shared::default();
        let mut handler = ConsoleHandler { out: Box::new(out.clone()), coloured };
        let record = Record {
            time: Some(Timestamp::from_nanos(0)),
            level: Some(Level::Error),
            message: "down".into(),
            ..Record::default()
        };
        handler.write(&record, &TimeZone::UTC).unwrap();
        let bytes = out.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_line_is_coloured_by_its_level_only_where_colours_are_wanted() {
        assert_eq!(written(false), "[00:00:00] ERROR    | down\n");
        assert_eq!(written(true), "\x1b[31m[00:00:00] ERROR    | down\x1b[0m\n");
    }

    #[test]
    fn a_console_that_is_off_has_no_handler() {
        assert!(ConsoleHandler::new(Console::Off).is_none());
    }
}
