//! Which rows of a group have which service and template: rows lie sorted by both, so that a few ranges say it.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bongsu_pattern::{Template, TemplateId};

use crate::codec::{Taker, put_number, put_signed, put_text};
use crate::counts::{put_names, take_names};
use crate::shape::{Letters, Shape};

/// Microseconds in a second.
const SECOND: i64 = 1_000_000;
/// Templates that are numbered for all groups.
const MAX_NUMBERS: usize = 1 << 17;
/// Bytes of texts and shapes that are kept for all groups; further ones are made for each group.
const MAX_BYTES: usize = 16 << 20;

/// Rows next to each other with one service and one template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Position in [`Templates::services`].
    pub service: u32,
    /// Position in [`Templates::shapes`]; none when the rows have no message.
    pub template: Option<u32>,
    /// The rows.
    pub rows: Range<u32>,
    /// The seconds in which the first and the last of the rows lie.
    pub seconds: (i64, i64),
}

/// A template that occurs in a group, its variables fixed that have few values there.
#[derive(Debug, Clone)]
pub struct Known {
    /// The template's id.
    pub id: i64,
    /// The template's text.
    pub text: Arc<str>,
    /// What rows that have it say, fixed values among it.
    pub shape: Arc<Shape>,
    /// The kinds of letters that its variables have in this group: of each token with a variable, and of the rest.
    pub(crate) letters: Box<[Letters]>,
    /// Its number among the templates and letters of the store; none past [`MAX_NUMBERS`].
    pub(crate) number: Option<usize>,
}

/// The services and templates of a group's rows.
#[derive(Debug)]
pub struct Templates {
    /// The services that occur; none for rows without one.
    pub services: Vec<Option<String>>,
    /// The templates that occur, one of them several times when variables are fixed.
    pub shapes: Vec<Known>,
    /// The rows, in order.
    pub runs: Vec<Run>,
}

impl Templates {
    /// The template of a run's rows.
    pub fn template(&self, run: &Run) -> Option<&Known> {
        self.shapes.get(run.template? as usize)
    }

    pub(crate) fn size(&self) -> usize {
        let own =
            self.shapes.iter().filter(|known| known.number.is_none()).map(|known| known.shape.size()).sum::<usize>();
        self.runs.len() * size_of::<Run>() + self.shapes.len() * size_of::<Known>() + own
    }
}

/// A template with fixed values, as it is written.
pub(crate) struct Special {
    /// Position of the template.
    pub(crate) template: u32,
    pub(crate) text: String,
    /// The kinds of letters that the variables have which are left.
    pub(crate) letters: Vec<Letters>,
}

/// Texts and shapes, so that the groups of a store share them.
#[derive(Debug, Default)]
pub struct Shapes(Mutex<Interned>);

#[derive(Debug, Default)]
struct Interned {
    texts: HashMap<i64, Arc<str>>,
    shapes: HashMap<i64, Arc<Shape>>,
    numbers: HashMap<(i64, Box<[Letters]>), usize>,
    bytes: usize,
}

impl Shapes {
    fn text(&self, text: &str) -> (i64, Arc<str>) {
        let id = TemplateId::of(text).get();
        let mut interned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = interned.texts.get(&id) {
            return (id, Arc::clone(known));
        }
        let shared: Arc<str> = text.into();
        if interned.bytes < MAX_BYTES {
            interned.bytes += text.len();
            interned.texts.insert(id, Arc::clone(&shared));
        }
        (id, shared)
    }

    fn of(&self, (id, template): (i64, Arc<str>), text: &str, letters: Box<[Letters]>) -> Known {
        let key = TemplateId::of(text).get();
        let mut interned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = interned.shapes.get(&key).cloned();
        let shape = known.unwrap_or_else(|| Arc::new(Shape::of(&Template::parse(text))));
        let next = interned.numbers.len();
        if next >= MAX_NUMBERS || interned.bytes >= MAX_BYTES {
            let number = interned.numbers.get(&(key, letters.clone())).copied();
            return Known { id, text: template, shape, number, letters };
        }
        if interned.shapes.insert(key, Arc::clone(&shape)).is_none() {
            interned.bytes += shape.size();
        }
        let number = *interned.numbers.entry((key, letters.clone())).or_insert(next);
        Known { id, text: template, shape, letters, number: Some(number) }
    }

    /// About the bytes that all of them take.
    pub fn size(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }
}

