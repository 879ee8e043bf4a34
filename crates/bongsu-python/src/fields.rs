//! Fields that hold for all that is logged in one context (`contextvars`): of a thread, of a task, of a block.

use std::borrow::Cow;
use std::cell::Cell;
use std::ptr;

use bongsu_model::Value;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple};
use pyo3::{Python, ffi, intern};

use crate::entries::entries;
use crate::gil::GilCell;
use crate::masking;
use crate::record;
use crate::secret::{Names, is_secret};
use crate::standard::Given;
use crate::text::string;

/// Adds the type and the variable.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Fields>()?;
    module.add_function(wrap_pyfunction!(are_plain_fields, module)?)?;
    module.add("fields_variable", variable(module.py())?)
}

unsafe extern "C" {
    fn PyContextVar_New(name: *const std::ffi::c_char, default: *mut ffi::PyObject) -> *mut ffi::PyObject;
    fn PyContextVar_Get(
        variable: *mut ffi::PyObject,
        default: *mut ffi::PyObject,
        value: *mut *mut ffi::PyObject,
    ) -> std::ffi::c_int;
}

/// The name of a field and its value.
pub(crate) type Field = (String, Value<'static>);

/// Fields, ready to be written.
#[pyclass(frozen, mapping, module = "bongsu._core")]
pub(crate) struct Fields {
    pub(crate) list: Vec<Field>,
    /// As the program gave them.
    #[pyo3(get)]
    values: Py<PyDict>,
}

/// No program pays for looking before it has any.
static USED: GilCell<Cell<bool>> = GilCell::new(Cell::new(false));
static VARIABLE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

#[pymethods]
impl Fields {
    #[new]
    fn new(values: &Bound<'_, PyDict>) -> PyResult<Self> {
        let py = values.py();
        let values = values.copy()?;
        let mut list = Vec::with_capacity(values.len());
        for (name, value) in entries(&values) {
            list.push((string(name.cast::<PyString>()?), record::field(&value)));
        }
        masking::hide_fields(py, &mut list);
        USED.get(py).set(true);
        Ok(Self { list, values: values.unbind() })
    }
}

/// Whether no field holds a secret, by its name or by itself; false where that takes a closer look.
#[pyfunction]
fn are_plain_fields(fields: &Bound<'_, PyDict>) -> bool {
    /// Numbers of fewer digits are those of no card.
    const SHORT: i64 = 1_000_000_000_000;
    let rules = masking::rules(fields.py());
    entries(fields).all(|(name, value)| {
        if !name.is_exact_instance_of::<PyString>() || is_secret(Names::of_rules(), &name, &value) {
            return false;
        }
        match value.cast_exact::<PyString>().map(string) {
            Ok(text) => matches!(rules.mask(&text), Cow::Borrowed(_)),
            Err(_) => match record::number_of(&value) {
                Some(Value::Int(number)) => number.unsigned_abs() < SHORT as u64,
                Some(_) => true,
                None => value.is_none(),
            },
        }
    })
}

fn variable(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    let variable = VARIABLE.get_or_try_init(py, || {
        // SAFETY: a name that ends with a null; no default.
        unsafe { Bound::from_owned_ptr_or_err(py, PyContextVar_New(c"bongsu_fields".as_ptr(), ptr::null_mut())) }
            .map(Bound::unbind)
    })?;
    Ok(variable.bind(py))
}

/// The fields of the context that the caller runs in; none when there are none.
pub(crate) fn current(py: Python<'_>) -> Option<Bound<'_, Fields>> {
    if !USED.get(py).get() {
        return None;
    }
    let fields = value_of(VARIABLE.get(py)?.bind(py))?.cast_into::<Fields>().ok()?;
    (!fields.get().list.is_empty()).then_some(fields)
}

/// What a context variable holds here; none when it holds nothing, or is no context variable.
pub(crate) fn value_of<'py>(variable: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let (py, mut value) = (variable.py(), ptr::null_mut());
    // SAFETY: an object whose type is looked at; the value is a new reference, or null when there is none.
    unsafe {
        if PyContextVar_Get(variable.as_ptr(), ptr::null_mut(), &raw mut value) < 0 {
            ffi::PyErr_Clear();
            return None;
        }
        Bound::from_owned_ptr_or_opt(py, value)
    }
}

/// Gives fields another name where every record has something of that name already.
static NAMED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The fields of the context with those of one record, which count more; none when there are none.
pub(crate) fn with_own<'py>(py: Python<'py>, own: Option<&Bound<'py, PyDict>>) -> PyResult<Option<Bound<'py, Fields>>> {
    let Some(own) = own else { return Ok(current(py)) };
    let own = &NAMED.import(py, "bongsu._fields", "named")?.call1((own,))?.cast_into::<PyDict>()?;
    let joined = joined(py, own)?;
    Bound::new(py, Fields::new(joined.as_ref().unwrap_or(own))?).map(Some)
}

/// Adds the fields of the context to those of a record, which count more.
pub(crate) fn join(py: Python<'_>, fields: &mut Vec<Field>) {
    let Some(current) = current(py) else { return };
    for (name, value) in &current.get().list {
        if !fields.iter().any(|(other, _)| other == name) {
            fields.push((name.clone(), value.clone()));
        }
    }
}

/// The context's fields with those of one call, which count more, as they were given; none when the context has none.
pub(crate) fn joined<'py>(py: Python<'py>, own: &Bound<'py, PyDict>) -> PyResult<Option<Bound<'py, PyDict>>> {
    let Some(around) = current(py) else { return Ok(None) };
    let joined = around.get().values.bind(py).copy()?;
    joined.update(own.as_mapping())?;
    Ok(Some(joined))
}

/// The arguments of a call of a logger's method, those of `names` last, with the context's fields added to `extra`: handlers
/// of others see them as they see `extra`. None when there are none, or `extra` is nothing that they can be added to.
///
/// # Safety
/// `given` are living objects, `names` is null or a tuple of as many names as there are arguments behind `count`.
pub(crate) unsafe fn with_extra(
    py: Python<'_>,
    given: &[*mut ffi::PyObject],
    count: usize,
    names: *mut ffi::PyObject,
) -> Option<Given> {
    let fields = current(py)?;
    let extra = intern!(py, "extra");
    let joined = fields.get().values.bind(py).copy().ok()?;
    // SAFETY: as the caller promises.
    let (mut all, names) = unsafe {
        let all: Vec<_> = given.iter().map(|&one| Bound::from_borrowed_ptr(py, one)).collect();
        let names = Bound::from_borrowed_ptr_or_opt(py, names).and_then(|names| names.cast_into::<PyTuple>().ok());
        (all, names)
    };
    let place = names.as_ref().and_then(|names| names.iter().position(|name| name.eq(extra).unwrap_or(false)));
    let Some(place) = place else {
        all.push(joined.into_any());
        let names = names.iter().flatten().chain(std::iter::once(extra.clone().into_any()));
        return Some(given_of(all, PyTuple::new(py, names.collect::<Vec<_>>()).ok()?));
    };
    let own = all.get(count + place)?;
    if !own.is_none() {
        joined.update(own.cast::<PyDict>().ok()?.as_mapping()).ok()?;
    }
    *all.get_mut(count + place)? = joined.into_any();
    Some(given_of(all, names?))
}

fn given_of(all: Vec<Bound<'_, PyAny>>, names: Bound<'_, PyTuple>) -> Given {
    Given::new(all.into_iter().map(Bound::into_ptr).collect(), names.into_ptr())
}
