//! A template as the miner compares it: tokens in a frame of white space.

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

use crate::bytes::{LETTER, REST, SPACE, VARIABLE, find, is, skip};
use crate::shape::MAX_TOKENS;
use crate::similar::{built, covers, generalise};

/// Stands for a token in a frame; no byte of UTF-8.
const TOKEN: u8 = 0xFD;

/// In messages of so few tokens, tokens are also compared part by part.
pub(crate) const FEW_TOKENS: usize = 3;

/// A template's bytes and where its tokens lie.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    bytes: Box<[u8]>,
    tokens: Vec<Range<u32>>,
    /// A hash of each token, to compare tokens quickly. Nothing rests on hashes being different.
    pub(crate) hashes: Vec<u64>,
    /// A bit for each token that holds a variable.
    pub(crate) variables: u64,
    /// A bit for each token with at least two letters of fixed text.
    pub(crate) words: u64,
}

impl Pattern {
    /// The pattern of these bytes; none with more than [`MAX_TOKENS`] tokens.
    pub(crate) fn new(bytes: Vec<u8>) -> Option<Self> {
        let end = bytes.len() - usize::from(bytes.last() == Some(&REST));
        let text = &bytes[..end];
        let (mut tokens, mut hashes, mut variables, mut words) = (Vec::new(), Vec::new(), 0, 0);
        let mut start = skip(text, 0, SPACE);
        while start < text.len() {
            let stop = find(text, start, SPACE);
            let token = &text[start..stop];
            if tokens.len() == MAX_TOKENS {
                return None;
            }
            let bit = 1_u64 << tokens.len();
            if token.contains(&VARIABLE) {
                variables |= bit;
            }
            if token.iter().filter(|&&byte| is(byte, LETTER) || (0x80..REST).contains(&byte)).nth(1).is_some() {
                words |= bit;
            }
            tokens.push(start as u32..stop as u32);
            hashes.push(xxh3_64(token));
            start = skip(text, stop, SPACE);
        }
        Some(Self { bytes: bytes.into(), tokens, hashes, variables, words })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(crate) fn has_rest(&self) -> bool {
        self.bytes.last() == Some(&REST)
    }

    /// What clusters are looked up by: two patterns that have a word in common, or a token that is built alike, have a key
    /// in common.
    pub(crate) fn keys(&self) -> impl Iterator<Item = u64> {
        let words = positions(self.words).map(|position| self.hashes[position].rotate_left(position as u32));
        let few = if self.len() <= FEW_TOKENS { self.len() } else { 0 };
        words.chain((0..few).filter_map(|position| built(self.token(position))))
    }

    /// Whether it may cover a pattern with which it has no key in common.
    pub(crate) fn is_wordless(&self) -> bool {
        self.words & !self.variables == 0
    }

    /// The token at a position below [`Self::len`].
    pub(crate) fn token(&self, position: usize) -> &[u8] {
        let Range { start, end } = self.tokens[position];
        &self.bytes[start as usize..end as usize]
    }

    /// The white space and the rest, with a mark for each token: patterns of one frame can be compared token by token.
    pub(crate) fn frame(&self) -> Vec<u8> {
        self.replaced(|_| &[TOKEN])
    }

    /// The pattern whose tokens are all variables.
    pub(crate) fn catch_all(&self) -> Option<Self> {
        Self::new(self.replaced(|_| &[VARIABLE]))
    }

    /// The least pattern that covers both; both have one frame.
    pub(crate) fn generalised(&self, other: &Self) -> Option<Self> {
        let tokens: Vec<_> = (0..self.len())
            .map(|position| match (self.token(position), other.token(position)) {
                (one, two) if one == two => one.to_vec(),
                (one, two) => generalise(one, two),
            })
            .collect();
        Self::new(self.replaced(|position| &tokens[position]))
    }

    /// Whether each token covers the other's at its position; white space is not compared.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.has_rest() == other.has_rest()
            && (0..self.len()).all(|position| self.covers_at(position, other))
    }

    /// Whether it takes the place of a pattern of its frame: it covers it, and has a word itself.
    pub(crate) fn replaces(&self, other: &Self) -> bool {
        self.words != 0 && self.differing(other) & !self.variables == 0 && self.covers(other)
    }

    /// A bit for each position at which the tokens differ; both have one frame.
    pub(crate) fn differing(&self, other: &Self) -> u64 {
        let pairs = self.hashes.iter().zip(&other.hashes).enumerate();
        pairs.fold(0, |bits, (position, (one, two))| bits | u64::from(one != two) << position)
    }

    /// Whether the token at `position` covers the other's.
    pub(crate) fn covers_at(&self, position: usize, other: &Self) -> bool {
        covers(self.token(position), other.token(position))
    }

    fn replaced<'a>(&self, mut token: impl FnMut(usize) -> &'a [u8]) -> Vec<u8> {
        let (mut bytes, mut done) = (Vec::with_capacity(self.bytes.len()), 0);
        for (position, range) in self.tokens.iter().enumerate() {
            bytes.extend_from_slice(&self.bytes[done..range.start as usize]);
            bytes.extend_from_slice(token(position));
            done = range.end as usize;
        }
        bytes.extend_from_slice(&self.bytes[done..]);
        bytes
    }
}

/// The positions of the bits that are set.
pub(crate) fn positions(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (bits != 0).then(|| {
            let position = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            position
        })
    })
}
