//! A text that is looked for in messages.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use memchr::memmem::Finder;

use crate::filter;
use crate::grams::Grams;
use crate::runs::Known;
use crate::shape::BETWEEN;
use crate::words::{grams, is_word, part_pair_key, term_key, terms};

/// A text that is looked for in messages, ready to be judged by what is known of row groups.
#[derive(Debug)]
pub struct TextAsk {
    /// In lower case.
    lower: Finder<'static>,
    /// As it must be found; none when any case will do.
    exact: Option<Finder<'static>>,
    /// Whether no letter, digit or `_` may touch it before and behind.
    whole: (bool, bool),
    pieces: Vec<Piece>,
    /// The numbers of each piece and the next one, as tokens next to each other; none where any can be.
    pairs: Vec<Option<u64>>,
    /// What is known of the templates of a store, by the pieces that can be in variables.
    memo: Mutex<HashMap<InVariables, Judgements>>,
}

/// For each template, by its number: whether it can have the text, and whether it surely does.
type Judgements = Vec<Option<(bool, bool)>>;

/// Which pieces of a text can be in variables, one bit each; those past 64 can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct InVariables {
    pub(crate) pieces: u64,
    /// Whether a piece and the next one can be in two variables next to each other.
    pub(crate) pairs: u64,
}

/// What of the text stands between two white spaces.
#[derive(Debug)]
struct Piece {
    text: Box<[u8]>,
    grams: Vec<u32>,
    /// Keys of the terms that are whole.
    words: Vec<u64>,
}

impl TextAsk {
    /// `text`, which is not empty, as a part of messages, in any ASCII case or just as it is. `whole` says whether it must
    /// not be touched by a letter, digit or `_` before and behind.
    pub fn new(text: &str, any_case: bool, whole: (bool, bool)) -> Self {
        let lower = text.to_ascii_lowercase();
        let parts: Vec<&[u8]> = lower.as_bytes().split(u8::is_ascii_whitespace).collect();
        let count = parts.len();
        let piece = |(nth, text): (usize, &&[u8])| {
            let (free_before, free_behind) = (nth > 0 || whole.0, nth + 1 < count || whole.1);
            let is_whole =
                |at: usize, word: &[u8]| (at > 0 || free_before) && (at + word.len() < text.len() || free_behind);
            let mut found = Vec::new();
            grams(text, |gram| found.push(gram));
            Piece {
                text: Box::from(*text),
                grams: found,
                words: terms(text).filter(|(at, term)| is_whole(*at, term)).map(|(_, term)| term_key(term)).collect(),
            }
        };
        let pair = |nth: usize| part_pair_key((parts[nth], nth > 0), (parts[nth + 1], nth + 2 < count));
        Self {
            pairs: (0..count - 1).map(pair).collect(),
            pieces: parts.iter().enumerate().map(piece).collect(),
            exact: (!any_case).then(|| Finder::new(text).into_owned()),
            lower: Finder::new(&lower).into_owned(),
            whole,
            memo: Mutex::default(),
        }
    }

    pub(crate) fn pieces(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.pieces.iter().map(|piece| &*piece.text)
    }

    /// Which pieces can be in variables.
    pub(crate) fn in_variables(&self, words: &[u8], grams: &Grams) -> InVariables {
        let can = |piece: &Piece| {
            piece.grams.iter().all(|gram| grams.has(*gram))
                && piece.words.iter().all(|key| filter::may_hold(words, *key))
        };
        let together = |key: &Option<u64>| key.is_none_or(|key| filter::may_hold(words, key));
        InVariables { pieces: bits(self.pieces.iter().map(can)), pairs: bits(self.pairs.iter().map(together)) }
    }

    /// For each template whether it can have the text, and whether it surely does. What is known of a template, and of the
    /// letters in its variables, is worked out once for all groups.
    pub(crate) fn judge(&self, templates: &[Known], in_variables: InVariables) -> Vec<(bool, bool)> {
        let mut memo = self.memo.lock().unwrap_or_else(PoisonError::into_inner);
        let memo = memo.entry(in_variables).or_default();
        let judge = |known: &Known| {
            let judge = || known.shape.judge(self, in_variables, &known.letters);
            let Some(number) = known.number else { return judge() };
            if memo.len() <= number {
                memo.resize(number + 1, None);
            }
            *memo[number].get_or_insert_with(judge)
        };
        templates.iter().map(judge).collect()
    }

    /// Whether the text can be among the fixed texts of a template, and whether it surely is. `ends` says that a message
    /// ends with the last of them.
    pub(crate) fn in_fixed(&self, fixed: &[u8], lower: &[u8], ends: bool) -> (bool, bool) {
        let may = self.found(&self.lower, lower, None);
        let must = may
            && match &self.exact {
                Some(exact) => self.found(exact, fixed, Some(ends)),
                None => self.found(&self.lower, lower, Some(ends)),
            };
        (may, must)
    }

    /// Whether the text is in `fixed`. With `ends`, only where it is known that nothing touches it that must not: what is next
    /// to a variable may be touched by it.
    fn found(&self, finder: &Finder<'_>, fixed: &[u8], ends: Option<bool>) -> bool {
        let len = finder.needle().len();
        let free = |byte: u8| if byte == BETWEEN { ends.is_none() } else { !is_word(byte) };
        let mut from = 0;
        while let Some(at) = fixed.get(from..).and_then(|rest| finder.find(rest)).map(|at| from + at) {
            let before = at.checked_sub(1).is_none_or(|before| free(fixed[before]));
            let behind = fixed.get(at + len).map_or(ends.unwrap_or(true), |byte| free(*byte));
            if (before || !self.whole.0) && (behind || !self.whole.1) {
                return true;
            }
            from = at + 1;
        }
        false
    }
}

/// One bit for each of the first 64 that is true.
fn bits(all: impl Iterator<Item = bool>) -> u64 {
    all.take(64).enumerate().filter(|(_, set)| *set).fold(0, |bits, (nth, _)| bits | 1 << nth)
}
