//! Error analysis: how many, of which kind, when, and the ones that matter most.

use std::collections::{BTreeMap, HashMap};

use bongsu_model::Timestamp;
use serde::{Serialize, Serializer};

use crate::frequent::{Frequent, cut};
use crate::{ErrorRow, Rules, Window, component_of};

/// Messages and critical errors that are listed.
const LISTED: usize = 10;
/// Characters of a critical error's message that are kept.
const MESSAGE: usize = 4_096;
/// The lowest OpenTelemetry severity number of an error.
const ERROR_SEVERITY: i8 = 17;
const CRITICAL: &str = "CRITICAL";
/// Every zone's hours begin at a quarter of an hour of UTC.
const QUARTER_HOUR: i64 = 900_000_000_000;

/// What went wrong in a window. Names of fields are a contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ErrorAnalysis {
    /// `Last 24 hours`.
    pub analysis_period: String,
    /// Every error, those that no rule knows included.
    pub total_errors: u64,
    /// Errors of the level CRITICAL, also those that `critical_errors` does not list.
    pub total_critical: u64,
    /// Errors by type, the commonest first.
    pub error_types: TypeCounts,
    /// Every hour with errors, in order. Errors without a time are in no hour.
    pub error_timeline: Vec<HourCount>,
    /// The ten most frequent messages.
    pub frequent_errors: Vec<MessageCount>,
    /// Whether `frequent_errors` is exact; it is unless there were more than half a million different messages.
    pub frequent_exact: bool,
    /// The last ten critical errors, the latest last; those without a time count as the earliest.
    pub critical_errors: Vec<CriticalError>,
    /// Errors by component, for the health of each.
    #[serde(skip)]
    pub components: BTreeMap<String, ErrorCounts>,
}

/// Types of errors and how many there were of each, the commonest first; of equally common ones in the order of names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TypeCounts(pub Vec<(String, u64)>);

impl Serialize for TypeCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, count)| (name, count)))
    }
}

/// Errors in one hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HourCount {
    /// `2026-11-20 14:00` in the window's zone.
    pub hour: String,
    /// Errors in it.
    pub count: u64,
}

/// How often a message came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageCount {
    /// Its first line without its time, cut at 100 characters.
    pub message: String,
    /// How often.
    pub count: u64,
}

/// One error of the level CRITICAL.
///
/// `file` and `line_num` always name one place: the log file and the line's number in it where both can be told, else
/// the source code that logged where the record says so, else the log file with no number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CriticalError {
    /// Log file, or file of the source code.
    pub file: Option<String>,
    /// Line in `file`, from 1.
    pub line_num: Option<u64>,
    /// RFC 3339 with nine digits, in the window's zone; none when the line had no time.
    pub timestamp: Option<String>,
    /// The error's type by the rules.
    #[serde(rename = "type")]
    pub kind: String,
    /// The message, cut at 4,096 characters.
    pub message: String,
    /// OpenTelemetry severity number.
    pub severity: Option<i8>,
    /// `CRITICAL`.
    pub level: String,
    /// The component that it came from.
    pub component: String,
    /// Where the line lies, for finding its number.
    #[serde(skip)]
    pub place: Place,
}

/// Where a line was gathered from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Path of the log file.
    pub source: Option<String>,
    /// Byte offset of the line in it.
    pub offset: Option<u64>,
}

/// Errors of one component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErrorCounts {
    /// All of them.
    pub total: u64,
    /// Those of the level CRITICAL.
    pub critical: u64,
}

impl ErrorRow<'_> {
    /// Whether the row is an error: by its severity, or, when it has none, because it was gathered from a folder
    /// `error` as log homes have one.
    pub fn is_error(&self) -> bool {
        match self.severity {
            Some(severity) => severity >= ERROR_SEVERITY,
            None => self.source.is_some_and(in_error_folder),
        }
    }
}

fn in_error_folder(source: &str) -> bool {
    source.starts_with("error/") || source.contains("/error/")
}

