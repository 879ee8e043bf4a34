//! What the store holds, for Prometheus: counted anew for each scrape.

use bongsu_store::{StoreError, Tables};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::metrics::DatasetLabels;

/// Rows, bytes and files of every dataset. One that cannot be read is left out, and counted as such.
pub(crate) fn registry(tables: &dyn Tables) -> Result<Registry, StoreError> {
    let (rows, live, files) = (Gauges::default(), Gauges::default(), Gauges::default());
    let (bytes, unreadable) = (Gauges::default(), Gauge::<i64>::default());
    for dataset in tables.datasets()? {
        let Ok(snapshot) = tables.snapshot(&dataset) else {
            unreadable.inc();
            continue;
        };
        let labels = DatasetLabels { dataset: dataset.to_string() };
        let live_rows: usize = snapshot.live.iter().map(arrow::array::RecordBatch::num_rows).sum();
        let stored: u64 = snapshot.files.iter().map(|file| file.rows).sum();
        let set = |gauges: &Gauges, value: u64| gauges.get_or_create(&labels).set(value as i64);
        set(&rows, stored + live_rows as u64);
        set(&live, live_rows as u64);
        set(&files, snapshot.files.len() as u64);
        set(&bytes, snapshot.files.iter().map(|file| file.size).sum());
    }
    let mut registry = Registry::with_prefix("bongsu");
    registry.register("dataset_rows", "Records", rows);
    registry.register("dataset_live_rows", "Records that are in the write-ahead log only", live);
    registry.register("dataset_files", "Files of the table", files);
    registry.register_with_unit("dataset_stored", "Size of the table's files", Unit::Bytes, bytes);
    registry.register("datasets_unreadable", "Datasets that cannot be read", unreadable);
    Ok(registry)
}

type Gauges = Family<DatasetLabels, Gauge>;

#[cfg(test)]
mod tests {
    use bongsu_model::{BatchBuilder, Record, Timestamp};
    use bongsu_store::MemoryTables;

    use super::*;

    #[test]
    fn every_dataset_is_counted() {
        let tables = MemoryTables::new();
        let mut builder = BatchBuilder::new();
        for _ in 0..3 {
            builder.push(&Record { message: "m".into(), ..Record::default() }, Timestamp::from_nanos(0));
        }
        let rows = builder.finish().unwrap();
        tables.add(&"web".parse().unwrap(), &rows).unwrap();
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry(&tables).unwrap()).unwrap();
        assert!(text.contains("bongsu_dataset_rows{dataset=\"web\"} 3"), "{text}");
        assert!(text.contains("bongsu_datasets_unreadable 0"), "{text}");
    }
}
