//! What the server has done, for Prometheus.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

/// Upper ends of the buckets of request durations, in seconds.
const SECONDS: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];

/// Which request: its route (not the path as it was sent, of which there may be any number), its method, how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    path: &'static str,
    method: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PathLabels {
    path: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct DatasetLabels {
    pub(crate) dataset: String,
}

type Durations = Family<PathLabels, Histogram, fn() -> Histogram>;

/// Counts since the server began.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Durations,
    in_flight: Gauge,
    accepted: Family<DatasetLabels, Counter>,
    refused: Family<DatasetLabels, Counter>,
    bytes: Family<DatasetLabels, Counter>,
    replays: Counter,
    bodies: Gauge,
    heap: Gauge,
}

/// A request that is being answered; counts as in flight until it is dropped.
#[derive(Debug)]
pub(crate) struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("bongsu");
        let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "Which bongsu this is", build);
        let metrics = Self {
            registry: Registry::default(),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            in_flight: Gauge::default(),
            accepted: Family::default(),
            refused: Family::default(),
            bytes: Family::default(),
            replays: Counter::default(),
            bodies: Gauge::default(),
            heap: Gauge::default(),
        };
        registry.register("http_requests", "Requests answered", metrics.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "From a request's head to the beginning of its answer",
            Unit::Seconds,
            metrics.durations.clone(),
        );
        registry.register("http_requests_in_flight", "Requests at work", metrics.in_flight.clone());
        registry.register("ingest_rows", "Records acknowledged", metrics.accepted.clone());
        registry.register("ingest_refused", "Lines refused", metrics.refused.clone());
        registry.register("ingest_bytes", "Bytes of acknowledged bodies, decompressed", metrics.bytes.clone());
        registry.register("ingest_replays", "Requests answered from memory by their key", metrics.replays.clone());
        let about = "Memory that bodies at work take: what comes in and what is made of it";
        registry.register_with_unit("ingest_memory", about, Unit::Bytes, metrics.bodies.clone());
        let about = "Memory that the process holds, mapped files left out; past `query.ceiling` questions are stopped";
        registry.register_with_unit("heap", about, Unit::Bytes, metrics.heap.clone());
        Self { registry, ..metrics }
    }

    pub(crate) fn began(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    pub(crate) fn answered(&self, path: &'static str, method: &'static str, status: u16, took: Duration) {
        self.requests.get_or_create(&RequestLabels { path, method, status }).inc();
        self.durations.get_or_create(&PathLabels { path }).observe(took.as_secs_f64());
    }

    pub(crate) fn ingested(&self, dataset: &str, accepted: u64, refused: u64, bytes: u64) {
        let labels = DatasetLabels { dataset: dataset.to_owned() };
        self.accepted.get_or_create(&labels).inc_by(accepted);
        self.refused.get_or_create(&labels).inc_by(refused);
        self.bytes.get_or_create(&labels).inc_by(bytes);
    }

    pub(crate) fn replayed(&self) {
        self.replays.inc();
    }

    /// What the bodies at work take now, and what the process holds.
    pub(crate) fn memory(&self, bodies: usize, heap: usize) {
        self.bodies.set(i64::try_from(bodies).unwrap_or(i64::MAX));
        self.heap.set(i64::try_from(heap).unwrap_or(i64::MAX));
    }

    /// Appends everything in the text format, without its last line.
    pub(crate) fn encode(&self, text: &mut String) -> std::fmt::Result {
        prometheus_client::encoding::text::encode_registry(text, &self.registry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(metrics: &Metrics) -> String {
        let mut text = String::new();
        metrics.encode(&mut text).unwrap();
        text
    }

    #[test]
    fn what_was_counted_is_shown() {
        let metrics = Metrics::new();
        metrics.answered("/health", "GET", 200, Duration::from_millis(3));
        metrics.ingested("logs", 5, 1, 70);
        metrics.memory(4_096, 8_192);
        let busy = metrics.began();
        let text = shown(&metrics);
        for line in [
            r#"bongsu_http_requests_total{path="/health",method="GET",status="200"} 1"#,
            r#"bongsu_http_request_duration_seconds_bucket{le="0.005",path="/health"} 1"#,
            r#"bongsu_ingest_rows_total{dataset="logs"} 5"#,
            r#"bongsu_ingest_refused_total{dataset="logs"} 1"#,
            r#"bongsu_ingest_bytes_total{dataset="logs"} 70"#,
            "bongsu_http_requests_in_flight 1",
            "bongsu_ingest_memory_bytes 4096",
            "bongsu_heap_bytes 8192",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        drop(busy);
        assert!(shown(&metrics).contains("bongsu_http_requests_in_flight 0"));
    }
}
