//! A JSON object that is written over several lines, as `json.dumps(…, indent=2)` and `jq` do.

use crate::join::{MAX_BYTES, MAX_LINES};
use crate::line::Extent;

/// Where the object that begins at `at` ends: behind a `{` that stands alone come indented lines, then a `}` that stands
/// alone. Broken when the lines are no such thing, or when there are too many of them.
pub(crate) fn block(bytes: &[u8], at: usize, last: bool, max_line: usize) -> Extent {
    let mut here = at;
    for nth in 0..MAX_LINES {
        let rest = bytes.get(here..).unwrap_or_default();
        let (line, next) = match memchr::memchr(b'\n', rest) {
            Some(end) => (rest.get(..end).unwrap_or_default(), here + end + 1),
            None if last => (rest, bytes.len()),
            None if rest.len() > max_line + 1 => return Extent::Broken,
            None => return Extent::Unfinished,
        };
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = line.trim_ascii_end();
        let fits = line.len() <= max_line && next - at <= MAX_BYTES;
        match (nth, text) {
            _ if !fits => return Extent::Broken,
            (0, b"{") => {}
            (0, _) => return Extent::Broken,
            (_, b"}") => return Extent::Ends { end: here + line.len(), next },
            (_, text) if text.starts_with(b" ") || text.starts_with(b"\t") => {}
            _ => return Extent::Broken,
        }
        here = next;
    }
    Extent::Broken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, last: bool) -> Extent {
        block(text.as_bytes(), 0, last, 100)
    }

    #[test]
    fn an_object_ends_at_the_first_bracket_at_the_margin() {
        assert_eq!(found("{\n  \"a\": {\n  }\n}\nnext", false), Extent::Ends { end: 16, next: 17 });
        assert_eq!(found("{\r\n\t\"a\": 1\r\n}\r\n", false), Extent::Ends { end: 13, next: 15 });
        assert_eq!(found("{\n \"a\": 1\n}", true), Extent::Ends { end: 11, next: 11 });
        assert_eq!(found("{\n \"a\": 1\n}", false), Extent::Unfinished);
    }

    #[test]
    fn what_does_not_close_is_none() {
        for text in ["{\n \"a\": 1\n", "{\n", "{", "{\n\n}\n", "{\nx\n}\n", "{\"a\": 1}\n", "{\n \"a\": 1\nb\n}\n"] {
            assert_eq!(found(text, true), Extent::Broken, "{text:?}");
        }
        assert_eq!(found("{\n \"a\": 1\n", false), Extent::Unfinished);
        assert_eq!(found(&format!("{{\n {}", "x".repeat(200)), false), Extent::Broken);
        let long = format!("{{\n{}}}\n", " 1,\n".repeat(MAX_LINES));
        assert_eq!(found(&long, true), Extent::Broken);
    }
}
