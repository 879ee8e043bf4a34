//! The secrets in what a function was given: found by the names of arguments, keys and attributes.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::OnceLock;

use bongsu_log::mask::{Mask, Secrets};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PyModule, PySet, PyString, PyTuple,
    PyType,
};

use crate::entries::entries;
use crate::gil::GilCell;
use crate::masking;
use crate::text::{bytes, string};

/// Values looked at before a call: enough for what arguments are, too few to be felt.
pub(crate) const BEFORE: usize = 256;
/// Values looked at when something is written anyway.
pub(crate) const THOROUGH: usize = 10_000;
/// Objects inside objects are looked into up to here.
pub(crate) const DEEPEST: usize = 16;
/// Objects that are names remembered at most.
const NEAR: usize = 16;
/// Names remembered at most.
const KNOWN: usize = 256;

/// A name, and whether it is that of a secret.
type Known = (Py<PyAny>, bool);

/// Which names are those of secrets.
pub(crate) struct Names {
    /// None for those that hide nothing at all.
    mask: Option<Mask>,
    /// Whether numbers are shown behind names that may count what they name: `tokens=512`.
    keeps_counts: bool,
    /// What is known of names, and of which rules.
    known: GilCell<RefCell<HashMap<Box<str>, bool>>>,
    /// The same by the names' own objects, such as those of arguments; held, so that an address means one name.
    objects: GilCell<RefCell<Vec<Known>>>,
    generation: GilCell<Cell<u64>>,
}

impl Names {
    pub(crate) fn new(mask: Mask) -> Self {
        Self {
            mask: Some(mask),
            keeps_counts: false,
            known: GilCell::new(RefCell::default()),
            objects: GilCell::new(RefCell::default()),
            generation: GilCell::new(Cell::new(0)),
        }
    }

    /// The names that the program's rules know.
    pub(crate) fn of_rules() -> &'static Self {
        static NAMES: OnceLock<Names> = OnceLock::new();
        NAMES.get_or_init(|| Self { keeps_counts: true, ..Self::new(Mask::new([])) })
    }

    /// Nothing is a secret.
    pub(crate) fn none() -> Self {
        Self { mask: None, ..Self::new(Mask::new([])) }
    }

    /// Whether what is called so is a secret.
    pub(crate) fn hides(&self, py: Python<'_>, name: &str) -> bool {
        let Some(mask) = &self.mask else { return false };
        let generation = masking::generation(py);
        let known = self.known.get(py);
        if self.generation.get(py).replace(generation) != generation || known.borrow().len() > KNOWN {
            known.borrow_mut().clear();
            // Letting names go may run code of the program: not while anything is borrowed.
            let old = self.objects.get(py).take();
            drop(old);
        }
        if let Some(hides) = known.borrow().get(name) {
            return *hides;
        }
        let hides = mask.hides(name) || masking::rules(py).hides_field(name);
        known.borrow_mut().insert(name.into(), hides);
        hides
    }

    /// A text with what follows the names of secrets hidden.
    pub(crate) fn text(&self, text: &str) -> String {
        match &self.mask {
            Some(mask) if text.contains([':', '=']) => mask.text(text),
            _ => text.to_owned(),
        }
    }
}

/// Adds `value`, which is a secret, in the forms that texts may repeat it in.
pub(crate) fn add(value: &Bound<'_, PyAny>, secrets: &mut Secrets, left: &mut usize, depth: usize) {
    if *left == 0 || depth > DEEPEST || value.is_none() || value.is_exact_instance_of::<PyBool>() {
        return;
    }
    *left -= 1;
    if let Ok(text) = value.cast::<PyString>() {
        let text = string(text);
        secrets.add_text(&text);
        if !text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'\'' | b'"' | b'\\')) {
            add_quoted(value.repr().ok().map(|repr| bytes(&repr)), secrets);
            add_quoted(ascii(value), secrets);
        }
    } else if value.is_exact_instance_of::<PyInt>() || value.is_exact_instance_of::<PyFloat>() {
        if let Ok(number) = value.str() {
            secrets.add_text(&string(&number));
        }
    } else if value.is_instance_of::<PyBytes>() || value.is_instance_of::<PyByteArray>() {
        if let Ok(raw) = value.extract::<Vec<u8>>() {
            secrets.add_text(&String::from_utf8_lossy(&raw));
        }
        add_quoted(value.repr().ok().map(|repr| bytes(&repr)), secrets);
    } else if let Ok(items) = value.cast::<PyDict>() {
        entries(items).for_each(|(_, value)| add(&value, secrets, left, depth + 1));
    } else if is_list(value) {
        each(value, |value| add(&value, secrets, left, depth + 1));
    } else {
        for text in [value.str(), value.repr()].into_iter().flatten() {
            secrets.add_debug(&string(&text));
        }
        if let Some(attributes) = attributes(value) {
            entries(&attributes).for_each(|(_, value)| add(&value, secrets, left, depth + 1));
        }
    }
}

/// The inside of what Python puts in quotes.
fn add_quoted(made: Option<Vec<u8>>, secrets: &mut Secrets) {
    let Some(made) = made else { return };
    let made = String::from_utf8_lossy(&made);
    let inside = made.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '(');
    if let Some(inside) = inside.get(1..inside.len().saturating_sub(1)) {
        secrets.add_text(inside);
    }
}

fn ascii(value: &Bound<'_, PyAny>) -> Option<Vec<u8>> {
    let builtins = value.py().import(intern!(value.py(), "builtins")).ok()?;
    let text = builtins.call_method1(intern!(value.py(), "ascii"), (value,)).ok()?;
    Some(bytes(text.cast::<PyString>().ok()?))
}

