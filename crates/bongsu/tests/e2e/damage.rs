//! Damaged, missing, locked and full: no panic, the file and the way out are named, the rest stays readable.

use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::geteuid;
use serde_json::json;

use crate::ingest::lines;
use crate::support::bin::{Ran, bongsu, count, number};
use crate::support::random::Random;
use crate::support::server::Server;

/// Records of two days, ten of the first and twenty of the second, in the table's files.
fn two_days() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    for (day, rows) in [("2025-06-01", 10), ("2025-06-02", 20)] {
        let records: String = (0..rows)
            .map(|n| {
                format!(
                    "{{\"time\":\"{day}T12:00:00.{n:03}Z\",\"level\":\"INFO\",\"message\":\"event {n}\",\"n\":{n}}}\n"
                )
            })
            .collect();
        bongsu(&data).args(["ingest", "-"]).input(records).run().ok();
    }
    assert_eq!(count(&data), 30);
    (dir, data)
}

fn below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_none_or(|name| name != "_delta_log") {
            found.extend(below(&path, extension));
        } else if path.extension().is_some_and(|known| known == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The Parquet file that holds the second day.
fn file_of_second_day(data: &Path) -> PathBuf {
    let files = below(&data.join("tables/logs"), "parquet");
    files.into_iter().find(|path| path.to_str().unwrap().contains("2025-06-02")).expect("a file of the second day")
}

fn largest(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    files.max_by_key(|path| fs::metadata(path).unwrap().len()).expect("a file")
}

fn flip(path: &Path, at: u64) {
    let mut file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.seek(SeekFrom::Start(at)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&[byte[0] ^ 0x55]).unwrap();
}

fn whole_table(data: &Path) -> Ran {
    bongsu(data).json().args(["sql", "SELECT sum(n) AS n, count(message) AS m FROM logs"]).run()
}

fn names(ran: &Ran, path: &Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    ran.err.contains(name) || ran.text().contains(name)
}

/// The second day's file has been damaged: this is told, the first day can be read, and everything can after a repair.
fn the_rest_survives(data: &Path, file: &Path) {
    let asked = whole_table(data).fails(1);
    assert!(names(&asked, file), "the file is not named: {}", asked.told());
    assert!(asked.err.contains("check"), "the way out is not named: {}", asked.told());
    let first =
        bongsu(data).json().args(["search", "event", "--since", "2025-06-01", "--until", "2025-06-01"]).run().ok();
    assert_eq!(first.rows().len(), 10);
    let checked = bongsu(data).json().arg("check").run();
    assert_eq!(checked.code, Some(1), "{}", checked.told());
    assert!(names(&checked, file), "{}", checked.told());
    bongsu(data).args(["check", "--repair"]).run().ok();
    assert_eq!(count(data), 10);
    whole_table(data).ok();
    bongsu(data).arg("check").run().ok();
    bongsu(data).args(["ingest", "-"]).input(lines(0..5)).run().ok();
    assert_eq!(count(data), 15);
}

#[test]
fn a_truncated_file_of_the_table() {
    let (_dir, data) = two_days();
    let file = file_of_second_day(&data);
    let length = fs::metadata(&file).unwrap().len();
    OpenOptions::new().write(true).open(&file).unwrap().set_len(length / 2).unwrap();
    the_rest_survives(&data, &file);
}

#[test]
fn an_empty_file_of_the_table() {
    let (_dir, data) = two_days();
    let file = file_of_second_day(&data);
    fs::write(&file, b"").unwrap();
    the_rest_survives(&data, &file);
}

#[test]
fn a_missing_file_of_the_table() {
    let (_dir, data) = two_days();
    let file = file_of_second_day(&data);
    fs::remove_file(&file).unwrap();
    the_rest_survives(&data, &file);
}

#[test]
fn damage_is_told_in_the_readers_language() {
    let (_dir, data) = two_days();
    let file = file_of_second_day(&data);
    fs::remove_file(&file).unwrap();
    let found = bongsu(&data).args(["--lang", "ko", "check"]).run();
    assert!(found.code == Some(1) && names(&found, &file), "{}", found.told());
    for word in ["파일이 없습니다", "bongsu check --repair 명령을 실행하면"] {
        assert!(found.text().contains(word), "{word}: {}", found.told());
    }
    let document = bongsu(&data).json().args(["--lang", "ko", "check"]).run().document();
    let problem = &document["problems"][0];
    assert_eq!((&problem["what"], &problem["what_id"]), (&json!("it is missing"), &json!("damage-missing")));
    assert_eq!(problem["way_out_id"], "way-out-repair");
    let mended = bongsu(&data).args(["--lang", "ko", "check", "--repair"]).run().ok();
    assert!(mended.text().contains("테이블에서 제외했습니다"), "{}", mended.told());
}

#[test]
fn flipped_bytes_in_a_file_of_the_table_are_found() {
    let mut random = Random::for_test("flipped bytes");
    for _ in 0..5 {
        let (_dir, data) = two_days();
        let file = file_of_second_day(&data);
        let at = random.below(fs::metadata(&file).unwrap().len());
        flip(&file, at);
        // So small a file has one checksum: whatever the byte means, no row of it is given.
        let asked = bongsu(&data).json().args(["sql", "SELECT * FROM logs"]).run().fails(1);
        assert!(names(&asked, &file), "byte {at}: {}", asked.told());
        let checked = bongsu(&data).json().args(["check", "--deep"]).run();
        assert!(checked.code == Some(1) && names(&checked, &file), "byte {at}: {}", checked.told());
        bongsu(&data).args(["check", "--deep", "--repair"]).run().ok();
        whole_table(&data).ok();
        assert!(count(&data) >= 10);
    }
}

/// Ten requests of ten records each, acknowledged and then left in the write-ahead log by `kill -9`.
fn logged() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    for request in 0..10 {
        server.ingest(lines(request * 10..request * 10 + 10));
    }
    server.kill();
    let segment = largest(&dir.path().join("wal"));
    (dir, segment)
}

