//! What a call of one logger leads to, found once and checked at each call.

use std::cell::{Cell, RefCell};
use std::ptr;
use std::rc::Rc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyList, PyString};
use pyo3::{PyTraverseError, PyVisit, Python, ffi};

use crate::bound::hides_a_method;
use crate::core::{Core, get};
use crate::line::Heads;
use crate::route::Chain;
use crate::sink::Sink;
use crate::text::string;
use crate::watch::Seen;

/// Why a call is left to the standard path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    Filtered,
    Foreign,
    Unhandled,
}

/// See the module. What it holds is compared with what is there now, so a plan that is out of date is never followed.
pub(crate) struct Plan {
    epoch: u64,
    /// Number of the logger's attributes: one more may stand in a method's place.
    attributes: ffi::Py_ssize_t,
    name: Py<PyString>,
    filtered: bool,
    /// The logger's list of filters, its own as long as its attributes are as they were seen.
    filters: Cell<*mut ffi::PyObject>,
    links: Vec<Link>,
    pub(crate) outcome: Result<Vec<Target>, Why>,
    /// Whether the chain has no handler at all.
    pub(crate) is_empty: bool,
    /// Whether the chain leads to all handlers of the log home that records of the logger come to.
    pub(crate) is_complete: bool,
    heads: RefCell<Vec<Named>>,
}

/// A level's name, its number and what its lines begin with.
type Named = (Py<PyAny>, i64, Rc<Heads>);

/// One logger of the chain, the one called first.
struct Link {
    logger: Py<PyAny>,
    dict: Py<PyDict>,
    seen: Seen,
    /// The list of handlers, the logger's as long as its attributes are as they were seen.
    list: Cell<*mut ffi::PyObject>,
    handlers: Vec<(*mut ffi::PyObject, *mut ffi::PyTypeObject)>,
    propagate: *mut ffi::PyObject,
    parent: *mut ffi::PyObject,
}

impl Link {
    /// Whether the logger's handlers and what is above it are where they were.
    unsafe fn holds(&self, core: &Core) -> bool {
        let (names, dict) = (&core.names, self.dict.as_ptr());
        // SAFETY: an exact dictionary that is held; values are borrowed and compared.
        unsafe {
            let list = get(dict, names.handlers.as_ptr());
            self.list.set(list);
            !list.is_null()
                && ffi::Py_TYPE(list) == &raw mut ffi::PyList_Type
                && get(dict, names.propagate.as_ptr()) == self.propagate
                && get(dict, names.parent.as_ptr()) == self.parent
        }
    }
}

/// A handler of ours in the chain.
pub(crate) struct Target {
    pub(crate) level: i64,
    filters: Py<PyList>,
    pub(crate) sink: Py<Sink>,
}

/// A chain longer than this is left to the standard path: it may be a ring.
const LONGEST: usize = 64;

impl Plan {
    /// The plan that is kept for a logger, made anew when something has changed; none when the chain is out of the ordinary.
    /// Nothing is borrowed while it is looked at or made: both may run code of the program, which may log.
    pub(crate) fn of(
        kept: &RefCell<Option<Rc<Self>>>,
        core: &Core,
        logger: &Bound<'_, PyAny>,
        dict: &Bound<'_, PyDict>,
    ) -> Option<Rc<Self>> {
        let known = kept.borrow().clone();
        if let Some(plan) = known
            && plan.holds(logger.py(), core)
        {
            return Some(plan);
        }
        let plan = Self::new(core, logger, dict).map(Rc::new);
        let old = kept.replace(plan.clone());
        drop(old);
        plan
    }

