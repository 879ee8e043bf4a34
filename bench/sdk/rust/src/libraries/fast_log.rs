//! fast_log: threads behind channels format and write.

use std::ops::Range;

use fast_log::Config;
use fast_log::consts::LogSize;
use fast_log::plugin::file_split::{KeepType, Rolling, RollingType};
use fast_log::plugin::packer::LogPacker;

use super::{Library, OLDER, write_by_log};
use crate::{Place, Result};

/// Records in a channel, as in the examples of its documentation.
const CHANNEL: usize = 100_000;

struct FastLog;

impl Library for FastLog {
    fn write(&self, numbers: Range<u64>) {
        write_by_log(numbers);
    }

    fn close(self: Box<Self>) {
        log::logger().flush();
    }
}

pub(super) fn open(place: &Place) -> Result<Box<dyn Library>> {
    let rolling = Rolling::new(RollingType::BySize(LogSize::B(place.rotate)));
    let config = Config::new().level(log::LevelFilter::Info).chan_len(Some(CHANNEL)).file_split(
        &place.file().to_string_lossy(),
        rolling,
        KeepType::KeepNum(OLDER as i64),
        LogPacker {},
    );
    fast_log::init(config)?;
    Ok(Box::new(FastLog))
}
