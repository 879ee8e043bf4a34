//! The memory of questions: one budget for all of them, and a look at what the process really holds.
//!
//! Sorts, groups and joins say what they take, and go to disk or stop when there is no more. Not everything says so: a
//! window function keeps its rows uncounted, a reader the pages that a batch points to. So the heap itself is watched too,
//! wherever rows come in.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::{FairSpillPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};

use crate::error::QueryError;

/// What the pool of a question says when it is the process that holds too much.
pub(crate) const CEILING: &str = "the process holds too much memory";

/// What the process holds in memory, and past how much of it questions are stopped.
#[derive(Debug, Clone, Copy)]
pub struct Heap {
    /// Bytes that the process holds; none when that is not known.
    pub used: fn() -> Option<usize>,
    /// Bytes past which a question that goes on is stopped.
    pub most: usize,
}

impl Heap {
    /// Whether the process holds less than it may, also when it takes `more` bytes.
    fn has_room(&self, more: usize) -> bool {
        (self.used)().is_none_or(|used| used.saturating_add(more) <= self.most)
    }

    /// Fails when the process holds more than it may.
    pub(crate) fn check(&self) -> Result<()> {
        self.check_with(0)
    }

    /// Fails when the process would hold more than it may if it took `more` bytes.
    pub(crate) fn check_with(&self, more: usize) -> Result<()> {
        if self.has_room(more) { Ok(()) } else { Err(QueryError::Ceiling { limit: self.most }.into_stream()) }
    }
}

/// What is left of the memory of all questions.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    used: Arc<AtomicUsize>,
    all: usize,
    heap: Option<Heap>,
}

impl Budget {
    pub(crate) fn new(all: usize, heap: Option<Heap>) -> Self {
        Self { used: Arc::default(), all, heap }
    }

    /// A pool for one question, which may take everything while no other takes anything.
    pub(crate) fn share(&self) -> Arc<dyn MemoryPool> {
        Arc::new(Share { own: FairSpillPool::new(self.all), budget: self.clone() })
    }

    fn try_take(&self, bytes: usize) -> Result<()> {
        let taken = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            used.checked_add(bytes).filter(|used| *used <= self.all)
        });
        if taken.is_err() {
            let text = format!("{bytes} bytes more than the memory that is left for all questions");
            return Err(DataFusionError::ResourcesExhausted(text));
        }
        if self.heap.is_none_or(|heap| heap.has_room(bytes)) {
            return Ok(());
        }
        self.give_back(bytes);
        // Operators go to disk when resources are exhausted, and for no other reason.
        Err(DataFusionError::ResourcesExhausted(CEILING.to_owned()))
    }

    fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// The pool of one question.
#[derive(Debug)]
struct Share {
    own: FairSpillPool,
    budget: Budget,
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "share of {} bytes", self.budget.all)
    }
}

impl MemoryPool for Share {
    fn name(&self) -> &'static str {
        "share"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.own.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.own.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.own.grow(reservation, additional);
        self.budget.used.fetch_add(additional, Ordering::Relaxed);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.own.shrink(reservation, shrink);
        self.budget.give_back(shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        self.own.try_grow(reservation, additional)?;
        self.budget.try_take(additional).inspect_err(|_| self.own.shrink(reservation, additional))
    }

    fn reserved(&self) -> usize {
        self.own.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.budget.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_questions_share_one_budget() {
        let budget = Budget::new(100, None);
        let (first, second) = (budget.share(), budget.share());
        let one = MemoryConsumer::new("one").register(&first);
        let two = MemoryConsumer::new("two").register(&second);
        one.try_grow(60).unwrap();
        assert!(two.try_grow(41).is_err());
        assert_eq!((first.reserved(), second.reserved()), (60, 0));
        two.try_grow(40).unwrap();
        drop(one);
        two.try_grow(60).unwrap();
        drop(two);
        assert_eq!(budget.used.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_process_that_holds_too_much_gives_questions_nothing() {
        let heap = Heap { used: || Some(1_000), most: 1_010 };
        let pool = Budget::new(100, Some(heap)).share();
        let question = MemoryConsumer::new("question").register(&pool);
        question.try_grow(10).unwrap();
        assert!(question.try_grow(11).is_err());
        assert_eq!(pool.reserved(), 10);
        heap.check().unwrap();
        heap.check_with(10).unwrap();
        assert!(heap.check_with(11).is_err());
        let full = Heap { most: 999, ..heap };
        assert!(matches!(QueryError::from(full.check().unwrap_err()), QueryError::Ceiling { limit: 999 }));
        Heap { used: || None, most: 0 }.check().unwrap();
    }
}