#[test]
fn a_half_written_end_of_the_log_is_left_out() {
    let mut random = Random::for_test("half-written log");
    let (dir, segment) = logged();
    let whole = fs::read(&segment).unwrap();
    for _ in 0..4 {
        let cut = whole.len() - 1 - random.below(whole.len() as u64 / 20) as usize;
        fs::write(&segment, &whole[..cut]).unwrap();
        let rows = count(dir.path());
        assert!((90..100).contains(&rows), "{rows} rows of a log cut at {cut} of {}", whole.len());
    }
    let noise: Vec<u8> = (0..1_000).map(|_| random.next() as u8).collect();
    fs::write(&segment, [whole, noise].concat()).unwrap();
    bongsu(dir.path()).args(["ingest", "-"]).input(lines(100..105)).run().ok();
    assert_eq!(count(dir.path()), 105);
    bongsu(dir.path()).arg("check").run().ok();
}

#[test]
fn what_the_store_warns_of_reaches_standard_error_unless_it_is_to_be_quiet() {
    const WARNING: &str = "the write-ahead log is damaged";
    for (args, told, is_warned) in [(&[][..], None, true), (&["--quiet"], None, false), (&[], Some("off"), false)] {
        let (dir, segment) = logged();
        flip(&segment, fs::metadata(&segment).unwrap().len() / 2);
        let mut opened = bongsu(dir.path()).args(args);
        if let Some(filter) = told {
            opened = opened.env("RUST_LOG", filter);
        }
        let opened = opened.json().args(["ingest", "-"]).input(lines(100..105)).run().ok();
        assert_eq!(opened.err.contains(WARNING), is_warned, "{}", opened.told());
        assert_eq!(is_warned, names(&opened, &segment), "{}", opened.told());
        assert_eq!(opened.document()["accepted"], 5, "{}", opened.told());
    }
}

