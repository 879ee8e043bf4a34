//! What every page is made of: a title, sections, bars.

use bongsu_insight::Window;

use crate::console::Console;
use crate::paint::{Ink, Paint};
use crate::text::{bar, fit, number, pad, pad_left, tame, width};
use crate::words::Words;

/// Columns past which a page is hard to read.
const WIDEST: usize = 110;

/// The paper that an analysis is written on.
pub(crate) struct Page<'a> {
    /// The words of the reader's language.
    pub(crate) words: &'a Words,
    /// Ink, or none.
    pub(crate) paint: Paint,
    /// Columns.
    pub(crate) width: usize,
}

impl<'a> Page<'a> {
    /// A page for standard output.
    pub(crate) fn of(console: &'a Console) -> Self {
        Self { words: &console.words, paint: console.paint, width: console.page().min(WIDEST) }
    }

    /// The text called `id`.
    pub(crate) fn say(&self, id: &str) -> String {
        self.words.say(id)
    }

    /// A title with the window at its right, and a line below.
    pub(crate) fn title(&self, id: &str, window: &Window) -> Vec<String> {
        let at = window.at.to_jiff().to_zoned(window.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
        let period = [("hours", window.hours.into()), ("at", at.into())];
        let (title, period) = (self.say(id), self.words.tell("report-period", &period));
        let space = self.width.saturating_sub(width(&title) + width(&period)).max(2);
        vec![
            format!("{}{}{}", self.paint.put(Ink::Title, &title), " ".repeat(space), self.paint.put(Ink::Dim, &period)),
            self.paint.put(Ink::Dim, &"═".repeat(self.width)),
        ]
    }

    /// A heading with an empty line before it.
    pub(crate) fn section(&self, id: &str) -> Vec<String> {
        vec![String::new(), self.paint.put(Ink::Title, &self.say(id))]
    }

    /// A line that says there is nothing, indented.
    pub(crate) fn nothing(&self, id: &str) -> String {
        format!("  {}", self.paint.put(Ink::Good, &self.say(id)))
    }

    /// A line a count: its name, its number and a bar of its share of the largest.
    pub(crate) fn bars(&self, counts: &[(String, u64)], ink: Ink) -> Vec<String> {
        let name_width = counts.iter().map(|(name, _)| width(name)).max().unwrap_or(0).min(self.width / 3);
        let number_width = counts.iter().map(|(_, count)| number(*count).len()).max().unwrap_or(0);
        let room = self.width.saturating_sub(name_width + number_width + 6);
        let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
        let line = |(name, count): &(String, u64)| {
            let name = tame(name);
            let (name, number) = (pad(&fit(&name, name_width), name_width), pad_left(&number(*count), number_width));
            let bar = bar(*count as f64 / most as f64, room);
            format!("  {name}  {number}  {}", self.paint.put(ink, &bar))
        };
        counts.iter().map(line).collect()
    }

    /// `text` on as many indented lines as it needs, the first one after `mark`.
    pub(crate) fn bullet(&self, mark: &str, text: &str) -> Vec<String> {
        let indent = width(mark) + 3;
        let lines = crate::text::wrap(text, self.width.saturating_sub(indent));
        let first = |nth: usize| if nth == 0 { format!("  {mark} ") } else { " ".repeat(indent) };
        lines.iter().enumerate().map(|(nth, line)| format!("{}{line}", first(nth))).collect()
    }

    /// One line of text, cut to the page.
    pub(crate) fn cut(&self, text: &str, taken: usize) -> String {
        let one_line = tame(text).replace(['\n', '\t'], " ");
        fit(&one_line, self.width.saturating_sub(taken)).into_owned()
    }
}
