//! The templates of a group, made more special where their variables have few values in it.
//!
//! A variable that has one value in all rows of a group, or few, is not worth being one there: `session <*> for <*>` becomes
//! `session opened for <*>` and `session closed for <*>`, rows of each lie together, and who looks for `session closed` need not
//! read any of them.

use std::ops::Range;

use bongsu_pattern::{Miner, Template};

use crate::collect::Collect;
use crate::shape::{Letters, Shape};

/// Values of a variable up to which it can be fixed.
const FEW: usize = 16;
/// Variables of a template that can be fixed: as many as a code has bytes.
const FIXABLE: usize = 8;
/// Rows that each combination of values must have on average.
const WORTH: u64 = 32;

/// Which values of the fixed variables a row has, a byte each.
pub(crate) type Code = u64;

/// What the variables of a group's templates hold.
#[derive(Debug, Default)]
pub(crate) struct Variants<'a> {
    slots: Vec<Option<Slot<'a>>>,
}

/// One template, by its slot in the miner.
#[derive(Debug)]
struct Slot<'a> {
    rows: u64,
    /// Fixed bytes before and behind what varies, for each token with a variable.
    edges: Vec<(usize, usize)>,
    /// Whether anything may follow the last token: then it is not known where that ends.
    rest: bool,
    variables: Vec<Variable<'a>>,
    /// The bytes of a code that count.
    mask: Code,
}

/// A token with a variable.
#[derive(Debug, Default)]
struct Variable<'a> {
    /// Its values, unless there are many.
    values: Vec<&'a str>,
    many: bool,
    letters: Letters,
    /// Position of the value that came last.
    last: usize,
}

impl<'a> Variants<'a> {
    /// Takes in a message, which `miner` has just learnt under `slot`. What varies much goes to `collect`.
    pub(crate) fn add(&mut self, slot: u32, message: &'a str, miner: &Miner, collect: &mut Collect<'a>) -> Code {
        if self.slots.len() <= slot as usize {
            self.slots.resize_with(slot as usize + 1, || None);
        }
        let known = self.slots[slot as usize].get_or_insert_with(|| Slot::new(miner.template(slot)));
        known.rows += 1;
        let mut code = 0;
        let mut before = 0..0;
        for (nth, range) in miner.variables().enumerate() {
            let range = token_start(message, range.start)..range.end;
            let token = &message[range.clone()];
            let mut next = |token: Range<usize>| {
                if token.start == before.end + 1 && before.end > 0 {
                    collect.add_pair(&message[before.clone()], &message[token.clone()]);
                }
                before = token;
            };
            // Only what follows all tokens has several.
            if known.rest {
                tokens(message, range).for_each(next);
            } else {
                next(range);
            }
            if known.variables.len() <= nth {
                known.variables.resize_with(nth + 1, Variable::default);
            }
            let edges = known.edges.get(nth).copied().unwrap_or_default();
            let value = known.variables[nth].add(token, edges, known.rest || nth >= FIXABLE, collect);
            if nth < FIXABLE {
                code |= (value as Code) << (8 * nth);
            }
        }
        code
    }

    /// Takes in a message of `slot` that came before.
    pub(crate) fn add_again(&mut self, slot: u32) {
        if let Some(Some(known)) = self.slots.get_mut(slot as usize) {
            known.rows += 1;
        }
    }

    /// Decides which variables are fixed; what can be in the others goes to `collect`.
    pub(crate) fn decide(&mut self, collect: &mut Collect<'a>) {
        for slot in self.slots.iter_mut().flatten() {
            slot.decide(collect);
        }
    }

    /// The bytes of a code that count for a row with the template in `slot`.
    pub(crate) fn mask(&self, slot: u32) -> Code {
        self.slot(slot).map_or(0, |slot| slot.mask)
    }

    /// `template`, which is in `slot`, with the values of `code`; and the letters of the variables that are left.
    pub(crate) fn special(&self, slot: u32, template: &str, code: Code) -> (String, Vec<Letters>) {
        let Some(slot) = self.slot(slot) else { return (template.to_owned(), vec![]) };
        let fixed = |nth: usize| is_fixed(slot.mask, nth);
        let value = |nth: usize| {
            let position = (code >> (8 * nth) & 0xff) as usize;
            slot.variables.get(nth).and_then(|variable| variable.values.get(position))
        };
        let letters = slot.variables.iter().enumerate().filter(|(nth, _)| !fixed(*nth));
        let letters = letters.map(|(_, variable)| variable.letters).collect();
        let mut text = String::with_capacity(template.len() + 32);
        let mut nth = 0;
        for token in template.split_inclusive(|sign: char| sign.is_ascii_whitespace()) {
            let bare = token.trim_end_matches(|sign: char| sign.is_ascii_whitespace());
            if !bare.contains(VARIABLE) {
                text.push_str(token);
                continue;
            }
            match value(nth).filter(|_| fixed(nth)) {
                Some(value) => {
                    text.push_str(value);
                    text.push_str(&token[bare.len()..]);
                }
                None => text.push_str(token),
            }
            nth += 1;
        }
        (text, letters)
    }

