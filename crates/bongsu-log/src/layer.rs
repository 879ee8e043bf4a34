//! `tracing` into a log home: events become records, the spans around them stand before their message.

use std::fmt::Debug;

use bongsu_model::Level;
use tracing_core::dispatcher::{self, Dispatch};
use tracing_core::field::{Field, Visit};
use tracing_core::{Event, Subscriber, span};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use crate::foreign::{Foreign, Origin, push, push_quoted, text};
use crate::levels::number;
use crate::spans::{SpanText, Spans};
use crate::{LogError, Logging, logging};

/// Writes each event of `tracing` to the handlers of a log home; made by [`Logging::layer`].
///
/// A record's logger is the event's target, its function the last part of the event's module. The message reads as in
/// the full format of `tracing_subscriber::fmt`: the spans from the outermost one, the message, the fields of the event.
///
/// ```text
/// [2025-06-06 12:00:00] INFO     shop::orders    orders               L 12 | request{id=7}:order{user="kim"}: paid amount=300
/// ```
///
/// A value is formatted before any lock is taken, so that its `Debug` may log. One that panics is written as
/// `<panicked>`, and the program goes on.
#[derive(Debug)]
pub struct TracingLayer {
    foreign: Foreign,
    level: LevelFilter,
    spans: Spans,
}

impl Logging {
    /// A layer that writes the events of `level` and up here, for the subscriber that a program builds.
    ///
    /// With `log_file`, every record also goes to `app/{log_file}`; without, to `app/{first segment of its target}.log`,
    /// at most a hundred such files.
    ///
    /// `level` is this layer's alone: other layers see what they saw before, so that an event below it is made and then
    /// left. [`Logging::init_tracing`], or a `LevelFilter` beside the layers as below, spares making it.
    ///
    /// ```
    /// use bongsu_log::{Config, Console, Level, Logging};
    /// use tracing_subscriber::{filter::LevelFilter, layer::SubscriberExt};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let home = folder.path().to_owned();
    /// let logging = Logging::start(Config { home: home.clone(), console: Console::Off, ..Config::default() })?;
    /// let layer = logging.layer(Some("shop.log"), Level::Info)?;
    /// let subscriber = tracing_subscriber::registry().with(layer).with(LevelFilter::INFO);
    /// tracing::subscriber::with_default(subscriber, || {
    ///     let _order = tracing::info_span!("order", user = "kim").entered();
    ///     tracing::info!(amount = 300, "paid");
    ///     tracing::debug!("not written");
    /// });
    /// logging.flush()?;
    /// let written = std::fs::read_to_string(home.join("app/shop.log"))?;
    /// assert!(written.ends_with(" | order{user=\"kim\"}: paid amount=300\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn layer(&self, log_file: Option<&str>, level: Level) -> Result<TracingLayer, LogError> {
        let level = Some(level);
        let level = filter(level.as_ref());
        Ok(TracingLayer { foreign: Foreign::new(self, log_file)?, level, spans: Spans::new(level) })
    }

    /// Makes [`Logging::layer`] the program's global subscriber, in which what is below `level` costs one comparison; an
    /// error when the program has a subscriber.
    pub fn init_tracing(&self, log_file: Option<&str>, level: Level) -> Result<(), LogError> {
        let layer = self.layer(log_file, level)?;
        let least = layer.level;
        let subscriber = tracing_subscriber::registry().with(layer).with(least);
        dispatcher::set_global_default(Dispatch::new(subscriber)).map_err(|_| LogError::AlreadySet("tracing"))
    }
}

/// [`Logging::layer`] of the program's own logging, in the default log home.
pub fn tracing_layer(log_file: Option<&str>, level: Level) -> Result<TracingLayer, LogError> {
    logging::program()?.layer(log_file, level)
}

/// The one line that turns on bongsu in a program of `tracing`: [`Logging::init_tracing`] of the program's own logging, in
/// the default log home.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # std::env::set_current_dir(folder.path())?;
/// bongsu_log::init_tracing(None, bongsu_log::Level::Debug)?;
///
/// tracing::error!(host = "db1", "connection lost");
/// bongsu_log::flush()?;
/// assert!(std::fs::read_to_string("logs/error/error.log")?.ends_with(" | connection lost host=\"db1\"\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn init_tracing(log_file: Option<&str>, level: Level) -> Result<(), LogError> {
    logging::program()?.init_tracing(log_file, level)
}

fn filter(level: Option<&Level>) -> LevelFilter {
    match number(level) {
        0..=9 => LevelFilter::TRACE,
        10..=19 => LevelFilter::DEBUG,
        20..=29 => LevelFilter::INFO,
        30..=39 => LevelFilter::WARN,
        40..=49 => LevelFilter::ERROR,
        _ => LevelFilter::OFF,
    }
}

