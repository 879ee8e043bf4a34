//! Where a value ends that stands behind a name.

use std::ops::Range;

/// The value that belongs to a name which ends at `at`, without its quotes. One without quotes ends at the next space; behind
/// a colon at the next comma or line, where values may be `spaced`.
pub(super) fn behind(text: &str, at: usize, spaced: bool) -> Option<Range<usize>> {
    let rest = text[at..].trim_start_matches(['"', '\'', '\\']).trim_start();
    let spaced = spaced && rest.starts_with(':');
    let rest = rest.strip_prefix([':', '='])?;
    let rest = rest.strip_prefix('>').unwrap_or(rest).trim_start_matches([' ', '\t']);
    let start = text.len() - rest.len();
    if rest.is_empty() {
        return None;
    }
    if let Some((opening, quote)) = quote_at(rest) {
        let start = start + opening + quote.len_utf8();
        return Some(start..closing_quote(text, start, opening, quote));
    }
    let end = start + text[start..bare_end(text, start, spaced)].trim_end().len();
    (start < end).then_some(start..end)
}

/// The number of backslashes before the quote that `text` begins with, and the quote.
pub(super) fn quote_at(text: &str) -> Option<(usize, char)> {
    let unescaped = text.trim_start_matches('\\');
    let quote = unescaped.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Some((text.len() - unescaped.len(), quote))
}

/// Where the text ends that began behind a quote with `escapes` backslashes: before the next that has no more of them.
pub(super) fn closing_quote(text: &str, start: usize, escapes: usize, quote: char) -> usize {
    let mut backslashes = 0;
    for (offset, c) in text[start..].char_indices() {
        if c == quote && backslashes <= escapes {
            return start + offset - backslashes;
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
    }
    text.len()
}

/// Where a value without quotes ends; what is in brackets belongs to it.
fn bare_end(text: &str, start: usize, spaced: bool) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        match c {
            '"' => {
                if depth == 0 && at > start {
                    return at;
                }
                at = closing_quote(text, at + 1, 0, '"');
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' | '\n' | ',' | ';' | '&' if depth == 0 => return at,
            ')' | ']' | '}' => depth -= 1,
            _ if depth == 0 && !spaced && c.is_whitespace() => return at,
            _ => {}
        }
        at += c.len_utf8();
    }
    text.len()
}
