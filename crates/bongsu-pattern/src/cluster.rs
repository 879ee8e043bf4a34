//! Clusters: the patterns that new shapes are compared with, and when two of them become one.
//!
//! A cluster has one current template. When a shape is like a cluster and what differs is data, both become a cluster
//! with a more general pattern; the old cluster points on to it, so shapes that were placed before follow.

use std::collections::HashMap;

use crate::pattern::Pattern;
use crate::similar::{Difference, alike, difference};

/// Different words at one position that make it a variable.
const WORDS: usize = 4;
/// The same for words in capitals.
const CAPITALS: usize = 16;
/// Clusters of one frame; further shapes of it fall to a pattern of variables only.
const MAX_BUCKET: usize = 2_048;
/// In messages of so few tokens, tokens are also compared part by part.
const FEW_TOKENS: usize = 3;

/// Where a shape was placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClusterId(u32);

#[derive(Debug)]
pub(crate) struct Cluster {
    pattern: Pattern,
    /// The slot of its template.
    pub(crate) slot: u32,
    /// The more general cluster that took its place.
    successor: Option<ClusterId>,
}

impl Cluster {
    /// A bit for each token that holds a variable.
    pub(crate) fn variables(&self) -> u64 {
        self.pattern.variables
    }
}

/// All clusters of a miner.
#[derive(Debug, Default)]
pub(crate) struct Clusters {
    all: Vec<Cluster>,
    buckets: HashMap<Box<[u8]>, Vec<ClusterId>>,
}

impl Clusters {
    /// The cluster at the end of the chain that begins with `id`.
    #[inline]
    pub(crate) fn current(&self, mut id: ClusterId) -> ClusterId {
        while let Some(next) = self.get(id).successor {
            id = next;
        }
        id
    }

    #[inline]
    pub(crate) fn get(&self, id: ClusterId) -> &Cluster {
        &self.all[id.0 as usize]
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// The cluster for a shape: one that covers it, or a new one, for which `slot` gives its template's slot.
    ///
    /// None if there is room for no more templates.
    pub(crate) fn place(&mut self, shape: Pattern, slot: impl FnMut(&Pattern) -> Option<u32>) -> Option<ClusterId> {
        let frame = shape.frame();
        let bucket = self.buckets.get(frame.as_slice()).map_or(&[][..], Vec::as_slice);
        if let Some(id) = self.covering(bucket, &shape) {
            return Some(id);
        }
        let pattern = match self.merged(bucket, &shape) {
            Some(merged) => merged,
            None if bucket.len() < MAX_BUCKET => shape,
            None => shape.catch_all()?,
        };
        self.add(frame, pattern, slot)
    }

    /// Takes a template that is known from before.
    pub(crate) fn restore(&mut self, pattern: Pattern, slot: u32) {
        let frame = pattern.frame();
        let bucket = self.buckets.get(frame.as_slice()).map_or(&[][..], Vec::as_slice);
        let covered = bucket.iter().any(|&id| self.takes(id, &pattern));
        if !covered {
            self.add(frame, pattern, |_| Some(slot));
        }
    }

    /// Adds a cluster; those that it covers point to it from now on.
    fn add(
        &mut self,
        frame: Vec<u8>,
        pattern: Pattern,
        mut slot: impl FnMut(&Pattern) -> Option<u32>,
    ) -> Option<ClusterId> {
        let slot = slot(&pattern)?;
        let id = ClusterId(u32::try_from(self.all.len()).ok()?);
        let bucket = self.buckets.entry(frame.into()).or_default();
        self.all.push(Cluster { pattern, slot, successor: None });
        let (all, new) = (&mut self.all, id.0 as usize);
        if all[new].pattern.words != 0 {
            bucket.retain(|&old| {
                let covered = all[new].pattern.covers(&all[old.0 as usize].pattern);
                if covered {
                    all[old.0 as usize].successor = Some(id);
                }
                !covered
            });
        }
        bucket.push(id);
        Some(id)
    }

    /// Whether cluster `id` takes the place of `pattern`: a pattern without a word takes nobody's.
    fn takes(&self, id: ClusterId, pattern: &Pattern) -> bool {
        let cluster = &self.get(id).pattern;
        cluster.words != 0 && cluster.covers(pattern)
    }

    /// The cluster that covers `shape` and has most in common with it.
    fn covering(&self, bucket: &[ClusterId], shape: &Pattern) -> Option<ClusterId> {
        let mut best = None;
        for &id in bucket {
            let cluster = &self.get(id).pattern;
            let different = differing(cluster, shape);
            if different & !cluster.variables == 0
                && positions(different).all(|position| cluster.covers_at(position, shape))
            {
                let common = (cluster.words & !different).count_ones();
                if best.is_none_or(|(most, _)| common > most) {
                    best = Some((common, id));
                }
            }
        }
        best.map(|(_, id)| id)
    }

    /// A pattern that covers `shape` and clusters like it, if what differs between them is data.
    fn merged(&self, bucket: &[ClusterId], shape: &Pattern) -> Option<Pattern> {
        let similar: Vec<Similar<'_>> =
            bucket.iter().filter_map(|&id| Similar::new(&self.get(id).pattern, shape)).collect();
        let varying = varying(&similar, shape);
        let mut merged: Option<Pattern> = None;
        for candidate in similar.iter().filter(|candidate| candidate.unsure & !varying == 0) {
            let pattern = merged.as_ref().unwrap_or(shape).generalised(candidate.cluster)?;
            merged = Some(pattern);
        }
        merged
    }
}

/// A cluster that may be of the same kind as a shape.
struct Similar<'a> {
    cluster: &'a Pattern,
    /// Positions where words differ.
    unsure: u64,
}

