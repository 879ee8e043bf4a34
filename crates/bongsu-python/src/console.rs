//! The console: lines go to whatever `sys.stdout` is, in order with what the program prints.

use std::cell::{Cell, RefCell};
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use bongsu_format::render::for_terminal;
use pyo3::exceptions::{PyException, PyUnicodeEncodeError};
use pyo3::prelude::*;
use pyo3::{Python, ffi, intern};

use crate::core::{Core, core, get};
use crate::gil::GilCell;
use crate::leaving;
use crate::line::now;
use crate::text::new_str;
use crate::turn;

/// A line is out after so long at the latest.
const LATEST: Duration = Duration::from_millis(60);
/// What follows a flush sooner than this waits for the flusher.
const QUIET: i64 = 100_000_000;

/// Which of the two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

/// See the module.
pub(crate) struct Console {
    stream: Stream,
    colours: Option<bool>,
    of: GilCell<Terminal>,
}

/// What was found out of the last `sys.stdout`.
struct Terminal {
    stdout: Cell<*mut ffi::PyObject>,
    is_terminal: Cell<bool>,
}

impl Console {
    pub(crate) fn new(stream: Stream, colours: Option<bool>) -> Self {
        Self {
            stream,
            colours,
            of: GilCell::new(Terminal { stdout: Cell::new(ptr::null_mut()), is_terminal: Cell::new(false) }),
        }
    }

    pub(crate) fn write(&self, py: Python<'_>, core: &Core, nanos: i64, level: i64, lines: &[u8]) -> PyResult<()> {
        let Some(stdout) = current(py, core, self.stream) else {
            core.stats.lost.count();
            return Ok(());
        };
        // Standard error waits for nobody.
        let at_once = self.stream == Stream::Stderr;
        let terminal = self.is_terminal(core, &stdout);
        // A file that the output goes to gets what the standard library would have written.
        let lines = if terminal { &*for_terminal(lines) } else { lines };
        let put = |lines: &[u8], circling| {
            put_and_flush(core, self.stream, &stdout, terminal || at_once, nanos, lines, circling)
        };
        if self.colours.unwrap_or(terminal && !no_colours()) {
            let mut coloured = Vec::with_capacity(lines.len() + 12);
            coloured.extend_from_slice(colour(level));
            coloured.extend_from_slice(lines.strip_suffix(b"\n").unwrap_or(lines));
            coloured.extend_from_slice(b"\x1b[0m\n");
            turn::take(py, self.stream, &coloured, put)
        } else {
            turn::take(py, self.stream, lines, put)
        }
    }

    fn is_terminal(&self, core: &Core, stdout: &Bound<'_, PyAny>) -> bool {
        let known = self.of.get(stdout.py());
        if known.stdout.get() != stdout.as_ptr() {
            let asked = stdout.call_method0(core.names.isatty.bind(stdout.py()));
            known.is_terminal.set(asked.and_then(|answer| answer.is_truthy()).unwrap_or(false));
            known.stdout.set(stdout.as_ptr());
        }
        known.is_terminal.get()
    }
}

const fn none() -> GilCell<RefCell<Option<Py<PyAny>>>> {
    GilCell::new(RefCell::new(None))
}

/// A `sys.stdout` or `sys.stderr` that logs what is written to it, such as those with which programs have their prints logged.
static CIRCLING: [GilCell<RefCell<Option<Py<PyAny>>>>; 2] = [none(), none()];

/// What `sys.stdout` or `sys.stderr` is now; if that logs what it is given, what Python began with.
fn current<'py>(py: Python<'py>, core: &Core, stream: Stream) -> Option<Bound<'py, PyAny>> {
    let (now, first) = match stream {
        Stream::Stdout => (&core.names.stdout, intern!(py, "__stdout__")),
        Stream::Stderr => (&core.names.stderr, intern!(py, "__stderr__")),
    };
    // SAFETY: the namespace of `sys`; what is borrowed from it is kept by a reference of our own.
    unsafe {
        let is_none = |stream: *mut ffi::PyObject| stream.is_null() || stream == ffi::Py_None();
        let now = get(core.sys.as_ptr(), now.as_ptr());
        if is_none(now) {
            return None;
        }
        let circling = CIRCLING[stream as usize].get(py).borrow().as_ref().is_some_and(|known| known.as_ptr() == now);
        if !circling {
            return Some(Bound::from_borrowed_ptr(py, now));
        }
        let first = get(core.sys.as_ptr(), first.as_ptr());
        if is_none(first) || first == now { None } else { Some(Bound::from_borrowed_ptr(py, first)) }
    }
}

