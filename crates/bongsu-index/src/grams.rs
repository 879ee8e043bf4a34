//! Which grams occur in the variables of a row group: a bit for each.

use crate::words::GRAMS;

const BYTES: usize = GRAMS / 8;

/// A set of grams.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Grams(Box<[u8]>);

impl std::fmt::Debug for Grams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ones: u32 = self.0.iter().map(|byte| byte.count_ones()).sum();
        write!(f, "Grams({ones} of {})", BYTES * 8)
    }
}

impl Default for Grams {
    fn default() -> Self {
        Self(vec![0; BYTES].into_boxed_slice())
    }
}

impl Grams {
    pub(crate) fn add(&mut self, gram: u32) {
        self.0[gram as usize / 8] |= 1 << (gram % 8);
    }

    pub(crate) fn has(&self, gram: u32) -> bool {
        self.0[gram as usize / 8] & 1 << (gram % 8) != 0
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn decode(bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() == BYTES).then(|| Self(bytes.into_boxed_slice()))
    }

    pub(crate) const SIZE: usize = BYTES;
}
