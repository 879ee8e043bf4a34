//! Configuration: defaults, then `bongsu.toml`, then the environment, then options of the command line.

mod accepts;
mod file;
#[cfg(test)]
mod page;
mod setting;
mod tree;
pub(crate) mod units;

pub(crate) use accepts::Accepts;
pub(crate) use file::{Loaded, variable};
pub(crate) use setting::{ErrorRule, Keep, Setting};

#[cfg(test)]
pub(crate) use tree::Section;
pub(crate) use tree::Settings;
