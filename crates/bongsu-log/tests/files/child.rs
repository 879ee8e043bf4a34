//! Other programs that log: this test's own binary with some work to do.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use bongsu_log::file::{Compression, FileOptions, LogFile, Mode, Retention, Rotation, Sync};

use crate::folder::{comes, names};

const WORK: &str = "BONGSU_TEST_CHILD";

/// A program that runs.
pub(crate) struct Program {
    pub(crate) child: Child,
    said: BufReader<ChildStdout>,
    /// Open as long as this is there: waiting for the child would close it.
    _input: Option<ChildStdin>,
}

/// Starts a program that does `work` on a log file; it says each line on its standard output when its call has returned.
pub(crate) fn start(work: &str, log: &Path) -> Program {
    start_telling(work, log, Stdio::null())
}

/// As [`start`], with somewhere to tell of trouble.
pub(crate) fn start_telling(work: &str, log: &Path, trouble: Stdio) -> Program {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["child::works", "--exact", "--nocapture", "--test-threads=1"])
        .env(WORK, format!("{work}|{}", log.display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(trouble)
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap());
    let input = child.stdin.take();
    Program { child, said, _input: input }
}

impl Program {
    /// Reads what the program says until it has said `count` lines; what it says last before it was killed may be half.
    pub(crate) fn read(&mut self, count: usize, said: &mut Vec<String>) {
        let most = said.len() + count;
        let mut line = String::new();
        while said.len() < most {
            line.clear();
            if self.said.read_line(&mut line).unwrap_or(0) == 0 || !line.ends_with('\n') {
                return;
            }
            // The frame's own words stand around what the work says.
            if let Some(line) = line.trim_end_matches('\n').strip_prefix("> ") {
                said.push(line.to_owned());
            }
        }
    }

    /// Kills it and gives all that it said.
    pub(crate) fn kill(mut self, mut said: Vec<String>) -> Vec<String> {
        self.child.kill().unwrap();
        self.read(usize::MAX / 2, &mut said);
        self.child.wait().unwrap();
        said
    }

    /// Waits for its end and gives all that it said.
    pub(crate) fn finish(mut self) -> Vec<String> {
        let mut said = Vec::new();
        self.read(usize::MAX / 2, &mut said);
        assert!(self.child.wait().unwrap().success());
        said
    }
}

pub(crate) fn options(words: &[&str]) -> FileOptions {
    let mut options = FileOptions { rotation: Rotation::NEVER, retention: Retention::ALL, ..FileOptions::default() };
    for word in words {
        match *word {
            "rotating" => options.rotation = Rotation::at(20_000),
            "gzip" => options.compression = Compression::Gzip,
            "zstd" => options.compression = Compression::Zstd,
            "plain" => options.mode = Mode::Plain,
            "each" => options.sync = Sync::Each,
            _ => {}
        }
    }
    options
}

/// What a program does when it is started by [`start`]; as a test of its own it does nothing.
#[test]
fn works() {
    let Ok(work) = std::env::var(WORK) else { return };
    let (work, path) = work.split_once('|').unwrap();
    let words: Vec<_> = work.split(' ').collect();
    let path = Path::new(path);
    let log = LogFile::open(path, options(&words)).unwrap();
    let number = |name: &str| words.iter().find_map(|word| word.strip_prefix(name)?.parse::<usize>().ok());
    let count = number("count=").unwrap_or(usize::MAX);
    let padding = number("long=").unwrap_or(20);
    let name = std::process::id();
    let mut out = std::io::stdout().lock();
    // The test's frame may have begun a line.
    writeln!(out).unwrap();
    for nth in 0..count {
        let line = format!("{name} {nth} {}\n", "x".repeat(nth * 7 % padding));
        log.write(line.as_bytes()).unwrap();
        write!(out, "> {line}").unwrap();
        out.flush().unwrap();
    }
    drop(out);
    if words.contains(&"flush") {
        log.flush().unwrap();
    }
    if words.contains(&"take") {
        std::fs::rename(path, path.with_extension("log.9")).unwrap();
        std::fs::create_dir(path).unwrap();
        log.write(b"late\n").unwrap();
    }
    if words.contains(&"full") {
        fill(&log, path);
    }
    if words.contains(&"twice") {
        let other = FileOptions { rotation: Rotation::at(7), retention: Retention::last(2), ..options(&words) };
        for again in [options(&words), other.clone(), other] {
            let same = LogFile::open(path, again).unwrap();
            same.write(b"more than seven bytes\n").unwrap();
            same.flush().unwrap();
        }
        assert!(!path.with_extension("log.1").exists());
    }
    if words.contains(&"late") {
        begin_without_room(&log, path);
    }
    if words.contains(&"exit") {
        std::process::exit(0);
    }
    if words.contains(&"abort") {
        std::process::abort();
    }
    if words.contains(&"sigterm") {
        assert!(bongsu_log::file::drain_on_sigterm(false));
        let last = log.clone();
        let words = move || last.write(b"last words\n").unwrap();
        bongsu_log::file::last_words(Some(Box::new(words))).unwrap();
        println!("> ready");
        // To the end of the input: that of the test, if the signal should not come.
        std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
    }
}

/// Lets files grow to so many bytes, and has a write beyond them be an error.
#[allow(unsafe_code, reason = "the limit of a process has no safe form")]
fn limit_files(bytes: libc::rlim_t) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: both calls only read what is given; the signal would end the process in place of an error of the write.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit), 0);
    }
}

/// Writes lines until there is no more room, as on a full disk: a file may have 1,050 bytes.
fn fill(log: &LogFile, path: &Path) {
    limit_files(1_050);
    let line = format!("{}\n", "x".repeat(99));
    let written = (0..20).take_while(|_| log.write(line.as_bytes()).is_ok()).count();
    assert_eq!(written, 10);
    assert_eq!(std::fs::read_to_string(path).unwrap(), line.repeat(10));
}

/// Writes the first lines while there is room for a few of them but not for a journal, and goes on when there is.
fn begin_without_room(log: &LogFile, path: &Path) {
    limit_files(1_050);
    let folder = path.with_file_name(".bongsu");
    let has_journal = || names(&folder).iter().any(|name| name.ends_with(".journal"));
    let line = format!("{}\n", "x".repeat(99));
    let written = (0..20).take_while(|_| log.write(line.as_bytes()).is_ok()).count();
    assert!(written == 10 && !has_journal(), "{written}");
    limit_files(libc::RLIM_INFINITY);
    let more = std::cell::Cell::new(0);
    let is_back = || {
        log.write(b"more\n").unwrap();
        more.set(more.get() + 1);
        has_journal()
    };
    assert!(comes(Duration::from_mins(1), is_back));
    log.flush().unwrap();
    assert_eq!(std::fs::read_to_string(path).unwrap(), line.repeat(10) + &"more\n".repeat(more.get()));
}
