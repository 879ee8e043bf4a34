//! What is hidden in every line: the rules of the program, one set for all of its handlers.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use bongsu_log::mask::{HIDDEN, Rule, Rules};
use bongsu_model::Value;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::fault::BongsuError;
use crate::fields::Field;
use crate::gil::GilCell;
use crate::text::push_str;

/// Adds the functions.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("HIDDEN", HIDDEN)?;
    module.add_function(wrap_pyfunction!(mask_rules, module)?)?;
    module.add_function(wrap_pyfunction!(mask_names, module)?)?;
    module.add_function(wrap_pyfunction!(mask_text, module)?)
}

static RULES: GilCell<RefCell<Option<Rc<Rules>>>> = GilCell::new(RefCell::new(None));

/// Whether the program has rules that are functions: what they find can stand in any text.
static HAS_FINDERS: GilCell<Cell<bool>> = GilCell::new(Cell::new(false));

static GENERATION: GilCell<Cell<u64>> = GilCell::new(Cell::new(1));

/// A number that is another one whenever the rules are.
pub(crate) fn generation(py: Python<'_>) -> u64 {
    GENERATION.get(py).get()
}

/// The rules that hold now.
pub(crate) fn rules(py: Python<'_>) -> Rc<Rules> {
    Rc::clone(RULES.get(py).borrow_mut().get_or_insert_with(|| Rc::new(Rules::default())))
}

/// Whether none of these texts has a secret, nor would have one with other numbers in it.
pub(crate) fn are_plain(py: Python<'_>, texts: &[String]) -> bool {
    let rules = rules(py);
    !HAS_FINDERS.get(py).get() && texts.iter().all(|text| matches!(rules.mask(text), Cow::Borrowed(_)))
}

/// Hides the secrets in a message; whether there were any.
pub(crate) fn hide(py: Python<'_>, message: &mut Vec<u8>) -> bool {
    let masked = match std::str::from_utf8(message) {
        Ok(text) => match rules(py).mask(text) {
            Cow::Borrowed(_) => return false,
            Cow::Owned(masked) => masked,
        },
        Err(_) => rules(py).mask(&String::from_utf8_lossy(message)).into_owned(),
    };
    *message = masked.into_bytes();
    true
}

/// Hides the secrets in the values of fields.
pub(crate) fn hide_fields(py: Python<'_>, fields: &mut [Field]) {
    if fields.is_empty() {
        return;
    }
    let rules = rules(py);
    for (name, value) in fields {
        hide_field(&rules, name, value);
    }
}

/// Hides the secrets in the value of one field.
pub(crate) fn hide_field(rules: &Rules, name: &str, value: &mut Value<'static>) {
    if let Some(masked) = rules.field(name, value) {
        *value = masked;
    }
}

/// Sets the rules anew: the built-in ones that are `on`, and the program's own.
///
/// `finders` are functions that tell where secrets stand in a text, as pairs of character offsets.
#[pyfunction]
fn mask_rules(
    py: Python<'_>,
    on: Vec<String>,
    fields: Vec<String>,
    allowed: Vec<String>,
    prefixes: Vec<(String, usize)>,
    finders: Vec<(String, Py<PyAny>)>,
) -> PyResult<()> {
    let mut rules = Rule::ALL.into_iter().fold(Rules::default(), Rules::without);
    let names = on.iter().any(|name| name == Rule::Names.name());
    for name in on {
        let rule = Rule::named(&name).ok_or_else(|| BongsuError::new_err(format!("unknown rule {name:?}")))?;
        rules = rules.with(rule);
    }
    for name in fields {
        rules = rules.with_field(&name);
    }
    for name in allowed {
        rules = rules.without_field(&name);
    }
    if !names {
        rules = rules.without(Rule::Names);
    }
    for (begin, least) in prefixes {
        rules = rules.with_prefix(&begin, least);
    }
    HAS_FINDERS.get(py).set(!finders.is_empty());
    for (name, find) in finders {
        rules = rules.with_rule(&name, move |text| found(&find, text));
    }
    let old = RULES.get(py).borrow_mut().replace(Rc::new(rules));
    drop(old);
    GENERATION.get(py).set(generation(py) + 1);
    Ok(())
}

/// What a finder of the program says, in bytes. One that fails must not let anything through: all is hidden.
fn found(find: &Py<PyAny>, text: &str) -> Vec<Range<usize>> {
    let told = Python::try_attach(|py| -> PyResult<Vec<(usize, usize)>> { find.bind(py).call1((text,))?.extract() });
    let Some(Ok(places)) = told else { return std::iter::once(0..text.len()).collect() };
    let byte = |character: usize| text.char_indices().nth(character).map_or(text.len(), |(at, _)| at);
    places.into_iter().map(|(start, end)| byte(start)..byte(end)).collect()
}

/// Names of the built-in rules.
#[pyfunction]
fn mask_names() -> Vec<&'static str> {
    Rule::ALL.iter().map(|rule| rule.name()).collect()
}

/// A text with its secrets hidden, as lines have it.
#[pyfunction]
fn mask_text(text: &Bound<'_, PyString>) -> String {
    let mut bytes = Vec::new();
    // SAFETY: a `str`.
    unsafe { push_str(text.as_ptr(), &mut bytes) };
    hide(text.py(), &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
