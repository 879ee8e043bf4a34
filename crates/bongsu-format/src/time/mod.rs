//! Times as people and programs write them.

mod calendar;
mod civil;
mod scan;
mod value;

pub(crate) use calendar::Calendar;
pub(crate) use civil::{Civil, is_day};
pub(crate) use scan::{Written, scan};
pub(crate) use value::{Spelling, epoch_float, epoch_int, text_value};
