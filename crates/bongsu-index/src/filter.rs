//! Sets of words that may err on the side of "yes": binary fuse filters, nine bits a word, wrong once in 256.
//!
//! Graf and Lemire, "Binary Fuse Filters: Fast and Smaller Than Xor Filters", 2022.

use xorf::{BinaryFuse8, BinaryFuse8Ref, DmaSerializable, Filter, FilterRef};

const HEAD: usize = BinaryFuse8::DESCRIPTOR_LEN;

/// The bytes of a filter of `keys`, which are sorted here; none when there are none, or when no filter can be made of
/// them.
pub(crate) fn encode(keys: &mut Vec<u64>) -> Vec<u8> {
    keys.sort_unstable();
    keys.dedup();
    if keys.is_empty() {
        return vec![];
    }
    let Ok(filter) = BinaryFuse8::try_from(keys.as_slice()) else {
        return vec![ANY];
    };
    let mut bytes = vec![0; HEAD];
    filter.dma_copy_descriptor_to(&mut bytes);
    bytes.extend_from_slice(filter.dma_fingerprints());
    bytes
}

/// A filter of one byte says yes to everything.
const ANY: u8 = 1;

/// Whether the set whose filter `bytes` are may hold `key`.
pub(crate) fn may_hold(bytes: &[u8], key: u64) -> bool {
    match bytes.split_at_checked(HEAD) {
        Some((head, fingerprints)) if !fingerprints.is_empty() => {
            BinaryFuse8Ref::from_dma(head, fingerprints).contains(&key)
        }
        _ => !bytes.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_it_was_made_of_and_little_else() {
        for count in [0u64, 1, 2, 7, 100, 50_000] {
            let mut keys: Vec<u64> = (0..count).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
            let bytes = encode(&mut keys);
            assert!(keys.iter().all(|key| may_hold(&bytes, *key)), "{count}");
            let wrong = (0..10_000u64).filter(|n| may_hold(&bytes, n.wrapping_mul(0xd134_2543_de82_ef95) | 1)).count();
            assert!(wrong < 200, "{count}: {wrong}");
        }
    }
}
