//! The time as lines show it: in the zone that was set, else in the machine's, which a program may change as it runs.

use std::cell::{Cell, RefCell, RefMut};
use std::ffi::OsString;

use bongsu_format::render::Stamp;
use jiff::tz::{TimeZone, reset_system_time_zone_cache};

use crate::line::NANOS;

/// See the module.
pub(crate) struct Clockface {
    stamp: RefCell<Stamp>,
    /// Whether the machine's zone is shown.
    follows: Cell<bool>,
    /// The variable `TZ` as it was when the machine's zone was looked up.
    variable: RefCell<Option<OsString>>,
    /// When it was looked at last.
    looked: Cell<i64>,
}

impl Clockface {
    pub(crate) fn new() -> Self {
        let (zone, variable) = machine();
        Self {
            stamp: RefCell::new(Stamp::new(zone)),
            follows: Cell::new(true),
            variable: RefCell::new(variable),
            looked: Cell::new(i64::MIN),
        }
    }

    /// Shows times of another zone from now on.
    pub(crate) fn set_zone(&self, zone: TimeZone) {
        self.follows.set(false);
        self.stamp.replace(Stamp::new(zone));
    }

    /// Shows times of the machine's zone from now on.
    pub(crate) fn follow_machine(&self) {
        let (zone, variable) = machine();
        self.follows.set(true);
        self.variable.replace(variable);
        self.stamp.replace(Stamp::new(zone));
    }

    /// What writes the time of a record.
    #[inline]
    pub(crate) fn at(&self, nanos: i64) -> RefMut<'_, Stamp> {
        if !(0..NANOS).contains(&nanos.wrapping_sub(self.looked.get())) {
            self.look(nanos);
        }
        self.stamp.borrow_mut()
    }

    /// Follows a program that has set `TZ`, as Django does from its settings: once a second at most while records come in order.
    #[cold]
    fn look(&self, nanos: i64) {
        self.looked.set(nanos);
        if self.follows.get() && *self.variable.borrow() != std::env::var_os("TZ") {
            self.follow_machine();
        }
    }
}

/// The machine's zone, and the variable that may name it.
fn machine() -> (TimeZone, Option<OsString>) {
    let variable = std::env::var_os("TZ");
    reset_system_time_zone_cache();
    (TimeZone::system(), variable)
}
