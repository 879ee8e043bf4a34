//! The targets of other libraries' records that were seen, found again by what they say.

use std::sync::OnceLock;

use crate::Logger;

/// Targets that are kept; records of further ones are looked at anew each time.
const MOST: usize = 256;
/// Places that are looked at for a target.
const TRIES: usize = 4;

/// What is known of a target.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) target: Box<str>,
    /// The target as the name in a line.
    pub(crate) name: Box<str>,
    /// No other target of the process has it.
    pub(crate) id: u64,
    /// Where its records go.
    pub(crate) logger: Logger,
}

/// None goes away, so that they are read without a lock.
#[derive(Debug)]
pub(crate) struct Table(Box<[OnceLock<Seen>]>);

impl Default for Table {
    fn default() -> Self {
        Self((0..MOST).map(|_| OnceLock::new()).collect())
    }
}

impl Table {
    #[inline]
    pub(crate) fn find(&self, target: &str) -> Option<&Seen> {
        self.places(target).map_while(OnceLock::get).find(|seen| *seen.target == *target)
    }

    /// Keeps a target, if there is room where it is looked for.
    pub(crate) fn add(&self, seen: Seen) {
        let empty = self.places(&seen.target).find(|place| place.get().is_none());
        if let Some(place) = empty {
            // Another thread may have been quicker: then the next record of this target looks again.
            let _ = place.set(seen);
        }
    }

    fn places(&self, target: &str) -> impl Iterator<Item = &OnceLock<Seen>> {
        let first = first_place(target.as_bytes());
        (first..first + TRIES).filter_map(|nth| self.0.get(nth % MOST))
    }
}

/// Told by the length and the last bytes, in which targets of one program differ.
#[inline]
fn first_place(target: &[u8]) -> usize {
    let last = match (target.last_chunk::<8>(), target.last_chunk::<4>()) {
        (Some(last), _) => u64::from_le_bytes(*last),
        (None, Some(last)) => u32::from_le_bytes(*last).into(),
        (None, None) => target.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)),
    };
    let mixed = last.wrapping_add(target.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> (64 - MOST.trailing_zeros())) as usize
}
