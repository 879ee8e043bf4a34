//! Colours and weights of terminal text.

use anstyle::{AnsiColor, Style};

/// What a piece of text is, which decides how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// As it is.
    Plain,
    /// A title.
    Title,
    /// Of little weight: units, field names.
    Dim,
    /// Good.
    Good,
    /// To be looked at.
    Warn,
    /// Bad.
    Bad,
    /// Worst.
    Worst,
    /// A name or a value that matters.
    Accent,
    /// What a search was for.
    Hit,
}

impl Ink {
    /// How a level looks.
    pub(crate) fn of_level(name: &str) -> Self {
        match name {
            "TRACE" | "DEBUG" => Self::Dim,
            "INFO" => Self::Good,
            "WARNING" => Self::Warn,
            "ERROR" => Self::Bad,
            "CRITICAL" => Self::Worst,
            _ => Self::Accent,
        }
    }

    fn style(self) -> Style {
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        match self {
            Self::Plain => Style::new(),
            Self::Title => Style::new().bold(),
            Self::Dim => Style::new().dimmed(),
            Self::Good => colour(AnsiColor::Green),
            Self::Warn => colour(AnsiColor::Yellow),
            Self::Bad => colour(AnsiColor::Red),
            Self::Worst => colour(AnsiColor::Magenta).bold(),
            Self::Accent => colour(AnsiColor::Cyan),
            Self::Hit => colour(AnsiColor::Yellow).bold().underline(),
        }
    }
}

/// Puts ink on text, or leaves it as it is when colours are off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paint(pub(crate) bool);

impl Paint {
    /// `text` in `ink`.
    pub(crate) fn put(self, ink: Ink, text: &str) -> String {
        if !self.0 || ink == Ink::Plain || text.is_empty() {
            return text.to_owned();
        }
        let style = ink.style();
        format!("{style}{text}{style:#}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_no_escape_when_colours_are_off() {
        assert_eq!(Paint(false).put(Ink::Bad, "x"), "x");
        assert_eq!(Paint(true).put(Ink::Bad, "x"), "\u{1b}[31mx\u{1b}[0m");
        assert_eq!(Paint(true).put(Ink::Bad, ""), "");
    }
}