impl<'a> Similar<'a> {
    /// None if they have too little in common.
    fn new(cluster: &'a Pattern, shape: &Pattern) -> Option<Self> {
        let different = differing(cluster, shape);
        let equal = !different & shape.words;
        let (mut common, mut apart, mut unsure) = (equal.count_ones(), 0, 0_u64);
        if common == 0 && shape.len() > FEW_TOKENS {
            return None;
        }
        for position in positions(different) {
            let (one, two) = (cluster.token(position), shape.token(position));
            if cluster.variables >> position & 1 != 0 && cluster.covers_at(position, shape) {
                continue;
            }
            if shape.len() <= FEW_TOKENS && alike(one, two) {
                common += 1;
            } else {
                apart += 1;
            }
            if difference(one, two) != Difference::Number {
                unsure |= 1 << position;
            }
        }
        (common > 0 && common >= apart && unsure.count_ones() <= 2).then_some(Self { cluster, unsure })
    }
}

/// Positions at which so many words differ among similar clusters that they are data.
fn varying(similar: &[Similar<'_>], shape: &Pattern) -> u64 {
    let unsure = similar.iter().fold(0, |all, candidate| all | candidate.unsure);
    let mut varying = 0;
    for position in positions(unsure) {
        let mut words = vec![shape.hashes[position]];
        let mut capitals = true;
        for candidate in similar.iter().filter(|candidate| candidate.unsure >> position & 1 != 0) {
            let hash = candidate.cluster.hashes[position];
            if !words.contains(&hash) {
                words.push(hash);
            }
            let (one, two) = (candidate.cluster.token(position), shape.token(position));
            capitals &= difference(one, two) == Difference::Capitals;
            if words.len() >= CAPITALS {
                break;
            }
        }
        if words.len() >= if capitals { CAPITALS } else { WORDS } {
            varying |= 1 << position;
        }
    }
    varying
}

/// A bit for each position at which the tokens differ.
fn differing(one: &Pattern, two: &Pattern) -> u64 {
    let pairs = one.hashes.iter().zip(&two.hashes);
    pairs.enumerate().fold(0, |bits, (position, (one, two))| bits | u64::from(one != two) << position)
}

/// The positions of the bits that are set.
pub(crate) fn positions(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (bits != 0).then(|| {
            let position = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            position
        })
    })
}