#[test]
fn readers_of_a_damaged_log_are_told_that_records_are_missing_and_get_the_rest() {
    let (dir, segment) = logged();
    let length = fs::metadata(&segment).unwrap().len();
    for (at, kept) in [(length / 2, 90), (length - 1, 80)] {
        flip(&segment, at);
        let asked = [
            &["search", "event", "--limit", "all"][..],
            &["sql", "SELECT message FROM logs"],
            &["analyze", "errors"],
            &["stats"],
        ];
        for (nth, question) in asked.into_iter().enumerate() {
            let english = bongsu(dir.path()).json().args(question).run().ok();
            let warning = "warning: the write-ahead log is damaged, and records of it are missing: ";
            assert_eq!(english.err.matches(warning).count(), 1, "{}", english.told());
            assert!(names(&english, &segment) && english.err.contains("hint: run `bongsu check --repair`"));
            if nth < 2 {
                assert_eq!(english.rows().len(), kept, "{}", english.told());
            }
            let korean = bongsu(dir.path()).json().args(["--lang", "ko"]).args(question).run().ok();
            let warning = "경고: 선행 기록 로그(WAL)가 손상되어 일부 로그가 빠졌습니다: ";
            assert_eq!(korean.err.matches(warning).count(), 1, "{}", korean.told());
            assert!(korean.err.contains("해결: bongsu check --repair"), "{}", korean.told());
        }
        let quiet = bongsu(dir.path()).json().args(["--quiet", "search", "event"]).run().ok();
        assert_eq!(quiet.err, "");
    }
}

#[test]
fn flipped_bytes_in_the_middle_of_the_log_lose_no_more_than_they_hit() {
    let (dir, segment) = logged();
    flip(&segment, fs::metadata(&segment).unwrap().len() / 2);
    let checked = bongsu(dir.path()).json().arg("check").run();
    assert!(checked.code == Some(1) && names(&checked, &segment), "{}", checked.told());
    let opened = bongsu(dir.path()).args(["ingest", "-"]).input(lines(100..105)).run();
    if opened.code != Some(0) {
        assert!(names(&opened, &segment) && opened.err.contains("check"), "{}", opened.told());
    }
    bongsu(dir.path()).args(["check", "--repair"]).run().ok();
    let rows = count(dir.path());
    assert!(rows >= 40, "{rows} rows are left of a log that was hit once");
    bongsu(dir.path()).args(["ingest", "-"]).input(lines(200..205)).run().ok();
    assert_eq!(number(dir.path(), "SELECT count(*) AS n FROM logs WHERE n >= 200"), 5);
}

#[test]
fn a_newer_format_is_refused_with_a_hint() {
    let (_dir, data) = two_days();
    fs::write(data.join("FORMAT"), "bongsu 999\n").unwrap();
    for args in [&["sql", "SELECT 1"][..], &["ingest", "-"], &["search", "x"]] {
        let ran = bongsu(&data).args(args).run().fails(1);
        assert!(ran.err.contains("999"), "{}", ran.told());
    }
}

#[test]
fn a_folder_that_is_no_store_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let ran = bongsu(&dir.path().join("nowhere")).args(["search", "x"]).run().fails(1);
    assert!(ran.err.contains("nowhere"), "{}", ran.told());
    assert!(!dir.path().join("nowhere").exists(), "reading made a folder");
}

/// A small file system of its own, unmounted when dropped; none without the right to mount.
struct Disk(tempfile::TempDir);

