//! A connector to a film database on the network, as it behaves on an ordinary day.

use std::time::Duration;

use bongsu_log::{LogError, Logger, Metadata, error, info, warning};
use serde_json::json;

use super::dice::Dice;
use super::pipeline::Stage;

/// How a call ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scenario {
    Successful,
    Timeout,
    Failed,
    RateLimited,
}

impl Scenario {
    fn name(self) -> &'static str {
        match self {
            Self::Successful => "successful_call",
            Self::Timeout => "timeout_call",
            Self::Failed => "failed_call",
            Self::RateLimited => "rate_limited",
        }
    }

    /// Each scenario in turn at first, so that none is missing; chance decides the rest.
    fn of(nth: u64, dice: &mut Dice) -> Self {
        match nth {
            0 => Self::Successful,
            1 => Self::Timeout,
            2 => Self::Failed,
            3 => Self::RateLimited,
            _ => match dice.share() {
                share if share < 0.78 => Self::Successful,
                share if share < 0.85 => Self::Timeout,
                share if share < 0.93 => Self::Failed,
                _ => Self::RateLimited,
            },
        }
    }
}

/// Seconds after which the connector gives a call up.
const PATIENCE: f64 = 5.0;
/// Calls of one run.
pub(super) const CALLS: u64 = 60;

/// Asks for the pages of popular films.
pub(super) fn fetch(stage: &Stage, dice: &mut Dice) -> Result<(), LogError> {
    let log = stage.logging.get_logger("test_api", None, bongsu_log::Level::Debug)?;
    info!(log, "TMDB connector ready, {CALLS} pages to fetch, patience {PATIENCE} s");
    let mut ended = [0_u64; 4];
    for page in 0..CALLS {
        let scenario = Scenario::of(page, dice);
        ended[scenario as usize] += 1;
        call(stage, &log, scenario, page + 1, dice)?;
        stage.pass(dice.between(0.5, 20.0));
    }
    let [good, late, failed, limited] = ended;
    info!(log, "{CALLS} calls: {good} successful, {late} timed out, {failed} failed, {limited} rate limited");
    Ok(())
}

fn call(stage: &Stage, log: &Logger, scenario: Scenario, page: u64, dice: &mut Dice) -> Result<(), LogError> {
    let name = scenario.name();
    info!(log, "API Call {name} started with params: {}", json!({"page": page, "language": "ko-KR"}));
    let took = match scenario {
        Scenario::Successful => dice.between(0.08, 0.9),
        Scenario::Timeout => PATIENCE + dice.between(0.01, 3.0),
        Scenario::Failed => dice.between(0.02, 0.4),
        Scenario::RateLimited => dice.between(0.02, 0.1),
    };
    stage.pass(took);
    let mut told = Metadata::new();
    told.insert("scenario".into(), name.into());
    told.insert("status".into(), if scenario == Scenario::Successful { "success" } else { "failed" }.into());
    match scenario {
        Scenario::Successful => {
            let size = 2_000 + dice.below(9_000);
            told.insert("response_size".into(), size.into());
            info!(log, "API Call {name} succeeded in {took:.3}s");
        }
        Scenario::Timeout => {
            error!(
                log,
                "API Call {name} failed after {took:.3}s: TimeoutError: no answer for page {page} in {PATIENCE} s"
            );
            told.insert("error".into(), "TimeoutError".into());
        }
        Scenario::Failed => {
            let why = match dice.below(3) {
                0 => "ConnectionError: connection refused by 127.0.0.1:8443",
                1 => "HTTP 500 Internal Server Error",
                _ => "HTTP 404 Not Found",
            };
            error!(log, "API Call {name} failed after {took:.3}s: {why}");
            told.insert("error".into(), why.into());
        }
        Scenario::RateLimited => {
            let wait = 5 + dice.below(10);
            warning!(
                log,
                "API Call {name} turned away after {took:.3}s: HTTP 429 Too Many Requests, retry in {wait} s"
            );
            told.insert("retry_after".into(), wait.into());
            stage.pass(wait as f64);
        }
    }
    stage.logging.log_performance("test", "api_call", Duration::from_secs_f64(took), Some(&told))
}
