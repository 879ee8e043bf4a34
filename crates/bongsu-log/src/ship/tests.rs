//! The spool and the sender against a model: whatever dies, what was handed over comes to the server once and in order, or
//! is counted as dropped.

use std::collections::{HashMap, VecDeque};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bongsu_model::{FixedClock, SystemClock};
use proptest::prelude::*;

use super::backoff::{Backoff, Chance};
use super::counters::Counters;
use super::options::{Packing, Protocol, WhenFull};
use super::post::{Answer, Post, Request};
use super::refused::Refused;
use super::sender::{Sender, Trouble};
use super::spool::{Limits, Next, Spool};
use super::{ShipStats, line};

/// What happens to one request.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Answered,
    RequestLost,
    AnswerLost,
    Busy,
    /// The process dies before the request has come to the server, or after.
    DiesBefore,
    DiesAfter,
}

#[derive(Debug, Default)]
struct Kept {
    keys: HashMap<String, Vec<u8>>,
    records: Vec<String>,
    requests: usize,
}

struct Server {
    kept: Arc<Mutex<Kept>>,
    fates: Arc<Mutex<VecDeque<Fate>>>,
    spool: Arc<Spool>,
}

impl Post for Server {
    fn post(&mut self, request: Request<'_>) -> Result<Answer, String> {
        let fate = self.fates.lock().unwrap().pop_front().unwrap_or(Fate::Answered);
        if matches!(fate, Fate::DiesBefore | Fate::DiesAfter) {
            self.spool.end();
        }
        let mut body = request.body.to_vec();
        match fate {
            Fate::Busy => return Ok(Answer { status: 429, ..Answer::default() }),
            Fate::RequestLost | Fate::DiesBefore => return Err("lost".into()),
            Fate::Answered | Fate::AnswerLost | Fate::DiesAfter => {}
        }
        let mut kept = self.kept.lock().unwrap();
        kept.requests += 1;
        let lines: Vec<String> =
            request.body.split(|byte| *byte == b'\n').map(|line| String::from_utf8(line.to_vec()).unwrap()).collect();
        let count = lines.len() - 1;
        let before = kept.keys.entry(request.key.unwrap().to_owned()).or_default();
        if before.is_empty() {
            before.append(&mut body);
            kept.records.extend(lines.into_iter().take(count));
        } else {
            assert_eq!(*before, body, "the same key with other content");
        }
        match fate {
            Fate::Answered => {
                let body = format!(r#"{{"accepted":{count},"refused":0,"errors":[]}}"#).into_bytes();
                Ok(Answer { status: 200, body, ..Answer::default() })
            }
            _ => Err("lost".into()),
        }
    }
}

const LIMITS: Limits = Limits {
    bytes: 2_000,
    segment: 250,
    when_full: WhenFull::DropOldest,
    batch_bytes: 120,
    batch_records: 5,
    batch_age: Duration::ZERO,
};

/// One process.
struct Process {
    spool: Arc<Spool>,
    sender: Sender,
    counters: Arc<Counters>,
}

impl Process {
    fn start(root: &Path, limits: Limits, kept: &Arc<Mutex<Kept>>, fates: &Arc<Mutex<VecDeque<Fate>>>) -> Self {
        static STARTS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let start = STARTS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let clock = Arc::new(FixedClock::new(bongsu_model::Timestamp::from_nanos(start as i64)));
        let chance = Chance::new(|| 0);
        let counters = Arc::<Counters>::default();
        let spool = Arc::new(Spool::open(root, limits, clock.clone(), chance.clone(), Arc::clone(&counters)).unwrap());
        let server = Server { kept: Arc::clone(kept), fates: Arc::clone(fates), spool: Arc::clone(&spool) };
        let sender = Sender {
            spool: Arc::clone(&spool),
            post: Box::new(server),
            protocol: Protocol::Bongsu,
            packing: Packing::None,
            batch_bytes: limits.batch_bytes,
            batch_records: limits.batch_records,
            backoff: Backoff::new(Duration::ZERO, Duration::ZERO, chance),
            clock,
            counters: Arc::clone(&counters),
            trouble: Arc::<Trouble>::default(),
            cursor: None,
            refused: Refused::new(root),
        };
        Self { spool, sender, counters }
    }

