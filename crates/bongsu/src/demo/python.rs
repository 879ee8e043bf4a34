//! The pipeline in Python, where Python has the SDK's package: the same seed and time leave the same log home.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use bongsu_log::FOLDERS;

use super::pipeline::Written;

/// Interpreters in the order in which they are looked for. The first one is that of an active virtual environment.
const INTERPRETERS: [&str; 2] = ["python", "python3"];

/// Runs the pipeline with its logs in `home`; none when there is no Python that has the package, or when it did not get to the end.
pub(super) fn play(home: &Path, at: jiff::Timestamp, seed: u64) -> Option<Written> {
    let python = INTERPRETERS.into_iter().find(|python| has_sdk(python))?;
    let new: Vec<_> = FOLDERS.iter().map(|folder| home.join(folder)).filter(|folder| !folder.exists()).collect();
    let run = Command::new(python)
        .args(["-m", "bongsu.demo", "--seed", &seed.to_string(), "--at", &at.to_string(), "--logs"])
        .arg(home)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let told: Option<Written> = serde_json::from_slice(&run.stdout).ok().filter(|_| run.status.success());
    if told.is_none() {
        // A home that was not finished is begun anew.
        for folder in new {
            drop(fs::remove_dir_all(folder));
        }
    }
    told
}

/// Whether `python` has the package in the version of this program: another one may write another home.
fn has_sdk(python: &str) -> bool {
    let ask = "import bongsu.demo; print(bongsu.__version__)";
    let asked = Command::new(python).args(["-c", ask]).stdin(Stdio::null()).stderr(Stdio::null()).output();
    asked.is_ok_and(|told| String::from_utf8_lossy(&told.stdout).trim() == env!("CARGO_PKG_VERSION"))
}
