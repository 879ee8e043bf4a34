//! What a mistyped word was meant to be.

/// Longer words are not compared: no key is so long.
const LONGEST: usize = 64;

/// The word of `known` that `word` is most like, if it is like one. A word that has the same last part counts, too.
pub(super) fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str> + Clone) -> Option<&'k str> {
    if word.len() > LONGEST {
        return None;
    }
    let word = word.to_lowercase().replace('-', "_");
    let like = known
        .clone()
        .map(|name| (distance(&word, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= name.len().min(word.len()) / 3 + 1)
        .min();
    let last = |name: &str| name.rsplit('.').next().map(str::to_owned);
    like.map(|(_, name)| name).or_else(|| known.into_iter().find(|name| last(name) == last(&word)))
}

/// Edits between two words (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (nth, x) in a.chars().enumerate() {
        let mut left = nth + 1;
        let mut corner = nth;
        for (place, y) in row.iter_mut().zip(std::iter::once(None).chain(b.chars().map(Some))) {
            let Some(y) = y else {
                *place = left;
                continue;
            };
            let change = corner + usize::from(x != y);
            corner = *place;
            left = change.min(*place + 1).min(left + 1);
            *place = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (a, b, edits) in [
            ("", "", 0),
            ("a", "", 1),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("level", "levle", 2),
            ("봉수", "봉화", 1),
        ] {
            assert_eq!(distance(a, b), edits, "{a} {b}");
            assert_eq!(distance(b, a), edits, "{b} {a}");
        }
    }

    #[test]
    fn a_mistyped_word_is_like_one_and_another_word_is_like_none() {
        let known = ["console.level", "console.layout", "rotation.size", "zone"];
        let like = |word: &str| nearest(word, known.into_iter());
        assert_eq!(like("console.levle"), Some("console.level"));
        assert_eq!(like("Console-Level"), Some("console.level"));
        assert_eq!(like("size"), Some("rotation.size"));
        assert_eq!(like("database"), None);
        assert_eq!(like(&"z".repeat(1_000)), None);
    }
}
