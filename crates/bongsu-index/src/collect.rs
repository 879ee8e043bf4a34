//! Gathers the words and grams of variables.

use xxhash_rust::xxh3::xxh3_64;

use crate::filter;
use crate::grams::Grams;
use crate::words::{grams_and_terms, lower_term_key, pair_key};

/// Hashes of what came lately, so that what comes again and again is looked at once. A power of two.
const LATELY: usize = 1 << 15;
/// What waits to be looked up. The hashes do not fit into the nearest caches: many look-ups in a row, with no decision that
/// hangs on one before the next begins, wait for memory together.
const AT_ONCE: usize = 256;

/// Words and grams of a row group.
#[derive(Debug)]
pub(crate) struct Collect<'a> {
    keys: Vec<u64>,
    grams: Grams,
    tokens: Lately,
    words: Lately,
    /// Tokens that were not looked up yet, with their hashes.
    waiting: Vec<(u64, &'a str)>,
    /// Words that were not looked up yet.
    found: Vec<u64>,
    lower: Vec<u8>,
}

/// Remembers some of the hashes that it has seen.
#[derive(Debug)]
struct Lately(Box<[u64]>);

impl Lately {
    fn new() -> Self {
        Self(vec![0; LATELY].into_boxed_slice())
    }

    /// Leaves of `items` those that were not seen lately; from now on they were.
    fn leave_new<T: Copy>(&mut self, items: &mut Vec<T>, hash_of: impl Fn(T) -> u64) {
        let mut left = 0;
        for at in 0..items.len() {
            let item = items[at];
            let hash = hash_of(item);
            let before = std::mem::replace(&mut self.0[hash as usize % LATELY], hash);
            items[left] = item;
            left += usize::from(before != hash || hash == 0);
        }
        items.truncate(left);
    }
}

impl<'a> Collect<'a> {
    pub(crate) fn new() -> Self {
        Self {
            keys: vec![],
            grams: Grams::default(),
            tokens: Lately::new(),
            words: Lately::new(),
            waiting: Vec::with_capacity(AT_ONCE),
            found: Vec::with_capacity(2 * AT_ONCE),
            lower: vec![],
        }
    }

    /// Adds a part of a message that has variables.
    pub(crate) fn add(&mut self, text: &'a str) {
        for token in text.split_ascii_whitespace() {
            self.waiting.push((xxh3_64(token.as_bytes()), token));
            if self.waiting.len() == AT_ONCE {
                self.look_up();
            }
        }
    }

    /// Adds two tokens with variables that stand next to each other.
    pub(crate) fn add_pair(&mut self, one: &str, two: &str) {
        self.found.extend(pair_key(one.as_bytes(), two.as_bytes()));
    }

    fn look_up(&mut self) {
        let mut waiting = std::mem::take(&mut self.waiting);
        self.tokens.leave_new(&mut waiting, |(hash, _)| hash);
        for (_, token) in waiting.drain(..) {
            self.add_token(token.as_bytes());
        }
        self.waiting = waiting;
        self.words.leave_new(&mut self.found, |key| key);
        self.keys.append(&mut self.found);
    }

    fn add_token(&mut self, token: &[u8]) {
        self.lower.clear();
        self.lower.extend_from_slice(token);
        self.lower.make_ascii_lowercase();
        grams_and_terms(&self.lower, |gram| self.grams.add(gram), |term| self.found.push(lower_term_key(term)));
    }

    /// The filter of the words, and the grams.
    pub(crate) fn finish(mut self) -> (Vec<u8>, Vec<u8>) {
        self.look_up();
        (filter::encode(&mut self.keys), self.grams.bytes().to_vec())
    }
}
