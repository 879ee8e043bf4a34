//! A small pipeline for film recommendations that writes its logs through the SDK, on a clock of its own.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bongsu_log::{Clock, Config, Console, Level, LogError, Logging, Metadata, critical, info, warning};
use bongsu_model::{FixedClock, Timestamp};
use jiff::tz::TimeZone;

use super::dice::Dice;
use super::{connector, quality};

/// What the pipeline wrote.
#[derive(Debug, PartialEq, Eq, serde::Deserialize)]
pub(super) struct Written {
    /// Lines of the file that has every record.
    pub(super) records: u64,
    /// Film records that were checked.
    pub(super) checked: u64,
    /// How many of those are valid.
    pub(super) valid: u64,
}

/// The logging of the pipeline and the clock that it goes by.
pub(super) struct Stage {
    pub(super) logging: Logging,
    clock: Arc<FixedClock>,
}

impl Stage {
    /// Lets time pass without waiting for it.
    pub(super) fn pass(&self, seconds: f64) {
        self.clock.set(self.now().plus_nanos((seconds * 1e9) as i64));
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// Hours before the report at which the pipeline runs: inside its day in every time zone of the world but the farthest.
const HOURS_BEFORE: i64 = 10;

/// Runs the pipeline with its logs in `home`, some hours before `at`. The same seed and time write the same bytes.
pub(super) fn play(home: &Path, at: Timestamp, seed: u64) -> Result<Written, LogError> {
    let clock = Arc::new(FixedClock::new(at.plus_nanos(-HOURS_BEFORE * 3_600_000_000_000)));
    let config = Config {
        home: home.to_owned(),
        console: Console::Off,
        zone: TimeZone::UTC,
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ..Config::default()
    };
    let stage = Stage { logging: Logging::start(config)?, clock };
    let mut dice = Dice::new(seed);
    connector::fetch(&stage, &mut dice)?;
    let valid = quality::check(&stage, &mut dice)?;
    query_database(&stage, &mut dice)?;
    build_features(&stage, &mut dice)?;
    stage.logging.shutdown();
    let lines = std::fs::read_to_string(home.join("app/application.log")).unwrap_or_default().lines().count();
    Ok(Written { records: lines as u64, checked: quality::RECORDS, valid })
}

/// Reads ratings from the database: mostly quick, at times far too slow.
fn query_database(stage: &Stage, dice: &mut Dice) -> Result<(), LogError> {
    let log = stage.logging.get_logger("test_data", None, Level::Debug)?;
    for batch in 1..=24 {
        let took = if batch % 8 == 0 { dice.between(2.2, 6.0) } else { dice.between(0.02, 0.6) };
        stage.pass(took);
        let mut told = Metadata::new();
        told.insert("rows".into(), (1_000 + dice.below(4_000)).into());
        stage.logging.log_performance("test", "database_query", Duration::from_secs_f64(took), Some(&told))?;
        if took > 2.0 {
            warning!(log, "ratings of batch {batch} took {took:.1} s: the index on movie_id is not used");
        }
        stage.pass(dice.between(5.0, 40.0));
    }
    Ok(())
}

/// The last steps, each a context: features are joined, the model is trained, publishing it fails.
fn build_features(stage: &Stage, dice: &mut Dice) -> Result<(), LogError> {
    let mut join = stage.logging.context("test_data", "join_features", None)?;
    stage.pass(dice.between(8.0, 14.0));
    join.add_metadata("features", 42);
    join.log_info("ratings and genres joined");
    join.complete();
    let train = stage.logging.context("test_data", "train_model", None)?;
    for epoch in 1..=3 {
        stage.pass(dice.between(20.0, 40.0));
        train.log_info(format_args!("epoch {epoch} of 3, loss {:.4}", dice.between(0.2, 0.6) / f64::from(epoch)));
    }
    train.complete();
    let publish = stage.logging.context("test_data", "publish_model", None)?;
    stage.pass(dice.between(0.5, 1.5));
    publish.fail(&std::io::Error::new(
        std::io::ErrorKind::ConnectionRefused,
        "ConnectionError: 데이터베이스 연결 오류가 발생했습니다",
    ));
    let log = stage.logging.get_logger("test_data", None, Level::Debug)?;
    critical!(log, "추천 모델을 배포하지 못했습니다: yesterday's model stays in use");
    info!(log, "Pipeline ended");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::*;

    fn files(home: &Path) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for folder in bongsu_log::FOLDERS {
            for entry in fs::read_dir(home.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    continue;
                }
                let name = path.strip_prefix(home).unwrap().display().to_string();
                found.insert(name, fs::read_to_string(path).unwrap());
            }
        }
        found
    }

    fn played(seed: u64) -> (Written, BTreeMap<String, String>) {
        let folder = tempfile::tempdir().unwrap();
        let written = play(folder.path(), Timestamp::from_nanos(1_778_544_000_000_000_000), seed).unwrap();
        (written, files(folder.path()))
    }

    #[test]
    fn the_same_seed_writes_the_same_bytes_and_another_one_does_not() {
        let (one, two, other) = (played(1), played(1), played(2));
        assert_eq!(one, two);
        assert_ne!(one.1["app/test_api.log"], other.1["app/test_api.log"]);
    }

    #[test]
    fn the_home_holds_what_the_guide_promises() {
        let (written, files) = played(7);
        let names: Vec<_> = files.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "app/application.log",
                "app/system.log",
                "app/test_api.log",
                "app/test_data.log",
                "error/error.log",
                "performance/test_data_performance.log",
                "performance/test_performance.log",
            ]
        );
        for scenario in ["successful_call", "timeout_call", "failed_call", "rate_limited"] {
            assert!(files["app/test_api.log"].contains(scenario), "{scenario}");
        }
        for operation in ["data_processing", "api_call", "database_query"] {
            let line = format!(" | {operation} completed in ");
            assert!(files["performance/test_performance.log"].contains(&line), "{operation}");
        }
        let progress = files["app/test_data.log"].matches("/1000 records checked").count();
        assert_eq!(progress, 10);
        assert_eq!(written.checked, 1_000);
        let warned = files["app/test_data.log"].contains("Data quality is low");
        assert_eq!(warned, written.valid < 850);
        assert!(files["error/error.log"].lines().all(|line| line.contains("] ERROR ") || line.contains("] CRITICAL ")));
    }
}