    /// Finds out what calls of `logger` lead to; none when something is not as `logging` leaves it.
    fn new(core: &Core, logger: &Bound<'_, PyAny>, dict: &Bound<'_, PyDict>) -> Option<Self> {
        let names = &core.names;
        let epoch = core.epoch.get();
        let name = dict.get_item(&names.name).ok()??.cast_into_exact::<PyString>().ok()?;
        let filtered = !dict.get_item(&names.filters).ok()??.cast_into_exact::<PyList>().ok()?.is_empty();
        let (mut links, mut targets, mut why) =
            (Vec::new(), Vec::new(), (filtered || hides_a_method(dict)).then_some(Why::Filtered));
        let mut chain = Chain::default();
        let mut next = Some((logger.clone(), dict.clone()));
        while let Some((logger, dict)) = next.take() {
            if links.len() == LONGEST {
                return None;
            }
            let handlers = dict.get_item(&names.handlers).ok()??.cast_into_exact::<PyList>().ok()?;
            let (mut seen, mut beside) = (Vec::with_capacity(handlers.len()), Vec::with_capacity(handlers.len()));
            for handler in &handlers {
                beside.push(handler.clone());
                seen.push((handler.as_ptr(), handler.get_type().as_type_ptr()));
                if handler.get_type().as_type_ptr() == core.null.pointer() {
                    continue;
                }
                match target(core, &handler) {
                    Some(target) => targets.push(target),
                    None => why = why.or(Some(Why::Foreign)),
                }
            }
            let propagate = dict.get_item(&names.propagate).ok()??;
            // What is no `bool` may say something else tomorrow.
            let goes_on = propagate.is_truthy().ok()?;
            let parent = dict.get_item(&names.parent).ok()??;
            if goes_on && !parent.is_none() {
                next = Some((parent.clone(), own_dict(core, &parent)?));
            }
            chain.is_whole = parent.is_none();
            chain.links.push((logger.clone(), beside));
            links.push(Link {
                logger: logger.unbind(),
                dict: dict.unbind(),
                seen: Seen::default(),
                list: Cell::new(ptr::null_mut()),
                handlers: seen,
                propagate: propagate.as_ptr(),
                parent: parent.as_ptr(),
            });
            if !propagate.is_exact_instance_of::<pyo3::types::PyBool>() && !propagate.is_exact_instance_of::<PyInt>() {
                return None;
            }
        }
        let missing =
            core.routed.get().map_or_else(Vec::new, |route| route.missing(logger.py(), &string(&name), &chain));
        why = why.or_else(|| beyond_the_chain(core, &chain, &missing, &mut targets));
        Some(Self {
            epoch,
            attributes: dict.len() as ffi::Py_ssize_t,
            name: name.unbind(),
            filtered,
            filters: Cell::new(ptr::null_mut()),
            links,
            outcome: why.map_or(Ok(targets), Err),
            is_empty: chain.is_empty(),
            is_complete: missing.is_empty(),
            heads: RefCell::default(),
        })
    }

    /// Whether all is as it was when the plan was made.
    fn holds(&self, py: Python<'_>, core: &Core) -> bool {
        if self.epoch != core.epoch.get() || !core.null.untouched(py) || !core.handler().untouched(py) {
            return false;
        }
        // SAFETY: the links hold their dictionaries, which are exact and hold their lists; an item is alive while it is in its list.
        unsafe {
            for (nth, link) in self.links.iter().enumerate() {
                let dict = link.dict.as_ptr();
                if !link.seen.holds(dict) {
                    let time = Seen::begin(dict);
                    if nth == 0 && !self.is_own(core, dict) || !link.holds(core) {
                        return false;
                    }
                    link.seen.keep(time);
                }
                let list = link.list.get();
                if ffi::PyList_GET_SIZE(list) as usize != link.handlers.len() {
                    return false;
                }
                for (at, &(handler, kind)) in link.handlers.iter().enumerate() {
                    if ffi::PyList_GET_ITEM(list, at as ffi::Py_ssize_t) != handler || ffi::Py_TYPE(handler) != kind {
                        return false;
                    }
                }
            }
            if is_empty_list(self.filters.get()) == self.filtered {
                return false;
            }
            match &self.outcome {
                Ok(targets) => targets.iter().all(|target| ffi::PyList_GET_SIZE(target.filters.as_ptr()) == 0),
                Err(_) => true,
            }
        }
    }

    /// Whether the logger's own attributes are as they were.
    unsafe fn is_own(&self, core: &Core, dict: *mut ffi::PyObject) -> bool {
        // SAFETY: an exact dictionary that is held; values are borrowed and compared.
        unsafe {
            self.filters.set(get(dict, core.names.filters.as_ptr()));
            ffi::PyDict_Size(dict) == self.attributes && get(dict, core.names.name.as_ptr()) == self.name.as_ptr()
        }
    }

