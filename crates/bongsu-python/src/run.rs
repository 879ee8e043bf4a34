//! Runs of decorated functions: what is written of a beginning, an end and a failure.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use bongsu_log::mask::{Mask, Rules, Secrets};
use pyo3::exceptions::{PyGeneratorExit, PySystemExit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use pyo3::{Python, ffi, intern};

use crate::core::{Core, core, get};
use crate::gil::GilCell;
use crate::masking;
use crate::record::bytes;
use crate::secret::{self, Names};
use crate::shown::{MOST, Writer, is_nameless, push_json, push_seconds};
use crate::text::push_int;
use crate::voice::{Site, Voice};

const DEBUG: i64 = 10;
const INFO: i64 = 20;
const ERROR: i64 = 40;

/// Adds the types.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Task>()?;
    module.add_class::<Run>()
}

/// What is written of a function's runs.
enum Kind {
    Execution { announce: bool, args: bool, result: bool },
    Api { name: String, request: bool, response: bool },
}

/// What a decorator was told of one function.
#[pyclass(frozen, module = "bongsu._core")]
pub(crate) struct Task {
    kind: Kind,
    names: Names,
    /// Gives the log home and the two voices in it.
    find: Py<PyAny>,
    /// The namespace in which `_home` is the log home that runs.
    homes: Py<PyDict>,
    function: String,
    /// Names of positional parameters.
    parameters: Vec<String>,
    rest: Option<String>,
    /// Whether the first argument is the object that a method is called on.
    bound: Cell<bool>,
    place: Py<PyAny>,
    site: RefCell<Option<Rc<Site>>>,
    way: RefCell<Option<Rc<Way>>>,
    /// Which parameters are secrets, and for which rules.
    secret: RefCell<(u64, Rc<[bool]>)>,
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
    secrets: Secrets,
    args: usize,
    kwargs: usize,
}

/// Arguments of a call.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    /// Those by position, and behind them those by name.
    pub(crate) all: &'a [*mut ffi::PyObject],
    pub(crate) count: usize,
    /// Null, or a tuple.
    pub(crate) names: *mut ffi::PyObject,
}

