//! Rows by minute, level and service: what charts and tops are drawn from without reading rows.

use std::collections::{BTreeMap, HashMap};

use crate::codec::{Taker, put_number, put_signed, put_text};

/// Microseconds in a minute.
pub const MINUTE: i64 = 60_000_000;

/// Rows of one minute, level and service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The minute's number: its first microsecond is this times [`MINUTE`].
    pub minute: i64,
    /// Position in [`Counts::levels`].
    pub level: u32,
    /// Position in [`Counts::services`].
    pub service: u32,
    /// Rows.
    pub rows: u64,
}

/// How many rows of a group there are in each minute, level and service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// The levels that occur; none for rows without one.
    pub levels: Vec<Option<String>>,
    /// The services that occur; none for rows without one.
    pub services: Vec<Option<String>>,
    /// The counts, in the order of minute, level and service.
    pub counts: Vec<Count>,
}

impl Counts {
    /// Counts `rows`: microsecond, level and position in `services` of each.
    pub(crate) fn of<'a>(
        rows: impl Iterator<Item = (i64, Option<&'a str>, u32)>,
        services: Vec<Option<String>>,
    ) -> Self {
        let mut levels = Names::default();
        let mut counts: HashMap<(i64, u32, u32), u64> = HashMap::new();
        // Rows come sorted by service and template: the next one often has the key of the one before.
        let mut last: ((i64, u32, u32), u64) = ((0, 0, 0), 0);
        for (micros, level, service) in rows {
            let key = (micros.div_euclid(MINUTE), levels.position(level), service);
            if key == last.0 {
                last.1 += 1;
            } else {
                *counts.entry(last.0).or_default() += last.1;
                last = (key, 1);
            }
        }
        *counts.entry(last.0).or_default() += last.1;
        let counts: BTreeMap<_, _> = counts.into_iter().filter(|(_, rows)| *rows > 0).collect();
        let counts =
            counts.into_iter().map(|((minute, level, service), rows)| Count { minute, level, service, rows }).collect();
        Self { levels: levels.found, services, counts }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for names in [&self.levels, &self.services] {
            put_names(&mut bytes, names);
        }
        put_number(&mut bytes, self.counts.len() as u64);
        let mut minute = 0;
        for count in &self.counts {
            put_signed(&mut bytes, count.minute - minute);
            minute = count.minute;
            put_number(&mut bytes, u64::from(count.level));
            put_number(&mut bytes, u64::from(count.service));
            put_number(&mut bytes, count.rows);
        }
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut taker = Taker(bytes);
        let levels = take_names(&mut taker)?;
        let services = take_names(&mut taker)?;
        let mut counts = Vec::with_capacity(Taker(taker.0).count()?);
        let mut minute = 0_i64;
        for _ in 0..taker.count()? {
            minute = minute.checked_add(taker.signed()?)?;
            let count = Count { minute, level: taker.small()?, service: taker.small()?, rows: taker.number()? };
            if count.level as usize >= levels.len() || count.service as usize >= services.len() {
                return None;
            }
            counts.push(count);
        }
        Some(Self { levels, services, counts })
    }
}

/// Places for names that came lately. A power of two.
const LATELY: usize = 64;

/// Names in the order in which they first came.
pub(crate) struct Names<'a> {
    pub(crate) found: Vec<Option<String>>,
    positions: HashMap<Option<&'a str>, u32>,
    /// Names that came lately with their positions: most come again soon, and the map's hash, which nobody can foresee, is slow.
    lately: [(Option<&'a str>, u32); LATELY],
}

impl Default for Names<'_> {
    fn default() -> Self {
        Self { found: vec![], positions: HashMap::new(), lately: [(None, u32::MAX); LATELY] }
    }
}

impl<'a> Names<'a> {
    pub(crate) fn position(&mut self, name: Option<&'a str>) -> u32 {
        let place = place(name);
        let (last, position) = self.lately[place];
        if last == name && position != u32::MAX {
            return position;
        }
        let next = self.found.len() as u32;
        let position = *self.positions.entry(name).or_insert(next);
        if position == next {
            self.found.push(name.map(str::to_owned));
        }
        self.lately[place] = (name, position);
        position
    }
}

/// Where a name is among those that came lately.
fn place(name: Option<&str>) -> usize {
    let mix = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    let hash = name.map_or(1, |name| name.as_bytes().iter().rev().take(8).fold(name.len() as u32, mix));
    (hash >> 8) as usize % LATELY
}

pub(crate) fn put_names(bytes: &mut Vec<u8>, names: &[Option<String>]) {
    put_number(bytes, names.len() as u64);
    for name in names {
        bytes.push(u8::from(name.is_some()));
        if let Some(name) = name {
            put_text(bytes, name);
        }
    }
}

pub(crate) fn take_names(taker: &mut Taker<'_>) -> Option<Vec<Option<String>>> {
    (0..taker.count()?)
        .map(|_| match taker.number()? {
            0 => Some(None),
            _ => Some(Some(taker.text()?.to_owned())),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counts_come_back_and_are_right(
            rows in prop::collection::vec((-3 * MINUTE..3 * MINUTE, prop::option::of("[AB]"), prop::option::of("[xyz]")), 0..80),
        ) {
            let mut services = Names::default();
            let positions: Vec<u32> = rows.iter().map(|(_, _, service)| services.position(service.as_deref())).collect();
            let given = rows.iter().zip(&positions).map(|((time, level, _), service)| (*time, level.as_deref(), *service));
            let counts = Counts::of(given, services.found);
            prop_assert_eq!(Counts::decode(&counts.encode()), Some(counts.clone()));
            let mut expected: BTreeMap<(i64, Option<&str>, Option<&str>), u64> = BTreeMap::new();
            for (time, level, service) in &rows {
                *expected.entry((time.div_euclid(MINUTE), level.as_deref(), service.as_deref())).or_default() += 1;
            }
            let found: BTreeMap<_, _> = counts
                .counts
                .iter()
                .map(|c| {
                    let key = (c.minute, counts.levels[c.level as usize].as_deref(), counts.services[c.service as usize].as_deref());
                    (key, c.rows)
                })
                .collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in any::<Vec<u8>>()) {
            let _ = Counts::decode(&bytes);
        }
    }
}
