//! One thread at a time writes to the console.
//!
//! Python's text streams give the interpreter away in the middle of a write, and some versions of them lose or make up text when
//! another thread writes then. A lock would stop that thread with the interpreter in its hands; so it leaves its lines to the one
//! that is writing.

use std::cell::{Cell, RefCell};
use std::thread::{self, ThreadId};
use std::time::Duration;

use pyo3::prelude::*;

use crate::console::Stream;
use crate::gil::GilCell;

/// When so many bytes wait, threads wait too: the console is slower than they are.
const MOST: usize = 1 << 20;

/// When so often in a row a write made its own thread log, the stream logs what it is given.
const ROUNDS: u32 = 3;

struct Turn {
    /// The thread that is writing.
    of: Cell<Option<ThreadId>>,
    /// Whether it logged something from inside its write.
    again: Cell<bool>,
    waiting: RefCell<Vec<u8>>,
    /// Whether it is held for a fork.
    forking: Cell<bool>,
}

const fn free() -> GilCell<Turn> {
    GilCell::new(Turn {
        of: Cell::new(None),
        again: Cell::new(false),
        waiting: RefCell::new(Vec::new()),
        forking: Cell::new(false),
    })
}

/// The turns of standard output and of standard error.
static TURNS: [GilCell<Turn>; 2] = [free(), free()];
const STREAMS: [Stream; 2] = [Stream::Stdout, Stream::Stderr];

fn turn_of(py: Python<'_>, stream: Stream) -> &'static Turn {
    TURNS[stream as usize].get(py)
}

thread_local! {
    static ME: ThreadId = thread::current().id();
}

fn me() -> ThreadId {
    ME.with(|me| *me)
}

/// Gives the turn back, however the writing ends.
struct Taken<'t>(&'t Turn);

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.0.of.set(None);
    }
}

/// Has `write` write `lines`, and then those that came meanwhile; or leaves the lines to the thread that is writing. `write` is
/// told when it went round in circles: each write made the stream log, and thereby wait, one line more.
pub(crate) fn take(
    py: Python<'_>,
    stream: Stream,
    lines: &[u8],
    mut write: impl FnMut(&[u8], bool) -> PyResult<()>,
) -> PyResult<()> {
    let turn = turn_of(py, stream);
    if let Some(other) = turn.of.get() {
        turn.waiting.borrow_mut().extend_from_slice(lines);
        if other == me() {
            turn.again.set(true);
        }
        // Whoever writes from inside a write would wait for itself.
        while other != me() && turn.of.get().is_some() && turn.waiting.borrow().len() > MOST {
            py.detach(|| thread::sleep(Duration::from_millis(1)));
            py.check_signals()?;
        }
        return Ok(());
    }
    turn.of.set(Some(me()));
    let _taken = Taken(turn);
    turn.again.set(false);
    write(lines, false)?;
    let mut rounds = 0;
    loop {
        let waiting = turn.waiting.take();
        if waiting.is_empty() {
            return Ok(());
        }
        rounds = if turn.again.replace(false) { rounds + 1 } else { 0 };
        write(&waiting, rounds >= ROUNDS)?;
    }
}

/// Whether a thread is writing.
pub(crate) fn is_taken(py: Python<'_>, stream: Stream) -> bool {
    turn_of(py, stream).of.get().is_some()
}

/// Before a fork: waits until nobody writes, and keeps it so. A child in which another thread stood in the middle of a write
/// could never write again.
pub(crate) fn before_fork(py: Python<'_>) {
    let mut waited = Duration::ZERO;
    for stream in STREAMS {
        let turn = turn_of(py, stream);
        while turn.of.get().is_some_and(|other| other != me()) && waited < PATIENCE {
            py.detach(|| thread::sleep(STEP));
            waited += STEP;
        }
        if turn.of.get().is_none() {
            turn.of.set(Some(me()));
            turn.forking.set(true);
        }
    }
}

/// After a fork, in the parent: gives the turns back. The streams for which lines came meanwhile.
pub(crate) fn after_fork_in_parent(py: Python<'_>) -> impl Iterator<Item = Stream> {
    STREAMS.into_iter().filter(move |stream| {
        let turn = turn_of(py, *stream);
        if turn.forking.replace(false) {
            turn.of.set(None);
        }
        turn.of.get().is_none() && !turn.waiting.borrow().is_empty()
    })
}

/// In the child of a fork: the thread that was writing, and what waited for it, stayed with the parent.
pub(crate) fn after_fork_in_child(py: Python<'_>) {
    for stream in STREAMS {
        let turn = turn_of(py, stream);
        turn.forking.set(false);
        turn.of.set(None);
        turn.waiting.take();
    }
}

/// How long a fork waits for a console that takes no lines.
const PATIENCE: Duration = Duration::from_secs(1);
const STEP: Duration = Duration::from_micros(100);