    /// What lines of this level begin with.
    pub(crate) fn heads(
        &self,
        core: &Core,
        py: Python<'_>,
        level: i64,
        number: *mut ffi::PyObject,
    ) -> Option<Rc<Heads>> {
        // SAFETY: the table of names is checked to be a `dict`; values are borrowed.
        let name = unsafe {
            let table = core.level_names();
            if table.is_null() || ffi::Py_TYPE(table) != &raw mut ffi::PyDict_Type {
                return None;
            }
            ffi::PyDict_GetItemWithError(table, number)
        };
        // SAFETY: `None` is always there; it stands for a level without a name.
        let name = if name.is_null() { unsafe { ffi::Py_None() } } else { name };
        let known = self
            .heads
            .borrow()
            .iter()
            .find(|(of, at, _)| *at == level && of.as_ptr() == name)
            .map(|(.., heads)| Rc::clone(heads));
        if known.is_some() {
            return known;
        }
        // SAFETY: borrowed, and alive.
        let name = unsafe { Bound::from_borrowed_ptr(py, name) };
        let text = if name.is_none() { format!("Level {level}") } else { string(name.cast::<PyString>().ok()?) };
        let heads = Rc::new(Heads::new(&text, level, &string(self.name.bind(py))));
        let new = (name.unbind(), level, Rc::clone(&heads));
        let old = {
            let mut known = self.heads.borrow_mut();
            if let Some(old) = known.iter_mut().find(|(_, at, _)| *at == level) {
                Some(std::mem::replace(old, new))
            } else {
                known.push(new);
                None
            }
        };
        drop(old);
        Some(heads)
    }

    pub(crate) fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        for link in &self.links {
            visit.call(&link.logger)?;
            visit.call(&link.dict)?;
        }
        for target in self.outcome.iter().flatten() {
            visit.call(&target.filters)?;
        }
        Ok(())
    }
}

/// Whether something is a `list` without items.
///
/// # Safety
/// It is null or alive.
pub(crate) unsafe fn is_empty_list(list: *mut ffi::PyObject) -> bool {
    // SAFETY: as the caller promises.
    unsafe { !list.is_null() && ffi::Py_TYPE(list) == &raw mut ffi::PyList_Type && ffi::PyList_GET_SIZE(list) == 0 }
}

/// Adds the handlers of the log home that the chain does not lead to; why the standard path is needed, if it is.
fn beyond_the_chain(
    core: &Core,
    chain: &Chain<'_>,
    missing: &[(Bound<'_, PyAny>, bool)],
    targets: &mut Vec<Target>,
) -> Option<Why> {
    // The program's own handlers have what the program without the home would have given them.
    if core.routed.get().is_some_and(|route| route.is_lowered() && chain.has_foreign(&route, core.null.pointer())) {
        return Some(Why::Foreign);
    }
    // The handler of last resort stands in where there is no other.
    if chain.is_empty() && !missing.iter().any(|(_, is_console)| *is_console) {
        return Some(Why::Unhandled);
    }
    for (handler, _) in missing {
        match target(core, handler) {
            Some(target) => targets.push(target),
            None => return Some(Why::Foreign),
        }
    }
    None
}

/// The handler, if it is ours and as we made it.
pub(crate) fn target(core: &Core, handler: &Bound<'_, PyAny>) -> Option<Target> {
    if handler.get_type().as_type_ptr() != core.handler().pointer() {
        return None;
    }
    let names = &core.names;
    let py = handler.py();
    let dict = handler.getattr("__dict__").ok()?.cast_into_exact::<PyDict>().ok()?;
    let known =
        [&names.handler_name, &names.level, &names.formatter, &names.filters, &names.lock, &names.sink, &names.closed];
    let plain = dict.keys().iter().all(|key| known.iter().any(|name| name.bind(py).as_any().is(&key)));
    if !plain || !dict.get_item(&names.formatter).ok()??.is_none() {
        return None;
    }
    let filters = dict.get_item(&names.filters).ok()??.cast_into_exact::<PyList>().ok()?;
    if !filters.is_empty() {
        return None;
    }
    Some(Target {
        level: dict.get_item(&names.level).ok()??.cast_into_exact::<PyInt>().ok()?.extract().ok()?,
        filters: filters.unbind(),
        sink: dict.get_item(&names.sink).ok()??.cast_into_exact::<Sink>().ok()?.unbind(),
    })
}

/// The attributes of a logger of one of the two classes of `logging`.
pub(crate) fn own_dict<'py>(core: &Core, logger: &Bound<'py, PyAny>) -> Option<Bound<'py, PyDict>> {
    let class = logger.get_type().as_type_ptr();
    if class != core.logger.pointer() && class != core.root.pointer() {
        return None;
    }
    logger.getattr("__dict__").ok()?.cast_into_exact::<PyDict>().ok()
}
