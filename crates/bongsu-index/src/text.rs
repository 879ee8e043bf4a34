//! A text that is looked for in messages.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use memchr::memmem::Finder;

use crate::filter;
use crate::grams::Grams;
use crate::runs::{Known, MAX_SHAPES};
use crate::words::{grams, is_everywhere, is_word, word_key, words};

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
    /// What is known of the templates of a store, by the pieces that can be in variables.
    memo: Mutex<HashMap<u64, Vec<Option<(bool, bool)>>>>,
}

/// What of the text stands between two white spaces.
#[derive(Debug)]
struct Piece {
    text: Box<[u8]>,
    grams: Vec<u32>,
    /// Keys of the words that are whole.
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
            let is_whole = |(at, word): &(usize, &[u8])| {
                (*at > 0 || free_before) && (at + word.len() < text.len() || free_behind) && !is_everywhere(word)
            };
            let mut found = Vec::new();
            grams(text, |gram| found.push(gram));
            Piece {
                text: Box::from(*text),
                grams: found,
                words: words(text).filter(is_whole).map(|(_, word)| word_key(word)).collect(),
            }
        };
        Self {
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

    /// Which pieces can be in variables, one bit each; those past 64 can.
    pub(crate) fn in_variables(&self, words: &[u8], grams: &Grams) -> u64 {
        let can = |piece: &Piece| {
            piece.grams.iter().all(|gram| grams.has(*gram))
                && piece.words.iter().all(|key| filter::may_hold(words, *key))
        };
        self.pieces
            .iter()
            .take(64)
            .enumerate()
            .filter(|(_, piece)| can(piece))
            .fold(0, |bits, (nth, _)| bits | 1 << nth)
    }

    /// For each template whether it can have the text, and whether it surely does. A template is looked at once for all
    /// groups.
    pub(crate) fn judge(&self, templates: &[Known], in_variables: u64) -> Vec<(bool, bool)> {
        let mut memo = self.memo.lock().unwrap_or_else(PoisonError::into_inner);
        let memo = memo.entry(in_variables).or_default();
        let judge = |known: &Known| {
            if known.number >= MAX_SHAPES {
                return known.shape.judge(self, in_variables);
            }
            if memo.len() <= known.number {
                memo.resize(known.number + 1, None);
            }
            *memo[known.number].get_or_insert_with(|| known.shape.judge(self, in_variables))
        };
        templates.iter().map(judge).collect()
    }

    /// Whether the text can be in a segment, and whether it surely is. `first` and `last` say that the message begins and
    /// ends with the segment.
    pub(crate) fn in_segment(&self, text: &[u8], lower: &[u8], first: bool, last: bool) -> (bool, bool) {
        let may = self.found(&self.lower, lower, true, true);
        let must = may
            && match &self.exact {
                Some(exact) => self.found(exact, text, first, last),
                None => self.found(&self.lower, lower, first, last),
            };
        (may, must)
    }

    /// Whether the text is in `segment`; `first` and `last` say that nothing can touch it at the segment's ends.
    fn found(&self, finder: &Finder<'_>, segment: &[u8], first: bool, last: bool) -> bool {
        let len = finder.needle().len();
        let mut from = 0;
        while let Some(at) = segment.get(from..).and_then(|rest| finder.find(rest)).map(|at| from + at) {
            let before = at.checked_sub(1).map_or(first, |before| !is_word(segment[before]));
            let behind = segment.get(at + len).map_or(last, |byte| !is_word(*byte));
            if (before || !self.whole.0) && (behind || !self.whole.1) {
                return true;
            }
            from = at + 1;
        }
        false
    }
}
