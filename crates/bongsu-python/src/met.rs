//! What was found out about objects of Python that were met before, by their addresses.

use std::cell::RefCell;
use std::ptr;

use pyo3::prelude::*;

use crate::gil::letting_go;

/// One or two objects.
pub(crate) type Objects<'a, 'py> = (&'a Bound<'py, PyAny>, Option<&'a Bound<'py, PyAny>>);

/// A table in which a new entry takes the place of the one before in its slot.
pub(crate) struct Met<V> {
    /// Empty until something is met.
    slots: RefCell<Vec<Option<Entry<V>>>>,
    count: usize,
}

struct Entry<V> {
    /// Kept alive, so that an address means one object.
    of: (Py<PyAny>, Option<Py<PyAny>>),
    number: i64,
    value: V,
}

impl<V: Clone> Met<V> {
    /// A table of so many slots.
    pub(crate) const fn new(count: usize) -> Self {
        Self { slots: RefCell::new(Vec::new()), count }
    }

    /// What is known of these objects and this number; `look` finds it out the first time, and may find nothing.
    pub(crate) fn get(&self, of: Objects<'_, '_>, number: i64, look: impl FnOnce() -> Option<V>) -> Option<V> {
        let (first, second) = (of.0.as_ptr(), of.1.map_or(ptr::null_mut(), Bound::as_ptr));
        let hash = (first as usize >> 5)
            .wrapping_add(second as usize >> 4)
            .wrapping_mul(0x9e37_79b9)
            .wrapping_add((number as usize).wrapping_mul(0x85eb));
        let slot = (hash ^ (hash >> 12)) % self.count;
        if let Some(Some(known)) = self.slots.borrow().get(slot)
            && known.of.0.as_ptr() == first
            && known.of.1.as_ref().map_or(ptr::null_mut(), Py::as_ptr) == second
            && known.number == number
        {
            return Some(known.value.clone());
        }
        let value = look()?;
        let of = (of.0.clone().unbind(), of.1.map(|second| second.clone().unbind()));
        let new = Entry { of, number, value: value.clone() };
        let mut slots = self.slots.borrow_mut();
        if slots.is_empty() {
            slots.resize_with(self.count, || None);
        }
        let old = slots.get_mut(slot).and_then(|slot| slot.replace(new));
        // Letting objects go may run whatever waits for their end: not while the table is borrowed.
        drop(slots);
        letting_go(|| drop(old));
        Some(value)
    }
}