impl<'a> Given<'a> {
    fn positional<'py>(self, py: Python<'py>) -> impl Iterator<Item = Bound<'py, PyAny>> + 'a
    where
        'py: 'a,
    {
        // SAFETY: arguments are alive while the call lasts.
        self.all.iter().take(self.count).map(move |&one| unsafe { Bound::from_borrowed_ptr(py, one) })
    }

    fn named<'py>(self, py: Python<'py>) -> Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        // SAFETY: as above; names are a tuple or null.
        unsafe {
            let Some(names) = Bound::from_borrowed_ptr_or_opt(py, self.names) else { return Vec::new() };
            let Ok(names) = names.cast_into::<PyTuple>() else { return Vec::new() };
            let values = self.all.iter().skip(self.count).map(|&one| Bound::from_borrowed_ptr(py, one));
            names.iter().zip(values).collect()
        }
    }
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
            function,
            parameters,
            rest,
            bound: Cell::new(bound),
            place,
            site: RefCell::new(None),
            way: RefCell::new(None),
            secret: RefCell::new((0, Rc::from([]))),
        }
    }

    /// The function is a method: its first argument is neither shown nor counted.
    pub(crate) fn is_method(&self) {
        self.bound.set(true);
    }

    /// Where lines go; none when the home cannot be opened, and the function does its work all the same.
    fn way(&self, py: Python<'_>, core: &Core) -> Option<Rc<Way>> {
        // SAFETY: a module's namespace, and an interned name.
        let home = unsafe { get(self.homes.as_ptr(), intern!(py, "_home").as_ptr()) };
        if let Some(way) = &*self.way.borrow()
            && way.home.as_ptr() == home
        {
            return Some(Rc::clone(way));
        }
        self.find(py, core)
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
        let site = Rc::new(Site::new(self.function.clone().into_bytes(), file.into_bytes(), line));
        self.site.replace(Some(Rc::clone(&site)));
        site
    }

    /// Whether nothing would be written of a run, not even its failure.
    pub(crate) fn is_off(&self, py: Python<'_>, core: &Core) -> bool {
        self.way(py, core).is_none_or(|way| !way.voice.get().is_on(py, core, ERROR))
    }

    /// Which positional parameters are secrets.
    fn secret_parameters(&self, py: Python<'_>) -> Rc<[bool]> {
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
        self.gather(py, given, &mut begun.secrets, if shows { Gather::Shown } else { Gather::Fleeting });
        if is_on {
            let mut text = Vec::with_capacity(96);
            if self.beginning(py, given, &begun, &mut text) {
                if !matches!(self.kind, Kind::Api { .. }) {
                    masking::hide(py, &mut text);
                }
                // Parameters in JSON are without secrets as they are written.
                begun.way.voice.get().say_masked(py, core, INFO, &self.site(py), &text)?;
            }
            begun.at = Instant::now();
        }
        Ok(Some(begun))
    }

    fn writer<'w>(&'w self, py: Python<'_>, secrets: &'w Secrets) -> Writer<'w> {
        Writer { names: &self.names, secrets, rules: masking::rules(py) }
    }

    /// `Starting f`, `API Call x started`, with what was given where that is wanted. False when nothing is to be said.
    fn beginning(&self, py: Python<'_>, given: Given<'_>, begun: &Begun, out: &mut Vec<u8>) -> bool {
        let writer = self.writer(py, &begun.secrets);
        match &self.kind {
            Kind::Execution { announce: false, .. } => return false,
            Kind::Execution { args, .. } => {
                out.extend_from_slice(b"Starting ");
                out.extend_from_slice(self.function.as_bytes());
                if *args {
                    self.arguments(py, given, &writer, out);
                }
            }
            Kind::Api { name, request, .. } => {
                out.extend_from_slice(b"API Call ");
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b" started");
                if *request {
                    out.extend_from_slice(b" with params: ");
                    self.parameters(py, given, &writer, out);
                }
            }
        }
        true
    }

    /// ` with args: (1, 'a') kwargs: {'k': 2}`, each value cut at 100 characters.
    fn arguments(&self, py: Python<'_>, given: Given<'_>, writer: &Writer<'_>, out: &mut Vec<u8>) {
        const LIMIT: usize = 100;
        let (secret, method) = (self.secret_parameters(py), usize::from(self.bound.get()));
        out.extend_from_slice(b" with args: (");
        let mut count = 0;
        for (nth, value) in given.positional(py).enumerate().skip(method) {
            if count > 0 {
                out.extend_from_slice(b", ");
            }
            if secret.get(nth) == Some(&true) {
                writer.named(true, &value, out, 0);
            } else {
                writer.repr(&value, LIMIT, out);
            }
            count += 1;
        }
        out.extend_from_slice(if count == 1 { b",) kwargs: {" } else { b") kwargs: {" });
        for (nth, (name, value)) in given.named(py).into_iter().enumerate() {
            if nth > 0 {
                out.extend_from_slice(b", ");
            }
            writer.repr(&name, usize::MAX, out);
            out.extend_from_slice(b": ");
            if secret::hidden(&self.names, &name) {
                writer.named(true, &value, out, 0);
            } else {
                writer.repr(&value, LIMIT, out);
            }
        }
        out.push(b'}');
    }

    /// The arguments as one JSON object, by their names.
    fn parameters(&self, py: Python<'_>, given: Given<'_>, writer: &Writer<'_>, out: &mut Vec<u8>) {
        let (secret, method) = (self.secret_parameters(py), usize::from(self.bound.get()));
        let mut left = MOST;
        let mut first = true;
        let mut begin = |out: &mut Vec<u8>, name: &str| {
            if !std::mem::take(&mut first) {
                out.push(b',');
            }
            push_json(out, name);
            out.push(b':');
        };
        out.push(b'{');
        let mut more = Vec::new();
        for (nth, value) in given.positional(py).enumerate().skip(method) {
            let Some(name) = self.parameters.get(nth) else {
                more.push((nth - method, value));
                continue;
            };
            begin(out, name);
            if secret.get(nth) == Some(&true) {
                push_json(out, bongsu_log::mask::HIDDEN);
            } else {
                writer.json(&value, out, &mut left, 0);
            }
        }
        if let (Some(rest), false) = (&self.rest, more.is_empty()) {
            begin(out, rest);
            if self.names.hides(py, rest) {
                push_json(out, bongsu_log::mask::HIDDEN);
            } else if let Ok(list) = PyTuple::new(py, more.into_iter().map(|(_, value)| value)) {
                writer.json(list.as_any(), out, &mut left, 0);
            }
        } else {
            for (nth, value) in more {
                begin(out, &format!("arg{nth}"));
                writer.json(&value, out, &mut left, 0);
            }
        }
        for (name, value) in given.named(py) {
            let text = name.cast::<PyString>().map(|name| String::from_utf8_lossy(&bytes(name)).into_owned());
            begin(out, &text.unwrap_or_default());
            if secret::hidden(&self.names, &name) {
                push_json(out, bongsu_log::mask::HIDDEN);
            } else {
                writer.json(&value, out, &mut left, 0);
            }
        }
        out.push(b'}');
    }

    /// The secrets in the arguments.
    fn gather(&self, py: Python<'_>, given: Given<'_>, secrets: &mut Secrets, how: Gather) {
        // SAFETY: arguments are alive.
        if how == Gather::Fleeting && given.all.iter().all(|&one| unsafe { stays(one) }) {
            return;
        }
        let secret = self.secret_parameters(py);
        let mut left = if how == Gather::Thorough { secret::THOROUGH } else { secret::BEFORE };
        let deep = how == Gather::Thorough;
        let rest_is_secret = self.rest.as_ref().is_some_and(|rest| self.names.hides(py, rest));
        for (nth, value) in given.positional(py).enumerate() {
            let is_secret = secret.get(nth).copied().unwrap_or(rest_is_secret);
            // A secret that is an argument is still there when the run is over.
            if how == Gather::Fleeting && (is_secret || value.is_exact_instance_of::<PyString>()) {
                continue;
            }
            if is_secret {
                secret::add(&value, secrets, &mut left, 0);
            } else {
                secret::collect(&self.names, &value, secrets, &mut left, deep, 0);
            }
        }
        if given.all.len() == given.count {
            return;
        }
        for (name, value) in given.named(py) {
            if how == Gather::Fleeting && value.is_exact_instance_of::<PyString>() {
                continue;
            }
            if secret::hidden(&self.names, &name) {
                secret::add(&value, secrets, &mut left, 0);
            } else {
                secret::collect(&self.names, &value, secrets, &mut left, deep, 0);
            }
        }
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
        let mut announced = true;
        match &self.kind {
            Kind::Execution { announce, result: shown, .. } => {
                announced = *announce;
                text.extend_from_slice(b"Completed ");
                text.extend_from_slice(self.function.as_bytes());
                text.extend_from_slice(b" in ");
                push_seconds(&mut text, took);
                if let (true, Some(result)) = (*shown, result) {
                    text.extend_from_slice(b" with result: ");
                    writer.repr(result, 200, &mut text);
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
                match result.and_then(Self::size) {
                    Some(size) => push_int(size as i64, &mut metadata),
                    None => metadata.extend_from_slice(b"null"),
                }
                metadata.push(b'}');
                if let (true, Some(result)) = (*response, result) {
                    text.extend_from_slice(b" with response: ");
                    text.extend_from_slice(self.response(result, &writer).as_bytes());
                }
            }
        }
        if announced {
            begun.way.voice.get().say(py, core, INFO, &self.site(py), &mut text)?;
        }
        self.performance(py, core, begun, took, &metadata)
    }

    fn performance(
        &self,
        py: Python<'_>,
        core: &Core,
        begun: &Begun,
        took: Duration,
        metadata: &[u8],
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
        voice.say(py, core, INFO, &self.site(py), &mut text)
    }

    /// Bytes of a response: of a text its own, of anything else those of its JSON; none when only its type can be told.
    fn size(result: &Bound<'_, PyAny>) -> Option<usize> {
        if let Ok(text) = result.cast::<PyString>() {
            return Some(bytes(text).len());
        }
        if let Ok(raw) = result.cast::<pyo3::types::PyBytes>() {
            return Some(raw.as_bytes().len());
        }
        if is_nameless(result) {
            return None;
        }
        let mut left = 1_000_000;
        let mut out = Vec::new();
        let (none, secrets) = (Names::none(), Secrets::default());
        let writer = Writer { names: &none, secrets: &secrets, rules: Rc::new(Rules::none()) };
        writer.json(result, &mut out, &mut left, 0);
        (left > 0).then(|| json_size(&out))
    }

    /// A response as it stands in a line, its first 200 characters.
    fn response(&self, result: &Bound<'_, PyAny>, writer: &Writer<'_>) -> String {
        let text = if let Ok(text) = result.cast::<PyString>() {
            writer.text(&String::from_utf8_lossy(&bytes(text)))
        } else {
            let mut out = Vec::new();
            writer.json(result, &mut out, &mut { MOST }, 0);
            match serde_json::from_slice::<serde_json::Value>(&out) {
                Ok(serde_json::Value::String(text)) => text,
                _ => String::from_utf8_lossy(&out).into_owned(),
            }
        };
        text.chars().take(200).collect()
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
            self.performance(py, core, begun, took, &metadata)?;
        }
        Ok(())
    }
}

