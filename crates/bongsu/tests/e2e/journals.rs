//! What a killed program had logged is in its files before any command reads them.

use std::path::Path;
use std::process::{Command, ExitStatus};

use bongsu_log::{Config, Console, Level, Logging};
use rustix::process::{Signal, getpid, kill_process};

use crate::support::bin::{bare, bongsu, count, number};

/// Where the program that kills itself writes.
const HOME: &str = "BONGSU_TEST_KILLED_HOME";
const LINES: i64 = 3_000;

/// Not a test of its own: the program that the tests below start and that dies in the middle of its work.
#[test]
fn a_program_that_is_killed() {
    let Some(home) = std::env::var_os(HOME) else { return };
    let config = Config { home: home.into(), console: Console::Off, ..Config::default() };
    let log = Logging::start(config).unwrap().get_logger("worker", None, Level::Info).unwrap();
    for nth in 0..LINES {
        bongsu_log::error!(log, "job {nth} failed");
    }
    kill_process(getpid(), Signal::KILL).unwrap();
}

fn killed(home: &Path) -> ExitStatus {
    let test = std::env::current_exe().unwrap();
    let args = ["--exact", "journals::a_program_that_is_killed", "--nocapture"];
    Command::new(test).args(args).env(HOME, home).output().unwrap().status
}

#[test]
fn every_line_is_there_once_whichever_command_reads_first() {
    for command in ["analyze", "ingest", "stats"] {
        let dir = tempfile::tempdir().unwrap();
        let (home, data) = (dir.path().join("logs"), dir.path().join("data"));
        assert!(!killed(&home).success(), "{command}");
        match command {
            "analyze" => {
                let found = bare().json().args(["analyze", "errors", "--logs"]).arg(&home).run().ok().document();
                assert_eq!(found["total_errors"], LINES);
            }
            "ingest" => {
                bongsu(&data).arg("ingest").arg(&home).run().ok();
                assert_eq!(number(&data, "SELECT count(*) FROM logs WHERE level = 'ERROR'"), LINES);
            }
            _ => {
                let found = bare().json().args(["stats", "--logs"]).arg(&home).run().ok().document();
                let lines = std::fs::read_to_string(home.join("app/worker.log")).unwrap().lines().count() as i64;
                assert_eq!(lines, LINES);
                assert_eq!(found["folders"]["error"]["files"], 1, "{found}");
            }
        }
    }
}

#[test]
fn one_file_of_a_home_is_made_whole_too() {
    let dir = tempfile::tempdir().unwrap();
    let (home, data) = (dir.path().join("logs"), dir.path().join("data"));
    assert!(!killed(&home).success());
    // A name alone, as it is typed in the folder of the file.
    let ran = bongsu(&data).dir(&home.join("app")).args(["ingest", "worker.log"]).run().ok();
    assert_eq!(count(&data), LINES, "{}", ran.err);
}
