//! The value of a sensitive argument is in no byte of any file of the log home.

#![allow(clippy::unwrap_used, reason = "helpers of tests may stop a test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use bongsu_log::mask::HIDDEN;
use bongsu_log::{Config, Console, log_api_call};
use proptest::prelude::*;

static HOME: OnceLock<std::path::PathBuf> = OnceLock::new();

fn home() -> &'static Path {
    HOME.get_or_init(|| {
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("secrets");
        let _ = fs::remove_dir_all(&home);
        bongsu_log::start(Config { home: home.clone(), console: Console::Off, ..Config::default() }).unwrap();
        home
    })
}

/// All bytes of all files below `folder`, which are then emptied.
fn drained(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // Of journals only what is in the files too; a file that a program has mapped must not be cut.
            if path.ends_with(".bongsu") {
                continue;
            }
            bytes.extend(drained(&path));
        } else {
            bytes.extend(fs::read(&path).unwrap());
            fs::write(&path, "").unwrap();
        }
    }
    bytes
}

#[derive(Debug, thiserror::Error)]
#[error("{said}")]
struct Refused {
    said: String,
    source: Option<Box<Refused>>,
}

/// How an error may repeat a secret.
fn repeated(secret: &str, way: usize) -> String {
    let encoded: String = secret.bytes().flat_map(|byte| format!("%{byte:02X}").into_bytes()).map(char::from).collect();
    match way {
        0 => secret.to_owned(),
        1 => format!("bad key {secret:?}, try again"),
        2 => format!("{}", serde_json::json!({"key": [secret]})),
        3 => format!("{secret}{secret}"),
        4 => format!("Login {{ api_key: {secret:?}, again: {:?} }}", Some(secret)),
        _ => format!("https://x/?api_key={encoded}&again={secret}"),
    }
}

#[log_api_call(api_name = "Probe", log_response = true)]
fn probe(
    plain: &str,
    api_key: &str,
    options: &BTreeMap<String, Vec<BTreeMap<String, String>>>,
    fails: bool,
    way: usize,
) -> Result<BTreeMap<String, String>, Refused> {
    let nested = &options["deep"][0]["Token"];
    if fails {
        let source = Refused { said: repeated(nested, way), source: None };
        return Err(Refused { said: repeated(api_key, way), source: Some(Box::new(source)) });
    }
    Ok(BTreeMap::from([(repeated(api_key, way), plain.to_owned()), ("x".to_owned(), repeated(nested, way))]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_secret_is_in_no_byte_of_the_log_home(
        key in "[a-zA-Z0-9가-힣 \"'\\\\%&=:,{}\t*-]{0,8}[a-zA-Z가-힣][0-9][\"\\\\ x*]{0,2}[0-9가-힣]{4,8}",
        token in "[가-힣\\PC]{0,6}[a-z가-힣][0-9][a-z가-힣]{5,9}",
        fails: bool,
        way in 0usize..6,
        plain_repeats: bool,
    ) {
        prop_assume!(!HIDDEN.contains(key.trim()) && !HIDDEN.contains(token.trim()));
        let home = home();
        bongsu_log::flush().unwrap();
        drained(home);
        let plain = if plain_repeats { repeated(&key, way) } else { "films".to_owned() };
        let deep = BTreeMap::from([("Token".to_owned(), token.clone())]);
        let options = BTreeMap::from([("deep".to_owned(), vec![deep])]);
        let result = probe(&plain, &key, &options, fails, way);
        prop_assert_eq!(result.is_err(), fails);
        bongsu_log::flush().unwrap();
        let written = String::from_utf8(drained(home)).unwrap();
        prop_assert!(written.contains("API Call Probe started with params: {\"plain\""), "{}", written);
        for secret in [&key, &token] {
            let debug = format!("{secret:?}");
            let json = serde_json::json!(secret).to_string();
            for form in [secret.as_str(), &debug[1..debug.len() - 1], &json[1..json.len() - 1], secret.trim()] {
                prop_assert!(!written.contains(form), "{} is in {}", form, written);
            }
        }
    }
}
