//! A program whose logging is set up outside its code.

#![allow(clippy::unwrap_used, reason = "helpers of tests may stop a test")]

use std::path::Path;
use std::process::Command;

use bongsu_log::Level;

/// What a program does that sets up nothing itself: run by the tests below with an environment of their own.
#[test]
#[ignore = "run by the other tests"]
fn program() {
    let log = bongsu_log::get_logger("shop", None, Level::Info).map_err(|error| error.to_string()).unwrap();
    bongsu_log::debug!(log, "a detail");
    bongsu_log::info!(log, "ready");
    bongsu_log::shutdown();
}

fn run(folder: &Path, variables: &[(&str, &str)]) -> (bool, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "program", "--ignored", "--nocapture"]).current_dir(folder);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("BONGSU_LOG_")) {
        command.env_remove(name);
    }
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

fn messages(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().filter_map(|line| Some(line.rsplit_once(" | ")?.1.to_owned())).collect()
}

#[test]
fn a_program_that_says_nothing_logs_as_the_file_in_its_folder_and_the_environment_say() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bongsu-logging.yaml"), "loggers: {shop: DEBUG}\nconsole: {output: off}\n")
        .unwrap();
    let (fine, said) = run(folder.path(), &[]);
    assert!(fine && !said.contains("ready"), "{said}");
    assert_eq!(messages(&folder.path().join("logs/app/shop.log")), ["a detail", "ready"]);

    let (fine, said) = run(folder.path(), &[("BONGSU_LOG_DIR", "other"), ("BONGSU_LOG_CONSOLE_OUTPUT", "stderr")]);
    assert!(fine && said.contains("| ready"), "{said}");
    let effective = std::fs::read_to_string(folder.path().join("other/config/logging_config.json")).unwrap();
    assert!(effective.contains("\"home\": \"other\"") && effective.contains("\"output\": \"stderr\""), "{effective}");

    std::fs::write(folder.path().join("named.toml"), "level = 'CRITICAL'\nhome = 'third'\n").unwrap();
    let (fine, said) = run(folder.path(), &[("BONGSU_LOG_CONFIG", "named.toml")]);
    assert!(fine, "{said}");
    assert_eq!(messages(&folder.path().join("third/app/shop.log")), [""; 0]);
}

#[test]
fn a_program_does_not_start_with_a_mistake() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bongsu-logging.toml"), "\nconsole.levle = 'INFO'\n").unwrap();
    let (fine, said) = run(folder.path(), &[]);
    assert!(!fine && said.contains("bongsu-logging.toml:2: there is no key `console.levle`; did you mean"), "{said}");
    let (fine, said) = run(folder.path(), &[("BONGSU_LOG_CONFIG", "nowhere.toml")]);
    assert!(!fine && said.contains("cannot read the logging configuration `nowhere.toml`: "), "{said}");
    assert!(!folder.path().join("logs").exists(), "nothing was begun");
}

#[test]
fn a_program_starts_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logging.json");
    let home = folder.path().join("logs");
    let text = format!(r#"{{"home": "{}", "console": {{"output": "off"}}, "level": "DEBUG"}}"#, home.display());
    std::fs::write(&path, text).unwrap();
    let logging = bongsu_log::start_from(&path).unwrap();
    let log = bongsu_log::get_logger("films", None, Level::Info).unwrap();
    bongsu_log::debug!(log, "a detail");
    assert!(bongsu_log::start_from(&path).is_err(), "it has started");
    logging.shutdown();
    assert_eq!(messages(&home.join("app/films.log")), ["a detail"]);
}
