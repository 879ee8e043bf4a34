//! `tracing` into a log home: events become records, the spans around them stand before their message.

use std::fmt::Debug;

use bongsu_model::Level;
use tracing_core::dispatcher::{self, Dispatch};
use tracing_core::field::{Field, Visit};
use tracing_core::{Event, Subscriber, span};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Scope};

use crate::foreign::{Foreign, Origin, USUAL, push, text};
use crate::levels::number;
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
        Ok(TracingLayer { foreign: Foreign::new(self, log_file)?, level: filter(level.as_ref()) })
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
        if *attributes.metadata().level() > self.level {
            return;
        }
        let mut fields = SpanFields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().replace(fields);
        }
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id).filter(|span| *span.metadata().level() <= self.level) else { return };
        let mut new = SpanFields::default();
        values.record(&mut new);
        let mut extensions = span.extensions_mut();
        if let Some(fields) = extensions.get_mut::<SpanFields>() {
            for (name, value) in new.0 {
                fields.put(name, value);
            }
        } else {
            extensions.insert(new);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        if *metadata.level() > self.level {
            return;
        }
        let mut fields = EventFields {
            message: String::with_capacity(USUAL),
            of_log: metadata.target() == "log",
            ..EventFields::default()
        };
        event.record(&mut fields);
        let pairs = if fields.message.is_empty() { fields.pairs.trim_start() } else { &fields.pairs };
        fields.message.push_str(pairs);
        let around = context.event_scope(event).map(|scope| self.around(scope)).unwrap_or_default();
        let line = match (around.is_empty(), fields.message.is_empty()) {
            (true, _) => fields.message,
            (false, true) => around,
            (false, false) => [&around, " ", &fields.message].concat(),
        };
        let origin = Origin {
            target: fields.target.as_deref().unwrap_or(metadata.target()),
            module: fields.module.as_deref().or(metadata.module_path()),
            file: fields.file.as_deref().or(metadata.file()),
            line: fields.line.or(metadata.line()),
        };
        self.foreign.write(&level(*metadata.level()), origin, &line);
    }
}

impl TracingLayer {
    /// `request{id=7}:order:`, the spans from the outermost one.
    fn around<S>(&self, spans: Scope<'_, S>) -> String
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let mut text = String::new();
        for span in spans.from_root().filter(|span| *span.metadata().level() <= self.level) {
            text.push_str(span.name());
            if let Some(fields) = span.extensions().get::<SpanFields>() {
                fields.write(&mut text);
            }
            text.push(':');
        }
        text
    }
}

/// The fields of a span, each with its last value.
#[derive(Debug, Default)]
struct SpanFields(Vec<(&'static str, String)>);

impl SpanFields {
    fn put(&mut self, name: &'static str, value: String) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// `{a=1 b=2}`; nothing when there are none.
    fn write(&self, text: &mut String) {
        for (nth, (name, value)) in self.0.iter().enumerate() {
            text.push(if nth == 0 { '{' } else { ' ' });
            text.push_str(name);
            text.push('=');
            text.push_str(value);
        }
        if !self.0.is_empty() {
            text.push('}');
        }
    }
}

impl Visit for SpanFields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(plain(field), text(format_args!("{value:?}")));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.put(plain(field), with_causes(value));
    }
}

/// The fields of an event: the message, and ` key=value` for each other one.
#[derive(Debug, Default)]
struct EventFields {
    message: String,
    pairs: String,
    /// `tracing-log` made this event of a record of `log` and tells its place in fields.
    of_log: bool,
    target: Option<String>,
    module: Option<String>,
    file: Option<String>,
    line: Option<u32>,
}

impl Visit for EventFields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match plain(field) {
            "message" => push(&mut self.message, format_args!("{value:?}")),
            name => {
                self.pairs.extend([" ", name, "="]);
                push(&mut self.pairs, format_args!("{value:?}"));
            }
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message.push_str(value),
            "log.target" if self.of_log => self.target = Some(value.to_owned()),
            "log.module_path" if self.of_log => self.module = Some(value.to_owned()),
            "log.file" if self.of_log => self.file = Some(value.to_owned()),
            _ => self.record_debug(field, &value),
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if self.of_log && field.name() == "log.line" {
            self.line = u32::try_from(value).ok();
        } else {
            self.record_debug(field, &value);
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.record_debug(field, &format_args!("{}", with_causes(value)));
    }
}

/// A field's name as it is read: `type` for `r#type`.
fn plain(field: &Field) -> &'static str {
    field.name().strip_prefix("r#").unwrap_or(field.name())
}

/// `cannot load: file not found: no such device`.
fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut causes = text(format_args!("{error}"));
    let mut cause = error.source();
    while let Some(error) = cause {
        causes.push_str(": ");
        causes.push_str(&text(format_args!("{error}")));
        cause = error.source();
    }
    causes
}
