//! Nanoseconds a record of the logging SDK: `cargo run --release -p bongsu-log --example speed [records]`.

use std::time::Instant;

use bongsu_format::render::{Layout, Stamp};
use bongsu_log::{Config, Console, Level, Logging, Timestamp, info};
use bongsu_model::{Record, Value};
use jiff::tz::TimeZone;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let only = std::env::args().nth(2);
    let records: u32 = std::env::args().nth(1).map_or(Ok(300_000), |text| text.parse())?;
    let say = |what: &str, work: &mut dyn FnMut(u32)| {
        if only.as_deref().is_some_and(|only| only != what) { return; }
        let mut best = f64::MAX;
        for _ in 0..5 {
            let began = Instant::now();
            work(records);
            best = best.min(began.elapsed().as_secs_f64() * 1e9 / f64::from(records));
        }
        println!("{what:<24} {best:8.1} ns");
    };
    let zone = TimeZone::get("Asia/Seoul")?;
    let mut record = Record { time: Some(Timestamp::from_nanos(1_749_178_800_123_456_789)), level: Some(Level::Info), logger: Some("movies".into()), function: Some("load".into()), line: Some(12), file: Some("a.rs".into()), message: "req 12345 user=alice".into(), ..Record::default() };
    let mut out = Vec::new();
    let mut stamp = Stamp::new(zone);
    for (name, layout) in [("detailed", Layout::Detailed), ("component", Layout::Component), ("simple", Layout::Simple), ("json", Layout::Json), ("template", Layout::Template("{time} {level:<8} {logger} {message}".parse()?))] {
        say(name, &mut |n| for nth in 0..n { record.time = Some(Timestamp::from_nanos(1_749_178_800_123_456_789 + i64::from(nth) * 500)); out.clear(); layout.write(&(&record).into(), &mut stamp, &mut out); std::hint::black_box(&out); });
    }
    record.fields = vec![("user".into(), Value::Str("alice".into())), ("rows".into(), Value::Int(12345)), ("ratio".into(), Value::Float(0.25)), ("ok".into(), Value::Bool(true)), ("path".into(), Value::Str("/api/v1/films".into()))];
    say("json_5_fields", &mut |n| for _ in 0..n { out.clear(); Layout::Json.write(&(&record).into(), &mut stamp, &mut out); std::hint::black_box(&out); });
    let folder = tempfile::tempdir()?;
    let logging = Logging::start(Config { home: folder.path().into(), console: Console::Off, ..Config::default() })?;
    let log = logging.get_logger("movies", None, Level::Info)?;
    say("logger", &mut |n| for nth in 0..n { info!(log, "req {nth} user={}", "alice"); });
    say("logger_off", &mut |n| for nth in 0..n { bongsu_log::debug!(log, "req {nth} user={}", "alice"); });
    Ok(())
}
