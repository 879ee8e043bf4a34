//! One record on its way to the handlers: formatted, masked and written without an allocation, in buffers of the thread.

use std::cell::Cell;
use std::fmt::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bongsu_format::render::{Layout, Line, Stamp};
use bongsu_model::Level;

use crate::levels::{Handler, number};
use crate::logging::{Shared, Target, lock};
use crate::mask::Rules;

/// A buffer that one long record made longer than this is let go.
const LARGEST_KEPT: usize = 64 << 10;

/// What a thread writes its records with.
#[derive(Debug)]
pub(crate) struct Scratch {
    message: String,
    line: Vec<u8>,
    stamp: Stamp,
    mask: Arc<Rules>,
    /// The `id` of the logging whose zone and mask these are.
    of: u64,
}

thread_local! {
    /// Empty while a record is being written: one that is logged in the middle of another, by a value's `Display` say, has
    /// buffers of its own.
    static SCRATCH: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
}

/// A number that no other logging of this process has.
pub(crate) fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Scratch {
    fn take(shared: &Shared) -> Box<Self> {
        match SCRATCH.try_with(Cell::take) {
            Ok(Some(scratch)) if scratch.of == shared.id.load(Ordering::Acquire) => scratch,
            _ => Self::new(shared),
        }
    }

    #[cold]
    fn new(shared: &Shared) -> Box<Self> {
        // Read before the mask is: with a mask that came in between, the id is an old one and the next record looks again.
        let of = shared.id.load(Ordering::Acquire);
        let stamp = Stamp::new(shared.zone.clone());
        let mask = Arc::clone(&lock(&shared.mask));
        Box::new(Self { message: String::new(), line: Vec::new(), stamp, mask, of })
    }

    fn put_back(mut self: Box<Self>) {
        self.message.clear();
        if self.line.capacity().max(self.message.capacity()) <= LARGEST_KEPT {
            // Fails at the end of the thread only.
            let _ = SCRATCH.try_with(|kept| kept.set(Some(self)));
        }
    }
}

impl Shared {
    /// Formats `message` and writes `line` with it.
    pub(crate) fn log(&self, level: &Level, line: Line<'_>, own: Option<&Target>, message: fmt::Arguments<'_>) {
        if self.refuses() {
            return;
        }
        let mut scratch = Scratch::take(self);
        let mut text = std::mem::take(&mut scratch.message);
        let time = |line| Line { time: self.now(), ..line };
        if let Some(text) = message.as_str() {
            let masked = scratch.mask.mask(text);
            self.hand_out(Some(level), &Line { message: &masked, ..time(line) }, own, &mut scratch);
        } else {
            // A value that says it failed has written what it could.
            let _ = text.write_fmt(message);
            scratch.mask.hide(&mut text, 0);
            self.hand_out(Some(level), &Line { message: &text, ..time(line) }, own, &mut scratch);
        }
        scratch.message = text;
        scratch.put_back();
    }

    /// Writes a record that another library made.
    #[cfg(any(feature = "tracing", feature = "log"))]
    pub(crate) fn write(&self, level: Option<&Level>, line: Line<'_>, own: Option<&Target>) {
        if self.refuses() {
            return;
        }
        let mut scratch = Scratch::take(self);
        let message = scratch.mask.mask(line.message);
        self.hand_out(level, &Line { time: self.now(), message: &message, ..line }, own, &mut scratch);
        drop(message);
        scratch.put_back();
    }

    /// After the end nothing is written any more, but counted.
    fn refuses(&self) -> bool {
        let ended = self.ended.load(Ordering::Acquire);
        if ended {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        ended
    }

    /// Writes the line to each handler whose level it reaches: application, error, the logger's own file, console.
    fn hand_out(&self, level: Option<&Level>, line: &Line<'_>, own: Option<&Target>, scratch: &mut Scratch) {
        let number = number(level);
        let mut lines = Lines { line, scratch, last: None };
        if self.levels.pass(Handler::Application, number) {
            self.count(&self.application.write(lines.in_layout(&self.layouts.application)));
        }
        if self.levels.pass(Handler::Error, number) {
            self.count(&self.error.write(lines.in_layout(&self.layouts.error)));
        }
        if let Some(own) = own.filter(|own| self.levels.pass(own.handler, number)) {
            self.count(&own.file.write(lines.in_layout(self.layouts.of(own.handler))));
        }
        if let Some(console) = self.console.as_ref().filter(|_| self.levels.pass(Handler::Console, number)) {
            self.count(&console.write(lines.in_layout(&self.layouts.console), number));
        }
    }
}

/// A line in one layout after the other; two handlers of one layout share it.
struct Lines<'l> {
    line: &'l Line<'l>,
    scratch: &'l mut Scratch,
    last: Option<&'l Layout>,
}

impl<'l> Lines<'l> {
    fn in_layout(&mut self, layout: &'l Layout) -> &[u8] {
        let Scratch { line, stamp, .. } = self.scratch;
        if self.last != Some(layout) {
            line.clear();
            layout.write(self.line, stamp, line);
            line.push(b'\n');
            self.last = Some(layout);
        }
        line
    }
}
