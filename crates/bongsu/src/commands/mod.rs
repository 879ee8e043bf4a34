//! The commands: one file each, with its arguments, what it does, and its tests.

pub(crate) mod completion;
pub(crate) mod config;
pub(crate) mod help;