/// Takes rows one by one and keeps only what the analysis needs.
#[derive(Debug)]
pub struct ErrorTally<'r> {
    window: Window,
    rules: &'r Rules,
    total: ErrorCounts,
    types: HashMap<&'r str, u64>,
    quarters: HashMap<i64, u64>,
    messages: Frequent,
    latest: Vec<Latest>,
    components: BTreeMap<String, ErrorCounts>,
}

/// The order of critical errors: by time, then by where they lie.
type Order = (Option<Timestamp>, Option<String>, Option<i64>, String);

#[derive(Debug)]
struct Latest {
    order: Order,
    error: CriticalError,
}

impl<'r> ErrorTally<'r> {
    /// Nothing seen yet.
    pub fn new(window: &Window, rules: &'r Rules) -> Self {
        Self {
            window: window.clone(),
            rules,
            total: ErrorCounts::default(),
            types: HashMap::new(),
            quarters: HashMap::new(),
            messages: Frequent::default(),
            latest: Vec::new(),
            components: BTreeMap::new(),
        }
    }

    /// Counts `row` if it is an error inside the window.
    pub fn push(&mut self, row: &ErrorRow<'_>) {
        if !row.is_error() || !self.window.contains(row.time) {
            return;
        }
        let kind = self.rules.kind(row.first_line);
        let component = component_of(row.service, row.logger);
        let critical = row.level == Some(CRITICAL);
        self.total.add(critical);
        *self.types.entry(kind).or_default() += 1;
        if let Some(time) = row.time {
            *self.quarters.entry(time.nanos().div_euclid(QUARTER_HOUR)).or_default() += 1;
        }
        self.messages.push(row.message);
        if let Some(counts) = self.components.get_mut(component) {
            counts.add(critical);
        } else {
            self.components.entry(component.to_owned()).or_default().add(critical);
        }
        if critical {
            self.keep(row, kind, component);
        }
    }

    fn keep(&mut self, row: &ErrorRow<'_>, kind: &str, component: &str) {
        let full = self.latest.len() == LISTED;
        if full && self.latest.first().is_some_and(|earliest| row.time < earliest.order.0) {
            return;
        }
        let message = cut(row.message.trim_end(), MESSAGE).to_owned();
        let order = (row.time, row.source.map(str::to_owned), row.offset, message.clone());
        let at = self.latest.partition_point(|other| other.order <= order);
        if full && at == 0 {
            return;
        }
        let (file, line_num) = code_position(row);
        let error = CriticalError {
            file,
            line_num,
            timestamp: row.time.map(|time| self.window.rfc3339(time)),
            kind: kind.to_owned(),
            message,
            severity: row.severity,
            level: CRITICAL.to_owned(),
            component: component.to_owned(),
            place: Place {
                source: row.source.map(str::to_owned),
                offset: row.offset.and_then(|offset| u64::try_from(offset).ok()),
            },
        };
        self.latest.insert(at, Latest { order, error });
        if full {
            self.latest.remove(0);
        }
    }

    /// What the rows told.
    pub fn finish(self) -> ErrorAnalysis {
        let mut types: Vec<_> = self.types.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
        types.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let mut hours = BTreeMap::<String, u64>::new();
        for (quarter, count) in self.quarters {
            let begin = Timestamp::from_nanos(quarter.saturating_mul(QUARTER_HOUR));
            *hours.entry(self.window.hour(begin)).or_default() += count;
        }
        ErrorAnalysis {
            analysis_period: self.window.period(),
            total_errors: self.total.total,
            total_critical: self.total.critical,
            error_types: TypeCounts(types),
            error_timeline: hours.into_iter().map(|(hour, count)| HourCount { hour, count }).collect(),
            frequent_exact: self.messages.exact(),
            frequent_errors: self
                .messages
                .top(LISTED)
                .into_iter()
                .map(|(message, count)| MessageCount { message: message.into(), count })
                .collect(),
            critical_errors: self.latest.into_iter().map(|latest| latest.error).collect(),
            components: self.components,
        }
    }
}

impl ErrorCounts {
    fn add(&mut self, critical: bool) {
        self.total += 1;
        self.critical += u64::from(critical);
    }
}

