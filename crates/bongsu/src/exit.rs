//! What the process tells the shell when it ends.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// Something failed; the reason is on standard error.
    Failed,
    /// The command line was wrong.
    Usage,
    /// Nothing was found, or something is unhealthy, where `--fail` asked to be told.
    Nothing,
    /// Stopped by Ctrl-C.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Nothing => 3,
            Exit::Interrupted => 130,
        })
    }
}
