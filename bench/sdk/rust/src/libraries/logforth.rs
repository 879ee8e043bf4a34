//! logforth: a rolling file, written by the caller or by a thread.

use std::num::NonZeroUsize;
use std::ops::Range;

use logforth::append::asynchronous::AsyncBuilder;
use logforth::append::file::{File, FileBuilder};
use logforth::layout::TextLayout;

use super::{Library, OLDER, write_by_log};
use crate::{Place, Result};

struct Logforth;

impl Library for Logforth {
    fn write(&self, numbers: Range<u64>) {
        write_by_log(numbers);
    }

    fn close(self: Box<Self>) {
        log::logger().flush();
    }
}

fn file(place: &Place) -> Result<File> {
    let file = FileBuilder::new(&place.folder, "log")
        .filename_suffix("log")
        .rollover_size(NonZeroUsize::try_from(place.rotate)?)
        .max_log_files(NonZeroUsize::try_from(OLDER + 1)?)
        .layout(TextLayout::default().no_color())
        .build()?;
    Ok(file)
}

pub(super) fn sync(place: &Place) -> Result<Box<dyn Library>> {
    let file = file(place)?;
    logforth::starter_log::builder().dispatch(|dispatch| dispatch.append(file)).apply();
    log::set_max_level(log::LevelFilter::Info);
    Ok(Box::new(Logforth))
}

pub(super) fn queued(place: &Place) -> Result<Box<dyn Library>> {
    let file = AsyncBuilder::new("log").append(file(place)?).build();
    logforth::starter_log::builder().dispatch(|dispatch| dispatch.append(file)).apply();
    log::set_max_level(log::LevelFilter::Info);
    Ok(Box::new(Logforth))
}
