//! The bytes of a journal: what is published survives the death of the process, for it is in the kernel's pages.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::map::{Mirror, page_size};

/// Where the two counters stand in the header, each in a cache line of its own.
const PUBLISHED: usize = 512;
const DRAINED: usize = 640;

/// Room for what the owner writes into the header once.
pub(in super::super) const LABEL: usize = 512;

/// A ring of bytes in a file. The owner appends behind `published`; whoever holds the log file's lock takes from `drained` on.
/// Both only grow; a byte's place is its number modulo the capacity.
#[derive(Debug)]
pub(in super::super) struct Ring {
    map: Mirror,
    header: usize,
    capacity: u64,
}

/// The owner's end of a ring; there is one.
#[derive(Debug)]
pub(in super::super) struct OwnRing {
    ring: Arc<Ring>,
    published: u64,
    /// `drained` as it was when it was looked at last.
    drained: u64,
}

impl Ring {
    /// Makes a ring in `file`, which is reserved to the length that [`Ring::file_length`] says; `label` describes it.
    pub(in super::super) fn create(file: &File, capacity: usize, label: &[u8; LABEL]) -> io::Result<OwnRing> {
        file.write_all_at(label, 0)?;
        let header = page_size();
        let ring = Arc::new(Self { map: Mirror::new(file, header, capacity)?, header, capacity: capacity as u64 });
        Ok(OwnRing { ring, published: 0, drained: 0 })
    }

    /// The ring in `file`, which another process made, and its label.
    pub(in super::super) fn open(file: &File) -> io::Result<(Arc<Self>, [u8; LABEL])> {
        let header = page_size();
        let length = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
        let capacity = length.saturating_sub(header);
        if !capacity.is_power_of_two() || !capacity.is_multiple_of(header) {
            return Err(damaged("its length is none that bongsu gives a journal"));
        }
        let mut label = [0; LABEL];
        file.read_exact_at(&mut label, 0)?;
        let ring = Self { map: Mirror::new(file, header, capacity)?, header, capacity: capacity as u64 };
        // A living owner goes on meanwhile: each is compared with what is too little or too much at worst.
        let (least, drained, most) = (ring.published(), ring.drained(), ring.published());
        if drained > most || least.saturating_sub(drained) > ring.capacity {
            return Err(damaged("its counters contradict each other"));
        }
        Ok((Arc::new(ring), label))
    }

    /// How long the file of a ring is that takes `bytes` at once, and its capacity.
    pub(in super::super) fn file_length(bytes: usize) -> (usize, usize) {
        let capacity = bytes.next_power_of_two().max(page_size());
        (page_size() + capacity, capacity)
    }

    fn counter(&self, at: usize) -> &AtomicU64 {
        #[allow(clippy::cast_ptr_alignment, reason = "a page begins at a multiple of 8 and so does each counter")]
        // SAFETY: the header is a whole page, `at` is a multiple of 8 within it, and nobody reaches it but through atomics.
        unsafe {
            &*self.map.base().add(at).cast::<AtomicU64>()
        }
    }

    pub(in super::super) fn drained(&self) -> u64 {
        self.counter(DRAINED).load(Ordering::Acquire)
    }

    pub(in super::super) fn published(&self) -> u64 {
        self.counter(PUBLISHED).load(Ordering::Acquire)
    }

    pub(in super::super) fn is_empty(&self) -> bool {
        self.published() == self.drained()
    }

    /// The number of the first byte that is not drained, and the bytes from there on. To be called with the log file's lock
    /// held, and not to be kept beyond [`Ring::advance`].
    pub(in super::super) fn pending(&self) -> (u64, &[u8]) {
        let from = self.drained();
        let length = self.published().saturating_sub(from).min(self.capacity);
        // SAFETY: the owner writes only behind `published` and never further than `drained + capacity`, so that these bytes
        // stay as they are until `drained` passes them, which only the holder of the lock lets it do. The range lies within
        // the mapping: it begins in the first copy and is no longer than one.
        let bytes = unsafe { std::slice::from_raw_parts(self.place(from), length as usize) };
        (from, bytes)
    }

    /// Frees everything before `to`. With the lock held.
    pub(in super::super) fn advance(&self, to: u64) {
        debug_assert!(to >= self.drained() && to <= self.published());
        self.counter(DRAINED).store(to, Ordering::Release);
    }

    fn place(&self, number: u64) -> *mut u8 {
        let offset = (number & (self.capacity - 1)) as usize;
        // SAFETY: `offset` is less than the capacity, so the place lies in the first copy.
        unsafe { self.map.base().add(self.header + offset) }
    }
}

impl OwnRing {
    pub(in super::super) fn ring(&self) -> &Arc<Ring> {
        &self.ring
    }

    /// The number that the next byte will have.
    pub(in super::super) fn next(&self) -> u64 {
        self.published
    }

