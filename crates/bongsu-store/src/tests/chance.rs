//! Damage by chance: whatever happens to a byte of any file, nothing panics, no row is returned that was not written or
//! stands twice, the damage is named, and everything else can be read.
//!
//! `BONGSU_SEEDS` sets how many seeds are tried, `BONGSU_SEED` tries that one alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use bongsu_model::{Batch, BatchBuilder, Intake, Record, Timestamp, Value};

use super::kit::*;
use crate::disk::RealDisk;
use crate::merge::Input;
use crate::{
    CheckOptions, CheckReport, DataFile, Reader, RefusedFilter, Snapshot, StoreError, Sums, Tables, check, refused,
};

const SEEDS: u64 = 200;
const DATASETS: [&str; 2] = ["logs", "other"];

/// A small generator of random numbers (`SplitMix64`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// A row as a reader sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    message: String,
    service: String,
    micros: i64,
    n: i64,
}

/// What a store holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Truth {
    rows: BTreeMap<String, BTreeSet<Row>>,
    notes: BTreeMap<Vec<u8>, Vec<u8>>,
    lines: Vec<String>,
}

const SERVICES: [&str; 3] = ["web", "주문", "db"];

fn submit(store: &crate::Store, truth: &mut Truth, name: &str, nth: i64) {
    let mut builder = BatchBuilder::new();
    for row in 0..9 {
        let micros = (NOW - nth % 2 * DAY) / 1_000 + row * 1_000_003;
        let service = SERVICES[((nth + row) % 3) as usize];
        let message = format!("{nth:02} {row:02} took {} ms for user-{:x}", nth * row, nth * 7_919 + row * 104_729);
        let fields = vec![("n".into(), Value::Int(nth * 100 + row))];
        let record = Record {
            time: Some(Timestamp::from_micros(micros)),
            service: Some(service.into()),
            message: message.clone().into(),
            fields,
            ..Record::default()
        };
        builder.push(&record, Timestamp::from_nanos(NOW));
        let row = Row { message, service: service.into(), micros, n: nth * 100 + row };
        truth.rows.entry(name.into()).or_default().insert(row);
    }
    let key = format!("key {}", nth % 4);
    truth.notes.insert(key.clone().into_bytes(), nth.to_string().into_bytes());
    truth.lines.push(format!("line {nth}"));
    let batch = Batch {
        dataset: dataset(name),
        rows: builder.finish().unwrap(),
        raw_bytes: 100,
        refused: vec![refused_line(&format!("line {nth}"))],
        notes: vec![note(&key, &nth.to_string())],
    };
    let _ = store.submit(batch).unwrap();
}

/// A store with every kind of file in it.
fn make(folder: &Path) -> Truth {
    let mut truth = Truth::default();
    let store = open(folder);
    for nth in 0..8 {
        submit(&store, &mut truth, "logs", nth);
        store.flush().unwrap();
        if nth == 4 {
            assert!(store.maintain().unwrap().made_files > 0);
        }
    }
    submit(&store, &mut truth, "other", 8);
    store.flush().unwrap();
    for nth in 9..13 {
        submit(&store, &mut truth, DATASETS[(nth % 2) as usize], nth);
    }
    drop(store);
    assert!(!files(folder).iter().any(|path| path.extension().is_some_and(|ext| ext == "tmp")));
    truth
}

/// The kinds of files, so that each is hit equally often.
fn kind(path: &Path) -> &'static str {
    let text = path.to_string_lossy();
    let kinds = [
        (".wal", "log"),
        (".checkpoint.parquet", "checkpoint"),
        (".zstd.parquet", "data"),
        ("_last_checkpoint", "hint"),
        ("_bongsu_checkpoint", "checksum"),
        (".json", "commit"),
        (".redb", "database"),
        (".sum", "checksum"),
        (".jsonl", "refused"),
        ("FORMAT", "format"),
        ("LOCK", "lock"),
    ];
    kinds.iter().find(|(end, _)| text.ends_with(end)).unwrap_or_else(|| panic!("{text}")).1
}

/// The file of the write-ahead log that is written to.
fn newest_segment(files: &[PathBuf]) -> &Path {
    files.iter().filter(|path| kind(path) == "log").max().unwrap()
}

