//! Lines of the log home: the parts that repeat are made once, a line is copies of them.

use std::borrow::Cow;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use bongsu_format::render::{self, Layout, Stamp};
use bongsu_log::{level_number, severity_of};
use bongsu_model::{Level, Timestamp, Value};
use pyo3::prelude::*;

use crate::clockface::Clockface;
use crate::fields::Field;
use crate::span::Span;
use crate::text::{push_int, push_padded};

pub(crate) const NANOS: i64 = 1_000_000_000;

/// The time that a program has set in place of the machine's; [`MACHINE`] for none.
static SET: AtomicI64 = AtomicI64::new(MACHINE);
const MACHINE: i64 = i64::MIN;

/// Sets the time of all records from now on, in nanoseconds since 1970; none goes back to the machine's clock.
#[pyfunction]
#[pyo3(signature = (nanos=None))]
fn set_clock(nanos: Option<i64>) {
    SET.store(nanos.unwrap_or(MACHINE), Ordering::Relaxed);
}

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(set_clock, module)?)
}

/// Now, in nanoseconds since 1970.
pub(crate) fn now() -> i64 {
    let set = SET.load(Ordering::Relaxed);
    if set != MACHINE {
        return set;
    }
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs() as i64 * NANOS + i64::from(since.subsec_nanos()))
}

/// What stands between the time and the message, for one level of one logger.
pub(crate) struct Heads {
    level: Box<str>,
    /// OpenTelemetry's number of the level.
    severity: u8,
    logger: Box<str>,
    /// `INFO     name            `
    detailed: Vec<u8>,
    /// `INFO     | `
    simple: Vec<u8>,
    /// `PERF name            | `
    performance: Vec<u8>,
}

impl Heads {
    pub(crate) fn new(level: &str, number: i64, logger: &str) -> Self {
        let (mut detailed, mut simple, mut performance) = (Vec::new(), Vec::new(), Vec::new());
        for part in [&mut detailed, &mut simple] {
            push_padded(level.as_bytes(), 8, part);
            part.push(b' ');
        }
        simple.extend_from_slice(b"| ");
        push_padded(logger.as_bytes(), 15, &mut detailed);
        detailed.push(b' ');
        performance.extend_from_slice(b"PERF ");
        push_padded(logger.as_bytes(), 15, &mut performance);
        performance.extend_from_slice(b" | ");
        // Of other systems' spellings only those count that have this number: `NOTICE` at 25 is a name of the program's own.
        let known = Level::known(level).filter(|known| i64::from(level_number(known)) == number);
        let severity = known.as_ref().and_then(Level::severity);
        let severity = severity.unwrap_or_else(|| severity_of(u8::try_from(number.max(0)).unwrap_or(u8::MAX)));
        let level = known.as_ref().map_or(level, Level::name).into();
        Self { level, severity, logger: logger.into(), detailed, simple, performance }
    }
}

/// A place in a program, and how lines name it.
#[derive(Default)]
pub(crate) struct Site {
    /// `func                 L 12 | `, as the detailed layout has it.
    detailed: Vec<u8>,
    /// Name of the function.
    pub(crate) function: String,
    /// The source file as the code names it.
    pub(crate) file: String,
    /// Line, from 1; 0 where it is not known.
    pub(crate) line: i64,
}

impl Site {
    pub(crate) fn new(function: String, file: String, line: i64) -> Self {
        let mut detailed = Vec::with_capacity(32);
        push_padded(function.as_bytes(), 20, &mut detailed);
        detailed.extend_from_slice(b" L");
        let mut digits = Vec::with_capacity(4);
        push_int(line, &mut digits);
        detailed.resize(detailed.len() + 3usize.saturating_sub(digits.len()), b' ');
        detailed.extend_from_slice(&digits);
        detailed.extend_from_slice(b" | ");
        Self { detailed, function, file, line }
    }
}

/// One record, ready to be written in any layout.
pub(crate) struct Entry<'a> {
    pub(crate) nanos: i64,
    pub(crate) heads: &'a Heads,
    /// Needed by layouts that name it, see [`crate::sink::Sink::names_the_place`].
    pub(crate) site: Option<&'a Site>,
    pub(crate) message: &'a [u8],
    pub(crate) fields: &'a dyn render::Fields,
    /// Asked for by layouts that show fields.
    pub(crate) span: Option<Span>,
}

impl Entry<'_> {
    /// Appends the line, with its end.
    pub(crate) fn render(&self, layout: &Layout, clock: &Clockface, out: &mut Vec<u8>) {
        let time = Timestamp::from_nanos(self.nanos);
        let mut stamp = clock.at(self.nanos);
        match layout {
            Layout::Detailed => {
                out.extend_from_slice(stamp.full(time));
                out.extend_from_slice(&self.heads.detailed);
                out.extend_from_slice(self.site.map_or(b" | ", |site| &site.detailed));
            }
            Layout::Simple => {
                out.push(b'[');
                out.extend_from_slice(stamp.clock(time));
                out.extend_from_slice(&self.heads.simple);
            }
            Layout::Component => {
                out.extend_from_slice(stamp.full(time));
                out.extend_from_slice(&self.heads.detailed);
                out.extend_from_slice(b"| ");
            }
            Layout::Performance => {
                out.extend_from_slice(stamp.full(time));
                out.extend_from_slice(&self.heads.performance);
            }
            Layout::Json | Layout::Template(_) => {
                self.write(layout, &mut stamp, out);
                out.push(b'\n');
                return;
            }
        }
        out.extend_from_slice(self.message);
        out.push(b'\n');
    }

    fn write(&self, layout: &Layout, stamp: &mut Stamp, out: &mut Vec<u8>) {
        let message =
            std::str::from_utf8(self.message).map_or_else(|_| String::from_utf8_lossy(self.message), Cow::Borrowed);
        let line = render::Line {
            time: Timestamp::from_nanos(self.nanos),
            level: Some(&self.heads.level),
            severity: Some(self.heads.severity),
            logger: Some(&self.heads.logger),
            function: self.site.map(|site| site.function.as_str()),
            file: self.site.map(|site| site.file.as_str()),
            line: self.site.map(|site| site.line),
            message: &message,
            fields: self.fields,
            ..render::Line::default()
        };
        layout.write(&Span::name_in(self.span.as_ref(), line), stamp, out);
    }
}

/// Fields in a list.
#[derive(Debug)]
pub(crate) struct Fields<'a>(pub(crate) &'a [Field]);

impl render::Fields for Fields<'_> {
    fn each(&self, give: &mut dyn FnMut(&str, &Value<'_>)) {
        self.0.iter().for_each(|(name, value)| give(name, value));
    }
}
