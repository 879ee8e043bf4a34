//! What the libraries tell of themselves, on standard error: a damaged log, a store that takes no more data.

use std::error::Error;
use std::fmt;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::fault::{explained, known};
use crate::paint::{Ink, Paint};
use crate::words::Words;

/// Unless `RUST_LOG` says otherwise. A refused input is not among them: the summary of `ingest` counts it.
const TROUBLES: &str = "off,bongsu_store=warn,bongsu_server=warn";
const QUIET: &str = "off,bongsu_store=error,bongsu_server=error";

/// Begins to pass on what is told: as a log's lines, or to a person in the words of `reader`.
pub(crate) fn start(quiet: bool, reader: Option<(Words, Paint)>) {
    let filter =
        EnvFilter::try_from_default_env().or_else(|_| EnvFilter::try_new(if quiet { QUIET } else { TROUBLES }));
    let Ok(filter) = filter else { return };
    let line = Format::default().with_ansi(false).with_target(false);
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    // It fails only when somebody listens already, who then goes on listening.
    drop(match reader {
        Some((words, paint)) => lines.event_format(Told { words, paint, line }).try_init(),
        None => lines.event_format(line).try_init(),
    });
}

/// Writes what can explain itself as a command writes its errors, and everything else as a log's line.
struct Told {
    words: Words,
    paint: Paint,
    line: Format,
}

impl<S, N> FormatEvent<S, N> for Told
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut to: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let label = if *event.metadata().level() == Level::ERROR { ERROR } else { WARNING };
        let mut explained = Explained { told: self, label, text: None };
        event.record(&mut explained);
        match explained.text {
            Some(text) => writeln!(to, "{text}"),
            None => self.line.format_event(context, to, event),
        }
    }
}

const ERROR: (&str, Ink) = ("error-line", Ink::Bad);
const WARNING: (&str, Ink) = ("warning-line", Ink::Warn);

/// The text of an event's error, if it can explain itself.
struct Explained<'a> {
    told: &'a Told,
    label: (&'static str, Ink),
    text: Option<String>,
}

impl Visit for Explained<'_> {
    fn record_error(&mut self, _: &Field, error: &(dyn Error + 'static)) {
        self.text = known(error).map(|error| explained(error, &self.told.words, self.told.paint, self.label));
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
