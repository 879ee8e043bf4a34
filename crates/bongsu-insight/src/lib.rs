//! What is wrong, what is slow, and what to do about it: errors, performance, health and the daily report.
//!
//! In: an engine to ask, or rows from anywhere; a [`Window`] of time and the [`Rules`] that name errors. Out: plain
//! structs whose serialised names are a contract. Recommendations come out as ids; whoever shows them turns them into
//! words through [`Words`].
//!
//! Must never know: how rows are stored, line formats, the language of the reader, the machine's clock.

mod advice;
mod ask;
mod batch;
mod category;
mod component;
mod daily;
mod error;
mod errors;
mod frequent;
mod health;
mod home;
mod performance;
mod place;
mod quantile;
mod rows;
mod rules;
mod window;

pub use advice::{ADVICE, Advice, Words};
pub use ask::{daily, errors, health, performance};
pub use category::Category;
pub use component::component_of;
pub use daily::{DailyReport, report_name, write_daily};
pub use error::InsightError;
pub use errors::{CriticalError, ErrorAnalysis, ErrorCounts, ErrorTally, HourCount, MessageCount, Place, TypeCounts};
pub use health::{ComponentHealth, ErrorSummary, Grade, Health, HealthReport, Issue, PerformanceSummary, SLOWEST_NONE};
pub use home::{FolderStats, HomeStats, home_stats};
pub use performance::{Bottleneck, ComponentStats, PerformanceAnalysis, PerformanceTally, SlowOperation};
pub use place::{LogFiles, PlainFiles};
pub use quantile::quantile;
pub use rows::{ErrorRow, PerformanceRow};
pub use rules::{OTHER, Rule, Rules};
pub use window::Window;
