//! How long it takes to hand a record to the spool, and how many a second come to a server:
//! `cargo run --release -p bongsu-log --features ship --example ship_speed -- [URL [bongsu|otlp]]`.
#![allow(clippy::print_stdout, reason = "its output is its purpose")]

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bongsu_format::render::Layout;
use bongsu_log::ship::{Ship, Shipper, WhenFull};
use bongsu_log::{Clock, Level, SystemClock};
use bongsu_model::Record;
use jiff::tz::TimeZone;

const RECORDS: u32 = 200_000;

fn hand(shipper: &Shipper, clock: &Arc<dyn Clock>) -> Duration {
    let began = Instant::now();
    for n in 0..RECORDS {
        let message = format!("req {n} user=kim");
        let record = Record {
            time: Some(clock.now()),
            level: Some(Level::Info),
            logger: Some("movies".into()),
            message: message.into(),
            function: Some("load".into()),
            file: Some("src/movies.rs".into()),
            line: Some(42),
            ..Record::default()
        };
        let mut line = String::with_capacity(512);
        Layout::Json.render(&record, &TimeZone::UTC, &mut line);
        shipper.line(&mut line.into_bytes());
    }
    began.elapsed()
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (url, protocol) = (arguments.next(), arguments.next());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut rounds = Vec::new();
    for _ in 0..7 {
        let folder = tempfile::tempdir()?;
        // Nobody listens there: only the spool is at work.
        let ship = Ship { flush_for: Duration::from_millis(10), ..Ship::to("http://127.0.0.1:9") };
        let shipper = Shipper::start(ship, folder.path(), Arc::clone(&clock))?;
        rounds.push(hand(&shipper, &clock).as_nanos() / u128::from(RECORDS));
        shipper.shutdown();
    }
    rounds.sort_unstable();
    println!("handed over: {} ns a record (median of {}, {:?})", rounds[rounds.len() / 2], rounds.len(), rounds);
    let Some(url) = url else { return Ok(()) };
    let mut rates = Vec::new();
    for _ in 0..5 {
        let folder = tempfile::tempdir()?;
        let protocol = protocol.as_deref().unwrap_or("bongsu").parse()?;
        let when_full = WhenFull::Block(Duration::from_mins(1));
        let ship = Ship { protocol, when_full, flush_for: Duration::from_mins(5), ..Ship::to(&url) };
        let shipper = Shipper::start(ship, folder.path(), Arc::clone(&clock))?;
        let began = Instant::now();
        hand(&shipper, &clock);
        shipper.flush(Duration::from_mins(5));
        rates.push(f64::from(RECORDS) / began.elapsed().as_secs_f64());
        let stats = shipper.stats();
        shipper.shutdown();
        if stats.sent != u64::from(RECORDS) {
            return Err(format!("not everything came: {stats:?}, {:?}", shipper.trouble()).into());
        }
    }
    rates.sort_by(f64::total_cmp);
    println!("sent: {:.0} records/s (median of {}, {:.0?})", rates[rates.len() / 2], rates.len(), rates);
    Ok(())
}
