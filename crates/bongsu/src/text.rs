//! Small arts of text: widths, numbers, bytes, times, bars.

use std::borrow::Cow;

use bongsu_model::Timestamp;
use jiff::tz::TimeZone;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that `text` takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// `text` with spaces behind it up to `columns`.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` with spaces before it up to `columns`.
pub(crate) fn pad_left(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` in at most `columns`, `…` at its end when something was cut.
pub(crate) fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut taken = 0;
    let kept: String = text
        .chars()
        .take_while(|letter| {
            taken += letter.width().unwrap_or(0);
            taken < columns
        })
        .collect();
    Cow::Owned(if columns == 0 { String::new() } else { format!("{kept}…") })
}

/// `text` on lines of at most `columns`, broken at spaces where there are any.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().map_or(0, |line| width(line));
        if line > 0 && line + 1 + width(word) > columns {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

/// `text` on one line: control characters as spaces or escapes, so that a log cannot steer the terminal.
pub(crate) fn tame(text: &str) -> Cow<'_, str> {
    let wild = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\t');
    if !text.contains(wild) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|letter| if wild(letter) { '\u{fffd}' } else { letter }).collect())
}

/// `1234567` → `1,234,567`.
pub(crate) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1536` → `1.5 kB`; units of 1,000 bytes.
pub(crate) fn bytes(value: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if value < 1_000 {
        return format!("{value} B");
    }
    let mut scaled = value as f64 / 1_000.0;
    let mut unit = 0;
    while scaled >= 999.95 && unit + 1 < UNITS.len() {
        scaled /= 1_000.0;
        unit += 1;
    }
    format!("{scaled:.1} {}", UNITS[unit])
}

/// `0.0421` → `42.1 ms`, `75.3` → `1 m 15 s`.
pub(crate) fn seconds(value: f64) -> String {
    if value < 0.001 {
        format!("{:.0} µs", value * 1e6)
    } else if value < 1.0 {
        format!("{:.1} ms", value * 1e3)
    } else if value < 60.0 {
        format!("{value:.2} s")
    } else {
        format!("{:.0} m {:.0} s", (value / 60.0).floor(), value % 60.0)
    }
}

/// `time` for people: local, to the millisecond.
pub(crate) fn local(time: Timestamp, zone: &TimeZone) -> String {
    time.to_jiff().to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

/// `share` of `columns` as a bar of eighths of a column; a share above nothing shows at least a sliver.
pub(crate) fn bar(share: f64, columns: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * columns as f64 * 8.0).round() as usize;
    let eighths = if share > 0.0 { eighths.max(1) } else { 0 };
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

/// One line of CSV (RFC 4180), its line end included.
pub(crate) fn csv_line(cells: &[String]) -> String {
    let quoted = |cell: &String| {
        if cell.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
    };
    let mut line = cells.iter().map(quoted).collect::<Vec<_>>().join(",");
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn korean_letters_take_two_columns() {
        assert_eq!(width("로그 a"), 6);
        assert_eq!(pad("로그", 6), "로그  ");
        assert_eq!(fit("로그 수집", 5), "로그…");
        assert_eq!(fit("abc", 3), "abc");
        assert_eq!(wrap("오류가 많습니다 합니다", 15), ["오류가 많습니다", "합니다"]);
    }

    #[test]
    fn amounts_read_well() {
        assert_eq!(["0", "999", "1,000", "1,234,567"], [0, 999, 1_000, 1_234_567].map(number).each_ref().map(|s| &**s));
        assert_eq!([bytes(999), bytes(1_536), bytes(999_960_000)], ["999 B", "1.5 kB", "1.0 GB"]);
        assert_eq!([seconds(0.000_02), seconds(0.0421), seconds(75.3)], ["20 µs", "42.1 ms", "1 m 15 s"]);
    }

    #[test]
    fn bars_are_as_long_as_their_share() {
        assert_eq!(bar(1.0, 4), "████");
        assert_eq!(bar(0.5, 1), "▌");
        assert_eq!(bar(0.000_1, 10), "▏");
        assert_eq!(bar(0.0, 10), "");
    }

    #[test]
    fn a_log_cannot_steer_the_terminal() {
        assert_eq!(tame("a\u{1b}[2Jb\r"), "a\u{fffd}[2Jb\u{fffd}");
        assert_eq!(tame("a\tb\nc"), "a\tb\nc");
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        assert_eq!(csv_line(&["a".into(), "b,c".into(), "d\"e".into()]), "a,\"b,c\",\"d\"\"e\"\n");
    }
}