/// Adds the secrets that are in `value`, `left` values at most; `deep`: in the attributes of objects too.
pub(crate) fn collect(
    names: &Names,
    value: &Bound<'_, PyAny>,
    secrets: &mut Secrets,
    left: &mut usize,
    deep: bool,
    depth: usize,
) {
    if *left == 0 || depth > DEEPEST || is_plain(value) {
        return;
    }
    *left -= 1;
    let py = value.py();
    if let Ok(text) = value.cast::<PyString>() {
        let text = bytes(text);
        if text.iter().any(|byte| matches!(byte, b'=' | b':')) {
            let text = serde_json::Value::String(String::from_utf8_lossy(&text).into_owned());
            if let Some(mask) = &names.mask {
                mask.collect(&text, secrets);
            }
        }
    } else if let Ok(items) = value.cast::<PyDict>() {
        for (name, value) in entries(items) {
            if is_secret(names, &name, &value) {
                add(&value, secrets, left, depth);
            } else {
                collect(names, &value, secrets, left, deep, depth + 1);
            }
        }
    } else if let Some(fields) = fields_of(value) {
        for (name, value) in fields {
            if is_secret(names, &name, &value) {
                add(&value, secrets, left, depth);
            } else {
                collect(names, &value, secrets, left, deep, depth + 1);
            }
        }
    } else if is_list(value) {
        each(value, |value| collect(names, &value, secrets, left, deep, depth + 1));
    } else if deep && let Some(attributes) = attributes(value) {
        for (name, value) in entries(&attributes) {
            if hidden(names, &name) || name.cast::<PyString>().is_ok_and(|name| private(py, names, name)) {
                add(&value, secrets, left, depth);
            } else {
                collect(names, &value, secrets, left, deep, depth + 1);
            }
        }
    }
}

/// Whether a key or an argument's name is that of a secret.
pub(crate) fn hidden(names: &Names, name: &Bound<'_, PyAny>) -> bool {
    let py = name.py();
    if let Ok(text) = name.cast::<PyBytes>() {
        return names.hides(py, &String::from_utf8_lossy(text.as_bytes()));
    }
    let Ok(text) = name.cast::<PyString>() else { return false };
    if names.generation.get(py).get() == masking::generation(py) {
        let objects = names.objects.get(py).borrow();
        if let Some((_, hides)) = objects.iter().find(|(known, _)| known.as_ptr() == name.as_ptr()) {
            return *hides;
        }
    }
    let hides = names.hides(py, &string(text));
    let mut objects = names.objects.get(py).borrow_mut();
    if objects.len() < NEAR {
        objects.push((name.clone().unbind(), hides));
    }
    hides
}

/// Whether a value is a secret by its name.
pub(crate) fn is_secret(names: &Names, name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> bool {
    let counts = || {
        let number = value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>();
        let text = name.cast::<PyString>().map(string);
        number && text.is_ok_and(|name| !masking::rules(value.py()).hides_number(&name))
    };
    hidden(names, name) && !(names.keeps_counts && counts())
}

/// `text` without the secrets that `values` holds behind their names, at any depth.
#[pyfunction]
fn scrub(values: &Bound<'_, PyDict>, text: &Bound<'_, PyString>) -> String {
    let mut secrets = Secrets::default();
    collect(Names::of_rules(), values.as_any(), &mut secrets, &mut { THOROUGH }, false, 0);
    secrets.scrub(&string(text))
}

/// Adds the function.
pub(crate) fn add_functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(scrub, module)?)
}

/// `_Client__token` is `token` to its class.
fn private(py: Python<'_>, names: &Names, name: &Bound<'_, PyString>) -> bool {
    let name = string(name);
    name.starts_with('_') && name.rsplit_once("__").is_some_and(|(_, own)| names.hides(py, own))
}

/// What can hold no other value. Texts can: `token=…`.
fn is_plain(value: &Bound<'_, PyAny>) -> bool {
    value.is_none()
        || value.is_exact_instance_of::<PyInt>()
        || value.is_exact_instance_of::<PyFloat>()
        || value.is_exact_instance_of::<PyBool>()
        || value.is_instance_of::<PyType>()
        || value.is_instance_of::<PyModule>()
}

pub(crate) fn is_list(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyList>()
        || value.is_instance_of::<PyTuple>()
        || value.is_instance_of::<PySet>()
        || value.is_instance_of::<PyFrozenSet>()
}

/// The values of a named tuple, each with its name.
pub(crate) fn fields_of<'py>(value: &Bound<'py, PyAny>) -> Option<Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>> {
    let values = value.cast::<PyTuple>().ok()?;
    if value.is_exact_instance_of::<PyTuple>() {
        return None;
    }
    let names = value.getattr(intern!(value.py(), "_fields")).ok()?.cast_into::<PyTuple>().ok()?;
    (names.len() == values.len()).then(|| names.iter().zip(values.iter()).collect())
}

fn each<'py>(list: &Bound<'py, PyAny>, mut with: impl FnMut(Bound<'py, PyAny>)) {
    let Ok(items) = list.try_iter() else { return };
    items.flatten().for_each(&mut with);
}

fn attributes<'py>(value: &Bound<'py, PyAny>) -> Option<Bound<'py, PyDict>> {
    value.getattr(intern!(value.py(), "__dict__")).ok()?.cast_into::<PyDict>().ok()
}
