//! Cells below a header: comma, semicolon or tab between, quoted cells may hold line ends.

use std::borrow::Cow;

use bongsu_model::{Level, Value};

use crate::Format;
use crate::json::{Role, role_of};
use crate::line::{Line, untyped};
use crate::time::{Calendar, scan, text_value};

/// The header of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    text: String,
    between: u8,
    columns: Vec<(String, Option<Role>)>,
    /// The column of a date whose time of day stands in another.
    date: Option<usize>,
}

impl Header {
    /// Reads a header; none when the line does not look like one: names only, one of them a time, level or message.
    /// `told`: somebody said that it is one, so that any names will do.
    pub(crate) fn read(text: &str, told: bool) -> Option<Self> {
        let between = [b'\t', b';', b','].into_iter().find(|between| text.as_bytes().contains(between))?;
        let columns: Vec<_> = cells(text, between)?.into_iter().map(|cell| (cell.0.into_owned(), None)).collect();
        let name = |text: &str| {
            let begins = text.starts_with(|sign: char| sign.is_alphabetic() || sign == '_' || sign == '@');
            begins && text.len() <= 64 && !text.contains(['"', '=', '{', '[', ':', '\n'])
        };
        if columns.len() < 2 || !columns.iter().all(|(text, _)| name(text)) {
            return None;
        }
        let mut header = Self { text: text.to_owned(), between, columns, date: None };
        header.assign();
        let core = |(_, role): &(String, Option<Role>)| matches!(role, Some(Role::Time | Role::Level | Role::Message));
        (told || header.columns.iter().any(core)).then_some(header)
    }

    /// The header as it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    fn assign(&mut self) {
        let mut taken: Vec<(Role, usize, u8)> = Vec::new();
        for (nth, (name, _)) in self.columns.iter().enumerate() {
            let lower = name.to_ascii_lowercase();
            let found = match lower.as_str() {
                "date" => {
                    self.date = Some(nth);
                    Some((Role::Time, 90))
                }
                "datetime" | "date_time" => Some((Role::Time, 50)),
                "content" | "text" => Some((Role::Message, 50)),
                _ => role_of(name).or_else(|| role_of(&lower)),
            };
            let Some((role, rank)) = found.filter(|(role, _)| *role != Role::Severity) else { continue };
            match taken.iter_mut().find(|(known, ..)| *known == role) {
                Some(held) if held.2 > rank => *held = (role, nth, rank),
                Some(_) => {}
                None => taken.push((role, nth, rank)),
            }
        }
        for (role, nth, _) in taken {
            if let Some(column) = self.columns.get_mut(nth) {
                column.1 = Some(role);
            }
        }
    }

    /// The record of a row; none when it has not as many cells as the header.
    pub(crate) fn row<'a>(&self, text: &'a str, calendar: &Calendar) -> Option<Line<'a>> {
        let cells = cells(text, self.between).filter(|cells| cells.len() == self.columns.len())?;
        let date = self.date.and_then(|nth| cells.get(nth)).map(|(cell, _)| cell.to_string());
        let mut line = Line::new(Format::Csv);
        let mut message = None;
        for ((name, role), (cell, quoted)) in self.columns.iter().zip(cells) {
            let cell = match place(&mut line, *role, cell, date.as_deref(), calendar) {
                None => continue,
                Some(cell) if *role == Some(Role::Message) => {
                    message = Some(cell);
                    continue;
                }
                Some(cell) => cell,
            };
            if cell.is_empty() && !quoted {
                continue;
            }
            let value = match cell {
                Cow::Borrowed(text) if !quoted => untyped(text),
                text => Value::Str(text),
            };
            line.record.fields.push((name.clone().into(), value));
        }
        line.record.message = message.unwrap_or_else(|| text.into());
        Some(line)
    }
}

/// Puts a cell into its core field, or gives it back when it does not fit there.
fn place<'a>(
    line: &mut Line<'a>,
    role: Option<Role>,
    cell: Cow<'a, str>,
    date: Option<&str>,
    calendar: &Calendar,
) -> Option<Cow<'a, str>> {
    let record = &mut line.record;
    let slot = match role {
        Some(Role::Time) => {
            let with_date = || {
                let text = format!("{} {cell}", date?);
                scan(text.as_bytes(), calendar).filter(|found| found.len == text.len()).map(|found| found.time)
            };
            record.time = with_date().or_else(|| text_value(&cell, calendar).map(|(time, _)| time));
            return record.time.is_none().then_some(cell);
        }
        Some(Role::Level) => {
            match (&cell, Level::known(&cell)) {
                (_, None) => return Some(cell),
                (Cow::Borrowed(text), _) => line.set_level(text),
                (_, level) => line.set_level_as(level),
            }
            return None;
        }
        Some(Role::Line) => {
            record.line = cell.parse().ok();
            return record.line.is_none().then_some(cell);
        }
        Some(Role::Duration) => {
            record.duration = cell.parse().ok().filter(|number: &f64| number.is_finite());
            return record.duration.is_none().then_some(cell);
        }
        other => other.and_then(|role| role.slot(record)),
    };
    let Some(slot) = slot else { return Some(cell) };
    if !cell.is_empty() {
        *slot = Some(cell);
    }
    None
}

/// Whether a quoted cell is still open at the end of the text.
pub(crate) fn is_open(text: &[u8]) -> bool {
    memchr::memchr_iter(b'"', text).count() % 2 == 1
}

/// The cells of a row and whether each was quoted; none when the quotes do not match.
fn cells(text: &str, between: u8) -> Option<Vec<(Cow<'_, str>, bool)>> {
    let mut cells = Vec::new();
    let mut rest = text;
    loop {
        let Some(inside) = rest.strip_prefix('"') else {
            let end = memchr::memchr(between, rest.as_bytes()).unwrap_or(rest.len());
            cells.push((rest.get(..end)?.into(), false));
            match rest.get(end + 1..) {
                Some(after) => rest = after,
                None => return Some(cells),
            }
            continue;
        };
        let (mut at, mut doubled) = (0, false);
        loop {
            at += memchr::memchr(b'"', inside.as_bytes().get(at..)?)?;
            if inside.as_bytes().get(at + 1) != Some(&b'"') {
                break;
            }
            doubled = true;
            at += 2;
        }
        let cell = inside.get(..at)?;
        cells.push((if doubled { Cow::Owned(cell.replace("\"\"", "\"")) } else { cell.into() }, true));
        match inside.as_bytes().get(at + 1) {
            None => return Some(cells),
            Some(byte) if *byte == between => rest = inside.get(at + 2..)?,
            Some(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_separators_quotes_and_line_ends() {
        let cells = cells("a,\"b,\"\"c\"\"\nd\",,", b',').unwrap();
        let texts: Vec<_> = cells.iter().map(|(cell, _)| cell.as_ref()).collect();
        assert_eq!(texts, ["a", "b,\"c\"\nd", "", ""]);
        assert_eq!(super::cells("a,\"b", b','), None);
    }

    #[test]
    fn a_header_is_told_from_prose() {
        assert!(Header::read("time,level,msg", false).is_some());
        assert!(Header::read("LineId;Time;Content", false).is_some());
        for text in ["hello, world", "1,2,3", "level", "a=1,b=2", "time: x, y"] {
            assert_eq!(Header::read(text, false), None, "{text}");
        }
    }
}
