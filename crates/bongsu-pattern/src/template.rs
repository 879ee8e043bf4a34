//! A template: fixed text with places for variables, and its id.

use std::fmt;
use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

use crate::bytes::{REST, VARIABLE};

/// How a variable is written in a template's text.
const VARIABLE_TEXT: &str = "<*>";
/// How the rest is written, at the end of a template's text.
const REST_TEXT: &str = "<...>";

/// The id of a template: made from its text alone, above 0, the same on every machine and for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TemplateId(i64);

impl TemplateId {
    /// The id of the template with this text.
    pub fn of(text: &str) -> Self {
        let hash = xxh3_64(text.as_bytes()) & (u64::MAX >> 1);
        Self(hash.max(1) as i64)
    }

    /// The number as it is stored.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for TemplateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What is fixed in a group of messages, and where they vary.
///
/// ```
/// use bongsu_pattern::Template;
///
/// let template = Template::parse("user <*> logged in, took <*>ms");
/// assert_eq!(template.segments().collect::<Vec<_>>(), ["user ", " logged in, took ", "ms"]);
/// assert!(template.matches("user alice logged in, took 5ms"));
/// assert!(!template.matches("user alice and bob logged in, took 5ms"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    id: TemplateId,
    text: Box<str>,
    /// Where in `text` the fixed texts lie: one more than there are variables and rest.
    segments: Box<[Range<u32>]>,
    rest: bool,
}

impl Template {
    /// The template with this text; every text is one.
    ///
    /// `<*>` is a variable wherever it stands, `<...>` is the rest where it ends the text and fixed text elsewhere.
    pub fn parse(text: &str) -> Self {
        let body = text.strip_suffix(REST_TEXT);
        let end = body.unwrap_or(text).len();
        let mut segments = Vec::new();
        let mut start = 0;
        for (at, found) in text[..end].match_indices(VARIABLE_TEXT) {
            segments.push(start as u32..at as u32);
            start = at + found.len();
        }
        segments.push(start as u32..end as u32);
        if body.is_some() {
            segments.push(text.len() as u32..text.len() as u32);
        }
        Self { id: TemplateId::of(text), text: text.into(), segments: segments.into(), rest: body.is_some() }
    }

    /// Its id.
    pub fn id(&self) -> TemplateId {
        self.id
    }

    /// Its text, for people: `Failed password for <*> from <*> port <*> ssh2`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The fixed texts: before, between and behind the variables and the rest. The first and the last may be empty.
    pub fn segments(&self) -> impl ExactSizeIterator<Item = &str> {
        self.segments.iter().map(|range| &self.text[range.start as usize..range.end as usize])
    }

    /// Whether it ends with the rest: messages may go on with anything.
    pub fn has_rest(&self) -> bool {
        self.rest
    }

    /// Its tokens, as white space separates them in the text, the rest left out.
    ///
    /// A message of this template has the same tokens at the same positions where they hold no variable.
    pub fn tokens(&self) -> impl Iterator<Item = Token<'_>> {
        let end = self.text.len() - if self.rest { REST_TEXT.len() } else { 0 };
        self.text[..end].split_ascii_whitespace().map(Token)
    }

    /// Whether `message` is the fixed texts with variables between them, by trying every way: slow, to check the others.
    pub fn matches(&self, message: &str) -> bool {
        let pattern = self.pattern();
        // reached[i]: the first i bytes of the pattern can be what has been read.
        let mut reached = vec![false; pattern.len() + 1];
        reached[0] = true;
        let skip = |reached: &mut Vec<bool>| {
            for (at, &byte) in pattern.iter().enumerate() {
                if reached[at] && matches!(byte, VARIABLE | REST) {
                    reached[at + 1] = true;
                }
            }
        };
        skip(&mut reached);
        for &byte in message.as_bytes() {
            let mut next = vec![false; pattern.len() + 1];
            for (at, &expected) in pattern.iter().enumerate() {
                match expected {
                    REST => next[at] |= reached[at],
                    VARIABLE => next[at] |= reached[at] && !byte.is_ascii_whitespace(),
                    _ => next[at + 1] |= reached[at] && expected == byte,
                }
            }
            skip(&mut next);
            reached = next;
        }
        reached.last().is_some_and(|&all| all)
    }

    /// The template as bytes: [`VARIABLE`] and [`REST`] for the markers.
    pub(crate) fn pattern(&self) -> Vec<u8> {
        let mut pattern = Vec::with_capacity(self.text.len());
        let last = self.segments.len() - 1;
        for (at, segment) in self.segments().enumerate() {
            pattern.extend_from_slice(segment.as_bytes());
            if at < last {
                pattern.push(if self.rest && at + 1 == last { REST } else { VARIABLE });
            }
        }
        pattern
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The text of the template that is these bytes.
pub(crate) fn text_of(pattern: &[u8]) -> String {
    let mut text = Vec::with_capacity(pattern.len() + 16);
    for &byte in pattern {
        match byte {
            VARIABLE => text.extend_from_slice(VARIABLE_TEXT.as_bytes()),
            REST => text.extend_from_slice(REST_TEXT.as_bytes()),
            byte => text.push(byte),
        }
    }
    String::from_utf8(text).unwrap_or_else(|_| REST_TEXT.to_owned())
}

/// A token of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a>(&'a str);

impl<'a> Token<'a> {
    /// As it stands in the template's text, `<*>` included.
    pub fn text(self) -> &'a str {
        self.0
    }

    /// Whether it holds a variable.
    pub fn varies(self) -> bool {
        self.0.contains(VARIABLE_TEXT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_for_ever() {
        assert_eq!(TemplateId::of("").get(), 3_244_421_341_483_603_138);
        assert_eq!(TemplateId::of("user <*> logged in").get(), TemplateId::of("user <*> logged in").get());
        assert_ne!(TemplateId::of("a"), TemplateId::of("b"));
    }

    #[test]
    fn segments_of_a_text() {
        let segments = |text| Template::parse(text).segments().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(segments(""), [""]);
        assert_eq!(segments("<*>"), ["", ""]);
        assert_eq!(segments("a<*><*>"), ["a", "", ""]);
        assert_eq!(segments("<<*>*>"), ["<", "*>"]);
        assert_eq!(segments("a <...> b<...>"), ["a <...> b", ""]);
        assert_eq!(segments("<*<...>"), ["<*", ""]);
    }

    #[test]
    fn tokens_say_whether_they_vary() {
        let template = Template::parse("took  <*>ms for x\n<...>");
        let tokens: Vec<_> = template.tokens().map(|token| (token.text(), token.varies())).collect();
        assert_eq!(tokens, [("took", false), ("<*>ms", true), ("for", false), ("x", false)]);
        assert!(template.has_rest());
    }

    #[test]
    fn matching_tries_every_way() {
        for (text, message, expected) in [
            ("", "", true),
            ("", "x", false),
            ("a<*>b<*>b", "aXbYbZb", true),
            ("a <*>", "a ", true),
            ("a <*>", "a b c", false),
            ("a<...>", "a\nb c", true),
            ("<...>", "", true),
            ("<*>:<*> x", "::: x", true),
        ] {
            assert_eq!(Template::parse(text).matches(message), expected, "{text} {message}");
        }
    }
}
