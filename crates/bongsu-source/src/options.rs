//! What a caller may choose about gathering.

use std::path::PathBuf;
use std::time::Duration;

use bongsu_format::{Format, ParseOptions};
use bongsu_model::{Dataset, Timestamp};

/// How to gather: where rows go and how lines are read.
///
/// ```
/// use bongsu_source::Gather;
///
/// let options = Gather { service: Some("checkout".into()), ..Gather::default() };
/// assert_eq!(options.dataset.as_str(), "logs");
/// assert!(!options.again);
/// ```
#[derive(Debug, Clone)]
pub struct Gather {
    /// The dataset the rows go to.
    pub dataset: Dataset,
    /// The service of records that name none.
    pub service: Option<String>,
    /// Reads every line as this format; none recognises the format by itself. A forced format also takes input that
    /// looks binary.
    pub format: Option<Format>,
    /// The year of times that are written without one; none takes the latest year that does not lie in the future.
    pub year: Option<i16>,
    /// The zone of times that are written without one.
    pub zone: jiff::tz::TimeZone,
    /// Reads everything from its beginning, also what was read before.
    pub again: bool,
    /// Goes on reading what is appended until the stop flag is raised.
    pub follow: bool,
    /// Time between two looks at followed files.
    pub poll: Duration,
    /// How long a file must have stood still before a last line without a line end, or a last record that could go on
    /// on the next line, counts as finished. Zero takes it at once.
    pub settle: Duration,
    /// Bytes that one line may have; longer ones are refused.
    pub max_line: usize,
    /// A folder to leave alone wherever it lies among the inputs: the data directory, whose files are no logs.
    pub without: Option<PathBuf>,
}

impl Gather {
    /// Bytes a line may have unless said otherwise: 16 MiB.
    pub const MAX_LINE: usize = ParseOptions::MAX_LINE;

    pub(crate) fn parse_options(&self, now: Timestamp) -> ParseOptions {
        ParseOptions { zone: self.zone.clone(), now, year: self.year, format: self.format, max_line: self.max_line }
    }
}

impl Default for Gather {
    fn default() -> Self {
        Self {
            dataset: Dataset::default(),
            service: None,
            format: None,
            year: None,
            zone: jiff::tz::TimeZone::system(),
            again: false,
            follow: false,
            poll: Duration::from_millis(250),
            settle: Duration::from_millis(500),
            max_line: Self::MAX_LINE,
            without: None,
        }
    }
}
