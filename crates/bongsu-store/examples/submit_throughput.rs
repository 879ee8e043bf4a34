//! How fast rows go through the store: `cargo run --release -p bongsu-store --example submit_throughput -- FILE.jsonl`
//!
//! Reads JSON lines, makes batches of them, and prints, for the store's part alone (submit and flush), megabytes of JSON a
//! second of CPU time, and bytes stored for each byte that came in.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use bongsu_model::{Batch, BatchBuilder, Dataset, Intake, Level, Record, SystemClock, Timestamp, Value};
use bongsu_store::{Store, StoreConfig};

const ROWS: usize = 16_384;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name a file of JSON lines")?;
    let text = std::fs::read_to_string(path)?;
    let mut builder = BatchBuilder::new();
    let mut batches = Vec::new();
    let mut raw = 0;
    for line in text.lines() {
        push(&mut builder, line)?;
        raw += line.len() as u64 + 1;
        if builder.rows() == ROWS {
            batches.push((builder.finish()?, std::mem::take(&mut raw)));
        }
    }
    batches.push((builder.finish()?, raw));
    let folder = std::env::temp_dir().join(format!("bongsu-throughput-{}", std::process::id()));
    let store = Store::open(&folder, StoreConfig::default(), Arc::new(SystemClock))?;
    let (cpu, begun) = (cpu_seconds(), Instant::now());
    for (rows, raw_bytes) in batches {
        let batch = Batch { dataset: Dataset::default(), rows, raw_bytes, refused: vec![], notes: vec![] };
        let _ = store.submit(batch)?;
    }
    let submitted = begun.elapsed();
    store.flush()?;
    let (cpu, wall) = (cpu_seconds() - cpu, begun.elapsed());
    let begun = (cpu_seconds(), Instant::now());
    let merged = store.maintain()?;
    let merge = (cpu_seconds() - begun.0, begun.1.elapsed());
    let stats = store.stats()?;
    let megabytes = text.len() as f64 / 1e6;
    let words = format!(
        "{megabytes:.0} MB: submitted in {submitted:.2?}, flushed after {wall:.2?}, {cpu:.2} s of CPU: {:.0} MB/s a core\n\
         merged in {:.2?}, {:.2} s of CPU: {merged:?}\n{:?}\nstored/raw {:.4}\n",
        megabytes / cpu,
        merge.1,
        merge.0,
        stats.datasets,
        stats.datasets.iter().map(|d| d.stored_bytes as f64).sum::<f64>() / text.len() as f64,
    );
    std::io::Write::write_all(&mut std::io::stdout(), words.as_bytes())?;
    store.close()?;
    if std::env::var_os("BONGSU_KEEP").is_none() {
        std::fs::remove_dir_all(&folder)?;
    }
    Ok(())
}

fn push(builder: &mut BatchBuilder, line: &str) -> Result<(), Box<dyn std::error::Error>> {
    let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line)?;
    let mut record = Record { shape: Some("json".into()), ..Record::default() };
    for (key, value) in &fields {
        let text = || value.as_str().map(Cow::Borrowed);
        match key.as_str() {
            "_time" | "timestamp" | "time" | "ts" | "@timestamp" => {
                record.time = text().and_then(|text| Timestamp::from_jiff(text.parse().ok()?));
            }
            "level" => record.level = value.as_str().map(Level::gathered),
            "service" => record.service = text(),
            "logger" => record.logger = text(),
            "host" => record.host = text(),
            "trace_id" => record.trace_id = text(),
            "span_id" => record.span_id = text(),
            "message" | "_msg" | "msg" => record.message = text().unwrap_or_default(),
            _ => {
                let value = match value {
                    serde_json::Value::Bool(value) => Value::Bool(*value),
                    serde_json::Value::Number(value) if value.is_i64() => Value::Int(value.as_i64().unwrap_or(0)),
                    serde_json::Value::Number(value) => Value::Float(value.as_f64().unwrap_or(0.0)),
                    serde_json::Value::String(value) => Value::Str(value.into()),
                    other => Value::Json(other.to_string().into()),
                };
                record.fields.push((key.into(), value));
            }
        }
    }
    builder.push(&record, Timestamp::from_nanos(1_750_000_000_000_000_000));
    Ok(())
}

/// Seconds of CPU that the process has used.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> =
        stat.rsplit(')').next().unwrap_or("").split(' ').map(|field| field.parse().unwrap_or(0.0)).collect();
    fields.iter().skip(12).take(2).sum::<f64>() / 100.0
}
