//! The demonstration: quick, repeatable, and through the whole product.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::support::bin::{Ran, bongsu, count};

/// Generous, since tests run beside each other.
const LONGEST: Duration = Duration::from_mins(1);

fn demo(dir: &Path, seed: &str) -> Ran {
    bongsu(&dir.join("data")).args(["demo", "--fast", "--seed", seed, "--logs"]).arg(dir.join("logs")).run().ok()
}

/// Names and contents of the log files below `folder`.
fn logs(folder: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            all.extend(logs(&path).into_iter().map(|(below, text)| (format!("{name}/{below}"), text)));
        } else if let (true, Ok(text)) =
            (path.extension().is_some_and(|known| known == "log"), fs::read_to_string(&path))
        {
            all.insert(name, text);
        }
    }
    all
}

#[test]
fn a_newcomer_sees_the_whole_product() {
    let dir = tempfile::tempdir().unwrap();
    let ran = demo(dir.path(), "7");
    eprintln!("the demonstration took {:?}", ran.took);
    assert!(ran.took < LONGEST);
    for command in ["bongsu search", "bongsu sql"] {
        assert!(ran.text().contains(command), "{command}: {}", ran.told());
    }
    let logs = logs(&dir.path().join("logs"));
    for name in ["app/test_api.log", "app/test_data.log", "performance/test_performance.log", "error/error.log"] {
        assert!(logs.get(name).is_some_and(|text| !text.is_empty()), "{name} is not there: {:?}", logs.keys());
    }
    assert!(count(&dir.path().join("data")) > 100);
}

#[test]
fn a_seed_decides_everything() {
    let (one, same, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    demo(one.path(), "7");
    demo(same.path(), "7");
    demo(other.path(), "8");
    let read = |dir: &tempfile::TempDir| logs(&dir.path().join("logs"));
    assert_eq!(read(&one), read(&same));
    assert_ne!(read(&one), read(&other));
}
