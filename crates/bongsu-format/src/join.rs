//! Which lines go on with the record before: tracebacks and indented lines.

use crate::line::is_level;

/// Lines that one record may have.
pub(crate) const MAX_LINES: usize = 2_000;
/// Bytes that one record may have beyond its first line.
pub(crate) const MAX_BYTES: usize = 1 << 20;

/// What kind of lines may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// No traceback so far.
    Plain,
    /// Inside a Python traceback: frames, then the exception.
    Frames,
    /// Behind a Python exception: another may be chained to it.
    Raised,
    /// Behind the sentence that chains two Python exceptions.
    Chained,
    /// Java, JavaScript and others: indented frames, causes.
    Stack,
    /// A Go panic and its goroutines.
    Go,
    /// A Rust panic whose message is on the next line.
    RustMessage,
    /// Behind a Rust panic's message.
    Rust,
}

/// Follows one record from line to line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Joiner {
    mode: Mode,
    /// The record's first line was recognised: a bare traceback behind it is its own.
    structured: bool,
}

const TRACEBACK: &str = "Traceback (most recent call last):";
const CHAINS: [&str; 2] = [
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
];

impl Joiner {
    /// Begins with a record's first line.
    pub(crate) fn new(head: &str, structured: bool) -> Self {
        let text = head.trim_end();
        let mode = if text.ends_with(TRACEBACK) {
            Mode::Frames
        } else if memchr::memmem::find(text.as_bytes(), b" panicked at ").is_some_and(|at| is_thread(text, at)) {
            if text.ends_with(':') { Mode::RustMessage } else { Mode::Rust }
        } else if text.starts_with("panic: ") || text.starts_with("fatal error: ") || is_goroutine(text) {
            Mode::Go
        } else if is_frame(text) {
            Mode::Frames
        } else {
            Mode::Plain
        };
        Self { mode, structured }
    }

    /// Whether `line`, behind blank lines perhaps, goes on with the record.
    pub(crate) fn takes(&mut self, line: &str, after_blank: bool) -> bool {
        let next = if self.mode == Mode::RustMessage && !after_blank {
            Some(Mode::Rust)
        } else if line.starts_with([' ', '\t']) {
            Some(self.behind_indented(line))
        } else {
            self.behind_flush(line, after_blank)
        };
        self.mode = next.unwrap_or(self.mode);
        next.is_some()
    }

    fn behind_indented(self, line: &str) -> Mode {
        let text = line.trim_start();
        if line.trim_start().starts_with(['|', '+']) {
            // The exceptions of a group are indented like its frames, so it is complete after every line.
            return Mode::Raised;
        }
        if is_frame(line) || text.contains("Traceback (most recent call last):") {
            return Mode::Frames;
        }
        if self.mode == Mode::Plain && text.starts_with("at ") { Mode::Stack } else { self.mode }
    }

    /// The mode behind a line that begins at the margin; none when it is not the record's.
    fn behind_flush(self, line: &str, after_blank: bool) -> Option<Mode> {
        if !line.starts_with(|sign: char| sign.is_ascii_alphabetic() || "_[".contains(sign)) {
            return None;
        }
        let line = line.trim_end();
        match self.mode {
            Mode::Frames if after_blank => None,
            Mode::Frames => is_exception(line).then_some(Mode::Raised),
            Mode::Raised => CHAINS.contains(&line).then_some(Mode::Chained),
            Mode::Chained => line.starts_with(TRACEBACK).then_some(Mode::Frames),
            Mode::Go => is_go(line).then_some(Mode::Go),
            Mode::Rust | Mode::RustMessage => {
                let more = line.starts_with("note: ") || line == "stack backtrace:";
                more.then_some(Mode::Rust)
            }
            Mode::Stack if line.starts_with("Caused by: ") => Some(Mode::Stack),
            Mode::Plain if self.structured && !after_blank => {
                if line.starts_with(TRACEBACK) {
                    Some(Mode::Frames)
                } else if line.starts_with("Caused by: ") || is_thrown(line) {
                    Some(Mode::Stack)
                } else {
                    is_goroutine(line).then_some(Mode::Go)
                }
            }
            Mode::Plain | Mode::Stack => None,
        }
    }
}

/// Whether a thread's name stands in front of `at`, with its number perhaps.
fn is_thread(text: &str, at: usize) -> bool {
    text.get(..at).is_some_and(|before| before.contains("thread '"))
}

/// `  File "main.py", line 12`.
fn is_frame(line: &str) -> bool {
    let text = line.trim_start_matches([' ', '\t', '|']);
    text.len() < line.len() && text.starts_with("File \"") && text.contains("\", line ")
}

/// The dotted name that a line begins with, and what is behind it.
fn dotted_name(line: &str) -> (&str, &str) {
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.$<>".contains(byte) || *byte >= 0x80;
    let end = line.bytes().position(|byte| !inside(&byte)).unwrap_or(line.len());
    line.split_at(end)
}