impl Disk {
    fn new(size: &str) -> Option<Self> {
        let disk = Self(tempfile::tempdir().unwrap());
        let made = geteuid().is_root() && disk.mount(&["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]);
        if !made {
            eprintln!("skipped: no right to mount a file system");
            std::mem::forget(disk);
            return None;
        }
        Some(disk)
    }

    fn mount(&self, args: &[&str]) -> bool {
        Command::new("mount").args(args).arg(self.0.path()).status().is_ok_and(|status| status.success())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(self.0.path()).status().ok();
    }
}

#[test]
fn a_read_only_folder_can_be_read() {
    let Some(disk) = Disk::new("64m") else { return };
    let data = disk.path().join("data");
    bongsu(&data).args(["ingest", "-"]).input(lines(0..10)).run().ok();
    assert!(disk.mount(&["-o", "remount,ro"]));
    assert_eq!(count(&data), 10);
    assert_eq!(bongsu(&data).json().args(["search", "event"]).run().ok().rows().len(), 10);
    bongsu(&data).arg("stats").run().ok();
    let ran = bongsu(&data).args(["ingest", "-"]).input(lines(10..20)).run().fails(1);
    assert!(ran.err.contains(data.to_str().unwrap()), "{}", ran.told());
    assert!(disk.mount(&["-o", "remount,rw"]));
    bongsu(&data).args(["ingest", "-"]).input(lines(10..20)).run().ok();
    assert_eq!(count(&data), 20);
}

#[test]
fn an_ingest_that_fills_the_disk_fails_and_goes_on_later() {
    let Some(disk) = Disk::new("24m") else { return };
    let (data, filler) = (disk.path().join("data"), disk.path().join("filler"));
    bongsu(&data).args(["ingest", "-"]).input(lines(0..100)).run().ok();
    fs::write(&filler, vec![1; 12 << 20]).unwrap();
    let logs = tempfile::tempdir().unwrap();
    let file = logs.path().join("app.log");
    let mut random = Random::new(7);
    let noise = |random: &mut Random| (0..30).map(|_| format!("{:016x}", random.next())).collect::<String>();
    let records: String =
        (100..40_100).map(|n| format!("{{\"n\":{n},\"message\":\"{}\"}}\n", noise(&mut random))).collect();
    fs::write(&file, records).unwrap();
    let full = bongsu(&data).arg("ingest").arg(&file).run().fails(1);
    assert!(full.err.contains("space") || full.err.contains("full"), "{}", full.told());
    assert!(count(&data) >= 100);
    fs::remove_file(&filler).unwrap();
    let grown = disk.mount(&["-o", "remount,size=256m"]);
    assert!(grown);
    bongsu(&data).arg("ingest").arg(&file).run().ok();
    assert_eq!(number(&data, "SELECT count(DISTINCT n) AS n FROM logs"), 40_100);
    assert_eq!(count(&data), 40_100);
    bongsu(&data).arg("check").run().ok();
}

#[test]
fn a_server_on_a_full_disk_says_so_reads_on_and_recovers_by_itself() {
    let Some(disk) = Disk::new("24m") else { return };
    let (data, filler) = (disk.path().join("data"), disk.path().join("filler"));
    let server = Server::start(&data);
    server.ingest(lines(0..100));
    let mut file = fs::File::create(&filler).unwrap();
    while file.write_all(&[1; 4_096]).is_ok() {}
    drop(file);
    let mut random = Random::new(7);
    let mut body = |n: usize| -> String {
        (0..2_000)
            .map(|i| {
                format!("{{\"n\":{},\"message\":\"{:016x}{:016x}\"}}\n", n * 2_000 + i, random.next(), random.next())
            })
            .collect()
    };
    let (mut taken, mut refusal) = (0, None);
    for n in 1..200 {
        let answer = server.post("/api/v1/ingest", &[], body(n));
        if answer.status != 200 {
            refusal = Some(answer);
            break;
        }
        taken += 2_000;
    }
    let refusal = refusal.expect("a full disk refuses");
    assert!(matches!(refusal.status, 507 | 429), "{}", refusal.text());
    refusal.error_id();
    assert_eq!(server.count(), 100 + taken);
    let ready = server.get("/ready");
    assert!(matches!(ready.status, 503 | 507), "{}", ready.text());
    assert_eq!(server.get("/health").status, 200);
    fs::remove_file(&filler).unwrap();
    let began = Instant::now();
    while server.post("/api/v1/ingest", &[], "{\"n\":1000000}\n").status != 200 {
        assert!(began.elapsed() < Duration::from_secs(30), "the server does not recover");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(server.get("/ready").status, 200);
    assert_eq!(server.count(), 101 + taken);
    server.stop();
    assert_eq!(count(&data), 101 + taken);
}
