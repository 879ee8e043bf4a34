//! The handlers of the running log home. Every record comes to them, whatever becomes of the handlers of loggers: where the chain of
//! a logger does not lead to them, the record is given to them beside it.

use std::cell::RefCell;
use std::rc::Rc;

use pyo3::prelude::*;
use pyo3::{Python, ffi, intern};

use crate::core::{Core, core};
use crate::leaving;

/// Adds the functions.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(route, module)?)?;
    module.add_function(wrap_pyfunction!(missing, module)?)
}

/// Where records go beside the handlers of their loggers; none while no log home runs.
#[derive(Default)]
pub(crate) struct Routed(RefCell<Option<Rc<Route>>>);

impl Routed {
    pub(crate) fn get(&self) -> Option<Rc<Route>> {
        self.0.borrow().clone()
    }
}

/// See the module.
pub(crate) struct Route {
    /// Handlers for every record, and whether each is the console.
    common: Vec<(Py<PyAny>, bool)>,
    /// Handlers for the records that come to a logger.
    own: Vec<(Py<PyAny>, Py<PyAny>)>,
    /// Loggers that keep their records where their chain ends.
    private: Vec<String>,
    /// The level of the root logger that only the home has asked for, and the least one that the program's own handlers are given
    /// as long as it is there.
    lowered: Option<(Py<PyAny>, i64)>,
}

/// What a logger and those above it have, as far as records go.
#[derive(Default)]
pub(crate) struct Chain<'py> {
    /// Loggers, each with its handlers.
    pub(crate) links: Vec<(Bound<'py, PyAny>, Vec<Bound<'py, PyAny>>)>,
    /// Whether it ends at the topmost logger and not before.
    pub(crate) is_whole: bool,
}

/// A chain longer than this may be a ring.
const LONGEST: usize = 64;

impl<'py> Chain<'py> {
    fn of(logger: &Bound<'py, PyAny>) -> PyResult<Self> {
        let py = logger.py();
        let mut links = Vec::with_capacity(4);
        let mut next = logger.clone();
        while links.len() < LONGEST {
            let handlers = next.getattr(intern!(py, "handlers"))?;
            let handlers = handlers.try_iter()?.collect::<PyResult<_>>()?;
            let parent = next.getattr(intern!(py, "parent"))?;
            let goes_on = next.getattr(intern!(py, "propagate"))?.is_truthy()?;
            links.push((next, handlers));
            if parent.is_none() {
                return Ok(Self { links, is_whole: true });
            }
            if !goes_on {
                break;
            }
            next = parent;
        }
        Ok(Self { links, is_whole: false })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.links.iter().all(|(_, handlers)| handlers.is_empty())
    }

    /// Whether there is a handler that is not of the home, other than those of the class `null`, which do nothing.
    pub(crate) fn has_foreign(&self, route: &Route, null: *mut ffi::PyTypeObject) -> bool {
        let mut handlers = self.links.iter().flat_map(|(_, handlers)| handlers);
        handlers.any(|one| one.get_type_ptr() != null && !route.has(one))
    }

    fn has(&self, handler: &Py<PyAny>) -> bool {
        self.links.iter().any(|(_, handlers)| handlers.iter().any(|one| one.is(handler)))
    }
}

