//! Errors, performance, health and reports