    /// Whether `length` bytes go in now.
    pub(in super::super) fn has_room(&mut self, length: usize) -> bool {
        let needed = self.published + length as u64;
        if needed - self.drained > self.ring.capacity {
            self.drained = self.ring.drained();
        }
        needed - self.drained <= self.ring.capacity
    }

    /// Publishes the bytes of `parts` at once, which [`OwnRing::has_room`] for, and tells whether the ring is half full. From then on they survive
    /// the process.
    pub(in super::super) fn append(&mut self, parts: &[&[u8]]) -> bool {
        let length = parts.iter().map(|part| part.len()).sum();
        assert!(self.has_room(length), "a ring never overwrites what is not drained");
        let mut to = self.ring.place(self.published);
        for part in parts {
            // SAFETY: the bytes behind `published` up to `drained + capacity` are the owner's alone, which `&mut self` is; they
            // are in one piece from `to` on, for the ring is mapped twice in a row. All parts together have room.
            unsafe {
                std::ptr::copy_nonoverlapping(part.as_ptr(), to, part.len());
                to = to.add(part.len());
            }
        }
        self.published += length as u64;
        self.ring.counter(PUBLISHED).store(self.published, Ordering::Release);
        if self.published - self.drained > self.ring.capacity / 2 {
            self.drained = self.ring.drained();
        }
        self.published - self.drained > self.ring.capacity / 2
    }
}

fn damaged(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::atomic::AtomicBool;

    use proptest::prelude::*;

    use super::*;

    fn ring() -> (File, OwnRing) {
        let file = tempfile::tempfile().unwrap();
        let (length, capacity) = Ring::file_length(1);
        file.set_len(length as u64).unwrap();
        let own = Ring::create(&file, capacity, &[7; LABEL]).unwrap();
        (file, own)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn a_ring_gives_what_it_was_given_in_order_and_never_more_than_it_holds(
            steps in prop::collection::vec((any::<bool>(), 0usize..5_000), 1..200)
        ) {
            let (file, mut own) = ring();
            // As another process sees it, which drains too.
            let (other, label) = Ring::open(&file).unwrap();
            prop_assert_eq!(label, [7; LABEL]);
            let capacity = page_size();
            let mut model: VecDeque<u8> = VecDeque::new();
            for (nth, (appends, size)) in steps.into_iter().enumerate() {
                if appends {
                    let fits = model.len() + size <= capacity;
                    prop_assert_eq!(own.has_room(size), fits);
                    if fits {
                        let bytes: Vec<u8> = (0..size).map(|at| (at * 7 + nth) as u8).collect();
                        model.extend(&bytes);
                        prop_assert_eq!(own.append(&[&bytes]), model.len() > capacity / 2);
                    }
                } else {
                    let taken = size.min(model.len());
                    let ring = if nth % 2 == 0 { own.ring() } else { &other };
                    ring.advance(ring.drained() + taken as u64);
                    model.drain(..taken);
                }
                prop_assert_eq!(other.pending().1, &*model.make_contiguous());
                prop_assert_eq!(own.ring().is_empty(), model.is_empty());
            }
        }
    }

    #[test]
    fn a_file_that_is_no_ring_is_refused() {
        let file = tempfile::tempfile().unwrap();
        for length in [0, 1, page_size(), 2 * page_size() + 1, 4 * page_size()] {
            file.set_len(length as u64).unwrap();
            assert_eq!(Ring::open(&file).unwrap_err().kind(), io::ErrorKind::InvalidData, "{length}");
        }
        let (file, own) = ring();
        drop(own);
        for (drained, published) in [(1_u64, 0_u64), (0, page_size() as u64 + 1), (u64::MAX, 0)] {
            file.write_all_at(&drained.to_ne_bytes(), DRAINED as u64).unwrap();
            file.write_all_at(&published.to_ne_bytes(), PUBLISHED as u64).unwrap();
            assert_eq!(Ring::open(&file).unwrap_err().kind(), io::ErrorKind::InvalidData, "{drained} {published}");
        }
    }

    #[test]
    fn a_ring_whose_owner_goes_on_is_never_taken_for_damaged() {
        let (file, mut own) = ring();
        let (ready, stop) = (AtomicBool::new(false), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    own.append(&[&[b'x'; 700]]);
                    own.append(&[&[b'x'; 700]]);
                    own.ring().advance(own.next());
                    ready.store(true, Ordering::Relaxed);
                }
            });
            while !ready.load(Ordering::Relaxed) {
                std::thread::yield_now();
            }
            let opened: Vec<_> = (0..20_000).filter_map(|_| Ring::open(&file).err()).collect();
            stop.store(true, Ordering::Relaxed);
            assert_eq!(opened.len(), 0, "{:?}", opened.first());
        });
    }
}
