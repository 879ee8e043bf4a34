//! Where a record comes from, and what the lines from there begin with.

use bongsu_format::render::{Fields, Layout, Line};
use bongsu_model::{Level, Timestamp};

use crate::levels::severity;

/// The place in a program that a record comes from, and how much it matters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'p> {
    pub(crate) level: &'p Level,
    pub(crate) logger: &'p str,
    pub(crate) function: Function<'p>,
    pub(crate) file: Option<&'p str>,
    pub(crate) line: Option<u32>,
    /// None where another record may have the same and come from elsewhere.
    pub(crate) key: Option<Key>,
}

/// How the name of a function is told.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Function<'p> {
    Named(&'p str),
    /// Unknown, with a module's path to stand for it.
    #[cfg(any(feature = "tracing", feature = "log"))]
    In(Option<&'p str>),
}

/// Stands for level, logger, function and line of a record: two records with the same key have them in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    /// The logger's or the target's number, which no other has.
    of: u64,
    /// Where the name of the function or the module lies: it stays there as long as the program runs.
    at: usize,
    length: usize,
    line: Option<u32>,
    level: u8,
}

impl Key {
    /// None for a level of the program's own.
    pub(crate) fn new(of: u64, level: &Level, name: &'static str, line: Option<u32>) -> Option<Self> {
        let level = match level {
            Level::Trace => 0,
            Level::Debug => 1,
            Level::Info => 2,
            Level::Warning => 3,
            Level::Error => 4,
            Level::Critical => 5,
            Level::Custom(_) => return None,
        };
        Some(Self { of, at: name.as_ptr() as usize, length: name.len(), line, level })
    }

    fn place(&self) -> usize {
        let mixed = (self.at as u64)
            .wrapping_add(self.of << 7)
            .wrapping_add(u64::from(self.line.unwrap_or_default()) << 20)
            .wrapping_add(u64::from(self.level) << 50);
        (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - PLACES.trailing_zeros())) as usize
    }
}

impl<'p> Place<'p> {
    /// The record as a whole line.
    pub(crate) fn line(&self, time: Timestamp, message: &'p str, fields: &'p dyn Fields) -> Line<'p> {
        let function = match self.function {
            Function::Named(name) => Some(name),
            #[cfg(any(feature = "tracing", feature = "log"))]
            Function::In(module) => module.map(crate::calls::last_part),
        };
        Line {
            time,
            level: Some(self.level.name()),
            severity: severity(self.level),
            logger: Some(self.logger),
            function,
            file: self.file,
            line: self.line.map(Into::into),
            message,
            fields,
            ..Line::default()
        }
    }
}

/// Places that a thread keeps the heads of.
const PLACES: usize = 64;

/// The heads of the lines from the places that a thread logged from lately.
#[derive(Debug, Default)]
pub(crate) struct Heads(Vec<Option<Box<Kept>>>);

/// What lines from one place begin with, in the layouts that files have unless a program says otherwise.
#[derive(Debug)]
pub(crate) struct Kept {
    key: Key,
    detailed: Option<Vec<u8>>,
    component: Option<Vec<u8>>,
}

impl Kept {
    /// The head in `layout`, if it is one that is kept.
    #[inline]
    pub(crate) fn head(&self, layout: &Layout) -> Option<&[u8]> {
        match layout {
            Layout::Detailed => self.detailed.as_deref(),
            Layout::Component => self.component.as_deref(),
            _ => None,
        }
    }
}

impl Heads {
    /// The heads of lines from `place`, made now if they are not there; none where the place has no key.
    #[inline]
    pub(crate) fn of(&mut self, place: &Place<'_>) -> Option<&Kept> {
        // Borrowed: to copy what was written field by field a moment ago takes longer than to compare it.
        let key = place.key.as_ref()?;
        let nth = key.place();
        let is_there = matches!(self.0.get(nth), Some(Some(kept)) if kept.key == *key);
        if !is_there {
            self.keep(nth, *key, place);
        }
        self.0.get(nth)?.as_deref()
    }

    #[cold]
    fn keep(&mut self, nth: usize, key: Key, place: &Place<'_>) {
        let line = place.line(Timestamp::default(), "", &());
        // A name that breaks the line is left to who looks at the whole of it.
        let is_kept = |head: &Vec<u8>| !head.contains(&b'\n');
        let [detailed, component] =
            [Layout::Detailed, Layout::Component].map(|layout| layout.head(&line).filter(is_kept));
        let kept = Kept { key, detailed, component };
        self.0.resize_with(PLACES, || None);
        match self.0.get_mut(nth) {
            Some(Some(old)) => **old = kept,
            Some(empty) => *empty = Some(Box::new(kept)),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(key: Option<Key>, logger: &'static str, line: u32) -> Place<'static> {
        Place { level: &Level::Info, logger, function: Function::Named("load"), file: None, line: Some(line), key }
    }

    fn detailed(kept: &Kept) -> &str {
        std::str::from_utf8(kept.head(&Layout::Detailed).unwrap()).unwrap()
    }

    #[test]
    fn every_place_has_its_own_heads_however_many_there_are() {
        let mut heads = Heads::default();
        for _ in 0..2 {
            for line in 0..3 * PLACES as u32 {
                let key = Key::new(1, &Level::Info, "load", Some(line));
                let expected = format!("INFO     films           load                 L{line:>3} | ");
                assert_eq!(detailed(heads.of(&place(key, "films", line)).unwrap()), expected);
            }
        }
        assert!(heads.of(&place(None, "films", 1)).is_none());
    }

    #[test]
    fn a_head_of_several_lines_is_not_kept() {
        let mut heads = Heads::default();
        let kept = heads.of(&place(Key::new(1, &Level::Info, "load", None), "a\nb", 1)).unwrap();
        assert_eq!((kept.head(&Layout::Detailed), kept.head(&Layout::Component)), (None, None));
    }

    #[test]
    fn keys_differ_where_lines_do() {
        let key = |of, level: &Level, name: &'static str, line| Key::new(of, level, name, line).unwrap();
        let name = "load_all";
        let first = key(1, &Level::Info, name, Some(1));
        assert_eq!(first, key(1, &Level::Info, name, Some(1)));
        assert_ne!(first, key(2, &Level::Info, name, Some(1)));
        assert_ne!(first, key(1, &Level::Debug, name, Some(1)));
        assert_ne!(first, key(1, &Level::Info, &name[..4], Some(1)));
        assert_ne!(first, key(1, &Level::Info, name, Some(2)));
        assert_ne!(first, key(1, &Level::Info, name, None));
        assert!(Key::new(1, &Level::Custom("AUDIT".into()), name, None).is_none());
    }
}
