//! Nanoseconds of CPU a record: `cargo run --release -p bongsu-log --features tracing,log --example speed [records] [only this]`.
//! `info!`, `log::info!` and `tracing::info!` write to two files each: the home's common one and one of their own.
//!
//! The least of five runs, by the time that this thread was on a processor where the system tells it (Linux), else by the clock.

use std::hint::black_box;
use std::time::{Duration, Instant};

use bongsu_format::render::{Fields, Layout, Line, Stamp};
use bongsu_log::mask::Rules;
use bongsu_log::{Config, Console, Level, Logging, Timestamp, info};
use bongsu_model::Value;
use jiff::tz::TimeZone;

struct Bench {
    records: u32,
    only: Option<String>,
    began: Instant,
}

impl Bench {
    fn now(&self) -> Duration {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
        let nanos = told.and_then(|told| told.split(' ').next()?.parse().ok());
        nanos.map_or_else(|| self.began.elapsed(), Duration::from_nanos)
    }

    #[allow(clippy::print_stdout, reason = "what the example is for")]
    fn run(&self, name: &str, mut each: impl FnMut(u32)) {
        if self.only.as_deref().is_some_and(|only| only != name) {
            return;
        }
        let mut least = Duration::MAX;
        for _ in 0..5 {
            let began = self.now();
            (0..self.records).for_each(&mut each);
            least = least.min(self.now().saturating_sub(began));
        }
        println!("{name:<28} {:8.1} ns", least.as_nanos() as f64 / f64::from(self.records));
    }
}

fn rendering(bench: &Bench) -> Result<(), Box<dyn std::error::Error>> {
    let fields = [
        ("user", Value::Str("alice".into())),
        ("rows", Value::Int(12_345)),
        ("ratio", Value::Float(0.25)),
        ("ok", Value::Bool(true)),
        ("path", Value::Str("/api/v1/films".into())),
    ];
    let mut stamp = Stamp::new(TimeZone::get("Asia/Seoul")?);
    let mut out = Vec::new();
    let template = Layout::Template("{time} {level:<8} {logger} {message}".parse()?);
    let none: &dyn Fields = &();
    for (name, layout, fields) in [
        ("detailed", Layout::Detailed, none),
        ("component", Layout::Component, none),
        ("simple", Layout::Simple, none),
        ("performance", Layout::Performance, none),
        ("template", template, none),
        ("json", Layout::Json, none),
        ("json with 5 fields", Layout::Json, &fields),
    ] {
        bench.run(name, |nth| {
            let line = Line {
                time: Timestamp::from_nanos(1_749_178_800_123_456_789 + i64::from(nth) * 500),
                level: Some("INFO"),
                severity: Some(9),
                logger: Some("movies"),
                function: Some("load"),
                file: Some("src/movies.rs"),
                line: Some(12),
                message: "req 12345 user=alice",
                fields,
                ..Line::default()
            };
            out.clear();
            layout.write(black_box(&line), &mut stamp, &mut out);
            black_box(&out);
        });
    }
    Ok(())
}

fn masking(bench: &Bench) {
    let rules = Rules::default();
    for (name, text) in [
        ("mask, 20 bytes", "req 12345 user=alice"),
        ("mask, 31 bytes", "20 films loaded from cache, ok."),
        ("mask, metadata", "load completed in 0.123s | {\"rows\":20,\"ok\":true}"),
        ("mask, quotes", "created by 'kim' (3 rows), then '2' in \"films\" <b>"),
        ("mask, uuid", "GET /films?page=2 200 550e8400-e29b-41d4-a716-446655440000"),
        ("mask, password", "login user=kim password=hunter2"),
    ] {
        bench.run(name, |_| {
            black_box(rules.mask(black_box(text)));
        });
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let records = args.next().map_or(Ok(300_000), |text| text.parse())?;
    let bench = Bench { records, only: args.next(), began: Instant::now() };
    rendering(&bench)?;
    masking(&bench);
    let folder = tempfile::tempdir()?;
    let logging = Logging::start(Config { home: folder.path().into(), console: Console::Off, ..Config::default() })?;
    let log = logging.get_logger("movies", None, Level::Info)?;
    bench.run("info!", |nth| info!(log, "req {nth} user={}", black_box("alice")));
    bench.run("debug!, level off", |nth| bongsu_log::debug!(log, "req {nth} user={}", black_box("alice")));
    facades(&bench, &logging)
}

#[cfg_attr(not(any(feature = "log", feature = "tracing")), allow(unused_variables, clippy::unnecessary_wraps))]
fn facades(bench: &Bench, logging: &Logging) -> Result<(), Box<dyn std::error::Error>> {
    #[cfg(feature = "log")]
    {
        logging.init_log(None, Level::Info)?;
        bench.run("log::info!", |nth| log::info!("req {nth} user={}", black_box("alice")));
    }
    #[cfg(feature = "tracing")]
    {
        logging.init_tracing(None, Level::Info)?;
        bench.run("tracing::info!", |nth| tracing::info!("req {nth} user={}", black_box("alice")));
        bench.run("tracing::info!, fields", |nth| tracing::info!(nth, user = black_box("alice"), "req"));
        let _span = tracing::info_span!("request", id = 7).entered();
        bench.run("tracing::info!, in a span", |nth| tracing::info!("req {nth} user={}", black_box("alice")));
    }
    Ok(())
}