    fn slot(&self, slot: u32) -> Option<&Slot<'a>> {
        self.slots.get(slot as usize)?.as_ref()
    }
}

/// How a variable is written in a template's text.
const VARIABLE: &str = "<*>";

impl<'a> Slot<'a> {
    fn new(template: Option<&Template>) -> Self {
        Self {
            rows: 0,
            edges: template.map(|template| Shape::of(template).edges()).unwrap_or_default(),
            rest: template.is_none_or(Template::has_rest),
            variables: vec![],
            mask: 0,
        }
    }

    fn decide(&mut self, collect: &mut Collect<'a>) {
        let mut few: Vec<(usize, usize)> = self
            .variables
            .iter()
            .enumerate()
            .take(FIXABLE)
            .filter(|(_, variable)| !variable.many && variable.values.iter().all(|value| !value.contains('<')))
            .map(|(nth, variable)| (variable.values.len(), nth))
            .collect();
        few.sort_unstable();
        let mut combinations = 1;
        for (values, nth) in few {
            combinations *= values as u64;
            if self.rows < combinations.saturating_mul(WORTH) {
                break;
            }
            self.mask |= 0xff << (8 * nth);
        }
        for (nth, variable) in self.variables.iter_mut().enumerate() {
            if !variable.many && !is_fixed(self.mask, nth) {
                variable.give(self.edges.get(nth).copied().unwrap_or_default(), collect);
            }
        }
    }
}

impl<'a> Variable<'a> {
    /// The position of the value `token`; 0 when there are many. `open` says that it cannot be fixed.
    fn add(&mut self, token: &'a str, edges: (usize, usize), open: bool, collect: &mut Collect<'a>) -> usize {
        if !self.many {
            if self.values.get(self.last).is_some_and(|value| *value == token) {
                return self.last;
            }
            if let Some(position) = self.values.iter().position(|value| *value == token) {
                self.last = position;
                return position;
            }
            if !open && self.values.len() < FEW {
                self.last = self.values.len();
                self.values.push(token);
                return self.last;
            }
            self.give(edges, collect);
            self.values = vec![];
            self.many = true;
        }
        collect.add(token);
        self.letters = self.letters.and(letters(token, edges));
        0
    }

    /// Its values go to `collect`, and their letters to its own.
    fn give(&mut self, edges: (usize, usize), collect: &mut Collect<'a>) {
        for value in &self.values {
            collect.add(value);
            self.letters = self.letters.and(letters(value, edges));
        }
    }
}

/// Whether `mask` has the byte of a variable.
fn is_fixed(mask: Code, nth: usize) -> bool {
    nth < FIXABLE && mask & (0xff << (8 * nth)) != 0
}

/// The letters of what varies in `token`.
fn letters(token: &str, (before, behind): (usize, usize)) -> Letters {
    let varies = token.len().checked_sub(behind).and_then(|end| token.as_bytes().get(before..end));
    Letters::of(varies.unwrap_or(token.as_bytes()))
}

/// Where the token begins that `at` lies in: a text that is looked for may begin before the variable.
fn token_start(message: &str, at: usize) -> usize {
    let before = message.as_bytes()[..at].iter().rposition(u8::is_ascii_whitespace);
    before.map_or(0, |space| space + 1)
}

/// Where the tokens lie that white space separates between two places of a message.
fn tokens(message: &str, within: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let from = message.as_ptr().addr();
    let tokens = message[within].split_ascii_whitespace();
    tokens.map(move |token| token.as_ptr().addr() - from..token.as_ptr().addr() - from + token.len())
}

#[cfg(test)]
mod tests {
    use bongsu_pattern::MinerConfig;

    use super::*;

    #[test]
    fn variables_with_few_values_are_fixed() {
        let mut miner = Miner::restore(MinerConfig::default(), ["session <*> for id=<*>  on <*> at <*>"]);
        let (mut variants, mut collect) = (Variants::default(), Collect::new());
        let messages: Vec<String> = (0..100)
            .map(|nth| {
                let state = if nth % 2 == 0 { "opened1" } else { "closed2" };
                format!("session {state} for id={nth}0  on host7 at <{}", nth % 3)
            })
            .collect();
        let mut codes = Vec::new();
        for message in &messages {
            let slot = miner.learn(message);
            assert_eq!(miner.template(slot).unwrap().text(), "session <*> for id=<*>  on <*> at <*>", "{message}");
            codes.push((slot, variants.add(slot, message, &miner, &mut collect)));
        }
        variants.decide(&mut collect);
        let (slot, code) = codes[1];
        let (text, letters) = variants.special(slot, miner.template(slot).unwrap().text(), code & variants.mask(slot));
        assert_eq!(text, "session closed2 for id=<*>  on host7 at <*>");
        assert_eq!(letters.len(), 2);
        let masked: std::collections::BTreeSet<_> =
            codes.iter().map(|(slot, code)| code & variants.mask(*slot)).collect();
        assert_eq!(masked.len(), 2);
    }
}