fn stdout<'py>(py: Python<'py>, core: &Core) -> Option<Bound<'py, PyAny>> {
    current(py, core, Stream::Stdout)
}

fn put_and_flush(
    core: &Core,
    stream: Stream,
    stdout: &Bound<'_, PyAny>,
    at_once: bool,
    at: i64,
    lines: &[u8],
    circling: bool,
) -> PyResult<()> {
    if circling && is_own(stdout) {
        return put_behind(core, stream, stdout, lines);
    }
    match put(core, stdout, lines).and_then(|()| after(core, stdout, at_once, at)) {
        // A closed console is no reason for a program to stop; an interrupt is.
        Err(error) if error.is_instance_of::<PyException>(stdout.py()) => {
            core.stats.lost.count();
            Ok(())
        }
        other => other,
    }
}

/// Leaves a stream alone that logs what it is given, and writes to the one that Python began with.
fn put_behind(core: &Core, stream: Stream, circling: &Bound<'_, PyAny>, lines: &[u8]) -> PyResult<()> {
    let py = circling.py();
    let before = CIRCLING[stream as usize].get(py).replace(Some(circling.clone().unbind()));
    drop(before);
    if let Some(behind) = current(py, core, stream) {
        return put_and_flush(core, stream, &behind, true, now(), lines, false);
    }
    core.stats.lost.count();
    Ok(())
}

/// Whether a stream is the program's own: Python's do not log.
fn is_own(stream: &Bound<'_, PyAny>) -> bool {
    let module = stream.get_type().getattr(intern!(stream.py(), "__module__"));
    module.is_ok_and(|module| !module.eq("_io").unwrap_or(false))
}

fn put(core: &Core, stdout: &Bound<'_, PyAny>, lines: &[u8]) -> PyResult<()> {
    let py = stdout.py();
    // SAFETY: a new string, and a call with it; the result is owned.
    unsafe {
        let text = Bound::from_owned_ptr_or_err(py, new_str(lines))?;
        let given = [ptr::null_mut(), stdout.as_ptr(), text.as_ptr()];
        let count = 2 | ffi::PY_VECTORCALL_ARGUMENTS_OFFSET;
        let done =
            ffi::PyObject_VectorcallMethod(core.names.write.as_ptr(), given.as_ptr().add(1), count, ptr::null_mut());
        match Bound::from_owned_ptr_or_err(py, done) {
            Ok(_) => Ok(()),
            Err(error) if error.is_instance_of::<PyUnicodeEncodeError>(py) => in_its_encoding(stdout, &text),
            Err(error) => Err(error),
        }
    }
}

/// Writes what the console's encoding has no bytes for as `\uac00`.
fn in_its_encoding(stdout: &Bound<'_, PyAny>, text: &Bound<'_, PyAny>) -> PyResult<()> {
    let encoding = stdout.getattr("encoding")?;
    let bytes = text.call_method1("encode", (&encoding, "backslashreplace"))?;
    stdout.call_method1("write", (bytes.call_method1("decode", (encoding,))?,))?;
    Ok(())
}

/// When something was last flushed, and whether something waits.
static FLUSHED: GilCell<Cell<i64>> = GilCell::new(Cell::new(0));
static WAITING: AtomicBool = AtomicBool::new(false);
/// Whether the flusher holds, or asks for, the interpreter.
static BUSY: AtomicBool = AtomicBool::new(false);

fn after(core: &Core, stdout: &Bound<'_, PyAny>, at_once: bool, at: i64) -> PyResult<()> {
    let py = stdout.py();
    let flushed = FLUSHED.get(py);
    if at_once || leaving::is_ending() || (at - flushed.get()).unsigned_abs() >= QUIET as u64 {
        flushed.set(at);
        WAITING.store(false, Ordering::Release);
        return flush_stream(core, stdout);
    }
    if !WAITING.swap(true, Ordering::AcqRel) {
        flusher(py).unpark();
    }
    Ok(())
}

