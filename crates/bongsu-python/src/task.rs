//! Runs of decorated functions: what is written of a beginning, an end and a failure.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use bongsu_log::mask::{Mask, Secrets};
use pyo3::exceptions::{PyGeneratorExit, PySystemExit};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{Python, intern};

use crate::core::{Core, get};
use crate::gil::letting_go;
use crate::given::{Gather, Given};
use crate::line::Site;
use crate::masking;
use crate::secret::Names;
use crate::shown::{push_json, push_seconds};
use crate::telling::{said, traceback};
use crate::text::push_int;
use crate::voice::Voice;
use crate::watch::Seen;

const DEBUG: i64 = 10;
const INFO: i64 = 20;
const ERROR: i64 = 40;

/// Adds the type.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Task>()
}

/// What is written of a function's runs.
pub(crate) enum Kind {
    Execution { announce: bool, args: bool, result: bool },
    Api { name: String, request: bool, response: bool },
}

/// What a decorator was told of one function.
#[pyclass(frozen, module = "bongsu._core")]
pub(crate) struct Task {
    pub(crate) kind: Kind,
    pub(crate) names: Names,
    /// Gives the log home and the two voices in it.
    find: Py<PyAny>,
    /// The namespace in which `_home` is the log home that runs.
    homes: Py<PyDict>,
    homes_seen: Seen,
    pub(crate) function: String,
    /// Names of positional parameters.
    pub(crate) parameters: Vec<String>,
    pub(crate) rest: Option<String>,
    /// Whether the first argument is the object that a method is called on.
    pub(crate) bound: Cell<bool>,
    place: Py<PyAny>,
    site: RefCell<Option<Rc<Site>>>,
    way: RefCell<Option<Rc<Way>>>,
    /// Which parameters are secrets, and for which rules.
    secret: RefCell<(u64, Rc<[bool]>)>,
    /// Whether lines that show nothing that was given have no secret in them, and for which rules.
    plain: Cell<(u64, bool)>,
}

// SAFETY: its cells are only touched by a thread that is attached to the interpreter, whose lock the module asks for.
unsafe impl Sync for Task {}
// SAFETY: as above.
unsafe impl Send for Task {}

/// Where the lines of one log home go.
struct Way {
    home: Py<PyAny>,
    voice: Py<Voice>,
    performance: Py<Voice>,
}

/// A run that has begun.
pub(crate) struct Begun {
    way: Rc<Way>,
    at: Instant,
    is_on: bool,
    pub(crate) secrets: Secrets,
    args: usize,
    kwargs: usize,
}

#[pymethods]
impl Task {
    /// A task of `log_execution`. `find()` gives the home and two voices; `place()` the function's file and line.
    #[staticmethod]
    #[pyo3(signature = (find, homes, place, function, parameters, rest, bound, announce, log_args, log_result))]
    #[allow(clippy::too_many_arguments, clippy::fn_params_excessive_bools, reason = "called from one place, in Python")]
    fn execution(
        find: Py<PyAny>,
        homes: Py<PyDict>,
        place: Py<PyAny>,
        function: String,
        parameters: Vec<String>,
        rest: Option<String>,
        bound: bool,
        announce: bool,
        log_args: bool,
        log_result: bool,
    ) -> Self {
        let kind = Kind::Execution { announce, args: log_args, result: log_result };
        Self::new(kind, Mask::default(), find, homes, place, function, parameters, rest, bound)
    }

    /// A task of `log_api_call`.
    #[staticmethod]
    #[allow(clippy::too_many_arguments, clippy::fn_params_excessive_bools, reason = "called from one place, in Python")]
    fn api(
        find: Py<PyAny>,
        homes: Py<PyDict>,
        place: Py<PyAny>,
        function: String,
        parameters: Vec<String>,
        rest: Option<String>,
        bound: bool,
        api_name: String,
        log_request: bool,
        log_response: bool,
        sensitive_fields: Vec<String>,
    ) -> Self {
        let kind = Kind::Api { name: api_name, request: log_request, response: log_response };
        let mask = Mask::new(sensitive_fields.iter().map(String::as_str));
        Self::new(kind, mask, find, homes, place, function, parameters, rest, bound)
    }
}

