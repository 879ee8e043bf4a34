//! What `extra=` adds to the record of a quick call: the fields that the record of `logging` would have, made without it.

use std::borrow::Cow;
use std::ops::Range;
use std::ptr;
use std::rc::Rc;

use bongsu_format::render::{self, Key};
use bongsu_model::Value;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use pyo3::{Python, ffi};

use crate::core::Core;
use crate::fields;
use crate::gil::GilCell;
use crate::masking;
use crate::message;
use crate::met::Met;
use crate::record;
use crate::text::push_string;

/// The fields of one record, taken before its message is made as `logging` takes them: to make it may run any code.
pub(crate) struct Extra<'py> {
    taken: Taken,
    /// Values that are read no sooner than the line is made, and the places of their fields.
    later: Vec<(usize, Bound<'py, PyAny>)>,
    /// Of the rules that the names were looked up in.
    generation: u64,
}

/// Fields and the texts of their values, in buffers that calls take and give back.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    list: Vec<Own>,
    texts: String,
}

/// One field of one record.
#[derive(Debug)]
struct Own {
    name: Rc<Name>,
    value: Given,
}

/// A value as it was given.
#[derive(Debug)]
enum Given {
    /// The text at this place of [`Taken::texts`].
    Text(Range<usize>),
    Value(Value<'static>),
}

/// The name of a field.
#[derive(Debug)]
struct Name {
    text: String,
    /// The same in JSON.
    key: Vec<u8>,
    /// Whether the rules hide nothing for the sake of this name.
    plain: bool,
}

/// Buffers of more fields or text than this are let go.
const LARGEST_KEPT: usize = 4096;

impl<'py> Extra<'py> {
    /// Takes the fields of `given` and of the context, of which `given` counts more; their values only if they are `shown`.
    /// None when a record could not have an attribute of such a name, or that is for `logging` to find out.
    pub(crate) fn of(core: &Core, given: &Bound<'py, PyDict>, shown: bool) -> Option<Self> {
        let py = given.py();
        let joined = fields::joined(py, given).ok()?;
        let given = joined.as_ref().unwrap_or(given);
        let generation = masking::generation(py);
        let mut extra = Self { taken: core.extra.take(), later: Vec::new(), generation };
        let (mut at, mut key, mut value) = (0, ptr::null_mut(), ptr::null_mut());
        // SAFETY: a dictionary that is held; no code of the program runs in the loop, so that it stays as it is.
        while unsafe { ffi::PyDict_Next(given.as_ptr(), &raw mut at, &raw mut key, &raw mut value) } != 0 {
            // SAFETY: both are the dictionary's.
            let (key, value) = unsafe { (Borrowed::from_ptr(py, key), Borrowed::from_ptr(py, value)) };
            let name = name_of(&*key.cast_exact::<PyString>().ok()?, generation)?;
            if shown {
                let value = extra.value(&value);
                extra.taken.list.push(Own { name, value });
            }
        }
        Some(extra)
    }

    /// Runs no code of the program: what has parts is read later.
    fn value(&mut self, value: &Bound<'py, PyAny>) -> Given {
        if let Ok(text) = value.cast_exact::<PyString>() {
            let start = self.taken.texts.len();
            push_string(text, &mut self.taken.texts);
            return Given::Text(start..self.taken.texts.len());
        }
        if let Some(number) = record::number_of(value) {
            return Given::Value(number);
        }
        if message::is_plain(value.get_type_ptr()) {
            return Given::Value(record::field(value));
        }
        self.later.push((self.taken.list.len(), value.clone()));
        Given::Value(Value::Bool(false))
    }

    /// The fields as lines show them, secrets hidden.
    pub(crate) fn fields(self, py: Python<'py>) -> Taken {
        let Self { mut taken, later, generation } = self;
        for (place, value) in later {
            taken.list[place].value = Given::Value(record::field(&value));
        }
        let rules = masking::rules(py);
        let known = generation == masking::generation(py);
        let Taken { list, texts } = &mut taken;
        for Own { name, value } in list {
            let plain = known && name.plain;
            let hidden = match value {
                Given::Value(Value::Bool(_) | Value::Int(_) | Value::Float(_)) if plain => None,
                Given::Value(value) => rules.field(&name.text, value),
                Given::Text(place) => match &texts[place.clone()] {
                    text if plain => match rules.mask(text) {
                        Cow::Borrowed(_) => None,
                        Cow::Owned(masked) => Some(Value::Str(masked.into())),
                    },
                    text => rules.field(&name.text, &Value::Str(text.into())),
                },
            };
            if let Some(hidden) = hidden {
                *value = Given::Value(hidden);
            }
        }
        taken
    }
}

impl Taken {
    #[inline]
    fn each_own(&self, mut give: impl FnMut(&Name, &Value<'_>)) {
        for Own { name, value } in &self.list {
            match value {
                Given::Text(place) => give(name, &Value::Str(self.texts[place.clone()].into())),
                Given::Value(value) => give(name, value),
            }
        }
    }

    /// Gives the buffers back.
    pub(crate) fn done(mut self, core: &Core) {
        if self.list.capacity().max(self.texts.capacity()) <= LARGEST_KEPT {
            self.list.clear();
            self.texts.clear();
            core.extra.replace(self);
        }
    }
}

impl render::Fields for Taken {
    fn each(&self, give: &mut dyn FnMut(&str, &Value<'_>)) {
        self.each_own(|name, value| give(&name.text, value));
    }

    fn each_member(&self, give: &mut dyn FnMut(Key<'_>, &Value<'_>)) {
        self.each_own(|name, value| give(Key::Quoted(&name.key), value));
    }
}

/// The names of keys met before and of the rules that hold: none where a record has an attribute of that name already.
static KNOWN: GilCell<Met<Option<Rc<Name>>>> = GilCell::new(Met::new(256));

/// The name of the field that a key makes; none where that is for `logging` to find out.
fn name_of(key: &Bound<'_, PyString>, generation: u64) -> Option<Rc<Name>> {
    let py = key.py();
    let found = KNOWN.get(py).get((key, None), generation as i64, || {
        Some(record::name_of(key).map(|text| {
            let rules = masking::rules(py);
            let plain = !rules.hides_field(&text) && rules.field(&text, &Value::Bool(true)).is_none();
            Rc::new(Name { key: Key::quoted(&text), text, plain })
        }))
    });
    found.flatten()
}