/// The place in the source code when the record names one, else the log file with no line.
fn code_position(row: &ErrorRow<'_>) -> (Option<String>, Option<u64>) {
    let line = row.code_line.and_then(|line| u64::try_from(line).ok());
    match (row.code_file, line, row.source) {
        (Some(file), line, _) => (Some(file.to_owned()), line),
        (None, _, Some(source)) => (Some(file_name(source).to_owned()), None),
        (None, _, None) => (None, line),
    }
}

/// The last part of a path.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    const HOUR: i64 = 3_600_000_000_000;

    fn window() -> Window {
        Window::new(Timestamp::from_nanos(100 * HOUR), 24).in_zone(TimeZone::UTC)
    }

    fn row(hour: i64, level: &'static str, message: &'static str) -> ErrorRow<'static> {
        ErrorRow {
            time: Some(Timestamp::from_nanos(hour * HOUR)),
            level: Some(level),
            severity: Some(if level == CRITICAL { 21 } else { 17 }),
            message,
            first_line: message,
            ..ErrorRow::default()
        }
    }

    fn analyse(rows: &[ErrorRow<'_>]) -> ErrorAnalysis {
        let rules = Rules::new(&[]).unwrap();
        let mut tally = ErrorTally::new(&window(), &rules);
        for row in rows {
            tally.push(row);
        }
        tally.finish()
    }

    #[test]
    fn a_line_without_a_severity_is_an_error_where_errors_lie() {
        let at = |source, severity| ErrorRow { source: Some(source), severity, ..ErrorRow::default() }.is_error();
        assert!(at("/srv/logs/error/error.log", None));
        assert!(at("error/error.log", None));
        assert!(!at("/srv/logs/app/error.log", None));
        assert!(!at("/srv/logs/error/error.log", Some(9)));
        assert!(at("/srv/logs/app/x.log", Some(17)));
        assert!(!at("/srv/logs/app/x.log", Some(16)));
    }

    #[test]
    fn errors_without_a_time_count_but_are_in_no_hour() {
        let timeless = ErrorRow { time: None, ..row(0, "ERROR", "x") };
        let found = analyse(&[row(99, "ERROR", "x"), row(90, "ERROR", "y"), row(50, "ERROR", "z"), timeless]);
        assert_eq!(found.total_errors, 3);
        let hours: Vec<_> = found.error_timeline.iter().map(|h| (h.hour.as_str(), h.count)).collect();
        assert_eq!(hours, [("1970-01-04 18:00", 1), ("1970-01-05 03:00", 1)]);
    }

    #[test]
    fn the_last_ten_critical_are_kept_in_order_however_they_come() {
        let mut rows: Vec<_> = (80..95).rev().map(|hour| row(hour, CRITICAL, "CRITICAL down")).collect();
        rows.push(ErrorRow { time: None, ..row(0, CRITICAL, "timeless") });
        let found = analyse(&rows);
        assert_eq!((found.total_critical, found.critical_errors.len()), (16, 10));
        let times: Vec<_> = found.critical_errors.iter().filter_map(|error| error.timestamp.clone()).collect();
        assert_eq!(times.first().map(String::as_str), Some("1970-01-04T13:00:00.000000000Z"));
        assert!(times.is_sorted() && times.len() == 10);
        rows.reverse();
        assert_eq!(analyse(&rows), found);
    }

    #[test]
    fn types_are_in_the_order_of_their_counts() {
        let found = analyse(&[row(99, "ERROR", "b"), row(99, "ERROR", "ERROR HTTP 404"), row(99, "ERROR", "c")]);
        assert_eq!(serde_json::to_string(&found.error_types).unwrap(), r#"{"other":2,"not_found_error":1}"#);
    }

    #[test]
    fn a_place_never_mixes_a_log_file_with_a_line_of_code() {
        let place = |code_file, code_line, source| {
            code_position(&ErrorRow { code_file, code_line, source, ..ErrorRow::default() })
        };
        assert_eq!(place(Some("a.py"), Some(3), Some("/x/e.log")), (Some("a.py".into()), Some(3)));
        assert_eq!(place(None, Some(3), Some("/x/e.log")), (Some("e.log".into()), None));
        assert_eq!(place(None, Some(3), None), (None, Some(3)));
    }
}