fn flush_stream(core: &Core, stdout: &Bound<'_, PyAny>) -> PyResult<()> {
    match stdout.call_method0(core.names.flush.bind(stdout.py())) {
        Err(error) if !error.is_instance_of::<pyo3::exceptions::PyAttributeError>(stdout.py()) => Err(error),
        _ => Ok(()),
    }
}

/// Flushes the console if a line waits in it.
pub(crate) fn flush(py: Python<'_>) {
    let Ok(core) = core(py) else { return };
    if !WAITING.load(Ordering::Acquire) || turn::is_taken(py, Stream::Stdout) {
        return;
    }
    WAITING.store(false, Ordering::Release);
    FLUSHED.get(py).set(now());
    let Some(stdout) = stdout(py, core) else { return };
    // While it flushes, others leave their lines to whoever has the turn.
    let write = |lines: &[u8], circling: bool| {
        if circling && is_own(&stdout) {
            return put_behind(core, Stream::Stdout, &stdout, lines);
        }
        if !lines.is_empty() {
            put(core, &stdout, lines)?;
        }
        flush_stream(core, &stdout)
    };
    if turn::take(py, Stream::Stdout, b"", write).is_err() {
        core.stats.lost.count();
    }
}

/// The thread that flushes what callers left waiting; replaced in a forked child, which has no such thread.
static FLUSHER: GilCell<Cell<Option<&'static OnceLock<Thread>>>> = GilCell::new(Cell::new(None));

fn flusher(py: Python<'_>) -> &'static Thread {
    let slot = FLUSHER.get(py);
    let once = slot.get().unwrap_or_else(|| {
        let once: &'static OnceLock<Thread> = Box::leak(Box::default());
        slot.set(Some(once));
        once
    });
    once.get_or_init(|| {
        let started = thread::Builder::new().name("bongsu-console".to_owned()).spawn(run);
        started.map_or_else(|_| thread::current(), |handle| handle.thread().clone())
    })
}

fn run() {
    loop {
        while !WAITING.load(Ordering::Acquire) {
            thread::park();
        }
        thread::sleep(LATEST);
        BUSY.store(true, Ordering::SeqCst);
        if !leaving::is_ending() {
            Python::try_attach(flush);
        }
        BUSY.store(false, Ordering::SeqCst);
        if leaving::is_ending() {
            return;
        }
    }
}

/// The program ends: what waits is flushed and the flusher leaves the interpreter alone; later lines are flushed one by one.
pub(crate) fn end(py: Python<'_>) {
    flush(py);
    py.detach(|| {
        for _ in 0..1000 {
            if !BUSY.load(Ordering::SeqCst) {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
    });
}

/// Before a fork: what waits would be written by the child as well.
pub(crate) fn before_fork(py: Python<'_>) {
    flush(py);
    turn::before_fork(py);
    if let Ok(core) = core(py)
        && WAITING.swap(false, Ordering::AcqRel)
        && let Some(stdout) = stdout(py, core)
        && flush_stream(core, &stdout).is_err()
    {
        core.stats.lost.count();
    }
}

/// After a fork, in the parent.
pub(crate) fn after_fork_in_parent(py: Python<'_>) {
    let Ok(core) = core(py) else { return };
    for stream in turn::after_fork_in_parent(py) {
        if let Some(out) = current(py, core, stream)
            && turn::take(py, stream, b"", |lines, circling| {
                put_and_flush(core, stream, &out, false, now(), lines, circling)
            })
            .is_err()
        {
            core.stats.lost.count();
        }
    }
}

/// In the child of a fork: the flusher stayed with the parent.
pub(crate) fn after_fork_in_child(py: Python<'_>) {
    WAITING.store(false, Ordering::SeqCst);
    BUSY.store(false, Ordering::SeqCst);
    FLUSHER.get(py).set(None);
    turn::after_fork_in_child(py);
}

fn no_colours() -> bool {
    static SET: OnceLock<bool> = OnceLock::new();
    *SET.get_or_init(bongsu_log::colours_are_unwanted)
}

/// The terminal's code for the colour of a level.
fn colour(level: i64) -> &'static [u8] {
    match level {
        ..20 => b"\x1b[2m",
        20..30 => b"\x1b[32m",
        30..40 => b"\x1b[33m",
        40..50 => b"\x1b[31m",
        50.. => b"\x1b[1;31m",
    }
}