impl Task {
    #[allow(clippy::too_many_arguments, reason = "the parts of a task, from two places above")]
    fn new(
        kind: Kind,
        mask: Mask,
        find: Py<PyAny>,
        homes: Py<PyDict>,
        place: Py<PyAny>,
        function: String,
        parameters: Vec<String>,
        rest: Option<String>,
        bound: bool,
    ) -> Self {
        Self {
            kind,
            names: Names::new(mask),
            find,
            homes,
            homes_seen: Seen::default(),
            function,
            parameters,
            rest,
            bound: Cell::new(bound),
            place,
            site: RefCell::new(None),
            way: RefCell::new(None),
            secret: RefCell::new((0, Rc::from([]))),
            plain: Cell::new((0, false)),
        }
    }

    /// The function is a method: its first argument is neither shown nor counted.
    pub(crate) fn is_method(&self) {
        self.bound.set(true);
    }

    /// Where lines go; none when the home cannot be opened, and the function does its work all the same.
    fn way(&self, py: Python<'_>, core: &Core) -> Option<Rc<Way>> {
        // SAFETY: a module's namespace, and an interned name.
        unsafe {
            if !self.homes_seen.holds(self.homes.as_ptr()) {
                let time = Seen::begin(self.homes.as_ptr());
                let home = get(self.homes.as_ptr(), intern!(py, "_home").as_ptr());
                if self.way.borrow().as_ref().is_none_or(|way| way.home.as_ptr() != home) {
                    return self.find(py, core);
                }
                self.homes_seen.keep(time);
            }
        }
        self.way.borrow().as_ref().map(Rc::clone)
    }

    #[cold]
    fn find(&self, py: Python<'_>, core: &Core) -> Option<Rc<Way>> {
        let found = self.find.bind(py).call0().and_then(|found| found.extract());
        let Ok((home, voice, performance)) = found else {
            core.stats.lost.count();
            return None;
        };
        let way = Rc::new(Way { home, voice, performance });
        let old = self.way.replace(Some(Rc::clone(&way)));
        drop(old);
        Some(way)
    }

    fn site(&self, py: Python<'_>) -> Rc<Site> {
        if let Some(site) = &*self.site.borrow() {
            return Rc::clone(site);
        }
        let (file, line): (String, i64) =
            self.place.bind(py).call0().and_then(|place| place.extract()).unwrap_or_default();
        let site = Rc::new(Site::new(self.function.clone(), file, line));
        self.site.replace(Some(Rc::clone(&site)));
        site
    }

    /// Whether nothing would be written of a run, not even its failure.
    pub(crate) fn is_off(&self, py: Python<'_>, core: &Core) -> bool {
        self.way(py, core).is_none_or(|way| !way.voice.get().is_on(py, core, ERROR))
    }

    /// Which positional parameters are secrets.
    pub(crate) fn secret_parameters(&self, py: Python<'_>) -> Rc<[bool]> {
        let generation = masking::generation(py);
        if let (known, flags) = &*self.secret.borrow()
            && *known == generation
        {
            return Rc::clone(flags);
        }
        let flags: Rc<[bool]> = self.parameters.iter().map(|name| self.names.hides(py, name)).collect();
        self.secret.replace((generation, Rc::clone(&flags)));
        flags
    }

