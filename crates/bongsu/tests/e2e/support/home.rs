//! A log home as an application writes it: every record in the application's log, copies in its component's file and,
//! when it is an error, in the error log; durations under `performance/`; old files rotated and compressed.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::random::Random;

const COMPONENTS: [&str; 3] = ["api_connector", "data_quality", "feature_store"];
const OPERATIONS: [(&str, f64); 4] =
    [("api_call", 5.0), ("process_batch", 30.0), ("select_movies", 2.0), ("train_model", 10.0)];
const ERRORS: [(&str, &str); 5] = [
    ("connection_error", "ConnectionError: host db-1 is down"),
    ("timeout_error", "TimeoutError: no answer in 30 s"),
    ("not_found_error", "HTTP 404 for /movie/77"),
    ("server_error", "HTTP 500 from upstream"),
    ("validation_error", "ValidationError: field 'title' is missing"),
];

/// What the generator wrote, counted by itself.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    /// Different records.
    pub(crate) records: i64,
    /// Records of level ERROR and CRITICAL.
    pub(crate) errors: u64,
    /// Records of level CRITICAL.
    pub(crate) critical: u64,
    /// Errors by type.
    pub(crate) types: BTreeMap<String, u64>,
    /// Performance records.
    pub(crate) operations: u64,
    /// Those above their category's threshold.
    pub(crate) slow: u64,
}

/// The day of all records; the last minute of it is not used.
pub(crate) const DAY: &str = "2025-06-06";

/// Writes a log home of about `records` records under `home`.
pub(crate) fn write(home: &Path, records: u64, random: &mut Random) -> Truth {
    let mut truth = Truth::default();
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for n in 0..records {
        let second = n * 86_000 / records;
        let time = format!("{DAY} {:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60);
        let component = *random.one(&COMPONENTS);
        truth.records += 1;
        if random.below(4) == 0 {
            let (operation, threshold) = *random.one(&OPERATIONS);
            let seconds = random.below(40_000) as f64 / 1_000.0;
            truth.operations += 1;
            truth.slow += u64::from(seconds > threshold);
            let line = format!(
                "[{time}] PERF {:<15} | {operation} completed in {seconds:.3}s | {{\"n\": {n}}}\n",
                format!("performance.{component}")
            );
            *files.entry(format!("performance/{component}_performance.log")).or_default() += &line;
            continue;
        }
        let (level, message) = match random.below(20) {
            0 => ("CRITICAL", format!("out of memory in worker {n}")),
            1..=4 => {
                let (kind, text) = random.one(&ERRORS);
                *truth.types.entry((*kind).to_owned()).or_default() += 1;
                ("ERROR", format!("{text} ({n})"))
            }
            5 | 6 => ("WARNING", format!("only {n} records left")),
            7..=9 => ("DEBUG", format!("state {n}")),
            _ => ("INFO", format!("영화 {n}편을 처리했습니다")),
        };
        if level == "CRITICAL" {
            truth.critical += 1;
            *truth.types.entry("critical_error".to_owned()).or_default() += 1;
        }
        let line = format!("[{time}] {level:<8} {component:<15} {:<20} L{:>3} | {message}\n", "run_step", 10 + n % 90);
        *files.entry(format!("app/{component}.log")).or_default() += &line;
        *files.entry("app/application.log".to_owned()).or_default() += &line;
        if level == "ERROR" || level == "CRITICAL" {
            truth.errors += 1;
            *files.entry("error/error.log".to_owned()).or_default() += &line;
        }
    }
    for folder in ["system", "audit", "reports", "alerts", "archive"] {
        fs::create_dir_all(home.join(folder)).unwrap();
    }
    for (name, text) in &files {
        write_rotated(home, name, text);
    }
    truth
}

/// The oldest third of a log in `NAME.2.gz`, the next in `NAME.1`, the newest in `NAME`.
fn write_rotated(home: &Path, name: &str, text: &str) {
    fs::create_dir_all(home.join(name).parent().unwrap()).unwrap();
    let third = |part: usize| {
        let at = text.len() * part / 3;
        text.as_bytes()[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1)
    };
    let (first, second) = (third(1), third(2));
    let mut old = GzEncoder::new(fs::File::create(home.join(format!("{name}.2.gz"))).unwrap(), Compression::fast());
    old.write_all(&text.as_bytes()[..first]).unwrap();
    old.finish().unwrap();
    fs::write(home.join(format!("{name}.1")), &text[first..second]).unwrap();
    fs::write(home.join(name), &text[second..]).unwrap();
}