impl Route {
    /// The handlers that the chain of the logger `name` does not lead to, and whether each is the console.
    pub(crate) fn missing<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        chain: &Chain<'_>,
    ) -> Vec<(Bound<'py, PyAny>, bool)> {
        self.beyond(py, name, chain, |handler| chain.has(handler))
    }

    fn beyond<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        chain: &Chain<'_>,
        is_reached: impl Fn(&Py<PyAny>) -> bool,
    ) -> Vec<(Bound<'py, PyAny>, bool)> {
        let own = self.own.iter().filter(|(logger, _)| chain.links.iter().any(|(link, _)| link.is(logger)));
        let own = own.map(|(_, handler)| (handler, false));
        let takes_all = chain.is_whole || !self.is_private(name);
        let common = self.common.iter().filter(|_| takes_all).map(|(handler, is_console)| (handler, *is_console));
        own.chain(common)
            .filter(|(handler, _)| !is_reached(handler))
            .map(|(handler, is_console)| (handler.bind(py).clone(), is_console))
            .collect()
    }

    fn is_private(&self, name: &str) -> bool {
        let is_below = |private: &String| {
            name.strip_prefix(private.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.private.iter().any(is_below)
    }

    /// Whether the program's own handlers would have more records than without the home.
    pub(crate) fn is_lowered(&self) -> bool {
        self.lowered.is_some()
    }

    /// Whether a handler belongs to the home.
    fn has(&self, handler: &Bound<'_, PyAny>) -> bool {
        self.common.iter().any(|(one, _)| one.is(handler)) || self.own.iter().any(|(_, one)| one.is(handler))
    }

    /// Whether a record is one that the program would not have made without the home.
    fn is_extra(&self, logger: &Bound<'_, PyAny>, level: i64) -> PyResult<bool> {
        let Some((lowered, least)) = &self.lowered else { return Ok(false) };
        let py = logger.py();
        let mut next = logger.clone();
        for _ in 0..LONGEST {
            let own = next.getattr(intern!(py, "level"))?;
            if own.is_truthy()? {
                return Ok(own.is(lowered) && level < *least);
            }
            let parent = next.getattr(intern!(py, "parent"))?;
            if parent.is_none() {
                break;
            }
            next = parent;
        }
        Ok(false)
    }
}

/// Has records go to these handlers from now on, until it is called with nothing.
#[pyfunction]
#[pyo3(signature = (common = None, own = Vec::new(), private = Vec::new(), lowered = None))]
fn route(
    py: Python<'_>,
    common: Option<Vec<(Py<PyAny>, bool)>>,
    own: Vec<(Py<PyAny>, Py<PyAny>)>,
    private: Vec<String>,
    lowered: Option<(Py<PyAny>, i64)>,
) -> PyResult<()> {
    let core = core(py)?;
    let made = common.map(|common| Rc::new(Route { common, own, private, lowered }));
    let old = core.routed.0.replace(made);
    core.touch();
    drop(old);
    Ok(())
}

/// The handlers of the log home that records of a logger are given to beside the logger's chain.
#[pyfunction]
fn missing<'py>(logger: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let py = logger.py();
    let Some(route) = core(py)?.routed.get() else { return Ok(Vec::new()) };
    let name: String = logger.getattr(intern!(py, "name"))?.extract()?;
    Ok(route.missing(py, &name, &Chain::of(logger)?).into_iter().map(|(handler, _)| handler).collect())
}

/// Whether a record is to be kept from the program's own handlers, and from the handler of last resort: the program would not have
/// made it, or the console of the home shows it in their place. What cannot be told is left to the standard path.
///
/// `is_empty` says whether the logger's chain has no handler, where that is known.
pub(crate) fn keeps_back(
    core: &Core,
    logger: &Bound<'_, PyAny>,
    record: &Bound<'_, PyAny>,
    is_empty: Option<bool>,
) -> bool {
    let Some(route) = core.routed.get() else { return false };
    let looked = || -> PyResult<bool> {
        if route.lowered.is_some()
            && route.is_extra(logger, record.getattr(intern!(record.py(), "levelno"))?.extract()?)?
        {
            return Ok(true);
        }
        let has_console = route.common.iter().any(|(_, is_console)| *is_console);
        Ok(has_console && is_empty.map_or_else(|| Chain::of(logger).map(|chain| chain.is_empty()), Ok)?)
    };
    looked().unwrap_or(false)
}

/// Gives a record to the handlers of the home that have not had it by the logger's chain; `kept_back` when none has.
pub(crate) fn give(core: &Core, logger: &Bound<'_, PyAny>, record: &Bound<'_, PyAny>, kept_back: bool) -> PyResult<()> {
    let py = record.py();
    let Some(route) = core.routed.get().filter(|_| !leaving::must_keep_out()) else { return Ok(()) };
    let chain = Chain::of(logger)?;
    let name = logger.getattr(intern!(py, "name"))?.str()?.to_string();
    let wanted = route.beyond(py, &name, &chain, |handler| !kept_back && chain.has(handler));
    if wanted.is_empty() {
        return Ok(());
    }
    let level: i64 = record.getattr(intern!(py, "levelno"))?.extract()?;
    let is_shown = !kept_back && wanted.iter().any(|(_, is_console)| *is_console) && shows(core, &chain, py, level);
    let mut result = Ok(());
    for (handler, is_console) in wanted {
        let least: i64 = handler.getattr(intern!(py, "level"))?.extract()?;
        if level < least || is_console && is_shown {
            continue;
        }
        if let Err(error) = handler.call_method1(intern!(py, "handle"), (record,)) {
            result = result.and(Err(error));
        }
    }
    result
}

/// Whether one of the chain's handlers shows records of this level on the screen.
fn shows(core: &Core, chain: &Chain<'_>, py: Python<'_>, level: i64) -> bool {
    let sys = core.sys.bind(py);
    let screen = |name| sys.get_item(name).ok().flatten();
    let screens = [screen(&core.names.stdout), screen(&core.names.stderr)];
    chain.links.iter().flat_map(|(_, handlers)| handlers).any(|handler| {
        let least = handler.getattr(intern!(py, "level")).and_then(|least| least.extract::<i64>());
        let stream = handler.getattr(intern!(py, "stream"));
        least.is_ok_and(|least| level >= least)
            && stream.is_ok_and(|stream| screens.iter().flatten().any(|screen| screen.is(&stream)))
    })
}
