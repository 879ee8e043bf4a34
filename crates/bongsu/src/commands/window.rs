//! `--hours` and `--at`: which hours an analysis looks back over.

use std::num::NonZeroU32;

use bongsu_insight::Window;
use bongsu_model::Timestamp;
use clap::Args;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{ToSpan, Zoned};

use crate::context::Context;
use crate::fault::{Failure, Fault};

const DEFAULT_HOURS: NonZeroU32 = match NonZeroU32::new(Window::DEFAULT_HOURS) {
    Some(hours) => hours,
    None => NonZeroU32::MIN,
};

/// The hours to look back over.
#[derive(Debug, Args)]
pub(crate) struct WindowArgs {
    #[arg(long, value_name = "N", default_value_t = DEFAULT_HOURS)]
    hours: NonZeroU32,
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

impl WindowArgs {
    /// The window in the configured zone.
    pub(crate) fn read(&self, context: &Context) -> Result<Window, Failure> {
        let zone = context.zone();
        let at = match &self.at {
            Some(text) => moment(text, &zone).ok_or_else(|| Fault::Time(text.clone()))?,
            None => context.clock.now(),
        };
        Ok(Window::new(at, self.hours.get()).in_zone(zone))
    }
}

/// A time with or without a zone; a date means its last nanosecond, so that the hours before it are that day.
fn moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Timestamp::from_jiff(time);
    }
    let local = |time: DateTime| time.to_zoned(zone.clone()).ok();
    let zoned: Option<Zoned> = match text.parse::<Date>() {
        Ok(date) if text.len() == date.to_string().len() => {
            local(date.tomorrow().ok()?.at(0, 0, 0, 0)).and_then(|midnight| midnight.checked_sub(1.nanosecond()).ok())
        }
        _ => text.parse::<DateTime>().ok().and_then(local),
    };
    Timestamp::from_jiff(zoned?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        moment(text, &TimeZone::get("Asia/Seoul").unwrap()).map(|time| time.to_string())
    }

    #[test]
    fn a_date_is_its_end_and_a_time_is_itself() {
        assert_eq!(read("2025-06-06").as_deref(), Some("2025-06-06T14:59:59.999999999Z"));
        assert_eq!(read("2025-06-06T18:00").as_deref(), Some("2025-06-06T09:00:00.000000000Z"));
        assert_eq!(read("2025-06-06 18:00:01").as_deref(), Some("2025-06-06T09:00:01.000000000Z"));
        assert_eq!(read("2025-06-06T18:00:00Z").as_deref(), Some("2025-06-06T18:00:00.000000000Z"));
        assert_eq!(read("tomorrowish"), None);
    }
}
