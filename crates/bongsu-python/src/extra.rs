//! What `extra=` adds to the record of a quick call: the fields that the record of `logging` would have, made without it.

use std::cell::RefCell;
use std::sync::Arc;

use pyo3::Python;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::entries::entries;
use crate::fields::{self, Field};
use crate::gil::{GilCell, letting_go};
use crate::masking;
use crate::message;
use crate::record;

/// The fields of one record, taken before its message is made as `logging` takes them: to make it may run any code.
pub(crate) struct Extra<'py> {
    fields: Vec<Field>,
    /// Values that are read no sooner than the line is made, and the places of their fields.
    later: Vec<(usize, Bound<'py, PyAny>)>,
}

impl<'py> Extra<'py> {
    /// Takes the fields of `given` and of the context, of which `given` counts more; their values only if they are `shown`.
    /// None when a record could not have an attribute of such a name, or that is for `logging` to find out.
    pub(crate) fn of(given: &Bound<'py, PyDict>, shown: bool) -> Option<Self> {
        let joined = fields::joined(given.py(), given).ok()?;
        let given = joined.as_ref().unwrap_or(given);
        let mut extra = Self { fields: Vec::with_capacity(if shown { given.len() } else { 0 }), later: Vec::new() };
        for (name, value) in entries(given) {
            let name = name_of(name.cast_exact::<PyString>().ok()?)?;
            if !shown {
                continue;
            }
            if message::is_plain(value.get_type_ptr()) {
                extra.fields.push((name, record::field(&value).ok()?));
            } else {
                extra.later.push((extra.fields.len(), value));
                extra.fields.push((name, bongsu_model::Value::Bool(false)));
            }
        }
        Some(extra)
    }

    /// The fields as lines show them, secrets hidden.
    pub(crate) fn fields(self, py: Python<'py>) -> PyResult<Vec<Field>> {
        let Self { mut fields, later } = self;
        for (place, value) in later {
            fields[place].1 = record::field(&value)?;
        }
        masking::hide_fields(py, &mut fields);
        Ok(fields)
    }
}

/// A key that was met before, and the name of its field: none where a record has an attribute of that name already.
struct Known {
    key: Py<PyString>,
    name: Option<Arc<str>>,
}

/// Keys met before, the last one of a slot; held, so that an address means one key.
static KNOWN: GilCell<RefCell<[Option<Known>; SLOTS]>> = GilCell::new(RefCell::new([const { None }; SLOTS]));
const SLOTS: usize = 256;

/// The name of the field that a key makes; none where that is for `logging` to find out.
fn name_of(key: &Bound<'_, PyString>) -> Option<Arc<str>> {
    let slots = KNOWN.get(key.py());
    let address = key.as_ptr() as usize;
    let slot = (address >> 4 ^ address >> 12) % SLOTS;
    if let Some(known) = &slots.borrow()[slot]
        && known.key.as_ptr() == key.as_ptr()
    {
        return known.name.clone();
    }
    let name = record::name_of(key).map(Arc::from);
    let new = Known { key: key.clone().unbind(), name: name.clone() };
    let old = slots.borrow_mut()[slot].replace(new);
    letting_go(|| drop(old));
    name
}
