//! Write-ahead log, live buffer, Delta table, compaction, retention
