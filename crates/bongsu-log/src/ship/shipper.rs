//! What a program holds of shipping.

use std::cell::Cell;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bongsu_format::render::{Layout, Line, Stamp};
use bongsu_model::{Clock, Level, Record};
use jiff::tz::TimeZone;

use super::backoff::{Backoff, Chance};
use super::counters::{Counters, ShipStats};
use super::line;
use super::options::{Ship, segment_size};
use super::post::{Http, Post};
use super::process::PerProcess;
use super::refused::Refused;
use super::sender::{Sender, Trouble};
use super::spool::{Limits, Spool};
use crate::LogError;
use crate::levels::number;

/// The part of [`Ship::flush_for`] that is for the thread to stop.
const STOPS: Duration = Duration::from_millis(100);

thread_local! {
    /// Set in the thread that sends: what the HTTP client logs must not be shipped, or it would never come to an end.
    static SENDS: Cell<bool> = const { Cell::new(false) };
    /// The line that is being made.
    static LINE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Ships the records that are handed to it. Made by [`crate::Logging`] from [`crate::Config`]; clones are the same one.
#[derive(Debug, Clone)]
pub struct Shipper(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    ship: Ship,
    clock: Arc<dyn Clock>,
    /// What ends the JSON of a record that names neither its program nor its machine.
    resource: String,
    /// None in the child of a fork that could not make a spool of its own.
    running: PerProcess<Option<Running>>,
}

/// The spool and the thread of one process.
#[derive(Debug)]
struct Running {
    spool: Arc<Spool>,
    counters: Arc<Counters>,
    trouble: Arc<Trouble>,
}

impl Shipper {
    /// Begins to ship what processes before this one left, and what is handed over from now on. `home` is the log home that
    /// the spool stands in unless [`Ship::spool`] names a folder.
    pub fn start(ship: Ship, home: &Path, clock: Arc<dyn Clock>) -> Result<Self, LogError> {
        ship.check()?;
        let spool = ship.spool.clone().unwrap_or_else(|| home.join(".bongsu").join("ship"));
        // An absolute path: the program, or the child of a fork, may go to another folder.
        let spool = std::path::absolute(&spool).unwrap_or(spool);
        let ship = Ship { spool: Some(spool), ..ship };
        let http = Http::new(&ship)?;
        Self::start_with(ship, clock, Chance::system(), Box::new(http))
    }

    pub(super) fn start_with(
        ship: Ship,
        clock: Arc<dyn Clock>,
        chance: Chance,
        post: Box<dyn Post>,
    ) -> Result<Self, LogError> {
        let running = Running::start(&ship, &clock, chance, post).map_err(|source| {
            let path = ship.spool.clone().unwrap_or_default();
            LogError::Spool { path, source }
        })?;
        let resource = resource(&ship);
        Ok(Self(Arc::new(Shared { ship, clock, resource, running: PerProcess::new(Some(running)) })))
    }

    /// Hands over a record, masked as it is to be seen by others; one below [`Ship::level`] is passed by. `level` is its number.
    pub(crate) fn record(&self, level: u8, line: &Line<'_>, stamp: &mut Stamp) {
        if level < number(Some(&self.0.ship.level)) {
            return;
        }
        let own = line.service.is_none() && line.host.is_none();
        self.make(own, |json| Layout::Json.write(line, stamp, json));
    }

    /// Hands over a record of this program as the SDK's JSON layout has it, with or without a line end; what [`Ship::service`] and
    /// [`Ship::host`] say is added.
    pub fn own_line(&self, json: &[u8]) {
        self.make(true, |line| line.extend_from_slice(json.strip_suffix(b"\n").unwrap_or(json)));
    }

    fn make(&self, own: bool, make: impl FnOnce(&mut Vec<u8>)) {
        // A record that is logged while another is being made, by its own `Display`, has bytes of its own.
        let mut json = LINE.take();
        json.clear();
        make(&mut json);
        if own {
            json.pop();
            json.extend_from_slice(self.0.resource.as_bytes());
        }
        self.line(&mut json);
        if json.capacity() <= LONGEST_KEPT {
            LINE.set(json);
        }
    }

    /// Hands over a record as the SDK's JSON layout has it, without a line end; leaves the line of the spool in `json`.
    pub fn line(&self, json: &mut Vec<u8>) {
        if SENDS.get() {
            return;
        }
        // A line end can only be a blank between two parts of JSON.
        if let Some(first) = json.iter().position(|byte| *byte == b'\n') {
            json.iter_mut().skip(first).filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
        }
        line::seal(json);
        if let Some(running) = self.running() {
            running.spool.append(json);
        }
    }

    /// What became of the records, in this process.
    pub fn stats(&self) -> ShipStats {
        self.running().map(|running| running.counters.read(running.spool.waiting_bytes())).unwrap_or_default()
    }

    /// Why nothing could be sent the last time; none while all goes well.
    pub fn trouble(&self) -> Option<String> {
        self.running().and_then(|running| running.trouble.get())
    }

    /// Sends everything there is without waiting for more, what ended processes left included, for at most `longest`; says whether
    /// nothing is left.
    pub fn flush(&self, longest: Duration) -> bool {
        self.running().is_some_and(|running| running.flush(longest))
    }

    /// Sends what it can for [`Ship::flush_for`] and stops. The rest stays in the spool for the next start; what is handed
    /// over later is counted as failed.
    pub fn shutdown(&self) {
        let Some(running) = self.running() else { return };
        let began = Instant::now();
        let longest = self.0.ship.flush_for;
        running.flush(longest.saturating_sub(STOPS.min(longest / 5)));
        running.spool.end();
        running.spool.wait_stopped(longest.saturating_sub(began.elapsed()));
    }

    fn running(&self) -> Option<&Running> {
        self.0.running.get(|| self.0.begin_anew()).as_ref()
    }
}

/// Bytes of a line whose memory is kept for the next.
const LONGEST_KEPT: usize = 64 << 10;

impl Shared {
    /// In the child of a fork: a lane and a thread of its own.
    fn begin_anew(&self) -> Option<Running> {
        let http = Http::new(&self.ship).ok()?;
        Running::start(&self.ship, &self.clock, Chance::system(), Box::new(http)).ok()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // Not `running()`: a child that never shipped need not begin for that.
        if let Some(Some(running)) = self.running.made() {
            running.spool.end();
        }
    }
}

impl Running {
    fn start(ship: &Ship, clock: &Arc<dyn Clock>, chance: Chance, post: Box<dyn Post>) -> io::Result<Self> {
        let limits = Limits {
            bytes: ship.spool_size,
            segment: segment_size(ship.spool_size),
            when_full: ship.when_full,
            batch_bytes: ship.batch_bytes,
            batch_records: ship.batch_records,
            batch_age: ship.batch_age,
        };
        let (counters, trouble) = (Arc::<Counters>::default(), Arc::<Trouble>::default());
        let root = ship.spool.clone().unwrap_or_default();
        let spool = Arc::new(Spool::open(&root, limits, Arc::clone(clock), chance.clone(), Arc::clone(&counters))?);
        let sender = Sender {
            spool: Arc::clone(&spool),
            post,
            protocol: ship.protocol,
            packing: ship.compression,
            batch_bytes: ship.batch_bytes,
            batch_records: ship.batch_records,
            backoff: Backoff::new(ship.retry_from, ship.retry_to, chance),
            clock: Arc::clone(clock),
            counters: Arc::clone(&counters),
            trouble: Arc::clone(&trouble),
            cursor: None,
            refused: Refused::new(spool.root()),
        };
        std::thread::Builder::new().name("bongsu-ship".to_owned()).spawn(move || {
            SENDS.set(true);
            sender.run();
        })?;
        Ok(Self { spool, counters, trouble })
    }

    fn flush(&self, longest: Duration) -> bool {
        // A lane that cannot be taken over now is there for the next who looks.
        let _ = self.spool.take_over();
        self.spool.flush(longest)
    }
}

/// What the options say of the program and its machine, as the end of a record's JSON.
fn resource(ship: &Ship) -> String {
    let machine = || rustix::system::uname().nodename().to_string_lossy().into_owned();
    let host = ship.host.clone().unwrap_or_else(machine);
    let record = Record {
        service: ship.service.as_deref().map(Into::into),
        host: Some(host.into()).filter(|host: &std::borrow::Cow<'_, str>| !host.is_empty()),
        level: Some(Level::Info),
        ..Record::default()
    };
    if record.service.is_none() && record.host.is_none() {
        return "}".to_owned();
    }
    let mut json = String::new();
    Layout::Json.render(&record, &TimeZone::UTC, &mut json);
    let at = json.find(",\"Resource\":").unwrap_or(json.len() - 1);
    json.split_off(at)
}

#[cfg(test)]
mod tests {
    use bongsu_model::SystemClock;

    use super::*;

    fn shipper(ship: Ship) -> (tempfile::TempDir, Shipper) {
        let folder = tempfile::tempdir().unwrap();
        let ship = Ship { flush_for: Duration::from_millis(1), batch_age: Duration::from_mins(1), ..ship };
        let shipper = Shipper::start(ship, folder.path(), Arc::new(SystemClock)).unwrap();
        (folder, shipper)
    }

    fn spooled(folder: &Path) -> String {
        let lanes = std::fs::read_dir(folder.join(".bongsu/ship")).unwrap().flatten();
        lanes.map(|lane| std::fs::read_to_string(lane.path().join("00000000.seg")).unwrap()).collect()
    }

    #[test]
    fn what_the_thread_that_sends_logs_is_not_sent() {
        let (_folder, shipper) = shipper(Ship::to("http://127.0.0.1:9"));
        let own = shipper.clone();
        let thread = std::thread::spawn(move || {
            SENDS.set(true);
            own.line(&mut b"{}".to_vec());
        });
        thread.join().unwrap();
        assert_eq!(shipper.stats().handed, 0);
    }

    #[test]
    fn a_record_below_the_level_is_passed_by_and_one_with_a_program_of_its_own_keeps_it() {
        let ship = Ship {
            level: Level::Warning,
            service: Some("a \"b\"".into()),
            host: Some("h".into()),
            ..Ship::to("http://x")
        };
        let (folder, shipper) = shipper(ship);
        let mut stamp = Stamp::new(jiff::tz::TimeZone::UTC);
        let line = Line { message: "봉수", ..Line::default() };
        shipper.record(number(Some(&Level::Info)), &line, &mut stamp);
        shipper.record(number(Some(&Level::Error)), &line, &mut stamp);
        shipper.record(number(Some(&Level::Error)), &Line { service: Some("own"), ..line }, &mut stamp);
        assert_eq!(shipper.stats().handed, 2);
        let text = spooled(folder.path());
        let records: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_slice(line::open(format!("{line}\n").as_bytes()).unwrap()).unwrap())
            .collect();
        assert_eq!(records[0]["Resource"], serde_json::json!({"service.name":"a \"b\"","host.name":"h"}));
        assert_eq!(records[1]["Resource"], serde_json::json!({"service.name":"own"}));
    }

    #[test]
    fn line_ends_between_parts_of_json_do_not_end_a_line() {
        let (folder, shipper) = shipper(Ship::to("http://x"));
        shipper.line(&mut b"{\n\"Body\":\n1}".to_vec());
        assert!(spooled(folder.path()).starts_with("{ \"Body\": 1} "));
    }
}
