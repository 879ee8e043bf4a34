//! `--hours`, `--at`, `--logs`, `--dataset`: which records an analysis looks at.

use std::path::PathBuf;

use bongsu_model::Dataset;
use clap::Args;

use super::window::WindowArgs;
use crate::analysis::Analysis;
use crate::context::Context;
use crate::fault::Failure;

/// The records of some hours, of a log home or of a dataset.
#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    #[command(flatten)]
    window: WindowArgs,
    #[arg(long, value_name = "DIR", conflicts_with = "dataset")]
    pub(crate) logs: Option<PathBuf>,
    #[arg(long, short, value_name = "NAME", default_value = Dataset::DEFAULT)]
    dataset: Dataset,
}

impl RecordArgs {
    /// The analysis of these records.
    pub(crate) fn analysis<'c>(&self, context: &'c Context) -> Result<Analysis<'c>, Failure> {
        Analysis::of(context, self.logs.as_deref(), &self.dataset, self.window.read(context)?)
    }
}
