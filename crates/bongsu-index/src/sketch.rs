//! Quantiles from buckets whose width is a fixed share of their values.
//!
//! The idea is that of Masson, Rim and Lee, "`DDSketch`: A Fast and Fully-Mergeable Quantile Sketch with Relative-Error
//! Guarantees", 2019. A bucket here holds the numbers that have the first eight bits of their fraction in common, so that its number
//! is cut out of the number's own bits and the answer is off by 0.4 % at most. Few values are kept as they are, and the answer
//! is exact.

use std::collections::BTreeMap;

use crate::codec::{Taker, put_number, put_signed};

/// Values up to which they are kept.
const FEW: usize = 64;
/// Buckets next to each other that are kept as a list; more as a map of those that are not empty.
const LISTED: usize = 1 << 14;
/// Bits of a float below its bucket.
const BELOW: u32 = 44;

/// The values of one group, as far as quantiles need them.
#[derive(Debug, Clone, Default)]
pub struct Sketch(Held);

#[derive(Debug, Clone)]
enum Held {
    Few(Vec<f64>),
    Listed { first: i32, counts: Vec<u64> },
    Mapped(BTreeMap<i32, u64>),
}

impl Default for Held {
    fn default() -> Self {
        Self::Few(vec![])
    }
}

/// The bucket of `value`: larger values have larger ones.
fn bucket(value: f64) -> i32 {
    let bits = value.to_bits().cast_signed();
    let ordered = bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed();
    (ordered >> BELOW) as i32
}

/// The smallest value of a bucket.
fn smallest(bucket: i32) -> f64 {
    let ordered = i64::from(bucket) << BELOW;
    f64::from_bits((ordered ^ ((ordered >> 63).cast_unsigned() >> 1).cast_signed()).cast_unsigned())
}

impl Sketch {
    /// Adds a value.
    pub fn add(&mut self, value: f64) {
        match &mut self.0 {
            Held::Few(values) if values.len() < FEW => values.push(value),
            Held::Few(_) => self.add_many(bucket(value), 1),
            Held::Listed { first, counts } => {
                let at = i64::from(bucket(value)) - i64::from(*first);
                match usize::try_from(at).ok().and_then(|at| counts.get_mut(at)) {
                    Some(count) => *count += 1,
                    None => self.add_many(bucket(value), 1),
                }
            }
            Held::Mapped(counts) => *counts.entry(bucket(value)).or_default() += 1,
        }
    }

    /// Adds `count` values of a bucket.
    fn add_many(&mut self, bucket: i32, count: u64) {
        if let Held::Few(values) = &mut self.0 {
            let values = std::mem::take(values);
            self.0 = Held::Listed { first: bucket, counts: vec![] };
            for value in values {
                self.add(value);
            }
        }
        if let Held::Listed { first, counts } = &mut self.0 {
            if counts.is_empty() {
                *first = bucket;
            }
            let from = (*first).min(bucket);
            let end = (i64::from(*first) + counts.len() as i64).max(i64::from(bucket) + 1);
            let wanted = (end - i64::from(from)) as usize;
            if wanted <= LISTED {
                let before = (i64::from(*first) - i64::from(from)) as usize;
                counts.splice(0..0, std::iter::repeat_n(0, before));
                counts.resize(wanted, 0);
                *first = from;
                let held = &mut counts[(i64::from(bucket) - i64::from(from)) as usize];
                *held = held.saturating_add(count);
                return;
            }
            let filled = counts.iter().zip(*first..).filter(|(count, _)| **count > 0);
            self.0 = Held::Mapped(filled.map(|(count, bucket)| (bucket, *count)).collect());
        }
        if let Held::Mapped(counts) = &mut self.0 {
            let held = counts.entry(bucket).or_default();
            *held = held.saturating_add(count);
        }
    }

    /// The value below which the share `quantile` of the values lies; none when there are none.
    pub fn quantile(&self, quantile: f64) -> Option<f64> {
        match &self.0 {
            Held::Few(values) => exact(values.clone(), quantile),
            Held::Listed { first, counts } => approximate(|| counts.iter().copied().zip(*first..), quantile),
            Held::Mapped(counts) => approximate(|| counts.iter().map(|(bucket, count)| (*count, *bucket)), quantile),
        }
    }

    /// How many numbers it takes to say what it holds.
    pub(crate) fn len(&self) -> usize {
        match &self.0 {
            Held::Few(values) => values.len(),
            Held::Listed { counts, .. } => counts.iter().filter(|count| **count > 0).count(),
            Held::Mapped(counts) => counts.len(),
        }
    }