    fn log(&self, record: &str) {
        let mut bytes = record.as_bytes().to_vec();
        line::seal(&mut bytes);
        self.spool.append(&bytes);
    }

    /// Sends one batch; says whether the process lives.
    fn send(&mut self) -> bool {
        match self.spool.next(Duration::ZERO) {
            Next::Send(span) => self.sender.send(&span),
            Next::Idle => {}
            Next::Stop => return false,
        }
        true
    }

    fn stats(&self) -> ShipStats {
        self.counters.read(self.spool.waiting_bytes())
    }
}

#[derive(Debug, Clone)]
enum Op {
    Log(usize),
    Send(Fate),
    Crash { torn: bool },
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let fate = prop_oneof![
        4 => Just(Fate::Answered), 1 => Just(Fate::RequestLost), 1 => Just(Fate::AnswerLost), 1 => Just(Fate::Busy),
        1 => Just(Fate::DiesBefore), 1 => Just(Fate::DiesAfter),
    ];
    prop::collection::vec(
        prop_oneof![
            8 => (0usize..60).prop_map(Op::Log),
            3 => fate.prop_map(Op::Send),
            1 => any::<bool>().prop_map(|torn| Op::Crash { torn }),
        ],
        1..120,
    )
}

/// Half a line at the end of each file: what a process leaves that dies while it writes.
fn tear(root: &Path) {
    for lane in fs::read_dir(root).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        for file in fs::read_dir(lane.path()).unwrap().flatten() {
            if file.path().extension().is_some_and(|ending| ending == "seg") {
                fs::OpenOptions::new().append(true).open(file.path()).unwrap().write_all(b"{\"half").unwrap();
            }
        }
    }
}

fn run(ops: &[Op], limits: Limits) -> (Vec<String>, Kept, ShipStats, u64) {
    let root = folder();
    let (kept, fates) = (Arc::default(), Arc::default());
    let start = || Process::start(root.path(), limits, &kept, &fates);
    let mut process = start();
    let mut logged = Vec::new();
    let mut total = ShipStats::default();
    let mut most = 0;
    let add = |total: &mut ShipStats, stats: ShipStats| {
        total.sent += stats.sent;
        total.dropped_oldest += stats.dropped_oldest;
        total.dropped_newest += stats.dropped_newest;
        total.failed += stats.failed;
        total.damaged += stats.damaged;
    };
    for op in ops {
        let lives = match op {
            Op::Log(length) => {
                let record = format!("{{\"n\":{},\"x\":\"{}\"}}", logged.len(), "x".repeat(*length));
                process.log(&record);
                logged.push(record);
                true
            }
            Op::Send(fate) => {
                fates.lock().unwrap().push_back(*fate);
                let lives = process.send() && !matches!(fate, Fate::DiesBefore | Fate::DiesAfter);
                fates.lock().unwrap().clear();
                lives
            }
            Op::Crash { .. } => false,
        };
        most = most.max(on_disk(root.path()));
        if !lives {
            add(&mut total, process.stats());
            drop(process);
            if matches!(op, Op::Crash { torn: true }) {
                tear(root.path());
            }
            process = start();
        }
    }
    while process.spool.waiting_bytes() > 0 {
        assert!(process.send());
    }
    add(&mut total, process.stats());
    process.spool.end();
    process.spool.stopped();
    drop(process);
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0, "everything was sent");
    let kept = std::mem::take(&mut *kept.lock().unwrap());
    (logged, kept, total, most)
}

fn on_disk(root: &Path) -> u64 {
    let lanes = fs::read_dir(root).unwrap().flatten().filter(|entry| entry.path().is_dir());
    let files = lanes.flat_map(|lane| fs::read_dir(lane.path()).unwrap().flatten());
    files
        .filter(|file| file.path().extension().is_some_and(|ending| ending == "seg"))
        .map(|file| file.metadata().unwrap().len())
        .sum()
}

