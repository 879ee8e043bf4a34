//! Clusters: the patterns that new shapes are compared with, and when two of them become one.
//!
//! A cluster has one current template. When a shape is like a cluster and what differs is data, both become a cluster
//! with a more general pattern; the old cluster points on to it, so shapes that were placed before follow.

use std::collections::HashMap;

use crate::pattern::{FEW_TOKENS, Pattern, positions};
use crate::similar::{Difference, alike, difference};

/// Different words at one position that make it a variable.
const WORDS: usize = 4;
/// The same for words in capitals.
const CAPITALS: usize = 16;
/// Clusters of one frame; further shapes of it fall to a pattern of variables only.
const MAX_BUCKET: usize = 1_024;
/// Positions at which words may differ between messages of one kind.
const MAX_UNSURE: u32 = 2;

/// Where a shape was placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

/// The clusters of one frame.
#[derive(Debug, Default)]
struct Bucket {
    size: usize,
    /// By their patterns' keys.
    index: HashMap<u64, Vec<ClusterId>>,
    /// Those that may cover a shape without a key in common.
    wordless: Vec<ClusterId>,
}

impl Bucket {
    fn insert(&mut self, id: ClusterId, pattern: &Pattern) {
        self.size += 1;
        for key in pattern.keys() {
            self.index.entry(key).or_default().push(id);
        }
        if pattern.is_wordless() {
            self.wordless.push(id);
        }
    }

    fn remove(&mut self, id: ClusterId, pattern: &Pattern) {
        self.size -= 1;
        for key in pattern.keys() {
            if let Some(ids) = self.index.get_mut(&key) {
                ids.retain(|&other| other != id);
            }
        }
        self.wordless.retain(|&other| other != id);
    }

    /// All clusters that may cover `pattern`, be covered by it, or be similar to it.
    fn candidates(&self, pattern: &Pattern) -> Vec<ClusterId> {
        let mut found = self.wordless.clone();
        found.extend(pattern.keys().filter_map(|key| self.index.get(&key)).flatten());
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// All clusters of a miner.
#[derive(Debug, Default)]
pub(crate) struct Clusters {
    all: Vec<Cluster>,
    buckets: HashMap<Box<[u8]>, Bucket>,
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
    pub(crate) fn place(&mut self, shape: Pattern, slot: impl FnOnce(&Pattern) -> Option<u32>) -> Option<ClusterId> {
        let frame = shape.frame();
        let Some(bucket) = self.buckets.get(frame.as_slice()) else {
            return self.add(frame, shape, slot);
        };
        let candidates = bucket.candidates(&shape);
        if let Some(id) = self.covering(&candidates, &shape) {
            return Some(id);
        }
        let pattern = match self.merged(&candidates, &shape) {
            Some(merged) => merged,
            None if bucket.size < MAX_BUCKET => shape,
            None => shape.catch_all()?,
        };
        self.add(frame, pattern, slot)
    }

    /// Takes a template that is known from before.
    pub(crate) fn restore(&mut self, pattern: Pattern, slot: u32) {
        let frame = pattern.frame();
        let covered = self.buckets.get(frame.as_slice()).is_some_and(|bucket| {
            let candidates = bucket.candidates(&pattern);
            candidates.iter().any(|&id| self.get(id).pattern.replaces(&pattern))
        });
        if !covered {
            self.add(frame, pattern, |_| Some(slot));
        }
    }

    /// Adds a cluster; those whose place it takes point to it from now on.
    fn add(
        &mut self,
        frame: Vec<u8>,
        pattern: Pattern,
        slot: impl FnOnce(&Pattern) -> Option<u32>,
    ) -> Option<ClusterId> {
        let slot = slot(&pattern)?;
        let id = ClusterId(u32::try_from(self.all.len()).ok()?);
        let bucket = self.buckets.entry(frame.into()).or_default();
        for old in bucket.candidates(&pattern) {
            let cluster = &mut self.all[old.0 as usize];
            if pattern.replaces(&cluster.pattern) {
                cluster.successor = Some(id);
                bucket.remove(old, &cluster.pattern);
            }
        }
        bucket.insert(id, &pattern);
        self.all.push(Cluster { pattern, slot, successor: None });
        Some(id)
    }

    /// The cluster that covers `shape` and has most in common with it.
    fn covering(&self, candidates: &[ClusterId], shape: &Pattern) -> Option<ClusterId> {
        let mut best = None;
        for &id in candidates {
            let cluster = &self.get(id).pattern;
            let different = cluster.differing(shape);
            if different & !cluster.variables == 0 && cluster.covers(shape) {
                let common = (cluster.words & !different).count_ones();
                if best.is_none_or(|(most, _)| common > most) {
                    best = Some((common, id));
                }
            }
        }
        best.map(|(_, id)| id)
    }

    /// A pattern that covers `shape` and clusters like it, if what differs between them is data.
    fn merged(&self, candidates: &[ClusterId], shape: &Pattern) -> Option<Pattern> {
        let similar: Vec<Similar<'_>> =
            candidates.iter().filter_map(|&id| Similar::new(&self.get(id).pattern, shape)).collect();
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
        let different = cluster.differing(shape);
        let (mut common, mut apart, mut unsure) = ((shape.words & !different).count_ones(), 0, 0_u64);
        if shape.len() > FEW_TOKENS && common < (different & !cluster.variables).count_ones() {
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
        (common > 0 && common >= apart && unsure.count_ones() <= MAX_UNSURE).then_some(Self { cluster, unsure })
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
