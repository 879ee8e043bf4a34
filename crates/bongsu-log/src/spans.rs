//! What stands of `tracing`'s spans before a message: `request{id=7}:order{user="kim"}:`.

use std::fmt::Debug;
use std::sync::{Arc, PoisonError, RwLock};

use tracing_core::field::{Field, Visit};
use tracing_core::{LevelFilter, span};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use crate::emit::next_id;
use crate::foreign::text;
use crate::layer::{plain, with_causes};

/// The spans of one layer, those of a level and up.
#[derive(Debug)]
pub(crate) struct Spans {
    /// Where a program has several layers, each has its own texts.
    id: u64,
    level: LevelFilter,
}

/// The texts that layers keep with a span, each by the layer's number.
#[derive(Debug, Default)]
struct Texts(Vec<(u64, Arc<SpanText>)>);

impl Texts {
    fn of(&self, layer: u64) -> Option<&Arc<SpanText>> {
        self.0.iter().find(|(of, _)| *of == layer).map(|(_, text)| text)
    }
}

/// The text of one span and the way to those around it, which needs no look into the registry.
#[derive(Debug)]
pub(crate) struct SpanText {
    around: Option<Arc<SpanText>>,
    own: RwLock<Own>,
}

#[derive(Debug)]
struct Own {
    name: &'static str,
    fields: SpanFields,
    /// `name{a=1 b=2}:`.
    text: String,
}

impl SpanText {
    fn new(name: &'static str, fields: SpanFields, around: Option<Arc<Self>>) -> Arc<Self> {
        let mut own = Own { name, fields, text: String::new() };
        own.write();
        Arc::new(Self { around, own: RwLock::new(own) })
    }

    /// Adds the spans from the outermost one.
    pub(crate) fn push(&self, text: &mut String) {
        if let Some(around) = &self.around {
            around.push(text);
        }
        text.push_str(&self.own.read().unwrap_or_else(PoisonError::into_inner).text);
    }

    fn put(&self, fields: SpanFields) {
        let mut own = self.own.write().unwrap_or_else(PoisonError::into_inner);
        for (name, value) in fields.0 {
            own.fields.put(name, value);
        }
        own.write();
    }
}

impl Own {
    fn write(&mut self) {
        let Self { name, fields: SpanFields(fields), text } = self;
        text.clear();
        text.push_str(name);
        for (nth, (name, value)) in fields.iter().enumerate() {
            text.extend([if nth == 0 { "{" } else { " " }, name, "=", value]);
        }
        text.push_str(if fields.is_empty() { ":" } else { "}:" });
    }
}

impl Spans {
    pub(crate) fn new(level: LevelFilter) -> Self {
        Self { id: next_id(), level }
    }

    /// A span has begun.
    pub(crate) fn begin<'s, S: LookupSpan<'s>>(&self, span: &SpanRef<'s, S>, attributes: &span::Attributes<'_>) {
        if *span.metadata().level() <= self.level {
            let mut fields = SpanFields::default();
            attributes.record(&mut fields);
            self.keep(span, fields);
        }
    }

    /// Some of a span's fields have new values.
    pub(crate) fn record<'s, S: LookupSpan<'s>>(&self, span: &SpanRef<'s, S>, values: &span::Record<'_>) {
        if *span.metadata().level() <= self.level {
            let mut fields = SpanFields::default();
            values.record(&mut fields);
            if let Some(text) = self.text(span) {
                text.put(fields);
            }
        }
    }

    /// The text of a span, or of the nearest one around it that has one.
    pub(crate) fn text<'s, S: LookupSpan<'s>>(&self, span: &SpanRef<'s, S>) -> Option<Arc<SpanText>> {
        if *span.metadata().level() > self.level {
            return self.text(&span.parent()?);
        }
        let known = span.extensions().get::<Texts>().and_then(|texts| texts.of(self.id)).map(Arc::clone);
        // One that began before the layer was there has its name only.
        Some(known.unwrap_or_else(|| self.keep(span, SpanFields::default())))
    }

    fn keep<'s, S: LookupSpan<'s>>(&self, span: &SpanRef<'s, S>, fields: SpanFields) -> Arc<SpanText> {
        let around = span.parent().and_then(|parent| self.text(&parent));
        let mut extensions = span.extensions_mut();
        if extensions.get_mut::<Texts>().is_none() {
            extensions.insert(Texts::default());
        }
        let new = SpanText::new(span.metadata().name(), fields, around);
        let Some(texts) = extensions.get_mut::<Texts>() else { return new };
        // Another thread may have been quicker.
        if let Some(text) = texts.of(self.id) {
            return Arc::clone(text);
        }
        texts.0.push((self.id, Arc::clone(&new)));
        new
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
}

impl Visit for SpanFields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(plain(field), text(format_args!("{value:?}")));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.put(plain(field), with_causes(value));
    }
}
