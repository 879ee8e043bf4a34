//! Which words of a search to mark in what it found.

use crate::paint::{Ink, Paint};

/// Words to mark, in any case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Highlight(Vec<String>);

/// The field whose words stand in the message.
const MESSAGE: &str = "message";

impl Highlight {
    /// The words that `query` wants in a record's text. A guess for the eye: what it finds is not decided here.
    pub(crate) fn of(query: &str) -> Self {
        let mut words = Vec::new();
        let mut negated = false;
        for token in tokens(query) {
            match token.as_str() {
                "AND" | "OR" | "&&" | "||" => continue,
                "NOT" | "!" => {
                    negated = true;
                    continue;
                }
                _ => {}
            }
            let (field, text) = split_field(&token);
            let wanted = !negated && !token.starts_with(['-', '!', '/']) && field.is_none_or(|name| name == MESSAGE);
            negated = false;
            if wanted {
                let text = text.trim_matches('"');
                words.extend(text.split(['*', '?']).map(str::to_lowercase).filter(|word| word.chars().count() > 1));
            }
        }
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words.dedup();
        Self(words)
    }

    /// `text` with its words marked.
    pub(crate) fn mark(&self, text: &str, paint: Paint) -> String {
        if !paint.0 || self.0.is_empty() {
            return text.to_owned();
        }
        let lower = text.to_lowercase();
        if lower.len() != text.len() {
            return text.to_owned();
        }
        let mut marked = String::with_capacity(text.len() + 32);
        let mut at = 0;
        while let Some((start, end)) = self.next(&lower, at) {
            let (Some(before), Some(hit)) = (text.get(at..start), text.get(start..end)) else { break };
            marked.push_str(before);
            marked.push_str(&paint.put(Ink::Hit, hit));
            at = end;
        }
        marked.push_str(&text[at..]);
        marked
    }

    fn next(&self, lower: &str, from: usize) -> Option<(usize, usize)> {
        let rest = lower.get(from..)?;
        let hits = self.0.iter().filter_map(|word| rest.find(word).map(|at| (from + at, from + at + word.len())));
        hits.min_by_key(|(start, end)| (*start, std::cmp::Reverse(*end)))
    }
}

/// Words, quoted phrases and fields; brackets fall away.
fn tokens(query: &str) -> Vec<String> {
    let mut tokens = vec![String::new()];
    let mut quoted = false;
    for letter in query.chars() {
        if letter == '"' {
            quoted = !quoted;
        }
        let ends = !quoted && (letter.is_whitespace() || matches!(letter, '(' | ')'));
        match tokens.last_mut() {
            Some(last) if !ends => last.push(letter),
            _ => tokens.push(String::new()),
        }
    }
    tokens.retain(|token| !token.is_empty());
    tokens
}

fn split_field(token: &str) -> (Option<&str>, &str) {
    match token.split_once(':') {
        Some((field, text)) if !field.starts_with('"') => (Some(field), text),
        _ => (None, token),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wanted_words_only() {
        let words = |query| Highlight::of(query).0;
        assert_eq!(words("timeout level:error"), ["timeout"]);
        assert_eq!(words("NOT ok AND (오류 OR message:fail*)"), ["오류", "fail"]);
        assert_eq!(words("\"connection reset\" -debug a"), ["connection reset"]);
        assert!(words("").is_empty());
    }

    #[test]
    fn marks_in_any_case_and_keeps_the_text() {
        let marked = Highlight::of("time 오류").mark("TimeOut 오류가", Paint(true));
        assert_eq!(marked, "\u{1b}[1m\u{1b}[4m\u{1b}[33mTime\u{1b}[0mOut \u{1b}[1m\u{1b}[4m\u{1b}[33m오류\u{1b}[0m가");
        assert_eq!(Highlight::of("x").mark("İx", Paint(true)), "İx");
        assert_eq!(Highlight::of("time").mark("time", Paint(false)), "time");
    }
}
