//! What the store holds, for Prometheus: counted anew for each scrape.

use bongsu_store::StoreStats;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::metrics::DatasetLabels;

type Gauges = Family<DatasetLabels, Gauge>;

/// Rows, bytes and files of every dataset, and the sizes of what lies beside them.
pub(crate) fn registry(stats: &StoreStats) -> Registry {
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
    registry
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
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry(&stats)).unwrap();
        for line in [
            "bongsu_dataset_rows{dataset=\"web\"} 3",
            "bongsu_dataset_live_rows{dataset=\"web\"} 1",
            "bongsu_dataset_files{dataset=\"web\"} 2",
            "bongsu_dataset_raw_bytes{dataset=\"web\"} 300",
            "bongsu_dataset_stored_bytes{dataset=\"web\"} 30",
            "bongsu_wal_bytes 7",
            "bongsu_refused_bytes 5",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
