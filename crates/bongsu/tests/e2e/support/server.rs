//! A server of a test.

use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::bin::{command, wait};
use super::http::{Answer, send};

/// How long a server may take until it is ready.
const READY: Duration = Duration::from_mins(1);

/// A running `bongsu serve` on a port of its own; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// Lines of standard error after the ready line.
    pub(crate) log: Receiver<String>,
    /// From the start to the ready line.
    pub(crate) opened_in: Duration,
    /// Left after the process is gone.
    group: Option<ControlGroup>,
}

/// A control group that bounds memory; removed when dropped.
struct ControlGroup(PathBuf);

impl ControlGroup {
    /// A group of this process's own, of version 2 or 1; none where that is not allowed.
    fn new(kibibytes: u64) -> Option<Self> {
        let own = std::fs::read_to_string("/proc/self/cgroup").ok()?;
        own.lines().find_map(|line| {
            let mut parts = line.splitn(3, ':').skip(1);
            let (controllers, path) = (parts.next()?, parts.next()?.trim_start_matches('/'));
            let (root, file) = match controllers {
                "" => ("/sys/fs/cgroup", "memory.max"),
                "memory" => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
                _ => return None,
            };
            let group = Self(Path::new(root).join(path).join(format!("bongsu-test-{}", std::process::id())));
            std::fs::create_dir(&group.0).ok()?;
            std::fs::write(group.0.join(file), (kibibytes * 1024).to_string()).ok()?;
            Some(group)
        })
    }
}

impl Drop for ControlGroup {
    fn drop(&mut self) {
        std::fs::remove_dir(&self.0).ok();
    }
}

/// The memory of a process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory(u32);

impl Memory {
    /// What `/proc` tells under `key`, in KiB.
    pub(crate) fn of(self, key: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Server {
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_with(data, &[], &[])
    }

    pub(crate) fn start_with(data: &Path, args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut command = command();
        command.arg("--data").arg(data).args(["serve", "--http", "127.0.0.1:0"]).args(args).envs(env.iter().copied());
        Self::start_as(command)
    }

    /// A server in a process that may have `data` KiB of memory to write to, used or not, and, where a control group can be
    /// made, use `used` KiB of it.
    pub(crate) fn start_within(data_dir: &Path, data: u64, used: u64, env: &[(&str, &str)]) -> Self {
        let group = ControlGroup::new(used);
        let join = group
            .as_ref()
            .map_or_else(String::new, |group| format!("echo $$ > {} && ", group.0.join("cgroup.procs").display()));
        let plain = command();
        let mut limited = Command::new("/bin/sh");
        limited.env_clear().envs(plain.get_envs().filter_map(|(key, value)| Some((key, value?))));
        limited.args(["-c", &format!("{join}ulimit -d {data} && exec \"$0\" \"$@\"")]).arg(plain.get_program());
        limited.arg("--data").arg(data_dir).args(["serve", "--http", "127.0.0.1:0"]).envs(env.iter().copied());
        let mut server = Self::start_as(limited);
        server.group = group;
        server
    }

    /// Its memory, as `/proc` tells it.
    pub(crate) fn memory(&self) -> Memory {
        Memory(self.child.id())
    }

    fn start_as(mut command: Command) -> Self {
        let began = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (lines, log) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if lines.send(line).is_err() {
                    break;
                }
            }
        });
        let mut before = String::new();
        loop {
            let Ok(line) = log.recv_timeout(READY.saturating_sub(began.elapsed())) else {
                child.kill().ok();
                child.wait().ok();
                panic!("the server did not become ready:\n{before}");
            };
            if let Some(urls) = line.strip_prefix("bongsu ready: http://") {
                let address = urls.split_whitespace().next().unwrap().parse().unwrap();
                return Self { child, address, log, opened_in: began.elapsed(), group: None };
            }
            before += &(line + "\n");
        }
    }

    pub(crate) fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Answer> {
        send(self.address, method, path, headers, body)
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.try_send("GET", path, &[], b"").unwrap()
    }

    #[track_caller]
    pub(crate) fn post(&self, path: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Answer {
        self.try_send("POST", path, headers, body.as_ref()).unwrap()
    }

    /// Posts to `/api/v1/ingest`; the answer must be 200.
    #[track_caller]
    pub(crate) fn ingest(&self, body: impl AsRef<[u8]>) -> Value {
        let answer = self.post("/api/v1/ingest", &[], body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// The number that a SQL statement gives.
    #[track_caller]
    pub(crate) fn number(&self, statement: &str) -> i64 {
        let answer = self.post("/api/v1/sql", &[], json!({ "sql": statement }).to_string());
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json().as_object().unwrap().values().next().unwrap().as_i64().unwrap()
    }

    #[track_caller]
    pub(crate) fn count(&self) -> i64 {
        self.number("SELECT count(*) AS n FROM logs")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end; its exit code and what it said last.
    pub(crate) fn ended(&mut self) -> (Option<i32>, String) {
        let code = wait(&mut self.child, Duration::from_secs(30), "bongsu serve");
        let said: Vec<String> = self.log.iter().collect();
        (code, said.join("\n"))
    }

    /// SIGTERM; it must end well.
    #[track_caller]
    pub(crate) fn stop(mut self) {
        self.signal(Signal::TERM);
        let (code, said) = self.ended();
        assert_eq!(code, Some(0), "{said}");
        assert!(!said.contains("panicked at"), "{said}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
