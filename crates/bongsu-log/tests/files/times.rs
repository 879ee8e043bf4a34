//! Rotation by time, and what becomes of older files.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use bongsu_log::file::{FileOptions, LogFile, Retention};
use bongsu_log::{Clock, Timestamp};
use jiff::Zoned;
use jiff::tz::TimeZone;

use crate::folder::{Folder, names};

#[derive(Debug)]
struct Watch(AtomicI64);

impl Watch {
    fn at(time: &str) -> Arc<Self> {
        let watch = Arc::new(Self(AtomicI64::new(0)));
        watch.set(time);
        watch
    }

    fn set(&self, time: &str) {
        let at: Zoned = time.parse().unwrap();
        self.0.store(i64::try_from(at.timestamp().as_nanosecond()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for Watch {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

fn rotating(rotation: &str, watch: &Arc<Watch>, zone: &str) -> FileOptions {
    FileOptions {
        rotation: rotation.parse().unwrap(),
        clock: Arc::clone(watch) as Arc<dyn Clock>,
        zone: TimeZone::get(zone).unwrap(),
        ..FileOptions::default()
    }
}

fn write(log: &LogFile, line: &str) {
    log.write(format!("{line}\n").as_bytes()).unwrap();
    log.flush().unwrap();
}

#[test]
fn a_file_rotates_at_midnight_on_days_of_any_length_also_when_the_program_did_not_run() {
    let watch = Watch::at("2025-03-29T12:00[Europe/Berlin]");
    let folder = Folder::new();
    let options = || rotating("00:00", &watch, "Europe/Berlin");
    let log = LogFile::open(&folder.log(), options()).unwrap();
    write(&log, "saturday");
    watch.set("2025-03-29T23:59:59[Europe/Berlin]");
    write(&log, "saturday late");
    watch.set("2025-03-30T00:00[Europe/Berlin]");
    write(&log, "sunday of 23 hours");
    watch.set("2025-03-30T23:59:59[Europe/Berlin]");
    write(&log, "sunday late");
    drop(log);
    watch.set("2025-03-31T00:00:01[Europe/Berlin]");
    let log = LogFile::open(&folder.log(), options()).unwrap();
    write(&log, "monday");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("x.log.2"), "saturday\nsaturday late\n");
    assert_eq!(read("x.log.1"), "sunday of 23 hours\nsunday late\n");
    assert_eq!(read("x.log"), "monday\n");
    watch.set("2025-04-30T12:00[Europe/Berlin]");
    write(&log, "a month later");
    assert_eq!(read("x.log.1"), "monday\n");
    assert_eq!(folder.names(), ["x.log", "x.log.1", "x.log.2", "x.log.3"]);
}

#[test]
fn time_and_size_go_together_and_an_empty_file_does_not_rotate() {
    let watch = Watch::at("2025-06-06T12:00[Asia/Seoul]");
    let folder = Folder::new();
    let log = LogFile::open(&folder.log(), rotating("12 B or hourly", &watch, "Asia/Seoul")).unwrap();
    watch.set("2025-06-06T15:00[Asia/Seoul]");
    write(&log, "first");
    assert_eq!(folder.names(), ["x.log"]);
    write(&log, "second");
    assert_eq!(folder.names(), ["x.log", "x.log.1"], "by size");
    watch.set("2025-06-06T16:00[Asia/Seoul]");
    write(&log, "third");
    assert_eq!(folder.lines(), ["first", "second", "third"]);
    assert_eq!(folder.names(), ["x.log", "x.log.1", "x.log.2"], "by time");
}

#[test]
fn older_files_go_by_number_age_and_size() {
    let folder = Folder::new();
    let log = |retention: &str| {
        let retention = retention.parse::<Retention>().unwrap();
        LogFile::open(&folder.log(), FileOptions { retention, ..FileOptions::default() }).unwrap()
    };
    let older = |number: u64, bytes: usize, days: u64| {
        let path = folder.path().join(format!("x.log.{number}"));
        fs::write(&path, vec![b'\n'; bytes]).unwrap();
        let at = SystemTime::now() - Duration::from_secs(days * 86_400);
        fs::File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
    };
    for number in 1..=6 {
        older(number, 100, number * 2);
    }
    log("9 days").tidy().unwrap();
    assert_eq!(folder.names(), ["x.log", "x.log.1", "x.log.2", "x.log.3", "x.log.4"]);
    log("250 B").tidy().unwrap();
    assert_eq!(folder.names(), ["x.log", "x.log.1", "x.log.2"]);
    log("all").tidy().unwrap();
    assert_eq!(folder.names(), ["x.log", "x.log.1", "x.log.2"]);
}

#[test]
fn what_is_beyond_the_number_goes_to_the_archive_and_ages_there() {
    let folder = Folder::new();
    let archive = folder.path().join("archive");
    let options = |retention: &str| FileOptions {
        rotation: "4 B".parse().unwrap(),
        retention: retention.parse().unwrap(),
        archive: Some(archive.clone()),
        ..FileOptions::default()
    };
    let log = LogFile::open(&folder.log(), options("1")).unwrap();
    for line in ["aaa", "bbb", "ccc", "ddd"] {
        write(&log, line);
    }
    log.tidy().unwrap();
    assert_eq!(folder.lines(), ["ccc", "ddd"]);
    let years = names(&archive);
    assert_eq!(years.len(), 1);
    let year = archive.join(&years[0]);
    let archived = names(&year);
    assert_eq!(archived.len(), 2, "{archived:?}");
    let text: String = archived.iter().map(|name| fs::read_to_string(year.join(name)).unwrap()).collect();
    assert!(text == "aaa\nbbb\n" || text == "bbb\naaa\n", "{text}");
    assert!(archived.iter().all(|name| name.starts_with("x.log.20")));
    drop(log);
    let log = LogFile::open(&folder.log(), options("1, 8 B")).unwrap();
    fs::write(year.join("y.log.20250606T000000Z"), "another log's").unwrap();
    log.tidy().unwrap();
    assert_eq!(names(&year).len(), 2, "one of this log's and one of another's");
    assert_eq!(folder.lines(), ["ccc", "ddd"]);
}

#[cfg(all(feature = "gzip", feature = "zstd"))]
#[test]
fn older_files_are_compressed_and_what_a_crash_left_is_repaired() {
    for (name, ending) in [("gzip", "gz"), ("zstd", "zst")] {
        let folder = Folder::new();
        let options = FileOptions { rotation: "100 B".parse().unwrap(), ..crate::child::options(&[name]) };
        let log = LogFile::open(&folder.log(), options).unwrap();
        let expected: Vec<_> = (0..100).map(|nth| format!("line {nth}")).collect();
        for line in &expected {
            write(&log, line);
        }
        log.tidy().unwrap();
        assert_eq!(folder.lines(), expected);
        let older = folder.names();
        assert!(older.len() > 5 && older[1..].iter().all(|name| name.ends_with(ending)), "{older:?}");

        // Killed before the plain file was removed, and while the next was being written.
        let plain = crate::folder::read(&folder.path().join(format!("x.log.2.{ending}")));
        fs::write(folder.path().join("x.log.2"), plain).unwrap();
        fs::write(folder.path().join(".bongsu/x.log.1-2.packing"), "half").unwrap();
        // Not a whole one: the plain file counts.
        let plain = crate::folder::read(&folder.path().join(format!("x.log.3.{ending}")));
        fs::write(folder.path().join("x.log.3"), plain).unwrap();
        fs::write(folder.path().join(format!("x.log.3.{ending}")), "half").unwrap();
        log.tidy().unwrap();
        assert_eq!(folder.names(), older);
        assert_eq!(folder.lines(), expected);
        assert!(!folder.path().join(".bongsu/x.log.1-2.packing").exists());
    }
}

#[cfg(not(feature = "gzip"))]
#[test]
fn a_compression_that_was_not_built_in_is_an_error_that_says_so() {
    let folder = Folder::new();
    let refused = LogFile::open(&folder.log(), crate::child::options(&["gzip"])).unwrap_err().to_string();
    assert!(refused.contains("`gzip`"), "{refused}");
}
