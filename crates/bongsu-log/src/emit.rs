//! One record on its way to the handlers: formatted, masked and written without an allocation, in buffers of the thread.

use std::fmt::{self, Write};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use bongsu_format::render::Layout;
use bongsu_model::Timestamp;

use crate::Bound;
use crate::bound::Carried;
use crate::file::LogFile;
use crate::level_files::LevelFiles;
use crate::levels::{Handler, number};
use crate::logging::{Shared, Target};
use crate::place::{Heads, Kept, Place};
use crate::scratch::{self, Scratch, Written};

/// A number that no other logging, logger or target of this process has.
pub(crate) fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Shared {
    /// Formats `message` and writes the record with it and with the fields of the thread and of `bound`.
    pub(crate) fn log(&self, place: &Place<'_>, own: Option<&Target>, bound: &Bound, message: fmt::Arguments<'_>) {
        if self.refuses() {
            return;
        }
        let mut scratch = scratch::take(self);
        let Scratch { message: text, mask, heads, written, .. } = &mut *scratch;
        let fields = Carried { mask, logger: bound };
        if let Some(plain) = message.as_str() {
            self.hand_out(place, &mask.mask(plain), &fields, own, heads, written);
        } else {
            // A value that says it failed has written what it could.
            let _ = text.write_fmt(message);
            mask.hide(text, 0);
            self.hand_out(place, text, &fields, own, heads, written);
        }
        scratch::put_back(scratch);
    }

    /// Writes a record that another library made, whose message `say` adds to the first of two empty texts; the second is for
    /// its own use.
    #[cfg(any(feature = "tracing", feature = "log"))]
    pub(crate) fn write(
        &self,
        place: &Place<'_>,
        own: Option<&Target>,
        bound: &Bound,
        say: impl FnOnce(&mut String, &mut String),
    ) {
        if self.refuses() {
            return;
        }
        let mut scratch = scratch::take(self);
        let Scratch { message: text, more, mask, heads, written, .. } = &mut *scratch;
        say(text, more);
        mask.hide(text, 0);
        self.hand_out(place, text, &Carried { mask, logger: bound }, own, heads, written);
        scratch::put_back(scratch);
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
    fn hand_out(
        &self,
        place: &Place<'_>,
        message: &str,
        fields: &Carried<'_>,
        own: Option<&Target>,
        heads: &mut Heads,
        written: &mut Written,
    ) {
        let number = number(Some(place.level));
        let time = self.clock.for_record();
        #[cfg(feature = "ship")]
        self.ship.iter().for_each(|ship| ship.record(number, &place.line(time, message, fields), &mut written.stamp));
        let breaks = memchr::memchr(b'\n', message.as_bytes()).is_some();
        let heads = heads.of(place);
        let mut lines = Lines { place, time, message, fields, breaks, heads, written, last: None, several: breaks };
        if self.levels.pass(Handler::Application, number) {
            self.count(&lines.to(&self.application, &self.layouts.application));
        }
        if self.levels.pass(Handler::Error, number) {
            self.count(&lines.to(&self.error, &self.layouts.error));
        }
        if let Some(own) = own.filter(|own| self.levels.pass(own.handler, number)) {
            self.count(&lines.to(&own.file, self.layouts.of(own.handler)));
        }
        if let Some(files) = &self.level_files {
            self.hand_to_level(files, number, &mut lines);
        }
        if let Some(console) = self.console.as_ref().filter(|_| self.levels.pass(Handler::Console, number)) {
            self.count(&console.write(lines.in_layout(&self.layouts.console).0, number));
        }
    }
}

impl Shared {
    #[cold]
    fn hand_to_level<'l>(&'l self, files: &LevelFiles, number: u8, lines: &mut Lines<'l>) {
        let open = |name: &str| self.file(self.home.join("app").join(name), self.component);
        match files.of(number, open) {
            Some(file) => self.count(&lines.to(file, &self.layouts.component)),
            None => self.count(&Err(io::ErrorKind::Other.into())),
        }
    }
}

/// A line in one layout after the other; two handlers of one layout share it.
struct Lines<'l> {
    place: &'l Place<'l>,
    time: Timestamp,
    message: &'l str,
    fields: &'l Carried<'l>,
    /// Whether the message is of several lines.
    breaks: bool,
    heads: Option<&'l Kept>,
    written: &'l mut Written,
    /// The layout that it was written in last.
    last: Option<&'l Layout>,
    /// Whether it is of several lines there.
    several: bool,
}

impl<'l> Lines<'l> {
    #[inline]
    fn to(&mut self, file: &LogFile, layout: &'l Layout) -> io::Result<()> {
        if let Some(head) = self.heads.and_then(|kept| kept.head(layout)) {
            let time = self.written.stamp.full(self.time);
            file.write_parts(&[time, head, self.message.as_bytes(), b"\n"], self.breaks)
        } else {
            let (line, several) = self.in_layout(layout);
            file.write_parts(&[line], several)
        }
    }

    /// The line in `layout`, and whether it is of several lines.
    #[cold]
    fn in_layout(&mut self, layout: &'l Layout) -> (&[u8], bool) {
        let Written { line, stamp } = &mut *self.written;
        if self.last.is_none_or(|last| last != layout) {
            self.last = Some(layout);
            line.clear();
            layout.write(&self.place.line(self.time, self.message, self.fields), stamp, line);
            self.several = memchr::memchr(b'\n', line).is_some();
            line.push(b'\n');
        }
        (line, self.several)
    }
}