    /// About the bytes that it takes.
    pub fn size(&self) -> usize {
        size_of::<Self>()
            + match &self.0 {
                Held::Few(values) => values.capacity() * 8,
                Held::Listed { counts, .. } => counts.capacity() * 8,
                Held::Mapped(counts) => counts.len() * 24,
            }
    }

    /// As bytes.
    pub fn encode(&self) -> Vec<u8> {
        match &self.0 {
            Held::Few(values) => [0].into_iter().chain(values.iter().flat_map(|value| value.to_le_bytes())).collect(),
            Held::Listed { first, counts } => encode(counts.iter().copied().zip(*first..)),
            Held::Mapped(counts) => encode(counts.iter().map(|(bucket, count)| (*count, *bucket))),
        }
    }

    /// Adds what [`Sketch::encode`] gave.
    pub fn merge_encoded(&mut self, bytes: &[u8]) {
        match bytes.split_first() {
            Some((0, values)) => values.as_chunks().0.iter().for_each(|eight| self.add(f64::from_le_bytes(*eight))),
            Some((_, pairs)) => {
                let mut taker = Taker(pairs);
                let mut bucket = 0_i64;
                while let Some((step, count)) = taker.signed().zip(taker.number()) {
                    bucket = bucket.saturating_add(step);
                    let Ok(bucket) = i32::try_from(bucket) else { return };
                    self.add_many(bucket, count);
                }
            }
            None => {}
        }
    }
}

/// Counts of buckets, each bucket as its distance from the one before.
fn encode(counts: impl Iterator<Item = (u64, i32)>) -> Vec<u8> {
    let mut bytes = vec![1];
    let mut before = 0;
    for (count, bucket) in counts.filter(|(count, _)| *count > 0) {
        put_signed(&mut bytes, i64::from(bucket) - before);
        put_number(&mut bytes, count);
        before = i64::from(bucket);
    }
    bytes
}

fn exact(mut values: Vec<f64>, quantile: f64) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let rank = quantile * values.len().checked_sub(1)? as f64;
    let (low, high) = (values.get(rank.floor() as usize)?, values.get(rank.ceil() as usize)?);
    Some(if low.total_cmp(high).is_eq() { *low } else { low + (high - low) * rank.fract() })
}

fn approximate<I: Iterator<Item = (u64, i32)>>(counts: impl Fn() -> I, quantile: f64) -> Option<f64> {
    let total: u64 = counts().map(|(count, _)| count).sum();
    let rank = quantile * total.checked_sub(1)? as f64;
    let mut before = 0_u64;
    for (count, bucket) in counts().filter(|(count, _)| *count > 0) {
        if rank < (before + count) as f64 {
            let (low, high) = (smallest(bucket), smallest(bucket.saturating_add(1)));
            let share = ((rank - before as f64 + 0.5) / count as f64).clamp(0.0, 1.0);
            return Some(if high.is_finite() { low + (high - low) * share } else { low });
        }
        before += count;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn buckets_are_in_the_order_of_values() {
        let values = [f64::NEG_INFINITY, -1e9, -2.0, -1e-9, -0.0, 0.0, 1e-9, 0.5, 0.502, 2.0, 1e9, f64::INFINITY];
        assert!(values.is_sorted_by_key(|value| bucket(*value)));
        for value in [0.001, 1.0, 14.85, 1e6, -3.5] {
            let (low, high) = (smallest(bucket(value)), smallest(bucket(value) + 1));
            assert!(low <= value && value <= high, "{low} {value} {high}");
            assert!((high - low).abs() <= value.abs() * 0.004);
        }
    }

    proptest! {
        #[test]
        fn quantiles_are_within_half_a_percent(
            values in prop::collection::vec(prop_oneof![4 => 0.01..1e5f64, 1 => -1e3..1e-3f64, 1 => Just(0.0)], 1..400),
            cut in any::<prop::sample::Index>(),
            quantile in 0.0..=1.0f64,
        ) {
            let cut = cut.index(values.len());
            let (mut sketch, mut other) = (Sketch::default(), Sketch::default());
            values[..cut].iter().for_each(|value| sketch.add(*value));
            values[cut..].iter().for_each(|value| other.add(*value));
            sketch.merge_encoded(&other.encode());
            let found = sketch.quantile(quantile).unwrap();
            // Between two values that lie far from each other any answer between them is right.
            let mut sorted = values.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            let rank = quantile * (sorted.len() - 1) as f64;
            let (low, high) = (sorted[rank.floor() as usize], sorted[rank.ceil() as usize]);
            let spare = |value: f64| value.abs() * 0.005 + 1e-300;
            prop_assert!(found >= low - spare(low) && found <= high + spare(high), "{low} {found} {high}");
        }
    }
}
