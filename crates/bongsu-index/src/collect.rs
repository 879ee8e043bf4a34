//! Gathers the words and grams of variables.

use xxhash_rust::xxh3::xxh3_64;

use crate::filter;
use crate::grams::Grams;
use crate::words::{grams, pair_key, term_key, terms};

/// Hashes of what came lately, so that what comes again and again is looked at once. A power of two.
const LATELY: usize = 1 << 15;

/// Words and grams of a row group.
#[derive(Debug)]
pub(crate) struct Collect {
    keys: Vec<u64>,
    grams: Grams,
    tokens: Lately,
    words: Lately,
    lower: Vec<u8>,
}

/// Remembers some of the hashes that it has seen.
#[derive(Debug)]
struct Lately(Box<[u64]>);

impl Lately {
    fn new() -> Self {
        Self(vec![0; LATELY].into_boxed_slice())
    }

    /// Whether `hash` was seen lately; from now on it was.
    fn saw(&mut self, hash: u64) -> bool {
        std::mem::replace(&mut self.0[hash as usize % LATELY], hash) == hash && hash != 0
    }
}

impl Collect {
    pub(crate) fn new() -> Self {
        Self { keys: vec![], grams: Grams::default(), tokens: Lately::new(), words: Lately::new(), lower: vec![] }
    }

    /// Adds a part of a message that has variables.
    pub(crate) fn add(&mut self, text: &str) {
        for token in text.split_ascii_whitespace() {
            if !self.tokens.saw(xxh3_64(token.as_bytes())) {
                self.add_token(token.as_bytes());
            }
        }
    }

    /// Adds two tokens with variables that stand next to each other.
    pub(crate) fn add_pair(&mut self, one: &str, two: &str) {
        if let Some(key) = pair_key(one.as_bytes(), two.as_bytes())
            && !self.words.saw(key)
        {
            self.keys.push(key);
        }
    }

    fn add_token(&mut self, token: &[u8]) {
        self.lower.clear();
        self.lower.extend_from_slice(token);
        self.lower.make_ascii_lowercase();
        grams(&self.lower, |gram| self.grams.add(gram));
        for (_, term) in terms(&self.lower) {
            let key = term_key(term);
            if !self.words.saw(key) {
                self.keys.push(key);
            }
        }
    }

    /// The filter of the words, and the grams.
    pub(crate) fn finish(mut self) -> (Vec<u8>, Vec<u8>) {
        (filter::encode(&mut self.keys), self.grams.bytes().to_vec())
    }
}