/// When secrets are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gather {
    /// Before a run of which no value is shown: those that may be gone when it fails.
    Fleeting,
    /// Before values are shown.
    Shown,
    /// For an error, which may repeat any of them.
    Thorough,
}

/// A JSON string that stands for an object has no quotes of its own.
fn json_size(json: &[u8]) -> usize {
    match serde_json::from_slice::<serde_json::Value>(json) {
        Ok(serde_json::Value::String(text)) => text.len(),
        _ => json.len(),
    }
}

/// Whether an argument is a value without parts: as it is, it is still there when a run is over.
unsafe fn stays(argument: *mut ffi::PyObject) -> bool {
    // SAFETY: an argument that is alive.
    let kind = unsafe { ffi::Py_TYPE(argument) };
    kind == &raw mut ffi::PyUnicode_Type
        || kind == &raw mut ffi::PyLong_Type
        || kind == &raw mut ffi::PyFloat_Type
        || kind == &raw mut ffi::PyBool_Type
        || kind == &raw mut ffi::PyBytes_Type
}

/// `sys.exit()` and `sys.exit(0)` are no failures.
fn is_good_exit(error: &Bound<'_, PyAny>) -> bool {
    if !error.is_instance_of::<PySystemExit>() {
        return false;
    }
    let code = error.getattr(intern!(error.py(), "code"));
    code.is_ok_and(|code| code.is_none() || matches!(code.extract::<i64>(), Ok(0)))
}