/// The last line of a Python traceback: `ValueError: x`, `KeyboardInterrupt`.
fn is_exception(line: &str) -> bool {
    let (name, rest) = dotted_name(line);
    let last = name.rsplit('.').next().unwrap_or(name);
    let capital = last.starts_with(|sign: char| sign.is_ascii_uppercase());
    !name.is_empty() && !is_level(name) && (rest.is_empty() && capital || rest == ":" || rest.starts_with(": "))
}

/// The first line of a Java or JavaScript exception: `java.io.IOException: x`, `TypeError: x`.
fn is_thrown(line: &str) -> bool {
    let (name, rest) = dotted_name(line);
    let kind = ["Exception", "Error", "Throwable"].iter().any(|kind| name.ends_with(kind));
    kind && (rest.starts_with(": ") || rest.is_empty() && name.contains('.'))
}

fn is_goroutine(line: &str) -> bool {
    line.strip_prefix("goroutine ").is_some_and(|rest| rest.contains(" [") && rest.ends_with("]:"))
}

fn is_go(line: &str) -> bool {
    let call = || line.ends_with(')') && line.split_once('(').is_some_and(|(name, _)| !name.contains(' '));
    let begins = ["created by ", "[signal ", "exit status ", "goroutine ", "panic: ", "runtime."];
    begins.iter().any(|begin| line.starts_with(begin)) || call()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of the lines after the first belong to it.
    fn joined(structured: bool, lines: &[&str]) -> usize {
        let mut joiner = Joiner::new(lines[0], structured);
        let mut blank = false;
        let mut count = 0;
        for line in &lines[1..] {
            if line.trim().is_empty() {
                blank = true;
            } else if joiner.takes(line, blank) {
                blank = false;
            } else {
                break;
            }
            count += 1;
        }
        count
    }

    #[test]
    fn python_with_a_chained_exception() {
        let lines = [
            "[t] DEBUG Full traceback for f: Traceback (most recent call last):",
            "  File \"a.py\", line 1, in f",
            "    g()",
            "    ~^^",
            "KeyError: 'x'",
            "",
            "During handling of the above exception, another exception occurred:",
            "",
            "Traceback (most recent call last):",
            "  File \"a.py\", line 3, in h",
            "pkg.errors.ValueError: bad",
            "Loading: next",
        ];
        assert_eq!(joined(true, &lines), 10);
    }

    #[test]
    fn python_exception_groups_and_carets() {
        let group = [
            "  + Exception Group Traceback (most recent call last):",
            "  |   File \"a.py\", line 1, in <module>",
            "  | ExceptionGroup: two (2 sub-exceptions)",
            "  +-+---------------- 1 ----------------",
            "    | ValueError: 1",
            "    +------------------------------------",
            "next",
        ];
        assert_eq!(joined(false, &group), 5);
        let syntax = ["  File \"a.py\", line 1", "    x =", "       ^", "SyntaxError: invalid syntax", "next"];
        assert_eq!(joined(false, &syntax), 3);
    }

    #[test]
    fn a_traceback_joins_a_recognised_line_but_not_stray_text() {
        let lines =
            ["ERROR:root:failed", "Traceback (most recent call last):", "  File \"a.py\", line 1, in f", "E", "x y"];
        assert_eq!(joined(true, &lines), 3);
        assert_eq!(joined(false, &lines), 0);
    }

    #[test]
    fn java() {
        let lines = [
            "2025-06-06 12:00:00,000 ERROR [main] A - failed",
            "java.lang.IllegalStateException: outer",
            "\tat a.B.c(B.java:1)",
            "\tSuppressed: java.io.IOException",
            "Caused by: java.io.IOException: inner",
            "\t... 3 more",
            "2025-06-06 12:00:01,000 INFO [main] A - next",
        ];
        assert_eq!(joined(true, &lines), 5);
    }

    #[test]
    fn go() {
        let lines = [
            "panic: runtime error: index out of range [5] with length 3",
            "",
            "goroutine 1 [running]:",
            "main.(*T).run(0xc000012345)",
            "\t/app/main.go:12 +0x1d",
            "created by main.main in goroutine 1",
            "\t/app/main.go:5 +0x25",
            "exit status 2",
            "done (all)",
        ];
        assert_eq!(joined(false, &lines), 7);
    }

    #[test]
    fn rust() {
        let lines = [
            "thread 'main' panicked at src/main.rs:2:5:",
            "2025-06-06 is not a number",
            "stack backtrace:",
            "   0: rust_begin_unwind",
            "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
            "next",
        ];
        assert_eq!(joined(false, &lines), 4);
    }

    #[test]
    fn javascript() {
        let lines = ["TypeError: x is not a function", "    at fn (a.js:1:2)", "    at async b.js:3:4", "next"];
        assert_eq!(joined(false, &lines), 2);
    }
}