fn damage(path: &Path, random: &mut Random) -> String {
    let mut bytes = fs::read(path).unwrap();
    let before = bytes.clone();
    let len = bytes.len();
    let what = match random.below(5) {
        0 => {
            let at = random.below(len);
            bytes[at] ^= 1 << random.below(8);
            format!("bit of byte {at} flipped")
        }
        1 => {
            let places: Vec<_> = (0..2 + random.below(30)).map(|_| random.below(len)).collect();
            for at in &places {
                bytes[*at] ^= (1 + random.below(255)) as u8;
            }
            format!("bytes {places:?} changed")
        }
        2 => {
            let to = random.below(len);
            bytes.truncate(to);
            format!("cut at {to} of {len}")
        }
        3 => {
            let size = 1 + random.below((len / 2).clamp(1, 200));
            let (one, two) = (random.below(len / 2 - size / 2), len / 2 + random.below(len / 2 - size / 2));
            for n in 0..size {
                if two + n < len {
                    bytes.swap(one + n, two + n);
                }
            }
            format!("{size} bytes at {one} and {two} swapped")
        }
        _ => {
            let (from, size) = (random.below(len), 1 + random.below(4_096));
            bytes.iter_mut().skip(from).take(size).for_each(|byte| *byte = 0);
            format!("{size} bytes from {from} on zeroed")
        }
    };
    fs::write(path, &bytes).unwrap();
    if bytes == before { format!("{what}, which changes nothing") } else { what }
}

/// The rows of a file, if it is what was written.
fn sound_rows(file: &DataFile) -> Result<Vec<RecordBatch>, StoreError> {
    let bytes = fs::read(&file.path).map_err(|error| StoreError::io("read", &file.path, error))?;
    let sums = Sums::of(file).expect("every file has checksums");
    sums.check_end()?;
    sums.check(0, &bytes)?;
    Input::open(&file.path)?.read()?.collect()
}

fn rows(batch: &RecordBatch) -> Vec<Row> {
    let text = |name: &str| batch.column_by_name(name).unwrap().as_string_view();
    let time = batch.column_by_name("time").unwrap().as_primitive::<TimestampMicrosecondType>();
    let n = batch.column_by_name("n").unwrap().as_primitive::<Int64Type>();
    (0..batch.num_rows())
        .map(|row| Row {
            message: text("message").value(row).into(),
            service: text("service").value(row).into(),
            micros: time.value(row),
            n: n.value(row),
        })
        .collect()
}

/// What could be read, and what was said about the rest.
#[derive(Debug, Default)]
struct Seen {
    truth: Truth,
    errors: Vec<String>,
}

impl Seen {
    fn add(&mut self, name: &str, snapshot: &Snapshot, truth: &Truth) {
        let mut found = Vec::new();
        for file in &snapshot.files {
            match sound_rows(file) {
                Ok(batches) => {
                    let before = found.len();
                    found.extend(batches.iter().flat_map(rows));
                    assert_eq!((found.len() - before) as u64, file.rows, "{}", file.path.display());
                }
                Err(error) => self.errors.push(error.to_string()),
            }
        }
        found.extend(snapshot.live.iter().flat_map(rows));
        let set = self.truth.rows.entry(name.into()).or_default();
        for row in found {
            assert!(truth.rows.get(name).is_some_and(|rows| rows.contains(&row)), "never written: {row:?}");
            assert!(set.insert(row.clone()), "there twice: {row:?}");
        }
    }

    fn tables(tables: &dyn Tables, truth: &Truth) -> Self {
        let mut seen = Self::default();
        for name in DATASETS {
            match tables.snapshot(&dataset(name)) {
                Ok(snapshot) => seen.add(name, &snapshot, truth),
                Err(StoreError::UnknownDataset { .. }) => {}
                Err(error) => seen.errors.push(error.to_string()),
            }
        }
        seen
    }

    fn lines(&mut self, folder: &Path, truth: &Truth) {
        match refused(folder, &RefusedFilter::default()) {
            Ok(lines) => {
                for line in lines {
                    match line {
                        Ok(line) => self.truth.lines.push(String::from_utf8(line.raw).unwrap()),
                        Err(error) => self.errors.push(error.to_string()),
                    }
                }
            }
            Err(error) => self.errors.push(error.to_string()),
        }
        let unique: BTreeSet<_> = self.truth.lines.iter().collect();
        assert_eq!(unique.len(), self.truth.lines.len(), "a refused line is there twice");
        assert!(self.truth.lines.iter().all(|line| truth.lines.contains(line)), "{:?}", self.truth.lines);
    }

    fn notes(&mut self, store: &crate::Store, truth: &Truth) {
        match store.notes("files", b"") {
            Ok(notes) => self.truth.notes = notes.into_iter().collect(),
            Err(error) => self.errors.push(error.to_string()),
        }
        // An older value of a note may come back with a database that is begun anew, another one may not.
        for (key, value) in &self.truth.notes {
            let nth: i64 = String::from_utf8(value.clone()).unwrap().parse().unwrap();
            assert!(truth.notes.contains_key(key) && key == format!("key {}", nth % 4).as_bytes());
        }
    }

    fn lost(&self, truth: &Truth) -> usize {
        let rows = |truth: &Truth| truth.rows.values().map(BTreeSet::len).sum::<usize>();
        rows(truth) - rows(&self.truth)
    }
}

fn named(report: &CheckReport, victim: &Path) -> bool {
    report.problems.iter().any(|problem| problem.path == victim)
}

