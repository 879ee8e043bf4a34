//! How a file is known again under another name: by its head and by what lies before the place where reading stopped.

use xxhash_rust::xxh3::xxh3_64;

/// Bytes at a file's beginning that it is known by, when so many have been read.
pub(crate) const HEAD: usize = 1 << 10;
/// Bytes before the place where reading stopped that must still be the same.
pub(crate) const TAIL: usize = 4 << 10;

/// The first bytes of a file, up to [`HEAD`] of those that have been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Head {
    pub(crate) len: u16,
    pub(crate) hash: u64,
}

impl Head {
    /// The head of a file that begins with `bytes`, cut at `len` bytes; none when there are fewer or nothing at all.
    pub(crate) fn of(bytes: &[u8], len: usize) -> Option<Self> {
        let bytes = bytes.get(..len).filter(|bytes| !bytes.is_empty())?;
        Some(Self { len: u16::try_from(len).ok()?, hash: xxh3_64(bytes) })
    }
}

/// What is remembered of the bytes before a place: `before` ends there.
pub(crate) fn tail(before: &[u8]) -> u64 {
    xxh3_64(before.get(before.len().saturating_sub(TAIL)..).unwrap_or(before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_needs_its_bytes() {
        assert_eq!(Head::of(b"", 0), None);
        assert_eq!(Head::of(b"abc", 4), None);
        assert_eq!(Head::of(b"abcd", 3), Head::of(b"abce", 3));
        assert_ne!(Head::of(b"abcd", 4), Head::of(b"abce", 4));
    }

    #[test]
    fn a_tail_looks_at_the_last_bytes_only() {
        let same_end = [vec![1; 10], vec![9; TAIL]].concat();
        assert_eq!(tail(&same_end), tail(&vec![9; TAIL]));
        assert_ne!(tail(b"ab"), tail(b"bb"));
    }
}
