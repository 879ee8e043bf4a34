//! Values of one process: the child of a fork makes its own.

use std::sync::OnceLock;

/// A value that a process made, and those that the children of its forks make of it.
///
/// A child never touches its parent's value: a thread of the parent may have held a lock in it when the fork happened,
/// and that thread is not in the child to let it go.
#[derive(Debug)]
pub(super) struct PerProcess<T> {
    process: u32,
    value: T,
    child: OnceLock<Box<Self>>,
}

impl<T> PerProcess<T> {
    pub(super) fn new(value: T) -> Self {
        Self { process: std::process::id(), value, child: OnceLock::new() }
    }

    /// This process's value; `make` makes it at the first call in a child.
    pub(super) fn get(&self, make: impl Fn() -> T) -> &T {
        self.of(std::process::id(), &make)
    }

    /// This process's value if it has one.
    pub(super) fn made(&self) -> Option<&T> {
        let process = std::process::id();
        let mut generation = self;
        while generation.process != process {
            generation = generation.child.get()?;
        }
        Some(&generation.value)
    }

    fn of(&self, process: u32, make: &dyn Fn() -> T) -> &T {
        let mut generation = self;
        while generation.process != process {
            generation =
                generation.child.get_or_init(|| Box::new(Self { process, value: make(), child: OnceLock::new() }));
        }
        &generation.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_process_makes_its_own_once() {
        let here = std::process::id();
        let value = PerProcess::new("parent");
        assert_eq!(*value.get(|| panic!("made already")), "parent");
        assert_eq!(*value.of(here + 1, &|| "child"), "child");
        assert_eq!(*value.of(here + 1, &|| panic!("made already")), "child");
        assert_eq!(*value.of(here + 2, &|| "grandchild"), "grandchild");
        assert_eq!(*value.get(|| panic!("made already")), "parent");
    }
}
