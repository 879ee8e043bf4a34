//! A progress bar on standard error: only on a terminal, only for work that takes a while.

use std::time::Duration;

use bongsu_source::{Progress, ProgressState};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::console::Console;
use crate::text::{bytes, number};
use crate::words::Words;

/// Work shorter than this shows no bar.
const AFTER: Duration = Duration::from_millis(300);

/// How far a gathering is.
pub(crate) struct Bar {
    bar: ProgressBar,
    words: Words,
}

impl Bar {
    /// A bar that draws itself where progress is shown.
    pub(crate) fn new(console: &Console) -> Self {
        let hidden = ProgressDrawTarget::hidden();
        let target = if console.shows_progress { ProgressDrawTarget::stderr_with_hz(10) } else { hidden };
        Self { bar: ProgressBar::with_draw_target(None, target), words: Words::new(console.words.lang()) }
    }

    /// Takes the bar off the screen.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A sign that work goes on whose length is not known, until it is dropped.
pub(crate) struct Working(ProgressBar);

impl Working {
    /// Shows `text` where progress is shown.
    pub(crate) fn new(console: &Console, text: String) -> Self {
        let bar = Bar::new(console).bar;
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}") {
            bar.set_style(style);
        }
        bar.set_message(text);
        bar.enable_steady_tick(AFTER);
        Self(bar)
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn update(&self, state: &ProgressState<'_>) {
        let elapsed = self.bar.elapsed();
        if self.bar.is_hidden() || elapsed < AFTER {
            return;
        }
        let speed = state.bytes_done as f64 / elapsed.as_secs_f64();
        let rows = self.words.tell("ingest-progress", &[("rows", number(state.rows).into())]);
        let done = bytes(state.bytes_done);
        let size = state.bytes_total.map_or_else(|| done.clone(), |total| format!("{done} / {}", bytes(total)));
        let template = match state.bytes_total {
            Some(total) if total > 0 => {
                self.bar.set_length(total);
                "{bar:24.cyan/dim} {percent:>3}% {msg}"
            }
            _ => "{spinner} {msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
        }
        self.bar.set_position(state.bytes_done);
        self.bar.set_message(format!("{size} · {}/s · {rows}", bytes(speed as u64)));
    }
}