fn level(level: tracing_core::Level) -> Level {
    match level {
        tracing_core::Level::ERROR => Level::Error,
        tracing_core::Level::WARN => Level::Warning,
        tracing_core::Level::INFO => Level::Info,
        tracing_core::Level::DEBUG => Level::Debug,
        tracing_core::Level::TRACE => Level::Trace,
    }
}

impl<S> Layer<S> for TracingLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    // No `Filtered` and no answer to `enabled`: the first keeps the filters' last answers per thread, and an event that
    // nobody asked for again (its callsite is always on) can be missing after `tracing::enabled!`; the second would decide
    // for the other layers as well.

    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            self.spans.begin(&span, attributes);
        }
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            self.spans.record(&span, values);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        if *metadata.level() > self.level {
            return;
        }
        let around = context.event_span(event).and_then(|span| self.spans.text(&span));
        let say = |text: &mut String, pairs: &mut String| say(event, around.as_deref(), text, pairs);
        let level = level(*metadata.level());
        if metadata.target() == OF_LOG {
            let mut told = OfLog::default();
            event.record(&mut told);
            let origin = Origin {
                target: told.target.as_deref().unwrap_or(metadata.target()),
                module: told.module.as_deref().or(metadata.module_path()),
                lasting: None,
                file: told.file.as_deref().or(metadata.file()),
                line: told.line.or(metadata.line()),
            };
            return self.foreign.write(&level, origin, say);
        }
        let module = metadata.module_path();
        let origin = Origin {
            target: metadata.target(),
            module,
            lasting: Some(module.unwrap_or_default()),
            file: metadata.file(),
            line: metadata.line(),
        };
        self.foreign.write(&level, origin, say);
    }
}

/// The target of the events that `tracing-log` makes of records of `log`, whose place stands in fields.
const OF_LOG: &str = "log";

/// Adds the spans, the message and the fields of `event` to `text`; `pairs` is for the fields meanwhile.
fn say(event: &Event<'_>, around: Option<&SpanText>, text: &mut String, pairs: &mut String) {
    if let Some(around) = around {
        around.push(text);
        text.push(' ');
    }
    let begin = text.len();
    event.record(&mut EventFields { message: text, pairs, of_log: event.metadata().target() == OF_LOG });
    let pairs = if text.len() == begin { pairs.trim_start() } else { pairs };
    text.push_str(pairs);
    if text.len() == begin && around.is_some() {
        text.pop();
    }
}

/// The fields of an event: the message, and ` key=value` for each other one.
#[derive(Debug)]
struct EventFields<'t> {
    message: &'t mut String,
    pairs: &'t mut String,
    of_log: bool,
}

impl EventFields<'_> {
    fn name(&mut self, field: &Field) {
        self.pairs.push(' ');
        self.pairs.push_str(plain(field));
        self.pairs.push('=');
    }

    fn number(&mut self, field: &Field, value: impl itoa::Integer + Debug) {
        if field.name() == MESSAGE {
            self.record_debug(field, &value);
        } else {
            self.name(field);
            self.pairs.push_str(itoa::Buffer::new().format(value));
        }
    }
}

impl Visit for EventFields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == MESSAGE {
            push(self.message, format_args!("{value:?}"));
        } else {
            self.name(field);
            push(self.pairs, format_args!("{value:?}"));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == MESSAGE {
            self.message.push_str(value);
        } else if !(self.of_log && OfLog::has(field)) {
            self.name(field);
            push_quoted(self.pairs, value);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if !(self.of_log && OfLog::has(field)) {
            self.number(field, value);
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.number(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.record_debug(field, &format_args!("{}", with_causes(value)));
    }
}

const MESSAGE: &str = "message";

/// What `tracing-log` tells of the place of a record.
#[derive(Debug, Default)]
struct OfLog {
    target: Option<String>,
    module: Option<String>,
    file: Option<String>,
    line: Option<u32>,
}

impl OfLog {
    fn has(field: &Field) -> bool {
        matches!(field.name(), "log.target" | "log.module_path" | "log.file" | "log.line")
    }
}

impl Visit for OfLog {
    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "log.target" => self.target = Some(value.to_owned()),
            "log.module_path" => self.module = Some(value.to_owned()),
            "log.file" => self.file = Some(value.to_owned()),
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "log.line" {
            self.line = u32::try_from(value).ok();
        }
    }
}

/// A field's name as it is read: `type` for `r#type`.
pub(crate) fn plain(field: &Field) -> &'static str {
    field.name().strip_prefix("r#").unwrap_or(field.name())
}

/// `cannot load: file not found: no such device`.
pub(crate) fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut causes = text(format_args!("{error}"));
    let mut cause = error.source();
    while let Some(error) = cause {
        causes.push_str(": ");
        causes.push_str(&text(format_args!("{error}")));
        cause = error.source();
    }
    causes
}
