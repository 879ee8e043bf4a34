//! Where a command writes: rows and reports to standard output, everything else to standard error.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use clap::ValueEnum;
use serde::Serialize;

use crate::fault::{Fault, labelled};
use crate::paint::{Ink, Paint};
use crate::words::{Values, Words};

/// The form of what goes to standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people.
    #[default]
    Table,
    /// One JSON document, or one object a line for rows.
    Json,
    /// Comma-separated values with a header.
    Csv,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorChoice {
    /// Whether a stream is to be coloured.
    pub(crate) fn paint(self, is_terminal: bool) -> Paint {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        Paint(match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => is_terminal && !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
        })
    }
}

/// The two streams, how they look, and the words that go there.
pub(crate) struct Console {
    /// The texts of the reader's language.
    pub(crate) words: Words,
    /// The form of what goes to standard output.
    pub(crate) format: OutputFormat,
    /// Ink on standard output.
    pub(crate) paint: Paint,
    /// Ink on standard error.
    pub(crate) error_paint: Paint,
    /// Columns of the terminal; none when standard output is not one.
    pub(crate) width: Option<usize>,
    /// Whether progress may be drawn on standard error.
    pub(crate) shows_progress: bool,
    quiet: bool,
    out: Mutex<Box<dyn Write + Send>>,
}

/// Columns of a report where no terminal says how many there are.
pub(crate) const PAGE: usize = 80;

impl Console {
    /// The console of this process.
    pub(crate) fn of_process(words: Words, format: OutputFormat, color: ColorChoice, quiet: bool) -> Self {
        let (out, error) = (io::stdout(), io::stderr());
        let error_is_terminal = error.is_terminal();
        let width = out.is_terminal().then(|| terminal_size::terminal_size().map_or(PAGE, |(w, _)| usize::from(w.0)));
        Self {
            words,
            format,
            paint: color.paint(out.is_terminal()),
            error_paint: color.paint(error_is_terminal),
            width: width.map(|width| width.max(20)),
            shows_progress: error_is_terminal && !quiet,
            quiet,
            out: Mutex::new(Box::new(BufWriter::with_capacity(64 << 10, out))),
        }
    }

    /// A console without a terminal that writes to `out`.
    #[cfg(test)]
    pub(crate) fn to_writer(words: Words, format: OutputFormat, out: Box<dyn Write + Send>) -> Self {
        Self {
            words,
            format,
            paint: Paint(false),
            error_paint: Paint(false),
            width: None,
            shows_progress: false,
            quiet: true,
            out: Mutex::new(out),
        }
    }

    /// Columns that a report may take.
    pub(crate) fn page(&self) -> usize {
        self.width.unwrap_or(PAGE)
    }

    /// Writes bytes to standard output as they are.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Result<(), Fault> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner).write_all(bytes).map_err(output)
    }

    /// Writes text and a line end to standard output.
    pub(crate) fn line(&self, text: &str) -> Result<(), Fault> {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).map_err(output)
    }

    /// Writes a JSON document: indented for a person at a terminal, else on one line.
    pub(crate) fn json(&self, value: &impl Serialize) -> Result<(), Fault> {
        let text =
            if self.width.is_some() { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
        self.line(&text.map_err(|error| Fault::Rows(error.into()))?)
    }

    /// Sends what is buffered on its way.
    pub(crate) fn flush(&self) -> Result<(), Fault> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner).flush().map_err(output)
    }

    /// Tells the person at standard error something that is not the answer itself; silent with `--quiet`.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.stderr(text);
        }
    }

    /// Gives the person at standard error a way on.
    pub(crate) fn hint(&self, id: &str, values: Values<'_>) {
        let text = self.words.tell(id, values);
        self.note(&labelled(&self.words, self.error_paint, ("hint-line", Ink::Accent), &text));
    }

    /// Writes a line to standard error whatever `--quiet` says. A closed standard error is no reason to fail.
    pub(crate) fn stderr(&self, text: &str) {
        drop(self.flush());
        drop(writeln!(io::stderr().lock(), "{text}"));
    }
}

fn output(error: io::Error) -> Fault {
    if error.kind() == io::ErrorKind::BrokenPipe { Fault::Hangup } else { Fault::Output(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_went_away_is_told_apart_from_a_full_disk() {
        assert!(matches!(output(io::ErrorKind::BrokenPipe.into()), Fault::Hangup));
        assert!(matches!(output(io::ErrorKind::StorageFull.into()), Fault::Output(_)));
    }

    #[test]
    fn colour_can_be_forced_and_forbidden() {
        assert_eq!(ColorChoice::Always.paint(false), Paint(true));
        assert_eq!(ColorChoice::Never.paint(true), Paint(false));
        assert_eq!(ColorChoice::Auto.paint(false), Paint(false));
    }
}
