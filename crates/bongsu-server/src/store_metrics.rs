//! What the store holds and has done, for Prometheus: asked anew for each scrape.

use bongsu_store::{StoreCounts, StoreStats, WrittenCounts};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::metrics::DatasetLabels;

type Gauges = Family<DatasetLabels, Gauge>;

/// Rows, bytes and files of every dataset, the sizes of what lies beside them, and what was written.
pub(crate) fn registry(stats: &StoreStats, counts: &StoreCounts) -> Registry {
    let (rows, live, files) = (Gauges::default(), Gauges::default(), Gauges::default());
    let (raw, stored) = (Gauges::default(), Gauges::default());
    for dataset in &stats.datasets {
        let labels = DatasetLabels { dataset: dataset.dataset.to_string() };
        let set = |gauges: &Gauges, value: u64| gauges.get_or_create(&labels).set(value as i64);
        set(&rows, dataset.rows);
        set(&live, dataset.live_rows);
        set(&files, dataset.files);
        set(&raw, dataset.raw_bytes);
        set(&stored, dataset.stored_bytes);
    }
    let mut registry = Registry::with_prefix("bongsu");
    registry.register("dataset_rows", "Records", rows);
    registry.register("dataset_live_rows", "Records that are in the write-ahead log only", live);
    registry.register("dataset_files", "Files of the table", files);
    registry.register_with_unit("dataset_raw", "Size of the records as they came in", Unit::Bytes, raw);
    registry.register_with_unit("dataset_stored", "Size of the table's files", Unit::Bytes, stored);
    registry.register_with_unit("wal", "Size of the write-ahead log", Unit::Bytes, gauge(stats.wal_bytes));
    registry.register_with_unit("refused", "Size of the refused lines", Unit::Bytes, gauge(stats.refused_bytes));
    register_counts(&mut registry, counts);
    registry
}

/// What the store has done since it was opened. The bytes of the log, of flushes and of compactions, together divided by
/// the bytes that came in, are the write amplification.
fn register_counts(registry: &mut Registry, counts: &StoreCounts) {
    let count = |value: u64| ConstCounter::new(value);
    registry.register("wal_fsyncs", "Times the write-ahead log was made durable", count(counts.wal_fsyncs));
    let about = "Bytes appended to the write-ahead log";
    registry.register_with_unit("wal_written", about, Unit::Bytes, count(counts.wal_bytes));
    register_written(registry, "flush", "flushes, which bring rows from memory to files", &counts.flush);
    register_written(registry, "compaction", "compactions, which merge files", &counts.compaction);
    registry.register("refused_lines", "Refused lines that were kept", count(counts.refused));
    let about = "Size of the rows in memory that no file holds yet";
    registry.register_with_unit("live", about, Unit::Bytes, gauge(counts.live_bytes));
    let about = "1 after a failed write that stopped the store from taking data, else 0";
    registry.register("store_poisoned", about, gauge(u64::from(counts.poisoned)));
}

fn register_written(registry: &mut Registry, step: &str, what: &str, counts: &WrittenCounts) {
    let count = |value: u64| ConstCounter::new(value);
    registry.register(format!("{step}_runs"), format!("Runs of {what}"), count(counts.times));
    registry.register(format!("{step}_files"), format!("Table files written by {what}"), count(counts.files));
    let about = format!("Size of the table files written by {what}");
    registry.register_with_unit(format!("{step}_written"), about, Unit::Bytes, count(counts.bytes));
}

fn gauge(value: u64) -> Gauge {
    let gauge = Gauge::default();
    gauge.set(value as i64);
    gauge
}

#[cfg(test)]
mod tests {
    use bongsu_store::DatasetStats;

    use super::*;

    #[test]
    fn every_figure_is_shown() {
        let web = DatasetStats {
            dataset: "web".parse().unwrap(),
            rows: 3,
            raw_bytes: 300,
            stored_bytes: 30,
            files: 2,
            live_rows: 1,
            time: None,
        };
        let stats = StoreStats { datasets: vec![web], wal_bytes: 7, refused_bytes: 5 };
        let counts = StoreCounts {
            wal_fsyncs: 4,
            wal_bytes: 400,
            flush: WrittenCounts { times: 2, files: 3, bytes: 50 },
            compaction: WrittenCounts { times: 1, files: 1, bytes: 45 },
            refused: 6,
            live_bytes: 90,
            poisoned: true,
        };
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry(&stats, &counts)).unwrap();
        for line in [
            "bongsu_dataset_rows{dataset=\"web\"} 3",
            "bongsu_dataset_live_rows{dataset=\"web\"} 1",
            "bongsu_dataset_files{dataset=\"web\"} 2",
            "bongsu_dataset_raw_bytes{dataset=\"web\"} 300",
            "bongsu_dataset_stored_bytes{dataset=\"web\"} 30",
            "bongsu_wal_bytes 7",
            "bongsu_refused_bytes 5",
            "bongsu_wal_fsyncs_total 4",
            "bongsu_wal_written_bytes_total 400",
            "bongsu_flush_runs_total 2",
            "bongsu_flush_files_total 3",
            "bongsu_flush_written_bytes_total 50",
            "bongsu_compaction_runs_total 1",
            "bongsu_compaction_files_total 1",
            "bongsu_compaction_written_bytes_total 45",
            "bongsu_refused_lines_total 6",
            "bongsu_live_bytes 90",
            "bongsu_store_poisoned 1",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
