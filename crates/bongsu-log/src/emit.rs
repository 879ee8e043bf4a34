//! One record on its way to the handlers: formatted, masked and written without an allocation, in buffers of the thread.

use std::cell::Cell;
use std::fmt::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bongsu_format::render::{Layout, Line, Stamp};
use bongsu_model::Level;

use crate::Bound;
use crate::bound::Carried;
use crate::levels::{Handler, number};
use crate::lock::lock;
use crate::logging::{Shared, Target};
use crate::mask::Rules;

/// A buffer that one long record made longer than this is let go.
const LARGEST_KEPT: usize = 64 << 10;

/// What a thread writes its records with.
#[derive(Debug)]
struct Scratch {
    message: String,
    mask: Arc<Rules>,
    /// The `id` of the logging whose zone and mask these are.
    of: u64,
    written: Written,
}

/// The line of one layout.
#[derive(Debug)]
struct Written {
    line: Vec<u8>,
    stamp: Stamp,
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

/// The thread's buffers, in a box so that taking them is a word's move.
#[allow(clippy::unnecessary_box_returns, reason = "it lies in the box, and goes back in it")]
fn take(shared: &Shared) -> Box<Scratch> {
    match SCRATCH.try_with(Cell::take) {
        Ok(Some(scratch)) if scratch.of == shared.id.load(Ordering::Acquire) => scratch,
        _ => {
            // Read before the mask is: with a mask that came in between, the id is an old one and the next record looks again.
            let of = shared.id.load(Ordering::Acquire);
            let stamp = Stamp::new(shared.zone.clone());
            let mask = Arc::clone(&lock(&shared.mask));
            let written = Written { line: Vec::new(), stamp };
            Box::new(Scratch { message: String::new(), mask, of, written })
        }
    }
}

fn put_back(mut scratch: Box<Scratch>) {
    scratch.message.clear();
    if scratch.written.line.capacity().max(scratch.message.capacity()) <= LARGEST_KEPT {
        // Fails at the end of the thread only.
        let _ = SCRATCH.try_with(|kept| kept.set(Some(scratch)));
    }
}

impl Shared {
    /// Formats `message` and writes `line` with it and with the fields of the thread and of `bound`.
    pub(crate) fn log(
        &self,
        level: &Level,
        line: Line<'_>,
        own: Option<&Target>,
        bound: &Bound,
        message: fmt::Arguments<'_>,
    ) {
        if self.refuses() {
            return;
        }
        let mut scratch = take(self);
        let Scratch { message: text, mask, written, .. } = &mut *scratch;
        let fields = Carried { mask, logger: bound };
        let line = |message| Line { time: self.now(), message, fields: &fields, ..line };
        if let Some(text) = message.as_str() {
            self.hand_out(Some(level), &line(&mask.mask(text)), own, written);
        } else {
            // A value that says it failed has written what it could.
            let _ = text.write_fmt(message);
            mask.hide(text, 0);
            self.hand_out(Some(level), &line(text), own, written);
        }
        put_back(scratch);
    }

    /// Writes a record that another library made.
    #[cfg(any(feature = "tracing", feature = "log"))]
    pub(crate) fn write(&self, level: Option<&Level>, line: Line<'_>, own: Option<&Target>, bound: &Bound) {
        if self.refuses() {
            return;
        }
        let mut scratch = take(self);
        let Scratch { mask, written, .. } = &mut *scratch;
        let fields = Carried { mask, logger: bound };
        let message = mask.mask(line.message);
        let line = Line { time: self.now(), message: &message, fields: &fields, ..line };
        self.hand_out(level, &line, own, written);
        put_back(scratch);
    }

    /// After the end nothing is written any more, but counted.
    fn refuses(&self) -> bool {
        let ended = self.ended.load(Ordering::Acquire);
        if ended {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        ended
    }

    /// Writes the line to each handler whose level it reaches: application, error, the logger's own file, that of the level, console.
    fn hand_out(&self, level: Option<&Level>, line: &Line<'_>, own: Option<&Target>, written: &mut Written) {
        let number = number(level);
        #[cfg(feature = "ship")]
        self.ship.iter().for_each(|ship| ship.record(number, line, &mut written.stamp));
        let mut lines = Lines { line, written, last: None };
        if self.levels.pass(Handler::Application, number) {
            self.count(&self.application.write(lines.in_layout(&self.layouts.application)));
        }
        if self.levels.pass(Handler::Error, number) {
            self.count(&self.error.write(lines.in_layout(&self.layouts.error)));
        }
        if let Some(own) = own.filter(|own| self.levels.pass(own.handler, number)) {
            self.count(&own.file.write(lines.in_layout(self.layouts.of(own.handler))));
        }
        if let Some(files) = &self.level_files {
            let open = |name: &str| self.file(self.home.join("app").join(name), self.component);
            match files.of(number, open) {
                Some(file) => self.count(&file.write(lines.in_layout(&self.layouts.component))),
                None => self.count(&Err(std::io::ErrorKind::Other.into())),
            }
        }
        if let Some(console) = self.console.as_ref().filter(|_| self.levels.pass(Handler::Console, number)) {
            self.count(&console.write(lines.in_layout(&self.layouts.console), number));
        }
    }
}

/// A line in one layout after the other; two handlers of one layout share it.
struct Lines<'l> {
    line: &'l Line<'l>,
    written: &'l mut Written,
    last: Option<&'l Layout>,
}

impl<'l> Lines<'l> {
    fn in_layout(&mut self, layout: &'l Layout) -> &[u8] {
        let Written { line, stamp } = self.written;
        if let Some(last) = self.last.replace(layout) {
            line.pop();
            layout.write_over(last, self.line, stamp, line);
        } else {
            line.clear();
            layout.write(self.line, stamp, line);
        }
        line.push(b'\n');
        line
    }
}
