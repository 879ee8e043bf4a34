//! Whether all texts of a shape match a regular expression, or none: its automaton is walked over what is fixed and over every
//! text that can stand where something varies.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use regex_automata::Anchored;
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::start;

use crate::runs::Known;
use crate::shape::{Letters, Piece};

/// Bytes of the states of an automaton, and of what it is made from.
const MEMORY: usize = 2 << 20;
/// States in which a walk can be at one time.
const MOST_STATES: usize = 48;
/// Steps of all walks for one expression: some ten milliseconds.
const MOST_STEPS: usize = 1_000_000;

/// A regular expression, ready to be walked.
#[derive(Debug)]
pub struct Automaton {
    dfa: DFA,
    walked: Mutex<Walked>,
}

#[derive(Debug)]
struct Walked {
    cache: Cache,
    steps: usize,
    /// What is known of the templates of a store, by their numbers.
    memo: HashMap<usize, (bool, bool)>,
    /// One byte of each class that the automaton tells apart, for every set of letters that came so far.
    bytes: HashMap<(Letters, bool), Box<[u8]>>,
}

/// The walk has no answer: anything is possible.
struct Unknown;

impl Automaton {
    /// The automaton of `pattern`; none when it has none of reasonable size.
    pub(crate) fn new(pattern: &str) -> Option<Self> {
        let config = DFA::config()
            .unicode_word_boundary(true)
            .cache_capacity(MEMORY)
            .skip_cache_capacity_check(true)
            // States that were seen must stay what they are.
            .minimum_cache_clear_count(Some(0));
        let nfa = thompson::Config::new().nfa_size_limit(Some(MEMORY));
        let dfa = DFA::builder().configure(config).thompson(nfa).build(pattern).ok()?;
        let cache = dfa.create_cache();
        let walked = Walked { cache, steps: 0, memo: HashMap::new(), bytes: HashMap::new() };
        Some(Self { dfa, walked: Mutex::new(walked) })
    }

    /// Whether a text that has a template can match, and whether every one does.
    pub(crate) fn judge(&self, known: &Known) -> (bool, bool) {
        let mut walked = self.walked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(judged) = known.number.and_then(|number| walked.memo.get(&number)) {
            return *judged;
        }
        let mut walk = Walk { dfa: &self.dfa, walked: &mut walked, states: vec![], matched: false, missed: false };
        let judged = walk.judge(known).unwrap_or((true, false));
        if let Some(number) = known.number {
            walked.memo.insert(number, judged);
        }
        judged
    }
}

struct Walk<'a> {
    dfa: &'a DFA,
    walked: &'a mut Walked,
    /// Where the walk can be without having matched.
    states: Vec<LazyStateID>,
    /// Whether some text has matched already, and whether some text can no longer match.
    matched: bool,
    missed: bool,
}

impl Walk<'_> {
    fn judge(&mut self, known: &Known) -> Result<(bool, bool), Unknown> {
        let start = start::Config::new().anchored(Anchored::No);
        let start = self.dfa.start_state(&mut self.walked.cache, &start).map_err(|_| Unknown)?;
        self.enter(start)?;
        for piece in known.shape.pieces(&known.letters) {
            match piece {
                Piece::Fixed(bytes) => bytes.iter().try_for_each(|byte| self.fixed(*byte))?,
                Piece::Varies { letters, spaces, some } => self.varies(letters, spaces, some)?,
            }
        }
        for state in std::mem::take(&mut self.states) {
            let end = self.dfa.next_eoi_state(&mut self.walked.cache, state).map_err(|_| Unknown)?;
            if end.is_match() { self.matched = true } else { self.missed = true }
        }
        Ok((self.matched, self.matched && !self.missed))
    }

    fn fixed(&mut self, byte: u8) -> Result<(), Unknown> {
        for state in std::mem::take(&mut self.states) {
            self.step(state, byte)?;
        }
        Ok(())
    }

    /// Walks over every text of some letters; at least one letter if `some`.
    fn varies(&mut self, letters: Letters, spaces: bool, some: bool) -> Result<(), Unknown> {
        let classes = self.dfa.byte_classes();
        let bytes = self.walked.bytes.entry((letters, spaces)).or_insert_with(|| {
            let mut seen = [false; 256];
            let bytes = letters.bytes().filter(|byte| spaces || !byte.is_ascii_whitespace());
            bytes.filter(|byte| !std::mem::replace(&mut seen[usize::from(classes.get(*byte))], true)).collect()
        });
        let bytes = bytes.clone();
        let before = if some { std::mem::take(&mut self.states) } else { vec![] };
        for state in before {
            bytes.iter().try_for_each(|byte| self.step(state, *byte))?;
        }
        let mut nth = 0;
        while let Some(state) = self.states.get(nth).copied() {
            bytes.iter().try_for_each(|byte| self.step(state, *byte))?;
            nth += 1;
        }
        Ok(())
    }

    fn step(&mut self, from: LazyStateID, byte: u8) -> Result<(), Unknown> {
        self.walked.steps += 1;
        if self.walked.steps > MOST_STEPS {
            return Err(Unknown);
        }
        let next = self.dfa.next_state(&mut self.walked.cache, from, byte).map_err(|_| Unknown)?;
        self.enter(next)
    }

    fn enter(&mut self, state: LazyStateID) -> Result<(), Unknown> {
        if state.is_match() {
            self.matched = true;
        } else if state.is_dead() {
            self.missed = true;
        } else if state.is_quit() {
            return Err(Unknown);
        } else if !self.states.contains(&state) {
            if self.states.len() == MOST_STATES {
                return Err(Unknown);
            }
            self.states.push(state);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_that_takes_much_memory_has_no_automaton() {
        assert!(Automaton::new(r"Failed password for (invalid user )?\w+ from [\d.]+ port \d+").is_some());
        assert!(Automaton::new("((a{100}){100}){100}").is_none());
        assert!(Automaton::new("(").is_none());
    }
}
