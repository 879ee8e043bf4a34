//! Why a text is no time.

use bongsu_model::Phrase;

/// Why a text is no time, or no range of times.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeMistake {
    /// Nothing is there.
    #[error("it is empty")]
    Empty,
    /// It looks like nothing that is known.
    #[error("`{text}` is no date that bongsu can read")]
    NoDate {
        /// The part that is meant.
        text: String,
    },
    /// The calendar has no such day.
    #[error("there is no day {day}")]
    NoDay {
        /// The day as it was written.
        day: String,
    },
    /// What stands behind a day.
    #[error("`{text}` is not a time of day")]
    NoTimeOfDay {
        /// The part that is meant.
        text: String,
    },
    /// A zone that nobody knows.
    #[error("there is no time zone `{name}`")]
    NoZone {
        /// Its name.
        name: String,
    },
    /// What stands behind `now`.
    #[error("`{text}` cannot stand behind `now`; write now-1h or now/d")]
    BehindNow {
        /// The part that is meant.
        text: String,
    },
    /// Further away than times are kept.
    #[error("it lies outside the years 1678 to 2261")]
    TooFar,
    /// A range that ends before it begins.
    #[error("its end lies before its beginning")]
    Reversed,
    /// An end before the beginning that was given beside it.
    #[error("it lies before the beginning of the range")]
    BeforeStart,
}

impl TimeMistake {
    pub(super) fn behind_now(text: &str) -> Self {
        Self::BehindNow { text: text.to_owned() }
    }

    pub(super) fn no_time_of_day(text: &str) -> Self {
        Self::NoTimeOfDay { text: text.to_owned() }
    }
}

/// What the calendar cannot work out lies too far away.
impl From<jiff::Error> for TimeMistake {
    fn from(_: jiff::Error) -> Self {
        Self::TooFar
    }
}

impl Phrase for TimeMistake {
    fn id(&self) -> &'static str {
        match self {
            Self::Empty => "time-empty",
            Self::NoDate { .. } => "time-no-date",
            Self::NoDay { .. } => "time-no-day",
            Self::NoTimeOfDay { .. } => "time-no-time-of-day",
            Self::NoZone { .. } => "time-no-zone",
            Self::BehindNow { .. } => "time-behind-now",
            Self::TooFar => "time-too-far",
            Self::Reversed => "time-reversed",
            Self::BeforeStart => "time-before-start",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NoDate { text } | Self::NoTimeOfDay { text } | Self::BehindNow { text } => {
                vec![("text", text.clone())]
            }
            Self::NoDay { day } => vec![("day", day.clone())],
            Self::NoZone { name } => vec![("name", name.clone())],
            Self::Empty | Self::TooFar | Self::Reversed | Self::BeforeStart => vec![],
        }
    }
}