    /// Whether lines that show nothing that was given, only times and counts, need not be looked through for secrets.
    fn is_plain(&self, py: Python<'_>) -> bool {
        let generation = masking::generation(py);
        let (known, plain) = self.plain.get();
        if known == generation {
            return plain;
        }
        let texts = match &self.kind {
            Kind::Execution { .. } => {
                let name = &self.function;
                let counts = "{\"args_count\":0,\"kwargs_count\":0}";
                vec![
                    format!("Starting {name}"),
                    format!("Completed {name} in 0.123s"),
                    format!("{name} completed in 0.123s | {counts}"),
                ]
            }
            Kind::Api { name, .. } => {
                let status = "{\"status\":\"success\",\"response_size\":0}";
                vec![format!("API Call {name} succeeded in 0.123s"), format!("{name} completed in 0.123s | {status}")]
            }
        };
        let plain = masking::are_plain(py, &texts);
        self.plain.set((generation, plain));
        plain
    }

    /// The beginning of a run.
    pub(crate) fn begin(&self, py: Python<'_>, core: &Core, given: Given<'_>) -> PyResult<Option<Begun>> {
        let Some(way) = self.way(py, core) else { return Ok(None) };
        let (is_on, fails) = way.voice.get().tells(py, core);
        if !is_on && !fails {
            return Ok(None);
        }
        let method = usize::from(self.bound.get() && given.count > 0);
        let mut begun = Begun {
            at: Instant::now(),
            way,
            is_on,
            secrets: Secrets::default(),
            args: given.count - method,
            kwargs: given.all.len() - given.count,
        };
        let shows = match &self.kind {
            Kind::Execution { announce, args, result } => is_on && *announce && (*args || *result),
            Kind::Api { request, response, .. } => is_on && (*request || *response),
        };
        letting_go(|| self.gather(py, given, &mut begun.secrets, if shows { Gather::Shown } else { Gather::Fleeting }));
        if is_on {
            let mut text = Vec::with_capacity(96);
            if letting_go(|| self.beginning(py, given, &begun, &mut text)) {
                // Parameters in JSON are without secrets as they are written.
                let is_clean = match &self.kind {
                    Kind::Api { .. } => true,
                    Kind::Execution { args, .. } => !*args && self.is_plain(py),
                };
                if !is_clean {
                    masking::hide(py, &mut text);
                }
                begun.way.voice.get().say_masked(py, core, INFO, &self.site(py), &text)?;
            }
            begun.at = Instant::now();
        }
        Ok(Some(begun))
    }

    /// The end of a run that gave `result`, none for one that was left half way.
    pub(crate) fn completed(
        &self,
        py: Python<'_>,
        core: &Core,
        begun: &Begun,
        result: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        if !begun.is_on {
            return Ok(());
        }
        let took = begun.at.elapsed();
        let writer = self.writer(py, &begun.secrets);
        let mut text = Vec::with_capacity(96);
        let mut metadata = Vec::with_capacity(64);
        let (mut announced, mut plain) = (true, self.is_plain(py));
        match &self.kind {
            Kind::Execution { announce, result: shown, .. } => {
                announced = *announce;
                text.extend_from_slice(b"Completed ");
                text.extend_from_slice(self.function.as_bytes());
                text.extend_from_slice(b" in ");
                push_seconds(&mut text, took);
                if let (true, Some(result)) = (*shown, result) {
                    plain = false;
                    text.extend_from_slice(b" with result: ");
                    letting_go(|| writer.repr(result, 200, &mut text));
                }
                metadata.extend_from_slice(b"{\"args_count\":");
                push_int(begun.args as i64, &mut metadata);
                metadata.extend_from_slice(b",\"kwargs_count\":");
                push_int(begun.kwargs as i64, &mut metadata);
                metadata.push(b'}');
            }
            Kind::Api { name, response, .. } => {
                text.extend_from_slice(b"API Call ");
                text.extend_from_slice(name.as_bytes());
                text.extend_from_slice(b" succeeded in ");
                push_seconds(&mut text, took);
                metadata.extend_from_slice(b"{\"status\":\"success\",\"response_size\":");
                match letting_go(|| result.and_then(Self::size)) {
                    Some(size) => push_int(size as i64, &mut metadata),
                    None => metadata.extend_from_slice(b"null"),
                }
                metadata.push(b'}');
                if let (true, Some(result)) = (*response, result) {
                    plain = false;
                    text.extend_from_slice(b" with response: ");
                    text.extend_from_slice(letting_go(|| Self::response(result, &writer)).as_bytes());
                }
            }
        }
        if announced {
            if !plain {
                masking::hide(py, &mut text);
            }
            begun.way.voice.get().say_masked(py, core, INFO, &self.site(py), &text)?;
        }
        self.performance(py, core, begun, took, &metadata, self.is_plain(py))
    }

