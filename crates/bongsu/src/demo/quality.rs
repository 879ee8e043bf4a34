//! The check of a batch of film records before they go on.

use std::time::Duration;

use bongsu_log::{Level, LogError, Metadata, debug, error, info, warning};

use super::dice::Dice;
use super::pipeline::Stage;

/// Records of a batch.
pub(super) const RECORDS: u64 = 1_000;
/// The least share of valid records that passes without a warning.
const WANTED: f64 = 0.85;
/// Records between two lines about how far it is.
const PROGRESS: u64 = 100;

/// Checks the batch and returns how many of its records are valid.
pub(super) fn check(stage: &Stage, dice: &mut Dice) -> Result<u64, LogError> {
    let log = stage.logging.get_logger("test_data", None, Level::Debug)?;
    let began = stage.now();
    info!(log, "Batch validation of {RECORDS} records started");
    let mut valid = 0;
    for record in 1..=RECORDS {
        match dice.share() {
            share if share < 0.82 => valid += 1,
            share if share < 0.92 => debug!(log, "record {record}: release date missing"),
            share if share < 0.985 => debug!(log, "record {record}: title is empty"),
            _ => {
                let rating = dice.between(10.1, 99.0);
                error!(log, "ValidationError: record {record} has rating {rating:.1}, expected 0 to 10");
            }
        }
        stage.pass(dice.between(0.005, 0.02));
        if record % PROGRESS == 0 {
            info!(log, "{record}/{RECORDS} records checked, {valid} valid");
        }
    }
    let share = valid as f64 / RECORDS as f64;
    if share < WANTED {
        warning!(
            log,
            "Data quality is low: {:.1} % of the records are valid, wanted {:.0} %",
            share * 100.0,
            WANTED * 100.0
        );
    } else {
        info!(log, "Data quality is good: {:.1} % of the records are valid", share * 100.0);
    }
    let mut told = Metadata::new();
    told.insert("records".into(), RECORDS.into());
    told.insert("valid".into(), valid.into());
    let took = Duration::from_nanos(u64::try_from(stage.now().nanos() - began.nanos()).unwrap_or_default());
    stage.logging.log_performance("test", "data_processing", took, Some(&told))?;
    Ok(valid)
}
