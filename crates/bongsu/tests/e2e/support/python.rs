//! Python with packages of `PyPI`, in a virtual environment below the target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long the packages may take to install.
const INSTALLED_WITHIN: Duration = Duration::from_mins(3);

/// What a command wrote, when it ended well and in time; else why not.
pub(crate) fn run(command: &mut Command, longest: Duration) -> Result<Vec<u8>, String> {
    let place = tempfile::tempdir().unwrap();
    let [out, err] = ["out", "err"].map(|name| place.path().join(name));
    let file = |path: &Path| Stdio::from(fs::File::create(path).unwrap());
    let mut child =
        command.stdin(Stdio::null()).stdout(file(&out)).stderr(file(&err)).spawn().map_err(|e| e.to_string())?;
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if began.elapsed() > longest {
            child.kill().ok();
            child.wait().ok();
            return Err(format!("it did not end within {longest:?}"));
        }
        thread::sleep(Duration::from_millis(20));
    };
    if status.success() { Ok(fs::read(out).unwrap()) } else { Err(fs::read_to_string(err).unwrap_or_default()) }
}

/// Python with `packages`, in an environment called `name`. Fails where it cannot be made, as without a network.
pub(crate) fn with(name: &str, packages: &[&str]) -> Result<PathBuf, String> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let (python, ready) = (home.join("bin/python"), home.join("ready"));
    if !ready.exists() {
        drop(fs::remove_dir_all(&home));
        run(Command::new("python3").args(["-m", "venv"]).arg(&home), INSTALLED_WITHIN)?;
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages);
        run(&mut install, INSTALLED_WITHIN)?;
        fs::write(ready, "").unwrap();
    }
    Ok(python)
}