#[expect(clippy::similar_names, reason = "a seed, and what was seen with it")]
fn run(template: &Path, truth: &Truth, seed: u64) {
    let mut random = Random(seed);
    let folder = quick_folder();
    copy(template, folder.path());
    let all = files(folder.path());
    let mut kinds: BTreeMap<&str, Vec<&PathBuf>> = BTreeMap::new();
    for path in &all {
        kinds.entry(kind(path)).or_default().push(path);
    }
    let kinds: Vec<_> = kinds.into_iter().collect();
    let (kind, victims) = &kinds[random.below(kinds.len())];
    let victim = victims[random.below(victims.len())];
    let rows_of_victim = 18;
    let what = damage(victim, &mut random);
    let context = format!("BONGSU_SEED={seed}: {}: {what}", victim.strip_prefix(folder.path()).unwrap().display());
    let told = |errors: &[String]| errors.iter().all(|error| error.contains(&*folder.path().to_string_lossy()));

    // Reading beside a writer, without its lock.
    let mut seen = match Reader::open(folder.path()) {
        Ok(reader) => Seen::tables(&reader, truth),
        Err(error) => Seen { errors: vec![error.to_string()], ..Seen::default() },
    };
    seen.lines(folder.path(), truth);
    assert!(told(&seen.errors), "{context}: {:?}", seen.errors);

    // The end of the log may look like a write that a crash prevented: nobody can tell, and nobody complains.
    let torn = victim.as_path() == newest_segment(&all);
    // Nothing is missing that `check` does not name.
    let report = match check(folder.path(), CheckOptions { deep: true, repair: false }) {
        Ok(report) => report,
        Err(StoreError::TooNew { .. }) if *kind == "format" => return,
        Err(error) => panic!("{context}: {error}"),
    };
    let silent = report.problems.is_empty();
    let whole = |seen: &Seen| seen.errors.is_empty() && (seen.lost(truth) == 0 || torn);
    assert!(!silent || whole(&seen), "{context}: not named: {seen:?}");
    assert!(silent || named(&report, victim), "{context}: another is named: {:?}", report.problems);

    // A writer opens it, or says what is wrong.
    match open_on(std::sync::Arc::new(RealDisk), folder.path()) {
        Ok(store) => {
            let mut seen = Seen::tables(&store, truth);
            seen.notes(&store, truth);
            drop(store);
            seen.lines(folder.path(), truth);
            assert!(told(&seen.errors), "{context}: {:?}", seen.errors);
            assert!(!silent || (whole(&seen) && (seen.truth == *truth || torn)), "{context}: not named: {seen:?}");
        }
        Err(error) => assert!(!silent && told(&[error.to_string()]), "{context}: {error}"),
    }

    // After a repair all is sound, and only what was hit is gone.
    let report = check(folder.path(), CheckOptions { deep: true, repair: true }).unwrap();
    assert!(report.is_sound(), "{context}: {report:?}");
    let again = check(folder.path(), CheckOptions { deep: true, repair: false }).unwrap();
    assert_eq!(again.problems, [], "{context}");
    let store = open(folder.path());
    let mut seen = Seen::tables(&store, truth);
    seen.notes(&store, truth);
    seen.lines(folder.path(), truth);
    assert_eq!(seen.errors, Vec::<String>::new(), "{context}");
    let may_be_lost = match *kind {
        "data" => rows_of_victim * 4,
        "log" => 9 * 4,
        _ => 0,
    };
    assert!(seen.lost(truth) <= may_be_lost, "{context}: {} rows are lost", seen.lost(truth));
    let may_lose_notes = ["database", "log"].contains(kind);
    assert!(may_lose_notes || seen.truth.notes == truth.notes, "{context}: {:?}", seen.truth.notes);
    let may_lose_lines = ["refused", "log"].contains(kind);
    assert!(may_lose_lines || seen.truth.lines == truth.lines, "{context}: {:?}", seen.truth.lines);

    // And it goes on.
    let mut more = Truth::default();
    submit(&store, &mut more, "other", 50);
    store.flush().unwrap();
    let _ = store.maintain().unwrap();
    store.close().unwrap();
    let rows = messages_of(&open(folder.path()), "other");
    assert_eq!(rows.iter().filter(|message| message.starts_with("50")).count(), 9, "{context}");
}

#[test]
fn damage_by_chance_is_named_and_the_rest_stays() {
    let template = tempfile::tempdir().unwrap();
    let truth = make(template.path());
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("BONGSU_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("BONGSU_SEEDS").unwrap_or(SEEDS),
    };
    let began = std::time::Instant::now();
    let mut failed = Vec::new();
    for seed in seeds.clone() {
        if catch_unwind(AssertUnwindSafe(|| run(template.path(), &truth, seed))).is_err() {
            failed.push(seed);
        }
    }
    eprintln!("{} seeds in {:?}", seeds.end - seeds.start, began.elapsed());
    assert_eq!(failed, Vec::<u64>::new(), "seeds that failed");
}
