//! Sets of rows of one row group, as ranges.

use std::ops::Range;

/// Rows of one row group: ranges in order that do not touch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows(Vec<Range<u32>>);

impl Rows {
    /// No row.
    pub fn none() -> Self {
        Self::default()
    }

    /// All rows of a group of `rows` rows.
    pub fn all(rows: u32) -> Self {
        Self::from_ranges(std::iter::once(0..rows).collect())
    }

    /// The rows in any of `ranges`.
    pub fn from_ranges(mut ranges: Vec<Range<u32>>) -> Self {
        ranges.retain(|range| !range.is_empty());
        ranges.sort_unstable_by_key(|range| range.start);
        let mut joined: Vec<Range<u32>> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match joined.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => joined.push(range),
            }
        }
        Self(joined)
    }

    /// The ranges, in order.
    pub fn ranges(&self) -> &[Range<u32>] {
        &self.0
    }

    /// How many rows there are.
    pub fn len(&self) -> u64 {
        self.0.iter().map(|range| u64::from(range.end - range.start)).sum()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rows in either.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self::from_ranges(self.0.iter().chain(&other.0).cloned().collect())
    }

    /// The rows in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let (mut mine, mut theirs) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut both = Vec::new();
        while let (Some(a), Some(b)) = (mine.peek(), theirs.peek()) {
            let range = a.start.max(b.start)..a.end.min(b.end);
            if !range.is_empty() {
                both.push(range);
            }
            if a.end <= b.end {
                mine.next()
            } else {
                theirs.next()
            };
        }
        Self(both)
    }

    /// The rows of a group of `rows` rows that are not in this set.
    #[must_use]
    pub fn not(&self, rows: u32) -> Self {
        let mut rest = Vec::with_capacity(self.0.len() + 1);
        let mut at = 0;
        for range in &self.0 {
            rest.push(at..range.start);
            at = range.end;
        }
        rest.push(at..rows);
        rest.retain(|range| !range.is_empty());
        Self(rest)
    }

    /// The rows that are not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        self.and(&other.not(self.0.last().map_or(0, |last| last.end)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const ROWS: u32 = 40;

    fn sets() -> impl Strategy<Value = (Rows, BTreeSet<u32>)> {
        prop::collection::vec((0..ROWS, 0..8u32), 0..6).prop_map(|pairs| {
            let ranges: Vec<_> = pairs.iter().map(|(at, len)| *at..(*at + *len).min(ROWS)).collect();
            let set = ranges.iter().cloned().flatten().collect();
            (Rows::from_ranges(ranges), set)
        })
    }

    fn listed(rows: &Rows) -> BTreeSet<u32> {
        assert!(rows.0.windows(2).all(|pair| pair[0].end < pair[1].start), "{rows:?}");
        rows.0.iter().cloned().flatten().collect()
    }

    proptest! {
        #[test]
        fn sets_are_sets((a, one) in sets(), (b, two) in sets()) {
            prop_assert_eq!(listed(&a), one.clone());
            prop_assert_eq!(a.len() as usize, one.len());
            prop_assert_eq!(listed(&a.or(&b)), &one | &two);
            prop_assert_eq!(listed(&a.and(&b)), &one & &two);
            prop_assert_eq!(listed(&a.without(&b)), &one - &two);
            prop_assert_eq!(listed(&a.not(ROWS)), &(0..ROWS).collect::<BTreeSet<_>>() - &one);
        }
    }
}