/// Writes runs, the texts of `templates`, and those with fixed values that the runs name.
pub(crate) fn encode(
    services: &[Option<String>],
    templates: &[&str],
    specials: impl ExactSizeIterator<Item = Special>,
    runs: &[Run],
) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_names(&mut bytes, services);
    put_number(&mut bytes, templates.len() as u64);
    for text in templates {
        put_text(&mut bytes, text);
    }
    put_number(&mut bytes, specials.len() as u64);
    for special in specials {
        put_number(&mut bytes, special.template.into());
        let same = templates.get(special.template as usize).is_some_and(|text| **text == *special.text);
        put_text(&mut bytes, if same { "" } else { &special.text });
        put_number(&mut bytes, special.letters.len() as u64);
        special.letters.iter().for_each(|letters| put_number(&mut bytes, letters.0.into()));
    }
    let first = runs.iter().map(|run| run.seconds.0).min().unwrap_or(0);
    put_signed(&mut bytes, first);
    put_number(&mut bytes, runs.len() as u64);
    for run in runs {
        put_number(&mut bytes, u64::from(run.service));
        put_number(&mut bytes, run.template.map_or(0, |nth| u64::from(nth) + 1));
        put_number(&mut bytes, u64::from(run.rows.end - run.rows.start));
        put_signed(&mut bytes, run.seconds.0 - first);
        put_signed(&mut bytes, run.seconds.1 - run.seconds.0);
    }
    bytes
}

/// Reads what [`encode`] wrote for a group of `rows` rows.
pub(crate) fn decode(bytes: &[u8], rows: u32, shapes: &Shapes) -> Option<Templates> {
    let mut taker = Taker(bytes);
    let services = take_names(&mut taker)?;
    let templates = (0..taker.count()?).map(|_| Some(shapes.text(taker.text()?)));
    let templates: Vec<(i64, Arc<str>)> = templates.collect::<Option<_>>()?;
    let known = (0..taker.count()?).map(|_| {
        let template = templates.get(taker.small()? as usize)?;
        let text = taker.text()?;
        let count = taker.count()?;
        let letters = (0..count).map(|_| Some(Letters(taker.number()?.try_into().ok()?))).collect::<Option<_>>()?;
        let text = if text.is_empty() { &template.1 } else { text };
        Some(shapes.of(template.clone(), text, letters))
    });
    let known: Vec<Known> = known.collect::<Option<_>>()?;
    let first = taker.signed()?;
    let mut runs = Vec::with_capacity(Taker(taker.0).count()?);
    let mut at = 0_u32;
    for _ in 0..taker.count()? {
        let service = taker.small()?;
        let template = taker.small()?.checked_sub(1);
        let range = at..at.checked_add(taker.small()?)?;
        at = range.end;
        let from = first.checked_add(taker.signed()?)?;
        let seconds = (from, from.checked_add(taker.signed()?)?);
        let sound = (service as usize) < services.len() && template.is_none_or(|nth| (nth as usize) < known.len());
        if !sound {
            return None;
        }
        runs.push(Run { service, template, rows: range, seconds });
    }
    (at == rows).then_some(Templates { services, shapes: known, runs })
}

/// The second in which a microsecond lies.
pub(crate) fn second_of(micros: i64) -> i64 {
    micros.div_euclid(SECOND)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn runs_come_back(
            lens in prop::collection::vec((0..3u32, prop::option::of(0..2u32), 1..50u32, any::<i32>(), 0..9i64), 0..9),
        ) {
            let services = [None, Some("a".to_owned()), Some("b".to_owned())];
            let mut at = 0;
            let runs: Vec<Run> = lens
                .into_iter()
                .map(|(service, template, len, from, span)| {
                    at += len;
                    Run { service, template, rows: at - len..at, seconds: (from.into(), i64::from(from) + span) }
                })
                .collect();
            let special = |(template, text): (u32, &str)| Special { template, text: text.to_owned(), letters: vec![Letters(3)] };
            let bytes = encode(&services, &["x <*>"], [(0, "x <*>"), (0, "x y")].into_iter().map(special), &runs);
            let found = decode(&bytes, at, &Shapes::default()).unwrap();
            prop_assert_eq!(found.runs, runs);
            prop_assert_eq!(found.services, services);
            for (known, text) in found.shapes.iter().zip(["x <*>", "x y"]) {
                prop_assert_eq!(known.id, TemplateId::of("x <*>").get());
                prop_assert_eq!((&*known.text, known.shape.text()), ("x <*>", text));
            }
            prop_assert!(decode(&bytes, at + 1, &Shapes::default()).is_none());
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in any::<Vec<u8>>()) {
            let _ = decode(&bytes, 5, &Shapes::default());
        }
    }
}