/// Whether `some` is `all` without some of its members.
fn is_part(some: &[String], all: &[String]) -> bool {
    let mut all = all.iter();
    some.iter().all(|record| all.any(|other| other == record))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn with_room_every_record_comes_once_and_in_order_whatever_dies(ops in ops()) {
        let (logged, kept, total, _) = run(&ops, Limits { bytes: 1 << 20, ..LIMITS });
        prop_assert_eq!(&kept.records, &logged);
        prop_assert_eq!((total.dropped_oldest, total.dropped_newest, total.failed, total.damaged), (0, 0, 0, 0));
    }

    #[test]
    fn without_room_what_does_not_come_is_counted_and_the_limit_holds(
        ops in ops(), when_full in prop_oneof![Just(WhenFull::DropOldest), Just(WhenFull::DropNewest), Just(WhenFull::Block(Duration::ZERO))]
    ) {
        let (logged, kept, total, most) = run(&ops, Limits { bytes: 600, when_full, ..LIMITS });
        prop_assert!(is_part(&kept.records, &logged));
        let dropped = total.dropped_oldest + total.dropped_newest;
        prop_assert_eq!(kept.records.len() as u64 + dropped, logged.len() as u64);
        prop_assert!(when_full == WhenFull::DropOldest || total.dropped_oldest == 0);
        prop_assert!(most <= 600, "{} bytes", most);
    }
}

/// In memory where there is such a file system: what is made durable a thousand times takes its time on a disk.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn alone(limits: Limits) -> (tempfile::TempDir, Process) {
    let root = folder();
    let process = Process::start(root.path(), limits, &Arc::default(), &Arc::default());
    (root, process)
}

fn record(n: usize) -> String {
    format!("{{\"n\":{n:030}}}")
}

#[test]
fn the_newest_stay_when_the_oldest_go() {
    let (_root, mut process) = alone(Limits { bytes: 500, segment: 100, ..LIMITS });
    for n in 0..100 {
        process.log(&record(n));
    }
    while process.spool.waiting_bytes() > 0 {
        assert!(process.send());
    }
    let stats = process.stats();
    assert_eq!((stats.sent + stats.dropped_oldest, stats.dropped_newest), (100, 0));
    assert!(stats.sent >= 8, "{stats:?}");
}

#[test]
fn what_is_being_sent_is_not_dropped() {
    let (_root, mut process) = alone(Limits { bytes: 500, segment: 500, ..LIMITS });
    for n in 0..4 {
        process.log(&record(n));
    }
    let Next::Send(span) = process.spool.next(Duration::ZERO) else { panic!("nothing to send") };
    for n in 4..50 {
        process.log(&record(n));
    }
    process.sender.send(&span);
    while process.spool.waiting_bytes() > 0 {
        assert!(process.send());
    }
    let stats = process.stats();
    assert_eq!(stats.sent + stats.dropped_oldest + stats.dropped_newest, 50, "{stats:?}");
    assert!(stats.sent > 4, "{stats:?}");
}

#[test]
fn a_record_larger_than_the_spool_is_dropped_and_drops_no_other() {
    let (_root, process) = alone(LIMITS);
    process.log(&record(1));
    process.log(&"x".repeat(3_000));
    let stats = process.stats();
    assert_eq!((stats.dropped_newest, stats.dropped_oldest), (1, 0));
    assert_eq!(stats.spooled_bytes, record(1).len() as u64 + 10);
}

#[test]
fn who_waits_for_room_waits_no_longer_than_allowed_and_goes_on_when_there_is_some() {
    let wait = Duration::from_millis(300);
    let (_root, mut process) = alone(Limits { bytes: 200, segment: 50, when_full: WhenFull::Block(wait), ..LIMITS });
    for n in 0..4 {
        process.log(&record(n));
    }
    let began = Instant::now();
    process.log(&record(4));
    assert!((wait..wait * 3).contains(&began.elapsed()), "{:?}", began.elapsed());
    assert_eq!((process.stats().blocked, process.stats().dropped_newest), (1, 1));
    let spool = Arc::clone(&process.spool);
    let waiting = std::thread::spawn(move || {
        let mut line = record(5).into_bytes();
        line::seal(&mut line);
        spool.append(&line);
    });
    while process.stats().blocked < 2 {
        std::thread::yield_now();
    }
    assert!(process.send());
    waiting.join().unwrap();
    assert_eq!((process.stats().blocked, process.stats().dropped_newest), (2, 1));
}