/// An error's text; its type's name where it has none.
fn said(error: &Bound<'_, PyAny>) -> String {
    let text = error.str().map(|text| String::from_utf8_lossy(&bytes(&text)).into_owned()).unwrap_or_default();
    if !text.is_empty() {
        return text;
    }
    error.get_type().name().map_or_else(|_| "error".to_owned(), |name| name.to_string())
}

/// The traceback as Python shows it.
fn traceback(error: &Bound<'_, PyAny>) -> String {
    let py = error.py();
    let made = py
        .import(intern!(py, "bongsu._traceback"))
        .and_then(|module| module.call_method1(intern!(py, "traceback_text"), (error,)));
    match made {
        Ok(text) => text.str().map(|text| String::from_utf8_lossy(&bytes(&text)).into_owned()).unwrap_or_default(),
        Err(_) => said(error),
    }
}

/// A run of a coroutine function or a generator, which outlasts the call that began it.
#[pyclass(frozen, module = "bongsu._core")]
pub(crate) struct Run {
    task: Py<Task>,
    args: Py<PyTuple>,
    count: usize,
    names: Option<Py<PyTuple>>,
    begun: GilCell<RefCell<Option<Begun>>>,
}

impl Run {
    pub(crate) fn new(task: Py<Task>, args: Py<PyTuple>, count: usize, names: Option<Py<PyTuple>>) -> Self {
        Self { task, args, count, names, begun: GilCell::new(RefCell::new(None)) }
    }

    fn with<T>(&self, py: Python<'_>, with: impl FnOnce(Given<'_>) -> T) -> T {
        let all: Vec<_> = self.args.bind(py).iter().map(|one| one.as_ptr()).collect();
        let names = self.names.as_ref().map_or(std::ptr::null_mut(), Py::as_ptr);
        with(Given { all: &all, count: self.count, names })
    }
}

#[pymethods]
impl Run {
    /// The run begins.
    fn begin(&self, py: Python<'_>) -> PyResult<()> {
        let begun = self.with(py, |given| self.task.get().begin(py, core(py)?, given))?;
        self.begun.get(py).replace(begun);
        Ok(())
    }

    /// The run is over.
    #[pyo3(signature = (result = None))]
    fn completed(&self, py: Python<'_>, result: Option<Bound<'_, PyAny>>) -> PyResult<()> {
        let Some(begun) = self.begun.get(py).take() else { return Ok(()) };
        let none = py.None().into_bound(py);
        self.task.get().completed(py, core(py)?, &begun, Some(result.as_ref().unwrap_or(&none)))
    }

    /// The run raised an exception.
    fn failed(&self, py: Python<'_>, error: Bound<'_, PyAny>) -> PyResult<()> {
        let Some(mut begun) = self.begun.get(py).take() else { return Ok(()) };
        self.with(py, |given| self.task.get().failed(py, core(py)?, &mut begun, given, &error))
    }
}
