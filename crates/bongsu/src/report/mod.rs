//! Analyses as pages of text for a terminal.

mod daily;
mod errors;
mod health;
mod page;
mod performance;
mod timeline;

pub(crate) use daily::daily;
pub(crate) use errors::errors;
pub(crate) use health::{advice, health};
pub(crate) use page::Page;
pub(crate) use performance::performance;

#[cfg(test)]
mod tests;
