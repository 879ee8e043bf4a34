//! flexi_logger: written by the caller at once, or by a thread that buffers.

use std::ops::Range;

use flexi_logger::{
    Cleanup, Criterion, FileSpec, LogSpecification, Logger, LoggerHandle, Naming, WriteMode, opt_format,
};

use super::{Library, OLDER, write_by_log};
use crate::{Place, Result};

struct Flexi(LoggerHandle);

impl Library for Flexi {
    fn write(&self, numbers: Range<u64>) {
        write_by_log(numbers);
    }

    fn close(self: Box<Self>) {
        self.0.shutdown();
    }
}

fn started(place: &Place, mode: WriteMode) -> Result<Box<dyn Library>> {
    let file = FileSpec::default().directory(&place.folder).basename("log").suppress_timestamp();
    let handle = Logger::with(LogSpecification::info())
        .log_to_file(file)
        .append()
        .format_for_files(opt_format)
        .rotate(Criterion::Size(place.rotate as u64), Naming::Numbers, Cleanup::KeepLogFiles(OLDER))
        .write_mode(mode)
        .start()?;
    Ok(Box::new(Flexi(handle)))
}

pub(super) fn direct(place: &Place) -> Result<Box<dyn Library>> {
    started(place, WriteMode::Direct)
}

pub(super) fn queued(place: &Place) -> Result<Box<dyn Library>> {
    started(place, WriteMode::Async)
}
