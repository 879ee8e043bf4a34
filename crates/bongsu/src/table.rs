//! Tables for people, and the same rows as CSV.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, LineStyle};

use crate::console::{Console, OutputFormat};
use crate::fault::Fault;
use crate::paint::Ink;
use crate::text::csv_line;

/// Rows under headings. On a terminal long cells wrap at its width; elsewhere nothing is cut or wrapped.
#[derive(Debug, Default)]
pub(crate) struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    numbers: Vec<usize>,
}

impl Table {
    /// A table with these headings.
    pub(crate) fn new(header: Vec<String>) -> Self {
        Self { header, ..Self::default() }
    }

    /// A table of names and values.
    pub(crate) fn without_header() -> Self {
        Self::default()
    }

    /// Columns that hold numbers: they stand at the right.
    #[must_use]
    pub(crate) fn numbers(mut self, columns: &[usize]) -> Self {
        self.numbers = columns.to_vec();
        self
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Writes the table to standard output, as CSV when that was asked for.
    pub(crate) fn write(&self, console: &Console) -> Result<(), Fault> {
        if console.format == OutputFormat::Csv {
            let header = (!self.header.is_empty()).then_some(&self.header);
            return header.into_iter().chain(&self.rows).try_for_each(|row| console.bytes(csv_line(row).as_bytes()));
        }
        for (nth, line) in self.lines(console.width).iter().enumerate() {
            let ink = if nth == 0 && !self.header.is_empty() { Ink::Title } else { Ink::Plain };
            console.line(&console.paint.put(ink, line))?;
        }
        Ok(())
    }

    /// The table's lines, at most `width` columns wide when that is given.
    pub(crate) fn lines(&self, width: Option<usize>) -> Vec<String> {
        let mut table = comfy_table::Table::new();
        let style = NOTHING.header_separator(LineStyle::none().fill('─'));
        table.load_style(style).force_no_tty();
        if !self.header.is_empty() {
            table.set_header(self.header.clone());
        }
        table.add_rows(self.rows.clone());
        if let Some(width) = width {
            table.set_content_arrangement(ContentArrangement::Dynamic);
            table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
        }
        let last = table.column_count().saturating_sub(1);
        for nth in 0..=last {
            let Some(column) = table.column_mut(nth) else { continue };
            column.set_padding((0, if nth == last { 0 } else { 2 }));
            if self.numbers.contains(&nth) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.lines().map(|line| line.trim_end().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::width;

    fn sample() -> Table {
        let mut table = Table::new(vec!["name".into(), "rows".into()]).numbers(&[1]);
        table.row(vec!["로그".into(), "1".into()]);
        table.row(vec!["a rather long name that does not fit".into(), "1,234".into()]);
        table
    }

    #[test]
    fn numbers_stand_at_the_right_and_wide_letters_count_double() {
        let lines = sample().lines(None);
        assert_eq!(lines[0], "name                                   rows");
        assert_eq!(lines[2], "로그                                      1");
    }

    #[test]
    fn fits_the_terminal_and_loses_nothing() {
        let lines = sample().lines(Some(30));
        assert!(lines.iter().all(|line| width(line) <= 30), "{lines:#?}");
        let text = lines.join(" ");
        for word in ["rather", "does", "fit", "1,234"] {
            assert!(text.contains(word), "{word}");
        }
    }
}
