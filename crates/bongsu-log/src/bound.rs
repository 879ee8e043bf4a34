//! Fields that go with every record that is logged inside a piece of work, or by one logger.

use std::cell::RefCell;
use std::fmt::{self, Debug};
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;

use bongsu_format::render;
use bongsu_model::Value;

use crate::Logger;
use crate::mask::Rules;

/// Fields, and those around them. Clones are the same ones; cheap, and may be handed to other threads and tasks.
///
/// ```
/// use bongsu_log::{Bound, contextualize};
///
/// let _request = contextualize([("request", 7)]);
/// let here = Bound::current();
/// std::thread::spawn(move || {
///     let _inside = here.enter();
///     // what is logged here has `request` too
/// });
/// ```
#[derive(Debug, Clone, Default)]
pub struct Bound(Option<Arc<Fields>>);

struct Fields {
    around: Bound,
    fields: Vec<(String, Value<'static>)>,
}

/// The names alone: a value may be a secret.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.fields.iter().map(|(name, _)| name).collect();
        f.debug_struct("Fields").field("around", &self.around).field("fields", &names).finish()
    }
}

thread_local! {
    static CURRENT: RefCell<Bound> = const { RefCell::new(Bound(None)) };
}

/// Until the guard is dropped, these fields go with every record that this thread logs: as attributes in JSON, and where a
/// template has `{extra}` or their name. A field hides one of the same name around it.
///
/// ```
/// use bongsu_log::{Config, Console, Layout, Layouts, Level, Logging, contextualize, info};
///
/// # let folder = tempfile::tempdir()?;
/// let layouts = Layouts { component: Layout::Template("{message} {extra}".parse()?), ..Layouts::default() };
/// let logging = Logging::start(Config { home: folder.path().into(), console: Console::Off, layouts, ..Config::default() })?;
/// let log = logging.get_logger("shop", None, Level::Info)?;
/// {
///     let _order = contextualize([("order", 300)]);
///     info!(log.bind([("user", "kim")]), "paid");
/// }
/// info!(log, "done");
/// logging.flush()?;
/// let written = std::fs::read_to_string(folder.path().join("app/shop.log"))?;
/// assert_eq!(written, "paid {\"order\":300,\"user\":\"kim\"}\ndone {}\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn contextualize<K: Into<String>, V: Into<serde_json::Value>>(fields: impl IntoIterator<Item = (K, V)>) -> Inside {
    Bound::current().with(fields).enter()
}

impl Bound {
    /// The fields that go with what this thread logs now.
    pub fn current() -> Self {
        CURRENT.try_with(|current| current.borrow().clone()).unwrap_or_default()
    }

    /// These fields inside the ones here.
    #[must_use]
    pub fn with<K: Into<String>, V: Into<serde_json::Value>>(&self, fields: impl IntoIterator<Item = (K, V)>) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name.into(), value_of(value.into()))).collect();
        Self(Some(Arc::new(Fields { around: self.clone(), fields })))
    }

    /// Until the guard is dropped, these fields, and no others, go with what this thread logs.
    pub fn enter(&self) -> Inside {
        let before = CURRENT.try_with(|current| current.replace(self.clone())).unwrap_or_default();
        Inside { before, here: PhantomData }
    }

    /// Does the work of `future` with these fields, on whatever threads it runs; other tasks on them are not touched.
    ///
    /// ```
    /// # async fn paid() {}
    /// let order = bongsu_log::Bound::current().with([("order", 300)]);
    /// let task = order.within(async { paid().await });
    /// // as in `tokio::spawn(task)`
    /// # drop(task);
    /// ```
    pub async fn within<F: Future>(self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|context| {
            let _inside = self.enter();
            future.as_mut().poll(context)
        })
        .await
    }

    fn is_same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        }
    }

    /// Adds the fields to `all`, the outermost first.
    fn list<'b>(&'b self, all: &mut Vec<&'b (String, Value<'static>)>) {
        if let Some(fields) = &self.0 {
            fields.around.list(all);
            all.extend(&fields.fields);
        }
    }
}

/// Keeps fields with what a thread logs; made by [`contextualize`] and [`Bound::enter`].
#[derive(Debug)]
#[must_use = "the fields are there until this is dropped"]
pub struct Inside {
    before: Bound,
    /// What it changed is this thread's.
    here: PhantomData<*const ()>,
}

impl Drop for Inside {
    fn drop(&mut self) {
        let _ = CURRENT.try_with(|current| current.replace(std::mem::take(&mut self.before)));
    }
}

impl Logger {
    /// This logger with fields that go with each of its records, inside those of [`contextualize`].
    #[must_use]
    pub fn bind<K: Into<String>, V: Into<serde_json::Value>>(&self, fields: impl IntoIterator<Item = (K, V)>) -> Self {
        self.bound_to(self.bound().with(fields))
    }

    /// Whether `other` is this very logger, with the same fields.
    pub fn same(&self, other: &Self) -> bool {
        self.is_named_as(other) && self.bound().is_same(other.bound())
    }
}

/// What goes with a record: the thread's fields and the logger's, each without its secrets. Looked up only by a layout that
/// shows them.
#[derive(Debug)]
pub(crate) struct Carried<'c> {
    pub(crate) mask: &'c Rules,
    pub(crate) logger: &'c Bound,
}

impl render::Fields for Carried<'_> {
    fn each(&self, give: &mut dyn FnMut(&str, &Value<'_>)) {
        let current = Bound::current();
        if current.0.is_none() && self.logger.0.is_none() {
            return;
        }
        let mut all = Vec::new();
        current.list(&mut all);
        self.logger.list(&mut all);
        for (nth, (name, value)) in all.iter().enumerate() {
            if all.iter().skip(nth + 1).any(|(later, _)| later == name) {
                continue;
            }
            match self.mask.field(name, value) {
                Some(masked) => give(name, &masked),
                None => give(name, value),
            }
        }
    }
}

fn value_of(value: serde_json::Value) -> Value<'static> {
    match value {
        serde_json::Value::Bool(value) => Value::Bool(value),
        serde_json::Value::String(text) => Value::Str(text.into()),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => Value::Int(number),
            (None, Some(float)) if !number.is_u64() => Value::Float(float),
            _ => Value::Json(number.to_string().into()),
        },
        deeper => Value::Json(deeper.to_string().into()),
    }
}