#[test]
fn records_wait_for_others_until_the_oldest_is_old_enough() {
    let root = folder();
    let clock = Arc::new(FixedClock::default());
    let limits = Limits { batch_age: Duration::from_secs(1), ..LIMITS };
    let spool = Spool::open(root.path(), limits, clock.clone(), Chance::new(|| 1), Arc::default()).unwrap();
    let log = |n| {
        let mut line = record(n).into_bytes();
        line::seal(&mut line);
        spool.append(&line);
    };
    let next = || spool.next(Duration::ZERO);
    clock.set(bongsu_model::Timestamp::from_nanos(5_000_000_000));
    log(0);
    assert!(matches!(next(), Next::Idle));
    clock.set(bongsu_model::Timestamp::from_nanos(5_900_000_000));
    log(1);
    assert!(matches!(next(), Next::Idle));
    clock.set(bongsu_model::Timestamp::from_nanos(6_000_000_000));
    let Next::Send(span) = next() else { panic!("it is old enough") };
    spool.done(&span, 2);
    for n in 2..5 {
        log(n);
    }
    assert!(matches!(next(), Next::Send(_)), "a batch is full");
}

#[test]
fn damaged_lines_are_set_aside_and_counted() {
    let root = folder();
    let (kept, fates) = (Arc::<Mutex<Kept>>::default(), Arc::default());
    let mut process = Process::start(root.path(), LIMITS, &kept, &fates);
    for n in 0..3 {
        process.log(&record(n));
    }
    let lane = fs::read_dir(root.path()).unwrap().next().unwrap().unwrap().path();
    let path = lane.join("00000000.seg");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("01}", "07}", 1)).unwrap();
    while process.spool.waiting_bytes() > 0 {
        assert!(process.send());
    }
    assert_eq!((process.stats().sent, process.stats().damaged), (2, 1));
    assert_eq!(kept.lock().unwrap().records, [record(0), record(2)]);
    let aside = fs::read_to_string(root.path().join("refused.jsonl")).unwrap();
    assert!(aside.contains("damaged in the spool") && aside.contains("07}"), "{aside}");
}

#[test]
fn a_living_process_takes_over_what_a_dead_one_left_and_nothing_of_a_living_one() {
    let root = folder();
    let (kept, fates) = (Arc::<Mutex<Kept>>::default(), Arc::default());
    let start = || Process::start(root.path(), LIMITS, &kept, &fates);
    let (first, mut second) = (start(), start());
    first.log(&record(0));
    second.log(&record(1));
    assert_eq!(second.spool.take_over().unwrap(), 0);
    drop(first);
    assert_eq!(second.spool.take_over().unwrap(), 1);
    while second.spool.waiting_bytes() > 0 {
        assert!(second.send());
    }
    assert_eq!(kept.lock().unwrap().records, [record(0), record(1)]);
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1, "the lane that was taken over is removed");
}

#[test]
fn what_was_answered_is_not_sent_again_after_a_crash() {
    let root = folder();
    let (kept, fates) = (Arc::<Mutex<Kept>>::default(), Arc::default());
    let mut first = Process::start(root.path(), LIMITS, &kept, &fates);
    first.log(&record(0));
    assert!(first.send());
    first.log(&record(1));
    drop(first);
    let mut second = Process::start(root.path(), LIMITS, &kept, &fates);
    while second.spool.waiting_bytes() > 0 {
        assert!(second.send());
    }
    assert_eq!(kept.lock().unwrap().requests, 2);
}

#[test]
fn a_spool_that_cannot_be_written_to_counts_and_does_not_fail() {
    let (root, process) = alone(Limits { segment: 100, ..LIMITS });
    process.log(&record(0));
    fs::remove_dir_all(root.path()).unwrap();
    for n in 1..5 {
        process.log(&record(n));
    }
    let stats = process.stats();
    assert!(stats.failed > 0 && stats.handed == 5, "{stats:?}");
}

#[test]
fn a_system_clock_is_a_clock_like_any_other() {
    let root = folder();
    let spool = Spool::open(root.path(), LIMITS, Arc::new(SystemClock), Chance::system(), Arc::default()).unwrap();
    assert!(matches!(spool.next(Duration::from_millis(1)), Next::Idle));
    spool.end();
    assert!(matches!(spool.next(Duration::from_mins(1)), Next::Stop));
}