    fn performance(
        &self,
        py: Python<'_>,
        core: &Core,
        begun: &Begun,
        took: Duration,
        metadata: &[u8],
        plain: bool,
    ) -> PyResult<()> {
        let voice = begun.way.performance.get();
        if !voice.is_on(py, core, INFO) {
            return Ok(());
        }
        let name = match &self.kind {
            Kind::Execution { .. } => &self.function,
            Kind::Api { name, .. } => name,
        };
        let mut text = Vec::with_capacity(96);
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(b" completed in ");
        push_seconds(&mut text, took);
        text.extend_from_slice(b" | ");
        text.extend_from_slice(metadata);
        if !plain {
            masking::hide(py, &mut text);
        }
        voice.say_masked(py, core, INFO, &self.site(py), &text)
    }

    /// The end of a run that raised `error`.
    pub(crate) fn failed(
        &self,
        py: Python<'_>,
        core: &Core,
        begun: &mut Begun,
        given: Given<'_>,
        error: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        if error.is_instance_of::<PyGeneratorExit>() || is_good_exit(error) {
            return self.completed(py, core, begun, None);
        }
        letting_go(|| self.tell_failure(py, core, begun, given, error))
    }

    fn tell_failure(
        &self,
        py: Python<'_>,
        core: &Core,
        begun: &mut Begun,
        given: Given<'_>,
        error: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let voice = begun.way.voice.get();
        if !voice.is_on(py, core, ERROR) {
            return Ok(());
        }
        let took = begun.at.elapsed();
        self.gather(py, given, &mut begun.secrets, Gather::Thorough);
        let writer = self.writer(py, &begun.secrets);
        let said = writer.text(&said(error));
        let site = self.site(py);
        let mut text = Vec::with_capacity(96 + said.len());
        let (before, name) = match &self.kind {
            Kind::Execution { .. } => ("Failed ", self.function.as_str()),
            Kind::Api { name, .. } => ("API Call ", name.as_str()),
        };
        text.extend_from_slice(before.as_bytes());
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(if before == "Failed " { b" after " } else { b" failed after " });
        push_seconds(&mut text, took);
        text.extend_from_slice(b": ");
        text.extend_from_slice(said.as_bytes());
        voice.say(py, core, ERROR, &site, &mut text)?;
        if voice.is_on(py, core, DEBUG) {
            let traceback = writer.text(&traceback(error));
            let mut text = format!("Full traceback for {name}: {traceback}").into_bytes();
            voice.say(py, core, DEBUG, &site, &mut text)?;
        }
        if let Kind::Api { .. } = &self.kind {
            let mut metadata = b"{\"status\":\"failed\",\"error\":".to_vec();
            push_json(&mut metadata, &said);
            metadata.push(b'}');
            self.performance(py, core, begun, took, &metadata, false)?;
        }
        Ok(())
    }
}

/// `sys.exit()` and `sys.exit(0)` are no failures.
fn is_good_exit(error: &Bound<'_, PyAny>) -> bool {
    if !error.is_instance_of::<PySystemExit>() {
        return false;
    }
    let code = error.getattr(intern!(error.py(), "code"));
    code.is_ok_and(|code| code.is_none() || matches!(code.extract::<i64>(), Ok(0)))
}
