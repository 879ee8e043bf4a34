//! Functions with attributes do their work where nothing can be written any more.

#![allow(clippy::unwrap_used, reason = "helpers of tests may stop a test")]

use bongsu_log::{Config, Console, log_api_call, log_execution};

#[log_execution(log_args = true)]
fn load(path: &str) -> Result<usize, String> {
    if path.is_empty() { Err("no path".to_owned()) } else { Ok(path.len()) }
}

#[log_api_call(log_response = true)]
fn search(token: &str) -> usize {
    token.len()
}

#[test]
fn after_the_end_a_function_still_works_and_what_it_would_have_logged_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let config = || Config { home: folder.path().to_owned(), console: Console::Off, ..Config::default() };
    let logging = bongsu_log::start(config()).unwrap();
    let refused = bongsu_log::start(config()).unwrap_err().to_string();
    assert!(refused.contains("has already started in"), "{refused}");
    bongsu_log::shutdown();
    assert_eq!((load("films"), load(""), search("abc")), (Ok(5), Err("no path".to_owned()), 3));
    assert_eq!(logging.lost(), 3);
    assert!(!folder.path().join("app/api_calls.log").exists());
}
