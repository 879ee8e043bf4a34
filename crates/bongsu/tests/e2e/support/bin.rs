//! Running the binary as a user does.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// No command of these tests may take longer.
const LONGEST: Duration = Duration::from_mins(2);

/// A command line that is being put together. It sees none of the tester's own settings: UTC, English, no home.
pub(crate) struct Bongsu {
    command: Command,
    input: Vec<u8>,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
    pub(crate) took: Duration,
    line: String,
}

/// The binary with settings of its own, and nothing else of the environment.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bongsu"));
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("TZ", "UTC")
        .env("LANG", "C.UTF-8")
        .env("HOME", "/nonexistent");
    command
}

/// `bongsu --data DATA`.
pub(crate) fn bongsu(data: &Path) -> Bongsu {
    bare().arg("--data").arg(data)
}

/// `bongsu`.
pub(crate) fn bare() -> Bongsu {
    Bongsu { command: command(), input: Vec::new() }
}

impl Bongsu {
    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn json(self) -> Self {
        self.args(["--output-format", "json"])
    }

    pub(crate) fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    pub(crate) fn dir(mut self, dir: &Path) -> Self {
        self.command.current_dir(dir);
        self
    }

    pub(crate) fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = bytes.into();
        self
    }

    /// Starts it with pipes for everything.
    pub(crate) fn spawn(mut self) -> Child {
        let piped = self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = self.input;
        // A command that does not read its input closes the pipe: that is its right.
        thread::spawn(move || stdin.write_all(&input).ok());
        child
    }

    /// Runs it to its end. A panic or a hang of the binary fails the test, whatever it was about.
    pub(crate) fn run(self) -> Ran {
        let line = format!("{:?}", self.command);
        let began = Instant::now();
        let mut child = self.spawn();
        let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let out = thread::spawn(move || {
            let mut bytes = Vec::new();
            stdout.read_to_end(&mut bytes).map(|_| bytes).unwrap()
        });
        let err = thread::spawn(move || {
            let mut bytes = Vec::new();
            stderr.read_to_end(&mut bytes).map(|_| bytes).unwrap()
        });
        let code = wait(&mut child, LONGEST, &line);
        let err = String::from_utf8_lossy(&err.join().unwrap()).into_owned();
        let ran = Ran { code, out: out.join().unwrap(), err, took: began.elapsed(), line };
        assert!(!ran.err.contains("panicked at"), "{}", ran.told());
        ran
    }
}

/// Waits for the end of a process; its exit code, or none when a signal ended it.
pub(crate) fn wait(child: &mut Child, longest: Duration, line: &str) -> Option<i32> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if began.elapsed() > longest {
            child.kill().ok();
            panic!("this did not end within {longest:?}: {line}");
        }
        thread::sleep(Duration::from_millis(2));
    }
}

impl Ran {
    /// Everything that is known about it, for a failed assertion.
    pub(crate) fn told(&self) -> String {
        let out = String::from_utf8_lossy(&self.out);
        let out: String = out.chars().take(4_000).collect();
        format!("{}\nexit code {:?}\nstandard output:\n{out}\nstandard error:\n{}", self.line, self.code, self.err)
    }

    /// It must have done what it should.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.told());
        self
    }

    /// It must have ended with this exit code and said why.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.told());
        assert!(!self.err.trim().is_empty(), "nothing was said: {}", self.told());
        self
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.out).unwrap()
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub(crate) fn document(&self) -> Value {
        serde_json::from_slice(&self.out)
            .unwrap_or_else(|wrong| panic!("not one JSON document: {wrong}\n{}", self.told()))
    }

    /// Standard output as one JSON object a line, and nothing else.
    #[track_caller]
    pub(crate) fn rows(&self) -> Vec<Value> {
        let row = |line: &str| match serde_json::from_str(line) {
            Ok(row @ Value::Object(_)) => row,
            other => panic!("`{line}` is no JSON object: {other:?}\n{}", self.told()),
        };
        self.text().lines().map(row).collect()
    }
}

/// The rows that a SQL statement gives.
#[track_caller]
pub(crate) fn sql(data: &Path, statement: &str) -> Vec<Value> {
    bongsu(data).json().args(["sql", statement]).run().ok().rows()
}

/// The number that a SQL statement gives.
#[track_caller]
pub(crate) fn number(data: &Path, statement: &str) -> i64 {
    let rows = sql(data, statement);
    assert_eq!(rows.len(), 1, "{rows:?}");
    let value = rows[0].as_object().unwrap().values().next().cloned();
    value.and_then(|value| value.as_i64()).unwrap_or_else(|| panic!("no number: {rows:?}"))
}

/// Rows of the dataset `logs`.
#[track_caller]
pub(crate) fn count(data: &Path) -> i64 {
    number(data, "SELECT count(*) AS n FROM logs")
}

/// Ingests and returns the JSON report.
#[track_caller]
pub(crate) fn ingest<S: AsRef<OsStr>>(data: &Path, args: impl IntoIterator<Item = S>) -> Value {
    bongsu(data).json().arg("ingest").args(args).run().ok().document()
}
