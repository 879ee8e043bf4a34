//! Lines of the log home: the parts that repeat are made once, a line is copies of them.

use std::cell::RefCell;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use bongsu_format::render::Layout;
use bongsu_model::{Level, Record, Timestamp, Value};
use jiff::tz::TimeZone;
use pyo3::prelude::*;

use crate::text::{push_int, push_padded};

const NANOS: i64 = 1_000_000_000;

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

/// The text of a second, kept until another one is asked for.
pub(crate) struct Clockface {
    zone: RefCell<TimeZone>,
    shown: RefCell<Shown>,
}

struct Shown {
    second: i64,
    /// `[2025-06-06 12:00:00] `
    full: Vec<u8>,
    /// `[12:00:00] `
    short: Vec<u8>,
}

impl Clockface {
    pub(crate) fn new() -> Self {
        Self {
            zone: RefCell::new(TimeZone::system()),
            shown: RefCell::new(Shown { second: i64::MIN, full: Vec::new(), short: Vec::new() }),
        }
    }

    /// Shows times of another zone from now on.
    pub(crate) fn set_zone(&self, zone: TimeZone) {
        self.zone.replace(zone);
        self.shown.borrow_mut().second = i64::MIN;
    }

    fn push(&self, nanos: i64, whole: bool, out: &mut Vec<u8>) {
        let second = nanos.div_euclid(NANOS);
        let mut shown = self.shown.borrow_mut();
        if shown.second != second {
            let time = Timestamp::from_nanos(nanos).to_jiff().to_zoned(self.zone.borrow().clone());
            shown.second = second;
            shown.full = time.strftime("[%Y-%m-%d %H:%M:%S] ").to_string().into_bytes();
            shown.short = time.strftime("[%H:%M:%S] ").to_string().into_bytes();
        }
        out.extend_from_slice(if whole { &shown.full } else { &shown.short });
    }
}

/// What stands between the time and the message, for one level of one logger.
pub(crate) struct Heads {
    level: Box<str>,
    logger: Box<str>,
    /// `INFO     name            `
    detailed: Vec<u8>,
    /// `INFO     | `
    simple: Vec<u8>,
    /// `PERF name            | `
    performance: Vec<u8>,
}

impl Heads {
    pub(crate) fn new(level: &[u8], logger: &[u8]) -> Self {
        let (mut detailed, mut simple, mut performance) = (Vec::new(), Vec::new(), Vec::new());
        for part in [&mut detailed, &mut simple] {
            push_padded(level, 8, part);
            part.push(b' ');
        }
        simple.extend_from_slice(b"| ");
        push_padded(logger, 15, &mut detailed);
        detailed.push(b' ');
        performance.extend_from_slice(b"PERF ");
        push_padded(logger, 15, &mut performance);
        performance.extend_from_slice(b" | ");
        let owned = |text: &[u8]| String::from_utf8_lossy(text).into_owned().into_boxed_str();
        Self { level: owned(level), logger: owned(logger), detailed, simple, performance }
    }
}

/// Where a record comes from.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// `func                 L 12 | `, see [`place`].
    pub(crate) detailed: &'a [u8],
    pub(crate) function: &'a [u8],
    pub(crate) file: &'a [u8],
    pub(crate) line: i64,
}

impl Place<'_> {
    /// For layouts that do not name it.
    pub(crate) const NONE: Place<'static> = Place { detailed: b"", function: b"", file: b"", line: 0 };
}

/// The part of the detailed layout that names the place.
pub(crate) fn place(function: &[u8], line: i64) -> Vec<u8> {
    let mut detailed = Vec::with_capacity(32);
    push_padded(function, 20, &mut detailed);
    detailed.extend_from_slice(b" L");
    let mut digits = Vec::with_capacity(4);
    push_int(line, &mut digits);
    detailed.resize(detailed.len() + 3usize.saturating_sub(digits.len()), b' ');
    detailed.extend_from_slice(&digits);
    detailed.extend_from_slice(b" | ");
    detailed
}

/// One record, ready to be written in any layout.
pub(crate) struct Entry<'a> {
    pub(crate) nanos: i64,
    pub(crate) heads: &'a Heads,
    pub(crate) place: Place<'a>,
    pub(crate) message: &'a [u8],
    pub(crate) fields: &'a [(String, Value<'static>)],
}

impl Entry<'_> {
    /// Appends the line, with its end.
    pub(crate) fn render(&self, layout: &Layout, clock: &Clockface, out: &mut Vec<u8>) {
        match layout {
            Layout::Detailed => {
                clock.push(self.nanos, true, out);
                out.extend_from_slice(&self.heads.detailed);
                out.extend_from_slice(self.place.detailed);
            }
            Layout::Simple => {
                clock.push(self.nanos, false, out);
                out.extend_from_slice(&self.heads.simple);
            }
            Layout::Component => {
                clock.push(self.nanos, true, out);
                out.extend_from_slice(&self.heads.detailed);
                out.extend_from_slice(b"| ");
            }
            Layout::Performance => {
                clock.push(self.nanos, true, out);
                out.extend_from_slice(&self.heads.performance);
            }
            Layout::Json | Layout::Template(_) => {
                self.by_record(layout, &clock.zone.borrow(), out);
                out.push(b'\n');
                return;
            }
        }
        out.extend_from_slice(self.message);
        out.push(b'\n');
    }

    fn by_record(&self, layout: &Layout, zone: &TimeZone, out: &mut Vec<u8>) {
        let record = Record {
            time: Some(Timestamp::from_nanos(self.nanos)),
            level: Some(Level::known(&self.heads.level).unwrap_or_else(|| Level::Custom(self.heads.level.clone()))),
            logger: Some((&*self.heads.logger).into()),
            message: String::from_utf8_lossy(self.message),
            function: Some(String::from_utf8_lossy(self.place.function)),
            file: Some(String::from_utf8_lossy(self.place.file)),
            line: Some(self.place.line),
            fields: self.fields.iter().map(|(name, value)| (name.as_str().into(), value.clone())).collect(),
            ..Record::default()
        };
        let mut line = String::new();
        layout.render(&record, zone, &mut line);
        out.extend_from_slice(line.as_bytes());
    }
}
