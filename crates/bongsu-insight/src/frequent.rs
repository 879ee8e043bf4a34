//! Which messages come most often.

use std::cmp::Reverse;
use std::collections::HashMap;

/// Characters of a message that are shown and that tell messages apart.
const SHOWN: usize = 100;
/// Different messages that are counted at once: at most about 200 MB.
const KEPT: usize = 500_000;

/// Counts messages by their first 100 characters.
///
/// Exact up to half a million different messages; past that, those seen only once so far are forgotten to make room,
/// and [`Frequent::exact`] says so.
#[derive(Debug)]
pub(crate) struct Frequent {
    counts: HashMap<Box<str>, u64>,
    limit: usize,
    exact: bool,
}

impl Default for Frequent {
    fn default() -> Self {
        Self::with_limit(KEPT)
    }
}

impl Frequent {
    fn with_limit(limit: usize) -> Self {
        Self { counts: HashMap::new(), limit, exact: true }
    }

    pub(crate) fn push(&mut self, message: &str) {
        let shown = shown(message);
        if let Some(count) = self.counts.get_mut(shown) {
            *count += 1;
            return;
        }
        let mut floor = 1;
        while self.counts.len() >= self.limit {
            self.exact = false;
            self.counts.retain(|_, count| *count > floor);
            floor *= 2;
        }
        self.counts.insert(shown.into(), 1);
    }

    /// Whether no message had to be forgotten.
    pub(crate) fn exact(&self) -> bool {
        self.exact
    }

    /// The `n` most frequent messages; of equally frequent ones those that come first in the order of their characters.
    pub(crate) fn top(self, n: usize) -> Vec<(Box<str>, u64)> {
        let mut all: Vec<_> = self.counts.into_iter().collect();
        let order = |(text, count): &(Box<str>, u64)| (Reverse(*count), text.clone());
        if all.len() > n {
            all.select_nth_unstable_by(n, |a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            all.truncate(n);
        }
        all.sort_by_cached_key(order);
        all
    }
}

/// A message as it is shown: its first line that is not blank, cut at [`SHOWN`] characters.
pub(crate) fn shown(message: &str) -> &str {
    let line = message.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    cut(line, SHOWN)
}

/// The first `limit` characters of `text`.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    text.char_indices().nth(limit).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters_not_bytes() {
        let long = "연결 오류 ".repeat(40);
        assert_eq!(shown(&long).chars().count(), 100);
        assert_eq!(cut("가나다", 3), "가나다");
        assert_eq!(cut("가나다", 2), "가나");
    }

    #[test]
    fn a_traceback_is_known_by_its_first_line() {
        assert_eq!(shown("\nboom\nTraceback (most recent call last):"), "boom");
        assert_eq!(shown(""), "");
    }

    #[test]
    fn ties_are_in_the_order_of_their_characters() {
        let mut frequent = Frequent::default();
        for message in ["b", "c", "a", "c", "d"] {
            frequent.push(message);
        }
        assert!(frequent.exact());
        let top: Vec<_> = frequent.top(3).into_iter().map(|(text, count)| format!("{text}{count}")).collect();
        assert_eq!(top, ["c2", "a1", "b1"]);
    }

    #[test]
    fn past_the_limit_the_rare_make_room() {
        let mut frequent = Frequent::with_limit(4);
        for n in 0..20 {
            frequent.push("often");
            frequent.push(&n.to_string());
        }
        assert!(!frequent.exact());
        assert_eq!(frequent.top(1), [("often".into(), 20)]);

        let mut level = Frequent::with_limit(2);
        for message in ["a", "a", "b", "b", "c"] {
            level.push(message);
        }
        assert_eq!(level.top(9), [("c".into(), 1)]);
    }
}
