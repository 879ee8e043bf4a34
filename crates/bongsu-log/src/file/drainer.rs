//! The thread that brings lines from journals into their files.

use std::io;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use super::process::Process;
use super::sys::{self, Asked};
use super::{lock, recover};

/// How soon it looks again while a program logs: what comes meanwhile is written at once.
const SOON: Duration = Duration::from_millis(20);
/// How often in a row it finds nothing before it sleeps until it is rung.
const QUIET: u32 = 3;
/// How often it looks after what is not in a hurry.
const PATROL: Duration = Duration::from_secs(1);

/// What is called before a signal ends a process, and which process that is.
type Words = (u32, Box<dyn FnOnce() + Send>);

static LAST_WORDS: Mutex<Option<Words>> = Mutex::new(None);

/// Has `write` called before a signal ends this process, or nothing.
pub(super) fn last_words(write: Option<Box<dyn FnOnce() + Send>>) {
    let words = write.map(|write| (std::process::id(), write));
    let old = std::mem::replace(&mut *lock(&LAST_WORDS), words);
    drop(old);
}

/// The drainer of one process, started with its first line.
#[derive(Debug, Default)]
pub(super) struct Drainer {
    asked: Asked,
    started: Mutex<bool>,
}

impl Drainer {
    /// Says that there is something to drain, and whether a journal is half full.
    pub(super) fn notice(&self, is_urgent: bool) {
        self.asked.bell().notice(is_urgent);
    }

    /// Starts the thread if it is not there.
    pub(super) fn start(&'static self, process: &'static Process) -> io::Result<()> {
        let mut started = lock(&self.started);
        if !*started {
            let thread = thread::Builder::new().name("bongsu-drainer".to_owned());
            sys::without_signals(|| thread.spawn(move || self.run(process)))?;
            sys::drainer_is(&self.asked);
            *started = true;
        }
        Ok(())
    }

    fn run(&self, process: &'static Process) {
        let bell = self.asked.bell();
        let (mut quiet, mut patrol, mut answered) = (0, Instant::now(), 0);
        loop {
            let question = self.asked.question();
            bell.looking();
            let any = drain(process);
            if question != answered {
                speak();
                drain(process);
                answered = question;
            }
            self.asked.answer(question);
            quiet = if any { 0 } else { quiet + 1 };
            if patrol.elapsed() >= PATROL {
                patrol = Instant::now();
                go_round(process);
            }
            if quiet < QUIET {
                bell.sleep(SOON);
                continue;
            }
            bell.falling_asleep();
            // Who wrote before it fell asleep did not ring; the look goes through the lock of each writer, so that who is not
            // seen there sees it asleep. What cannot be written is tried again soon.
            bell.sleep(if process.has_waiting() { SOON } else { PATROL });
        }
    }
}

/// Brings all there is into the files; whether there was anything.
fn drain(process: &'static Process) -> bool {
    process.lives().iter().map(|live| live.drain_unless_failing()).sum::<u64>() > 0
}

/// Calls what is to be called before a signal ends this process.
fn speak() {
    let words = lock(&LAST_WORDS).take_if(|(process, _)| *process == std::process::id());
    if let Some((_, write)) = words {
        write();
    }
}

/// Looks after the open files, and takes in what programs left that were killed.
fn go_round(process: &'static Process) {
    process.close_left();
    let lives = process.lives();
    for live in &lives {
        live.look_after();
    }
    recover::orphans(process, &lives);
}
