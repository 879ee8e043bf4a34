//! log4rs: a rolling file with a fixed window of older ones.

use std::ops::Range;

use log4rs::append::rolling_file::RollingFileAppender;
use log4rs::append::rolling_file::policy::compound::CompoundPolicy;
use log4rs::append::rolling_file::policy::compound::roll::fixed_window::FixedWindowRoller;
use log4rs::append::rolling_file::policy::compound::trigger::size::SizeTrigger;
use log4rs::config::{Appender, Config, Root};
use log4rs::encode::pattern::PatternEncoder;

use super::{Library, OLDER, write_by_log};
use crate::{Place, Result};

struct Log4rs;

impl Library for Log4rs {
    fn write(&self, numbers: Range<u64>) {
        write_by_log(numbers);
    }

    fn close(self: Box<Self>) {
        log::logger().flush();
    }
}

pub(super) fn open(place: &Place) -> Result<Box<dyn Library>> {
    let older = place.folder.join("log.{}.log");
    let roller = FixedWindowRoller::builder().build(&older.to_string_lossy(), OLDER as u32)?;
    let policy = CompoundPolicy::new(Box::new(SizeTrigger::new(place.rotate as u64)), Box::new(roller));
    let file = RollingFileAppender::builder()
        .encoder(Box::new(PatternEncoder::default()))
        .build(place.file(), Box::new(policy))?;
    let config = Config::builder()
        .appender(Appender::builder().build("file", Box::new(file)))
        .build(Root::builder().appender("file").build(log::LevelFilter::Info))?;
    log4rs::init_config(config)?;
    Ok(Box::new(Log4rs))
}
