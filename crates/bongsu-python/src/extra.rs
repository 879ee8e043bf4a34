//! What `extra=` adds to the record of a quick call: the fields that the record of `logging` would have, made without it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use bongsu_format::render;
use bongsu_model::Value;
use pyo3::Python;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::entries::entries;
use crate::fields;
use crate::gil::{GilCell, letting_go};
use crate::masking;
use crate::message;
use crate::record;

/// The fields of one record, taken before its message is made as `logging` takes them: to make it may run any code.
pub(crate) struct Extra<'py> {
    list: Vec<Own>,
    /// Values that are read no sooner than the line is made, and the places of their fields.
    later: Vec<(usize, Bound<'py, PyAny>)>,
    /// Of the rules that the names were looked up in.
    generation: u64,
}

/// One field of one record.
#[derive(Debug)]
struct Own {
    name: Name,
    value: Value<'static>,
}

/// The name of a field.
#[derive(Debug, Clone)]
struct Name {
    text: Rc<str>,
    /// Whether the rules hide nothing for the sake of this name.
    plain: bool,
}

impl<'py> Extra<'py> {
    /// Takes the fields of `given` and of the context, of which `given` counts more; their values only if they are `shown`.
    /// None when a record could not have an attribute of such a name, or that is for `logging` to find out.
    pub(crate) fn of(given: &Bound<'py, PyDict>, shown: bool) -> Option<Self> {
        let py = given.py();
        let joined = fields::joined(py, given).ok()?;
        let given = joined.as_ref().unwrap_or(given);
        let generation = masking::generation(py);
        let mut extra =
            Self { list: Vec::with_capacity(if shown { given.len() } else { 0 }), later: Vec::new(), generation };
        for (key, value) in entries(given) {
            let name = name_of(key.cast_exact::<PyString>().ok()?, generation)?;
            if !shown {
                continue;
            }
            let value = if message::is_plain(value.get_type_ptr()) {
                record::field(&value).ok()?
            } else {
                extra.later.push((extra.list.len(), value));
                Value::Str("".into())
            };
            extra.list.push(Own { name, value });
        }
        Some(extra)
    }

    /// The fields as lines show them, secrets hidden.
    pub(crate) fn fields(self, py: Python<'py>) -> PyResult<Shown> {
        let Self { mut list, later, generation } = self;
        for (place, value) in later {
            list[place].value = record::field(&value)?;
        }
        let rules = masking::rules(py);
        let known = generation == masking::generation(py);
        for Own { name, value } in &mut list {
            match value {
                Value::Bool(_) | Value::Int(_) | Value::Float(_) if known && name.plain => {}
                Value::Str(text) if known && name.plain => {
                    if let Cow::Owned(masked) = rules.mask(text) {
                        *value = Value::Str(masked.into());
                    }
                }
                _ => masking::hide_field(&rules, &name.text, value),
            }
        }
        Ok(Shown(list))
    }
}

/// Fields that are ready to be written.
#[derive(Debug)]
pub(crate) struct Shown(Vec<Own>);

impl render::Fields for Shown {
    fn each(&self, give: &mut dyn FnMut(&str, &Value<'_>)) {
        self.0.iter().for_each(|own| give(&own.name.text, &own.value));
    }
}

/// A key that was met before, and the name of its field: none where a record has an attribute of that name already.
struct Known {
    key: Py<PyString>,
    generation: u64,
    name: Option<Name>,
}

/// Keys met before, the last one of a slot; held, so that an address means one key.
static KNOWN: GilCell<RefCell<[Option<Known>; SLOTS]>> = GilCell::new(RefCell::new([const { None }; SLOTS]));
const SLOTS: usize = 256;

/// The name of the field that a key makes; none where that is for `logging` to find out.
fn name_of(key: &Bound<'_, PyString>, generation: u64) -> Option<Name> {
    let py = key.py();
    let slots = KNOWN.get(py);
    let address = key.as_ptr() as usize;
    let slot = (address >> 4 ^ address >> 12) % SLOTS;
    if let Some(known) = &slots.borrow()[slot]
        && known.key.as_ptr() == key.as_ptr()
        && known.generation == generation
    {
        return known.name.clone();
    }
    let name = record::name_of(key).map(|text| {
        let rules = masking::rules(py);
        let plain = !rules.hides_field(&text) && rules.field(&text, &Value::Bool(true)).is_none();
        Name { text: text.into(), plain }
    });
    let new = Known { key: key.clone().unbind(), generation, name: name.clone() };
    let old = slots.borrow_mut()[slot].replace(new);
    letting_go(|| drop(old));
    name
}
