//! The console: lines go to whatever `sys.stdout` is, in order with what the program prints.

use std::cell::Cell;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use bongsu_format::render::for_terminal;
use pyo3::exceptions::{PyException, PyUnicodeEncodeError};
use pyo3::prelude::*;
use pyo3::{Python, ffi};

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

/// See the module.
pub(crate) struct Console {
    colours: Option<bool>,
    of: GilCell<Terminal>,
}

/// What was found out of the last `sys.stdout`.
struct Terminal {
    stdout: Cell<*mut ffi::PyObject>,
    is_terminal: Cell<bool>,
}

impl Console {
    pub(crate) fn new(colours: Option<bool>) -> Self {
        Self {
            colours,
            of: GilCell::new(Terminal { stdout: Cell::new(ptr::null_mut()), is_terminal: Cell::new(false) }),
        }
    }

    pub(crate) fn write(&self, py: Python<'_>, core: &Core, nanos: i64, level: i64, lines: &[u8]) -> PyResult<()> {
        let Some(stdout) = stdout(py, core) else {
            core.stats.lost.count();
            return Ok(());
        };
        let terminal = self.is_terminal(core, &stdout);
        // A file that the output goes to gets what the standard library would have written.
        let lines = if terminal { &*for_terminal(lines) } else { lines };
        if self.colours.unwrap_or(terminal && !no_colours()) {
            let mut coloured = Vec::with_capacity(lines.len() + 12);
            coloured.extend_from_slice(colour(level));
            coloured.extend_from_slice(lines.strip_suffix(b"\n").unwrap_or(lines));
            coloured.extend_from_slice(b"\x1b[0m\n");
            turn::take(py, &coloured, |lines| put_and_flush(core, &stdout, terminal, nanos, lines))
        } else {
            turn::take(py, lines, |lines| put_and_flush(core, &stdout, terminal, nanos, lines))
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

/// What `sys.stdout` is now.
fn stdout<'py>(py: Python<'py>, core: &Core) -> Option<Bound<'py, PyAny>> {
    // SAFETY: the namespace of `sys`; what is borrowed from it is kept by a reference of our own.
    unsafe {
        let stdout = get(core.sys.as_ptr(), core.names.stdout.as_ptr());
        if stdout.is_null() || stdout == ffi::Py_None() { None } else { Some(Bound::from_borrowed_ptr(py, stdout)) }
    }
}

fn put_and_flush(core: &Core, stdout: &Bound<'_, PyAny>, terminal: bool, at: i64, lines: &[u8]) -> PyResult<()> {
    match put(core, stdout, lines).and_then(|()| after(core, stdout, terminal, at)) {
        // A closed console is no reason for a program to stop; an interrupt is.
        Err(error) if error.is_instance_of::<PyException>(stdout.py()) => {
            core.stats.lost.count();
            Ok(())
        }
        other => other,
    }
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

fn after(core: &Core, stdout: &Bound<'_, PyAny>, terminal: bool, at: i64) -> PyResult<()> {
    let py = stdout.py();
    let flushed = FLUSHED.get(py);
    if terminal || leaving::is_ending() || (at - flushed.get()).unsigned_abs() >= QUIET as u64 {
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
    if !WAITING.load(Ordering::Acquire) || turn::is_taken(py) {
        return;
    }
    WAITING.store(false, Ordering::Release);
    FLUSHED.get(py).set(now());
    let Some(stdout) = stdout(py, core) else { return };
    // While it flushes, others leave their lines to whoever has the turn.
    let write = |lines: &[u8]| {
        if !lines.is_empty() {
            put(core, &stdout, lines)?;
        }
        flush_stream(core, &stdout)
    };
    if turn::take(py, b"", write).is_err() {
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
    if turn::after_fork_in_parent(py)
        && let Ok(core) = core(py)
        && let Some(stdout) = stdout(py, core)
        && turn::take(py, b"", |lines| put_and_flush(core, &stdout, false, now(), lines)).is_err()
    {
        core.stats.lost.count();
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
    *SET.get_or_init(|| std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()))
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
