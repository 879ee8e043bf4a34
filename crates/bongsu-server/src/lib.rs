//! HTTP: ingest, search, SQL, health and metrics
