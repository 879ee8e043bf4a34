//! The console handler.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use bongsu_format::render::for_terminal;

use crate::config::{Colour, Console};

/// Writes lines for a person to read.
pub(crate) struct ConsoleHandler {
    out: Mutex<Box<dyn Write + Send>>,
    /// Control characters are shown and not obeyed.
    terminal: bool,
    coloured: bool,
}

/// Whether the environment says that a terminal is to have no colours: by `NO_COLOR`, or by a `TERM` that knows none.
pub fn colours_are_unwanted() -> bool {
    let is =
        |name: &str, wanted: fn(&std::ffi::OsStr) -> bool| std::env::var_os(name).is_some_and(|value| wanted(&value));
    is("NO_COLOR", |value| !value.is_empty()) || is("TERM", |value| value == "dumb")
}

impl std::fmt::Debug for ConsoleHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConsoleHandler").field("coloured", &self.coloured).finish_non_exhaustive()
    }
}

impl ConsoleHandler {
    /// The handler for `console`; none when it is off.
    pub(crate) fn new(console: Console, colour: Colour) -> Option<Self> {
        let (out, terminal): (Box<dyn Write + Send>, _) = match console {
            Console::Off => return None,
            Console::Writer(out) => (out, false),
            Console::Stdout => (Box::new(io::stdout()), io::stdout().is_terminal()),
            Console::Stderr => (Box::new(io::stderr()), io::stderr().is_terminal()),
        };
        let coloured = match colour {
            Colour::Auto => terminal && !colours_are_unwanted(),
            Colour::Always => true,
            Colour::Never => false,
        };
        Some(Self { out: Mutex::new(out), terminal, coloured })
    }

    /// Writes a line, which ends with its line end, in the colour of a level's number.
    pub(crate) fn write(&self, line: &[u8], number: u8) -> io::Result<()> {
        let shown = if self.terminal { for_terminal(line) } else { line.into() };
        let line = &*shown;
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if self.coloured {
            let bare = line.strip_suffix(b"\n").unwrap_or(line);
            out.write_all(&[colour(number).as_bytes(), bare, b"\x1b[0m\n"].concat())?;
        } else {
            out.write_all(line)?;
        }
        out.flush()
    }
}

/// The terminal's code for the colour of a level.
fn colour(number: u8) -> &'static str {
    match number {
        0..20 => "\x1b[2m",
        20..30 => "\x1b[32m",
        30..40 => "\x1b[33m",
        40..50 => "\x1b[31m",
        50.. => "\x1b[1;31m",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

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

    fn written(terminal: bool, coloured: bool, line: &[u8]) -> String {
        let out = Shared::default();
        let handler = ConsoleHandler { out: Mutex::new(Box::new(out.clone())), terminal, coloured };
        handler.write(line, 40).unwrap();
        let bytes = out.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_line_is_coloured_by_its_level_only_where_colours_are_wanted() {
        let line = b"[00:00:00] ERROR    | down\n";
        assert_eq!(written(false, false, line), "[00:00:00] ERROR    | down\n");
        assert_eq!(written(false, true, line), "\x1b[31m[00:00:00] ERROR    | down\x1b[0m\n");
    }

    #[test]
    fn a_terminal_is_shown_control_characters_and_anything_else_is_given_them() {
        let line = b"ERROR | \x1b[2Jgone\x07\n";
        assert_eq!(written(true, false, line), "ERROR | \\x1b[2Jgone\\x07\n");
        assert_eq!(written(true, true, line), "\x1b[31mERROR | \\x1b[2Jgone\\x07\x1b[0m\n");
        assert_eq!(written(false, false, line), "ERROR | \x1b[2Jgone\x07\n");
    }

    #[test]
    fn colours_can_be_had_without_a_terminal_and_not_had_with_one() {
        for (colour, coloured) in [(Colour::Auto, false), (Colour::Never, false), (Colour::Always, true)] {
            let handler = ConsoleHandler::new(Console::Writer(Box::new(Shared::default())), colour).unwrap();
            assert_eq!(handler.coloured, coloured, "{colour:?}");
        }
    }

    #[test]
    fn a_console_that_is_off_has_no_handler() {
        assert!(ConsoleHandler::new(Console::Off, Colour::Always).is_none());
    }
}
